"""Denoising by WebRTC's noise suppression, of the package webrtc-noise-gain. Wants `voiceflow[embedded]`."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from typing import Protocol, cast

import attrs
import numpy as np
from attrs import validators as are

from voiceflow import Audio, In, Out, ProviderError, Samples, Services, StageNode
from voiceflow.filtering import Filter, Filtering

_RATE = 16000
_WINDOW = 160
_DELAY = 96
"""Samples by which the suppressor answers late: it overlaps windows of 256 by 96 (seen as the peak of the cross-
correlation with the clean signal, at every level but 0)."""


class _Chunk(Protocol):
    audio: bytes


class _Processor(Protocol):
    def Process10ms(self, audio: bytes) -> _Chunk: ...


def _suppressor(level: int, gain: int) -> Filter:
    try:
        package = import_module("webrtc_noise_gain")
    except ImportError as error:
        raise ProviderError(
            "WebRtcDenoise needs the package webrtc-noise-gain: pip install 'voiceflow[embedded]'", retryable=False
        ) from error
    processor = cast(_Processor, package.AudioProcessor(gain, level))

    def suppress(window: Samples) -> Samples:
        return np.frombuffer(processor.Process10ms(window.tobytes()).audio, np.int16)

    return suppress


@attrs.define(eq=False, kw_only=True)
class WebRtcDenoise(StageNode):
    """Lowers steady noise, and takes out what lies under the voice; speech keeps its level and its place.

    `level` is 1 (mild, 6 dB) to 4 (21 dB, and it may be heard on the voice). `gain` is the automatic gain's target,
    0 (off) to 31 dB below full scale. Any rate; it works at 16 kHz, so that nothing above 8 kHz passes. A sample
    leaves when less than 16 ms more have come, at other rates than 16 kHz about 22 ms. One block of 10 ms takes
    about 15 microseconds, so that it runs where it stands.

    Raises:
        ProviderError: when it is opened: the package webrtc-noise-gain is not installed.

    Source: the audio processing module of WebRTC (BSD-3-Clause).
    """

    input = In(Audio)
    audio = Out(Audio)

    level: int = attrs.field(default=2, validator=[are.ge(1), are.le(4)])
    gain: int = attrs.field(default=0, validator=[are.ge(0), are.le(31)])

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None]:
        await services.compute(_suppressor, self.level, self.gain, model="webrtc-noise-gain")
        yield

    def stage(self) -> Filtering:
        return Filtering(partial(_suppressor, self.level, self.gain), rate=_RATE, size=_WINDOW, delay=_DELAY)
