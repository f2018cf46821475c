"""The caller's end of the line: what is spoken into it, and the source that carries it."""

from __future__ import annotations

import attrs
import numpy as np
import trio

from voiceflow.frames import Audio, Samples
from voiceflow.node import Node
from voiceflow.ports import Out
from voiceflow.services import Ports
from voiceflow.sim.codes import CELL, NOISE, RATE, Book, encode
from voiceflow.sim.faults import Faults
from voiceflow.sim.script import Act

WINDOW = 40
"""Milliseconds of a VAD's window: what is spoken begins and ends with one, so that its true place is known."""


@attrs.frozen
class Stretch:
    """The caller made a sound without a pause, from `start` to `end` in milliseconds: words, or a noise."""

    start: int
    end: int
    words: tuple[str, ...]


@attrs.define
class Line:
    """What the caller says, on a timeline of milliseconds since the call began."""

    book: Book
    gone: bool = attrs.field(default=False, init=False)
    """Whether the caller has hung up."""
    _stretches: list[Stretch] = attrs.field(factory=list[Stretch], init=False)
    _sounds: list[tuple[int, int, int]] = attrs.field(factory=list[tuple[int, int, int]], init=False)
    """Start, end and number of what sounds, in order."""
    _rendered: int = attrs.field(default=0, init=False)
    _played: int = attrs.field(default=0, init=False)

    def speak(self, act: Act, now: int) -> int:
        """Say it, as soon as what is said now is over. When that will be over, in milliseconds."""
        after = max(now, self._rendered, self._sounds[-1][1] if self._sounds else 0)
        at = start = -(-after // WINDOW) * WINDOW
        said: list[str] = []
        for word in act.words if act.do == "speak" else (act.ms,):
            if isinstance(word, str):
                at = self._sound(at, word)
                said.append(word)
            elif act.do == "noise":
                at = self._put(at, NOISE, word)
            else:
                self._note(start, at, said)
                start = at = at + -(-word // WINDOW) * WINDOW
        self._note(start, at, said)
        return at

    def _sound(self, at: int, word: str) -> int:
        ms = 120 + 40 * len(word)
        return self._put(at, self.book.code((0, len(self.book.entries)), 0, word, ms), ms)

    def _put(self, at: int, code: int, ms: int) -> int:
        end = at + max(1, -(-ms // WINDOW)) * WINDOW
        self._sounds.append((at, end, code))
        return end

    def _note(self, start: int, end: int, said: list[str]) -> None:
        if end > start:
            self._stretches.append(Stretch(start, end, tuple(said)))
            said.clear()

    @property
    def stretches(self) -> list[Stretch]:
        """What went into the line: not what would have been said after the caller hung up."""
        carried = self._rendered
        return [attrs.evolve(each, end=min(each.end, carried)) for each in self._stretches if each.start < carried]

    def render(self, start: int, end: int) -> Samples:
        """The sound of these milliseconds; what is spoken from now on comes later."""
        self._rendered = end
        block = np.zeros((end - start) * CELL, np.int16)
        while self._played < len(self._sounds) and self._sounds[self._played][0] < end:
            begin, over, code = self._sounds[self._played]
            first, last = max(begin, start), min(over, end)
            if last > first:
                block[(first - start) * CELL : (last - start) * CELL] = encode(code, last - first)
            if over > end:
                break
            self._played += 1
        return block


@attrs.define(eq=False)
class LineSource(Node):
    """The line as a source: a block of sound each `block` milliseconds, at the instant at which it has sounded."""

    line: Line
    faults: Faults
    block: int = 160

    audio = Out(Audio, live=True)

    @property
    def name(self) -> str:
        return "line"

    async def run(self, ports: Ports) -> None:
        at = gap = second = 0
        while not self.line.gone:
            await ports.sleep_until((at + self.block) * 1_000_000)
            samples, pts = self.line.render(at, at + self.block), at * CELL
            at += self.block
            fault = self.faults.of("line", second) if at // 1000 > second else None
            second = at // 1000
            if fault is not None and fault.kind == "stall":
                await trio.sleep(fault.ms / 1000)  # it comes late, and what follows in a burst
            if fault is not None and fault.kind == "lost":
                gap += len(samples)
                continue
            await ports[self.audio].send(Audio(samples, RATE, pts, gap))
            gap = 0
