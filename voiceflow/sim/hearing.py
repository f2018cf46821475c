"""The parts that listen: a VAD, a recogniser and a turn detector, with their delays and their faults.

They hear what is in the sound (`codes`), and nothing else: what the line lost, nobody hears.
"""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable, Iterable
from random import Random
from typing import Any, TypeVar

import attrs
import numpy as np
import trio

from voiceflow.detection import Detection
from voiceflow.frames import Audio, Frame, Prediction, Samples, Speech, Transcript
from voiceflow.node import EndOfStream, Node, Ports
from voiceflow.ports import In, Out
from voiceflow.sim.codes import CELL, NOISE, RATE, SILENCE, Book, decode, runs
from voiceflow.sim.faults import Faults, latency
from voiceflow.sim.line import WINDOW
from voiceflow.sim.script import Fault

T = TypeVar("T")

GARBAGE = ("", "   ", "\u202e\x00", "<|endoftext|>", "uh" * 400, "\u4f60\u597d\u3002")
"""Texts that a broken recogniser gives."""


def _voiced() -> Callable[[Samples], float]:
    return lambda window: np.count_nonzero(window) / len(window)


@attrs.define(eq=False)
class Vad(Node):
    """Hears every sound; a job is an utterance that it finds. The windows and the edges are those of every VAD."""

    faults: Faults
    min_silence: float = 0.32

    input = In(Audio)
    audio = Out(Audio)
    speech = Out(Speech)

    _detection: Detection = attrs.field(init=False)
    _found: int = attrs.field(default=0, init=False)
    _fault: Fault | None = attrs.field(default=None, init=False)
    _held: list[Speech] = attrs.field(factory=list[Speech], init=False)

    def __attrs_post_init__(self) -> None:
        self._detection = self._fresh()

    def _fresh(self) -> Detection:
        size, silence = WINDOW / 1000, self.min_silence
        return Detection(_voiced, rate=None, size=size, start=0.5, end=0.5, min_speech=size, min_silence=silence)

    async def run(self, ports: Ports) -> None:
        # As with every VAD, what it remembers of the sound is lost when it breaks.
        detection, self._held = self._fresh(), []
        async for block in ports[self.input]:
            await self._send(ports, detection.push(block))
        await self._send(ports, detection.end())

    async def _send(self, ports: Ports, frames: Iterable[Frame]) -> None:
        for frame in frames:
            if isinstance(frame, Speech):
                for verdict in await self._tell(ports, frame):
                    await ports[self.speech].send(verdict)
            elif isinstance(frame, Audio):
                await ports[self.audio].send(frame)

    async def _tell(self, ports: Ports, verdict: Speech) -> list[Speech]:
        """What is told of a verdict."""
        if verdict.active and verdict.voiced and self._fault is None:
            self._fault, self._found = self.faults.of("vad", self._found), self._found + 1
        fault = self._fault
        if not verdict.active:
            self._fault = None
        return [verdict] if fault is None else await self._go_wrong(fault, ports, verdict)

    async def _go_wrong(self, fault: Fault, ports: Ports, verdict: Speech) -> list[Speech]:
        match fault.kind:
            case "error":
                self._fault = None
                self.faults.fail(fault)
            case "stall":
                self._fault = None
                await trio.sleep(fault.ms / 1000)
            case "late":
                await trio.sleep(min(fault.ms, 400) / 1000)
            case "duplicate":
                return [verdict, verdict]
            case "reorder" if not self._held and verdict.active:
                self._held = [verdict]
                return []
            case "reorder":
                held, self._held = self._held, []
                return [verdict, *held]
            case "lost":
                return [] if verdict.active is (fault.at < 50) else [verdict]
            case "garbage":
                return [attrs.evolve(verdict, pts=(verdict.pts * 7919) % (verdict.known + RATE)), verdict]
            case _:
                pass
        return [verdict]


@attrs.define
class Later:
    """Frames that leave at their time, in order of it."""

    _heap: list[tuple[int, int, Frame | Exception]] = attrs.field(
        factory=list[tuple[int, int, "Frame | Exception"]], init=False
    )
    _count: int = attrs.field(default=0, init=False)

    def after(self, due: int) -> int:
        """That time, or the last at which something leaves, if that is later: what is sent in its order."""
        return max([due, *(entry[0] for entry in self._heap)])

    def put(self, due: int, frame: Frame | Exception) -> None:
        """Let a frame leave, or the node break, at `due` nanoseconds."""
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, frame))

    @property
    def empty(self) -> bool:
        return not self._heap

    async def receive(
        self, ports: Ports, receive: Callable[[], Awaitable[T]], send: Callable[[Any], Awaitable[None]]
    ) -> T:
        """The next frame that comes; what is due meanwhile is sent."""
        while self._heap:
            with trio.move_on_after(max(0, self._heap[0][0] - ports.now()) / 1e9):
                return await receive()
            await self._send_next(send)
        return await receive()

    async def drain(self, ports: Ports, send: Callable[[Any], Awaitable[None]]) -> None:
        """Send what is left, each at its time."""
        while self._heap:
            await ports.sleep_until(self._heap[0][0])
            await self._send_next(send)

    async def _send_next(self, send: Callable[[Any], Awaitable[None]]) -> None:
        frame = heapq.heappop(self._heap)[2]
        if isinstance(frame, Exception):
            raise frame
        await send(frame)


@attrs.define
class _Segment:
    """An utterance that is being recognised: its words with their places, in samples."""

    job: int
    random: Random
    fault: Fault | None
    words: list[tuple[str, int, int]] = attrs.field(factory=list[tuple[str, int, int]])
    code: int = SILENCE
    """The number of the last word."""

    @property
    def end(self) -> int:
        return self.words[-1][2]


@attrs.define(eq=False)
class Recogniser(Node):
    """Knows the words that it hears: interims as they come, a final some time after the last. A job is an utterance.

    An utterance ends with `GAP` milliseconds of silence. It needs no VAD.
    """

    book: Book
    seed: int = 0
    faults: Faults | None = None
    median: int = 200

    audio = In(Audio)
    transcripts = Out(Transcript)

    _jobs: dict[int, int] = attrs.field(factory=dict[int, int], init=False)
    """By the sample at which an utterance begins, so that it is the same one when it is heard again."""

    @property
    def name(self) -> str:
        return "stt"

    async def run(self, ports: Ports) -> None:
        later, inlet, send = Later(), ports[self.audio], ports[self.transcripts].send
        segment: _Segment | None = None
        rest = np.zeros(0, np.int16)
        while True:
            if self.faults is not None:
                self.faults.connect("stt")
            try:
                block = await later.receive(ports, inlet.take, send)
            except EndOfStream:
                break
            # The line cuts at whole cells, but whoever marks a verdict in the sound may not.
            samples = np.concatenate((rest, block.samples)) if len(rest) else block.samples
            begin, whole = block.pts - len(rest), len(samples) // CELL * CELL
            rest = samples[whole:]
            segment = await self._listen(samples[:whole], begin, segment, later, ports)
            if segment is None and later.empty:
                inlet.commit()
        if segment is not None:
            await self._finish(segment, later, ports)
        await later.drain(ports, send)

    async def _listen(
        self, samples: Samples, begin: int, segment: _Segment | None, later: Later, ports: Ports
    ) -> _Segment | None:
        if not samples.any():
            return await self._rest(begin + len(samples), segment, later, ports)
        for code, first, last in runs(decode(samples)):
            start, end = begin + first * CELL, begin + last * CELL
            if code in (SILENCE, NOISE) or code >= len(self.book.entries):
                segment = await self._rest(end, segment, later, ports)
                continue
            segment = await self._rest(start, segment, later, ports) or self._begin(start)
            word = self.book.entries[code].word
            if segment.code == code:
                segment.words[-1] = word, segment.words[-1][1], end
            else:
                segment.words.append((word, start, end))
                segment.code = code
                self._guess(segment, later, ports)
        return segment

    def _begin(self, start: int) -> _Segment:
        job = self._jobs.setdefault(start, len(self._jobs))
        fault = self.faults.of("stt", job) if self.faults is not None else None
        return _Segment(job, Random(f"{self.seed} stt {job}"), fault)

    async def _rest(self, until: int, segment: _Segment | None, later: Later, ports: Ports) -> _Segment | None:
        """Silence until a sample."""
        if segment is None or until - segment.end < GAP * CELL:
            return segment
        await self._finish(segment, later, ports)
        return None

    def _guess(self, segment: _Segment, later: Later, ports: Ports) -> None:
        words = segment.words[:-1]
        if words and len(words) % 2 == 0:
            stage = "preflight" if segment.random.random() < 0.1 else "interim"
            guessed = self._transcript(segment, [word for word, _, _ in words], stage, words[-1][2])
            later.put(later.after(ports.now() + latency(segment.random, self.median // 2)), guessed)

    async def _finish(self, segment: _Segment, later: Later, ports: Ports) -> None:
        words = [word for word, _, _ in segment.words]
        due = later.after(ports.now() + max(0, latency(segment.random, self.median) - GAP * 1_000_000))
        final = self._transcript(segment, words, "final", segment.end)
        if segment.random.random() < 0.3:
            later.put(due, attrs.evolve(final, stage="preflight"))
        for at, each in await self._gone_wrong(segment, due, final):
            later.put(at, each)

    def _transcript(self, segment: _Segment, words: list[str], stage: Any, end: int) -> Transcript:
        confidence = round(segment.random.uniform(0.5, 1.0), 3)
        return Transcript(" ".join(words), stage, RATE, segment.words[0][1], end, confidence)

    async def _gone_wrong(
        self, segment: _Segment, due: int, final: Transcript
    ) -> list[tuple[int, Transcript | Exception]]:
        """What leaves instead of the final, and when."""
        fault = segment.fault
        if fault is None or self.faults is None:
            return [(due, final)]
        late = due + fault.ms * 1_000_000
        match fault.kind:
            case "error" | "disconnect":
                try:
                    self.faults.fail(fault)
                except Exception as error:
                    return [(due - 1, error)] if fault.at < 100 else [(due, final), (due + 1, error)]
            case "stall":
                await trio.sleep(fault.ms / 1000)
            case "slow" | "late":
                return [(late, final)]
            case "duplicate":
                return [(due, final), (late if fault.at > 50 else due, final)]
            case "reorder":
                return [(due, final), (due + 1_000, attrs.evolve(final, text=final.text[:9], stage="interim"))]
            case "lost":
                return []
            case "garbage":
                junk = attrs.evolve(final, text=GARBAGE[segment.job % len(GARBAGE)], stage="interim", end=final.end)
                return [(due, final), (due + 1_000, junk), (late, attrs.evolve(junk, text=""))]
            case _:
                pass
        return [(due, final)]


GAP = 240
"""Milliseconds of silence that end an utterance for the recogniser."""


@attrs.define(eq=False)
class Detector(Node):
    """Guesses whether the turn is over, whenever speech has ended or a final came. A job is a guess."""

    seed: int
    faults: Faults
    median: int = 60

    audio = In(Audio)
    transcripts = In(Transcript)
    predictions = Out(Prediction)

    _jobs: int = attrs.field(default=0, init=False)

    @property
    def name(self) -> str:
        return "detector"

    async def run(self, ports: Ports) -> None:
        later, send, at = Later(), ports[self.predictions].send, 0
        frames = ports.merged(self.audio, self.transcripts)
        while True:
            try:
                _, frame = await later.receive(ports, frames.__anext__, send)
            except StopAsyncIteration:
                break
            if isinstance(frame, Audio):
                at = frame.end
            if (isinstance(frame, Audio) and frame.speech is not None and not frame.speech.active) or (
                isinstance(frame, Transcript) and frame.stage == "final"
            ):
                for due, each in await self._guess(ports.now(), at):
                    later.put(due, each)
        await later.drain(ports, send)

    async def _guess(self, now: int, at: int) -> list[tuple[int, Prediction]]:
        job, self._jobs = self._jobs, self._jobs + 1
        random = Random(f"{self.seed} detector {job}")
        due = now + latency(random, self.median)
        guess = Prediction(round(random.betavariate(2, 1), 3), at, RATE)
        fault = self.faults.of("detector", job)
        if fault is None:
            return [(due, guess)]
        match fault.kind:
            case "error":
                self.faults.fail(fault)
            case "stall":
                await trio.sleep(fault.ms / 1000)
            case "slow" | "late":
                return [(due + fault.ms * 1_000_000, guess)]
            case "duplicate":
                return [(due, guess), (due, guess)]
            case "lost":
                return []
            case "garbage":
                return [(due, attrs.evolve(guess, probability=p)) for p in (float("nan"), 7.0, -1.0)]
            case _:
                pass
        return [(due, guess)]
