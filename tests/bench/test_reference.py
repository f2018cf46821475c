"""The reference call in virtual time: the runtime adds nothing to what anyone must wait, and its work is counted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trio
from trio.testing import MockClock

import voiceflow
from voiceflow import Session
from voiceflow.bench import Bench, reference

OURS = str(Path(voiceflow.__file__).parent)


async def test_the_runtime_adds_nothing_to_what_anyone_must_wait(autojump_clock: MockClock) -> None:
    """No look-ahead, no grid, no timer of its own between the end of speech and the answer; a cut takes no time."""
    bench = Bench(lambda: reference.graph(2), "the reference call", calls=1)
    await bench.run()
    report = bench.report()
    assert [round(turn.response or 0, 6) for turn in report.turns] == [reference.FLOOR] * 3
    assert [turn.interrupted for turn in report.turns] == [False, True, False]
    (cut,) = report.interruptions
    assert cut.onset_to_silence == reference.BLOCK  # of which the line gives the whole at its end
    assert cut.cancel_to_ended == cut.made_after_cut == 0
    assert cut.wasted is not None
    assert round(cut.wasted, 6) <= 0.4
    assert [wire.dropped for wire in report.wires().values()] == [0] * 9


class _Steps(trio.abc.Instrument):
    count = 0

    def before_task_step(self, task: Any) -> None:
        self.count += 1


class _Calls:
    """Counts calls of functions of the project."""

    count = 0

    def __call__(self, frame: Any, event: str, argument: object) -> None:
        self.count += event == "call" and frame.f_code.co_filename.startswith(OURS)

    @contextmanager
    def counting(self) -> Generator[None, None, None]:
        before = sys.getprofile()
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(before)


def _run(turns: int, *instruments: trio.abc.Instrument) -> float:
    """The call's seconds."""
    took: list[float] = []

    async def call() -> None:
        began = trio.current_time()
        async with Session(reference.graph(turns)) as session:
            await session.finished()
        took.append(trio.current_time() - began)

    trio.run(call, clock=MockClock(autojump_threshold=0), instruments=instruments)
    return took[0]


def _a_second(count: Callable[[int], tuple[float, int]]) -> float:
    """What one more second of a call costs: the difference of two calls, so that opening and closing drop out."""
    (few, some), (many, more) = count(2), count(4)
    return (more - some) / (many - few)


def test_a_second_of_a_call_costs_so_many_steps() -> None:
    """Of the scheduler: 50 blocks are heard by three tasks, and for some of the time as many played."""

    def count(turns: int) -> tuple[float, int]:
        steps = _Steps()
        return _run(turns, steps), steps.count

    assert _a_second(count) <= 242  # 239 as it is


def test_a_second_of_a_call_costs_so_many_calls() -> None:
    """Of functions of the project, those of the stubs among them: what is done for each frame shows here."""

    def count(turns: int) -> tuple[float, int]:
        calls = _Calls()
        with calls.counting():
            return _run(turns), calls.count

    assert _a_second(count) <= 8000  # 7860 as it is
