"""Gain that moves in a straight line, whatever the blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voiceflow.machines.gain import Gain, fade_out, from_decibels
from voiceflow.machines.ramp import Ramp


def test_decibels_are_of_amplitude() -> None:
    """-20 dB is a tenth."""
    assert (from_decibels(0.0), from_decibels(-20.0)) == (1.0, 0.1)


@given(
    cuts=st.lists(st.integers(0, 50), min_size=1, max_size=20),
    ramp=st.integers(0, 120),
    target=st.floats(0.0, 1.0, allow_nan=False),
)
@example(cuts=[1, 38, 38], ramp=76, target=0.9999999999999999)
def test_blocks_of_any_length_give_the_same_ramp(cuts: list[int], ramp: int, target: float) -> None:
    """To one step of int16, and the target is kept for good once it is reached."""
    signal = np.full(sum(cuts), 10_000, np.int16)
    whole, cut = Gain(ramp), Gain(ramp)
    whole.go_to(target)
    cut.go_to(target)
    at, pieces = 0, [np.zeros(0, np.int16)]
    for size in cuts:
        pieces.append(cut.apply(signal[at : at + size]))
        at += size
    expected = whole.apply(signal)
    assert np.max(np.abs(np.concatenate(pieces).astype(int) - expected), initial=0) <= 1
    if len(signal) > max(1, ramp):
        assert cut.level == whole.level == target
        assert set(expected[max(1, ramp) :].tolist()) == {round(10_000 * target)}


def test_at_full_gain_a_block_is_handed_on_as_it_is() -> None:
    """The very same; an empty block in mid-ramp too."""
    gain, block = Gain(100), np.full(10, 5, np.int16)
    assert gain.apply(block) is block
    gain.go_to(0.5)
    empty = np.zeros(0, np.int16)
    assert gain.apply(empty) is empty
    assert gain.level == 1.0


def test_a_ramp_may_turn_around() -> None:
    """From wherever it is, without a step; a jump is there at once."""
    gain, block = Gain(10), np.full(5, 1000, np.int16)
    gain.go_to(0.0)
    assert gain.apply(block).tolist() == [900, 800, 700, 600, 500]
    gain.go_to(1.0)
    assert gain.apply(block).tolist() == [550, 600, 650, 700, 750]
    gain.go_to(0.2)
    gain.jump()
    assert gain.apply(block).tolist() == [200] * 5


def test_loud_samples_saturate() -> None:
    """They do not wrap around."""
    gain = Gain(0, Ramp(4.0))
    assert gain.apply(np.array([20_000, -20_000, 1], np.int16)).tolist() == [32767, -32768, 4]


def test_a_fade_falls_to_a_thousandth() -> None:
    """Exponentially, over so many seconds of what there is."""
    faded = fade_out(np.full(1000, 10_000, np.int16), 1000, 0.3)
    assert len(faded) == 300
    assert faded[0] == 10_000
    assert faded[100] == 1000
    assert faded[-1] <= 11
    assert len(fade_out(np.zeros(10, np.int16), 1000, 0.3)) == 10
    assert len(fade_out(np.zeros(10, np.int16), 1000, 0.0)) == 0


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_a_gain_that_stands_scales(level: float) -> None:
    """Rounded to the nearest."""
    assert Gain(3, Ramp(level)).apply(np.array([3, -3], np.int16)).tolist() == [round(3 * level), round(-3 * level)]
