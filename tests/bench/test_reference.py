"""The reference call in virtual time: the runtime adds nothing to what anyone must wait, and its work is counted."""

from __future__ import annotations

import sys
from collections.abc import Generator
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
    """Counts calls of functions of the project, and the cancel scopes that are opened."""

    count = scopes = 0

    def __call__(self, frame: Any, event: str, argument: object) -> None:
        if event == "call":
            self.count += frame.f_code.co_filename.startswith(OURS)
            self.scopes += frame.f_code is trio.CancelScope.__enter__.__code__

    @contextmanager
    def counting(self) -> Generator[None, None, None]:
        before = sys.getprofile()
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(before)


def _run(turns: int) -> tuple[float, int, _Calls]:
    """A call's seconds, steps of the scheduler and what is called."""
    steps, calls, took = _Steps(), _Calls(), list[float]()

    async def call() -> None:
        began = trio.current_time()
        async with Session(reference.graph(turns)) as session:
            await session.finished()
        took.append(trio.current_time() - began)

    with calls.counting():
        trio.run(call, clock=MockClock(autojump_threshold=0), instruments=[steps])
    return took[0], steps.count, calls


def test_a_second_of_a_call_costs_so_much() -> None:
    """The difference of two calls, so that opening and closing drop out; what is done for each frame shows here.

    Of the steps 50 are those of the 50 blocks of a second: the stages behind their source are pushed through by it. The
    calls hold those of the stubs. No scope is opened for a block or a token.
    """
    (few, steps, calls), (many, more_steps, more) = _run(1), _run(3)
    assert (more_steps - steps) / (many - few) <= 131  # 129.6 as it is
    assert (more.count - calls.count) / (many - few) <= 4700  # 4455 as it is
    assert (more.scopes - calls.scopes) / (many - few) <= 5  # 4.3 as it is
