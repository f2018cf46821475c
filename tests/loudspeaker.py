"""A device for speakers: plays what it is given by the clock, and keeps each sample that sounded with its place."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs
import numpy as np
import trio

from voiceflow import Samples, Services

SECOND = 1_000_000_000


@attrs.frozen
class Piece:
    """Samples of a run that began at `run`, in nanoseconds, `at` samples into it."""

    run: int
    at: int
    samples: Samples

    def sounded(self, now: int, rate: int) -> int:
        """How many of them are over."""
        return min(len(self.samples), max(0, (now - self.run) * rate // SECOND - self.at))


@attrs.define(eq=False)
class Loudspeaker:
    """Sounds what is written `lead` seconds later, and gives back what it is told to drop but for `held` seconds.

    With `late`, each run sounds so many seconds later than that: only the device itself knows what was heard then.
    """

    rate: int = 24000
    lead: float = 0.0
    held: float = 0.0
    late: float = 0.0
    pieces: list[Piece] = attrs.field(factory=list[Piece])
    drops: list[float] = attrs.field(factory=list[float])
    _dry: bool = True

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        yield

    @property
    def now(self) -> int:
        """In whole microseconds, as a session's clock: the timers of virtual time are late by parts of one."""
        return round(trio.current_time() * 1_000_000) * 1000

    async def write(self, samples: Samples) -> None:
        last = self.pieces[-1] if self.pieces else None
        if last is None or self._dry or last.sounded(self.now - 1000, self.rate) == len(last.samples):
            self.pieces.append(Piece(self.now + round((self.lead + self.late) * SECOND), 0, samples))
        else:
            self.pieces.append(Piece(last.run, last.at + len(last.samples), samples))
        self._dry = False

    def drop(self, fade: float) -> int:
        self.drops.append(round(trio.current_time(), 6))
        silent, unheard = self.now + round(self.held * SECOND), 0
        kept = list[Piece]()
        for piece in self.pieces:
            sounded = piece.sounded(silent, self.rate)
            unheard += len(piece.samples) - sounded
            if sounded:
                kept.append(attrs.evolve(piece, samples=piece.samples[:sounded]))
        self.pieces, self._dry = kept, True
        return unheard

    @property
    def sound(self) -> Samples:
        """All that sounded, without the silence."""
        joined: Samples = np.concatenate([np.zeros(0, np.int16), *(piece.samples for piece in self.pieces)])
        sound: Samples = joined[joined != 0]
        return sound

    def between(self, begin: float, end: float) -> Samples:
        """What sounded from one instant to another, silence and all."""
        first, last = round(begin * self.rate), round(end * self.rate)
        heard = np.zeros(max(0, last - first), np.int16)
        for each in self.pieces:
            at = round(each.run * self.rate / SECOND) + each.at
            piece = each.samples[max(0, first - at) : max(0, last - at)]
            place = max(0, at - first)
            heard[place : place + len(piece)] = piece
        return heard
