"""How late the event loop comes: what a frame would have to wait because something did not yield."""

from __future__ import annotations

import math

import attrs
import trio


@attrs.define
class LoopLag:
    """Seconds by which a task that sleeps `interval` seconds at a time wakes up too late.

    Keeps a count per bucket of a sixteenth of an octave, so that hours take no more room than seconds.
    """

    interval: float = 0.005
    worst: float = 0.0
    count: int = 0
    _buckets: dict[int, int] = attrs.field(factory=dict[int, int], init=False, repr=False)

    async def measure(self) -> None:
        """Measure until cancelled."""
        while True:
            wanted = trio.current_time() + self.interval
            await trio.sleep_until(wanted)
            self.add(trio.current_time() - wanted)

    def add(self, late: float) -> None:
        late = max(late, 1e-6)
        bucket = math.ceil(math.log2(late * 1e6) * 16)
        self._buckets[bucket] = self._buckets.get(bucket, 0) + 1
        self.count += 1
        self.worst = max(self.worst, late)

    def quantile(self, q: float) -> float:
        """Seconds that a share `q` of the wake-ups stayed under, to 4 %; 0 before the first."""
        wanted = q * self.count
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return min(self.worst, 2 ** (bucket / 16) / 1e6)
        return 0.0
