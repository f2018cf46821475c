"""Whisper hears about a hundred languages, well: OpenAI's model by faster-whisper, on the CPU. `voiceflow[whisper]`.

It hears an utterance as a whole, once it is over, in a thread: its library lets go of the GIL while it computes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import attrs
import numpy as np
import trio
from attrs import validators as are
from numpy.typing import NDArray

from voiceflow import Audio, In, Node, Out, Ports, Samples, Services, Transcript, Word
from voiceflow.machines.utterances import Begin, End, Lull, Part, Resumed, Utterances, Voice
from voiceflow.models import CATALOGUE, locate
from voiceflow.nodes._faster_whisper import Heard, Model, believed, library, loaded
from voiceflow.resampling import Resampler

RATE = 16000
Stage = Literal["interim", "preflight", "final"]

_QUEUED = 4  # utterances that may wait for the model: beyond that the caller's audio waits, as everywhere
_SHORTEST = 0.1  # seconds of speech in which there can be a word


def _code(node: object, field: attrs.Attribute[Any], value: object) -> None:
    if value is not None and not (isinstance(value, str) and value.isalpha() and value.islower()):
        raise ValueError(f"FasterWhisper(language={value!r}): expected a code such as 'en', or None")


@attrs.define(eq=False, kw_only=True)
class FasterWhisper(Node):
    """Speech to text by Whisper: a final some time after speech has ended; with `interims`, one each so many seconds.

    `model` is a folder with CTranslate2 weights, a name that `voiceflow models` lists, or one that faster-whisper knows
    ("small.en"), which must be in its own cache unless `download` is set. `language` is an ISO 639-1 code; None has
    it told from each utterance. `compute_type` "int8" suits CPUs; `beam` 1 is greedy; `threads` 0 leaves it to the
    library. `words` asks for the words' times, which costs a little. `segmentation` as of `Utterances`. What is
    longer than 20 s is parted at a pause, and at 28 s at the latest, as Whisper hears 30 s.

    Interims are made by hearing the open utterance again each time, when the model has nothing else to do. So is a
    preflight transcript, when the voice has rested for `preflight` seconds: if the voice does not go on, that is the
    final, which then comes as soon as this is known. The model hears an utterance once for each of its pauses then.
    Places are samples of the stream that comes in. An utterance without words ends with an empty final.

    Raises:
        ProviderError: from `open`: faster-whisper or the model is missing; not retryable.
    """

    audio = In(Audio, seconds=12)  # while it takes none, the VAD beside it hears on
    transcripts = Out(Transcript)

    model: str = attrs.field(default="whisper-base", validator=[are.instance_of(str), are.min_len(1)])
    language: str | None = attrs.field(default="en", validator=_code)
    compute_type: str = attrs.field(default="int8", validator=are.in_(("int8", "int8_float32", "int16", "float32")))
    beam: int = attrs.field(default=1, validator=[are.ge(1), are.le(16)])
    threads: int = attrs.field(default=0, validator=[are.ge(0), are.le(256)])
    interims: float | None = attrs.field(default=None, validator=are.optional([are.ge(0.1), are.le(30.0)]))
    preflight: float | None = attrs.field(default=None, validator=are.optional([are.ge(0.04), are.le(5.0)]))
    words: bool = attrs.field(default=False, validator=are.instance_of(bool))
    download: bool = attrs.field(default=False, validator=are.instance_of(bool))
    segmentation: Literal["auto", "vad", "pauses"] = attrs.field(
        default="auto", validator=are.in_(("auto", "vad", "pauses"))
    )
    settled: Utterances | None = attrs.field(default=None, init=False, repr=False)
    """Where the stream stood at the last commit: what a crash goes back to, with the lead-in that is held."""

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        """Load the model, so that the first words need not wait for it."""
        self.settled = None
        await services.compute(self._load, model=self._limiter)
        yield

    async def run(self, ports: Ports) -> None:
        await _Hearing(self, ports).run()

    async def hear(self, services: Services, samples: NDArray[np.float32]) -> Heard:
        """What is said in up to 30 s at 16 kHz, -1 to 1."""
        return await services.compute(self._hear, samples, model=self._limiter)

    @property
    def _limiter(self) -> str:
        return f"faster-whisper {self.model}"

    def _load(self) -> Model:
        library()  # before its model, which is large, is asked for
        known = any(entry.name == self.model for entry in CATALOGUE) and not Path(self.model).is_dir()
        path = str(locate(self.model)) if known else self.model
        return loaded(path, self.compute_type, self.threads, self.download)

    def _hear(self, samples: NDArray[np.float32]) -> Heard:
        segments, info = self._load().transcribe(
            samples,
            language=self.language,
            beam_size=self.beam,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=not self.words,
            word_timestamps=self.words,
        )
        return Heard(tuple(filter(believed, segments)), info.language)


@attrs.define(eq=False)
class _Utterance:
    """One that is open, or is over and waits: its place in the stream that came in, and its samples at 16 kHz."""

    rate: int
    start: int
    pts: int
    resampler: Resampler
    pieces: list[Samples] = attrs.Factory(lambda: list[Samples]())
    end: int | None = None
    asked: int = 0
    lull: Lull | None = None
    told: Heard | None = None
    """What was heard until that lull."""

    @property
    def length(self) -> int:
        return sum(map(len, self.pieces))

    @property
    def wordless(self) -> bool:
        return self.end is not None and self.end - self.start < _SHORTEST * self.rate

    def samples(self) -> NDArray[np.float32]:
        return np.concatenate(self.pieces, dtype=np.float32) / np.float32(32768.0)

    def transcript(self, heard: Heard, stage: Stage, end: int | None) -> Transcript:
        return Transcript(
            heard.text,
            stage,
            self.rate,
            start=self.start,
            end=end,
            confidence=heard.confidence,
            language=heard.language or None,
            words=tuple(
                Word(word.word.strip(), self._at(word.start), self._at(word.end), word.probability)
                for word in heard.words
            ),
        )

    def _at(self, seconds: float) -> int:
        return self.pts + round(seconds * self.rate)


@attrs.frozen
class _Question:
    """What is said in these samples of an utterance?"""

    utterance: _Utterance
    samples: NDArray[np.float32]
    lull: Lull | None
    end: int | None

    @property
    def stage(self) -> Stage:
        return "final" if self.end is not None else "interim" if self.lull is None else "preflight"

    @property
    def is_late(self) -> bool:
        """Whether the utterance is over, or goes on: what is no final says nothing any more."""
        return self.end is None and (self.utterance.end is not None or self.lull is not self.utterance.lull)


class _Hearing:
    """One incarnation: a task that cuts and collects, and one that has the model hear."""

    def __init__(self, node: FasterWhisper, ports: Ports) -> None:
        self._node, self._ports = node, ports
        self._inbox, self._outbox = ports[node.audio], ports[node.transcripts]
        self._segmentation: Literal["auto", "vad", "pauses"] = node.segmentation
        self._cutting = node.settled.fork() if node.settled is not None else None
        self._utterance: _Utterance | None = None
        self._waiting = 0
        self._ask, self._asked = trio.open_memory_channel[_Question](_QUEUED)

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._answer)
            with self._ask:
                async for audio in self._inbox.taking():
                    await self._give(self._cut(audio))
                    self._settle()
                await self._give(self._cutting.end() if self._cutting is not None else [])

    def _cut(self, audio: Audio) -> list[Part]:
        before: list[Part] = []
        if self._cutting is None or self._cutting.rate != audio.rate:
            before = self._cutting.end() if self._cutting is not None else []
            self._cutting = Utterances(audio.rate, self._segmentation, lull=self._node.preflight)
        return before + self._cutting.push(audio)

    async def _give(self, parts: list[Part]) -> None:
        for part in parts:
            if isinstance(part, Begin):
                assert self._cutting is not None
                rate = self._cutting.rate
                self._utterance = _Utterance(rate, part.start, part.pts, Resampler(rate, RATE))
                continue
            utterance = self._utterance
            assert utterance is not None
            match part:
                case Voice():
                    utterance.pieces.append(utterance.resampler.push(part.samples))
                    await self._maybe_interim(utterance)
                case Lull():
                    utterance.lull = part
                    if not self._waiting:
                        await self._queue(utterance)
                case Resumed():
                    utterance.lull = utterance.told = None
                case End():
                    self._utterance = None
                    utterance.pieces.append(utterance.resampler.end())
                    utterance.end = part.end
                    await self._queue(utterance)

    async def _maybe_interim(self, utterance: _Utterance) -> None:
        every = self._node.interims
        if (
            every is None
            or self._waiting
            or utterance.lull is not None
            or utterance.length - utterance.asked < every * RATE
        ):
            return
        utterance.asked = utterance.length
        await self._queue(utterance)

    async def _queue(self, utterance: _Utterance) -> None:
        self._waiting += 1
        await self._ask.send(_Question(utterance, utterance.samples(), utterance.lull, utterance.end))

    async def _answer(self) -> None:
        async with self._asked:
            async for question in self._asked:
                heard = await self._heard(question)
                if not question.is_late:
                    end = question.end if question.lull is None or question.end is not None else question.lull.at
                    await self._outbox.send(question.utterance.transcript(heard, question.stage, end))
                self._waiting -= 1
                self._settle()

    async def _heard(self, question: _Question) -> Heard:
        utterance = question.utterance
        if utterance.wordless:
            return Heard((), self._node.language or "")
        if question.end is not None and utterance.told is not None:
            return utterance.told
        heard = await self._node.hear(self._ports, question.samples)
        if question.lull is not None and question.lull is utterance.lull:
            utterance.told = heard
        return heard

    def _settle(self) -> None:
        # What was taken is dealt with when no utterance is open and none waits for the model.
        if not self._waiting and self._utterance is None and self._cutting is not None:
            self._node.settled = self._cutting.fork()
            self._inbox.commit(self._cutting.held)
