"""What a provider plays, and tells of it; numbered blocks put in order."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.telephony.order import Order
from voiceflow.machines.telephony.playback import Playback


def ints(*values: int) -> Samples:
    return np.array(values, np.int16)


def test_a_mark_is_reached_when_all_before_it_has_been_given() -> None:
    """With the very samples that end there."""
    playback = Playback(100)
    playback.play(ints(1, 2, 3))
    playback.mark("a")
    playback.play(ints(4))
    playback.mark("b")
    assert [(given.tolist(), marks) for given, marks in (playback.take(2), playback.take(1), playback.take(5))] == [
        ([1, 2], []),
        ([3], ["a"]),
        ([4], ["b"]),
    ]


def test_a_mark_behind_nothing_is_reached_at_once() -> None:
    """Without a sample being given."""
    playback = Playback(100)
    playback.mark("a")
    assert [playback.take(0)[1], playback.take(0)[1]] == [["a"], []]


def test_clear_gives_the_marks_that_waited() -> None:
    """And nothing more sounds."""
    playback = Playback(100)
    playback.play(ints(1, 2, 3))
    playback.mark("a")
    playback.mark("b")
    playback.take(1)
    assert playback.clear() == ["a", "b"]
    assert (playback.level, playback.take(5)[0].tolist(), playback.take(5)[1]) == (0, [], [])


def test_what_is_beyond_its_capacity_is_counted() -> None:
    """The earliest stay."""
    playback = Playback(3)
    playback.play(ints(1, 2))
    playback.play(ints(3, 4, 5))
    assert (playback.take(9)[0].tolist(), playback.overflow) == ([1, 2, 3], 2)


def test_a_run_begins_behind_its_cushion_and_one_that_goes_dry_is_counted() -> None:
    """Silence within the cushion is an underrun; behind it, a new run begins."""
    playback = Playback(100, cushion=2)
    playback.play(ints(1, 2))
    playback.mark("a")
    assert playback.take(3)[0].tolist() == [0, 0, 1]
    given, marks = playback.take(2)
    assert (given.tolist(), marks) == ([2], ["a"])
    playback.play(ints(3))
    assert (playback.take(3)[0].tolist(), playback.underruns) == ([3], 1)
    playback.play(ints(4))
    assert (playback.take(9)[0].tolist(), playback.underruns) == ([0, 0, 4], 1)


def test_what_comes_behind_a_clear_begins_a_run() -> None:
    """However soon it comes."""
    playback = Playback(100, cushion=1)
    playback.play(ints(1, 2))
    playback.take(2)
    playback.clear()
    playback.play(ints(3))
    assert (playback.take(3)[0].tolist(), playback.underruns) == ([0, 3], 0)


@settings(max_examples=50)
@given(
    pieces=st.lists(st.integers(0, 5) | st.sampled_from("abc"), max_size=12),
    takes=st.lists(st.integers(0, 7), max_size=20),
)
def test_everything_is_given_once_and_in_order(pieces: list[int | str], takes: list[int]) -> None:
    """However much is asked for at a time; each mark with the samples in front of it."""
    playback, expected, count = Playback(1000), list[tuple[str, int]](), 0
    for piece in pieces:
        if isinstance(piece, str):
            playback.mark(piece)
            expected.append((piece, count))
        else:
            playback.play(np.arange(count, count + piece).astype(np.int16))
            count += piece
    heard, reached = list[int](), list[str]()
    for take in [*takes, 1000]:
        samples, marks = playback.take(take)
        assert len(samples) <= take
        heard += samples.tolist()
        reached += marks
        assert reached == [mark for mark, place in expected if place <= len(heard)][: len(reached)]
        assert len(reached) >= len([place for _, place in expected if place < len(heard)])
    assert heard == list(range(count))
    assert reached == [mark for mark, _ in expected]


@settings(max_examples=50)
@given(order=st.permutations(range(6)), patience=st.integers(5, 9))
def test_blocks_come_out_in_order_when_patience_allows(order: list[int], patience: int) -> None:
    """From the first that came on; those before it are late."""
    machine = Order[int](patience)
    out = [each for number in order for each in machine.push(number, number)] + machine.end()
    expected = [number for number in range(6) if number >= order[0]]
    assert out == [(0, number) for number in expected]
    assert machine.late == 6 - len(expected)


@settings(max_examples=50)
@given(numbers=st.lists(st.integers(0, 2000) | st.none(), max_size=30), patience=st.integers(0, 4))
def test_what_has_a_number_is_given_once_or_counted(numbers: list[int | None], patience: int) -> None:
    """Whatever the numbers are; gaps are never less than nothing."""
    machine = Order[int](patience)
    out = [each for n, number in enumerate(numbers) for each in machine.push(number, n)] + machine.end()
    assert len(out) + machine.late == len(numbers)
    assert len({block for _, block in out}) == len(out)
    assert all(0 <= missing <= 500 for missing, _ in out)
