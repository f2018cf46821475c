"""Whether a flow can be gone through: every mistake that shows before a call is a `GraphError` here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import attrs

from voiceflow.errors import GraphError
from voiceflow.flow.state import StateKind
from voiceflow.machines.flow_steps import BACK, Ask, Interrupt, Pause, Route, Say, Split, Step, ways, written


def by_name(flow: str, steps: Iterable[Step[Any]]) -> dict[str, Step[Any]]:
    """The steps of a flow. Raises `GraphError` for none, one without a name, or two of the same."""
    found: dict[str, Step[Any]] = {}
    for step in steps:
        if not step.name or step.name == BACK:
            raise GraphError(f"the flow {flow!r}: a {type(step).__name__} has the name {step.name!r}; give it another")
        if found.setdefault(step.name, step) is not step:
            raise GraphError(f"the flow {flow!r} has two steps {step.name!r}; give one of them another name")
    if not found:
        raise GraphError(f"the flow {flow!r} has no steps; begin with an Ask or a Say")
    return found


@attrs.frozen
class Shape:
    """A flow, as far as its steps and routes go."""

    name: str
    start: str
    steps: Mapping[str, Step[Any]]
    interrupts: Sequence[Interrupt]
    states: StateKind
    state: Any

    def check(self) -> None:
        """Raises `GraphError` for the first mistake."""
        for look in _CHECKS:
            look(self)

    def wrong(self, step: str, what: str) -> GraphError:
        return GraphError(f"the flow {self.name!r}, step {step!r}: {what}")

    def reached(self, starts: Iterable[str], until: Collection[str] = ()) -> set[str]:
        """The steps that can be reached from these, not going on behind those in `until`."""
        found: set[str] = set()
        frontier = list(starts)
        while frontier:
            name = frontier.pop()
            if name in found or name == BACK or name in until:
                continue
            found.add(name)
            step = self.steps[name]
            frontier += [route.to for route in ways(step)]
            frontier += [step.join] if isinstance(step, Split) else []
        return found


def _targets(flow: Shape) -> None:
    known = ", ".join(flow.steps)
    if flow.start not in flow.steps:
        raise GraphError(f"the flow {flow.name!r} starts at {flow.start!r}; there are the steps {known}")
    for step in flow.steps.values():
        joins = [step.join] if isinstance(step, Split) else []
        for name in [*(route.to for route in ways(step)), *joins]:
            if name not in flow.steps and name != BACK:
                raise flow.wrong(step.name, f"a route goes to {name!r}; there are the steps {known}")
    for interrupt in flow.interrupts:
        if interrupt.to not in flow.steps:
            raise GraphError(f"the flow {flow.name!r}: an interrupt goes to {interrupt.to!r}; there are {known}")


def _routes(flow: Shape) -> None:
    for step in flow.steps.values():
        for which in ("then", "otherwise"):
            routes: tuple[Route[Any], ...] = getattr(step, which, ())
            for route in routes[:-1]:
                if route.when is None:
                    raise flow.wrong(step.name, f"routes of {which!r} behind that to {route.to!r}, which has no `when`")
            if routes and routes[-1].when is not None:
                raise flow.wrong(
                    step.name,
                    f"no route of {which!r} is left when {routes[-1].to!r} is not to be taken; "
                    "end with one that has no `when`",
                )
        if not step.then and _goes_on(step):
            raise flow.wrong(step.name, "`then` is empty; say which step comes next, or make it an End")


def _goes_on(step: Step[Any]) -> bool:
    return hasattr(step, "otherwise") or isinstance(step, Say)


def _ways_out(flow: Shape) -> None:
    for step in flow.steps.values():
        limit: dict[str, float | None] = {"attempts": step.attempts} if isinstance(step, Ask) else {}
        limit = {"within": step.within} if isinstance(step, Pause) else limit
        for setting, value in limit.items():
            if value is not None and not ways(step)[len(step.then) :]:
                raise flow.wrong(
                    step.name, f"{setting}={value:g} has no way out; say `otherwise`, the step that follows"
                )
            if value is None and ways(step)[len(step.then) :]:
                raise flow.wrong(step.name, f"`otherwise` is never taken without {setting}; give it, or leave it out")
        if isinstance(step, Say) and bool(step.text) == bool(step.instructions):
            raise flow.wrong(step.name, "a Say has a text, or instructions for the model: one of the two")


def _fields(flow: Shape) -> None:
    known = ", ".join(flow.states.fields)
    for step in flow.steps.values():
        for name in sorted(written(step)):
            if name not in flow.states.fields:
                raise flow.wrong(step.name, f"{name!r} is no field of {flow.states.cls.__name__}, which has {known}")
        asked = step.fields if isinstance(step, Ask | Pause) else ()
        if isinstance(step, Ask | Pause) and not asked:
            raise flow.wrong(step.name, "it asks for no field; name one at least")
        for name in [*asked, *(name for route in ways(step) for name in route.forget)]:
            if getattr(flow.state, name) is not None:
                raise flow.wrong(
                    step.name, f"{name!r} begins as {getattr(flow.state, name)!r}; what is asked for begins as None"
                )


def _all_are_reached(flow: Shape) -> None:
    found = flow.reached([flow.start, *(interrupt.to for interrupt in flow.interrupts)])
    for name in flow.steps:
        if name not in found:
            raise flow.wrong(name, "no route leads to it; add one, or leave the step out")


def _back(flow: Shape) -> None:
    others = [interrupt.to for interrupt in flow.interrupts if not interrupt.returns]
    usual = flow.reached([flow.start, *others])
    for name in flow.steps:
        if name in usual and any(route.to == BACK for route in ways(flow.steps[name])):
            raise flow.wrong(
                name,
                "it goes BACK, and can be reached without an Interrupt(returns=True), from where there is no way back",
            )


def _splits(flow: Shape) -> None:
    for step in flow.steps.values():
        if not isinstance(step, Split):
            continue
        if len(step.branches) < 2:
            raise flow.wrong(step.name, f"a Split has two branches at least; got {len(step.branches)}")
        insides = [flow.reached([branch], until=(step.join,)) for branch in step.branches]
        for branch, inside in zip(step.branches, insides, strict=True):
            if branch == step.join or not any(
                route.to == step.join for name in inside for route in ways(flow.steps[name])
            ):
                raise flow.wrong(step.name, f"the branch {branch!r} never reaches {step.join!r}, where branches join")
        changes = [set[str]().union(*(written(flow.steps[name]) for name in inside)) for inside in insides]
        for (one, ones), (other, others) in combinations(zip(step.branches, changes, strict=True), 2):
            for name in sorted(ones & others - step.merge.keys()):
                raise flow.wrong(
                    step.name,
                    f"the branches {one!r} and {other!r} can both change {name!r}; "
                    f"say what becomes of it: Split(..., merge={{{name!r}: ...}})",
                )
        for name in step.merge.keys() - set[str]().union(*changes):
            raise flow.wrong(step.name, f"merge has {name!r}, which no branch changes")


def _circles(flow: Shape) -> None:
    """Of steps that only speak; one in which something is asked may be left when it is known."""
    for step in flow.steps.values():
        at, seen = step, list[str]()
        while isinstance(at, Say) and not at.instructions and len(at.then) == 1 and at.then[0].to != BACK:
            seen.append(at.name)
            at = flow.steps[at.then[0].to]
            if at.name in seen:
                raise flow.wrong(
                    step.name, f"it goes in a circle in which nobody is asked: {' -> '.join([*seen, at.name])}"
                )


_CHECKS: Final[Sequence[Callable[[Shape], None]]] = (
    _targets,
    _routes,
    _ways_out,
    _fields,
    _all_are_reached,
    _back,
    _splits,
    _circles,
)
