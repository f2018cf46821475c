"""The session's nodes: each from its opening to its end, and who takes whose place meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack

import attrs
import trio

from voiceflow._changes import Changes
from voiceflow._place import Place
from voiceflow._ports import NodePorts
from voiceflow._rounds import Agents
from voiceflow._supervisor import let_go, opening
from voiceflow._wiring import Plan, Surroundings, connect_up
from voiceflow.errors import GraphError, Overrun, VoiceflowError
from voiceflow.graph import Graph
from voiceflow.machines.restart import RestartPolicy
from voiceflow.node import Node, Sink
from voiceflow.services import Call

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
class Lineup:
    """What stands in a graph at work."""

    graph: Graph
    plan: Plan
    around: Surroundings
    restarts: RestartPolicy
    session: Call
    agents: Agents
    changes: Changes
    ports: dict[str, NodePorts] = attrs.field(factory=dict[str, NodePorts], init=False)
    over: bool = attrs.field(default=False, init=False)
    """Whether the call is."""
    at_work: trio.Lock = attrs.field(factory=trio.Lock, init=False)
    """Held by the turn that is at work with the nodes of a turn."""
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False)
    _opened: set[str] = attrs.field(factory=set[str], init=False)
    _places: dict[str, Place] = attrs.field(factory=dict[str, Place], init=False)
    """Where the session's nodes run; the sink does not."""
    _lives: dict[int, _Life] = attrs.field(factory=dict[int, _Life], init=False)
    """Of each node that is open, by its `id`."""
    _resting: dict[int, Node] = attrs.field(factory=dict[int, Node], init=False)
    """Nodes that are open and will stand in the graph again, by their `id`."""
    _swaps: set[trio.CancelScope] = attrs.field(factory=set[trio.CancelScope], init=False)
    """Those whose node is still to be opened."""

    async def open(self, nursery: trio.Nursery) -> None:
        """Open every node, all at once."""
        self._nursery = nursery
        self.ports, _ = connect_up(self.plan.graph, self.around, self.plan.session, self.plan.session_edges)
        nodes = self.plan.graph.nodes
        async with trio.open_nursery() as starting:
            for name, node in nodes.items():
                starting.start_soon(nursery.start, self._live, name, node)

    def not_open(self) -> str:
        return ", ".join(name for name in self.plan.graph.nodes if name not in self._opened)

    def place(self) -> None:
        """Give each node of the session its place, but for the sink and who opens turns: these are conducted."""
        nodes, conducted = self.plan.graph.nodes, (self.plan.sink, self.plan.opener)
        running = (name for name in self.plan.session if name not in conducted)
        self._places = {name: Place(nodes[name], self.ports[name], self.restarts) for name in running}
        if self.plan.opener is not None:  # who transcribes a file may take its time: nobody is to be heard meanwhile
            for place in self._places.values():
                place.taking = place.ports.watched()

    def begin(self) -> None:
        """Let everything run."""
        for life in self._lives.values():
            life.begin.set()

    @property
    def busy(self) -> set[str]:
        """Nodes of the session whose `run` has not ended."""
        return {name for name, place in self._places.items() if not place.done}

    def stop(self) -> None:
        """The call is over: who is still being opened is not wanted."""
        self.over = True
        for scope in self._swaps:
            scope.cancel(reason="the session was left")

    def stop_sources(self) -> None:
        for place in self._places.values():
            if not place.ports.inboxes:
                place.stop("the session was left")

    def let_go(self) -> None:
        """The call has ended, and every node with it."""
        del self.session
        for ports in self.ports.values():
            ports.close()
        self.around.accounts.clear()

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
                    each.joined(self.session)
                if name in self._places and not life.over.is_set():
                    await self._stand(self._places[name], node)
                # What it opened may be needed by its turns, or by those who hold what it sent.
                await life.over.wait()
                await self._out_of_use(node)
                with let_go(services), trio.move_on_after(CLOSING):
                    await stack.aclose()
        finally:
            del self._lives[id(node)]
            self.changes.tell()

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
        self.changes.tell()

    async def _out_of_use(self, node: Node) -> None:
        """Wait until the turn that may be at work with a node has ended."""
        if node.lifetime == "turn":
            async with self.at_work:
                pass

    async def closed(self, node: Node) -> None:
        """Wait until a node that was swapped out is closed, so that it can be opened again, if it is not kept open."""
        while id(node) in self._lives and id(node) not in self._resting:
            await self.changes.next()

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
            if self.over:
                raise VoiceflowError(f"the session was left before {type(new).__name__} took the place of {name}")
            if scope.cancelled_caught:
                raise Overrun(f"opening {type(new).__name__} took longer than {within:g} s; {name} stays as it is")

    def _check_swap(self, old: Node, new: Node) -> None:
        if self.over:
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
