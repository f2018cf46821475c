"""Many calls at once, and how what they cost grows."""

from __future__ import annotations

import sys

import attrs
import pytest
from trio.testing import MockClock

from voiceflow.bench import crowd
from voiceflow.bench.crowd import Answers, Crowd, CrowdFigures, Ladder, figures_of, slope
from voiceflow.bench.figures import Distribution
from voiceflow.errors import VoiceflowError
from voiceflow.trace import Mark


async def test_a_crowd_answers_every_call(autojump_clock: MockClock) -> None:
    """In virtual time nothing is late, whatever the number of calls; what the machine costs is counted."""
    calls = Crowd(3, 13.0)
    await calls.run()
    figures = calls.figures()
    assert figures.calls == 3
    assert figures.overhead.n >= 6
    assert round(figures.overhead.max or 0, 6) == round(figures.late.max or 0, 6) == 0
    assert figures.cancelled.n == figures.wasted.n >= 3
    assert 0 < round(figures.wasted.max or 9, 6) <= 0.4
    assert figures.failed == 0
    assert figures.holds
    assert figures_of(attrs.asdict(figures)) == figures


def test_answers_that_do_not_come_are_missed() -> None:
    """One that ends unheard is; one that was cut off before it was heard is not."""
    answers = Answers()
    read = answers.of_a_call()
    for turn, names in {
        1: ("turn.committed", "turn.ended"),
        2: ("turn.committed", "turn.interrupted", "turn.ended"),
    }.items():
        for name in names:
            values = {"speech_end": 0, "why": "speech", "made": 1.0, "heard": 0.75}
            read(Mark(1000, turn, "turns", name, values))
    assert answers.missing == 1
    assert answers.wasted == [0.25]


def _figures(calls: int, cpu: float, late: float = 0.001) -> CrowdFigures:
    one, none = Distribution.of([late]), Distribution.of([])
    return CrowdFigures(calls, cpu, 2e5, one, one, none, none, none, 0)


def test_growth_is_a_slope_of_logarithms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of those numbers of calls that hold: 1 is linear. Each is measured in turn."""
    costs = {1: 0.01, 10: 0.01, 100: 0.01, 1000: 0.5}

    def measured(calls: int, seconds: float) -> CrowdFigures:
        return _figures(calls, costs[calls], 1.0 if calls == 1000 else 0.001)

    monkeypatch.setattr(crowd, "measured", measured)
    ladder, told = Ladder(tuple(costs)), list[str]()
    ladder.run(told.append)
    table, growth = ladder.sections()
    assert table.header == ("what", "1", "10", "100", "1000")
    assert table.rows[-1] == ("holds", "yes", "yes", "yes", "no")
    linear = "1.00, linear: at most 1.05 is"
    assert growth.rows == [("CPU of the process", linear), ("memory that the calls added", linear)]
    assert told == ["1 call ...", *(f"{n} calls ..." for n in (10, 100, 1000))]
    assert round(slope([(1, 3), (10, 300), (100, 30000)]), 9) == 2
    costs |= {10: 0.02, 100: 0.04}
    steep = Ladder((1, 10, 100))
    steep.run(told.append)
    _, growth = steep.sections()
    assert growth.rows[0] == ("CPU of the process", "1.30, NOT linear: at most 1.05 is")


def test_a_measurement_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the last line of what it wrote."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(VoiceflowError, match="7 calls at once could not be measured: status 1"):
        crowd.measured(7, 1.0)
