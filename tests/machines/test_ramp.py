"""A level that moves in straight lines."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines.ramp import Ramp

MOVES = st.lists(st.tuples(st.integers(0, 30), st.sampled_from([0.0, 0.25, 1.0]), st.integers(0, 20)), max_size=8)


@given(MOVES, st.lists(st.integers(0, 7), min_size=40, max_size=40))
def test_cutting_changes_no_sample(moves: list[tuple[int, float, int]], cuts: list[int]) -> None:
    """To the last bit, whatever the moves."""
    whole, cut, sizes = Ramp(), Ramp(), iter(cuts)
    for count, target, over in moves:
        whole.go_to(target, over)
        cut.go_to(target, over)
        pieces, left = [np.zeros(0)], count
        while left:
            size = min(left, next(sizes, left))
            pieces.append(cut.take(size))
            left -= size
        assert np.concatenate(pieces).tolist() == whole.take(count).tolist()
        assert (cut.level, cut.moving) == (whole.level, whole.moving)


def test_it_is_there_after_so_many_samples_and_stays() -> None:
    """Each sample lies as far on the way as it is of the move."""
    ramp = Ramp(0.0)
    ramp.go_to(1.0, 4)
    assert ramp.take(6).tolist() == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    assert (ramp.level, ramp.moving) == (1.0, False)


def test_it_turns_around_from_where_it_is() -> None:
    """Without a step; a move over no sample is one."""
    ramp = Ramp(1.0)
    ramp.go_to(0.0, 4)
    assert ramp.take(2).tolist() == [0.75, 0.5]
    ramp.go_to(1.0, 2)
    assert ramp.take(2).tolist() == [0.75, 1.0]
    ramp.go_to(0.5, 0)
    assert (ramp.level, ramp.take(1).tolist()) == (0.5, [0.5])
