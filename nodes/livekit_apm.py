"""Echo cancellation by WebRTC's audio processing module, as the package livekit carries it. Wants `voiceflow[echo]`."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol, cast

import attrs
import numpy as np
from attrs import validators as are

from voiceflow import ProviderError, Samples

_DELAY = {16000: 128, 32000: 256, 48000: 384}
"""Samples by which the module answers late: two of its blocks of 4 ms."""


class _Module(Protocol):
    def process_stream(self, data: Any) -> None: ...
    def process_reverse_stream(self, data: Any) -> None: ...


@attrs.define(eq=False)
class EchoCanceller:
    """Takes the agent's own voice out of what the microphone hears; the user is heard while both talk.

    It learns the way from the loudspeaker to the microphone within the first second or so of sound, up to half a second
    long. 10 ms cost 0.2 ms. Nothing is connected to: of livekit only the sound processing is used. The library keeps
    its threads until the process ends.

    Raises:
        ProviderError: when it is opened: the package livekit is not installed; not retryable.

    Source: AEC3 of WebRTC (BSD-3-Clause), in livekit (Apache-2.0).
    """

    rate: int = attrs.field(default=16000, validator=are.in_(tuple(_DELAY)))
    noise_suppression: bool = False
    _module: _Module | None = attrs.field(default=None, init=False, repr=False)
    _frame: Any = attrs.field(default=None, init=False, repr=False)

    @property
    def frame(self) -> int:
        return self.rate // 100

    @property
    def delay(self) -> int:
        return _DELAY[self.rate]

    def open(self) -> None:
        try:
            apm, frames = import_module("livekit.rtc.apm"), import_module("livekit.rtc.audio_frame")
        except ImportError as error:
            raise ProviderError(
                "EchoCanceller needs the package livekit: pip install 'voiceflow[echo]'", retryable=False
            ) from error
        self._frame = frames.AudioFrame
        module = apm.AudioProcessingModule(echo_cancellation=True, noise_suppression=self.noise_suppression)
        self._module = cast(_Module, module)

    def process(self, heard: Samples, played: Samples) -> Samples:
        assert self._module is not None, "an echo canceller is opened before it is used"
        self._module.process_reverse_stream(self._block(played))
        block = self._block(heard)
        self._module.process_stream(block)
        return np.frombuffer(bytes(block.data), np.int16)

    def _block(self, samples: Samples) -> Any:
        return self._frame(bytearray(samples.tobytes()), self.rate, 1, len(samples))
