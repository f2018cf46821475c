"""Which ports a connection joins: the two that are named, or the one pair that fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from voiceflow.errors import GraphError
from voiceflow.node import Node
from voiceflow.ports import Inlet, Outlet, SignalInlet, SignalOutlet

Source = Outlet[Any] | SignalOutlet[Any]
Target = Inlet[Any] | SignalInlet[Any]


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


def pair(source: Node | Source | Target, target: Node | Target) -> Edge:
    """The edge between two ends, each a port or a node.

    Raises:
        GraphError: no pair of ports fits, several do, or the two that were named are of different kinds.
    """
    sources = _ends(source, (Outlet, SignalOutlet), ("outlets", "signals"))
    targets = _ends(target, (Inlet, SignalInlet), ("inlets", "watches"))
    if len(sources) == len(targets) == 1 and not (isinstance(source, Node) and isinstance(target, Node)):
        edge = Edge(sources[0], targets[0])
        _check_kinds(edge)
        return edge
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


def moved(edge: Edge, old: Node, new: Node, name: str) -> Edge:
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


def takes_many(target: Target) -> bool:
    """Whether more than one may write to it."""
    port = target.node.inlets().get(target.name)
    return port is not None and port.many


def shown(thing: Any) -> str:
    """What was given for a node or a port, and the way out of the usual mistake."""
    if isinstance(thing, type) and issubclass(thing, Node):
        return f"the class {thing.__name__}; make a node of it: {thing.__name__}()"
    return f"{thing!r}"


def _ends(end: Any, addresses: tuple[type, type], groups: tuple[str, str]) -> list[Any]:
    """The ports that `end` may mean: itself, or all of a node's."""
    if isinstance(end, addresses):
        return [end]
    if isinstance(end, Node):
        return [getattr(end, name) for group in groups for name in getattr(end, group)()]
    raise GraphError(
        f"connect() takes nodes and their ports; got {shown(end)}, where {' or '.join(groups)} were expected"
    )


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


def _port_like(port: Any, ports: Mapping[str, Any], new: Node, name: str) -> Any:
    if port.name in ports:
        return getattr(new, port.name)
    raise GraphError(
        f"{type(new).__name__} cannot take the place of {name}: expected a port {port.name!r} for "
        f"{port.kind.__name__}, which is connected; got {', '.join(ports) or 'none'}"
    )


def _title(end: Any) -> str:
    return end.name if isinstance(end, Node) else repr(end)


def _listing(ports: list[Any], nothing: str) -> str:
    return ", ".join(map(repr, ports)) or nothing
