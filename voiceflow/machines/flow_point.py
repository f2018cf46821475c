"""Where a flow stands, what can happen to it, and what is to be done then: values, of which `flow` knows the rules.

A flow has threads: one, and within a split one more for each branch. A thread stands at a step, in a phase: it asks the
caller, has the model tell something, waits for its turn to ask, for what is being done, for somebody outside, or for
the branches that it was split into. One thread at most asks or tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import attrs

from voiceflow.machines.answer_stream import Found

Phase = Literal["new", "enter", "ask", "tell", "queue", "do", "pause", "split", "joined", "ended"]


# Where it stands


@attrs.frozen
class Thread:
    """One way through a flow. `path` is () for the flow itself, and the branch's number behind that of its split.

    `attempts` counts answers that told nothing new. What is done and what is waited for bears the number `serial`.
    `back` are the steps to return to, the last one first.
    """

    path: tuple[int, ...]
    at: str
    phase: Phase
    state: Any
    attempts: int = 0
    serial: int = 0
    back: tuple[str, ...] = ()


@attrs.frozen
class Point:
    """Where a flow stands."""

    threads: tuple[Thread, ...]
    serial: int = 0

    @property
    def state(self) -> Any:
        """The flow's; what branches have found out is in it when they have joined."""
        return self.threads[0].state

    @property
    def at(self) -> tuple[str, ...]:
        """The steps at which it stands, that of a split before those of its branches."""
        return tuple(thread.at for thread in self.threads)

    @property
    def begun(self) -> bool:
        return self.threads[0].phase != "new"

    @property
    def ended(self) -> bool:
        return self.threads[0].phase == "ended"

    def thread(self, *phases: Phase) -> Thread | None:
        """The first that is in one of these phases."""
        return next((thread for thread in self.threads if thread.phase in phases), None)


# What happens


@attrs.frozen
class Turned:
    """It is the agent's turn: the caller has said `words`, or nothing."""

    words: str = ""


@attrs.frozen
class Answered:
    """The model has answered, as `Converse` wanted."""

    found: Found


@attrs.frozen
class Done:
    """What was done is done, and gave these values."""

    serial: int
    values: Mapping[str, Any]


@attrs.frozen
class Failed:
    """What was done has failed."""

    serial: int


@attrs.frozen
class Given:
    """Somebody outside gave these JSON values at the step `step`."""

    step: str
    values: Mapping[str, Any]


@attrs.frozen
class Late:
    """Nobody outside gave anything in time."""

    serial: int


Event = Turned | Answered | Done | Failed | Given | Late


# What is to be done


@attrs.frozen
class Speak:
    """Say this."""

    text: str


@attrs.frozen
class Converse:
    """Let the model speak, at the step `step`, and tell what it found out of `fields`; an `Answered` follows.

    `opening` says that the caller was not asked yet.
    """

    step: str
    fields: tuple[str, ...] = ()
    opening: bool = False


@attrs.frozen
class Run:
    """Do what the step `step` does, with `state`; a `Done` or a `Failed` with this serial follows."""

    step: str
    serial: int
    state: Any


@attrs.frozen
class Await:
    """Tell somebody outside `about` the step `step`; a `Given` may follow, and a `Late` does after `within` seconds."""

    step: str
    serial: int
    about: str
    within: float | None


@attrs.frozen
class HangUp:
    """End the call when all is said."""


Action = Speak | Converse | Run | Await | HangUp


@attrs.frozen
class Stepped:
    """Where a flow stands now, and what is to be done, in this order."""

    point: Point
    actions: tuple[Action, ...] = ()


# What it is about


@attrs.frozen
class Taken:
    """A state with new values: whether there are any, and for the fields that were `refused`, why."""

    state: Any
    new: bool = False
    refused: Mapping[str, str] = attrs.field(factory=dict[str, str])


class States(Protocol):
    """What is done with states, whatever their class."""

    @property
    def names(self) -> Sequence[str]:
        """Of the fields that a state has."""
        ...

    def missing(self, state: Any, names: Sequence[str]) -> tuple[str, ...]:
        """Of these fields, those that are None."""
        ...

    def take(self, state: Any, values: Mapping[str, Any], names: Sequence[str]) -> Taken:
        """The state with the JSON values of these fields; what is null is left as it was."""
        ...

    def change(self, state: Any, values: Mapping[str, Any]) -> Any:
        """The state with other values. Raises `ValueError` or `TypeError` when it does not take them."""
        ...
