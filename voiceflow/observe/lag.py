"""How late the event loop comes, and how late the machine lets anyone come.

A frame waits when something did not yield, and as well when the cores were taken. A bystander, a process that does
nothing but sleep in the loop's rhythm, at the same priority and in the same minutes, shows the second alone: what the
loop comes later than that, it does by its own fault.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import IO

import attrs
import trio

_GRACE = 5.0  # seconds that a bystander gets to tell what it saw
_BYSTANDER = """\
import select, sys, time
interval, tick, late = float(sys.argv[1]), float(sys.argv[2]), {}
open(0, "rb", buffering=0, closefd=False).read(1)  # the word to begin
while True:
    wanted = time.perf_counter() + interval
    if select.select([0], [], [], interval)[0]:  # closed: by its parent, or with it
        break
    ticks = int(max(0, time.perf_counter() - wanted) / tick)
    late[ticks] = late.get(ticks, 0) + 1
for ticks, count in late.items():
    print(ticks, count)
"""


@attrs.define
class Lateness:
    """How many wake-ups were how late, counted in steps of 10 µs: hours take little more room than seconds."""

    TICK = 1e-5

    _ticks: dict[int, int] = attrs.field(factory=dict[int, int], init=False)

    def add(self, late: float) -> None:
        """One more, by so many seconds; before its time is not late."""
        self.count_in(int(max(0.0, late) / self.TICK), 1)

    def count_in(self, ticks: int, count: int) -> None:
        """So many more, each by `ticks` steps and a part of the next."""
        self._ticks[ticks] = self._ticks.get(ticks, 0) + count

    @property
    def count(self) -> int:
        return sum(self._ticks.values())

    @property
    def worst(self) -> float:
        """Seconds; 0 before the first."""
        return self.quantile(1.0)

    def quantile(self, q: float) -> float:
        """Seconds that a share `q` came no later than, by nearest rank, up to the next step; 0 before the first."""
        wanted = math.ceil(q * self.count)
        seen = 0
        for ticks in sorted(self._ticks):
            seen += self._ticks[ticks]
            if seen >= wanted:
                return (ticks + 1) * self.TICK
        return 0.0


@attrs.define
class LoopLag:
    """By how much a task that sleeps `interval` seconds at a time wakes up too late, and a bystander beside it.

    Trio waits for whole milliseconds, rounded up: when other tasks wake in between, up to one of them is its own.
    """

    interval: float = 0.005
    loop: Lateness = attrs.field(factory=Lateness, init=False)
    bystander: Lateness = attrs.field(factory=Lateness, init=False)
    _begin: IO[bytes] | None = attrs.field(default=None, init=False, repr=False)

    @contextmanager
    def beside(self) -> Generator[None, None, None]:
        """Have a bystander, which begins when `measure` does and has told what it saw when this is left."""
        # A process group of its own: Ctrl-C in the terminal is for the parent, which closes its standard input then.
        with subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _BYSTANDER, str(self.interval), str(Lateness.TICK)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,
        ) as process:
            self._begin = process.stdin
            try:
                yield
            finally:
                self._begin = None
                try:
                    self._hear(process)
                finally:
                    process.kill()

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(subprocess.TimeoutExpired):
            seen, _ = process.communicate(timeout=_GRACE)
            for line in seen.splitlines():
                self.bystander.count_in(*map(int, line.split()))

    async def measure(self) -> None:
        """Measure until cancelled."""
        if self._begin is not None:
            with suppress(BrokenPipeError):
                self._begin.write(b"\n")
                self._begin.flush()
        while True:
            wanted = trio.current_time() + self.interval
            await trio.sleep_until(wanted)
            self.loop.add(trio.current_time() - wanted)

    def __str__(self) -> str:
        beside = f" (a bystander process: {_ms(self.bystander)})" if self.bystander.count else ""
        return f"loop lag {_ms(self.loop)}{beside}"


def _ms(late: Lateness) -> str:
    return f"p99.9 {late.quantile(0.999) * 1e3:.1f} ms, at most {late.worst * 1e3:.1f}"
