"""The tasks of a session: its nodes from their opening to their end, and who conducts them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager

import attrs
import trio

from voiceflow._conductor import Conductor
from voiceflow._place import Place
from voiceflow._ports import NodePorts
from voiceflow._rounds import Agents
from voiceflow._supervisor import let_go, opening
from voiceflow._wiring import Plan, Surroundings, connect_up
from voiceflow.chat.history import History
from voiceflow.chat.window import ContextWindow
from voiceflow.errors import GraphError, Overrun, VoiceflowError
from voiceflow.events import Events
from voiceflow.graph import Graph
from voiceflow.machines.restart import RestartPolicy
from voiceflow.machines.turns import Turns
from voiceflow.node import Node, Sink
from voiceflow.tools.runner import ToolRunner
from voiceflow.tools.use import ToolUse
from voiceflow.turn_taking import TurnTaking

# Seconds that a node which was swapped out has for closing what it opened.
CLOSING = 5.0


@attrs.define(eq=False)
class _Life:
    """Of a node that is open."""

    begin: trio.Event = attrs.field(factory=trio.Event, init=False)
    """It may run."""
    over: trio.Event = attrs.field(factory=trio.Event, init=False)
    """It is not needed any more."""

    def leave(self) -> None:
        """Close it, whether it ran or not."""
        self.over.set()
        self.begin.set()


@attrs.define(eq=False)
class Running:
    """The tasks of a session."""

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
    ports: dict[str, NodePorts] = attrs.field(factory=dict[str, NodePorts], init=False)
    conductor: Conductor | None = attrs.field(default=None, init=False)
    _opened: set[str] = attrs.field(factory=set[str], init=False)
    _places: dict[str, Place] = attrs.field(factory=dict[str, Place], init=False)
    """Where the session's nodes run; the sink does not."""
    _lives: dict[int, _Life] = attrs.field(factory=dict[int, _Life], init=False)
    """Of each node that is open, by its `id`."""
    _resting: dict[int, Node] = attrs.field(factory=dict[int, Node], init=False)
    """Nodes that are open and will stand in the graph again, by their `id`."""
    _swaps: set[trio.CancelScope] = attrs.field(factory=set[trio.CancelScope], init=False)
    """Those whose node is still to be opened."""
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

    def open_ports(self) -> list[NodePorts]:
        """Of the session's nodes, and of those of the turn that is being said."""
        return [*self.ports.values(), *(self.conductor.agenda.ports if self.conductor is not None else ())]

    def not_open(self) -> str:
        return ", ".join(name for name in self.plan.graph.nodes if name not in self._opened)

    def start(self, nursery: trio.Nursery) -> None:
        """Set the epoch and let everything run."""
        self._nursery = nursery
        self.around.clock.epoch = trio.current_time()
        nodes = self.plan.graph.nodes
        running = (name for name in self.plan.session if self._has_run(name))
        self._places = {name: Place(nodes[name], self.ports[name], self.restarts) for name in running}
        if self.plan.sink is not None:
            self._start_conductor(nursery, self.plan.sink)
        for life in self._lives.values():
            life.begin.set()

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
            self.agents,
            ports,
            self.changed,
            nursery,
            self.window,
        )
        nursery.start_soon(self.conductor.listen)
        nursery.start_soon(self.conductor.agenda.speak)
        if self.conductor.condensing is not None:
            nursery.start_soon(self.conductor.condensing.run)

    def _detectors(self, taking: TurnTaking) -> int:
        return sum(edge.target.name == "predictions" for edge in self.plan.graph.into(taking))

    async def _live(self, name: str, node: Node, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """A node from its opening to its end."""
        life = self._lives[id(node)] = _Life()
        services = self.around.services(name)
        try:
            async with AsyncExitStack() as stack:
                for each in node.providers:
                    with opening(name, self._stands_in(name, each)):
                        await stack.enter_async_context(each.open(services))
                self._opened.add(name)
                task_status.started()
                await life.begin.wait()
                for each in (node, *node.others) if not life.over.is_set() else ():
                    each.joined(self.runner.session)
                if name in self._places and not life.over.is_set():
                    await self._stand(self._places[name], node)
                # What it opened may be needed by its turns, or by those who hold what it sent.
                await life.over.wait()
                await self._out_of_use(node)
                with let_go(services), trio.move_on_after(CLOSING):
                    await stack.aclose()
        finally:
            del self._lives[id(node)]
            self.changed()

    def _stands_in(self, name: str, node: Node) -> str:
        """What a node is called that is to work in the place of another; nothing for the graph's own."""
        own = node is self.graph.nodes[name] and not self.agents.brings(node)
        return "" if own or node.name == name else node.name

    async def _stand(self, place: Place, node: Node) -> None:
        """Run a node in its place, if that is still its own, and let who comes next begin."""
        if place.node is node and not place.done:
            await place.serve(node)
        if place.node is not node and not place.done:
            self._lives[id(node)].over.set()
            if id(place.node) in self._lives:  # it has been closed already when the session is left
                self._lives[id(place.node)].begin.set()
        self.changed()

    async def _out_of_use(self, node: Node) -> None:
        """Wait until the turn that may be at work with a node has ended."""
        if node.lifetime == "turn" and self.conductor is not None:
            async with self.conductor.agenda.guessing.at_work:
                pass

    async def closed(self, node: Node) -> None:
        """Wait until a node that was swapped out is closed, so that it can be opened again, if it is not kept open."""
        while id(node) in self._lives and id(node) not in self._resting:
            await self._changed.wait()

    async def swap(
        self, changes: Sequence[tuple[Node, Node]], within: float, then: Callable[[], object] = lambda: None
    ) -> None:
        """Open each new node, and let it stand where the old one does. Until all are open nothing changes.

        `then` is called just before, in the same step; what it raises leaves all as it was.

        Raises:
            GraphError: one does not fit there, or the old one is not there any more when the new has been opened.
            NodeFailed: a new one cannot be opened.
            Overrun: that takes longer than `within` seconds.
            VoiceflowError: the session is left.
        """
        for old, new in changes:
            self._check_swap(old, new)
        names = self._places_of(changes)
        opened: list[Node] = []
        try:
            await self._open_all(names, changes, within, opened)
            self._places_of(changes)
            then()
        except BaseException:
            for node in opened:
                self._lives[id(node)].leave()
            raise
        for name, (old, new) in zip(names, changes, strict=True):
            self._put(name, old, new)
        for node in [node for node in self._resting.values() if not self.agents.keeps(node)]:
            self._lives[id(self._resting.pop(id(node)))].leave()

    def _places_of(self, changes: Sequence[tuple[Node, Node]]) -> list[str]:
        """The names of what will change, once that is known to fit."""
        changed = self.plan.graph.copy()
        return [changed.replace(old, new).name_of(new) for old, new in changes]

    async def _open_all(
        self, names: Sequence[str], changes: Sequence[tuple[Node, Node]], within: float, opened: list[Node]
    ) -> None:
        assert self._nursery is not None
        wanted = [(name, new) for name, (_, new) in zip(names, changes, strict=True) if id(new) not in self._resting]
        for name, new in wanted:
            with trio.move_on_after(within) as scope:
                self._swaps.add(scope)
                try:
                    await self._nursery.start(self._live, name, new)
                    opened.append(new)
                finally:
                    self._swaps.discard(scope)
            if self._over:
                raise VoiceflowError(f"the session was left before {type(new).__name__} took the place of {name}")
            if scope.cancelled_caught:
                raise Overrun(f"opening {type(new).__name__} took longer than {within:g} s; {name} stays as it is")

    def _check_swap(self, old: Node, new: Node) -> None:
        if self._over:
            raise VoiceflowError("the session is over; there is nothing to swap")
        if isinstance(old, Sink) or old.opens_turns or (old.lifetime == "session" and not old.inlets()):
            raise GraphError(
                f"{type(old).__name__} stays for the whole call: a source, the turn-taking and the sink know what was "
                "said and heard so far; stages between them can be swapped"
            )
        if id(new) in self._lives and id(new) not in self._resting:
            raise GraphError(f"this {type(new).__name__} is at work in the session already; make another one")

    def _put(self, name: str, old: Node, new: Node) -> None:
        """From now on `new` is the one. All in one step."""
        self.graph.replace(old, new)
        self.plan.follow(self.graph)
        self.around.services(name).mark("node.swapped", old=type(old).__name__, new=type(new).__name__)
        ours, theirs, place = self._lives[id(new)], self._lives[id(old)], self._places.get(name)
        if place is not None and not place.done:
            place.node = new
            if theirs.begin.is_set():
                return place.give(new)  # who stands there lets it begin
            return theirs.leave()
        ours.begin.set()
        self._resting.pop(id(new), None)
        if not self.agents.keeps(old):
            return theirs.leave()
        self._resting[id(old)] = old
        return None

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
        if self.conductor is not None:
            self.conductor.stop()  # once more when the session is left: words may have come since it was closed
        if self._over:
            return
        self._over = True
        for scope in self._swaps:
            scope.cancel(reason="the session was left")
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

    async def drain(self) -> None:
        """Stop the sources, and wait for those who hold what was played."""
        for place in self._places.values():
            if not place.ports.inboxes:
                place.stop("the session was left")
        if self.plan.sink is not None:
            self.ports[self.plan.sink].close()
        while self.listening():
            await self._changed.wait()

    def listening(self) -> set[str]:
        """The nodes that have not ended and hear the agent: they end when the sink does."""
        return self._busy & self._after_sink()

    @property
    def _busy(self) -> set[str]:
        """Nodes of the session whose `run` has not ended."""
        return {name for name, place in self._places.items() if not place.done}

    def changed(self) -> None:
        """Something that others may wait for is otherwise."""
        self._changed.set()
        self._changed = trio.Event()

    async def finished(self) -> None:
        while not (self._over or self._is_finished()):
            await self._changed.wait()

    def _is_finished(self) -> bool:
        said_all = self.conductor is None or (self.conductor.heard_all and self.conductor.idle)
        # A node that listens to the sink ends when the sink does, which is when the session is left.
        return said_all and not self.agents.coming and not (self._busy - self._after_sink())

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
