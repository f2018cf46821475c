"""Waiting for an instant, where a session is open and where none is."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from voiceflow._clock import sleep_until
from voiceflow._timers import STALE, Timers, timers

both = pytest.mark.parametrize("open_sessions", [0, 2])


async def _open(sessions: int) -> AsyncExitStack:
    stack = AsyncExitStack()
    for _ in range(sessions):
        await stack.enter_async_context(timers())
    return stack


@both
async def test_a_cancel_is_one_also_after_the_instant_has_passed(mock_clock: MockClock, open_sessions: int) -> None:
    """What was cancelled before it ran again does not go on: an interruption lets no further block out."""
    woken: list[float] = []

    async def sleep(scope: trio.CancelScope) -> None:
        with scope:
            await sleep_until(1.0)
            woken.append(trio.current_time())

    scope = trio.CancelScope()
    async with await _open(open_sessions), trio.open_nursery() as nursery:
        nursery.start_soon(sleep, scope)
        await wait_all_tasks_blocked()
        mock_clock.jump(2.0)
        scope.cancel(reason="barge-in")
    assert woken == []
    assert scope.cancelled_caught


@both
async def test_it_ends_at_its_instant(autojump_clock: MockClock, open_sessions: int) -> None:
    """And at once when that has passed."""
    async with await _open(open_sessions):
        await sleep_until(1.5)
        assert trio.current_time() == 1.5
        await sleep_until(1.0)
        assert trio.current_time() == 1.5


@both
async def test_many_sleep_each_to_its_own_instant(autojump_clock: MockClock, open_sessions: int) -> None:
    """Also next to sleeps of Trio's own, and when some are cancelled meanwhile, the first of all among them."""
    woken: list[tuple[int, float]] = []

    async def sleep(number: int) -> None:
        if number % 3:
            await sleep_until(0.1 * number)
        else:
            await trio.sleep_until(0.1 * number)
        woken.append((number, round(trio.current_time(), 9)))

    async with await _open(open_sessions), trio.open_nursery() as nursery:
        with trio.move_on_at(0.55):
            async with trio.open_nursery() as cut:
                cut.start_soon(sleep_until, 0.56)
                for number in (7, 8, 9, 3, 5):
                    cut.start_soon(sleep, number)
                nursery.start_soon(sleep, 6)
                nursery.start_soon(sleep, 10)
                nursery.start_soon(sleep, 4)
    assert woken == [(number, round(0.1 * number, 9)) for number in (3, 4, 5, 6, 10)]


async def test_who_sleeps_when_the_last_session_is_left_sleeps_on(autojump_clock: MockClock) -> None:
    """And nothing of the timers is left behind."""
    before = trio.lowlevel.current_statistics().tasks_living
    async with trio.open_nursery() as nursery:
        async with timers():
            nursery.start_soon(sleep_until, 2.0)
            await sleep_until(1.0)
        assert trio.lowlevel.current_statistics().tasks_living == before + 1
    assert trio.current_time() == 2.0


async def test_instants_that_nobody_waits_for_are_forgotten(autojump_clock: MockClock) -> None:
    """The heap does not grow with sleeps that are cancelled."""
    these = Timers()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(these.sleep, 1000.0)
        for number in range(3 * STALE):
            with trio.move_on_after(0):
                await these.sleep(2000.0 + number)
        assert len(these.instants) <= STALE + 3
        nursery.cancel_scope.cancel(reason="seen")
    assert these.instants == []


async def test_an_instant_that_trio_sees_first_is_rung_as_well(autojump_clock: MockClock) -> None:
    """It may fall between the instrument's look at the clock and Trio's own."""
    these = Timers(users=1)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(these.run)
        await wait_all_tasks_blocked()
        trio.lowlevel.remove_instrument(these)
        await these.sleep(1.0)
        await these.sleep(2.0)
        assert trio.current_time() == 2.0
        trio.lowlevel.add_instrument(these)
        these.users = 0
        these.end()
