import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.blocks import Blocks, Window


def ramp(start: int, end: int) -> Samples:
    return np.arange(start, end, dtype=np.int16)


def split(samples: Samples, lengths: list[int]) -> list[Samples]:
    pieces: list[Samples] = []
    for length in lengths:
        pieces.append(samples[:length])
        samples = samples[length:]
    return [*pieces, samples]


def test_windows_stand_where_their_samples_came_from() -> None:
    """Three blocks make two windows and a rest, each with the place of its first sample."""
    blocks = Blocks(4)
    assert blocks.push(ramp(10, 13), 10) == []
    assert blocks.held == 3
    assert blocks.push(ramp(13, 19), 13) == [Window(ramp(10, 14), 10), Window(ramp(14, 18), 14)]
    assert blocks.end() == [Window(ramp(18, 19), 18)]
    assert blocks.end() == []


def test_a_jump_lets_go_of_what_was_held() -> None:
    """Samples on either side of a jump never share a window."""
    blocks = Blocks(4)
    blocks.push(ramp(0, 6), 0)
    assert blocks.push(ramp(100, 105), 100) == [Window(ramp(4, 6), 4), Window(ramp(100, 104), 100)]


def test_after_an_end_a_stream_may_begin_anywhere() -> None:
    """The place of the first block after the end is that of its first window."""
    blocks = Blocks(2)
    blocks.push(ramp(0, 3), 0)
    blocks.end()
    assert blocks.push(ramp(7, 9), 7) == [Window(ramp(7, 9), 7)]


def test_a_window_has_at_least_one_sample() -> None:
    """A size under one is refused."""
    with pytest.raises(ValueError, match="size"):
        Blocks(0)


@given(st.integers(1, 50), st.integers(0, 400), st.lists(st.integers(0, 90), max_size=20), st.integers(0, 10**12))
def test_windows_do_not_depend_on_the_blocks(size: int, count: int, lengths: list[int], first: int) -> None:
    """However a stream is cut, its windows are the same, and hold every sample once."""
    samples = ramp(0, count)
    whole = Blocks(size)
    expected = whole.push(samples, first) + whole.end()
    parts, at = Blocks(size), first
    windows: list[Window] = []
    for piece in split(samples, lengths):
        windows += parts.push(piece, at)
        at += len(piece)
    assert windows + parts.end() == expected
    assert np.array_equal(np.concatenate([ramp(0, 0), *(window.samples for window in expected)]), samples)
    assert all(len(window.samples) == size for window in expected[:-1])
