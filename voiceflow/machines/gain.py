"""Gain that moves without a click: ducking and coming back."""

from __future__ import annotations

import math

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow.frames import Samples


def from_decibels(decibels: float) -> float:
    return math.pow(10.0, decibels / 20.0)


@attrs.define
class Gain:
    """Applies a gain that goes to its target in a straight line over `ramp` samples. Saturates."""

    ramp: int
    level: float = 1.0
    target: float = 1.0
    _step: float = attrs.field(default=0.0, init=False)

    def go_to(self, target: float) -> None:
        """Begin to move, from wherever the gain is now."""
        self.target = target
        self._step = (target - self.level) / max(1, self.ramp)

    def jump(self) -> None:
        """Be where the gain is going to: nothing sounds that could click."""
        self.level = self.target

    def apply(self, samples: Samples) -> Samples:
        """The block at the gain of the moment; the very same block when that is 1."""
        if self.level == self.target or not len(samples):
            return samples if self.level == 1.0 else _scaled(samples, self.level)
        steps = min(len(samples), max(1, round((self.target - self.level) / self._step)))
        curve = np.full(len(samples), self.target)
        curve[:steps] = self.level + self._step * np.arange(1, steps + 1)
        self.level = self.target if steps < len(samples) else float(curve[-1])
        if abs(self.level - self.target) < abs(self._step) / 2:
            self.level = self.target
        return _scaled(samples, curve)


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
