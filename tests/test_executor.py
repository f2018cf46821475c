"""Where heavy work runs: threads in real time, inline in virtual time, one limiter for each model."""

from __future__ import annotations

import threading

import pytest
import trio
from trio.testing import MockClock

from voiceflow.testing import InlineExecutor, ThreadExecutor


async def test_work_runs_in_a_thread_and_its_error_comes_back() -> None:
    """Not in the event loop's."""
    executor = ThreadExecutor()
    assert await executor.compute(threading.get_ident, model="idents") != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await executor.compute(divmod, 1, 0, model="division")


async def test_abandoned_work_keeps_its_place_until_it_is_done() -> None:
    """A cancelled caller goes on at once; the next call of that model waits, one of another does not."""
    executor, release, order = ThreadExecutor(), threading.Event(), list[str]()

    async def next_call() -> None:
        await executor.compute(order.append, "same", model="slow")

    async with trio.open_nursery() as nursery:
        with trio.CancelScope() as scope:
            nursery.start_soon(_cancel_soon, scope)
            await executor.compute(release.wait, 10, model="slow")
        assert scope.cancelled_caught
        nursery.start_soon(next_call)
        await executor.compute(order.append, "other", model="quick")
        order.append("released")
        release.set()
    assert order == ["other", "released", "same"]


async def _cancel_soon(scope: trio.CancelScope) -> None:
    await trio.lowlevel.checkpoint()
    scope.cancel(reason="the test abandons it")


@pytest.mark.parametrize(("width", "ended"), [(1, 0.6), (2, 0.4), (3, 0.2)])
async def test_a_model_is_as_wide_as_its_limiter(autojump_clock: MockClock, width: int, ended: float) -> None:
    """Three calls of 0.2 s each, so many at a time."""
    executor = InlineExecutor({"model": 0.2})

    async def call() -> None:
        assert await executor.compute(max, 1, 2, model="model", width=width) == 2

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(call)
    assert trio.current_time() == pytest.approx(ended)
