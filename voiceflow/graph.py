"""A graph of nodes: a value that runs nothing. Wiring mistakes are errors here, before any audio flows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, overload

from voiceflow._graph_rules import check
from voiceflow._joining import Edge, Source, Target, moved, pair, shown, takes_many
from voiceflow.errors import GraphError
from voiceflow.node import Node
from voiceflow.ports import Inlet, Outlet, SignalInlet, SignalOutlet

T = TypeVar("T")
Hook = Callable[[Any], Iterable[Any]]


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
            raise GraphError(f"add() takes a node; got {shown(node)}")
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
        changed._edges = [moved(edge, old, new, name) for edge in self._edges]
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
        check(self)
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
        edge = pair(source, target)
        for known in self._edges:
            if known == edge:
                raise GraphError(f"{edge} is connected already")
            if known.target == edge.target and not takes_many(edge.target):
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
            raise GraphError(f"replace() takes two nodes; got {shown(node)}")
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
