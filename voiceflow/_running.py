"""The tasks of a session: its nodes from their opening to their end, and who conducts them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AsyncExitStack, contextmanager

import attrs
import trio

from voiceflow._conductor import Conductor
from voiceflow._ports import NodePorts
from voiceflow._supervisor import opening, supervise
from voiceflow._wiring import Plan, Surroundings, connect_up
from voiceflow.chat.history import History
from voiceflow.events import Events
from voiceflow.machines.restart import RestartPolicy, Restarts
from voiceflow.machines.turns import Turns
from voiceflow.node import Node, Sink
from voiceflow.tools.runner import ToolRunner
from voiceflow.tools.use import ToolUse
from voiceflow.turn_taking import TurnTaking


@attrs.define(eq=False)
class Running:
    """The tasks of a session."""

    plan: Plan
    around: Surroundings
    history: History
    restarts: RestartPolicy
    turn_restarts: RestartPolicy
    runner: ToolRunner
    use: ToolUse
    ports: dict[str, NodePorts] = attrs.field(factory=dict[str, NodePorts], init=False)
    conductor: Conductor | None = attrs.field(default=None, init=False)
    _opened: set[str] = attrs.field(factory=set[str], init=False)
    _begin: trio.Event = attrs.field(factory=trio.Event, init=False)
    _busy: set[str] = attrs.field(factory=set[str], init=False)
    """Nodes of the session whose `run` has not ended; the sink has none."""
    _scopes: dict[str, trio.CancelScope] = attrs.field(factory=dict[str, trio.CancelScope], init=False)
    readers: list[Events] = attrs.field(factory=list[Events], init=False)
    ended: bool = attrs.field(default=False, init=False)
    """Whether the last mark has been told."""
    _over: bool = attrs.field(default=False, init=False)
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)

    async def open(self, nursery: trio.Nursery) -> None:
        """Open every node, all at once."""
        self.ports, _ = connect_up(self.plan.graph, self.around, self.plan.session, self.plan.session_edges)
        nodes = self.plan.graph.nodes
        async with trio.open_nursery() as starting:
            for name, node in nodes.items():
                starting.start_soon(nursery.start, self._live, name, node)

    def not_open(self) -> str:
        return ", ".join(name for name in self.plan.graph.nodes if name not in self._opened)

    def start(self, nursery: trio.Nursery) -> None:
        """Set the epoch and let everything run."""
        self._nursery = nursery
        self.around.clock.epoch = trio.current_time()
        self._busy = {name for name in self.plan.session if self._has_run(name)}
        self._scopes = {name: trio.CancelScope() for name in self._busy}
        if self.plan.sink is not None:
            self._start_conductor(nursery, self.plan.sink)
        self._begin.set()

    def _has_run(self, name: str) -> bool:
        return name not in (self.plan.sink, self.plan.opener)

    def _start_conductor(self, nursery: trio.Nursery, sink_name: str) -> None:
        nodes = self.plan.graph.nodes
        sink = nodes[sink_name]
        assert isinstance(sink, Sink)
        sink.attach(self.ports[sink_name])
        opener = self.plan.opener
        taking = nodes[opener] if opener is not None else TurnTaking()
        assert isinstance(taking, TurnTaking)
        sink.fade_by(taking.settings.interruption.fade)
        ports = self.ports[opener] if opener is not None else None
        fed = ports.inboxes if ports is not None else {}
        machine = Turns(taking.settings, vad="speech" in fed, detectors=self._detectors(taking))
        self.conductor = Conductor(
            self.plan,
            self.around,
            taking.settings,
            machine,
            sink,
            self.history,
            self.turn_restarts,
            self.runner,
            self.use,
            ports,
            self._tell,
            nursery,
        )
        nursery.start_soon(self.conductor.listen)
        nursery.start_soon(self.conductor.agenda.speak)

    def _detectors(self, taking: TurnTaking) -> int:
        return sum(edge.target.name == "predictions" for edge in self.plan.graph.into(taking))

    async def _live(self, name: str, node: Node, task_status: trio.TaskStatus[None]) -> None:
        """A node from its opening to its end."""
        async with AsyncExitStack() as stack:
            with opening(name):
                for each in (node, *node.others):
                    await stack.enter_async_context(each.open(self.around.services(name)))
            self._opened.add(name)
            task_status.started()
            await self._begin.wait()
            if name in self._busy:
                await self._supervise(name, node)
            # What it opened may be needed by its turns, or by those who hold what it sent.
            await trio.sleep_forever()

    async def _supervise(self, name: str, node: Node) -> None:
        with self._scopes[name]:
            await supervise(node, self.ports[name], Restarts(self.restarts))
        self._busy.discard(name)
        self._tell()

    def hang_up(self, within: float) -> None:
        """End the call when all is said, or in so many seconds."""
        assert self._nursery is not None
        self._nursery.start_soon(self._hang_up, within, name="hang up")

    async def _hang_up(self, within: float) -> None:
        with trio.move_on_after(within):
            while self.conductor is not None and not self.conductor.idle:
                await self._changed.wait()
        self.stop()
        while self.conductor is not None and self.conductor.agenda.current is not None:
            await self._changed.wait()
        self._end_events()

    @contextmanager
    def told_to_the_end(self) -> Generator[None, None, None]:
        """Who reads events reads them all, and then comes to an end."""
        try:
            yield
        finally:
            self._end_events()

    def _end_events(self) -> None:
        self.ended = True
        for events in self.readers:
            events.close()

    def stop(self) -> None:
        """The call is over, however it ended: the agent says no more, and no handle is left open."""
        if self._over:
            return
        self._over = True
        if self.conductor is not None:
            self.conductor.stop()
        self._tell()

    async def drain(self) -> None:
        """Stop the sources, and wait for those who hold what was played."""
        for name, scope in self._scopes.items():
            if not self.ports[name].inboxes:
                scope.cancel(reason="the session was left")
        if self.plan.sink is not None:
            self.ports[self.plan.sink].close()
        while self.listening():
            await self._changed.wait()

    def listening(self) -> set[str]:
        """The nodes that have not ended and hear the agent: they end when the sink does."""
        return self._busy & self._after_sink()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def finished(self) -> None:
        while not (self._over or self._is_finished()):
            await self._changed.wait()

    def _is_finished(self) -> bool:
        said_all = self.conductor is None or (self.conductor.heard_all and self.conductor.idle)
        # A node that listens to the sink ends when the sink does, which is when the session is left.
        return said_all and not (self._busy - self._after_sink())

    def _after_sink(self) -> set[str]:
        """The nodes that the sink's outlets reach."""
        graph = self.plan.graph
        found: set[str] = set()
        frontier = [self.plan.sink] if self.plan.sink is not None else []
        while frontier:
            for edge in graph.out_of(graph.nodes[frontier.pop()]):
                name = graph.name_of(edge.target.node)
                if not edge.is_signal and name not in found:
                    found.add(name)
                    frontier.append(name)
        return found
