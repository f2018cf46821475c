"""What a server counts, and its metrics in Prometheus' text format."""

from __future__ import annotations

import resource
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from voiceflow.serve.call import Call

_BOUNDS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds: the upper ends of the buckets of lateness."""


@attrs.define
class Histogram:
    """How often a value was at most each of the bounds, as Prometheus counts."""

    counts: list[int] = attrs.field(factory=lambda: [0] * (len(_BOUNDS) + 1))
    sum: float = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(_BOUNDS, value)] += 1
        self.sum += value

    def lines(self, name: str) -> Iterator[str]:
        total = 0
        for bound, count in zip([*map(str, _BOUNDS), "+Inf"], self.counts, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self.sum:.6f}"
        yield f"{name}_count {total}"


@attrs.define
class Counts:
    """Of all calls since the server began. What a call counts is added when it ends."""

    begun: int = 0
    failed: int = 0
    refused: int = 0
    resumed: int = 0
    slow: int = 0
    """Clients that were let go because they read too slowly."""
    errors: dict[str, int] = attrs.field(factory=dict[str, int])
    """Messages that were refused, by the code of the error."""
    ended: dict[str, int] = attrs.field(factory=dict[str, int])
    """Calls that have ended, by the reason."""
    underruns: int = 0
    dropped_in: float = 0.0
    """Seconds of callers' sound that came too fast, and were thrown away."""
    silent_in: float = 0.0
    """Seconds of silence put in where nothing came."""
    lateness: Histogram = attrs.field(factory=Histogram)
    """Of each block of sound, by when it might have left."""

    def sent(self, late: float) -> None:
        """A block left, so many seconds late."""
        self.lateness.add(late)

    def error(self, code: str) -> None:
        self.errors[code] = self.errors.get(code, 0) + 1

    def end(self, call: Call) -> None:
        """A call has ended."""
        self.ended[call.reason] = self.ended.get(call.reason, 0) + 1
        self.underruns += call.mouth.cushion.missed
        arrivals = call.ear.arrivals
        self.dropped_in += arrivals.dropped / arrivals.rate
        self.silent_in += arrivals.silent / arrivals.rate


def metrics(counts: Counts, calls: Iterable[Call]) -> str:
    """All of it, with what the calls under way have counted so far."""
    return "\n".join(_lines(counts, list(calls))) + "\n"


def _lines(counts: Counts, calls: list[Call]) -> Iterator[str]:
    underruns = counts.underruns + sum(call.mouth.cushion.missed for call in calls)
    yield from _family("voiceflow_calls", "gauge", "calls under way", [("", len(calls))])
    waiting = sum(not call.attached for call in calls)
    yield from _family("voiceflow_calls_without_line", "gauge", "calls that wait for a line", [("", waiting)])
    yield from _family("voiceflow_calls_begun_total", "counter", "calls begun", [("", counts.begun)])
    yield from _family("voiceflow_calls_failed_total", "counter", "calls that failed", [("", counts.failed)])
    yield from _family("voiceflow_calls_refused_total", "counter", "calls not let in", [("", counts.refused)])
    yield from _family("voiceflow_calls_resumed_total", "counter", "calls that got a new line", [("", counts.resumed)])
    ended = [(f'{{reason="{reason}"}}', count) for reason, count in sorted(counts.ended.items())]
    yield from _family("voiceflow_calls_ended_total", "counter", "calls ended, by reason", ended)
    yield from _family("voiceflow_slow_clients_total", "counter", "clients let go as too slow", [("", counts.slow)])
    errors = [(f'{{code="{code}"}}', count) for code, count in sorted(counts.errors.items())]
    yield from _family("voiceflow_message_errors_total", "counter", "messages refused, by code", errors)
    yield from _family("voiceflow_underruns_total", "counter", "times that a player had nothing", [("", underruns)])
    heard = [('{what="dropped"}', counts.dropped_in), ('{what="silence"}', counts.silent_in)]
    yield from _family("voiceflow_ear_seconds_total", "counter", "sound that did not fit into its time", heard)
    yield "# HELP voiceflow_block_lateness_seconds by how much a block of sound left late"
    yield "# TYPE voiceflow_block_lateness_seconds histogram"
    yield from counts.lateness.lines("voiceflow_block_lateness_seconds")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = usage.ru_utime + usage.ru_stime
    yield from _family("process_cpu_seconds_total", "counter", "processor time used", [("", seconds)])
    yield from _family("process_resident_memory_bytes", "gauge", "memory in use", [("", _resident())])


def _family(name: str, kind: str, help: str, values: Sequence[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP {name} {help}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values:
        yield f"{name}{labels} {value:g}" if value < 1e6 else f"{name}{labels} {value:.0f}"


def _resident() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()
