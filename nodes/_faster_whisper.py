"""Whisper by faster-whisper: how it is loaded, and what of its answer is believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from math import exp
from typing import Any, Protocol, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow import ProviderError


class Timed(Protocol):
    start: float
    end: float
    word: str
    probability: float


class Segment(Protocol):
    text: str
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    words: Sequence[Timed] | None


class Info(Protocol):
    language: str


class Model(Protocol):
    def transcribe(self, audio: NDArray[np.float32], **settings: object) -> tuple[Iterable[Segment], Info]: ...


@attrs.frozen
class Heard:
    """What Whisper made of an utterance: its segments that are believed, and the language that it took it for."""

    segments: tuple[Segment, ...]
    language: str

    @property
    def text(self) -> str:
        return " ".join("".join(segment.text for segment in self.segments).split())

    @property
    def confidence(self) -> float | None:
        """The mean probability of a token."""
        logs = [segment.avg_logprob for segment in self.segments]
        return min(1.0, exp(sum(logs) / len(logs))) if logs else None

    @property
    def words(self) -> list[Timed]:
        return [word for segment in self.segments for word in segment.words or ()]


def believed(segment: Segment) -> bool:
    """Whether a segment is speech that was heard, and not what Whisper makes up for noise and silence.

    It is known to repeat itself there (text that compresses well), or to be unsure of every word. The first two
    bounds are those of OpenAI's own decoder; the last is stricter than its, which trusts a sure voice.
    """
    doubtful = segment.no_speech_prob > 0.6 and segment.avg_logprob < -0.5
    return segment.compression_ratio <= 2.4 and segment.avg_logprob >= -1.0 and not doubtful


def library() -> Any:
    """
    Raises:
        ProviderError: it cannot be loaded; not retryable.
    """
    try:
        whisper: Any = import_module("faster_whisper")
        progress: Any = import_module("tqdm")  # it needs this itself
    except ImportError as error:
        raise ProviderError(
            f"the package faster-whisper cannot be loaded ({error}); pip install 'voiceflow[whisper]'", retryable=False
        ) from error
    progress.tqdm.monitor_interval = 0  # or its bars, which nobody sees, leave a thread behind
    return whisper


@cache
def loaded(model: str, compute_type: str, threads: int, download: bool) -> Model:
    """The model, shared by every call in this process.

    Raises:
        ProviderError: faster-whisper is missing, or no model for it is there; not retryable.
    """
    try:
        made: Any = library().WhisperModel(
            model, device="cpu", compute_type=compute_type, cpu_threads=threads, local_files_only=not download
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ProviderError(
            f"no Whisper model for faster-whisper could be loaded from {model!r} ({type(error).__name__}); give the "
            "folder of one, `voiceflow models fetch whisper-base`, or set download=True",
            retryable=False,
        ) from error
    return cast(Model, made)
