"""The clock of benchmarks/hot_path.py: virtual, in whole milliseconds."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
import trio

HOT_PATH = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "hot_path.py"))


def test_timers_fall_together_at_whole_milliseconds() -> None:
    """A sleeper never wakes early, and no real time is waited for."""
    woken: list[float] = []

    async def sleep(until: float) -> None:
        await trio.sleep_until(until)
        woken.append(trio.current_time())

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for until in (1000.0002, 1000.0009, 1000.002, 1000.0021):
                nursery.start_soon(sleep, until)

    trio.run(main, clock=HOT_PATH["Ticks"]())
    assert sorted(woken) == [1000.001, 1000.001, 1000.002, 1000.003]


def test_calls_are_acted_out_to_their_end() -> None:
    """Their seconds are those of the reference call, and a second of them costs something."""
    one, two = HOT_PATH["Calls"](1, 1), HOT_PATH["Calls"](2, 1)
    assert HOT_PATH["cpu"](one) > 0
    assert HOT_PATH["cpu"](two) > 0
    assert two.seconds == pytest.approx(2 * one.seconds, abs=0.05)
