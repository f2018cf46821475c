"""What must be so of a whole graph before any audio flows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voiceflow.errors import GraphError
from voiceflow.frames import Audio, Phrase, Prompt, Text
from voiceflow.node import Node, Sink
from voiceflow.ports import In, Watch

if TYPE_CHECKING:
    from voiceflow._joining import Edge
    from voiceflow.graph import Graph


def check(graph: Graph) -> None:
    """Look at the whole, and then have each node look at where it stands.

    Raises:
        GraphError: the first mistake found, with the way out.
    """
    for rule in (_every_inlet_fed, _no_loop, _lifetimes_fit, _live_where_it_may_be, _one_sink):
        rule(graph)
    for node in graph.nodes.values():
        node.check(graph)


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
    for node in graph.nodes.values():
        _visit(graph, node, [], done)


def _visit(graph: Graph, node: Node, path: list[Edge], done: set[int]) -> None:
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
            _visit(graph, edge.target.node, [*path, edge], done)
    done.add(id(node))


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
