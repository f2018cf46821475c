"""The voices of a room, added up for each ear: sample by sample, everybody's but one's own.

Each voice is a queue of samples. One that begins, or begins again after it had run dry, is kept back by `lag` samples,
so that what comes a little late leaves no hole in it; what waits beyond `most` is the oldest, and is dropped. All are
taken by the same number of samples, so that they stay where they are to each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples
from voiceflow.machines.mixer import Mixer, added


@attrs.frozen
class Heard:
    """What sounded in one step of a conference, by who it came from."""

    count: int
    voices: Mapping[str, Samples]

    def without(self, name: str) -> Samples:
        """What somebody hears: all but themselves."""
        return added((samples for each, samples in self.voices.items() if each != name), self.count)

    def of(self, name: str | None) -> Samples:
        """The voice of one, or (None) all of them."""
        return added((samples for each, samples in self.voices.items() if name in (None, each)), self.count)


@attrs.define
class Conference:
    """Voices that come and go, in samples of one rate."""

    lag: int = attrs.field(validator=are.ge(0))
    most: int = attrs.field(validator=are.ge(0))
    dropped: int = attrs.field(default=0, init=False)
    """Samples that came too fast."""
    _voices: dict[str, Mixer] = attrs.field(factory=dict[str, Mixer], init=False)
    _energy: dict[str, float] = attrs.field(factory=dict[str, float], init=False)

    def join(self, name: str) -> None:
        """A voice that has said nothing yet."""
        self._voices[name] = Mixer()

    def leave(self, name: str) -> None:
        """What waits of it is not heard any more."""
        self._voices.pop(name, None)
        self._energy.pop(name, None)

    def push(self, name: str, samples: Samples) -> None:
        """Somebody said this."""
        voice = self._voices[name]
        voice.put(voice.given + self.lag, samples)
        excess = voice.waiting - self.lag - self.most
        if excess > 0:
            voice.take(excess)
            self.dropped += excess

    def take(self, count: int) -> Heard:
        """The next `count` samples of everybody."""
        heard = Heard(count, {name: voice.take(count) for name, voice in self._voices.items()})
        for name, samples in heard.voices.items():
            self._energy[name] = self._energy.get(name, 0.0) + float(np.square(samples, dtype=np.float64).sum())
        return heard

    def talker(self, *, forget: bool) -> str | None:
        """Who was the loudest, all in all, since it was last to `forget`; None when all were silent."""
        name = max(self._energy, key=self._energy.__getitem__, default=None)
        found = name if name is not None and self._energy[name] > 0.0 else None
        if forget:
            self._energy.clear()
        return found
