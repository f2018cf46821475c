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
    _begins: int = attrs.field(default=0, init=False)
    """When the sound that goes on without a break began,"""
    _ends: int = attrs.field(default=0, init=False)
    """and when it is over."""
    _dry: bool = attrs.field(default=False, init=False)
    """Whether what comes next begins a lead later, whenever it comes."""
    _in_hand: int = attrs.field(default=0, init=False)
    """Samples of a block that is being written."""

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        self._services = services
        yield

    async def write(self, samples: Samples) -> None:
        fault = self.faults.of("output", self.writes)
        self.writes += 1
        if fault is not None:
            await self._stall(fault.ms / 1000, len(samples))
        # Behind what it still plays; once it has run dry, its lead later.
        now = self._now()
        if self._dry or self._ends < now:
            self._begins = self._ends = max(self._ends, now + round(self.lead * _SECOND))
        begin, self._dry = self._ends, False
        for code, first, last in runs(decode(samples)):
            start, end = (begin + cell * CELL * _SECOND // RATE for cell in (first, last))
            self.heard.append(Heard(code, start, end))
        self._ends = begin + len(samples) * _SECOND // RATE

    async def _stall(self, seconds: float, samples: int) -> None:
        self._in_hand = samples
        try:
            await trio.sleep(seconds)
        finally:
            self._in_hand = 0

    def drop(self, fade: float) -> int:
        """Play no more. What sounds now is not given back: by half a cell nobody can tell its word."""
        now, cell = self._now(), CELL * _SECOND // RATE
        self.drops.append(now)
        silent = self._begins + max(0, -((self._begins - now) // cell) * cell)
        while self.heard and self.heard[-1].start >= now:
            self.heard.pop()
        if self.heard and self.heard[-1].end > now:
            self.heard[-1] = attrs.evolve(self.heard[-1], end=now)
        unheard = max(0, self._ends - silent) * RATE // _SECOND + self._in_hand
        self._ends, self._dry = min(self._ends, silent), True
        return unheard

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
