"""Gain that moves without a click: ducking and coming back."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow.frames import Samples
from voiceflow.machines.ramp import Ramp


def from_decibels(decibels: float) -> float:
    return math.pow(10.0, decibels / 20.0)


@attrs.define
class Gain:
    """Applies a gain that goes to its target in a straight line over `ramp` samples. Saturates."""

    ramp: int
    at: Ramp = attrs.Factory(Ramp)

    @property
    def level(self) -> float:
        return self.at.level

    def go_to(self, target: float) -> None:
        """Begin to move, from wherever the gain is now."""
        self.at.go_to(target, 0 if target == self.level else max(1, self.ramp))

    def jump(self) -> None:
        """Be where the gain is going to: nothing sounds that could click."""
        self.at.go_to(self.at.target, 0)

    def apply(self, samples: Samples) -> Samples:
        """The block at the gain of the moment; the very same block when that is 1."""
        at = self.at
        if at.level == at.target == 1.0 or not len(samples):
            return samples
        return _scaled(samples, at.take(len(samples)) if at.moving else at.level)


def _scaled(samples: Samples, gain: float | NDArray[np.float64]) -> Samples:
    scaled: NDArray[np.float64] = samples.astype(np.float64) * gain
    clipped: Samples = np.clip(np.rint(scaled), -32768, 32767).astype(np.int16)
    return clipped


def fade_out(samples: Samples, rate: int, seconds: float) -> Samples:
    """The first `seconds` of a signal, falling exponentially to -60 dB: gain 10 ** (-3 t / seconds)."""
    count = min(len(samples), round(seconds * rate))
    if count == 0:
        return samples[:0]
    falling: NDArray[np.float64] = np.power(10.0, -3.0 * np.arange(count, dtype=np.float64) / (seconds * rate))
    return _scaled(samples[:count], falling)
