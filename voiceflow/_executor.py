"""Where heavy work runs: threads behind a limiter for each model, or processes; inline under a virtual clock."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import Protocol, TypeVar

import attrs
import trio

from voiceflow.services import Process

T = TypeVar("T")

NICE = 5
"""Niceness of heavy work: a third of the event loop's share of a core that both want.

With 10 the loop waits for a core half as long; but a tenth of a core, beside a program that keeps it busy, is less than
a recogniser needs to keep up.
"""

LEAVING = 5.0
"""Seconds that a process that ends waits for work that was abandoned."""

_this_thread = threading.local()

_limiters: trio.lowlevel.RunVar[dict[str, trio.CapacityLimiter]] = trio.lowlevel.RunVar("voiceflow limiters")


def _limiter(model: str, width: int) -> trio.CapacityLimiter:
    """The limiter of one model, shared by all sessions of this event loop."""
    try:
        limiters = _limiters.get()
    except LookupError:
        limiters = dict[str, trio.CapacityLimiter]()
        _limiters.set(limiters)
    return limiters.setdefault(model, trio.CapacityLimiter(width))


class Executor(Protocol):
    """What a session runs its heavy work with."""

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T: ...
    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]: ...


@asynccontextmanager
async def _process(target: str, *args: object) -> AsyncGenerator[Process, None]:
    from voiceflow._process import open_process

    async with open_process(target, *args) as process:
        yield process


def _behind(fn: Callable[..., T], args: tuple[object, ...]) -> T:
    """Run in this thread, behind the event loop wherever the cores are short."""
    if not hasattr(_this_thread, "polite"):
        _this_thread.polite = True
        if sys.platform == "linux":  # there niceness is that of a thread, and of the threads it starts
            os.nice(NICE)
    with _under_way():
        return fn(*args)


@attrs.define(eq=False)
class _UnderWay:
    """Heavy work of this process that is not done: the interpreter may not be taken down under it.

    A thread that comes back from a C++ library into an interpreter that is on its way out is unwound there and then,
    through frames that allow no such thing: the process dies of "terminate called without an active exception".
    """

    changed: threading.Condition = attrs.field(factory=threading.Condition)
    count: int = 0

    def __enter__(self) -> None:
        with self.changed:
            self.count += 1

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.count -= 1
            self.changed.notify_all()

    def wait(self) -> None:
        """Until all of it is done, or `LEAVING` seconds have gone by."""
        with self.changed:
            self.changed.wait_for(lambda: not self.count, LEAVING)


@cache
def _under_way() -> _UnderWay:
    found = _UnderWay()
    atexit.register(found.wait)
    return found


class ThreadExecutor:
    """Real threads and processes."""

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        # A cancelled call is abandoned; its limiter stays taken until the thread is done, so that abandoned work cannot
        # pile up.
        return await trio.to_thread.run_sync(
            lambda: _behind(fn, args), limiter=_limiter(model, width), abandon_on_cancel=True
        )

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        return _process(target, *args)


@attrs.frozen
class InlineExecutor:
    """For virtual time: the work is done at once, after the seconds that `costs` states for its model."""

    costs: Mapping[str, float] = attrs.Factory(dict[str, float])

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        async with _limiter(model, width):
            await trio.sleep(self.costs.get(model, 0.0))
            return fn(*args)

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        return _process(target, *args)
