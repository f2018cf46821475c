"""What a loudspeaker is given: all that was written, in order, and silence where nothing was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.playout import Playout


def ints(*values: int) -> Samples:
    return np.array(values, np.int16)


def test_a_run_begins_behind_its_cushion() -> None:
    """So many samples of silence, once."""
    playout = Playout(10, cushion=2)
    assert playout.write(ints(1, 2, 3)) == 3
    assert playout.write(ints(4)) == 1
    assert playout.read(6).tolist() == [0, 0, 1, 2, 3, 4]
    assert (playout.level, playout.underruns) == (0, 0)


def test_what_has_no_room_is_not_taken() -> None:
    """The writer keeps it, and may go on as soon as the device has read."""
    playout = Playout(5, cushion=2)
    assert playout.write(ints(1, 2, 3, 4)) == 3
    assert playout.write(ints(4)) == 0
    assert playout.read(3).tolist() == [0, 0, 1]
    assert playout.write(ints(4, 5, 6, 7)) == 3
    assert playout.read(5).tolist() == [2, 3, 4, 5, 6]


def test_what_comes_late_by_less_than_the_cushion_is_an_underrun() -> None:
    """The silence that was heard instead is counted, and no more is added."""
    playout = Playout(10, cushion=3)
    playout.write(ints(1))
    assert playout.read(6).tolist() == [0, 0, 0, 1, 0, 0]
    playout.write(ints(2))
    assert (playout.underruns, playout.missed) == (1, 2)
    assert playout.read(1).tolist() == [2]


def test_what_comes_later_than_that_begins_another_run() -> None:
    """The end of a reply is no underrun, however the next one begins."""
    playout = Playout(10, cushion=3)
    playout.write(ints(1))
    playout.read(7)
    playout.write(ints(2))
    assert (playout.underruns, playout.missed) == (0, 0)
    assert playout.read(4).tolist() == [0, 0, 0, 2]


def test_a_drop_leaves_an_exponential_fade_of_what_waits() -> None:
    """From full to -60 dB; then silence, and what is written next is a new run behind what is left of the fade."""
    playout = Playout(20, cushion=6)
    playout.write(np.full(14, 10000, np.int16))
    playout.read(6)
    playout.drop(1000, 0.004)
    assert playout.level == 4
    playout.write(ints(7))
    assert playout.read(8).tolist() == [10000, 1778, 316, 56, 0, 0, 7, 0]


def test_a_drop_without_a_fade_is_silence_at_once() -> None:
    """Not a sample more."""
    playout = Playout(20, cushion=2)
    playout.write(np.full(14, 10000, np.int16))
    playout.drop(1000, 0.0)
    assert playout.read(3).tolist() == [0, 0, 0]


def test_a_cushion_fits_into_the_store() -> None:
    """Or a run could never begin."""
    with pytest.raises(ValueError, match=r"cushion is less than capacity \(4 samples\); got 4"):
        Playout(4, cushion=4)


@given(
    st.integers(2, 40),
    st.integers(0, 39),
    st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=60),
)
def test_nothing_is_lost_repeated_or_reordered(capacity: int, cushion: int, steps: list[tuple[bool, int]]) -> None:
    """Whatever the order of writes and reads: what is read without the silence is what was taken."""
    playout = Playout(capacity, cushion % capacity)
    source, taken, heard = 1, 0, list[int]()
    for write, count in steps:
        if write:
            room = playout.room
            got = playout.write(np.arange(source, source + count, dtype=np.int16))
            assert got <= min(count, room)
            source, taken = source + got, taken + got
        else:
            heard += playout.read(count).tolist()
        assert 0 <= playout.level <= capacity
    heard += playout.read(capacity).tolist()
    assert [sample for sample in heard if sample] == list(range(1, taken + 1))


@given(
    st.integers(2, 40),
    st.integers(0, 39),
    st.lists(st.tuples(st.sampled_from(["write", "read", "drop"]), st.integers(0, 30)), max_size=60),
)
def test_what_a_drop_gives_back_is_what_was_not_read(capacity: int, cushion: int, steps: list[tuple[str, int]]) -> None:
    """Written again from there, each sample is read once: between runs, within a cushion, and drop behind drop."""
    playout = Playout(capacity, cushion % capacity)
    written, heard = 0, list[int]()
    for step, count in [*steps, ("drop", 0)]:
        if step == "write":
            written += playout.write(np.arange(written + 1, written + 1 + count, dtype=np.int16))
        elif step == "read":
            heard += [sample for sample in playout.read(count).tolist() if sample]
        else:
            written -= playout.drop(1000, 0.0)
            assert heard == list(range(1, written + 1))


def test_what_fades_is_not_given_back() -> None:
    """It sounds; of what was written behind that all is, and of an older fade nothing."""
    playout = Playout(40, cushion=6)
    playout.write(np.full(14, 10000, np.int16))
    playout.read(8)
    assert playout.drop(1000, 0.004) == 8
    playout.write(np.full(5, 7, np.int16))  # behind 4 samples that fade and 2 of silence
    assert playout.drop(1000, 0.004) == 5
    playout.write(np.full(5, 7, np.int16))
    assert playout.drop(1000, 0.008) == 3
