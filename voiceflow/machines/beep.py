"""The beep behind an answering machine's greeting: one pure tone, steady, neither too short nor too long.

Windows of 20 ms, every 10 ms. One belongs to a tone if a single frequency is nearly all that is in it. Voices have
overtones, keys and ringing have two tones, and a line's hum and the ringing of most of Europe (425 Hz) lie below.
"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from attrs import validators as are
from numpy.typing import NDArray

from voiceflow.frames import Samples
from voiceflow.machines.blocks import Blocks, Window
from voiceflow.machines.goertzel import Amplitudes, Bank

_HOP = 0.01
_SPACING = 50.0
"""Hz between the frequencies that are measured: what a window of 20 ms can tell apart."""
_SHARE = 0.7
_STEADY = 15.0
"""Hz by which the windows of one tone may differ from those before."""
_FULL_SCALE = 32768.0


def _over_shortest(detector: BeepDetector, field: attrs.Attribute[Any], value: float) -> None:
    if not detector.shortest < value <= 60:
        raise ValueError(f"longest is more than shortest ({detector.shortest:g} s), and 60 s at most; got {value}")


@attrs.frozen
class Beep:
    """A tone of `frequency` Hz from sample `pts` to `end`, within 20 ms; its end was known at sample `known`."""

    pts: int
    end: int
    known: int
    frequency: float


@attrs.define
class BeepDetector:
    """Finds beeps of `low` to `high` Hz in a signal at `rate` Hz, when they are over.

    They last `shortest` to `longest` seconds; a longer tone (a fax, a test tone) is none. `level` is the weakest that
    counts, in decibels of a full-scale sine. What is found does not depend on how the signal is cut.
    """

    rate: int = attrs.field(validator=are.ge(6000))
    low: float = attrs.field(default=600.0, validator=[are.ge(100.0), are.le(2500.0)])
    high: float = attrs.field(default=2200.0, validator=[are.ge(100.0), are.le(2500.0)])
    shortest: float = attrs.field(default=0.15, validator=[are.ge(0.05), are.le(10.0)])
    longest: float = attrs.field(default=2.0, validator=_over_shortest)
    level: float = attrs.field(default=-36.0, validator=[are.ge(-60.0), are.le(0.0)])
    _bank: Bank = attrs.field(init=False, repr=False)
    _hops: Blocks = attrs.field(init=False, repr=False)
    _recent: Samples = attrs.field(init=False, repr=False)
    _before: Amplitudes | None = attrs.field(default=None, init=False, repr=False)
    _frequency: float = attrs.field(default=0.0, init=False)
    """The mean of its windows."""
    _windows: int = attrs.field(default=0, init=False)
    _begin: int | None = attrs.field(default=None, init=False)
    """Where the tone that sounds began; None while there is none."""
    _end: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._hops = Blocks(round(_HOP * self.rate))
        count = max(1, round((self.high - self.low) / _SPACING))
        frequencies = [
            self.low + _SPACING * n for n in range(-1, count + 2)
        ]  # one beyond, that pulls at what lies there
        self._bank = Bank(frequencies, self.rate, 2 * self._hops.size)
        self._forget()

    def _forget(self) -> None:
        """Before the first sample there was silence."""
        self._recent, self._before, self._begin = np.zeros(self._hops.size, np.int16), None, None

    def push(self, samples: Samples, pts: int | None = None) -> list[Beep]:
        """The beeps that are over with these samples. A `pts` that does not follow begins anew."""
        found: list[Beep] = []
        for hop in self._hops.push(samples, pts):
            if len(hop.samples) < self._hops.size:
                self._forget()
                continue
            found += self._hop(hop)
        return found

    def _hop(self, hop: Window) -> list[Beep]:
        window, self._recent = np.concatenate((self._recent, hop.samples)), hop.samples
        tone = self._tone(window)
        begin, end = hop.end - len(window), hop.end
        if self._begin is not None and tone is not None and abs(tone - self._frequency) <= _STEADY:
            self._end, self._windows = end, self._windows + 1
            self._frequency += (tone - self._frequency) / self._windows
            return []
        over = self._over(hop.end)
        if tone is not None:
            self._begin, self._end, self._frequency, self._windows = begin, end, tone, 1
        return over

    def _over(self, known: int) -> list[Beep]:
        begin, self._begin = self._begin, None
        if begin is None:
            return []
        lasted, step = self._end - begin, self._hops.size
        if not self.shortest * self.rate - step <= lasted <= self.longest * self.rate + step:
            return []
        return [Beep(begin, self._end, known, round(self._frequency, 1))]

    def _tone(self, window: Samples) -> float | None:
        """The frequency that is nearly all of a window."""
        weakest = _FULL_SCALE * 10 ** (self.level / 20)
        power = self._bank.power(window)
        if power < weakest**2 / 4:
            self._before = None
            return None
        before, self._before = self._before, self._bank.measure(window)
        sizes: NDArray[np.float64] = np.abs(self._before)
        best = int(np.argmax(sizes))
        if before is None or sizes[best] < weakest or sizes[best] ** 2 / 2 < _SHARE * power:
            return None
        frequency = self._bank.frequencies[best] + float(
            self._bank.offsets(before, self._before, self._hops.size)[best]
        )
        return frequency if self.low <= frequency <= self.high else None
