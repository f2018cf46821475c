"""Voice activity by Silero v6, a small recurrent network, through onnxruntime. Wants `voiceflow[embedded]`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial

import attrs
import numpy as np
from attrs import validators as are
from numpy.typing import NDArray

from voiceflow import Audio, In, Out, Samples, Services, Speech, StageNode
from voiceflow.detection import Detection
from voiceflow.models import locate
from voiceflow.onnx import Network, network

RATE = 16000
WINDOW = 512
_CONTEXT = 64


@attrs.define
class _Scoring:
    """One call's state: the network's memory, and the last samples of the window before."""

    session: Network
    state: NDArray[np.float32] = attrs.field(init=False, factory=lambda: np.zeros((2, 1, 128), np.float32))
    input: NDArray[np.float32] = attrs.field(init=False, factory=lambda: np.zeros((1, _CONTEXT + WINDOW), np.float32))
    rate: NDArray[np.int64] = attrs.field(init=False, factory=lambda: np.array(RATE, np.int64))

    def __call__(self, window: Samples) -> float:
        self.input[0, :_CONTEXT] = self.input[0, -_CONTEXT:]
        self.input[0, _CONTEXT:] = window
        self.input[0, _CONTEXT:] /= 32768
        feed = {"input": self.input, "state": self.state, "sr": self.rate}
        probability, self.state = self.session.run(None, feed)
        return float(probability[0, 0])


def scoring(model: str | None = None) -> Callable[[Samples], float]:
    """A fresh scoring of consecutive windows of 512 samples at 16 kHz: the probability of speech in each.

    Raises:
        ProviderError: the model or onnxruntime is missing, or the file is not Silero's.
    """
    path = str(locate("silero-vad", model))
    return _Scoring(network(path, ("input", "state", "sr"), "Silero", "silero-vad"))


def _not_over_start(node: Silero, setting: attrs.Attribute[float], value: float) -> None:
    if not value <= node.start:
        raise ValueError(f"end is a probability of at most start ({node.start}); got {value}")


@attrs.define(eq=False, kw_only=True)
class Silero(StageNode):
    """Tells speech from all else; passes the audio on as it came, with begins and ends of speech marked in it.

    Takes any rate (it resamples for the network alone); places are samples of the stream that comes in. A
    verdict on a window of 32 ms falls at its end, at other rates than 16 kHz up to 7 ms later. `start` and `end`
    are the probabilities from which speech is believed and below which it is doubted; speech shorter than
    `min_speech` seconds is none, silence shorter than `min_silence` seconds is a pause within it. `model` is
    a path, None the one that `voiceflow.models.locate` finds.

    Raises:
        ProviderError: when it is opened: the model or onnxruntime is missing, or the file is not Silero's.

    Source: github.com/snakers4/silero-vad (MIT), whose own thresholds these are.
    """

    input = In(Audio)
    audio = Out(Audio)
    speech = Out(Speech)

    model: str | None = None
    start: float = attrs.field(default=0.5, validator=[are.gt(0.0), are.le(1.0)])
    end: float = attrs.field(default=0.35, validator=[are.ge(0.0), _not_over_start])
    min_speech: float = attrs.field(default=0.064, validator=[are.ge(0.0), are.le(60.0)])
    min_silence: float = attrs.field(default=0.3, validator=[are.ge(0.0), are.le(60.0)])

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None]:
        await services.compute(scoring, self.model, model="silero-vad")
        yield

    def stage(self) -> Detection:
        return Detection(
            partial(scoring, self.model),
            rate=RATE,
            size=WINDOW,
            start=self.start,
            end=self.end,
            min_speech=self.min_speech,
            min_silence=self.min_silence,
        )
