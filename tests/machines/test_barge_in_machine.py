"""Whether a voice insists: loudness after half a second, and how far away it is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow import Audio, Samples, Speech
from voiceflow.machines.barge_in import BargeIn

RATE = 16000
QUIET, LOUD = 0.0, 3000.0


def sound(*stretches: tuple[float, float]) -> Samples:
    """Noise of so many seconds and such an amplitude, one stretch after the other."""
    random = np.random.default_rng(1)
    parts = [random.normal(0, 1, round(seconds * RATE)) * level for seconds, level in stretches]
    return np.rint(np.concatenate(parts)).astype(np.int16)


def judged(
    machine: BargeIn, samples: Samples, speech: list[Speech], block: int = 320, begin: int = 0
) -> Iterator[tuple[float, bool]]:
    """What is told, and after how many seconds of the samples."""
    due = list(speech)
    for at in range(0, len(samples), block):
        while due and due[0].known <= begin + at + block:
            machine.turn(due.pop(0))
        told = machine.push(Audio(samples[at : at + block], RATE, begin + at))
        if told is not None:
            yield (at + block) / RATE, told


def spoken(start: float, end: float, *, begin: int = 0) -> list[Speech]:
    """A VAD's verdicts: the begin 0.1 s late, the pause 0.06 s, the end 0.3 s."""
    first, last = begin + round(start * RATE), begin + round(end * RATE)
    return [
        Speech(True, first, first + RATE // 10, RATE),
        Speech(True, last, last + RATE * 6 // 100, RATE, voiced=False),
        Speech(False, last, last + RATE * 3 // 10, RATE, voiced=False),
    ]


def test_a_voice_that_goes_on_insists() -> None:
    """0.47 s after its first sample, in the block that holds that instant."""
    assert list(judged(BargeIn(RATE), sound((1.0, 1), (1.5, LOUD), (0.5, 1)), spoken(1.0, 2.5))) == [(1.48, True)]


@pytest.mark.parametrize("seconds", [0.2, 0.4, 0.44])
def test_a_voice_that_is_over_does_not(seconds: float) -> None:
    """Though the VAD counts it on, and whatever it says later of its end."""
    late = [Speech(True, RATE, RATE * 11 // 10, RATE), Speech(False, RATE * 2, RATE * 23 // 10, RATE, voiced=False)]
    assert list(judged(BargeIn(RATE), sound((1.0, 1), (seconds, LOUD), (1.5, 30)), late)) == []


def test_a_voice_that_comes_back_insists_when_it_is_loud_again() -> None:
    """A stop between two sounds only makes it later."""
    stop = sound((1.0, 1), (0.42, LOUD), (0.1, 30), (0.5, LOUD), (0.5, 1))
    assert list(judged(BargeIn(RATE), stop, spoken(1.0, 2.02))) == [(1.58, True)]


def test_nothing_is_judged_within_a_pause() -> None:
    """What the VAD does not take for speech insists on nothing, however loud it is."""
    assert list(judged(BargeIn(RATE), sound((1.0, 1), (1.5, LOUD)), spoken(1.0, 1.3))) == []


@pytest.mark.parametrize(("under", "told"), [(8.0, (1.48, True)), (10.0, (1.3, False)), (20.0, (1.3, False))])
def test_a_voice_far_under_the_callers_is_nothing(under: float, told: tuple[float, bool]) -> None:
    """Known from its first 0.3 s; by nine decibels."""
    machine = BargeIn(RATE)
    assert list(judged(machine, sound((1.0, 1), (1.0, LOUD), (1.0, 1)), spoken(1.0, 2.0))) == [(1.48, True)]
    begin = 3 * RATE
    quiet = sound((1.0, 1), (1.0, LOUD / 10 ** (under / 20)), (0.5, 1))
    assert list(judged(machine, quiet, spoken(1.0, 2.0, begin=begin), begin=begin)) == [told]


def test_who_is_far_away_is_not_learnt_from() -> None:
    """A room full of talk does not become the caller; a caller who becomes quieter does."""
    machine = BargeIn(RATE)
    list(judged(machine, sound((1.0, 1), (1.0, LOUD), (1.0, 1)), spoken(1.0, 2.0)))
    before = machine.caller
    list(judged(machine, sound((1.0, 1), (1.0, LOUD / 10), (1.0, 1)), spoken(1.0, 2.0, begin=3 * RATE), begin=3 * RATE))
    assert machine.caller == before
    list(judged(machine, sound((1.0, 1), (1.0, LOUD / 2), (1.0, 1)), spoken(1.0, 2.0, begin=6 * RATE), begin=6 * RATE))
    assert before is not None
    assert machine.caller == pytest.approx(before - 0.3 * 6.02, abs=0.1)


def test_lost_samples_end_what_was_judged() -> None:
    """What is heard behind a gap is not the same voice."""
    machine = BargeIn(RATE)
    assert list(judged(machine, sound((1.0, 1), (0.3, LOUD)), spoken(1.0, 2.0)[:1])) == []
    assert list(judged(machine, sound((1.0, LOUD)), [], begin=5 * RATE)) == []


@settings(max_examples=10, deadline=None)
@given(block=st.integers(50, 3000))
def test_blocks_make_no_difference(block: int) -> None:
    """But for when the last sample that is needed has come."""
    samples, speech = sound((1.0, 1), (1.5, LOUD), (0.5, 1)), spoken(1.0, 2.5)
    ((at, told),) = judged(BargeIn(RATE), samples, speech, block)
    assert told
    assert 1.47 <= at <= 1.47 + 0.01 + block / RATE + max(0.0, block / RATE - 0.1)
