"""The plots of a report: SVG elements for a page whose style sheet knows their classes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from voiceflow._draw import Drawing, Line
from voiceflow._svg import label, xml
from voiceflow.bench.figures import CallFigures, Distribution, TurnFigures, WireFigures
from voiceflow.observe.timeline import STAGES_SHOWN, Timeline, TurnPicture, Utterance

_WIDTH, _LEFT, _RIGHT = 1120.0, 150.0, 90.0
_ROW, _BAR = 26.0, 17.0
_PLOT = _WIDTH - _LEFT - _RIGHT


def in_words(seconds: float) -> str:
    """A time as it stands in a plot."""
    if abs(seconds) < 0.01:
        return f"{seconds * 1e3:.2f} ms"
    return f"{seconds * 1e3:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"


def steps(top: float, most: int = 8) -> list[float]:
    """Round numbers from 0 to at least `top`, at most `most` steps of them."""
    if top < 1e-12:  # seconds, shares, bytes: nothing that could be seen
        return [0.0, 1.0]
    least = top / most
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= least * (1 - 1e-9))
    return [n * step for n in range(math.ceil(top / step - 1e-9) + 1)]


@attrs.frozen
class _Axis:
    """Seconds from left to right, 0 at the left."""

    ticks: Sequence[float]

    def x(self, seconds: float) -> float:
        return _LEFT + seconds / self.ticks[-1] * _PLOT

    def draw(self, top: float, bottom: float) -> Iterator[str]:
        for tick in self.ticks:
            x = self.x(tick)
            yield f'<path class="grid" d="M{x:.1f} {top:.0f}V{bottom:.0f}"/>'
            yield label(x, bottom + 15, "tick", "0" if tick == 0 else in_words(tick))


def svg(height: float, title: str, parts: Iterable[str]) -> str:
    """A plot as wide as the page."""
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img" aria-label="{xml(title)}">'
        f"<title>{xml(title)}</title>{''.join(parts)}</svg>"
    )


def key() -> str:
    """What the colours of the stages mean: a list of HTML."""
    items = (
        f'<li><span class="swatch" style="background:{colour}"></span><b>{xml(name)}</b> {xml(meaning)}</li>'
        for name, (colour, meaning) in STAGES_SHOWN.items()
    )
    return f'<ul class="key">{"".join(items)}</ul>'


def waterfall(turn: TurnFigures) -> str:
    """One turn, stage under stage, each beginning where the one before it ended."""
    axis = _Axis(steps(sum(turn.stages.values())))
    bottom = 8 + _ROW * (len(turn.stages) + 1)
    parts = [*axis.draw(4, bottom)]
    at, y = 0.0, 8.0
    for name, seconds in turn.stages.items():
        parts += _segment(axis, name, at, seconds, y)
        x = axis.x(at + seconds)
        parts.append(label(_LEFT - 10, y + 13, "name", name, "end"))
        parts.append(label(x + 6, y + 13, "value", in_words(seconds), "start"))
        at += seconds
        y += _ROW
        parts.append(f'<path class="link" d="M{x:.1f} {y - _ROW + _BAR:.0f}V{y:.0f}"/>')
    parts.append(label(_LEFT - 10, y + 13, "name", "response", "end"))
    parts.append(f'<rect class="whole" x="{_LEFT}" y="{y:.0f}" width="{axis.x(at) - _LEFT:.1f}" height="{_BAR}"/>')
    parts.append(label(axis.x(at) + 6, y + 13, "value", in_words(at), "start"))
    return svg(bottom + 22, f"The stages of turn {turn.turn}", parts)


def _segment(axis: _Axis, name: str, at: float, seconds: float, y: float) -> Iterator[str]:
    colour = STAGES_SHOWN[name][0]
    tip = f"<title>{xml(name)}: {in_words(seconds)}</title>"
    width = max(1.0, axis.x(at + seconds) - axis.x(at))
    yield f'<rect fill="{colour}" x="{axis.x(at):.1f}" y="{y:.0f}" width="{width:.1f}" height="{_BAR}">{tip}</rect>'


def stacks(turns: Sequence[tuple[str, TurnFigures]]) -> str:
    """Every turn in one row, its stages one behind the other."""
    axis = _Axis(steps(max(sum(turn.stages.values()) for _, turn in turns)))
    bottom = 8 + _ROW * len(turns)
    parts = [*axis.draw(4, bottom)]
    for n, (name, turn) in enumerate(turns):
        at, y = 0.0, 8 + _ROW * n
        parts.append(label(_LEFT - 10, y + 13, "name", name, "end"))
        for stage, seconds in turn.stages.items():
            parts += _segment(axis, stage, at, seconds, y)
            at += seconds
        cut = ", interrupted" if turn.interrupted else ""
        parts.append(label(axis.x(at) + 6, y + 13, "value", in_words(at) + cut, "start"))
    return svg(bottom + 22, "The stages of every turn", parts)


def strip(name: str, values: Sequence[float]) -> str:
    """One measure: a dot for each value, the box from the median to the 95th percentile."""
    found = Distribution.of(values)
    p50, p95, most = found.p50 or 0.0, found.p95 or 0.0, found.max or 0.0
    axis = _Axis(steps(most, 6))
    colour = STAGES_SHOWN.get(name, ("#8795a5", ""))[0]
    parts = [*axis.draw(4, 40), label(_LEFT - 10, 27, "name", name, "end")]
    box = max(1.0, axis.x(p95) - axis.x(p50))
    parts.append(
        f'<rect fill="{colour}" fill-opacity=".35" x="{axis.x(p50):.1f}" y="10" width="{box:.1f}" height="24"/>'
    )
    for n, value in enumerate(sorted(values)):
        y = 22 + 4.5 * ((n * 2) % 5 - 2)  # side by side where they are many
        parts.append(f'<circle fill="{colour}" cx="{axis.x(value):.1f}" cy="{y:.1f}" r="3.6"/>')
    parts.append(f'<path class="median" d="M{axis.x(p50):.1f} 7V37"/>')
    for n, (what, value) in enumerate((("p50", p50), ("p95", p95), ("max", most))):
        parts.append(label(_WIDTH - _RIGHT + 14, 12 + 12 * n, "tick", f"{what} {in_words(value)}", "start"))
    return svg(60, f"{name}: p50 {in_words(p50)}, p95 {in_words(p95)}, max {in_words(most)}", parts)


def timeline(number: int, call: CallFigures) -> Timeline:
    """Who spoke when, without their words."""
    return Timeline(tuple(_picture(turn) for turn in call.turns), f"Call {number}")


def _picture(turn: TurnFigures) -> TurnPicture:
    end = turn.cut or turn.ended
    said = () if turn.audible is None or end is None else (Utterance(turn.audible, end),)
    return TurnPicture(turn.turn, tuple(Utterance(*span) for span in turn.speech), said, interrupted=turn.cut)


def heated(drawing: Drawing, wires: Mapping[str, WireFigures]) -> Drawing:
    """The graph, each wire as hot as it was full."""
    found = {tuple(name.rsplit(" -> ", 1)): figures for name, figures in wires.items()}
    edges = tuple(_hot(edge, found) for edge in drawing.edges)
    return attrs.evolve(drawing, edges=edges)


def _hot(edge: Line, wires: Mapping[tuple[str, ...], WireFigures]) -> Line:
    source, target = f"{edge.source}.{edge.outlet}", f"{edge.target}.{edge.inlet}"
    for (sources, into), wire in wires.items():
        enters = into == target and (source in sources.split(" + ") or (sources == "session" and edge.kind == "Prompt"))
        if enters and not edge.signal:
            full = min(1.0, wire.peak / wire.capacity)
            waited = f", {in_words(wire.age)}" if wire.age >= 0.001 else ""
            return attrs.evolve(edge, heat=full, note=f"{full:.0%}{waited}")
    return edge
