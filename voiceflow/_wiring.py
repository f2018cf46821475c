"""From a graph to wires and ports: once for the session's nodes, and anew for each turn."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from functools import partial
from typing import Any

import attrs
import trio

from voiceflow._clock import Clock
from voiceflow._executor import Executor
from voiceflow._inbox import Inbox
from voiceflow._joining import Edge
from voiceflow._outbox import Outbox
from voiceflow._ports import Accounts, CallTools, LatestValue, NodePorts, NodeServices
from voiceflow._wire import Bell, Wire, wire_for
from voiceflow.frames import Frame, Phrase, Prompt, Spoken, Text
from voiceflow.graph import Graph, Hook
from voiceflow.machines.breaker import Providers
from voiceflow.node import Node, Sink
from voiceflow.ports import Inlet
from voiceflow.trace import Trace

Laid = tuple[dict[str, NodePorts], list[Wire]]
"""Ports by the names of their nodes, and the wires by which frames enter."""


@attrs.frozen(eq=False)
class Surroundings:
    """What all ports of a session share."""

    clock: Clock
    trace: Trace
    executor: Executor
    cells: dict[tuple[str, str], LatestValue] = attrs.Factory(dict[tuple[str, str], LatestValue])
    accounts: Accounts = attrs.Factory(dict[int, tuple[Node, Providers]])

    def services(self, node: str) -> NodeServices:
        return NodeServices(node, self.clock, self.trace, self.executor)

    def cell(self, node: str, signal: str) -> LatestValue:
        return self.cells.setdefault((node, signal), LatestValue())


def connect_up(
    graph: Graph,
    around: Surroundings,
    nodes: Iterable[str],
    edges: Iterable[Edge],
    entries: Iterable[Inlet[Any]] = (),
    turn: int | None = None,
    gate: trio.Event | None = None,
    tools: CallTools | None = None,
) -> tuple[dict[str, NodePorts], list[Wire]]:
    """Ports for `nodes` with a wire for each of `edges`, and a wire into each of `entries`, which are given back."""
    ports, fed = lay(graph, around, nodes, edges, entries)
    _give(graph, ports, turn, gate, tools)
    return ports, fed


def lay(
    graph: Graph, around: Surroundings, nodes: Iterable[str], edges: Iterable[Edge], entries: Iterable[Inlet[Any]]
) -> Laid:
    """The same, for a turn that is not known yet: see `_give`."""
    bells = {name: Bell() for name in nodes}
    shared = around.clock, around.trace, around.executor
    ports = {name: NodePorts(name, *shared, bell=bell, accounts=around.accounts) for name, bell in bells.items()}

    def add_wire(inlet: Inlet[Any], source: str, live: bool) -> Wire:
        name = graph.name_of(inlet.node)
        if inlet.name in ports[name].inboxes:
            wire = ports[name].inboxes[inlet.name].wire
            wire.name = f"{source} + {wire.name}"
            wire.writers += 1
            return wire
        wire = wire_for(f"{source} -> {name}.{inlet.name}", inlet, live=live, bell=bells[name])
        ports[name].inboxes[inlet.name] = Inbox(wire)
        return wire

    wires: dict[tuple[str, str], list[Wire]] = {}
    for edge in edges:
        source = graph.name_of(edge.source.node)
        wire = add_wire(edge.target, f"{source}.{edge.source.name}", edge.source.live)  # type: ignore[arg-type, union-attr]
        wires.setdefault((source, edge.source.name), []).append(wire)
    fed = [add_wire(inlet, "session", live=False) for inlet in entries]
    all_nodes = graph.nodes
    for name in bells:
        _add_outlets(graph, around, all_nodes[name], ports[name], wires)
    return ports, fed


def entry(plan: Plan, opening: type[Frame], wires: list[Wire]) -> Outbox:
    """By what an opening enters its turn: a prompt through what hangs on the turn-taking's outlet."""
    hooks: list[Hook] = []
    if plan.opener is not None:
        outlets = plan.graph.nodes[plan.opener].outlets().values()
        hooks = [
            hook
            for port in outlets
            if issubclass(opening, port.kind)
            for hook in plan.graph.hooks(plan.opener, port.name)
        ]
    return Outbox(wires, hooks)


def entrance(plan: Plan, around: Surroundings, begins: Outbox, turn: int) -> NodePorts:
    """Ports for an opening that has to be run."""
    ports = NodePorts(plan.opener or "session", around.clock, around.trace, around.executor, turn)
    ports.outboxes["begins"] = begins
    return ports


def _add_outlets(
    graph: Graph, around: Surroundings, node: Node, ports: NodePorts, wires: dict[tuple[str, str], list[Wire]]
) -> None:
    name = ports.node
    for port in node.outlets().values():
        ports.outboxes[port.name] = Outbox(wires.get((name, port.name), []), live=port.live)
        ports.kinds[port.name] = port.kind
    for signal in node.signals():
        ports.cells[signal] = around.cell(name, signal)
    for watch in node.watches():
        ports.cells[watch] = LatestValue()
    for edge in graph.into(node):
        if edge.is_signal:
            ports.cells[edge.target.name] = around.cell(graph.name_of(edge.source.node), edge.source.name)


def _give(
    graph: Graph, laid: dict[str, NodePorts], turn: int | None, gate: trio.Event | None, tools: CallTools | None
) -> None:
    """Let a turn have these ports, with what hangs on their outlets now."""
    for name, ports in laid.items():
        ports.turn, ports.gate, ports.tools = turn, gate, tools
        for inbox in ports.inboxes.values():
            inbox.committed = ports.settle
        for outlet, out in ports.outboxes.items():
            out.hooks = graph.hooks(name, outlet)
            out.first = partial(ports.mark, "first", outlet=outlet, kind=ports.kinds[outlet].__name__)


@attrs.frozen(eq=False)
class TurnPlan:
    """How a turn begins with a frame of one kind: which nodes run, over which edges, and where the frame enters."""

    kind: type[Frame]
    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    entries: tuple[Inlet[Any], ...]


@attrs.define(eq=False)
class Plan:
    """A valid graph, taken apart. Changes when a node is swapped."""

    graph: Graph
    """A copy: what a turn at work sees does not change."""
    session: tuple[str, ...]
    session_edges: tuple[Edge, ...]
    sink: str | None
    opener: str | None
    models: frozenset[str]
    """The nodes that answer prompts with text."""
    voices: frozenset[str]
    """Those that make sound out of something else."""
    turns: dict[type[Frame], TurnPlan]
    mouth: TurnPlan | None = attrs.field(init=False)
    """How text is spoken, if every reply of a model takes that way too."""
    _still: Plan | None = attrs.field(default=None, init=False)
    """Itself as it is now, for the turns that begin before it changes."""
    _ready: Laid | None = attrs.field(default=None, init=False)
    """Ports for the next answer."""

    def __attrs_post_init__(self) -> None:
        mouth, reply = self.turns.get(Text) or self.turns.get(Phrase), self.turns.get(Prompt)
        fits = mouth is not None and reply is not None and {*mouth.nodes} <= {*reply.nodes}
        self.mouth = mouth if fits else None

    def turn_for(self, opening: type[Frame]) -> TurnPlan | None:
        return self.turns.get(opening)

    def follow(self, graph: Graph) -> None:
        """Become the plan of what the graph is now."""
        now = plan(graph)
        for field in attrs.fields(Plan):
            setattr(self, field.name, getattr(now, field.name))

    def for_a_turn(self, way: TurnPlan) -> tuple[Plan, TurnPlan]:
        """The plan and this way through it as they are now, and will be for as long as the turn lasts."""
        if self._still is None:
            self._still = copy(self)
        return self._still, self.turns[way.kind]

    def make_ready(self, around: Surroundings) -> None:
        """Lay the wires of the next answer: now, and not while a user waits for it."""
        way = self.turns.get(Prompt)
        if way is not None and self._ready is None:
            self._ready = lay(self.graph, around, way.nodes, way.edges, way.entries)

    def wired(self, around: Surroundings, way: TurnPlan, turn: int, gate: trio.Event | None, tools: CallTools) -> Laid:
        """Ports for a turn, or for a stretch of it."""
        laid = None
        if way.kind is Prompt:
            laid, self._ready = self._ready, None
        laid = laid or lay(self.graph, around, way.nodes, way.edges, way.entries)
        _give(self.graph, laid[0], turn, gate, tools)
        return laid

    def held_back(self, *, voices: bool) -> frozenset[str]:
        """The nodes of a turn that wait for its commit: the sink, and the `voices` or not."""
        nodes = self.graph.nodes.items()
        held = {name for name, node in nodes if voices and _gives(node, Spoken) and node.lifetime == "turn"}
        return frozenset(held | {self.sink} if self.sink is not None else held)


def plan(graph: Graph) -> Plan:
    graph = graph.validate().copy()
    nodes = graph.nodes
    data = [edge for edge in graph.edges if not edge.is_signal]
    sink = next((name for name, node in nodes.items() if isinstance(node, Sink)), None)
    opener = next((name for name, node in nodes.items() if node.opens_turns), None)
    session = tuple(name for name, node in nodes.items() if node.lifetime == "session")
    turns = {kind: _turn_plan(graph, data, kind) for kind in (Prompt, Text, Phrase, Spoken)} if sink else {}
    return Plan(
        graph,
        session,
        tuple(edge for edge in data if _within_session(edge)),
        sink,
        opener,
        frozenset(name for name, node in nodes.items() if _takes(node, Prompt) and _gives(node, Text)),
        frozenset(name for name, node in nodes.items() if _gives(node, Spoken) and not _takes(node, Spoken)),
        {kind: turn for kind, turn in turns.items() if turn.entries},
    )


def _within_session(edge: Edge) -> bool:
    return edge.source.node.lifetime == edge.target.node.lifetime == "session"


def _turn_plan(graph: Graph, data: list[Edge], kind: type[Frame]) -> TurnPlan:
    entries = _entries(graph, data, kind)
    reached: list[Node] = []
    frontier = [entry.node for entry in entries]
    while frontier:
        node = frontier.pop(0)
        if all(node is not each for each in reached):
            reached.append(node)
            frontier += [edge.target.node for edge in data if edge.source.node is node and not isinstance(node, Sink)]
    names = tuple(name for name, node in graph.nodes.items() if any(node is each for each in reached))
    edges = tuple(
        edge
        for edge in data
        if edge.source.node.lifetime == "turn"
        and any(edge.source.node is each for each in reached)
        and not any(entry == edge.target for entry in entries)
    )
    return TurnPlan(kind, names, edges, entries)


def _entries(graph: Graph, data: list[Edge], kind: type[Frame]) -> tuple[Inlet[Any], ...]:
    """Where a frame of `kind` enters a turn: the inlets that take it and that no earlier stage of that kind feeds.

    A prompt enters at the model; a text where the model's text would; a phrase where a voice has nothing before it.
    """
    fed = {(id(edge.target.node), edge.target.name): edge.source for edge in data}
    found: list[Inlet[Any]] = []
    for node in graph.nodes.values():
        if node.lifetime != "turn" and not isinstance(node, Sink):
            continue
        for port in node.inlets().values():
            source = fed.get((id(node), port.name))
            if port.kind is kind and (source is None or _is_first(source.node, kind)):
                found.append(getattr(node, port.name))
    return tuple(found)


def _gives(node: Node, kind: type[Frame]) -> bool:
    return any(port.kind is kind for port in node.outlets().values())


def _takes(node: Node, kind: type[Frame]) -> bool:
    return any(port.kind is kind for port in node.inlets().values())


def _is_first(node: Node, kind: type[Frame]) -> bool:
    """Whether a node makes `kind` out of something else."""
    return all(port.kind is not kind for port in node.inlets().values())
