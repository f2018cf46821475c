"""Audio cut to the pieces that a provider takes."""

from __future__ import annotations

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples


@attrs.frozen
class Packing:
    """Every message has a whole multiple of `grain` seconds, at least `least` and at most `most`. 0: a sample."""

    grain: float = attrs.field(default=0.0, validator=[are.ge(0.0), are.le(1.0)])
    least: float = attrs.field(default=0.0, validator=are.ge(0.0))
    most: float = attrs.field(default=1.0, validator=are.gt(0.0))


@attrs.define
class Packer:
    """Takes samples at `rate` Hz as they come, and gives pieces; what is too little waits for more."""

    packing: Packing
    rate: int
    _held: Samples = attrs.field(factory=lambda: np.zeros(0, np.int16), init=False, repr=False)

    @property
    def held(self) -> int:
        """Samples that wait."""
        return len(self._held)

    def push(self, samples: Samples) -> list[Samples]:
        """The pieces that are whole now."""
        self._held = np.concatenate([self._held, samples])
        count = len(self._held) // self._grain * self._grain
        if count < max(self._grain, round(self.packing.least * self.rate)):
            return []
        whole, self._held = self._held[:count], self._held[count:]
        return self._cut(whole)

    def end(self) -> list[Samples]:
        """All that waits, with silence up to a whole piece."""
        short = -len(self._held) % self._grain
        whole, self._held = np.pad(self._held, (0, short)), self._held[:0]
        return self._cut(whole)

    def drop(self) -> None:
        """Forget what waits."""
        self._held = self._held[:0]

    @property
    def _grain(self) -> int:
        return max(1, round(self.packing.grain * self.rate))

    def _cut(self, samples: Samples) -> list[Samples]:
        most = max(self._grain, round(self.packing.most * self.rate) // self._grain * self._grain)
        return [samples[at : at + most] for at in range(0, len(samples), most)]
