"""Waiting for an instant."""

from __future__ import annotations

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from voiceflow._clock import sleep_until


async def test_a_cancel_is_one_also_after_the_instant_has_passed(mock_clock: MockClock) -> None:
    """What was cancelled before it ran again does not go on: an interruption lets no further block out."""
    woken: list[float] = []

    async def sleep(scope: trio.CancelScope) -> None:
        with scope:
            await sleep_until(1.0)
            woken.append(trio.current_time())

    scope = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(sleep, scope)
        await wait_all_tasks_blocked()
        mock_clock.jump(2.0)
        scope.cancel(reason="barge-in")
    assert woken == []
    assert scope.cancelled_caught


async def test_it_ends_at_its_instant(autojump_clock: MockClock) -> None:
    """And at once when that has passed."""
    await sleep_until(1.5)
    assert trio.current_time() == 1.5
    await sleep_until(1.0)
    assert trio.current_time() == 1.5
