"""A level meter rises at once, falls slowly, and stays on its scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines.levels import FLOOR, LevelMeter, decibels


def test_full_scale_is_zero_decibels() -> None:
    """Of a square wave; a sine has 3 less, a tenth of it 20 less than that."""
    square = np.tile(np.array([-32768, -32768], np.int16), 50)
    sine = 32768 * np.sin(2 * np.pi * np.arange(1600) / 16)
    assert decibels(square) == 0.0
    assert decibels(np.clip(sine, -32768, 32767).astype(np.int16)) == pytest.approx(-3.01, abs=0.01)
    assert decibels((sine / 10).astype(np.int16)) == pytest.approx(-23.01, abs=0.01)


def test_silence_and_nothing_are_the_floor() -> None:
    """No logarithm of zero."""
    assert [decibels(np.zeros(10, np.int16)), decibels(np.zeros(0, np.int16))] == [FLOOR, FLOOR]


def test_it_rises_at_once_and_falls_by_the_second() -> None:
    """30 dB in a second of the signal, however it is cut into blocks."""
    loud = np.full(160, -32768, np.int16)
    meter = LevelMeter(16000, fall=30.0)
    assert (meter.push(loud), meter.share) == (0.0, 1.0)
    for _ in range(100):
        meter.push(np.zeros(160, np.int16))
    assert meter.level == pytest.approx(-30.0)
    assert meter.share == pytest.approx(0.5)


@given(st.lists(st.lists(st.integers(-32768, 32767), max_size=20), max_size=20))
def test_it_stays_on_its_scale(blocks: list[list[int]]) -> None:
    """Whatever is heard, and never under what is heard now."""
    meter = LevelMeter(8000)
    for samples in blocks:
        level = meter.push(np.array(samples, np.int16))
        assert FLOOR <= decibels(np.array(samples, np.int16)) <= level <= 0
        assert 0 <= meter.share <= 1
