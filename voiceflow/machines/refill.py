"""How a device's own buffer is kept full: never begun by halves, and begun anew when it has run dry."""

from __future__ import annotations

import attrs
from attrs import validators as are

_SECOND = 1_000_000_000


@attrs.frozen
class Dose:
    """What a device is to be given now: so much silence, in one piece, or so much sound."""

    silence: int = 0
    sound: int = 0
    missed: int = 0
    """Samples of time for which it had nothing to play by now."""


@attrs.define
class Refill:
    """Keeps a buffer of `capacity` samples at `rate` Hz full, in whole blocks of `block` samples.

    A device begins to play with the first piece that it is given, and takes several blocks at once when it begins. So
    it is first given all the silence that it can hold, and sound only behind that; and so again whenever all of it is
    free, for then it has run dry. Sound that is given to an empty device is lost piece by piece: it runs dry, is begun
    anew, and throws away what it held, over and over.
    """

    rate: int = attrs.field(validator=are.gt(0))
    capacity: int = attrs.field(validator=are.ge(1))
    block: int = attrs.field(validator=are.ge(1))
    late: int = attrs.field(default=0, init=False)
    """Samples by which sound came later than it would have because it had run dry, in all; exact to a block or two."""
    _empty: bool = attrs.field(default=True, init=False)
    _until: int | None = attrs.field(default=None, init=False)
    """The instant at which what it holds is over; None before it begins."""

    def due(self, free: int, now: int) -> Dose:
        """What to give when it has room for `free` samples, at `now` (nanoseconds of any clock)."""
        dry, sound = self._empty or free >= self.capacity, free // self.block * self.block
        if not dry and not sound:
            return Dose()
        missed = self._missed(free, now)
        self.late += missed
        if dry:
            return self._begin(free, missed, now)
        self._holds(self.capacity - free + sound, now)
        return Dose(sound=sound, missed=missed)

    def wait(self, free: int) -> float:
        """Seconds until there is room for a block, if it had room for `free` samples just now."""
        return max(0, self.block - free) / self.rate

    def ran_dry(self) -> None:
        """The device says that what it was given last came too late."""
        self._empty = True

    def _missed(self, free: int, now: int) -> int:
        """Samples for which it had nothing to play. ALSA's way to PulseAudio never shows the last one as taken."""
        if self._until is None or 4 * (self.capacity - free) >= self.block:
            return 0
        return max(0, now - self._until) * self.rate // _SECOND

    def _begin(self, free: int, missed: int, now: int) -> Dose:
        if self._until is not None:
            self.late += free
        self._empty = False
        self._holds(self.capacity, now)
        return Dose(silence=free, missed=missed)

    def _holds(self, samples: int, now: int) -> None:
        self._until = now + samples * _SECOND // self.rate
