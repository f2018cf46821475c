"""A virtual clock stands still for work that is done beyond the loop."""

from __future__ import annotations

import socket
import sys
import threading
import time

import pytest
import trio

from voiceflow.bench.counted_clock import CountedClock

WORK = 0.05  # seconds of CPU


def _answer(line: socket.socket, took: list[float]) -> None:
    """A server: it computes, outside of the loop, when it is asked."""
    while line.recv(1):
        began = time.thread_time()
        while time.thread_time() < began + WORK:
            pass
        took.append(time.thread_time() - began)
        line.send(b".")


async def _ask(times: int, took: list[float], ticks: list[float]) -> float:
    ours, theirs = socket.socketpair()
    server = threading.Thread(target=_answer, args=(theirs, took))
    server.start()

    async def tick() -> None:
        while True:
            await trio.sleep(0.02)
            ticks.append(trio.current_time())

    line = trio.socket.from_stdlib_socket(ours)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(tick)
        began = trio.current_time()
        for _ in range(times):
            await line.send(b"?")
            await line.recv(1)
        asked = trio.current_time() - began
        nursery.cancel_scope.cancel(reason="asked enough")
    line.close()
    server.join()
    theirs.close()
    return asked


@pytest.mark.skipif(sys.platform != "linux", reason="other threads at work are seen on Linux")
def test_an_answer_takes_what_it_took_of_a_processor() -> None:
    """However long it waited for one; timers fall due meanwhile at their times."""
    took, ticks = list[float](), list[float]()
    asked = trio.run(_ask, 4, took, ticks, clock=CountedClock())
    assert len(took) == 4
    assert sum(took) / 2 < asked < 2 * sum(took) + 0.1
    assert [round(tick / 0.02, 6) for tick in ticks] == list(range(1, len(ticks) + 1))


def test_without_such_work_no_time_is_waited_for() -> None:
    """An hour passes at once, to the instant."""

    async def wait() -> float:
        await trio.sleep(3600)
        return trio.current_time()

    assert trio.run(wait, clock=CountedClock()) == 3600.0


def test_what_has_no_timer_waits_for_its_io() -> None:
    """And no time passes."""

    async def wait() -> float:
        ours, theirs = socket.socketpair()
        line = trio.socket.from_stdlib_socket(ours)
        threading.Timer(0.01, theirs.send, [b"."]).start()
        await line.recv(1)
        line.close()
        theirs.close()
        return trio.current_time()

    assert trio.run(wait, clock=CountedClock()) < 0.01
