"""The part that knows the words in the sound (`codes`): a recogniser, with its delays and its faults."""

from __future__ import annotations

from random import Random
from typing import Any

import attrs
import numpy as np
import trio

from voiceflow.frames import Audio, Samples, Transcript
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import EndOfStream, Ports
from voiceflow.sim.codes import CELL, NOISE, RATE, SILENCE, Book, decode, runs
from voiceflow.sim.due import Later
from voiceflow.sim.faults import Faults, latency
from voiceflow.sim.script import Fault

GAP = 240
"""Milliseconds of silence that end an utterance for the recogniser."""

GARBAGE = ("", "   ", "\u202e\x00", "<|endoftext|>", "uh" * 400, "\u4f60\u597d\u3002")
"""Texts that a broken recogniser gives."""


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

    audio = In(Audio, seconds=12)  # while it takes none, the VAD beside it hears on
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
