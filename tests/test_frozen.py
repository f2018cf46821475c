"""During a call the garbage collector leaves alone what was there before."""

from __future__ import annotations

import gc

import pytest

from voiceflow._frozen import frozen


def test_what_was_there_is_left_alone_and_what_the_call_makes_is_collected() -> None:
    """Until the call is over."""
    kept: list[list[object]] = [[]]
    with frozen():
        assert gc.get_freeze_count() > 0
        assert not any(each is kept for each in gc.get_objects())
        gc.collect()
        made: list[object] = []
        made.append(made)
        del made
        assert gc.collect() == 1
    assert gc.get_freeze_count() == 0
    assert any(each is kept for each in gc.get_objects())


def test_a_call_that_fails_is_over_too() -> None:
    """However it ends."""
    with pytest.raises(ZeroDivisionError), frozen():
        raise ZeroDivisionError
    assert gc.get_freeze_count() == 0
