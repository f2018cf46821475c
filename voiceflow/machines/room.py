"""A room as a machine: who is in it, whom the agent hears, and when it ends. Instants are integer nanoseconds.

    waiting --join--> open --the last one leaves--> empty --join--> open
    waiting --`first_within`--> over: nobody came
    empty   --`empty_for`-----> over: empty

Each method gives what is to be done about it, in order. When a room is over, nothing more comes of it.
"""

from __future__ import annotations

from typing import Final, Literal

import attrs
from attrs import validators as are

_SECOND: Final = 1_000_000_000
LONGEST_NAME: Final = 40


@attrs.frozen
class RoomSettings:
    """How many may be in a room, and how long it is kept while nobody is.

    Args:
        participants: at once.
        first_within: seconds within which the first one comes.
        empty_for: seconds after the last one left; who comes meanwhile finds the room as it was.
    """

    participants: int = attrs.field(default=10, validator=are.ge(1))
    first_within: float = attrs.field(default=90.0, validator=are.gt(0.0))
    empty_for: float = attrs.field(default=5.0, validator=are.ge(0.0))


@attrs.frozen
class Present:
    """All are to be told who is there, and whom the agent hears (None: everybody)."""

    participants: tuple[str, ...]
    hears: str | None


@attrs.frozen
class Said:
    """A message for those in `to`."""

    sender: str
    text: str = attrs.field(repr=False)
    to: tuple[str, ...]
    private: bool = False
    """Whether it is for one alone."""


@attrs.frozen
class Over:
    """The room has ended."""

    reason: str


Command = Present | Said | Over


class NotIn(ValueError):
    """Somebody is not in the room, or cannot be."""

    def __init__(self, why: Literal["full", "over", "nobody"], detail: str) -> None:
        super().__init__(detail)
        self.why = why


def good_name(name: str) -> bool:
    """Whether a room or somebody in it can be called so: 1 to 40 characters that can be printed, none around it."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()


@attrs.define
class Room:
    """One room from `opened` to its end."""

    opened: int
    settings: RoomSettings = attrs.field(factory=RoomSettings)
    reason: str = attrs.field(default="", init=False)
    """Why it ended; "" while it has not."""
    hears: str | None = attrs.field(default=None, init=False)
    """Whom the agent hears; None for everybody."""
    _in: dict[str, None] = attrs.field(factory=dict[str, None], init=False)
    _due: int | None = attrs.field(init=False)
    _lacks: str = attrs.field(default="nobody came", init=False)
    """Why it ends when `_due` has come."""
    _guests: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._due = self.opened + round(self.settings.first_within * _SECOND)

    @property
    def participants(self) -> tuple[str, ...]:
        """In the order in which they came."""
        return tuple(self._in)

    def present(self) -> Present:
        """What somebody who comes in is to be told."""
        return Present(self.participants, self.hears)

    def due(self) -> int | None:
        """When `tick` is to be called, if nothing happens before; None for never."""
        return self._due

    def guest(self) -> str:
        """A name for somebody who has none."""
        while True:
            self._guests += 1
            if f"guest {self._guests}" not in self._in:
                return f"guest {self._guests}"

    def join(self, name: str, now: int) -> list[Command]:
        """Somebody comes in, or again: who is there by this name already makes room for them.

        Raises:
            NotIn: it is full, or over.
        """
        if self.reason or self._is_due(now):
            raise NotIn("over", "the room is over")
        if name not in self._in and len(self._in) >= self.settings.participants:
            raise NotIn("full", f"a room has at most {self.settings.participants} participants")
        self._in[name], self._due = None, None
        return [self.present()]

    def leave(self, name: str, now: int) -> list[Command]:
        """Somebody goes; the agent hears everybody again if it was to hear them alone."""
        if self.reason or name not in self._in:
            return []
        del self._in[name]
        if self.hears == name:
            self.hears = None
        if not self._in:
            self._due, self._lacks = now + round(self.settings.empty_for * _SECOND), "empty"
        return [self.present(), *self.tick(now)]

    def hear(self, name: str | None) -> list[Command]:
        """From now on the agent hears this one alone, or (None) everybody.

        Raises:
            NotIn: nobody of this name is there.
        """
        if name is not None:
            self._check_in(name)
        self.hears = name
        return [self.present()]

    def say(self, sender: str, text: str, to: str | None = None) -> list[Command]:
        """A message from one participant to another, or (None) to all others.

        Raises:
            NotIn: one of the two is not there.
        """
        self._check_in(sender)
        if to is not None:
            self._check_in(to)
        others = tuple(each for each in self._in if each != sender) if to is None else (to,)
        return [Said(sender, text, others, to is not None)]

    def tick(self, now: int) -> list[Command]:
        """The time is `now`."""
        return self.close(self._lacks) if self._is_due(now) else []

    def close(self, reason: str) -> list[Command]:
        """It ends, whoever is there."""
        if self.reason:
            return []
        self.reason, self._due, self.hears = reason, None, None
        self._in.clear()
        return [Over(reason)]

    def _is_due(self, now: int) -> bool:
        return self._due is not None and now >= self._due

    def _check_in(self, name: str) -> None:
        if name not in self._in:
            raise NotIn("nobody", "nobody of this name is in the room")
