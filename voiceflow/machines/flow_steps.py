"""What a flow consists of: steps, and the routes between them.

A step's `then` says where it goes on: the name of a step, or routes, of which the first is taken whose condition holds.
Words are a text, or a function that makes one of the state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

import attrs
from attrs import validators as must

from voiceflow.errors import VoiceflowError
from voiceflow.machines.flow_point import States

S = TypeVar("S")
Words = str | Callable[[S], str]

BACK: Final = "<back>"
"""The route from a digression to where it came from."""


class Refused(ValueError):
    """A value that a validator of the state does not take, with the reason as it is said to the caller."""


def _names(names: str | Iterable[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


@attrs.frozen
class Route(Generic[S]):
    """On to the step `to`, if `when` holds of the state; without it, always.

    The fields in `forget` are None again: they are asked for once more. `label` is for drawings.
    """

    to: str
    when: Callable[[S], bool] | None = None
    forget: Sequence[str] = attrs.field(default=(), kw_only=True, converter=_names)
    label: str = attrs.field(default="", kw_only=True)


Then = str | Route[S] | Sequence[str | Route[S]]


def _routes(then: str | Route[Any] | Iterable[str | Route[Any]] | None) -> tuple[Route[Any], ...]:
    if then is None:
        return ()
    routes: Iterable[str | Route[Any]] = [then] if isinstance(then, str | Route) else then
    return tuple(Route[Any](each) if isinstance(each, str) else each for each in routes)


_above_zero: Any = must.optional(must.gt(0))


@attrs.frozen
class Step(Generic[S]):
    """Base of the steps, which are those of this module."""

    name: str

    @property
    def then(self) -> tuple[Route[S], ...]:
        """Where it goes on, if a route is chosen there."""
        return ()


@attrs.frozen
class Say(Step[S]):
    """The agent says `text`; or what its model writes, told the `instructions`."""

    text: Words[S] = ""
    instructions: str = attrs.field(default="", kw_only=True)
    then: tuple[Route[S], ...] = attrs.field(converter=_routes, kw_only=True)


@attrs.frozen
class Ask(Step[S]):
    """The caller is asked until none of `fields` (by default the one of the step's name) is None; not if none is.

    `read` finds values in the caller's words, by rules: {"guests": 4}, as JSON would have them. Without it the model
    does, told the `instructions`, and answers whatever else the caller says. Values for `also` are taken where the
    caller happens to tell them.

    `question` is said when the step is reached; an empty one leaves it to the model. `again` is said when nothing was
    understood. After `attempts` answers in a row that told nothing new the flow goes on by `otherwise`.
    """

    question: Words[S] = ""
    fields: Sequence[str] = attrs.field(
        default=attrs.Factory(lambda self: (self.name,), takes_self=True), kw_only=True, converter=_names
    )
    also: Sequence[str] = attrs.field(default=(), kw_only=True, converter=_names)
    read: Callable[[str], Mapping[str, Any]] | None = attrs.field(default=None, kw_only=True)
    instructions: str = attrs.field(default="", kw_only=True)
    again: Words[S] = attrs.field(default="", kw_only=True)
    attempts: int | None = attrs.field(default=None, kw_only=True, validator=_above_zero)
    otherwise: tuple[Route[S], ...] = attrs.field(default=None, converter=_routes, kw_only=True)
    then: tuple[Route[S], ...] = attrs.field(converter=_routes, kw_only=True)


@attrs.frozen
class Do(Step[S]):
    """Something is done: `run(state)`, sync (in a thread) or async, gives new values for `fields`, by name.

    It runs once it is certain that the caller has said what led here; no interruption stops it. When it raises, takes
    longer than `within` seconds, or gives what the state refuses, the flow goes on by `otherwise`. So it does when a
    call is resumed in which it had begun, for nobody knows how far it came: unless it is `repeatable`.

    `waiting` is said to a caller who speaks meanwhile.
    """

    run: Callable[[S], Any]
    fields: Sequence[str] = attrs.field(default=(), kw_only=True, converter=_names)
    waiting: Words[S] = attrs.field(default="One moment.", kw_only=True)
    within: float = attrs.field(default=30.0, kw_only=True, validator=must.gt(0))
    repeatable: bool = attrs.field(default=False, kw_only=True)
    otherwise: tuple[Route[S], ...] = attrs.field(converter=_routes, kw_only=True)
    then: tuple[Route[S], ...] = attrs.field(converter=_routes, kw_only=True)


@attrs.frozen
class Pause(Step[S]):
    """Somebody outside the call is to give values for `fields`: a person who is told `about(state)`.

    `text` is said when the step is reached, `waiting` to a caller who speaks meanwhile. After `within` seconds the flow
    goes on by `otherwise`.
    """

    text: Words[S] = ""
    fields: Sequence[str] = attrs.field(
        default=attrs.Factory(lambda self: (self.name,), takes_self=True), kw_only=True, converter=_names
    )
    about: Words[S] = attrs.field(default="", kw_only=True)
    waiting: Words[S] = attrs.field(default="I am still waiting for an answer.", kw_only=True)
    within: float | None = attrs.field(default=None, kw_only=True, validator=_above_zero)
    otherwise: tuple[Route[S], ...] = attrs.field(default=None, converter=_routes, kw_only=True)
    then: tuple[Route[S], ...] = attrs.field(converter=_routes, kw_only=True)


@attrs.frozen
class Split(Step[S]):
    """Several branches begin at once, each with the state as it is, and end where they reach the step `join`.

    There their states become one. A field that one branch has changed has the value of that one; for a field that
    several can change, `merge` says what becomes of the values, in the order of the branches, however late each came.
    One branch at a time speaks with the caller, the first that wants to; what others do goes on meanwhile.
    """

    branches: Sequence[str] = attrs.field(converter=_names)
    join: str
    merge: Mapping[str, Callable[[Sequence[Any]], Any]] = attrs.field(factory=dict[str, Any], kw_only=True)


@attrs.frozen
class End(Step[S]):
    """The flow is over when `text` has been said; with `hang_up`, so is the call."""

    text: Words[S] = ""
    hang_up: bool = attrs.field(default=True, kw_only=True)


@attrs.frozen
class Interrupt:
    """Whatever was asked: a caller whose words `when` is true of goes to the step `to`.

    With `returns` that is a digression, which ends with a route `BACK`: the question that was open is put again.
    """

    to: str
    when: Callable[[str], bool]
    returns: bool = attrs.field(default=False, kw_only=True)


def ways(step: Step[Any]) -> tuple[Route[Any], ...]:
    """All routes that lead out of a step, those to its branches too."""
    branches = _routes(step.branches) if isinstance(step, Split) else ()
    return (*step.then, *cast("tuple[Route[Any], ...]", getattr(step, "otherwise", ())), *branches)


def written(step: Step[Any]) -> frozenset[str]:
    """The fields of the state that a step can change."""
    own = (*getattr(step, "fields", ()), *getattr(step, "also", ()))
    return frozenset([*own, *(name for route in ways(step) for name in route.forget)])


@attrs.frozen
class Course:
    """Steps, by name, the interrupts, and what is said to a caller who was not understood at all."""

    steps: Mapping[str, Step[Any]]
    start: str
    states: States
    interrupts: Sequence[Interrupt] = ()
    unclear: str = "Sorry, I did not get that."


def merged(states: States, before: Any, after: Sequence[Any], split: Split[Any]) -> Any:
    """What branches have made of the state `before`, in one."""
    values: dict[str, Any] = {}
    for name in states.names:
        old = getattr(before, name)
        new = [value for state in after if (value := getattr(state, name)) != old]
        if new:
            values[name] = split.merge[name](new) if name in split.merge else new[-1]
    try:
        return states.change(before, values)
    except (ValueError, TypeError) as error:
        raise VoiceflowError(f"what the branches of {split.name!r} found out cannot be joined: {error}") from error
