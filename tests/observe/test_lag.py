"""How late the event loop comes, and a bystander beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from voiceflow.observe.lag import Lateness, LoopLag

TICK = Lateness.TICK


@given(st.lists(st.floats(0.0, 10.0), min_size=1, max_size=100), st.floats(0.01, 1.0))
def test_a_quantile_is_right_to_a_step(lates: list[float], q: float) -> None:
    """By nearest rank: never below the true one."""
    lateness = Lateness()
    for late in lates:
        lateness.add(late)
    true = next(late for n, late in enumerate(sorted(lates), 1) if n >= q * len(lates))
    assert true <= lateness.quantile(q) <= true + 1.001 * TICK
    assert lateness.count == len(lates)
    assert lateness.worst == lateness.quantile(1.0)


def test_before_the_first_wake_up_nothing_was_late() -> None:
    """And one that comes before its time is not late."""
    lateness = Lateness()
    assert (lateness.quantile(0.999), lateness.worst, lateness.count) == (0.0, 0.0, 0)
    lateness.add(-1.0)
    assert (lateness.quantile(0.5), lateness.worst, lateness.count) == (TICK, TICK, 1)


async def test_it_measures_until_it_is_cancelled(mock_clock: MockClock) -> None:
    """A loop that is held up for 0.1 s once shows it."""
    lag = LoopLag(interval=0.01)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lag.measure)
        for jump in (0.01, 0.11, 0.01):
            await trio.testing.wait_all_tasks_blocked()
            mock_clock.jump(jump)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert lag.loop.count == 3
    assert lag.loop.worst == pytest.approx(0.1, abs=2 * TICK)
    assert lag.loop.quantile(0.5) <= 2 * TICK
    assert str(lag) == "loop lag p99.9 100.0 ms, at most 100.0"


async def until(lag: LoopLag, count: int) -> None:
    """Measure until the loop has woken up so often."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lag.measure)
        while lag.loop.count < count:  # noqa: ASYNC110  what is waited for is time
            await trio.sleep(lag.interval)
        nursery.cancel_scope.cancel()


async def test_a_bystander_tells_what_it_saw_while_the_loop_was_measured() -> None:
    """It sleeps in the same rhythm, so it cannot have woken up much more often; nor was it late before."""
    lag = LoopLag(interval=0.002)
    with lag.beside():
        await trio.sleep(0.2)
        began = trio.current_time()
        await until(lag, 30)
    most = (trio.current_time() - began) / lag.interval
    assert 0 < lag.bystander.count <= most + 1
    assert f"(a bystander process: p99.9 {lag.bystander.quantile(0.999) * 1e3:.1f} ms" in str(lag)


def test_one_that_never_began_has_nothing_to_tell() -> None:
    """As when a session fails to open; what fails beside it comes out as it is."""
    lag = LoopLag()
    with pytest.raises(ZeroDivisionError), lag.beside():
        raise ZeroDivisionError
    assert (lag.bystander.count, str(lag)) == (0, "loop lag p99.9 0.0 ms, at most 0.0")


def test_a_bystander_that_was_killed_is_not_missed() -> None:
    """The call goes on, and its own figure is told alone."""
    lag = LoopLag(interval=0.001)
    with lag.beside():
        pid = bystanders(os.getpid()).pop()
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        trio.run(until, lag, 3)
    assert (lag.loop.count >= 3, lag.bystander.count) == (True, 0)


def bystanders(of: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{of}/task/{of}/children").read_text().split()]


def test_it_ends_with_its_parent() -> None:
    """However that ends."""
    script = (
        "import os, pathlib, trio; from voiceflow.observe.lag import LoopLag\n"
        "lag = LoopLag()\n"
        "with lag.beside():\n"
        "    print(pathlib.Path(f'/proc/self/task/{os.getpid()}/children').read_text(), flush=True)\n"
        "    trio.run(lag.measure)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        status = Path(f"/proc/{int(parent.stdout.readline())}/status")
        parent.kill()
    deadline = time.monotonic() + 10
    while running(status) and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not running(status)


def running(status: Path) -> bool:
    return status.exists() and "State:\tZ" not in status.read_text()
