"""How one value is got out of a conversation: offered, read back, confirmed or refused, and given up in the end.

offer(text) --unclear--> Again (Enough, when that was one try too many)
            --clear----> Settled, or SayBack where it is to be confirmed
confirm()   ------------> Settled, if something was offered in an earlier turn of the user, else Again
refuse()    ------------> Again, or Enough
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import attrs

from voiceflow.machines.spoken_values import Unclear

T = TypeVar("T")


@attrs.frozen
class Settled(Generic[T]):
    """This is the value."""

    value: T


@attrs.frozen
class SayBack:
    """The user is to hear it like this, and to say whether it is right."""

    words: str


@attrs.frozen
class Again:
    """The user is to be asked once more; `why` says what was expected."""

    why: str


@attrs.frozen
class Enough:
    """It was asked often enough."""

    why: str


@attrs.define
class Collecting(Generic[T]):
    """One value, in at most so many `attempts`; `turn` numbers what the user said."""

    read: Callable[[str], T]
    words: Callable[[T], str] = str
    """How a value is read back."""
    confirmed: bool = True
    """Whether the user must say that it is right."""
    attempts: int = 3
    value: T | None = attrs.field(default=None, init=False)
    """What waits for a yes."""
    _turn: int = attrs.field(default=0, init=False)
    _failed: int = attrs.field(default=0, init=False)

    def offer(self, text: str, turn: int) -> Settled[T] | SayBack | Again | Enough:
        """This may be it."""
        try:
            value = self.read(text)
        except Unclear as unclear:
            return self._fail(str(unclear))
        if not self.confirmed:
            return Settled(value)
        self.value, self._turn = value, turn
        return SayBack(self.words(value))

    def confirm(self, turn: int) -> Settled[T] | Again:
        """The user says that it is right."""
        if self.value is None:
            return Again("nothing was offered yet")
        if turn <= self._turn:
            return Again("the user has not been asked yet whether it is right")
        return Settled(self.value)

    def refuse(self) -> Again | Enough:
        """The user says that it is wrong."""
        self.value = None
        return self._fail("the user said that it was not right")

    def _fail(self, why: str) -> Again | Enough:
        self._failed += 1
        return Enough(why) if self._failed >= self.attempts else Again(why)
