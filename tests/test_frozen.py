"""During a call the garbage collector leaves alone what was there before, and looks through the rest seldom."""

from __future__ import annotations

import gc
import weakref

import pytest
import trio
from trio.testing import MockClock

from voiceflow import frozen, swept
from voiceflow._frozen import LOOK, OLDER, YOUNG
from voiceflow._timers import timers


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


def test_collections_are_rare_until_it_is_left() -> None:
    """The threshold is that of the young; then it is as it was."""
    before = gc.get_threshold()
    with frozen():
        assert gc.get_threshold() == (YOUNG, OLDER, OLDER)
    assert gc.get_threshold() == before


class _Circle:
    def __init__(self) -> None:
        self.me = self


async def test_when_the_last_call_is_over_all_is_collected_and_frozen_anew(autojump_clock: MockClock) -> None:
    """While one is under way it is not, and not before the first one either; each time that all have ended, it is."""
    async with swept():
        for _ in range(2):
            seen = weakref.ref(_Circle())
            await trio.sleep(3 * LOOK)
            async with timers():
                kept: list[object] = []
                await trio.sleep(3 * LOOK)
                assert seen() is not None
                assert any(each is kept for each in gc.get_objects())
            await trio.sleep(2 * LOOK)
            assert seen() is None
            assert not any(each is kept for each in gc.get_objects())
    assert gc.get_freeze_count() == 0
