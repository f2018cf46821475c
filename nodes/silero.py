"""Voice activity by Silero v6, a small recurrent network, through onnxruntime. Wants `voiceflow[embedded]`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib import import_module
from typing import Protocol, cast

import attrs
import numpy as np
from attrs import validators as are
from numpy.typing import NDArray

from voiceflow import Audio, In, Out, ProviderError, Samples, Services, Speech, StageNode
from voiceflow.detection import Detection
from voiceflow.models import locate

RATE = 16000
WINDOW = 512
_CONTEXT = 64


class _Session(Protocol):
    def run(self, names: Sequence[str] | None, feed: Mapping[str, object]) -> list[NDArray[np.float32]]: ...


@cache
def _session(path: str) -> _Session:
    """The network, loaded once for all calls: it holds no state of theirs."""
    try:
        ort = import_module("onnxruntime")
    except ImportError as error:
        raise ProviderError("Silero needs onnxruntime: pip install onnxruntime", retryable=False) from error
    options = ort.SessionOptions()
    # One window is too little work to share out: a second thread only spins.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    failures = import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    wrong = (failures.InvalidProtobuf, failures.InvalidGraph, failures.Fail, failures.NoSuchFile)
    try:
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except wrong as error:
        raise ProviderError(
            f"silero: {path} is not a network that onnxruntime can load ({type(error).__name__}); "
            "get it again: voiceflow models fetch silero-vad",
            retryable=False,
        ) from error
    inputs = {each.name for each in session.get_inputs()}
    if inputs != {"input", "state", "sr"}:
        raise ProviderError(
            f"silero: {path} has the inputs {sorted(inputs)}, not input, state and sr: Silero v5 or v6 is wanted",
            retryable=False,
        )
    return cast(_Session, session)


@attrs.define
class _Scoring:
    """One call's state: the network's memory, and the last samples of the window before."""

    session: _Session
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
    return _Scoring(_session(str(locate("silero-vad", model))))


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
