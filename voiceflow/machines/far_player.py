"""The far end of a call that plays what it is sent: how much of which turn has sounded, and what was missing."""

from __future__ import annotations

import attrs
from attrs import validators as are

_SECOND = 1_000_000_000


@attrs.define
class FarPlayer:
    """Plays turns at `rate` Hz, each sample as soon as it is there. Instants are integer nanoseconds.

    A turn that comes takes the place of the one before it.
    """

    rate: int = attrs.field(validator=are.gt(0))
    turn: int = attrs.field(default=0, init=False)
    end: int = attrs.field(default=0, init=False)
    """The sample behind the last that came."""
    missed: int = attrs.field(default=0, init=False)
    """Samples of silence that stood in this turn because nothing was there."""
    underruns: int = attrs.field(default=0, init=False)
    """How often that was, in all turns."""
    _known: tuple[int, int] = attrs.field(default=(0, 0), init=False)
    """A position, and when it was that."""
    _stopped: int | None = attrs.field(default=None, init=False)
    _held: bool = attrs.field(default=False, init=False)
    """Whether it is silent because it was told to be, until more comes."""

    def push(self, turn: int, position: int, samples: int, now: int) -> int:
        """Samples of a turn came. How many of them, from the end, are new."""
        if turn < self.turn or (turn == self.turn and self._stopped is not None):
            return 0
        if turn > self.turn:
            self.turn, self.end, self.missed, self._known, self._stopped = turn, position, 0, (position, now), None
            self._held = False
        new = max(0, min(samples, position + samples - self.end))
        if new and self.position(now) == self.end:
            silent = 0 if self._held else max(0, now - self.dry) * self.rate // _SECOND
            self.missed += silent
            self.underruns += silent > 0
            self._known = self.end, now
        self._held = self._held and not new
        self.end += new
        return new

    def position(self, now: int) -> int:
        """Samples of the turn that have sounded."""
        if self._stopped is not None:
            return self._stopped
        known, at = self._known
        return min(self.end, known + max(0, now - at) * self.rate // _SECOND)

    def playing(self, now: int) -> bool:
        """Whether something sounds."""
        return self._stopped is None and self.position(now) < self.end

    def clear(self, turn: int, now: int) -> None:
        """Be silent, if this is the turn that plays."""
        if turn == self.turn and self._stopped is None:
            self._stopped = self.position(now)

    def hold(self, turn: int, now: int) -> int:
        """Be silent, if this is the turn that plays, and go on with what comes from here. How much of it sounded."""
        if turn != self.turn:
            return 0
        self.end, self._held = self.position(now), True
        self._known = self.end, now
        return self.end

    @property
    def dry(self) -> int:
        """The instant at which all that came had sounded."""
        known, at = self._known
        return at + (self.end - known) * _SECOND // self.rate
