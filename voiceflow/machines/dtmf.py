"""The tones of a telephone's keys: made, and found again.

A key is two sines at once, one of a low group and one of a high one (ITU-T Q.23). What must be found, and what must
not, is ITU-T Q.24: tones of 40 ms, not of 20; frequencies that are off by 1.5 %, not by 3.5 %; the high tone up to 4 dB
over the low one or 8 dB under it; pauses of 40 ms, but no gap of 10; none in speech.

Windows of 20 ms, every 5 ms. One belongs to a key if the two tones are nearly all that is in it, their levels and
frequencies are right, and it is preceded by one of the same. A window that a tone fills by less than 60 % is not nearly
all tone, hence six of them in a row are at least 29 ms of it, and seven without are more than a short gap.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import numpy as np
from attrs import validators as are
from numpy.typing import NDArray

from voiceflow.frames import Frame, Samples
from voiceflow.machines.blocks import Blocks, Window
from voiceflow.machines.goertzel import Amplitudes, Bank

LOW = (697, 770, 852, 941)
HIGH = (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"

_WINDOW, _HOP = 0.02, 0.005
_HITS, _MISSES = 6, 7
_SHARE = 0.7
"""Of the window's power that is in the two tones."""
_OFF = 0.025
_TWIST = (-9.0, 5.0)
"""dB of the high tone over the low one: a decibel more than must be."""
_FULL_SCALE = 32768.0


@attrs.frozen
class Digit(Frame):
    """A key was pressed: at sample `pts`, within 10 ms, which was known at sample `known`, both at `rate` Hz."""

    digit: str = attrs.field(validator=are.in_(tuple(KEYS)))
    pts: int = 0
    known: int = 0
    rate: int = 8000


@attrs.define
class DtmfDetector:
    """Finds keys in a signal at `rate` Hz, each once, however long it is pressed.

    `level` is the weakest tone that counts, in decibels of a full-scale sine. What is found does not depend on how the
    signal is cut.
    """

    rate: int = attrs.field(validator=are.ge(4000))
    level: float = attrs.field(default=-32.0, validator=[are.ge(-60.0), are.le(0.0)])
    _bank: Bank = attrs.field(init=False, repr=False)
    _hops: Blocks = attrs.field(init=False, repr=False)
    _recent: list[Samples] = attrs.field(factory=list[Samples], init=False, repr=False)
    _before: Amplitudes | None = attrs.field(default=None, init=False, repr=False)
    _candidate: str | None = attrs.field(default=None, init=False)
    _hits: int = attrs.field(default=0, init=False)
    _since: int = attrs.field(default=0, init=False)
    _pressed: str | None = attrs.field(default=None, init=False)
    _misses: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        hop = round(_HOP * self.rate)
        self._hops = Blocks(hop)
        self._bank = Bank((*LOW, *HIGH), self.rate, hop * round(_WINDOW / _HOP))
        self._forget()

    def push(self, samples: Samples, pts: int | None = None) -> list[Digit]:
        """The keys that are known with these samples. A `pts` that does not follow begins anew."""
        found: list[Digit] = []
        for hop in self._hops.push(samples, pts):
            if len(hop.samples) < self._hops.size:
                self._forget()
                continue
            found += self._hop(hop)
        return found

    def _forget(self) -> None:
        """Before the first sample there was silence."""
        silence = np.zeros(self._hops.size, np.int16)
        self._recent = [silence] * (self._bank.size // self._hops.size - 1)
        self._before = self._candidate = self._pressed = None
        self._hits = self._misses = 0

    def _hop(self, hop: Window) -> Iterable[Digit]:
        self._recent.append(hop.samples)
        window = np.concatenate(self._recent)
        del self._recent[0]
        key = self._key(window)
        self._count(key, hop.end - self._bank.size)
        if key is None or key == self._pressed or self._hits < _HITS:
            return ()
        self._pressed, self._misses = key, 0
        # The first window was not quite full of it.
        return (Digit(key, self._since + round(_HOP * self.rate), hop.end, self.rate),)

    def _count(self, key: str | None, begin: int) -> None:
        if key != self._candidate:
            self._candidate, self._hits, self._since = key, 0, begin
        self._hits += 1
        self._misses = 0 if key == self._pressed else self._misses + 1
        if self._misses >= _MISSES:
            self._pressed = None

    def _key(self, window: Samples) -> str | None:
        """The key that a window belongs to."""
        weakest = _FULL_SCALE * 10 ** (self.level / 20)
        power = self._bank.power(window)
        if power < weakest**2:  # of two tones, half of each
            self._before = None
            return None
        before, self._before = self._before, self._bank.measure(window)
        sizes: NDArray[np.float64] = np.abs(self._before)
        low, high = int(np.argmax(sizes[:4])), 4 + int(np.argmax(sizes[4:]))
        pair = sizes[[low, high]]
        if before is None or pair.min() < weakest or float(pair @ pair) / 2 < _SHARE * power:
            return None
        if not _TWIST[0] <= 20 * float(np.log10(pair[1] / pair[0])) <= _TWIST[1]:
            return None
        off = self._bank.offsets(before, self._before, self._hops.size)[[low, high]]
        if np.any(np.abs(off) > _OFF * np.asarray(self._bank.frequencies)[[low, high]]):
            return None
        return KEYS[4 * low + high - 4]


def tones(
    digits: str, rate: int, *, on: float = 0.1, off: float = 0.1, level: float = -10.0, twist: float = 0.0
) -> Samples:
    """The sound of keys: each `on` seconds long and followed by `off` seconds of silence, mono int16 at `rate` Hz.

    `level` is the low tone's, in decibels of a full-scale sine; the high one is by `twist` decibels over it. Edges of
    2 ms keep it from clicking. Spaces and "-" are a pause of `on` and `off`.

    Raises:
        ValueError: a character is no key, or the two tones together are louder than full scale.
    """
    amplitudes = 10 ** (level / 20), 10 ** ((level + twist) / 20)
    if sum(amplitudes) > 1.0:
        raise ValueError(f"two tones of {level:g} and {level + twist:g} dB are louder than full scale; take -6 or less")
    times = np.arange(round(on * rate)) / rate
    edge = np.clip(np.minimum(times, times[::-1]) / 0.002, 0.0, 1.0) if len(times) else times
    pieces: list[NDArray[np.float64]] = []
    for digit in digits.upper():
        if digit not in KEYS and digit not in " -":
            raise ValueError(f"keys are {KEYS}; got {digit!r}")
        found = np.zeros(len(times) + round(off * rate))
        if digit in KEYS:
            pair = LOW[KEYS.index(digit) // 4], HIGH[KEYS.index(digit) % 4]
            for frequency, amplitude in zip(pair, amplitudes, strict=True):
                found[: len(times)] += amplitude * edge * np.sin(2 * np.pi * frequency * times)
        pieces.append(found)
    sound: Samples = np.rint(np.concatenate([np.zeros(0), *pieces]) * 32767).astype(np.int16)
    return sound
