"""Worker processes that serve one session after another, so that a model is loaded once for all of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import attrs
import trio

from voiceflow import Process
from voiceflow._executor import ThreadExecutor
from voiceflow._process import Worker, open_process

T = TypeVar("T")


@attrs.define(eq=False)
class KeptProcesses:
    """An executor for sessions, one after the other: it ends its worker processes with `nursery`, and no sooner.

    For nodes that tell a process whom it serves next; what it still sends to the one before comes first.
    """

    nursery: trio.Nursery
    _idle: dict[str, list[Worker]] = attrs.field(factory=dict[str, list[Worker]], init=False)
    _threads: ThreadExecutor = attrs.field(factory=ThreadExecutor, init=False)

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        return await self._threads.compute(fn, *args, model=model, width=width)

    @asynccontextmanager
    async def process(self, target: str, *args: object) -> AsyncGenerator[Process, None]:
        idle = self._idle.setdefault(repr((target, args)), [])
        while idle and idle[-1].ended:
            idle.pop()
        worker: Worker = idle.pop() if idle else await self.nursery.start(self._keep, target, args)
        try:
            yield worker
        finally:
            idle.append(worker)

    async def _keep(self, target: str, args: tuple[object, ...], task_status: trio.TaskStatus[Worker]) -> None:
        async with open_process(target, *args) as worker:
            task_status.started(worker)
            await trio.sleep_forever()
