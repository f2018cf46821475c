"""One turn of the agent: a nursery with wires of its own, inside a cancel scope."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import partial

import attrs
import trio

from voiceflow._cost import Cost, cost, tokens
from voiceflow._opening import Opening
from voiceflow._ports import NodePorts
from voiceflow._rounds import SessionTools, ToolRounds
from voiceflow._supervisor import Run, attempt, run_node, supervise
from voiceflow._wire import Wire
from voiceflow._wiring import Plan, Surroundings, TurnPlan, entrance, entry
from voiceflow.agents.transfer import Transfer
from voiceflow.errors import NodeFailed
from voiceflow.machines.restart import RestartPolicy, Restarts
from voiceflow.node import Node, Sink, StageNode
from voiceflow.services import Ports
from voiceflow.utterance import Utterance


def _inside(task: trio.lowlevel.Task, tasks: set[trio.lowlevel.Task]) -> bool:
    """Whether a task is one of these, or was begun by one of them."""
    at: trio.lowlevel.Task | None = task
    while at is not None and at not in tasks:
        at = None if at.parent_nursery is None else at.parent_nursery.parent_task
    return at is not None


def _play(node: Node, ports: Ports) -> Awaitable[None]:
    assert isinstance(node, Sink)
    return node.play(ports)


def _once_committed(run: Run) -> Run:
    async def wait_and_run(node: Node, ports: Ports) -> None:
        await ports.committed()
        await run(node, ports)

    return wait_and_run


@attrs.define(eq=False)
class _Segment:
    """One stretch of a turn's speech: the nodes from where text enters to the sink, on wires of their own."""

    ports: dict[str, NodePorts]
    entries: list[Wire]
    """By which the model's text comes to it."""
    aside: Utterance | None = None
    """What is said in it, if it is not what the model writes: what `opening` sends to the wires `fed`."""
    opening: Opening | None = None
    fed: list[Wire] = attrs.field(factory=list[Wire])
    at_work: int = attrs.field(init=False)
    """How many of its tasks have not ended."""

    def __attrs_post_init__(self) -> None:
        self.at_work = len(self.ports) + (self.opening is not None)

    @property
    def is_void(self) -> bool:
        """Whether nothing will ever be said in it."""
        return bool(self.entries) and all(wire.closed and not wire.queue for wire in self.entries)


@attrs.define(eq=False)
class Turn:
    """The nodes of a turn at work on one opening frame.

    When something is said from inside (`say`), the turn's speech goes on in segments: what was written before is
    spoken to its end, then the aside, then what is written after it.
    """

    id: int
    plan: Plan
    way: TurnPlan
    around: Surroundings
    policy: RestartPolicy
    tools: SessionTools
    speak: Callable[[Turn, str], object]
    """Says a text in the middle of a turn."""
    pass_on: Callable[[Turn, Transfer], Awaitable[object]]
    """Hands over to another agent, if the turn may say so."""
    held: frozenset[str] = frozenset()
    """The nodes that do nothing before the turn is committed, when it is a guess."""
    gate: trio.Event | None = None
    """Set when it is committed; None for what was never a guess."""
    rounds: ToolRounds = attrs.field(init=False)
    ports: list[NodePorts] = attrs.field(factory=list[NodePorts], init=False)
    error: NodeFailed | None = attrs.field(default=None, init=False)
    """Why a stage was given up, if one was."""
    _nursery: trio.Nursery = attrs.field(init=False)
    _scopes: dict[str, trio.CancelScope] = attrs.field(factory=dict[str, trio.CancelScope], init=False)
    _writers: set[trio.lowlevel.Task] = attrs.field(factory=set[trio.lowlevel.Task], init=False)
    """The tasks of the nodes that write what is said, and of their tools; `_speakers` are those of who says it."""
    _speakers: set[trio.lowlevel.Task] = attrs.field(factory=set[trio.lowlevel.Task], init=False)
    _segments: deque[_Segment] = attrs.field(factory=deque[_Segment], init=False)
    _last: _Segment | None = attrs.field(default=None, init=False)
    _asides: list[Utterance] = attrs.field(factory=list[Utterance], init=False)
    _before: str = attrs.field(default="", init=False)
    """What had been heard when the present aside began."""
    _broken: bool = attrs.field(default=False, init=False)
    """Whether one of the nodes that speak was given up."""

    def __attrs_post_init__(self) -> None:
        say, pass_on = partial(self.speak, self), partial(self.pass_on, self)
        self.rounds = ToolRounds(self.tools, self.id, say, pass_on, self._writers.add, committed=self.gate is None)

    async def run(self, opening: Opening) -> None:
        """From the opening to the last sample heard. All that was begun has ended when this returns."""
        self.plan, self.way = self.plan.for_a_turn(self.way)
        ports, fed = self._connect(self.way)
        below = self.way.nodes if self.plan.mouth is None else self.plan.mouth.nodes
        above = {name: ports[name] for name in ports if name not in below}
        self._last = _Segment({name: ports[name] for name in ports if name in below}, self._entries(ports))
        self._segments.append(self._last)
        try:
            async with trio.open_nursery() as self._nursery:
                for name, each in above.items():
                    self._start(name, each)
                if not above:
                    self._go_on()
                error = await self._open(opening, fed)
                self.error = self.error or error
                if above:  # who speaks has time until the model has answered: it has been asked after two passes
                    await trio.lowlevel.checkpoint()
                    await trio.lowlevel.checkpoint()
                    self._go_on()
                    self.plan.make_ready(self.around)  # while it thinks, nobody waits for this
        finally:
            self._last = None
            for each in self.ports:  # those whose tasks were cut off, too
                each.close()
            for aside in self._asides:
                self._end(aside, cut=True)
            self.rounds.end()

    def _connect(self, way: TurnPlan) -> tuple[dict[str, NodePorts], list[Wire]]:
        ports, fed = self.plan.wired(self.around, way, self.id, self.gate, self.rounds.call)
        self.ports += ports.values()
        return ports, fed

    def _entries(self, ports: dict[str, NodePorts]) -> list[Wire]:
        """The wires by which text comes to where it is spoken."""
        graph, mouth = self.plan.graph, self.plan.mouth
        inlets = mouth.entries if mouth is not None else ()
        return [ports[name].inboxes[i.name].wire for i in inlets if (name := graph.name_of(i.node)) in ports]

    def commit(self) -> None:
        """It is wanted: what waited for that goes on."""
        assert self.gate is not None, "what was never a guess is wanted from its beginning"
        self.rounds.commit()
        self.gate.set()

    # What is said from inside

    def writes_in(self, task: trio.lowlevel.Task) -> bool:
        """Whether a task belongs to a node that writes what is said."""
        return _inside(task, self._writers)

    def runs_in(self, task: trio.lowlevel.Task) -> bool:
        """Whether a task belongs to any node of the turn."""
        return _inside(task, self._writers | self._speakers)

    def says(self, utterance: Utterance) -> bool:
        """Whether something is said in the middle of this turn."""
        return any(utterance is aside for aside in self._asides)

    def say(self, opening: Opening, aside: Utterance) -> bool:
        """Say something behind what was written so far, and before what will be. Whether that is still possible."""
        last, mouth, way = self._last, self.plan.mouth, self.plan.turn_for(opening.kind)
        if last is None or mouth is None or way is None:
            return False
        ports, fed = self._connect(way)
        middle = _Segment(ports, [], aside, opening, fed)
        rest = self._last = _Segment(*self._connect(mouth))
        after = dict(zip(map(id, last.entries), rest.entries, strict=True))
        for outbox in (outbox for ports in self.ports for outbox in ports.outboxes.values()):
            outbox.finish_word()
            outbox.wires[:] = [after.get(id(wire), wire) for wire in outbox.wires]
        for old, new in zip(last.entries, rest.entries, strict=True):
            new.closed, new.sent, new.carried = old.closed, old.sent, old.carried
            old.close()
        self._asides.append(aside)
        self._segments += [middle, rest]
        return True

    def _go_on(self) -> None:
        """Begin the next stretch in which anything can be said, if there is one."""
        while self._segments:
            segment = self._segments.popleft()
            if not (self._broken or segment.is_void):
                self._speak(segment)
                return
            for wire in segment.entries:
                wire.stop_listening()
        self._last = None

    def _speak(self, segment: _Segment) -> None:
        if segment.aside is not None:
            self._begin(segment.aside)
        if segment.opening is not None:
            self._nursery.start_soon(self._open_aside, segment, segment.opening)
        for name, ports in segment.ports.items():
            self._start(name, ports, segment)

    async def _open_aside(self, segment: _Segment, opening: Opening) -> None:
        error = await self._open(opening, segment.fed)
        if segment.aside is not None and error is not None:  # what is said around it is none the worse
            segment.aside.error = error
        self._ended(segment)

    def _ended(self, segment: _Segment) -> None:
        """One of its tasks has. Behind the last of them comes the next stretch."""
        segment.at_work -= 1
        if not segment.at_work:
            if segment.aside is not None:
                self._end(segment.aside)
            self._go_on()

    @property
    def _sink(self) -> Sink:
        sink = self.plan.graph.nodes[self.plan.sink or ""]
        assert isinstance(sink, Sink)
        return sink

    def _begin(self, aside: Utterance) -> None:
        aside.state = "speaking"
        self._before = self._sink.heard(self.id)

    def _end(self, aside: Utterance, *, cut: bool = False) -> None:
        if aside.done:
            return
        if aside.state == "speaking":
            aside.heard = self._sink.heard(self.id)[len(self._before) :].strip()
        if cut or self._broken:
            aside.interrupted, aside.error = self.error is None, self.error
        aside.finish()

    async def _open(self, opening: Opening, wires: list[Wire]) -> NodeFailed | None:
        begins = entry(self.plan, opening.kind, wires)
        if opening.put(begins):
            return None
        ports = entrance(self.plan, self.around, begins, self.id)
        policy = self.policy if opening.repeats else RestartPolicy(attempts=0)
        try:
            await supervise(opening, ports, Restarts(policy))
        except NodeFailed as error:
            return error
        return None

    def _start(self, name: str, ports: NodePorts, segment: _Segment | None = None) -> None:
        node = self.plan.graph.nodes[name]
        # A stage ends by itself when what feeds it does, and nothing is fed by a sink.
        scope = None if isinstance(node, Sink | StageNode) else trio.CancelScope()
        if scope is not None:
            self._scopes[name] = scope
        self._nursery.start_soon(self._run_node, node, ports, scope, segment, name=f"turn {self.id} {name}")

    async def _run_node(
        self, node: Node, ports: NodePorts, scope: trio.CancelScope | None, segment: _Segment | None
    ) -> None:
        (self._writers if segment is None else self._speakers).add(trio.lowlevel.current_task())
        name = ports.node
        run: Run = _play if isinstance(node, Sink) else run_node
        if name in self.held:
            run = _once_committed(run)
        with scope or nullcontext():
            error = None
            try:
                await attempt(node, ports, Restarts(self.policy), run)
            except NodeFailed as failed:
                error = failed
            ports.close()
            if error is not None:
                self._give_up(node, error)
            if name in self.plan.models:
                ports.mark("written", tokens=tokens(ports))
            if words := self.rounds.last_words(ports):
                self.speak(self, words)
        if scope is not None and scope.cancelled_caught:
            ports.close()
        if segment is not None:
            self._ended(segment)

    def cost(self) -> Cost:
        """What its model wrote and its voice made until now."""
        return cost(self.plan, self.ports)

    def _give_up(self, node: Node, error: NodeFailed) -> None:
        """What was made before the failure is still said; what would only feed the failed stage is stopped."""
        self.error = self.error or error
        self._broken = self._broken or trio.lowlevel.current_task() in self._speakers
        for above in self.plan.graph.upstream(node):
            name = self.plan.graph.name_of(above)
            if name in self._scopes:
                self._scopes[name].cancel(reason=f"{error.node} was given up")
