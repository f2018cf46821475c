"""Sound that comes from far away, put into its place on the session's clock.

Blocks come late, in bursts, not at all, or too fast; the samples of the far clock are a little longer or shorter than
ours. The first block ends when it came; from there on its own samples count. What comes late loses nothing, unless it
is later than `patience`: by then its place has been given to silence, so that speech that was open comes to an end.
What is further ahead of the clock than `early` is thrown away, and a stream that is steadily late or early by more
than `tolerance`, as one of another clock is after a while, is put right.
"""

from __future__ import annotations

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples
from voiceflow.machines.blocks import Window

_SECOND = 1_000_000_000
_STEP = 0.1
"""Seconds of silence at a time, while nothing comes."""


@attrs.define(on_setattr=attrs.setters.NO_OP)  # what moves at every block has nothing to validate
class Arrivals:
    """Where samples at `rate` Hz stand that came at an instant (nanoseconds since the session began)."""

    rate: int = attrs.field(validator=are.gt(0))
    patience: float = attrs.field(default=1.0, validator=are.gt(0.0))
    early: float = attrs.field(default=0.5, validator=are.gt(0.0))
    tolerance: float = attrs.field(default=0.04, validator=are.gt(0.0))
    over: float = attrs.field(default=5.0, validator=are.gt(0.0))
    """Seconds of sound after which it is seen whether the stream is steadily late or early."""
    end: int | None = attrs.field(default=None, init=False)
    """The place behind the last sample; None before the first."""
    dropped: int = attrs.field(default=0, init=False)
    """Samples thrown away, in all."""
    silent: int = attrs.field(default=0, init=False)
    """Samples of silence put in, in all."""
    _late: list[int] = attrs.field(factory=list[int], init=False)
    """By how many samples each block of the present stretch was late (early ones: less than 0)."""
    _seen: int = attrs.field(default=0, init=False)
    _waiting: bool = attrs.field(default=False, init=False)
    """Nothing has come for so long that silence stands for it."""

    def push(self, samples: Samples, now: int) -> list[Window]:
        """Samples came at `now`. What is to be heard: some silence before them, and as many of them as have a place."""
        at = self._at(now)
        self._waiting = False
        if self.end is None:
            self.end = max(0, at - len(samples))
        kept = samples[: max(0, at + round(self.early * self.rate) - self.end)]
        self.dropped += len(samples) - len(kept)
        windows = self._put(kept) if len(kept) else []
        correction = self._steady(at - self.end, len(samples))
        if correction > 0:
            windows += self._silence(correction)
        elif correction < 0 and windows:
            windows = self._take_back(windows[-1], min(-correction, len(kept)))
        return windows

    def tick(self, now: int) -> list[Window]:
        """The silence that is due at `now`, if any."""
        due = self.due
        if self.end is None or due is None or now < due:
            return []
        self._late.clear()
        self._seen = 0
        self._waiting = True
        return self._silence(self._at(now) - self.end)

    @property
    def due(self) -> int | None:
        """The instant at which silence is put in if nothing comes before; None before the first block."""
        if self.end is None:
            return None
        patience = _STEP if self._waiting else self.patience
        return -(-self.end * _SECOND // self.rate) + round(patience * _SECOND)

    def _at(self, now: int) -> int:
        return now * self.rate // _SECOND

    def _put(self, samples: Samples) -> list[Window]:
        assert self.end is not None
        window = Window(samples, self.end)
        self.end = window.end
        return [window]

    def _silence(self, count: int) -> list[Window]:
        self.silent += count
        return self._put(np.zeros(count, np.int16))

    def _take_back(self, window: Window, count: int) -> list[Window]:
        assert self.end is not None
        self.dropped += count
        self.end -= count
        rest = window.samples[: len(window.samples) - count]
        return [Window(rest, window.pts)] if len(rest) else []

    def _steady(self, late: int, samples: int) -> int:
        """By how much the stream was late at every block of a stretch, or early, once that is over; else 0."""
        self._late.append(late)
        self._seen += samples
        if self._seen < self.over * self.rate:
            return 0
        least, most = min(self._late), max(self._late)
        self._late.clear()
        self._seen = 0
        tolerance = round(self.tolerance * self.rate)
        return least if least > tolerance else most if most < -tolerance else 0
