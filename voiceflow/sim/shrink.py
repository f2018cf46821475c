"""From a script that breaks a rule to a shorter one that breaks it too.

Delta debugging over what is done and what goes wrong (Zeller and Hildebrandt, 2002), then over words, settings and
times: whatever can be left out, is; whatever can be as it is by default, becomes so.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import attrs

from voiceflow._frozen import frozen
from voiceflow.errors import GraphError
from voiceflow.sim.examine import examine
from voiceflow.sim.script import Act, Fault, Script, Setup

T = TypeVar("T")

TRIES = 600
"""Conversations that shrinking may run."""


def shrink(script: Script, rule: str, tries: int | None = None) -> Script:
    """The shortest script found that breaks the rule of this name, as this one does."""

    def breaks(candidate: Script) -> bool:
        try:
            return any(breach.rule == rule for breach in examine(candidate, id)[1])
        except GraphError:  # settings that do not go together
            return False

    gc.collect()
    with frozen():  # what was there before is not looked through again and again
        return shortest(script, breaks, TRIES if tries is None else tries)


def shortest(script: Script, breaks: Callable[[Script], bool], tries: int = TRIES) -> Script:
    """The shortest script found for which `breaks` still holds."""
    seen: set[Script] = {script}
    while (found := _shorter(script, breaks, seen, tries)) is not None:
        script = found
    return script


def _shorter(script: Script, breaks: Callable[[Script], bool], seen: set[Script], tries: int) -> Script | None:
    size = _size(script)
    for candidate in _candidates(script):
        if candidate in seen or _size(candidate) >= size:
            continue
        if len(seen) > tries:
            return None
        seen.add(candidate)
        if breaks(candidate):
            return candidate
    return None


def _size(script: Script) -> tuple[int, ...]:
    """What counts, first first: deeds and faults, words, settings that differ from the default, and times."""
    values = [
        getattr(each, name)
        for each in (*script.acts, *script.faults)
        for name in ("after", "ms", "at", "job")
        if hasattr(each, name)
    ]
    changed = sum(getattr(script.setup, field.name) != field.default for field in attrs.fields(Setup)[1:])
    return len(script.acts) + len(script.faults), script.size, changed, script.setup.seconds, sum(values)


def _candidates(script: Script) -> Iterator[Script]:
    for acts in _fewer(script.acts):
        yield attrs.evolve(script, acts=acts)
    for faults in _fewer(script.faults):
        yield attrs.evolve(script, faults=faults)
    for setup in _plainer(script.setup):
        yield attrs.evolve(script, setup=setup)
    for place, act in enumerate(script.acts):
        shorter: list[dict[str, Any]] = [{"words": words} for words in _fewer(act.words) if words]
        for change in [*shorter, *_rounder(act, ("after", "ms"))]:
            yield attrs.evolve(script, acts=_with(script.acts, place, attrs.evolve(act, **change)))
    for place, fault in enumerate(script.faults):
        for change in _rounder(fault, ("at", "ms", "job")):
            yield attrs.evolve(script, faults=_with(script.faults, place, attrs.evolve(fault, **change)))


def _fewer(all_: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """Without one half, a quarter, ... one of them."""
    size = len(all_)
    while size:
        for start in range(0, len(all_), size):
            yield (*all_[:start], *all_[start + size :])
        size //= 2


def _plainer(setup: Setup) -> Iterator[Setup]:
    for field in attrs.fields(Setup):
        if field.name != "seconds" and getattr(setup, field.name) != field.default:
            yield _with_default(setup, field)
    for seconds in (5, 10, 20, 30, 45):
        if seconds < setup.seconds:
            yield attrs.evolve(setup, seconds=seconds)


def _with_default(setup: Setup, field: attrs.Attribute[Any]) -> Setup:
    change: dict[str, Any] = {field.name: field.default}
    return attrs.evolve(setup, **change)


def _rounder(value: Act | Fault, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        now: int = getattr(value, name)
        yield from ({name: less} for less in sorted({0, 100, 500, now // 2}) if less < now)


def _with(all_: tuple[T, ...], place: int, value: T) -> tuple[T, ...]:
    return (*all_[:place], value, *all_[place + 1 :])
