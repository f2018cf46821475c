"""The output of a simulated call, which keeps its own account of what the caller heard.

It is a device that plays what it is given, block behind block, and knows nothing of turns: which words those were is
read from the samples. What the conversation holds is compared with this.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs
import trio

from voiceflow.frames import Samples
from voiceflow.services import Services
from voiceflow.sim.codes import CELL, NOISE, RATE, Book, decode, runs
from voiceflow.sim.faults import Faults

_SECOND = 1_000_000_000


@attrs.frozen
class Heard:
    """A stretch of one word (`code`) that sounded from `start` to `end`, in nanoseconds."""

    code: int
    start: int
    end: int


@attrs.define(eq=False)
class Ear:
    """An `Output` that remembers. A device that runs behind (the fault `stall`) lets the writer wait."""

    book: Book
    faults: Faults
    lead: float = 0.0
    rate: int = RATE
    heard: list[Heard] = attrs.field(factory=list[Heard], init=False)
    """In the order in which it sounded. What was dropped before it could is not in it."""
    writes: int = attrs.field(default=0, init=False)
    drops: list[int] = attrs.field(factory=list[int], init=False)
    """When the rest was dropped."""
    _services: Services | None = attrs.field(default=None, init=False)
    _ends: int = attrs.field(default=0, init=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        self._services = services
        yield

    async def write(self, samples: Samples) -> None:
        fault = self.faults.of("output", self.writes)
        self.writes += 1
        if fault is not None:
            await trio.sleep(fault.ms / 1000)
        # Behind what it still plays; once it has run dry, its lead later.
        now = self._now()
        begin = self._ends if self._ends >= now else now + round(self.lead * _SECOND)
        for code, first, last in runs(decode(samples)):
            start, end = (begin + cell * CELL * _SECOND // RATE for cell in (first, last))
            self.heard.append(Heard(code, start, end))
        self._ends = begin + len(samples) * _SECOND // RATE

    def drop(self, fade: float) -> None:
        now = self._now()
        self.drops.append(now)
        while self.heard and self.heard[-1].start >= now:
            self.heard.pop()
        if self.heard and self.heard[-1].end > now:
            self.heard[-1] = attrs.evolve(self.heard[-1], end=now)
        self._ends = min(self._ends, now)

    def _now(self) -> int:
        return self._services.now() if self._services is not None else 0

    def of_turn(self, turn: int) -> list[tuple[int, int]]:
        """The words of a turn that sounded, by their place, and for how many nanoseconds each."""
        sounded: dict[int, int] = {}
        for each in self.heard:
            entry = self.book.entries[each.code]
            if each.code > NOISE and entry.turn == turn:
                sounded[entry.place] = sounded.get(entry.place, 0) + each.end - each.start
        return sorted(sounded.items())
