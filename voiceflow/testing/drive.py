"""Run one node alone, on real wires, with given frames, and see what leaves it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import attrs
import trio

from voiceflow._clock import Clock
from voiceflow._executor import Executor, ThreadExecutor
from voiceflow._inbox import Inbox
from voiceflow._outbox import Outbox
from voiceflow._ports import LatestValue, NodePorts, NodeServices
from voiceflow._rounds import SessionTools, ToolRounds
from voiceflow._supervisor import Run, one_error, run_node, supervise
from voiceflow._wire import Bell, Wire, wire_for
from voiceflow.agents.agent import Agent
from voiceflow.agents.transfer import Transfer
from voiceflow.frames import Frame, Message
from voiceflow.items import Item
from voiceflow.machines.restart import RestartPolicy, Restarts
from voiceflow.node import Node
from voiceflow.ports import Inlet
from voiceflow.services import EndOfStream
from voiceflow.tools.context import ToolError
from voiceflow.tools.function import Tool
from voiceflow.tools.runner import ToolRunner
from voiceflow.tools.use import ToolUse
from voiceflow.trace import Mark, Trace
from voiceflow.utterance import Utterance


@attrs.define(eq=False)
class Driven:
    """What came of a run: frames with the seconds at which they left, by outlet, and the marks."""

    timed: dict[str, list[tuple[float, Frame]]]
    marks: list[Mark] = attrs.Factory(list[Mark])
    items: list[Item] = attrs.Factory(list[Item])
    """What was called, and what came of it."""
    ports: NodePorts | None = None
    _more: trio.Event = attrs.field(factory=trio.Event, init=False)

    def take(self, outlet: str, at: float, frame: Frame) -> None:
        """A frame has left."""
        self.timed[outlet].append((at, frame))
        self._more.set()
        self._more = trio.Event()

    async def gave(self, outlet: str, frames: int) -> None:
        """Wait until so many frames have left by `outlet`."""
        while len(self.timed.get(outlet, ())) < frames:
            await self._more.wait()

    def __getitem__(self, outlet: str) -> list[Frame]:
        return [frame for _, frame in self.timed[outlet]]


Feed = Iterable[Frame | float]


async def drive(
    node: Node,
    feeds: Mapping[str, Feed] | None = None,
    *,
    tools: Iterable[Tool[..., Any]] = (),
    turn: int | None = 1,
    executor: Executor | None = None,
    restarts: RestartPolicy | None = None,
    run: Run = run_node,
    into: Driven | None = None,
    room: float | None = None,
    collect: bool = True,
) -> Driven:
    """Open `node`, feed each inlet its frames (a number is a pause in seconds), close them, and wait for its end.

    Whom `or_else` named is opened with it.

    Args:
        tools: what is run when the node calls it; which of them are offered, each prompt says.
        restarts: how often the node may crash; never, by default.
        into: filled while the node runs, for a caller that cancels it.
        room: seconds or items that each outlet's wire holds before it pushes back; unbounded by default, which no
            wire of a session is.
        collect: take what leaves; otherwise it stays on the wires.

    Raises:
        NodeFailed: the node crashed more often than allowed.
    """
    driven = into if into is not None else Driven({})
    driven.timed.update({name: [] for name in node.outlets()})
    trace = Trace([driven.marks.append])
    clock = Clock()
    runner = ToolRunner(tools)
    rounds = _rounds(runner, driven, clock, trace, turn or 0)
    ports = NodePorts(node.name, clock, trace, executor or ThreadExecutor(), turn, tools=rounds.call)
    driven.ports = ports
    _add_inlets(node, ports)
    collected = _add_outlets(node, ports, room)
    for cell in (*node.signals(), *node.watches()):
        ports.cells[cell] = LatestValue()
    services = NodeServices(node.name, clock, trace, ports.executor)
    with one_error():
        async with runner.open(), _opened(node, services), trio.open_nursery() as nursery:
            clock.epoch = trio.current_time()
            for name in node.inlets():
                nursery.start_soon(_feed, ports.inboxes[name].wire, (feeds or {}).get(name, ()))
            for name, wire in collected.items() if collect else ():
                nursery.start_soon(_collect, clock, wire, driven, name)
            await supervise(node, ports, Restarts(restarts or RestartPolicy(attempts=0)), run)
    return driven


@asynccontextmanager
async def _opened(node: Node, services: NodeServices) -> AsyncGenerator[None, None]:
    async with AsyncExitStack() as stack:
        for each in node.providers:
            await stack.enter_async_context(each.open(services))
        yield


def _rounds(runner: ToolRunner, driven: Driven, clock: Clock, trace: Trace, turn: int) -> ToolRounds:
    def write(item: Item) -> Item:
        driven.items.append(item)
        return item

    def mark(name: str, turn: int, **values: object) -> None:
        trace.mark(clock.now(), turn, "tools", name, values)

    alone = _Alone()
    session = SessionTools(ToolUse(), runner, alone, write, mark)
    return ToolRounds(
        session, turn, say=lambda text: None, hand_over=alone.hand_over, join=lambda task: None, committed=True
    )


@attrs.frozen
class _Alone:
    """One agent, and no session in which another could take over."""

    agent: Agent = attrs.Factory(Agent)
    coming: bool = False

    async def hand_over(
        self, transfer: Transfer, by: Utterance | None = None, refusal: Callable[[], str] = lambda: ""
    ) -> None:
        raise ToolError("a node that is driven alone has nobody to hand over to")

    def said(self, message: Message, by: Utterance) -> None:
        """It follows no instructions."""

    def brings(self, node: Node) -> bool:
        return False

    def keeps(self, node: Node) -> bool:
        return False

    def stop(self) -> None:
        """It has no work of its own."""


def _add_inlets(node: Node, ports: NodePorts) -> None:
    for name, port in node.inlets().items():
        inlet = Inlet[Frame](node, name, port.kind, port.seconds, port.items)
        wire = wire_for(f"test -> {node.name}.{name}", inlet, live=False, bell=ports.bell)
        ports.inboxes[name] = Inbox(wire, ports.settle)


def _add_outlets(node: Node, ports: NodePorts, room: float | None) -> dict[str, Wire]:
    wires: dict[str, Wire] = {}
    for name, port in node.outlets().items():
        capacity = round((1e9 if room is None else room) * 1_000_000_000)
        wires[name] = Wire(f"{node.name}.{name} -> test", capacity, live=False, bell=Bell())
        ports.outboxes[name] = Outbox([wires[name]], live=port.live)
        ports.kinds[name] = port.kind
    return wires


async def _feed(wire: Wire, frames: Feed) -> None:
    for frame in frames:
        if isinstance(frame, Frame):
            await wire.send(frame)
        else:
            await trio.sleep(frame)
    wire.close()


async def _collect(clock: Clock, wire: Wire, into: Driven, outlet: str) -> None:
    while True:
        try:
            frame = await wire.receive()
        except EndOfStream:
            return
        into.take(outlet, round(trio.current_time() - clock.epoch, 6), frame)
