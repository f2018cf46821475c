"""The session's clock: whole microseconds, and no instant that is reached before it has come."""

from __future__ import annotations

import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from voiceflow._clock import OUTPUT, TIMER, Clock


@given(st.integers(0, 4_000_000_000_000), st.sampled_from([0.0, TIMER, OUTPUT]), st.floats(0, 1e6))
def test_who_sleeps_until_an_instant_wakes_when_it_has_come(t: int, late: float, epoch: float) -> None:
    """To the rounding of the clock itself; else one who waits for an instant would spin."""

    async def main() -> None:
        await trio.sleep_until(epoch)
        clock = Clock()
        await trio.sleep_until(clock.when(t) + late)
        assert t <= clock.now() <= t + 1000

    trio.run(main, clock=MockClock(autojump_threshold=0))
