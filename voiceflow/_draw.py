"""Graphs as text that other programs draw: Mermaid and DOT. `_draw_svg` draws them itself."""

from __future__ import annotations

import attrs


@attrs.frozen
class Box:
    """A node to be drawn: its `name` in the graph, its class, and "session" or "turn"."""

    name: str
    type: str
    lifetime: str = "session"


@attrs.frozen
class Line:
    """An edge to be drawn: from port `outlet` of node `source` to port `inlet` of node `target`, carrying `kind`.

    An empty `kind` is not told.
    """

    source: str
    outlet: str
    target: str
    inlet: str
    kind: str
    signal: bool = False
    heat: float = 0.0
    """How full it became, 0 to 1: a picture draws it thicker."""
    note: str = ""
    """What stands beside its end."""


@attrs.frozen
class Drawing:
    """What is drawn of a graph. Every line's ends are names of nodes."""

    nodes: tuple[Box, ...]
    edges: tuple[Line, ...] = ()
    legend: tuple[tuple[str, str], ...] = (("box", "lives for the session"), ("box turn", "lives for one reply"))
    """What the looks of the boxes mean, by their class in the image."""
    dashed: str = "signal"
    """What a dashed line is."""

    def __attrs_post_init__(self) -> None:
        names = {node.name for node in self.nodes}
        for edge in self.edges:
            for end in (edge.source, edge.target):
                if end not in names:
                    raise ValueError(f"an edge ends at {end!r}, which is no node of {sorted(names)}")


def _told(edge: Line) -> list[str]:
    """The ports at its ends, and what it carries if that is told."""
    same = edge.outlet == edge.inlet
    return [edge.outlet if same else f"{edge.outlet} → {edge.inlet}", *([edge.kind] if edge.kind else [])]


def _lifetimes(drawing: Drawing) -> list[str]:
    return list(dict.fromkeys(node.lifetime for node in drawing.nodes))


def mermaid(drawing: Drawing) -> str:
    """The graph as a Mermaid flowchart: https://mermaid.js.org/syntax/flowchart.html."""
    ids = {node.name: f"n{number}" for number, node in enumerate(drawing.nodes)}
    lines = ["flowchart LR"]
    for number, lifetime in enumerate(_lifetimes(drawing)):
        lines.append(f'  subgraph g{number} ["{_quoted(lifetime)}"]')
        members = (node for node in drawing.nodes if node.lifetime == lifetime)
        lines += [f'    {ids[node.name]}["{_quoted(node.name)}<br>{_quoted(node.type)}"]' for node in members]
        lines.append("  end")
    for edge in drawing.edges:
        arrow = "-.->" if edge.signal else "-->"
        label = "<br>".join(map(_quoted, _told(edge)))
        lines.append(f'  {ids[edge.source]} {arrow}|"{label}"| {ids[edge.target]}')
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # Mermaid takes entity codes with # for &; markup inside quotes is read as HTML.
    codes = {"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}
    return "".join(codes.get(char, char) for char in " ".join(text.splitlines()))


def dot(drawing: Drawing) -> str:
    """The graph in Graphviz's DOT language: https://graphviz.org/doc/info/lang.html."""
    lines = ["digraph voiceflow {", "  rankdir=LR;", '  node [shape=box, style="rounded", fontname="sans-serif"];']
    lines.append('  edge [fontname="sans-serif", fontsize=10];')
    for number, lifetime in enumerate(_lifetimes(drawing)):
        lines += [f"  subgraph cluster_{number} {{", f"    label={_string(lifetime)}; style=dashed;"]
        members = (node for node in drawing.nodes if node.lifetime == lifetime)
        lines += [f"    {_string(node.name)} [label={_string(node.name, node.type)}];" for node in members]
        lines.append("  }")
    for edge in drawing.edges:
        style = ", style=dashed, constraint=false" if edge.signal else ""
        label = _string(*_told(edge))
        lines.append(f"  {_string(edge.source)} -> {_string(edge.target)} [label={label}{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def _string(*rows: str) -> str:
    lines = (" ".join(row.splitlines()) for row in rows)
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
