"""What a provider holds for a caller to hear: audio and marks, in the order in which they came.

As at every receiver of a network's audio, a run of sound begins behind a cushion of silence, so that what comes up to
that much too late is still in time. When a run goes dry and more of it comes within the cushion, that was an underrun;
when nothing comes for so long, the run has ended, and what comes then begins another.
"""

from __future__ import annotations

from collections import deque

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples
from voiceflow.machines.telephony.messages import Clear, Mark, Sound


@attrs.define
class Playback:
    """At most `capacity` samples that wait; what is beyond is dropped and counted in `overflow`."""

    capacity: int = attrs.field(validator=are.ge(1))
    cushion: int = attrs.field(default=0, validator=are.ge(0))
    level: int = attrs.field(default=0, init=False)
    overflow: int = attrs.field(default=0, init=False)
    underruns: int = attrs.field(default=0, init=False)
    _dry: int = attrs.field(default=attrs.Factory(lambda self: self.cushion, takes_self=True), init=False)
    """Samples of silence since the run went dry."""
    _waiting: deque[Samples | str] = attrs.field(factory=deque[Samples | str], init=False, repr=False)

    def obey(self, message: Sound | Mark | Clear) -> list[str]:
        """Do what the server wants; the marks that it throws away."""
        match message:
            case Sound():
                self.play(message.samples)
            case Mark():
                self.mark(message.name)
            case Clear():
                return self.clear()
        return []

    def play(self, samples: Samples) -> None:
        """Play these behind what waits."""
        taken = samples[: max(0, self.capacity - self.level)]
        self.overflow += len(samples) - len(taken)
        if len(taken):
            if self._dry:
                self._begin()
            self._put(taken)

    def mark(self, name: str) -> None:
        """Tell by the next `take` that reaches this place."""
        self._waiting.append(name)

    def clear(self) -> list[str]:
        """Forget what waits, and give the marks that were in it."""
        marks = [each for each in self._waiting if isinstance(each, str)]
        self._waiting.clear()
        self.level, self._dry = 0, self.cushion
        return marks

    def take(self, count: int) -> tuple[Samples, list[str]]:
        """The next samples, at most `count`, and the marks whose audio has all been given with them."""
        pieces: list[Samples] = [np.zeros(0, np.int16)]
        asked = count
        marks: list[str] = []
        while self._waiting:
            first = self._waiting[0]
            if isinstance(first, str):
                marks.append(first)
            elif count == 0:
                break
            elif len(first) > count:
                pieces.append(first[:count])
                self._waiting[0] = first[count:]
                count = 0
                break
            else:
                pieces.append(first)
                count -= len(first)
            self._waiting.popleft()
        given = np.concatenate(pieces)
        self.level -= len(given)
        self._dry += asked - len(given)
        return given, marks

    def _begin(self) -> None:
        """Sound comes when there was none."""
        if self._dry < self.cushion:
            self.underruns += 1
        elif self.cushion:
            self._put(np.zeros(self.cushion, np.int16))
        self._dry = 0

    def _put(self, samples: Samples) -> None:
        self._waiting.append(samples)
        self.level += len(samples)
