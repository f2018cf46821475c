"""What is heard stays paired with what was played, in whatever bursts both come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.reference import Reference


def counted(first: int, size: int) -> Samples:
    return np.arange(first, first + size, dtype=np.int16)


def test_the_reference_is_a_margin_behind() -> None:
    """From the first sample that is heard; what was played before is not waited for."""
    reference = Reference(margin=3, slack=100)
    reference.push(counted(1, 5))
    assert reference.pull(2).tolist() == [3, 4]
    reference.push(counted(6, 2))
    assert reference.pull(3).tolist() == [5, 6, 7]


def test_what_was_asked_for_too_early_is_left_out_when_it_comes() -> None:
    """The pairing holds: 4 and 5 were due when what was played last stood for them."""
    reference = Reference(margin=3, slack=100)
    reference.push(counted(1, 3))
    assert reference.pull(5).tolist() == [1, 2, 3, 2, 3]
    reference.push(counted(4, 4))
    assert reference.pull(2).tolist() == [6, 7]


def test_a_loudspeaker_that_stands_still_begins_anew() -> None:
    """What it plays afterwards is paired with what is heard then."""
    reference = Reference(margin=2, slack=5)
    reference.push(counted(1, 2))
    assert reference.pull(9).tolist() == [1, 2, 0, 0, 0, 0, 0, 1, 2]
    reference.push(counted(10, 1))
    assert (reference.pull(2).tolist(), reference.jumps) == ([0, 10], 1)


def test_a_microphone_that_stands_still_begins_anew() -> None:
    """With what was played just before: what was played in the meantime is not kept."""
    reference = Reference(margin=2, slack=5)
    reference.push(counted(1, 2))
    reference.pull(1)
    for first in range(3, 43, 4):
        reference.push(counted(first, 4))
    assert (reference.pull(3).tolist(), reference.jumps) == ([41, 42, 42], 1)


def test_before_anything_is_played_there_is_silence_and_no_debt() -> None:
    """A microphone may be opened long before the loudspeaker."""
    reference = Reference(margin=1, slack=3)
    assert not reference.pull(100).any()
    reference.push(counted(1, 2))
    assert (reference.pull(2).tolist(), reference.jumps) == ([2, 2], 0)


def test_the_burst_in_which_devices_start_is_let_by() -> None:
    """Until so many were heard nothing is paired: what was played last stands for it. Then the margin counts."""
    reference = Reference(margin=2, slack=9, settle=6)
    reference.push(counted(1, 2))
    assert [reference.pull(3).tolist(), reference.pull(3).tolist()] == [[0, 1, 2], [0, 1, 2]]
    reference.push(counted(3, 4))
    assert reference.pull(2).tolist() == [5, 6]


@given(st.integers(1, 20), st.lists(st.tuples(st.booleans(), st.integers(1, 25)), max_size=60))
def test_every_sample_has_its_one_place(margin: int, steps: list[tuple[bool, int]]) -> None:
    """While neither side stands still, heard sample k meets one and the same played sample, or the last ones."""
    reference = Reference(margin, slack=10_000)
    reference.push(counted(1, margin))
    assert reference.pull(1).tolist() == [1]
    pushed, pulled = margin, 1
    for push, size in steps:
        if push:
            reference.push(counted(pushed + 1, size))
            pushed += size
        else:
            last = [0] * size + list(range(pushed - margin + 1, pushed + 1))
            places = zip(range(pulled, pulled + size), last[-size:], strict=True)
            expected = [place + 1 if place < pushed else instead for place, instead in places]
            assert reference.pull(size).tolist() == expected
            pulled += size
    assert reference.jumps == 0


def test_what_a_microphone_had_gathered_shifts_nothing_for_good() -> None:
    """It came in one burst, for which nothing makes up: from then on too much is asked for at every moment."""
    reference = Reference(margin=2, slack=8)
    reference.push(counted(1, 2))
    assert reference.pull(7).tolist()[:2] == [1, 2]
    found = _in_step(reference, 3, 20)
    assert found[-3:] == [[19], [20], [21]]
    assert reference.jumps == 1


def test_what_a_loudspeaker_took_at_once_shifts_nothing_for_good() -> None:
    """From then on more than twice the margin waits at every moment."""
    reference = Reference(margin=2, slack=8)
    reference.push(counted(1, 2))
    reference.pull(1)
    reference.push(counted(3, 7))
    found = _in_step(reference, 10, 20)
    assert found[-3:] == [[26], [27], [28]]
    assert reference.jumps == 1


def _in_step(reference: Reference, first: int, count: int) -> list[list[int]]:
    """What is paired while as much is heard as is played."""
    found: list[list[int]] = []
    for sample in range(first, first + count):
        reference.push(counted(sample, 1))
        found.append(reference.pull(1).tolist())
    return found
