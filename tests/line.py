"""An output for speakers that keeps what it was given, and when."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

import attrs
import numpy as np
import trio

from voiceflow import Samples, Services


def now() -> float:
    return round(trio.current_time(), 6)


@attrs.define(eq=False)
class Line:
    """Takes `slow` seconds for a block, and raises an `error` at the blocks in `fails`, counted from 1."""

    rate: int = 24000
    lead: float = 0.0
    slow: float = 0.0
    fails: Sequence[int] = ()
    error: Callable[[], Exception] = OSError
    calls: int = 0
    opened: list[str] = attrs.field(factory=list[str])
    blocks: list[tuple[float, Samples]] = attrs.field(factory=list[tuple[float, Samples]])
    drops: list[tuple[float, float]] = attrs.field(factory=list[tuple[float, float]])

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        self.opened.append("open")
        try:
            yield
        finally:
            self.opened.append("closed")

    async def write(self, samples: Samples) -> None:
        self.calls += 1
        if self.calls in self.fails:
            raise self.error()
        self.blocks.append((now(), samples))
        if self.slow:
            await trio.sleep(self.slow)

    def drop(self, fade: float) -> None:
        self.drops.append((now(), fade))

    @property
    def times(self) -> list[float]:
        return [t for t, _ in self.blocks]

    @property
    def samples(self) -> int:
        return sum(len(block) for _, block in self.blocks)

    @property
    def sound(self) -> Samples:
        joined: Samples = np.concatenate([samples for _, samples in self.blocks])
        return joined

    def between(self, begin: float, end: float) -> list[int]:
        """What was written from one instant to another; sample 0 was written at 0."""
        found: list[int] = self.sound[round(begin * self.rate) : round(end * self.rate)].tolist()
        return found
