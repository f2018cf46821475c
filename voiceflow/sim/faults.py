"""Which piece of work goes wrong, and the account of what did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from random import Random

import attrs
import trio

from voiceflow.errors import ProviderError
from voiceflow.sim.script import Fault, Part


@attrs.define
class Faults:
    """The faults of one conversation, each of which happens once, when its work is done; an outage until it is over."""

    planned: Iterable[Fault]
    injected: Counter[str] = attrs.field(factory=Counter[str], init=False)
    """How many happened, by part and kind."""
    _by_job: dict[tuple[Part, int], list[Fault]] = attrs.field(init=False)
    _down: dict[Part, float] = attrs.field(factory=dict[Part, float], init=False)

    def __attrs_post_init__(self) -> None:
        self._by_job = {}
        for fault in self.planned:
            self._by_job.setdefault((fault.part, fault.job), []).append(fault)

    def of(self, part: Part, job: int) -> Fault | None:
        """What goes wrong with this piece of work; it is counted, and is over when it is tried again."""
        waiting = self._by_job.get((part, job))
        if not waiting:
            return None
        fault = waiting.pop(0)
        self.injected[f"{part}.{fault.kind}"] += 1
        return fault

    def fail(self, fault: Fault) -> None:
        """Raise what a broken provider raises, if that is this fault.

        Raises:
            ConnectionError: as a library that was not mapped at its edge.
            ProviderError: refused for good, or the connection is down.
        """
        if fault.kind == "error":
            raise ConnectionResetError(f"the simulated {fault.part} breaks here")
        if fault.kind == "refused":
            raise ProviderError(f"the simulated {fault.part} refuses", retryable=False)
        if fault.kind == "disconnect":
            self._down[fault.part] = trio.current_time() + fault.ms / 1000
            self.connect(fault.part)

    def connect(self, part: Part) -> None:
        """Raises `ProviderError` while the part is down."""
        if trio.current_time() < self._down.get(part, 0.0):
            raise ProviderError(f"the simulated {part} is not reached", retryable=True)


def latency(random: Random, median: int) -> int:
    """Nanoseconds, log-normal: one in twenty is over twice the median."""
    return round(median * 1_000_000 * min(8.0, random.lognormvariate(0.0, 0.45)))
