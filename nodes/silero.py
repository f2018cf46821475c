"""Voice activity by Silero v6, a small recurrent network, through onnxruntime. Wants `voiceflow[embedded]`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

import attrs
import numpy as np
from attrs import validators as are
from numpy.typing import NDArray

from voiceflow import Audio, In, Out, Samples, Services, Speech, StageNode
from voiceflow.batching import Batches, shared
from voiceflow.detection import Detection
from voiceflow.models import locate
from voiceflow.onnx import Network, network

RATE = 16000
WINDOW = 512
_CONTEXT = 64


_INPUTS = ("input", "state", "sr")
_Floats: TypeAlias = NDArray[np.float32]
_Asked: TypeAlias = tuple[_Floats, _Floats, Sequence[Samples]]
"""A call's memory, its last samples, and the windows that follow them."""
_Known: TypeAlias = tuple[_Floats, _Floats, list[float]]
"""What they are behind those windows, and the probability of speech in each."""


@attrs.define
class Scoring:
    """One call's state: the network's memory, and the last samples of the window before."""

    session: Network
    state: _Floats = attrs.field(init=False, factory=lambda: np.zeros((2, 1, 128), np.float32))
    input: _Floats = attrs.field(init=False, factory=lambda: np.zeros((1, _CONTEXT + WINDOW), np.float32))
    rate: NDArray[np.int64] = attrs.field(init=False, factory=lambda: np.array(RATE, np.int64))

    def __call__(self, window: Samples) -> float:
        self.input[0, :_CONTEXT] = self.input[0, -_CONTEXT:]
        self.input[0, _CONTEXT:] = window
        self.input[0, _CONTEXT:] /= 32768
        feed = {"input": self.input, "state": self.state, "sr": self.rate}
        probability, self.state = self.session.run(None, feed)
        return float(probability[0, 0])


def scoring(model: str | None = None) -> Scoring:
    """A fresh scoring of consecutive windows of 512 samples at 16 kHz: the probability of speech in each.

    Raises:
        ProviderError: the model or onnxruntime is missing, or the file is not Silero's.
    """
    path = str(locate("silero-vad", model))
    return Scoring(network(path, _INPUTS, "Silero", "silero-vad"))


def together(session: Network, asked: Sequence[_Asked]) -> list[_Known]:
    """Windows of many calls: the first of each in one run of the network, then the second of those that have one."""
    known: list[_Known] = [(state, before, []) for state, before, _ in asked]
    rate = np.array(RATE, np.int64)
    for nth in range(max(len(windows) for _, _, windows in asked)):
        rows = [row for row, (_, _, windows) in enumerate(asked) if len(windows) > nth]
        heard = np.empty((len(rows), _CONTEXT + WINDOW), np.float32)
        for at, row in enumerate(rows):
            heard[at, :_CONTEXT] = known[row][1]
            heard[at, _CONTEXT:] = asked[row][2][nth]
        heard[:, _CONTEXT:] /= 32768
        state = np.concatenate([known[row][0] for row in rows], axis=1)
        probability, state = session.run(None, {"input": heard, "state": state, "sr": rate})
        for at, row in enumerate(rows):
            known[row][2].append(float(probability[at, 0]))
            known[row] = state[:, at : at + 1].copy(), heard[at, -_CONTEXT:].copy(), known[row][2]
    return known


@attrs.define(eq=False)
class _Among:
    """A call among others whose windows are scored together."""

    others: Batches[_Asked, _Known]
    services: Services

    @property
    def worthwhile(self) -> bool:
        return self.others.worthwhile

    async def __call__(self, scoring: Scoring, windows: Sequence[Samples]) -> list[float]:
        asked = scoring.state, scoring.input[0, -_CONTEXT:].copy(), windows
        scoring.state, scoring.input[0, -_CONTEXT:], scores = await self.others.ask(asked, self.services.compute)
        return scores


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
    _among: _Among | None = attrs.field(default=None, init=False, repr=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None]:
        loaded: Scoring = await services.compute(scoring, self.model, model="silero-vad")
        others = shared(("silero", self.model), lambda: Batches(partial(together, loaded.session), "silero-vad"))
        with others.joined():
            self._among = _Among(others, services)
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
            among=self._among,
        )
