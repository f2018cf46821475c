"""The measurements of the reference call: of which program, with how many calls, and whether those were held."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import attrs

from voiceflow.bench.tables import in_number

OURS: Final = "voiceflow"
PROGRAMS: Final[Mapping[str, str]] = {
    OURS: "bench_voiceflow.py",
    "asyncio": "floor_asyncio.py",
    "trio": "floor_trio.py",
    "pipecat": "bench_pipecat.py",
    "livekit": "bench_livekit.py",
    "videosdk": "bench_videosdk.py",
}
"""Ours, two programs with no framework at all, and the others."""
FRAMEWORKS, FLOORS = ("pipecat", "livekit", "videosdk"), ("asyncio", "trio")
PACKAGES: Final[Mapping[str, Sequence[str]]] = {
    "pipecat": ("pipecat-ai==1.14.0",),
    "livekit": ("livekit-agents==1.8.9",),
    "videosdk": ("videosdk-agents==1.0.30",),
}
_LATE, _SLOW = 20.0, 50.0  # ms: what holds

Kind = Literal["calls", "long", "core"]
"""The call as it is; with replies of 800 tokens; as it is, on one core, to see how many calls that holds."""


@attrs.frozen
class Measurement:
    """One process: which program, with how many calls, which time it is done, and what with."""

    name: str
    calls: int
    round: int = 1
    kind: Kind = "calls"

    @property
    def key(self) -> tuple[str, str, int, int]:
        return self.kind, self.name, self.calls, self.round

    def __str__(self) -> str:
        return f"{self.name}, {in_number(self.calls)}, {_HOW[self.kind].format(self.round)}"


_HOW: Final[Mapping[Kind, str]] = {"calls": "round {}", "long": "replies of 800 tokens", "core": "on one core"}


def holds(record: Mapping[str, Any]) -> bool:
    """Whether all calls were answered in time: 95 % of the blocks and half of the answers, and none failed."""
    if (
        "error" in record
        or record.get("started") != record["calls"]
        or any(record.get(name, 1) for name in ("no_reply", "not_cut", "stuck"))
    ):
        return False
    late, over = record.get("sink_lateness_ms", {}).get("p95"), record["response_overhead_ms"].get("median")
    return late is not None and over is not None and late < _LATE and over < _SLOW


def probe(known: Mapping[int, bool], counts: Sequence[int]) -> int | None:
    """Which number of calls to try next, to find the largest that holds; None when its neighbour is known not to."""
    low = max((place for place, count in enumerate(counts) if known.get(count)), default=-1)
    high = min((place for place, count in enumerate(counts) if known.get(count) is False), default=len(counts))
    return None if high - low <= 1 else counts[(low + high) // 2]


def most(known: Mapping[int, bool]) -> str:
    """The largest number of calls that holds, in words: nothing is known of what was not tried."""
    good = [count for count, held in known.items() if held]
    if not good:
        return f"under {min(known)}"
    return f"{max(good)} or more" if all(known.values()) else str(max(good))
