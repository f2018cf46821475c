"""Voice activity by loudness alone: no model, nothing to install."""

from __future__ import annotations

import math
from functools import partial

import attrs
import numpy as np
from attrs import validators as are

from voiceflow import Audio, In, Out, Samples, Speech, StageNode
from voiceflow.detection import Detection

_FULL_SCALE = 32768.0
_SILENCE = -96.0
"""dB: what digital silence counts as, just under one step of int16."""


@attrs.define
class _Loudness:
    """How far a window stands out of the noise, which is followed down at once and up slowly."""

    threshold: float
    margin: float
    rise: float
    noise: float | None = None

    def __call__(self, window: Samples) -> float:
        level = _level(window)
        if self.noise is None or level < self.noise:
            self.noise = level
        else:
            self.noise = min(level, self.noise + self.rise)
        over = level - max(self.threshold, self.noise + self.margin)
        return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, over))))


def _level(window: Samples) -> float:
    """dB below full scale, root mean square, the mean taken out: an offset is no sound."""
    rms = float(np.std(window.astype(np.float64))) / _FULL_SCALE
    return max(_SILENCE, 20.0 * math.log10(rms)) if rms > 0.0 else _SILENCE


@attrs.define(eq=False, kw_only=True)
class Energy(StageNode):
    """Tells loud from quiet; passes the audio on as it came, with begins and ends of what is loud marked in it.

    A window of 20 ms is loud when it is over `threshold` (dB below full scale) and `margin` dB over the noise, whose
    level it follows: down at once, up by `rise` dB a second. Any sound will do: where there is more than a steady
    noise, use a VAD that knows speech. Sound shorter than `min_speech` seconds is none, silence shorter
    than `min_silence` seconds is a pause. Any rate; places are samples of the stream that comes in.
    """

    input = In(Audio)
    audio = Out(Audio)
    speech = Out(Speech)

    threshold: float = attrs.field(default=-50.0, validator=[are.ge(-96.0), are.le(0.0)])
    margin: float = attrs.field(default=9.0, validator=[are.ge(0.0), are.le(96.0)])
    rise: float = attrs.field(default=3.0, validator=[are.ge(0.0), are.le(1000.0)])
    min_speech: float = attrs.field(default=0.06, validator=[are.ge(0.0), are.le(60.0)])
    min_silence: float = attrs.field(default=0.3, validator=[are.ge(0.0), are.le(60.0)])

    def stage(self) -> Detection:
        return Detection(
            partial(_Loudness, self.threshold, self.margin, self.rise * _SECONDS),
            rate=None,
            size=_SECONDS,
            start=0.5,
            end=0.05,  # 3 dB under the threshold, by the logistic of 1 dB that makes a probability of the level
            min_speech=self.min_speech,
            min_silence=self.min_silence,
        )


_SECONDS = 0.02
"""Of a window: two periods of a voice of 100 Hz."""
