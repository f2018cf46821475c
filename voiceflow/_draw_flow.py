"""A flow as a drawing: its steps, and the routes between them, those that lead back dashed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from voiceflow._draw import Box, Drawing, Line
from voiceflow.flow import BACK, Flow, Route, Split, Step

_ANYWHERE = "(anywhere)"
"""Where the caller interrupts, and digressions lead back to."""


def drawing(flow: Flow[Any]) -> Drawing:
    """What is drawn of a flow."""
    boxes = [Box(name, type(step).__name__, flow.name) for name, step in flow.steps.items()]
    if flow.interrupts:
        boxes.append(Box(_ANYWHERE, "Interrupt", flow.name))
    return Drawing(tuple(boxes), tuple(_lines(flow)), legend=(), dashed="back")


def _lines(flow: Flow[Any]) -> Iterator[Line]:
    place = {name: number for number, name in enumerate(_order(flow))}
    for name, step in flow.steps.items():
        for told, target in _ways(step):
            back = target == BACK or place[target] <= place[name]
            yield Line(name, told, _ANYWHERE if target == BACK else target, told, "", signal=back)
    for interrupt in flow.interrupts:
        told = _name(interrupt.when)
        yield Line(_ANYWHERE, told, interrupt.to, told, "")


def _ways(step: Step[Any]) -> Iterator[tuple[str, str]]:
    """Under what condition it goes on, and where to."""
    for way in ("then", "otherwise"):
        routes: tuple[Route[Any], ...] = getattr(step, way, ())
        for route in routes:
            plain = way if len(routes) == 1 or way == "otherwise" else "else"
            yield route.label or (plain if route.when is None else _name(route.when)), route.to
    if isinstance(step, Split):
        for branch in step.branches:
            yield "at once", branch


def _order(flow: Flow[Any]) -> list[str]:
    """The steps as they are reached, each behind those that lead to it, as far as there are no circles."""
    found: list[str] = []

    def go(name: str, on_the_way: frozenset[str]) -> None:
        if name in found or name in on_the_way or name == BACK:
            return
        for _, target in reversed([*_ways(flow.steps[name])]):
            go(target, on_the_way | {name})
        found.insert(0, name)

    for start in (*reversed([interrupt.to for interrupt in flow.interrupts]), flow.start):
        go(start, frozenset())
    return found


def _name(function: Any) -> str:
    name = str(getattr(function, "__name__", "if"))
    return "if" if name == "<lambda>" else name.strip("_").replace("_", " ")
