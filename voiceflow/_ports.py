"""The ports of a running node: the inboxes and outboxes behind `ports[self.audio]`, and its services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import attrs
import trio

from voiceflow._clock import OUTPUT, SECOND, Clock, sleep_until
from voiceflow._executor import Executor
from voiceflow._inbox import Inbox, Outbox
from voiceflow._wire import Bell, receive_from
from voiceflow.frames import Frame, Prompt
from voiceflow.items import Thought, ToolCall
from voiceflow.node import EndOfStream, Process, Stage
from voiceflow.ports import Inlet, Outlet
from voiceflow.trace import Trace

T = TypeVar("T")
CallTools = Callable[["NodePorts", Prompt, Sequence[Thought | ToolCall]], Awaitable[None]]


@attrs.define(eq=False)
class LatestValue:
    """The cell behind a signal. Without a value until it is first set."""

    value: Any = None
    _waiting: set[trio.lowlevel.Task] = attrs.field(factory=set[trio.lowlevel.Task], init=False)

    def set(self, value: Any) -> None:
        self.value = value
        waiting, self._waiting = self._waiting, set()
        for task in waiting:
            trio.lowlevel.reschedule(task)

    async def changed(self) -> Any:
        task = trio.lowlevel.current_task()
        self._waiting.add(task)

        def abort(_: object) -> trio.lowlevel.Abort:
            self._waiting.discard(task)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)
        return self.value


@attrs.frozen(eq=False)
class _Merged:
    """Iterates over several inlets until all have ended: first what is replayed, then as the frames arrive."""

    sides: Sequence[tuple[Inlet[Any], Inbox]]
    bell: Bell

    def __aiter__(self) -> _Merged:
        return self

    async def __anext__(self) -> tuple[Inlet[Any], Frame]:
        for inlet, inbox in self.sides:
            if inbox.replays:
                await trio.lowlevel.checkpoint_if_cancelled()
                return inlet, inbox.again()
        for _, inbox in self.sides:
            inbox.commit()
        try:
            wire, frame = await receive_from([inbox.wire for _, inbox in self.sides], self.bell)
        except EndOfStream:
            raise StopAsyncIteration from None
        inlet, inbox = next(side for side in self.sides if side[1].wire is wire)
        return inlet, inbox.keep(frame)


@attrs.frozen(eq=False)
class NodeServices:
    """What a node may use apart from its ports."""

    node: str
    clock: Clock
    trace: Trace
    executor: Executor
    turn: int | None = None

    def now(self) -> int:
        return self.clock.now()

    async def sleep_until(self, t: int, *, output: bool = False) -> None:
        await sleep_until(self.clock.when(t) + (OUTPUT if output else 0.0))

    def mark(self, name: str, **values: object) -> None:
        if self.trace.readers:
            self.trace.mark(self.clock.now(), self.turn, self.node, name, values)

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        return await self.executor.compute(fn, *args, model=model, width=width)

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        return self.executor.process(target, *args)


@attrs.frozen(eq=False)
class NodePorts(NodeServices):
    """The world as a running node sees it. Survives restarts of the node."""

    bell: Bell = attrs.field(factory=Bell, kw_only=True)
    inboxes: dict[str, Inbox] = attrs.field(factory=dict[str, Inbox], kw_only=True)
    outboxes: dict[str, Outbox] = attrs.field(factory=dict[str, Outbox], kw_only=True)
    kinds: dict[str, type[Frame]] = attrs.field(factory=dict[str, type[Frame]], kw_only=True)
    """The kind of each outlet, to route the frames of a stage by."""
    cells: dict[str, LatestValue] = attrs.field(factory=dict[str, LatestValue], kw_only=True)
    gate: trio.Event | None = attrs.field(default=None, kw_only=True)
    """Set when the turn is committed; None for what needs no commit."""
    tools: CallTools | None = attrs.field(default=None, kw_only=True)
    """Runs what a model calls; None outside a turn."""
    _routes: dict[type[Frame], Outbox] = attrs.field(factory=dict[type[Frame], Outbox], init=False)

    def __getitem__(self, port: Any) -> Any:
        if isinstance(port, Inlet):
            return self.inboxes[port.name]
        if isinstance(port, Outlet):
            return self.outboxes[port.name]
        return self.cells[port.name]

    async def committed(self) -> None:
        if self.gate is None or self.gate.is_set():
            await trio.lowlevel.checkpoint()
        else:
            await self.gate.wait()

    async def call_tools(self, prompt: Prompt, items: Sequence[Thought | ToolCall]) -> None:
        if self.tools is not None:
            await self.tools(self, prompt, items)
        elif items:
            raise TypeError(f"{self.node} calls tools, and is in no turn: only a turn's node can")

    def settle(self) -> None:
        for outbox in self.outboxes.values():
            outbox.settle()

    def rewind(self) -> None:
        """The node crashed: give it again what it had not dealt with, and swallow what it repeats."""
        for inbox in self.inboxes.values():
            inbox.rewind()
        for outbox in self.outboxes.values():
            outbox.rewind()

    def close(self) -> None:
        for inbox in self.inboxes.values():
            inbox.close()
        for outbox in self.outboxes.values():
            outbox.close()

    def sent(self, port: Outlet[T]) -> Sequence[T]:
        return tuple(self.outboxes[port.name].sent)  # type: ignore[arg-type]

    def resume(self, port: Outlet[T]) -> None:
        self.outboxes[port.name].resume()

    def merged(self, *inlets: Inlet[Any]) -> AsyncIterator[tuple[Inlet[Any], Frame]]:
        # An optional inlet that is not connected has none.
        fed = [(inlet, self.inboxes[inlet.name]) for inlet in inlets if inlet.name in self.inboxes]
        return _Merged(fed, self.bell)

    async def pump(self, stage: Stage[Any]) -> None:
        (inbox,) = self.inboxes.values()
        fresh = False
        while True:
            try:
                frame = await self._receive_within(inbox, stage.idle if fresh else None)
            except EndOfStream:
                return await self._route(stage.end())
            fresh = frame is not None
            await self._route(stage.flush() if frame is None else stage.push(frame))

    async def _receive_within(self, inbox: Inbox, idle: int | None) -> Any:
        """The next frame, or None if none comes for `idle` nanoseconds.

        What a stage remembers of a turn is made again by replaying all of it. A session has no end to replay from:
        there a restarted stage begins with the frame at which it broke.
        """
        receive = inbox.receive if self.turn is None else inbox.take
        if idle is None:
            return await receive()
        with trio.move_on_after(idle / SECOND):
            return await receive()
        return None

    async def _route(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            outbox = self._routes.get(type(frame))
            if outbox is None:
                outbox = self._routes[type(frame)] = self.outboxes[self._outlet_for(type(frame))]
            await outbox.send(frame)

    def _outlet_for(self, kind: type[Frame]) -> str:
        for name, taken in self.kinds.items():
            if issubclass(kind, taken):
                return name
        raise TypeError(f"{self.node} has no outlet for a {kind.__name__}; it has {', '.join(self.kinds) or 'none'}")
