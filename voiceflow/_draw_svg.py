"""A graph as a self-contained SVG image: inlets on top of a box, outlets at its foot, signals at the right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import attrs

from voiceflow._draw import Box, Drawing, Line
from voiceflow._draw_layout import LANE, Layout, Place, Ports, layout
from voiceflow._svg import document, label, style

_HEIGHT, _LAYER, _MARGIN = 78.0, 138.0, 26.0  # of a box, from one layer to the next, around all
_TRACK = 26.0  # between the signals' ways at the right
_ABOVE, _BELOW = (
    12.0,
    24.0,
)  # a layer, where signals pass it: clear of the tips of wires, and of the kinds at their heads
_CORNER = 9.0  # the radius of a signal's
_WIDE, _SMALL = 8.4, 6.7  # the width of a character of a name, of a port or kind; a guess on the wide side

_LIGHT = {
    "ink": "#1c2733", "soft": "#55616e", "paper": "#ffffff", "box": "#f2f5f9", "line": "#8795a5", "wire": "#2262b0",
    "signal": "#a84a12", "turn": "#e2f1e4", "turnline": "#5f9a68", "hot": "#c8401f",
}  # fmt: skip
_DARK = {
    "ink": "#e8edf2", "soft": "#a9b5c1", "paper": "#14191f", "box": "#222b35", "line": "#6c7a88", "wire": "#7db4f5",
    "signal": "#f0a06a", "turn": "#1d3321", "turnline": "#79b583", "hot": "#ff8a65",
}  # fmt: skip
_STYLE = style(
    """
    .paper{fill:$paper}.box{fill:$box;stroke:$line;stroke-width:1.2}.turn{fill:$turn;stroke:$turnline}
    .name{fill:$ink;font-size:14px;font-weight:600}.soft{fill:$soft;font-size:11px}.port{fill:$ink;font-size:11px}
    .kind{fill:$wire;font-size:11px;font-style:italic}.told{fill:$signal;font-size:11px;font-style:italic}
    .halo{stroke:$paper;stroke-width:4px;stroke-linejoin:round}
    .wire{fill:none;stroke:$wire;stroke-width:1.8}.tip{fill:$wire}
    .hot{fill:none;stroke:$hot}.note{fill:$hot;font-size:10.5px}
    .signal{fill:none;stroke:$signal;stroke-width:1.6;stroke-dasharray:6 4}.signaltip{fill:$signal}
    """,
    _LIGHT,
    _DARK,
)


def svg(drawing: Drawing) -> str:
    """The drawing as an SVG document, for light and dark surroundings."""
    return _Page.of(drawing).svg()


def _ports(box: Box, drawing: Drawing) -> Ports:
    """Each port gets a slot as wide as its name and the kind of its frames."""
    ins: dict[str, float] = {}
    outs: dict[str, float] = {}
    for edge in drawing.edges:
        if edge.signal:
            continue
        if edge.target == box.name:
            ins[edge.inlet] = max(ins.get(edge.inlet, 0.0), _SMALL * len(edge.inlet) + 16)
        if edge.source == box.name:
            outs[edge.outlet] = _SMALL * max(len(edge.outlet), len(edge.kind) + 3) + 16
    told = max((len(_told(edge)) for edge in drawing.edges if edge.signal and edge.source == box.name), default=0)
    width = max(
        118.0, _WIDE * len(box.name) + 26, _SMALL * max(len(box.type), told) + 26, sum(ins.values()), sum(outs.values())
    )
    return Ports(width, _slots(ins, width), _slots(outs, width))


def _from_left(placed: Layout, ports: dict[str, Ports], edge: Line) -> float:
    """Where a wire comes from, and where it goes: the means of both, from the left. Signals stay as they are."""
    if edge.signal:
        return 0.0
    above = placed.passing.get(edge) or [placed.boxes[edge.source]]
    below = placed.passing.get(edge) or [placed.boxes[edge.target]]
    return above[-1].middle + below[0].middle + 1e-3 * ports[edge.source].outs[edge.outlet]


def _slots(widths: dict[str, float], width: float) -> dict[str, float]:
    """The middle of each slot, the slots being spread over the width."""
    spare = (width - sum(widths.values())) / max(1, len(widths))
    found: dict[str, float] = {}
    end = 0.0
    for name, slot in widths.items():
        found[name] = end + (slot + spare) / 2
        end += slot + spare
    return found


def _told(edge: Line) -> str:
    ports = edge.outlet if edge.outlet == edge.inlet else f"{edge.outlet} → {edge.inlet}"
    return f"{ports}: {edge.kind}" if edge.kind else ports


@attrs.define
class _Page:
    drawing: Drawing
    ports: dict[str, Ports]
    boxes: dict[str, Place]
    passing: dict[Line, list[Place]]
    right: float

    @classmethod
    def of(cls, drawing: Drawing) -> _Page:
        ports = {box.name: _ports(box, drawing) for box in drawing.nodes}
        placed = layout(drawing, ports)
        # Once it is known where each wire comes from, the ports can stand in that order, and fewer wires cross.
        drawing = attrs.evolve(drawing, edges=tuple(sorted(drawing.edges, key=partial(_from_left, placed, ports))))
        ports = {box.name: _ports(box, drawing) for box in drawing.nodes}
        placed = layout(drawing, ports)
        every = [place for row in placed.layers for place in row]
        right = max((place.x + place.width for place in every), default=0.0) + _MARGIN
        return cls(drawing, ports, placed.boxes, placed.passing, right)

    def svg(self) -> str:
        signals = sorted((edge for edge in self.drawing.edges if edge.signal), key=self._span)
        labels = max((_SMALL * len(_told(edge)) for edge in signals), default=0.0)
        width = self.right + _MARGIN + _TRACK * len(signals) + labels
        layers = max((place.layer for place in self.boxes.values()), default=0) + 1
        height = 2 * _MARGIN + _LAYER * (layers - 1) + _HEIGHT + 26
        parts = [*self._wires(), *self._signals(signals), *self._boxes(), *self._legend(height, bool(signals))]
        return document(width, height, f"A graph of {len(self.boxes)} nodes", _STYLE + "".join(parts))

    def _span(self, edge: Line) -> int:
        return abs(self.boxes[edge.source].layer - self.boxes[edge.target].layer)

    def _corner(self, place: Place) -> tuple[float, float]:
        return _MARGIN + place.x, _MARGIN + place.layer * _LAYER

    def _boxes(self) -> Iterator[str]:
        for place in self.boxes.values():
            box = place.box
            assert box is not None
            x, y = self._corner(place)
            kind = "box turn" if box.lifetime == "turn" else "box"
            yield f'<rect class="{kind}" x="{x:.1f}" y="{y:.0f}" width="{place.width:.1f}" '
            yield f'height="{_HEIGHT:.0f}" rx="9"/>'
            yield label(x + place.width / 2, y + 37, "name", box.name)
            yield label(x + place.width / 2, y + 52, "soft", box.type)
            for port, at in self.ports[box.name].ins.items():
                yield label(x + at, y + 16, "port", port)
            for port, at in self.ports[box.name].outs.items():
                yield label(x + at, y + _HEIGHT - 7, "port", port)

    def _wires(self) -> Iterator[str]:
        named: set[tuple[str, str]] = set()
        for edge in dict.fromkeys(edge for edge in self.drawing.edges if not edge.signal):
            x, y = self._corner(self.boxes[edge.source])
            start = (x + self.ports[edge.source].outs[edge.outlet], y + _HEIGHT)
            x, y = self._corner(self.boxes[edge.target])
            end = (x + self.ports[edge.target].ins[edge.inlet], y - 7)
            points = [start]
            for place in self.passing.get(edge, []):
                left, top = self._corner(place)
                points += [(left + LANE / 2, top), (left + LANE / 2, top + _HEIGHT)]
            if edge.heat:
                yield f'<path class="hot" stroke-width="{2 + 9 * edge.heat:.1f}" stroke-opacity=".55" '
                yield f'd="{_curve([*points, end])}"/>'
            yield f'<path class="wire" d="{_curve([*points, end])}"/>{_tip(end, "tip")}'
            for kind in ("note halo", "note") if edge.note else ():
                yield label(end[0] + 9, end[1] - 6, kind, edge.note, "start")
            if (edge.source, edge.outlet) not in named:
                named.add((edge.source, edge.outlet))
                yield label(start[0] + 6, start[1] + 14, "kind halo", edge.kind, "start")
                yield label(start[0] + 6, start[1] + 14, "kind", edge.kind, "start")

    def _signals(self, signals: list[Line]) -> Iterator[str]:
        """Each signal goes by a track of its own at the right, from the side of its node to that of the other."""
        leaving = Counter(edge.source for edge in signals)
        left: Counter[str] = Counter()
        for number, edge in enumerate(signals):
            step = min(16.0, 44.0 / leaving[edge.source])
            points = self._way(edge, number, left[edge.source], step)
            left[edge.source] += 1
            (x1, y1), track = points[-1], self._track(number)
            yield f'<path class="signal" d="{_rounded(points)}"/>'
            yield f'<path class="signaltip" d="M{x1 - 7:.1f} {y1:.0f}l9 -4.5v9z"/>'
            middle = (points[0][1] + y1) / 2 + 16 * number
            yield label(track + 6, middle, "told halo", _told(edge), "start")
            yield label(track + 6, middle, "told", _told(edge), "start")

    def _track(self, number: int) -> float:
        return self.right + _TRACK * (number + 1)

    def _way(self, edge: Line, number: int, nth: int, step: float) -> list[tuple[float, float]]:
        """Out at the right, along the track, and in at the right; between the layers, past boxes that stand there."""
        source, target = self.boxes[edge.source], self.boxes[edge.target]
        up, lane, track = target.layer <= source.layer, 5.0 * (number % 3), self._track(number)
        x0, y0 = self._corner(source)
        x1, y1 = self._corner(target)
        out, into = (x0 + source.width, y0 + 30 + step * nth), (x1 + target.width + 7, y1 + 24 + 8.0 * (number % 5))
        points = [out]
        if self._is_hidden(source):
            aside, beside = out[0] + 8 + lane, y0 - _ABOVE - lane if up else y0 + _HEIGHT + _BELOW + lane
            points += [(aside, out[1]), (aside, beside)]
        points += [(track, points[-1][1])]
        if self._is_hidden(target):
            below = target.layer < source.layer
            aside, beside = into[0] + 5 + lane, y1 + _HEIGHT + _BELOW + lane if below else y1 - _ABOVE - lane
            points += [(track, beside), (aside, beside), (aside, into[1])]
        else:
            points += [(track, into[1])]
        return [*points, into]

    def _is_hidden(self, place: Place) -> bool:
        """Whether another box of its layer stands right of it."""
        return any(other.layer == place.layer and other.x > place.x for other in self.boxes.values())

    def _legend(self, height: float, signals: bool) -> Iterator[str]:
        y = height - 14
        x = _MARGIN
        for kind, text in self.drawing.legend:
            yield f'<rect class="{kind}" x="{x:.0f}" y="{y - 10:.0f}" width="18" height="12" rx="3"/>'
            yield label(x + 24, y, "soft", text, "start")
            x += 40 + _SMALL * len(text)
        if signals:
            yield f'<path class="signal" d="M{x:.0f} {y - 4:.0f}h24"/>'
            yield label(x + 30, y, "soft", self.drawing.dashed, "start")


def _curve(points: list[tuple[float, float]]) -> str:
    """A path through points that leaves and enters each of them downwards."""
    (x, y), rest = points[0], points[1:]
    path = f"M{x:.1f} {y:.0f}"
    for x1, y1 in rest:
        bend = (y1 - y) / 2 if y1 > y else 40.0
        path += f"C{x:.1f} {y + bend:.0f} {x1:.1f} {y1 - bend:.0f} {x1:.1f} {y1:.0f}"
        x, y = x1, y1
    return path


def _rounded(points: list[tuple[float, float]]) -> str:
    """A path through points by straight lines, its corners rounded."""
    (x, y), path = points[0], f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in pairwise(points[1:]):
        corner = f"{_towards(x1, x):.1f} {_towards(y1, y):.1f}Q{x1:.1f} {y1:.1f}"
        path += f"L{corner} {_towards(x1, x2):.1f} {_towards(y1, y2):.1f}"
        x, y = x1, y1
    return f"{path}L{points[-1][0]:.1f} {points[-1][1]:.1f}"


def _towards(here: float, there: float) -> float:
    """So far from here as a corner begins, and at most half of the way."""
    return here + max(-_CORNER, min(_CORNER, (there - here) / 2))


def _tip(end: tuple[float, float], style: str) -> str:
    return f'<path class="{style}" d="M{end[0]:.1f} {end[1] + 7:.0f}l-4.5 -9h9z"/>'
