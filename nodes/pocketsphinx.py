"""PocketSphinx hears English: small, streaming, no network; clear speech close to a microphone, no more.

Its library holds the GIL for as long as a decoding step takes, so it runs in a worker process (`_pocketsphinx`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Literal

import attrs
import trio
from attrs import validators as are

from voiceflow import Audio, In, Node, Out, Ports, Process, Services, Transcript, Word
from voiceflow.machines.utterances import Begin, End, Lull, Part, Resumed, Utterances, Voice
from voiceflow.models import locate
from voiceflow.resampling import Resampler

WORKER = "voiceflow.nodes._pocketsphinx:recognise"
RATE = 16000
FRAMES = 100  # a second, in what the worker tells of words

_LULL: float | None = 0.1  # seconds: within fluent speech a pause is hardly as long

Stage = Literal["interim", "preflight", "final"]
Heard = tuple[str, int, int, float]


@attrs.define
class _Utterance:
    """One that was sent to the worker and is not final: its place in the stream that came in."""

    rate: int
    start: int
    pts: int
    resampler: Resampler
    end: int | None = None
    lull: int | None = None
    given: int = 0

    def transcript(self, stage: Stage, text: str, words: Iterable[Heard], confidence: float | None) -> Transcript:
        end = {"interim": None, "preflight": self.lull, "final": self.end}[stage]
        return Transcript(
            text,
            stage,
            self.rate,
            start=self.start,
            end=end,
            confidence=confidence,
            language="en",
            words=tuple(
                Word(word, self._at(begin, end), self._at(over, end), sure) for word, begin, over, sure in words
            ),
        )

    def _at(self, frame: int, end: int | None) -> int:
        place = self.pts + round(frame * self.rate / FRAMES)
        return place if end is None else min(place, max(end, self.pts))

    def after(self, place: int) -> int:
        """How many of the samples that the worker was given lie behind a place."""
        return max(0, round((self.pts + self.given - place) * RATE / self.rate))

    def is_of_use(self, stage: Stage) -> bool:
        """Whether what comes from the worker is still news: it is late, and the utterance may be over, or go on."""
        return stage == "final" or (self.end is None and (stage == "interim" or self.lull is not None))


@attrs.define(eq=False, kw_only=True)
class PocketSphinx(Node):
    """Speech to text by PocketSphinx's US English: interims five times a second, a final when speech has ended.

    `segmentation` says what an utterance is: "vad" goes by the verdicts in the audio, "pauses" by loudness alone,
    "auto" by loudness until a first verdict comes. Audio of any rate; places are samples of the stream that comes in.
    An utterance in which no word was heard ends with an empty final. `model` is a folder with `en-us/`,
    `en-us.lm.bin` and `cmudict-en-us.dict`; None finds the one that the package carries. An utterance of
    up to `second_pass` seconds is decoded again when it tells that the voice or the line is not what was assumed,
    usually the first of a call: better by far, and later by 0.2 to 0.5 of its length. 0 is never.

    When the voice has rested for `preflight` seconds, the utterance is finished as if it were over: a preflight
    transcript tells what its final will be, which then comes at once. If the voice goes on, it is heard again from its
    beginning; what took more than 0.8 s to decode, because it is long or noisy, waits for its end. None always waits.

    Raises:
        ProviderError: from `open`: the model or the package is missing, not retryable. From `run`: the worker ended,
            retryable; the next incarnation hears the open utterance again.
    """

    audio = In(Audio, seconds=12)  # while it takes none, the VAD beside it hears on
    transcripts = Out(Transcript)

    model: str | None = None
    segmentation: Literal["auto", "vad", "pauses"] = attrs.field(
        default="auto", validator=are.in_(("auto", "vad", "pauses"))
    )
    second_pass: float = attrs.field(default=15.0, validator=[are.ge(0.0), are.le(30.0)])
    preflight: float | None = attrs.field(default=_LULL, validator=are.optional([are.ge(0.04), are.le(5.0)]))
    settled: Utterances | None = attrs.field(default=None, init=False, repr=False)
    """Where the stream stood at the last commit: what a crash goes back to, with the lead-in that is held."""
    _worker: Process | None = attrs.field(default=None, init=False, repr=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        """Load the model, so that the first words need not wait for it."""
        self.settled = None
        async with self._loaded(services) as self._worker:
            yield

    async def run(self, ports: Ports) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            return await _Hearing(self, ports, worker).run()
        async with self._loaded(ports) as worker:  # the one from `open` has served an incarnation that failed
            return await _Hearing(self, ports, worker).run()

    @asynccontextmanager
    async def _loaded(self, services: Services) -> AsyncGenerator[Process, None]:
        model = locate("pocketsphinx-en-us", self.model)
        async with services.process(WORKER, str(model), self.second_pass) as process:
            await process.send(("caller",))
            while await process.receive() != "ready":
                pass  # of who had this process before
            yield process


class _Hearing:
    """One incarnation: a task that feeds the worker, and one that passes on what it says."""

    def __init__(self, node: PocketSphinx, ports: Ports, worker: Process) -> None:
        self._node = node
        self._inbox, self._outbox = ports[node.audio], ports[node.transcripts]
        self._segmentation: Literal["auto", "vad", "pauses"] = node.segmentation
        self._worker = worker
        self._cutting = node.settled.fork() if node.settled is not None else None
        self._asked: deque[_Utterance] = deque()
        self._answered = trio.Event()

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            await self._feed()
            while self._asked:
                await self._answered.wait()
            nursery.cancel_scope.cancel(reason="everything was answered")

    async def _feed(self) -> None:
        async for audio in self._inbox.taking():
            for part in self._cut(audio):
                await self._give(part)
            self._settle()
        for part in self._cutting.end() if self._cutting is not None else ():
            await self._give(part)

    def _cut(self, audio: Audio) -> list[Part]:
        before: list[Part] = []
        if self._cutting is None or self._cutting.rate != audio.rate:
            before = self._cutting.end() if self._cutting is not None else []
            self._cutting = Utterances(audio.rate, self._segmentation, lull=self._node.preflight)
        return before + self._cutting.push(audio)

    async def _give(self, part: Part) -> None:
        match part:
            case Begin():
                assert self._cutting is not None
                rate = self._cutting.rate
                self._asked.append(_Utterance(rate, part.start, part.pts, Resampler(rate, RATE)))
                await self._worker.send(("begin", round((part.start - part.pts) * RATE / rate)))
            case Voice():
                utterance = self._asked[-1]
                utterance.given += len(part.samples)
                await self._worker.send(utterance.resampler.push(part.samples).tobytes())
            case Lull():
                utterance = self._asked[-1]
                utterance.lull = part.at
                await self._worker.send(("lull", utterance.after(part.at)))
            case Resumed():
                self._asked[-1].lull = None
                await self._worker.send(("resumed",))
            case End():
                utterance = self._asked[-1]
                await self._worker.send(utterance.resampler.end().tobytes())
                utterance.end = part.end
                await self._worker.send(("end", utterance.after(part.end)))

    async def _listen(self) -> None:
        while True:
            kind, text, words, probability = await self._worker.receive()
            utterance = self._asked[0]
            if utterance.is_of_use(kind):
                await self._outbox.send(utterance.transcript(kind, text, words, probability))
            if kind == "final":
                self._asked.popleft()
                self._settle()
                self._answered.set()
                self._answered = trio.Event()

    def _settle(self) -> None:
        # What was taken is dealt with when no utterance is open and none waits for its final.
        if not self._asked and self._cutting is not None and not self._cutting.open:
            self._node.settled = self._cutting.fork()
            self._inbox.commit(self._cutting.held)
