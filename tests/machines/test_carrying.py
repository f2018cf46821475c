"""What a track carries: all that was pushed, in its place, and silence in between."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.carrying import Carrying, Change


def ramp(first: int, count: int) -> Samples:
    return np.arange(first, first + count).astype(np.int16)


def test_sound_is_told_where_it_begins_and_where_it_ends() -> None:
    """And nothing in between, however it comes."""
    track = Carrying(1000)
    assert track.take(10)[1] == []
    track.push(1, 0, ramp(1, 15))
    track.push(1, 15, ramp(16, 5))
    block, changes = track.take(10)
    assert (block.tolist(), changes) == (list(range(1, 11)), [Change(10, 1, 0, True)])
    block, changes = track.take(10)
    assert (block.tolist(), changes) == (list(range(11, 21)), [])
    block, changes = track.take(10)
    assert (block.tolist(), changes) == ([0] * 10, [Change(30, 1, 20, False)])
    assert track.take(10)[1] == []


def test_a_turn_that_is_cleared_falls_silent() -> None:
    """The next sample of the track has nothing of it, and what another turn has stays."""
    track = Carrying(1000)
    track.push(1, 0, ramp(1, 100))
    track.push(2, 0, ramp(1, 4))
    track.take(10)
    track.clear(1)
    block, changes = track.take(10)
    assert block.tolist() == [1, 2, 3, 4, 0, 0, 0, 0, 0, 0]
    assert changes == [Change(10, 2, 0, True), Change(14, 2, 4, False)]
    assert track.held == 0


def test_time_without_anything_in_it_moves_what_comes_then() -> None:
    """The same turn goes on at a later place of the track, which is told."""
    track = Carrying(1000)
    track.push(1, 0, ramp(0, 30))
    track.take(10)
    track.skip(100)
    assert track.take(10)[1] == [Change(110, 1, 10, True)]


def test_it_holds_no_more_than_it_may() -> None:
    """The oldest is not wanted any more."""
    track = Carrying(20)
    for n in range(5):
        track.push(1, 10 * n, ramp(10 * n, 10))
    assert track.held == 20
    assert track.take(1) == (np.array([30]), [Change(0, 1, 30, True)])


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["push", "take"]), st.integers(1, 30)), max_size=40))
def test_where_a_sample_stands_is_what_was_told(steps: list[tuple[str, int]]) -> None:
    """Who knows the changes knows of each sample of the track which of the turn it is."""
    track, pushed, heard, told = Carrying(10_000), 0, list[int](), list[Change]()
    for what, count in steps:
        if what == "push":
            track.push(7, pushed, ramp(pushed + 1, count))
            pushed += count
        else:
            block, changes = track.take(count)
            heard += block.tolist()
            told += changes
    for at, sample in enumerate(heard):
        known = [change for change in told if change.at <= at]
        sounds = bool(known) and known[-1].sounds
        assert sample == (known[-1].position + at - known[-1].at + 1 if sounds else 0)


def test_who_else_talks_is_added_to_it() -> None:
    """From a lag behind their beginning on, whether a turn sounds or not; nothing is told of them."""
    track = Carrying(1000, lag=10)
    track.beside(ramp(100, 15))
    track.push(1, 0, ramp(1, 15))
    block, changes = track.take(10)
    assert (block.tolist(), changes) == (ramp(1, 10).tolist(), [Change(0, 1, 0, True)])
    block, changes = track.take(10)
    assert block.tolist() == [11 + 100, 12 + 101, 13 + 102, 14 + 103, 15 + 104, 105, 106, 107, 108, 109]
    assert changes == [Change(15, 1, 15, False)]
    track.beside(ramp(115, 3))
    assert track.take(10)[0].tolist() == [110, 111, 112, 113, 114, 115, 116, 117, 0, 0]
    track.beside(ramp(200, 5))
    assert [track.take(10)[0].tolist() for _ in range(2)] == [[0] * 10, [200, 201, 202, 203, 204, 0, 0, 0, 0, 0]]


def test_who_else_talks_waits_no_longer_than_three_lags() -> None:
    """The oldest is not wanted any more."""
    track = Carrying(1000, lag=10)
    for n in range(10):
        track.beside(ramp(10 * n, 10))
    track.take(10)
    assert track.take(30)[0].tolist() == list(range(70, 100))
