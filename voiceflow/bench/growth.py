"""Whether a process that answers one call after the other stays as large as it is: memory over many calls."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator

import attrs
import trio
from trio.testing import MockClock

from voiceflow.bench import reference
from voiceflow.bench.process import made_with, memory
from voiceflow.bench.tables import Section
from voiceflow.session import Session

CALLS = 1000
MOST = 1e6
"""Bytes that the process may grow by after its first calls."""
SECONDS_A_CALL = 0.2  # about
_LOOKS = 20
_WARM = 0.2  # of the calls, after which pools and caches have what they will hold


@attrs.frozen
class Look:
    """The process after so many calls, everything that is garbage being collected."""

    calls: int
    resident: float
    """Bytes."""
    blocks: int
    """That Python's allocator has given out."""
    objects: int
    """That the garbage collector knows."""


@attrs.define(eq=False)
class Growth:
    """Runs `calls` calls in virtual time, one after the other, and looks at the process now and then."""

    calls: int = CALLS
    turns: int = 2
    """Answers in a call; every second one is cut off."""
    looks: list[Look] = attrs.field(factory=list[Look], init=False)

    def run(self, tell: Callable[[str], object]) -> None:
        for number in range(self.calls):
            trio.run(self._call, clock=MockClock(autojump_threshold=0))
            if (number + 1) % max(1, self.calls // _LOOKS) == 0:
                self.looks.append(_look(number + 1))
                tell(f"{number + 1} of {self.calls} calls: {self.looks[-1].resident / 1e6:.1f} MB resident")

    async def _call(self) -> None:
        async with Session(reference.graph(self.turns)) as session:
            await session.finished()

    @property
    def warm(self) -> list[Look]:
        """Those after the first calls."""
        return [look for look in self.looks if look.calls > _WARM * self.calls] or self.looks

    @property
    def grown(self) -> float:
        """Bytes resident at the end more than after the first calls."""
        return self.warm[-1].resident - self.warm[0].resident

    @property
    def kept(self) -> float:
        """Objects that each call left behind, after the first calls."""
        first, last = self.warm[0], self.warm[-1]
        return (last.objects - first.objects) / max(1, last.calls - first.calls)

    @property
    def flat(self) -> bool:
        """Whether it stays as large as it is."""
        return self.grown < MOST

    def sections(self) -> Iterator[Section]:
        rows = [
            (str(look.calls), f"{look.resident / 1e6:.2f}", str(look.blocks), str(look.objects)) for look in self.looks
        ]
        yield Section("One call after the other", ("calls", "resident, MB", "blocks", "objects"), rows)
        if self.looks:
            verdict = "flat" if self.flat else f"NOT flat: at most {MOST / 1e6:g} MB was expected"
            yield Section(
                f"From call {self.warm[0].calls} on",
                ("what", "value"),
                [
                    ("memory grown by (MB)", f"{self.grown / 1e6:.2f}, {verdict}"),
                    ("objects left by a call", f"{self.kept:.2f}"),
                ],
            )

    def to_json(self) -> str:
        made = {"voiceflow bench memory": 1, "made with": made_with(), "grown": self.grown if self.looks else None}
        return json.dumps(made | {"looks": [attrs.asdict(look) for look in self.looks]}, indent=1)


def _look(calls: int) -> Look:
    gc.collect()
    return Look(calls, memory(), sys.getallocatedblocks(), len(gc.get_objects()))
