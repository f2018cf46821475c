import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.tracks import Tracks


def block(value: int, count: int) -> Samples:
    return np.full(count, value, np.int16)


def taken(tracks: Tracks, *, all: bool = False) -> list[list[int]]:
    return [list(map(int, row)) for row in tracks.take(1000, all=all)]


def test_rows_leave_when_every_track_has_reached_them() -> None:
    """Three samples here and two there make two rows."""
    tracks = Tracks(2, lag=100)
    tracks.put(0, 0, block(1, 3))
    assert taken(tracks) == []
    tracks.put(1, 0, block(2, 2))
    assert (tracks.ready, taken(tracks)) == (2, [[1, 2], [1, 2]])
    assert taken(tracks, all=True) == [[1, 0]]


def test_a_track_that_lags_too_far_is_silence() -> None:
    """Past the lag rows leave without it, and what it brings for them later is dropped and counted."""
    tracks = Tracks(2, lag=2)
    tracks.put(0, 0, block(1, 5))
    assert taken(tracks) == [[1, 0]] * 3
    tracks.put(1, 1, block(2, 3))
    assert tracks.dropped == 2
    assert taken(tracks, all=True) == [[1, 2], [1, 0]]


def test_holes_are_silence_and_the_later_of_two_blocks_stands() -> None:
    """Blocks stand at their samples, whatever lies between, and overwrite what came before."""
    tracks = Tracks(1, lag=0)
    tracks.put(0, 1, block(1, 3))
    tracks.put(0, 2, block(5, 1))
    tracks.put(0, 6, block(3, 1))
    assert taken(tracks) == [[0], [1], [5], [1], [0], [0], [3]]


def test_a_block_far_ahead_is_reached_in_bounded_steps() -> None:
    """Ten hours of silence are given in pieces of the size asked for."""
    tracks = Tracks(2, lag=16000)
    tracks.put(0, 36000 * 16000, block(1, 10))
    assert tracks.take(16000).shape == (16000, 2)
    assert tracks.given == 16000


def test_samples_before_the_start_are_dropped() -> None:
    """Sample 0 is the first that a recording has."""
    tracks = Tracks(1, lag=0)
    tracks.put(0, -2, block(1, 3))
    assert (taken(tracks), tracks.dropped) == ([[1]], 2)


def test_there_is_at_least_one_track() -> None:
    """None is refused."""
    with pytest.raises(ValueError, match="count"):
        Tracks(0, lag=0)


BLOCKS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 60), st.integers(1, 20)), max_size=30)


@given(BLOCKS, st.integers(1, 30))
def test_no_row_is_given_twice_or_left_out(blocks: list[tuple[int, int, int]], most: int) -> None:
    """With a lag that is never used up, the rows are the blocks, painted in the order they came."""
    tracks = Tracks(2, lag=10**6)
    end = max((pts + count for _, pts, count in blocks), default=0)
    expected = np.zeros((end, 2), np.int16)
    rows = [np.zeros((0, 2), np.int16)]
    for value, (track, pts, count) in enumerate(blocks, 1):
        tracks.put(track, pts, block(value, count))
        expected[pts : pts + count, track] = value
    while len(piece := tracks.take(most)):
        rows.append(piece)
    while len(piece := tracks.take(most, all=True)):
        rows.append(piece)
    assert np.array_equal(np.concatenate(rows), expected)
    assert tracks.dropped == 0


@given(BLOCKS, st.integers(0, 40))
def test_every_sample_is_given_or_counted_as_dropped(blocks: list[tuple[int, int, int]], lag: int) -> None:
    """Taking after each block, no more than the lag stays; what is lost is counted."""
    tracks, rows, put = Tracks(2, lag=lag), 0, 0
    for track, pts, count in blocks:
        before = tracks.dropped
        tracks.put(track, pts, block(1, count))
        put += count - (tracks.dropped - before)
        rows += len(tracks.take(1000))
        assert tracks.end - tracks.given <= lag or tracks.end == 0
    rows += len(tracks.take(1000, all=True))
    assert rows == tracks.end
    assert put + tracks.dropped == sum(count for _, _, count in blocks)
