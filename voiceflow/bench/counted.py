"""Real work under a virtual clock: each piece takes as long as it took of a processor.

So a call of a minute with real models runs in seconds, and what waits for a model waits as long as it would with a core
of its own for each worker. Seconds are those of the machine at work: two runs differ by what its cores differ.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from typing import Any, TypeVar

import attrs
import trio

from voiceflow.bench.counted_clock import Work
from voiceflow.errors import ProviderError
from voiceflow.services import Process

T = TypeVar("T")

_OVER = object()
"""Given to a worker in the place of a message: there will be no more."""


@attrs.frozen
class CountedExecutor:
    """What a session under a virtual clock runs its heavy work with."""

    _limiters: dict[str, trio.CapacityLimiter] = attrs.field(factory=dict[str, trio.CapacityLimiter], init=False)

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        async with self._limiters.setdefault(model, trio.CapacityLimiter(width)):
            # Of all threads, for some models have their own; but not of those that are at work for others already.
            work = Work()
            result = fn(*args)
            await trio.sleep(work.seconds())
            return result

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        return _process(target, args)


@asynccontextmanager
async def _process(target: str, args: tuple[object, ...]) -> AsyncGenerator[Process, None]:
    worker = _Worker(target, args)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker.work)
        try:
            yield worker
        finally:
            worker.end()
            nursery.cancel_scope.cancel(reason="the worker is not needed any more")


@attrs.frozen
class _Done:
    """What the worker said since it was given a message, each after how many seconds of work; and the work in all."""

    said: tuple[tuple[float, object], ...]
    seconds: float
    ended: bool


@attrs.define(eq=False)
class _Channel:
    """The worker's end. What it is given lies in `given`; that it asks for more says that it is done with the last."""

    more: Callable[[], bool]
    given: queue.SimpleQueue[object] = attrs.field(factory=queue.SimpleQueue[object])
    done: queue.SimpleQueue[_Done] = attrs.field(factory=queue.SimpleQueue[_Done])
    _said: list[tuple[float, object]] = attrs.field(factory=list[tuple[float, object]])
    _began: float = 0.0

    def run(self, target: str, args: tuple[object, ...]) -> None:
        """The whole life of the worker's thread."""
        module, _, name = target.partition(":")
        try:
            self._began = time.thread_time()
            getattr(import_module(module), name)(self, *args)
        finally:
            self._tell(ended=True)

    def receive(self) -> object:
        self._tell(ended=False)
        message = self.given.get()
        if message is _OVER:
            raise SystemExit  # which ends a thread without a word
        self._began = time.thread_time()
        return message

    def send(self, message: object) -> None:
        self._said.append((time.thread_time() - self._began, message))

    def waiting(self) -> bool:
        return self.more()

    def _tell(self, *, ended: bool) -> None:
        said, self._said = tuple(self._said), []
        self.done.put(_Done(said, time.thread_time() - self._began, ended))


@attrs.define(eq=False)
class _Worker:
    """The session's end. While the thread works the loop stands, as its clock does."""

    target: str
    args: tuple[object, ...]
    _sent: deque[object] = attrs.field(factory=deque[object], init=False)
    _said: deque[object] = attrs.field(factory=deque[object], init=False)
    _ended: bool = attrs.field(default=False, init=False)
    _channel: _Channel = attrs.field(init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)

    def __attrs_post_init__(self) -> None:
        self._channel = _Channel(lambda: bool(self._sent))
        threading.Thread(target=self._channel.run, args=(self.target, self.args), daemon=True).start()

    async def send(self, message: object) -> None:
        self._sent.append(message)
        self._tell()
        await trio.lowlevel.checkpoint()

    async def receive(self) -> Any:
        while not self._said:
            if self._ended:
                raise ProviderError(f"worker {self.target!r} ended", retryable=True)
            await self._changed.wait()
        return self._said.popleft()

    async def work(self) -> None:
        """Give it one message after the other, and what it says at the time at which it would have said it."""
        while True:
            done = self._channel.done.get()
            began = trio.current_time()
            for after, message in done.said:
                await trio.sleep_until(began + after)
                self._said.append(message)
                self._tell()
            await trio.sleep_until(began + done.seconds)
            if done.ended:
                self._ended = True
                return self._tell()
            while not self._sent:
                await self._changed.wait()
            self._channel.given.put(self._sent.popleft())

    def end(self) -> None:
        self._channel.given.put(_OVER)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
