"""The ports of a running node: the inboxes and outboxes behind `ports[self.audio]`, and its services."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import attrs
import trio

from voiceflow._clock import OUTPUT, Clock, sleep_until
from voiceflow._executor import Executor
from voiceflow._in_flight import leave_out_said, pass_on
from voiceflow._inbox import Inbox
from voiceflow._outbox import Outbox
from voiceflow._pump import Pump, Routes
from voiceflow._taking import Taking, watch
from voiceflow._wire import Bell, receive_from, room_of
from voiceflow.frames import Frame, Prompt, Speech, Text
from voiceflow.items import Thought, ToolCall
from voiceflow.machines.breaker import Providers
from voiceflow.machines.takeover import WholeWords
from voiceflow.node import Node, Stage
from voiceflow.ports import Inlet, Outlet
from voiceflow.services import EndOfStream, Process
from voiceflow.trace import Trace

T = TypeVar("T")
Accounts = dict[int, tuple[Node, Providers]]
"""By the `id` of the node whose providers they are, which is kept here so that no other has its place in memory."""
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


@attrs.define(eq=False)
class NodeServices:
    """What a node may use apart from its ports."""

    node: str
    clock: Clock
    trace: Trace
    executor: Executor
    turn: int | None = None

    def now(self) -> int:
        return self.clock.now()

    def sleep_until(self, t: int, *, output: bool = False) -> Coroutine[Any, Any, None]:
        return sleep_until(self.clock.when(t) + (OUTPUT if output else 0.0))

    def mark(self, name: str, **values: object) -> None:
        if self.trace.readers:
            self.trace.mark(self.clock.now(), self.turn, self.node, name, values)

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        return await self.executor.compute(fn, *args, model=model, width=width)

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        return self.executor.process(target, *args)


@attrs.define(eq=False)
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
    accounts: Accounts = attrs.field(factory=dict[int, tuple[Node, Providers]], kw_only=True)
    """Of the session's providers."""
    left: list[Frame] = attrs.field(factory=list[Frame], init=False)
    """What a stage had still to give when its node was swapped."""
    _routes: Routes = attrs.field(init=False)
    _pumps: list[Pump] = attrs.field(factory=list[Pump], init=False)
    """The one that is at work, if any."""

    def __attrs_post_init__(self) -> None:
        self._routes = Routes(self.node, self.kinds, self.outboxes)

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

    @property
    def pumping(self) -> bool:
        """Whether the node is nothing but a stage."""
        return bool(self._pumps)

    @property
    def keeps(self) -> bool:
        """Whether the node keeps what it takes until it has dealt with it."""
        return any(inbox.keeps for inbox in self.inboxes.values())

    def fit(self, node: Node) -> None:
        """Be the ports of `node`: with the room that it asks for, and with those of its ports that lead nowhere."""
        self.bell.cut = False
        for name, inlet in node.inlets().items():
            if name in self.inboxes:
                self.inboxes[name].wire.capacity = room_of(inlet)
        self.kinds.clear()
        self._routes.clear()
        for name, outlet in node.outlets().items():
            self.kinds[name] = outlet.kind
            self.outboxes.setdefault(name, Outbox([], live=outlet.live))
        for name in (*node.signals(), *node.watches()):
            self.cells.setdefault(name, LatestValue())

    def watched(self) -> Taking:
        """Have an eye on whether the node takes what comes."""
        before = [inbox.wire for inbox in self.inboxes.values()]
        return watch(self.node, before, [wire for outbox in self.outboxes.values() for wire in outbox.wires])

    def hand_over(self, *, finished: bool) -> None:
        """Another node is to follow, on what this one had not dealt with."""
        for inbox in self.inboxes.values() if finished else ():
            inbox.commit()
        if any(inbox.pending for inbox in self.inboxes.values()):
            self.rewind()
        else:
            # There is nothing that could make the next one say again what this one said last.
            for outbox in self.outboxes.values():
                outbox.resume()
                outbox.settle()

    def providers(self, node: Node) -> Providers:
        """The account of the providers of a node, which lasts for the session."""
        if id(node) not in self.accounts:
            self.accounts[id(node)] = node, Providers(len(node.providers), node.fallback)
        return self.accounts[id(node)][1]

    def settle(self) -> None:
        self.left.clear()
        for outbox in self.outboxes.values():
            if (
                outbox.sent or outbox.progress
            ):  # asked here, and not with a call for each: at every block of every stage
                outbox.settle()

    def rewind(self) -> None:
        """The node crashed: give it again what it had not dealt with, and swallow what it repeats."""
        for inbox in self.inboxes.values():
            for outbox in self.outboxes.values():
                leave_out_said(inbox, outbox)
        for inbox in self.inboxes.values():
            inbox.rewind()
        for outbox in self.outboxes.values():
            outbox.rewind()

    def pass_on(self) -> None:
        """The node crashed: another goes on, or itself as another would, with what is left to do."""
        kinds = [(self.outboxes[name], kind) for name, kind in self.kinds.items()]
        if not any(pass_on(inbox, outbox, kind) for inbox in self.inboxes.values() for outbox, kind in kinds):
            self.rewind()

    def keep_words_whole(self) -> None:
        """Another may have to go on with what the node writes."""
        for name, kind in self.kinds.items():
            if kind is Text and self.outboxes[name].words is None:
                self.outboxes[name].words = WholeWords()

    def finish_words(self) -> None:
        """The node has written all that it will."""
        for outbox in self.outboxes.values():
            outbox.finish_word()

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

    async def let_out(self) -> None:
        """Send what the stage before had still to give."""
        for frame in self.left:
            await self._routes[type(frame)].send(frame)

    async def pump(self, stage: Stage[Any]) -> None:
        (inbox,) = self.inboxes.values()
        pump = Pump(stage, inbox, [*self.outboxes.values()], self._routes, keeps=self.turn is not None)
        self._pumps.append(pump)
        try:
            await pump.route(stage.follow(self._told(), self.left))
            self.left[:] = await pump.run()
        finally:
            self._pumps.clear()

    def _told(self) -> Speech | None:
        """The last verdict on speech that left."""
        return next((out.last for out in self.outboxes.values() if isinstance(out.last, Speech)), None)
