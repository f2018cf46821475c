"""Where heavy work runs: threads in real time, inline in virtual time, one limiter for each model."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
import trio
from trio.testing import MockClock

from voiceflow._executor import NICE
from voiceflow.testing import InlineExecutor, ThreadExecutor


async def test_work_runs_in_a_thread_and_its_error_comes_back() -> None:
    """Not in the event loop's."""
    executor = ThreadExecutor()
    assert await executor.compute(threading.get_ident, model="idents") != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await executor.compute(divmod, 1, 0, model="division")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere niceness is the whole process's")
async def test_work_yields_to_the_event_loop_and_to_whoever_made_that_nice() -> None:
    """A thread is nicer than the loop by the same step, whatever the loop's own niceness is, and only once."""
    script = (
        "import os, sys, trio; from voiceflow.testing import ThreadExecutor\n"
        "os.nice(int(sys.argv[1]))\n"  # after what takes time where others work
        "def nice(): return os.getpriority(os.PRIO_PROCESS, 0)\n"
        "async def main():\n"
        "    if os.getuid() == 0: os.setuid(65534)\n"  # who may not take niceness back
        "    found = [await ThreadExecutor().compute(nice, model='a') for _ in range(3)]\n"
        "    print(nice(), *found)\n"
        "trio.run(main)"
    )
    for own in (0, 7, 17):
        done = await trio.run_process([sys.executable, "-c", script, str(own)], capture_stdout=True)
        ours, *theirs = map(int, done.stdout.split())
        assert theirs == [min(19, ours + NICE)] * 3


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


@pytest.mark.parametrize(("seconds", "leaving", "said"), [(0.2, 20.0, "done\n"), (30.0, 0.2, "")])
def test_a_process_ends_when_abandoned_work_is_done(seconds: float, leaving: float, said: str) -> None:
    """A C++ library must not come back into an interpreter that is gone; but nobody waits for ever."""
    script = (
        "import threading, time, trio; from voiceflow import _executor\n"
        f"_executor.LEAVING = {leaving}\n"
        f"def work(begun): begun.set(); time.sleep({seconds}); print('done', flush=True)\n"
        "async def main():\n"
        "    begun = threading.Event()\n"
        "    async with trio.open_nursery() as nursery:\n"
        "        nursery.start_soon(lambda: _executor.ThreadExecutor().compute(work, begun, model='m'))\n"
        "        await trio.to_thread.run_sync(begun.wait)\n"
        "        nursery.cancel_scope.cancel()\n"
        "trio.run(main)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=25, check=True)
    assert (done.stdout, done.stderr) == (said, "")


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
