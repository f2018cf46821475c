"""Where the boxes of a drawn graph stand: layers from top to bottom, and where in its layer each box stands.

A node stands one layer below the last node that feeds it. A wire that passes a layer takes a place in it like a
narrow box, so that it runs between the others. Within the layers, places are ordered by where their neighbours
stand, and then moved towards them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import attrs

from voiceflow._draw import Box, Drawing, Line

BETWEEN = 28.0  # boxes of one layer
LANE = 14.0  # the width of a wire that passes a layer
_SWEEPS = 12


@attrs.define(eq=False)
class Place:
    """A box in its layer, or (without one) a wire that passes it. `x` is its left edge."""

    layer: int
    width: float
    box: Box | None = None
    x: float = 0.0
    above: list[tuple[Place, float]] = attrs.field(factory=list["tuple[Place, float]"])
    """What it hangs on, and how far right of that one's own edge this one's left edge would best stand."""
    below: list[tuple[Place, float]] = attrs.field(factory=list["tuple[Place, float]"])

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@attrs.define
class Ports:
    """How wide a box is and how far right on it each port stands; computed by whoever draws it."""

    width: float
    ins: dict[str, float]
    outs: dict[str, float]


@attrs.define
class Layout:
    """Places by node name, and for each data edge the wire's passing places from top to bottom."""

    layers: list[list[Place]]
    boxes: dict[str, Place]
    passing: dict[Line, list[Place]]


def layout(drawing: Drawing, ports: dict[str, Ports]) -> Layout:
    """Places for all nodes and wires of a drawing. Signals are not looked at."""
    edges = [edge for edge in dict.fromkeys(drawing.edges) if not edge.signal]
    depth = _depths([node.name for node in drawing.nodes], edges)
    boxes = {box.name: Place(depth[box.name], ports[box.name].width, box) for box in drawing.nodes}
    layers: list[list[Place]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for place in boxes.values():
        layers[place.layer].append(place)
    passing = {edge: _thread(edge, boxes, ports, layers) for edge in edges if depth[edge.source] < depth[edge.target]}
    _order(layers)
    for _ in range(_SWEEPS):
        for row in layers:
            _settle(row, [place.above for place in row])
        for row in reversed(layers):
            _settle(row, [place.below for place in row])
    left = min((place.x for row in layers for place in row), default=0.0)
    for place in (place for row in layers for place in row):
        place.x -= left
    return Layout(layers, boxes, passing)


def _depths(names: Sequence[str], edges: Sequence[Line]) -> dict[str, int]:
    """The longest way from a source to each node; a source stands just above the first that it feeds."""
    depth = dict.fromkeys(names, 0)
    for _ in names:  # as many rounds as the longest way can have steps; a loop stops growing after that
        deeper = {edge.target: depth[edge.source] + 1 for edge in edges if depth[edge.target] <= depth[edge.source]}
        if not deeper:
            break
        for name, value in deeper.items():
            depth[name] = min(max(depth[name], value), len(names) - 1)
    fed = {edge.target for edge in edges}
    feeds: dict[str, list[int]] = defaultdict(list)
    for edge in edges:
        feeds[edge.source].append(depth[edge.target])
    for name in names:
        if name not in fed and feeds[name]:
            depth[name] = max(0, min(feeds[name]) - 1)
    return depth


def _thread(edge: Line, boxes: dict[str, Place], ports: dict[str, Ports], layers: list[list[Place]]) -> list[Place]:
    """The places that a wire takes in the layers between its ends; all are hung on each other."""
    top, bottom = boxes[edge.source], boxes[edge.target]
    passing = [Place(layer, LANE) for layer in range(top.layer + 1, bottom.layer)]
    for place in passing:
        layers[place.layer].append(place)
    stops = [top, *passing, bottom]
    offsets = [ports[edge.source].outs[edge.outlet], *[LANE / 2] * len(passing), ports[edge.target].ins[edge.inlet]]
    for (upper, out), (lower, into) in zip(
        zip(stops, offsets, strict=True), zip(stops[1:], offsets[1:], strict=True), strict=False
    ):
        upper.below.append((lower, into - out))
        lower.above.append((upper, out - into))
    return passing


def _order(layers: list[list[Place]]) -> None:
    """Sort each layer by the mean rank of what its places hang on, down and up, until little crosses."""
    for sweep in range(8):
        down = sweep % 2 == 0
        for row in layers if down else reversed(layers):
            rank = {id(place): float(n) for other in layers for n, place in enumerate(other)}

            def mean(place: Place, rank: dict[int, float] = rank, down: bool = down) -> float:
                near = place.above if down else place.below
                return sum(rank[id(other)] for other, _ in near) / len(near) if near else rank[id(place)]

            row.sort(key=mean)


def _settle(row: list[Place], neighbours: list[list[tuple[Place, float]]]) -> None:
    """Move the places of a layer towards where their neighbours want them, in order and without overlap."""
    wanted = [
        sum(other.x + offset for other, offset in near) / len(near) if near else place.x
        for place, near in zip(row, neighbours, strict=True)
    ]
    end = float("-inf")
    for place, want in zip(row, wanted, strict=True):
        place.x = max(want, end)
        end = place.x + place.width + BETWEEN
    # What was pushed right is shared: the row as a whole moves back to the middle of what its places want.
    if row:
        shift = sum(place.x - want for place, want in zip(row, wanted, strict=True)) / len(row)
        for place in row:
            place.x -= shift
