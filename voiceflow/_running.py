"""A call under way: its nodes at work, who conducts them, who listens, and how it comes to its end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import attrs
import trio

from voiceflow._calling_back import silence
from voiceflow._changes import Changes
from voiceflow._conductor import Conductor
from voiceflow._lineup import Lineup
from voiceflow._ports import NodePorts
from voiceflow._rounds import Agents
from voiceflow._wiring import Plan, Surroundings
from voiceflow.chat.history import History
from voiceflow.chat.window import ContextWindow
from voiceflow.errors import Overrun
from voiceflow.events import Events
from voiceflow.graph import Graph
from voiceflow.machines.restart import RestartPolicy
from voiceflow.machines.turns import Turns
from voiceflow.node import Sink
from voiceflow.tools.runner import ToolRunner
from voiceflow.tools.use import ToolUse
from voiceflow.turn_taking import TurnTaking


@attrs.define(eq=False)
class Running:
    """All that is at work in a session."""

    graph: Graph
    plan: Plan
    around: Surroundings
    history: History
    restarts: RestartPolicy
    turn_restarts: RestartPolicy
    runner: ToolRunner
    use: ToolUse
    agents: Agents
    window: ContextWindow | None
    lineup: Lineup = attrs.field(init=False)
    conductor: Conductor | None = attrs.field(default=None, init=False)
    readers: list[Events] = attrs.field(factory=list[Events], init=False)
    ended: bool = attrs.field(default=False, init=False)
    """Whether the last mark has been told."""
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False)
    _changes: Changes = attrs.field(factory=Changes, init=False)

    def __attrs_post_init__(self) -> None:
        session, agents, changes = self.runner.session, self.agents, self._changes
        self.lineup = Lineup(self.graph, self.plan, self.around, self.restarts, session, agents, changes)

    def open_ports(self) -> list[NodePorts]:
        """Of the session's nodes, and of those of the turn that is being said."""
        return [*self.lineup.ports.values(), *(self.conductor.agenda.ports if self.conductor is not None else ())]

    async def open(self, nursery: trio.Nursery, within: float) -> None:
        """Open every node, to run in `nursery`.

        Raises:
            Overrun: it takes longer than so many seconds.
        """
        self._nursery = nursery
        with trio.move_on_after(within) as scope:
            await self.lineup.open(nursery)
        if scope.cancelled_caught:
            raise Overrun(f"opening took longer than {within:g} s: {self.lineup.not_open()} not ready")

    async def close(self, within: float) -> None:
        """Give those who listen to the agent time to hear it out, and cancel what still runs.

        Raises:
            Overrun: they need longer than so many seconds.
        """
        assert self._nursery is not None
        with trio.move_on_after(within) as scope:
            await self._drain()
        self._nursery.cancel_scope.cancel(reason="the session was left")
        if scope.cancelled_caught:
            names = ", ".join(sorted(self._listening()))
            raise Overrun(f"leaving took longer than {within:g} s: {names} had not heard the agent out")

    def start(self) -> None:
        """Set the epoch and let everything run."""
        assert self._nursery is not None
        self.around.clock.epoch = trio.current_time()
        self.lineup.place()
        if self.plan.sink is not None:
            self._start_conductor(self._nursery, self.plan.sink)
        self.lineup.begin()

    def _start_conductor(self, nursery: trio.Nursery, sink_name: str) -> None:
        nodes = self.plan.graph.nodes
        sink = nodes[sink_name]
        assert isinstance(sink, Sink)
        sink.attach(self.lineup.ports[sink_name])
        opener = self.plan.opener
        taking = nodes[opener] if opener is not None else TurnTaking()
        assert isinstance(taking, TurnTaking)
        sink.fade_by(taking.settings.interruption.fade)
        ports = self.lineup.ports[opener] if opener is not None else None
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
            self.agents,
            ports,
            self.changed,
            nursery,
            self.window,
        )
        self.lineup.at_work = self.conductor.agenda.guessing.at_work
        nursery.start_soon(self.conductor.listen)
        nursery.start_soon(self.conductor.agenda.speak)
        if self.conductor.condensing is not None:
            nursery.start_soon(self.conductor.condensing.run)

    def _detectors(self, taking: TurnTaking) -> int:
        return sum(edge.target.name == "predictions" for edge in self.plan.graph.into(taking))

    def hang_up(self, within: float) -> None:
        """End the call when all is said, or in so many seconds. One that has ended stays as it is."""
        if self._nursery is not None:
            self._nursery.start_soon(self._hang_up, within, name="hang up")

    async def _hang_up(self, within: float) -> None:
        with trio.move_on_after(within):
            while self.conductor is not None and not self.conductor.idle:
                await self._changes.next()
        self.stop()
        while self.conductor is not None and self.conductor.agenda.current is not None:
            await self._changes.next()
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

    def let_go(self) -> None:
        """The call has ended: nothing of it holds what holds it."""
        self._nursery = None
        self.lineup.let_go()
        if (conductor := self.conductor) is not None:
            agenda = conductor.agenda
            silence(conductor, agenda, agenda.within, agenda.minutes, agenda.guessing, agenda.tools)
            if conductor.condensing is not None:
                silence(conductor.condensing)
            conductor.sink.on_audible = lambda turn: None

    def stop(self) -> None:
        """The call is over, however it ended: the agent says no more, and no handle is left open."""
        if self.conductor is not None:
            self.conductor.stop()  # once more when the session is left: words may have come since it was closed
        if self.lineup.over:
            return
        self.lineup.stop()
        self.agents.stop()
        self.changed()

    @property
    def asked(self) -> int:
        """How often something was to be said so far."""
        return self.conductor.agenda.asked if self.conductor is not None else 0

    def abandon_guess(self, why: str) -> None:
        """Give up the reply that was begun early, if there is one."""
        if self.conductor is not None:
            self.conductor.agenda.guessing.abandon(why)

    def tell(self, node: str, name: str, values: dict[str, object]) -> None:
        """Put a mark into the trace."""
        self.around.trace.mark(self.around.clock.now(), None, node, name, values)

    async def _drain(self) -> None:
        """Stop the sources, and wait for those who hold what was played."""
        self.lineup.stop_sources()
        if self.plan.sink is not None:
            self.lineup.ports[self.plan.sink].close()
        while self._listening():
            await self._changes.next()

    def _listening(self) -> set[str]:
        """The nodes that have not ended and hear the agent: they end when the sink does."""
        return self.lineup.busy & self._after_sink()

    def changed(self) -> None:
        """Something that others may wait for is otherwise."""
        self._changes.tell()

    async def finished(self) -> None:
        while not (self.lineup.over or self._is_finished()):
            await self._changes.next()

    def _is_finished(self) -> bool:
        said_all = self.conductor is None or (self.conductor.heard_all and self.conductor.idle)
        # A node that listens to the sink ends when the sink does, which is when the session is left.
        return said_all and not self.agents.coming and not (self.lineup.busy - self._after_sink())

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
