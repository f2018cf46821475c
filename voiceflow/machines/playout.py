"""What is about to be played: a bounded store between a program that writes now and then and a device that reads."""

from __future__ import annotations

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples
from voiceflow.machines.gain import fade_out


@attrs.define
class Playout:
    """At most `capacity` samples that wait for the device, which always gets as many as it asks for.

    A run of sound begins behind `cushion` samples of silence, so that what is written up to that much too late is
    still in time. When a run goes dry and more of it comes within `cushion` samples, that was an underrun; when
    nothing comes for so long, the run has ended, and what comes then begins another.
    """

    capacity: int = attrs.field(validator=are.ge(1))
    cushion: int = attrs.field(default=0, validator=are.ge(0))
    underruns: int = attrs.field(default=0, init=False)
    missed: int = attrs.field(default=0, init=False)
    """Samples of silence that all underruns were filled with."""
    level: int = attrs.field(default=0, init=False)
    """Samples that wait, the silence in front of a run included."""
    _sound: int = attrs.field(default=0, init=False, repr=False)
    """How many of those, at their end, were written since the last drop."""
    _store: Samples = attrs.field(init=False, repr=False)
    _at: int = attrs.field(default=0, init=False, repr=False)
    _dry: int | None = attrs.field(init=False)
    """Samples of silence given since the run went dry; None while there is sound."""

    def __attrs_post_init__(self) -> None:
        if self.cushion >= self.capacity:
            raise ValueError(f"cushion is less than capacity ({self.capacity} samples); got {self.cushion}")
        self._store = np.zeros(self.capacity, np.int16)
        self._dry = self.cushion

    @property
    def room(self) -> int:
        """Samples that could be written now, a run's silence not counted."""
        return self.capacity - self.level

    def write(self, samples: Samples) -> int:
        """Take as many as there is room for, from the front, and say how many."""
        if len(samples) and self._dry is not None:
            self._begin(self._dry)
        taken = samples[: self.room]
        self._put(taken)
        self._sound += len(taken)
        return len(taken)

    def read(self, count: int) -> Samples:
        """The next `count` samples: silence where nothing is there."""
        given = min(count, self.level)
        out = np.zeros(count, np.int16)
        out[:given] = self._store[self._places(self._at, given)]
        self._at = (self._at + given) % self.capacity
        self.level -= given
        self._sound = min(self._sound, self.level)
        if given < count:
            self._dry = (self._dry or 0) + count - given
        return out

    def drop(self, rate: int, fade: float) -> int:
        """Forget all but the next `fade` seconds at `rate` Hz, which fall exponentially to -60 dB.

        Returns how many samples that were written since the last drop are forgotten: the last ones.
        """
        places = self._places(self._at, self.level)
        faded = fade_out(self._store[places], rate, fade)
        self._store[places[: len(faded)]] = faded
        forgotten = min(self._sound, self.level - len(faded))
        self.level, self._sound = len(faded), 0
        self._dry = self.cushion
        return forgotten

    def _begin(self, dry: int) -> None:
        """Sound comes after `dry` samples of silence."""
        if dry >= self.cushion:
            self._put(np.zeros(max(0, self.cushion - self.level), np.int16))
        else:
            self.underruns += 1
            self.missed += dry
        self._dry = None

    def _put(self, samples: Samples) -> None:
        self._store[self._places(self._at + self.level, len(samples))] = samples
        self.level += len(samples)

    def _places(self, first: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        return np.arange(first, first + count, dtype=np.intp) % self.capacity
