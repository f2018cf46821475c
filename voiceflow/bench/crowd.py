"""Many calls in one process on one core, and how what they cost grows with their number.

python -m voiceflow.bench.crowd CALLS SECONDS      one measurement, as JSON, in a process of its own
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs
import trio

from voiceflow._frozen import frozen
from voiceflow.bench import reference
from voiceflow.bench.figures import Distribution
from voiceflow.bench.process import GcPauses, Usage, complaint, made_with, memory
from voiceflow.bench.tables import Section, in_ms, in_number
from voiceflow.errors import VoiceflowError
from voiceflow.session import Session
from voiceflow.trace import Mark, Trace

COUNTS = (1, 10, 50, 100, 200, 250, 300)
SECONDS = 20.0  # of each measurement, when all calls have begun
SPREAD = 0.1  # seconds from the begin of one call to that of the next, or less, so that they are not in step
ROUND = 12.0  # seconds of two answers, over which the calls are spread
_NANO = 1_000_000_000
_LINEAR = 1.05  # the steepest slope that counts as growing as the calls do
_LATE, _SLOW = 0.020, 0.050  # what holds: 95 % of the blocks and half of the answers are less late than this


@attrs.frozen
class CrowdFigures:
    """So many calls at once; seconds and bytes."""

    calls: int
    cpu: float
    """CPU seconds per second of each call."""
    memory: float
    """Bytes that each call added."""
    overhead: Distribution
    """From the end of speech to the answer, without what anyone must wait."""
    late: Distribution
    """Of the blocks that the speakers play."""
    cancelled: Distribution
    """From a cut to when all tasks of the answer had ended."""
    wasted: Distribution
    """Seconds synthesised and never played, of each answer that was cut off."""
    gc: Distribution
    failed: int
    """Answers that did not come."""

    @property
    def holds(self) -> bool:
        late, slow = self.late.p95, self.overhead.p50
        return not self.failed and late is not None and slow is not None and late < _LATE and slow < _SLOW


@attrs.define(eq=False)
class Answers:
    """Reads the traces of all calls: what their answers took. Seconds."""

    overhead: list[float] = attrs.field(factory=list[float], init=False)
    cancelled: list[float] = attrs.field(factory=list[float], init=False)
    wasted: list[float] = attrs.field(factory=list[float], init=False)
    missing: int = attrs.field(default=0, init=False)

    def of_a_call(self) -> Callable[[Mark], None]:
        """A reader of one call's trace."""
        spoken: dict[int | None, int] = {}
        cut: dict[int | None, int] = {}

        def read(mark: Mark) -> None:
            match mark.name:
                case "turn.committed":
                    spoken[mark.turn] = int(str(mark.values["speech_end"]))
                case "turn.audible" if mark.turn in spoken:
                    self.overhead.append((mark.t - spoken.pop(mark.turn)) / _NANO - reference.FLOOR)
                case "turn.interrupted" if mark.values["why"] == "speech":
                    cut[mark.turn] = mark.t
                    self.wasted.append(float(str(mark.values["made"])) - float(str(mark.values["heard"])))
                case "turn.ended":
                    self.missing += mark.turn in spoken and mark.turn not in cut
                    if mark.turn in cut:
                        self.cancelled.append((mark.t - cut.pop(mark.turn)) / _NANO)
                case _:
                    pass

        return read


@attrs.define(eq=False)
class Crowd:
    """Runs the calls; `figures` says what they cost while all of them were at work."""

    calls: int
    seconds: float
    late: list[float] = attrs.field(factory=list[float], init=False)
    gc: GcPauses = attrs.field(factory=GcPauses, init=False)
    answers: Answers = attrs.field(factory=Answers, init=False)
    _begun: int = attrs.field(default=0, init=False)
    _all: trio.Event = attrs.field(factory=trio.Event, init=False)
    _cpu: float = attrs.field(default=0.0, init=False)
    _memory: float = attrs.field(default=0.0, init=False)
    _took: float = attrs.field(default=0.0, init=False)

    async def run(self) -> None:
        before = memory()
        pause = min(SPREAD, ROUND / self.calls)
        async with trio.open_nursery() as nursery:
            for number in range(self.calls):
                nursery.start_soon(self._call, number * pause)
            await self._all.wait()
            with frozen(), self.gc.watching():
                self.late.clear()
                began, spent = trio.current_time(), Usage.now().own
                await trio.sleep(self.seconds)
                self._took, self._cpu = trio.current_time() - began, Usage.now().own - spent
            self._memory = (memory() - before) / self.calls
            nursery.cancel_scope.cancel(reason="the measurement is over")

    async def _call(self, after: float) -> None:
        await trio.sleep(after)
        turns = 2 * math.ceil((self.seconds + self.calls * SPREAD) / ROUND) + 4
        call = reference.graph(turns, self.late.append)
        async with Session(call, trace=Trace([self.answers.of_a_call()])) as session:
            self._begun += 1
            if self._begun == self.calls:
                self._all.set()
            await session.finished()

    def figures(self) -> CrowdFigures:
        return CrowdFigures(
            self.calls,
            self._cpu / (self._took * self.calls),
            self._memory,
            Distribution.of(self.answers.overhead),
            Distribution.of(self.late),
            Distribution.of(self.answers.cancelled),
            Distribution.of(self.answers.wasted),
            Distribution.of(self.gc.seconds),
            self.answers.missing,
        )


@attrs.define(eq=False)
class Ladder:
    """The same with more and more calls, each number in a process of its own on one core."""

    counts: Sequence[int] = COUNTS
    seconds: float = SECONDS
    done: list[CrowdFigures] = attrs.field(factory=list[CrowdFigures], init=False)

    def run(self, tell: Callable[[str], object]) -> None:
        for count in self.counts:
            tell(f"{in_number(count)} ...")
            self.done.append(measured(count, self.seconds))

    def sections(self) -> Iterator[Section]:
        yield Section(
            "Calls at once in one process on one core, ms",
            ("what", *(str(each.calls) for each in self.done)),
            [(name, *map(value, self.done)) for name, value in _ROWS.items()],
            f"overhead: beyond the {reference.FLOOR * 1e3:.0f} ms that the stubs take; holds: 95 % of the blocks less "
            f"than {_LATE * 1e3:.0f} ms late, half of the answers less than {_SLOW * 1e3:.0f} ms, none missing",
        )
        yield Section("Growth with the number of calls, log-log", ("what", "value"), list(self._slopes()))

    def _slopes(self) -> Iterator[Sequence[str]]:
        held = [each for each in self.done if each.holds]
        if len(held) > 1:
            yield "CPU of the process", _judged(slope([(each.calls, each.cpu * each.calls) for each in held]))
            many = [(each.calls, each.memory * each.calls) for each in held if each.memory > 0]
            yield "memory that the calls added", _judged(slope(many)) if len(many) > 1 else "-"

    def to_json(self) -> str:
        made = {"voiceflow bench calls": 1, "made with": made_with()}
        return json.dumps(made | {"calls": [attrs.asdict(each) for each in self.done]}, indent=1)


_ROWS: Mapping[str, Callable[[CrowdFigures], str]] = {
    "overhead p50": lambda each: in_ms(each.overhead.p50),
    "overhead p95": lambda each: in_ms(each.overhead.p95),
    "block late p95": lambda each: in_ms(each.late.p95),
    "block late, worst": lambda each: in_ms(each.late.max),
    "cut to all ended p50": lambda each: in_ms(each.cancelled.p50),
    "cut to all ended p99": lambda each: in_ms(each.cancelled.p99),
    "wasted by a cut, most": lambda each: in_ms(each.wasted.max),
    "garbage collection, longest": lambda each: in_ms(each.gc.max),
    "CPU s per call-second": lambda each: f"{each.cpu:.4f}",
    "memory, MB a call": lambda each: f"{each.memory / 1e6:.2f}",
    "answers missing": lambda each: str(each.failed),
    "holds": lambda each: "yes" if each.holds else "no",
}


def _judged(found: float) -> str:
    verdict = "linear" if found <= _LINEAR else "NOT linear"
    return f"{found:.2f}, {verdict}: at most {_LINEAR} is"


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The least-squares slope of log y over log x: 1 when y grows as x does."""
    xs, ys = [math.log(x) for x, _ in points], [math.log(y) for _, y in points]
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread


def measured(calls: int, seconds: float) -> CrowdFigures:
    """One measurement in a process of its own.

    Raises:
        VoiceflowError: the process failed.
    """
    command = [sys.executable, "-P", "-m", "voiceflow.bench.crowd", str(calls), str(seconds)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise VoiceflowError(f"{calls} calls at once could not be measured: {complaint(ended)}")
    return figures_of(json.loads(ended.stdout))


def figures_of(read: dict[str, Any]) -> CrowdFigures:
    """What `attrs.asdict` made of figures."""
    distributions = {name for name, kind in CrowdFigures.__annotations__.items() if kind == "Distribution"}
    values: dict[str, Any] = {name: Distribution(**read[name]) for name in distributions}
    return CrowdFigures(**(read | values))


def main() -> None:
    calls, seconds = int(sys.argv[1]), float(sys.argv[2])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    crowd = Crowd(calls, seconds)
    trio.run(crowd.run)
    print(json.dumps(attrs.asdict(crowd.figures())))


if __name__ == "__main__":
    main()
