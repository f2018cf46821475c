"""Pictures of a graph, or of a flow: Mermaid, DOT, and a self-contained SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voiceflow import _draw, _draw_svg
from voiceflow.graph import Graph

if TYPE_CHECKING:
    from voiceflow.flow import Flow


def drawing(graph: Graph | Flow[Any]) -> _draw.Drawing:
    """What is drawn of a graph, or of a flow."""
    if not isinstance(graph, Graph):
        from voiceflow import _draw_flow

        return _draw_flow.drawing(graph)
    boxes = tuple(_draw.Box(name, type(node).__name__, node.lifetime) for name, node in graph.nodes.items())
    lines = tuple(
        _draw.Line(
            graph.name_of(edge.source.node),
            edge.source.name,
            graph.name_of(edge.target.node),
            edge.target.name,
            edge.source.kind.__name__,
            edge.is_signal,
        )
        for edge in graph.edges
    )
    return _draw.Drawing(boxes, lines)


def mermaid(graph: Graph | Flow[Any]) -> str:
    """Mermaid text: for a page or a pull request."""
    return _draw.mermaid(drawing(graph))


def dot(graph: Graph | Flow[Any]) -> str:
    """DOT text: for graphviz."""
    return _draw.dot(drawing(graph))


def svg(graph: Graph | Flow[Any]) -> str:
    """A picture that needs nothing else."""
    return _draw_svg.svg(drawing(graph))
