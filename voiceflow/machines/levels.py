"""How loud it is: a meter that rises at once and falls slowly, as the eye wants it."""

from __future__ import annotations

import math

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples

FLOOR = -60.0
"""Decibels of full scale that a meter shows as nothing."""


def decibels(samples: Samples) -> float:
    """The root mean square in decibels of full scale (a full-scale square wave is 0); `FLOOR` at least."""
    if not len(samples):
        return FLOOR
    power = float(np.mean(np.square(samples.astype(np.float64)))) / 32768**2
    return max(FLOOR, 10 * math.log10(power)) if power else FLOOR


@attrs.define
class LevelMeter:
    """The level of a signal at `rate` Hz: up at once, down by `fall` decibels in a second of that signal."""

    rate: int = attrs.field(validator=are.gt(0))
    fall: float = attrs.field(default=30.0, validator=are.gt(0))
    level: float = attrs.field(default=FLOOR, init=False)
    """Decibels of full scale, `FLOOR` to 0."""

    def push(self, samples: Samples) -> float:
        """The level behind these samples."""
        self.fall_for(len(samples) / self.rate)
        return self.rise_to(samples)

    def rise_to(self, samples: Samples) -> float:
        """At least as high as these samples are loud."""
        self.level = max(self.level, decibels(samples))
        return self.level

    def fall_for(self, seconds: float) -> None:
        """So much time passes in silence."""
        self.level = max(FLOOR, self.level - self.fall * seconds)

    @property
    def share(self) -> float:
        """The level on a scale from 0 (`FLOOR`) to 1 (full scale)."""
        return 1.0 - self.level / FLOOR
