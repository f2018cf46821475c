"""Sound that is played far away: when each block of it leaves, and how much has sounded there.

Blocks leave on a schedule of the sender's own clock, a cushion ahead of it: what left too late for its place, because
there was nothing to send, begins a new run. How much has sounded is what the far player says (a mark), and the clock
counts on from there; it cannot count past what was sent. Who stops saying so is sent no more than a backlog of sound,
so that a count that nobody confirms stays within that, too.
"""

from __future__ import annotations

import attrs
from attrs import validators as are

_SECOND = 1_000_000_000


@attrs.define(on_setattr=attrs.setters.NO_OP)  # what moves at every block has nothing to validate
class FarCursor:
    """One turn on its way to a far player: samples at `rate` Hz, against instants in integer nanoseconds."""

    rate: int = attrs.field(validator=are.gt(0))
    sent: int = attrs.field(default=0, init=False)
    told: int = attrs.field(default=0, init=False)
    """How much of it the far player said it has played."""
    reached: int = attrs.field(default=0, init=False)
    """How much of it was ever sent: a far player may have played of that what was taken back here."""
    dry: int = attrs.field(default=0, init=False)
    """Samples of time in which there was nothing to send, though more came later."""
    _run: tuple[int, int] | None = attrs.field(default=None, init=False)
    """The first sample of the present run, and the instant for which it is due."""
    _broken: bool = attrs.field(default=False, init=False)
    """Whether what is sent next begins a run, whenever it leaves."""
    _heard: tuple[int, int] = attrs.field(default=(0, 0), init=False)
    """A position, and when it was that."""
    _dropped: int | None = attrs.field(default=None, init=False)

    @property
    def backlog(self) -> int:
        """Samples that were sent and are not known to have sounded."""
        return self.sent - self.told

    @property
    def dropped(self) -> bool:
        """Whether the position is frozen for good."""
        return self._dropped is not None

    def due(self, ahead: int, now: int) -> int:
        """The instant at which the next sample may leave, `ahead` nanoseconds before it is to sound."""
        return now if self._begins(now) else self._slot() - ahead

    def place(self, sample: int) -> int:
        """Where a sample of the present run, or the one behind its last, stands on the clock, in samples."""
        if self._run is None:
            return 0
        first, at = self._run
        return at * self.rate // _SECOND + sample - first

    def push(self, samples: int, now: int) -> None:
        """So many samples leave. Their place: in a run, right behind those before; else that of `now`.

        Raises:
            ValueError: the count is negative, or the turn was dropped.
        """
        if samples < 0 or self.dropped:
            raise ValueError(f"nothing can be sent to a dropped cursor, nor {samples} samples; sent {self.sent}")
        if self._begins(now):
            paused = self._run is None or self._broken
            self.dry += 0 if paused else (now - self._slot()) * self.rate // _SECOND
            self._run, self._broken = (self.sent, now), False
        if self.position(now) == self.sent:
            self._heard = self.sent, now
        self.sent += samples
        self.reached = max(self.reached, self.sent)

    def mark(self, position: int, now: int) -> bool:
        """The far player has played so much. Whether that counts: less than it said before is late and does not.

        It may be more than is sent, where some was taken back: then `take_back(told)` is due.
        """
        if self.dropped or not self.told <= position:
            return False
        self.told = min(position, self.reached)
        self._heard = self.told, now
        return True

    def settle(self) -> None:
        """The turn has been taken to its end: all that was sent has sounded, and what says less now says it late."""
        self.told = self.sent
        self._heard = self.sent, self._heard[1]

    def position(self, now: int) -> int:
        """Samples that have sounded at `now`, or had when the turn was dropped: 0 to `sent`."""
        if self._dropped is not None:
            return self._dropped
        known, at = self._heard
        return min(self.sent, known + max(0, now - at) * self.rate // _SECOND)

    def end(self) -> int:
        """The instant at which all that was sent has sounded, by what is known now."""
        known, at = self._heard
        return at - -(self.sent - known) * _SECOND // self.rate

    def take_back(self, heard: int) -> None:
        """Of what was ever sent, what is behind sample `heard` will not sound: what is sent next goes on from there.

        Raises:
            ValueError: less was heard than the far player told, or more than was ever sent.
        """
        if not self.told <= heard <= self.reached:
            raise ValueError(f"what was heard is {self.told} to {self.reached} samples; got {heard}")
        self.sent, self._broken = heard, True
        self._heard = min(self._heard[0], heard), self._heard[1]

    def drop(self, now: int) -> int:
        """The position at `now`, which stays for good."""
        self._dropped = self.position(now)
        return self._dropped

    def _begins(self, now: int) -> bool:
        """Whether what leaves now begins a run."""
        return self._run is None or self._broken or self._slot() < now

    def _slot(self) -> int:
        assert self._run is not None
        first, at = self._run
        return at + (self.sent - first) * _SECOND // self.rate


@attrs.define(on_setattr=attrs.setters.NO_OP)  # what moves at every word of a player has nothing to validate
class Cushion:
    """How far ahead of the ear sound is sent: `least` seconds on a good line, up to `most` on one that misses some.

    Each silence that a player had to put in makes it larger by that much and a half; `calm` seconds of sound without
    any take a fifth of what is above the least.
    """

    least: float = attrs.field(default=0.06, validator=are.ge(0.0))
    most: float = attrs.field(default=0.5, validator=are.ge(0.0))
    calm: float = attrs.field(default=10.0, validator=are.gt(0.0))
    seconds: float = attrs.field(init=False)
    missed: int = attrs.field(default=0, init=False)
    """How often a player had nothing to play."""
    _since: float = attrs.field(default=0.0, init=False)

    def __attrs_post_init__(self) -> None:
        if self.most < self.least:
            raise ValueError(f"most is no less than least ({self.least:g} s); got {self.most:g}")
        self.seconds = self.least

    @property
    def ahead(self) -> int:
        """Nanoseconds."""
        return round(self.seconds * _SECOND)

    def miss(self, seconds: float) -> None:
        """So much silence stood where sound should have been."""
        self.missed += 1
        self._since = 0.0
        self.seconds = min(self.most, self.seconds + 1.5 * seconds)

    def played(self, seconds: float) -> None:
        """So much sounded without any."""
        self._since += seconds
        while self._since >= self.calm:
            self._since -= self.calm
            self.seconds = self.least + 0.8 * (self.seconds - self.least)
