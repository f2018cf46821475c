"""Heavy work under a virtual clock takes what it took of a processor."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from voiceflow import ProviderError
from voiceflow.bench.counted import CountedExecutor

WORKER = """
import time

def work(channel, word):
    channel.send(word)
    while (message := channel.receive()) != "enough":
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass
        channel.send((message, channel.waiting()))
"""


def _spin(seconds: float) -> str:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass
    return "done"


def _spin_alone(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


async def test_work_takes_its_time(autojump_clock: MockClock) -> None:
    """One after the other, where a model is one wide."""
    executor, took = CountedExecutor(), list[float]()

    async def work() -> None:
        assert await executor.compute(_spin, 0.01, model="a") == "done"
        took.append(trio.current_time())

    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(work)
        nursery.start_soon(work)
    assert took[0] - began >= 0.01
    assert took[1] - took[0] >= 0.01


async def test_what_others_do_meanwhile_is_not_counted(autojump_clock: MockClock) -> None:
    """A thread that was at work before goes on with its own work; one that is begun for this is part of it."""
    over, working = threading.Event(), threading.Event()

    def work_on() -> None:
        while not over.is_set():
            working.set()

    def spin_in_a_thread() -> float:
        helper = threading.Thread(target=_spin_alone, args=(0.03,))
        helper.start()
        helper.join()
        return time.thread_time()

    other = threading.Thread(target=work_on)
    other.start()
    working.wait()
    try:
        began, spent = trio.current_time(), time.process_time()
        await CountedExecutor().compute(_spin_alone, 0.03, model="a")
        alone, all_ = trio.current_time() - began, time.process_time() - spent
    finally:
        over.set()
        other.join()
    assert 0.03 <= alone < all_
    began = trio.current_time()
    await CountedExecutor().compute(spin_in_a_thread, model="a")
    assert trio.current_time() - began >= 0.03


async def test_a_worker_answers_when_it_would_have(
    autojump_clock: MockClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, each after the work it took, knowing whether more waits; when it has ended, it says so."""
    (tmp_path / "counted_worker.py").write_text(WORKER)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    async with CountedExecutor().process("counted_worker:work", "ready") as worker:
        assert await worker.receive() == "ready"
        began = trio.current_time()
        await worker.send(1)
        await worker.send(2)
        assert await worker.receive() == (1, True)
        assert trio.current_time() - began >= 0.02
        assert await worker.receive() == (2, False)
        assert trio.current_time() - began >= 0.04
        await worker.send("enough")
        with pytest.raises(ProviderError, match="ended"):
            await worker.receive()
    sys.modules.pop("counted_worker", None)
