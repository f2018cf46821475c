"""A graph of nodes: a value that runs nothing. Wiring mistakes are errors here, before any audio flows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, overload

import attrs

from voiceflow.errors import GraphError
from voiceflow.frames import Audio, Phrase, Prompt, Text
from voiceflow.node import Node, Sink
from voiceflow.ports import In, Inlet, Outlet, SignalInlet, SignalOutlet, Watch

T = TypeVar("T")
Source = Outlet[Any] | SignalOutlet[Any]
Target = Inlet[Any] | SignalInlet[Any]
Hook = Callable[[Any], Iterable[Any]]


@attrs.frozen
class Edge:
    """From an outlet to an inlet, or from a signal to a watch."""

    source: Source
    target: Target

    @property
    def is_signal(self) -> bool:
        return isinstance(self.source, SignalOutlet)

    def __repr__(self) -> str:
        return f"{self.source} -> {self.target}"


class Graph:
    """Nodes and the edges between them.

    Build it with `connect`, check it with `validate`, and give it to a `Session`. A graph is used by one
    session at a time, because its nodes are.
    """

    def __init__(self) -> None:
        self._nodes: dict[str, Node] = {}
        self._edges: list[Edge] = []
        self._hooks: dict[tuple[str, str], list[Hook]] = {}
        self._in_use = False

    def __repr__(self) -> str:
        return f"<Graph {' '.join(self._nodes)}; {len(self._edges)} edges>"

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes by their names, in the order in which they were added."""
        return dict(self._nodes)

    @property
    def edges(self) -> tuple[Edge, ...]:
        return tuple(self._edges)

    def add(self, node: Node, name: str | None = None) -> Graph:
        """Put a node into the graph, under its own name or the one given; made unique by a number."""
        if not isinstance(node, Node):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise GraphError(f"add() takes a node; got {_shown(node)}")
        if any(node is known for known in self._nodes.values()):
            if name is not None and self.name_of(node) != name:
                raise GraphError(f"this {type(node).__name__} is in the graph already, as {self.name_of(node)!r}")
            return self
        if name is not None and name in self._nodes:
            raise GraphError(f"there is a node {name!r} already; give another name")
        base = name or node.name
        names = itertools.chain([base], (f"{base}{n}" for n in itertools.count(2)))
        self._nodes[next(each for each in names if each not in self._nodes)] = node
        return self

    def name_of(self, node: Node) -> str:
        """The name of a node in this graph. Raises `KeyError` when it is not in it."""
        for name, known in self._nodes.items():
            if known is node:
                return name
        raise KeyError(node)

    @overload
    def connect(self, source: Outlet[T], target: Inlet[T], /) -> Graph: ...
    @overload
    def connect(self, source: SignalOutlet[T], target: SignalInlet[T], /) -> Graph: ...
    @overload
    def connect(self, source: Outlet[Any] | SignalOutlet[Any], target: Node, /) -> Graph: ...
    @overload
    def connect(self, source: Node, target: Inlet[Any] | SignalInlet[Any], /) -> Graph: ...
    @overload
    def connect(self, source: Node, target: Node, /, *more: Node) -> Graph: ...
    def connect(self, source: Node | Source, target: Node | Target, /, *more: Node) -> Graph:
        """Join an outlet to an inlet, or node to node where exactly one pair of ports fits; more nodes make a chain.

        Raises:
            GraphError: no pair fits, several do, the kinds differ, the inlet has a writer, or an end is no port.
        """
        self._join(source, target)
        if more:
            chain = [target, *more]
            for before, after in itertools.pairwise(chain):
                self._join(before, after)
        return self

    def tap(self, outlet: Outlet[T], look: Callable[[T], object]) -> Graph:
        """Call `look(frame)` with every frame that leaves by `outlet`. It must not block."""

        def hook(frame: T) -> Iterable[T]:
            look(frame)
            return (frame,)

        return self.transform(outlet, hook)

    def transform(self, outlet: Outlet[T], change: Callable[[T], Iterable[T]]) -> Graph:
        """Send what `change(frame)` gives instead of every frame that leaves by `outlet`. It must not block."""
        self.add(outlet.node)
        self._hooks.setdefault((self.name_of(outlet.node), outlet.name), []).append(change)
        return self

    def hooks(self, node: str, outlet: str) -> list[Hook]:
        """What was hung on an outlet by `tap` and `transform`, in order."""
        return list(self._hooks.get((node, outlet), ()))

    def copy(self) -> Graph:
        """The same nodes, edges and hooks; what is changed in one of the two later is not changed in the other."""
        other = Graph()
        other._nodes, other._edges = dict(self._nodes), list(self._edges)
        other._hooks = self._hooks  # what hangs on an outlet is for whoever runs the nodes
        return other

    def replace(self, old: Node, new: Node) -> Graph:
        """Put `new` where `old` is: under its name, on its edges, behind its hooks.

        Raises:
            GraphError: `old` is not in the graph or `new` is, they do not live as long, a port of `new` does not fit
                an edge of `old`, or the graph would be wrong in another way. Nothing is changed then.
        """
        changed = self.copy()
        name = _place_for(self, old, new)
        changed._nodes[name] = new
        changed._edges = [_moved(edge, old, new, name) for edge in self._edges]
        changed.validate()
        self._nodes, self._edges = changed._nodes, changed._edges
        return self

    def into(self, node: Node) -> list[Edge]:
        return [edge for edge in self._edges if edge.target.node is node]

    def out_of(self, node: Node) -> list[Edge]:
        return [edge for edge in self._edges if edge.source.node is node]

    def validate(self) -> Graph:
        """Check the whole.

        Raises:
            GraphError: the first mistake found, with the way out.
        """
        for check in (_every_inlet_fed, _no_loop, _lifetimes_fit, _live_where_it_may_be, _one_sink):
            check(self)
        for node in self._nodes.values():
            node.check(self)
        return self

    @contextmanager
    def in_use(self) -> Generator[None, None, None]:
        """A session runs the nodes while this is open.

        Raises:
            GraphError: another one does.
        """
        if self._in_use:
            raise GraphError(f"{self!r} is at work in another session; build a graph of its own for each call")
        self._in_use = True
        try:
            yield
        finally:
            self._in_use = False

    def upstream(self, node: Node) -> Iterable[Node]:
        """Every node whose frames can reach `node`, nearest first."""
        seen: list[Node] = []
        frontier = [node]
        while frontier:
            for edge in self.into(frontier.pop(0)):
                source = edge.source.node
                if not edge.is_signal and all(source is not each for each in seen):
                    seen.append(source)
                    frontier.append(source)
        return seen

    def _join(self, source: Node | Source | Target, target: Node | Target) -> None:
        edge = _pair(source, target)
        _check_kinds(edge)
        for known in self._edges:
            if known == edge:
                raise GraphError(f"{edge} is connected already")
            if known.target == edge.target and not _takes_many(edge.target):
                raise GraphError(
                    f"{edge.target} has a writer already: {known.source}. An inlet takes one; "
                    "put a node with two inlets between, or leave one out"
                )
        self.add(edge.source.node).add(edge.target.node)
        self._edges.append(edge)


def _place_for(graph: Graph, old: Node, new: Node) -> str:
    """The name of `old`, if `new` may have it."""
    for node in (old, new):
        if not isinstance(node, Node):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise GraphError(f"replace() takes two nodes; got {_shown(node)}")
    names = {id(node): name for name, node in graph.nodes.items()}
    if id(old) not in names:
        raise GraphError(
            f"this {type(old).__name__} is not in the graph; it has {', '.join(graph.nodes) or 'no nodes'}"
        )
    if id(new) in names:
        raise GraphError(f"this {type(new).__name__} is in the graph already, as {names[id(new)]!r}; make another one")
    if new.lifetime != old.lifetime:
        raise GraphError(
            f"{type(new).__name__} cannot take the place of {names[id(old)]}: expected a node that lives for a "
            f"{old.lifetime}, got one that lives for a {new.lifetime}"
        )
    return names[id(old)]


def _moved(edge: Edge, old: Node, new: Node, name: str) -> Edge:
    """The edge with `new` at the end where `old` was."""
    source, target = edge.source, edge.target
    if source.node is old:
        source = _port_like(source, {**new.outlets(), **new.signals()}, new, name)
    if target.node is old:
        target = _port_like(target, {**new.inlets(), **new.watches()}, new, name)
    moved = Edge(source, target)
    if not _fits(source, target):
        ours, theirs = (source, target) if source.node is new else (target, source)
        raise GraphError(
            f"{type(new).__name__} cannot take the place of {name}: {name}.{ours.name} is joined to {theirs}, "
            f"expected {theirs.kind.__name__}, got {ours.kind.__name__}"
        )
    return moved


def _port_like(port: Any, ports: Mapping[str, Any], new: Node, name: str) -> Any:
    if port.name in ports:
        return getattr(new, port.name)
    raise GraphError(
        f"{type(new).__name__} cannot take the place of {name}: expected a port {port.name!r} for "
        f"{port.kind.__name__}, which is connected; got {', '.join(ports) or 'none'}"
    )


def _takes_many(target: Target) -> bool:
    port = target.node.inlets().get(target.name)
    return port is not None and port.many


def _ends(end: Any, addresses: tuple[type, type], groups: tuple[str, str]) -> list[Any]:
    """The ports that `end` may mean: itself, or all of a node's."""
    if isinstance(end, addresses):
        return [end]
    if isinstance(end, Node):
        return [getattr(end, name) for group in groups for name in getattr(end, group)()]
    raise GraphError(
        f"connect() takes nodes and their ports; got {_shown(end)}, where {' or '.join(groups)} were expected"
    )


def _shown(thing: Any) -> str:
    """What was given for a node or a port, and the way out of the usual mistake."""
    if isinstance(thing, type) and issubclass(thing, Node):
        return f"the class {thing.__name__}; make a node of it: {thing.__name__}()"
    return f"{thing!r}"


def _pair(source: Node | Source | Target, target: Node | Target) -> Edge:
    sources = _ends(source, (Outlet, SignalOutlet), ("outlets", "signals"))
    targets = _ends(target, (Inlet, SignalInlet), ("inlets", "watches"))
    if len(sources) == len(targets) == 1 and not (isinstance(source, Node) and isinstance(target, Node)):
        return Edge(sources[0], targets[0])
    fits = [Edge(s, t) for s in sources for t in targets if _fits(s, t)]
    # Data first: a signal is taken only where no frames could flow.
    fits = [edge for edge in fits if not edge.is_signal] or fits
    if len(fits) == 1:
        return fits[0]
    names = f"{_title(source)} to {_title(target)}"
    if not fits:
        raise GraphError(
            f"nothing joins {names}: {_listing(sources, 'no outlets')} and {_listing(targets, 'no inlets')}"
        )
    raise GraphError(f"several ways to join {names}; name the ports of one: {'; '.join(map(repr, fits))}")


def _title(end: Any) -> str:
    return end.name if isinstance(end, Node) else repr(end)


def _listing(ports: list[Any], nothing: str) -> str:
    return ", ".join(map(repr, ports)) or nothing


def _fits(source: Source, target: Target) -> bool:
    same_sort = isinstance(source, SignalOutlet) == isinstance(target, SignalInlet)
    return same_sort and issubclass(source.kind, target.kind)


def _check_kinds(edge: Edge) -> None:
    if _fits(edge.source, edge.target):
        return
    raise GraphError(
        f"{edge.source.node.name}.{edge.source.name} gives {edge.source.kind.__name__}, "
        f"{edge.target.node.name}.{edge.target.name} takes {edge.target.kind.__name__}; "
        "connect another port, or put a node between that turns one into the other"
    )


def _every_inlet_fed(graph: Graph) -> None:
    for name, node in graph.nodes.items():
        fed = {edge.target.name for edge in graph.into(node)}
        ports: list[In[Any] | Watch[Any]] = [*node.inlets().values(), *node.watches().values()]
        for port in ports:
            if not port.optional and port.name not in fed and not _session_may_feed(node, port.kind):
                raise GraphError(
                    f"{name}.{port.name} takes {port.kind.__name__} and is not connected; "
                    f"connect an outlet that gives {port.kind.__name__} to it"
                )


def _session_may_feed(node: Node, kind: type[Any]) -> bool:
    """Whether an open inlet is where `say`, `reply` and `send_text` enter a turn."""
    return kind in (Prompt, Text, Phrase) and (node.lifetime == "turn" or isinstance(node, Sink))


def _no_loop(graph: Graph) -> None:
    done: set[int] = set()

    def visit(node: Node, path: list[Edge]) -> None:
        start = next((n for n, edge in enumerate(path) if edge.source.node is node), None)
        if start is not None:
            loop = ", ".join(
                f"{graph.name_of(edge.source.node)}.{edge.source.name} -> "
                f"{graph.name_of(edge.target.node)}.{edge.target.name}"
                for edge in path[start:]
            )
            raise GraphError(f"the graph has a loop: {loop}; close it with a Signal and a Watch, which never block")
        if id(node) in done:
            return
        for edge in graph.out_of(node):
            if not edge.is_signal:
                visit(edge.target.node, [*path, edge])
        done.add(id(node))

    for node in graph.nodes.values():
        visit(node, [])


def _lifetimes_fit(graph: Graph) -> None:
    for edge in graph.edges:
        source, target = edge.source.node, edge.target.node
        if edge.is_signal or source.lifetime == target.lifetime:
            continue
        if source.lifetime == "turn" and not isinstance(target, Sink):
            raise GraphError(
                f"{edge}: {graph.name_of(source)} lives for a turn, {graph.name_of(target)} for the session; "
                "only a Sink (a Speaker, a TextSink) takes from a turn"
            )
        if target.lifetime == "turn" and not source.opens_turns:
            raise GraphError(
                f"{edge}: {graph.name_of(target)} lives for a turn, {graph.name_of(source)} for the session; "
                "put TurnTaking between, which says when a turn begins"
            )


def _live_where_it_may_be(graph: Graph) -> None:
    for name, node in graph.nodes.items():
        for port in node.outlets().values():
            if port.live and (node.lifetime == "turn" or not issubclass(port.kind, Audio)):
                raise GraphError(
                    f"{name}.{port.name} is a live outlet for {port.kind.__name__} of a {node.lifetime} node; "
                    "only a session's audio may be dropped: declare it Out(...) without live=True"
                )


def _one_sink(graph: Graph) -> None:
    sinks = [name for name, node in graph.nodes.items() if isinstance(node, Sink)]
    turns = [name for name, node in graph.nodes.items() if node.lifetime == "turn"]
    opening = [name for name, node in graph.nodes.items() if node.opens_turns]
    if len(sinks) > 1:
        raise GraphError(f"the graph has {len(sinks)} sinks ({', '.join(sinks)}); one of them can say what was heard")
    if len(opening) > 1:
        raise GraphError(f"the graph has {len(opening)} nodes that open turns ({', '.join(opening)}); it takes one")
    if turns and not sinks:
        raise GraphError(f"{', '.join(turns)} live for a turn and no Sink plays it; connect a Speaker or a TextSink")
