"""Without a canceller the microphone is closed while the agent sounds, or opened by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.echo import EchoControl, HalfDuplex, PushToTalk

VOICE = np.full(160, 1000, np.int16)
NOTHING = np.zeros(160, np.int16)


def opened(control: EchoControl, played: list[Samples]) -> list[bool]:
    """For each frame whether the microphone is heard while this is played."""
    control.open()
    given = [control.process(VOICE, frame) for frame in played]
    assert all(len(frame) == control.frame for frame in given)
    return [bool(np.array_equal(frame, VOICE)) for frame in given]


def test_the_microphone_is_closed_while_the_agent_sounds_and_for_the_tail() -> None:
    """Ten frames of a tenth of a second behind the last that sounded, and then it is open."""
    played = [NOTHING] * 2 + [VOICE] * 3 + [NOTHING] * 15
    assert opened(HalfDuplex(tail=0.1), played) == [True] * 2 + [False] * (3 + 10) + [True] * 5


def test_what_nobody_hears_does_not_close_it() -> None:
    """A fade's last samples and dither are no sound."""
    assert opened(HalfDuplex(), [np.full(160, 30, np.int16)] * 3) == [True] * 3


def test_opening_again_forgets_the_call_before() -> None:
    """A gate serves one call at a time."""
    gate = HalfDuplex()
    gate.open()
    gate.process(VOICE, VOICE)
    assert gate.closed
    gate.open()
    assert not gate.closed


@given(st.lists(st.sampled_from([-32768, -40, 0, 40, 5000]), max_size=80), st.integers(0, 20))
def test_it_is_open_exactly_when_nothing_sounded_for_the_tail(levels: list[int], tail: int) -> None:
    """Compared frame by frame with a list of the last ones."""
    played = [np.full(160, level, np.int16) for level in levels]
    loud = [abs(level) > 33 for level in levels]
    expected = [not any(loud[max(0, at - tail) : at + 1]) for at in range(len(levels))]
    assert opened(HalfDuplex(tail=tail / 100), played) == expected


def test_by_hand_only_what_is_said_while_it_is_held_is_heard() -> None:
    """Whatever is played."""
    hand = PushToTalk()
    hand.open()
    found: list[bool] = []
    for held in (False, True, True, False):
        hand.held = held
        found.append(bool(hand.process(VOICE, VOICE).any()))
    assert found == [False, True, True, False]
