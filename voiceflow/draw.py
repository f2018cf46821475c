"""Pictures of a graph: Mermaid, DOT, and a self-contained SVG."""

from __future__ import annotations

from voiceflow import _draw, _draw_svg
from voiceflow.graph import Graph


def drawing(graph: Graph) -> _draw.Drawing:
    """What is drawn of a graph."""
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


def mermaid(graph: Graph) -> str:
    """Mermaid text: for a page or a pull request."""
    return _draw.mermaid(drawing(graph))


def dot(graph: Graph) -> str:
    """DOT text: for graphviz."""
    return _draw.dot(drawing(graph))


def svg(graph: Graph) -> str:
    """A picture that needs nothing else."""
    return _draw_svg.svg(drawing(graph))
