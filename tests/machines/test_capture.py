"""What a microphone heard waits, bounded, and what was lost is counted where it is missing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines.capture import Capture, Captured


def block(value: int, size: int = 4, gap: int = 0) -> Captured:
    samples = np.full(size, value, np.int16)
    return Captured(samples, -samples, gap)


def test_blocks_come_out_in_their_order() -> None:
    """With what was played meanwhile."""
    capture = Capture(100)
    capture.put(block(1))
    capture.put(block(2))
    assert [capture.take(), capture.take(), capture.take()] == [block(1), block(2), None]


def test_the_oldest_are_lost_and_counted_in_front_of_the_next() -> None:
    """Gaps of the lost ones are part of it."""
    capture = Capture(8)
    for value in (1, 2, 3, 4):
        capture.put(block(value, gap=1 if value == 2 else 0))
    assert [capture.take(), capture.take(), capture.lost] == [block(3, gap=9), block(4), 8]


def test_a_block_larger_than_the_store_is_kept_alone() -> None:
    """A device may be asked for long blocks."""
    capture = Capture(3)
    capture.put(block(1))
    assert capture.take() == block(1)


def test_what_is_forgotten_is_no_gap() -> None:
    """Nobody was listening."""
    capture = Capture(8)
    capture.put(block(1))
    capture.clear()
    capture.put(block(2))
    assert (capture.take(), capture.take(), capture.level) == (block(2), None, 0)


@given(st.integers(1, 30), st.lists(st.integers(0, 12), max_size=40))
def test_samples_and_gaps_add_up(capacity: int, steps: list[int]) -> None:
    """Every sample is given, waits, or stands in a gap in its place; 0 is a take."""
    capture, put, place = Capture(capacity), 0, 0
    for step in [*steps, *([0] * 40)]:
        if step:
            capture.put(Captured(np.arange(put, put + step, dtype=np.int16), np.zeros(step, np.int16)))
            put += step
        elif (taken := capture.take()) is not None:
            place += taken.gap
            assert taken.heard.tolist() == list(range(place, place + len(taken.heard)))
            place += len(taken.heard)
        assert capture.level <= max(capacity, 12)
    assert place == put
