"""How late the event loop comes."""

from __future__ import annotations

import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from voiceflow.observe.lag import LoopLag


@given(st.lists(st.floats(1e-6, 10.0), min_size=1, max_size=100), st.floats(0.01, 1.0))
def test_a_quantile_is_right_to_four_percent(lates: list[float], q: float) -> None:
    """Never below the true one, never above the worst."""
    lag = LoopLag()
    for late in lates:
        lag.add(late)
    true = next(late for n, late in enumerate(sorted(lates), 1) if n >= q * len(lates))
    assert true * 0.999999 <= lag.quantile(q) <= min(max(lates), true * 2 ** (1 / 16) * 1.000001)
    assert (lag.count, lag.worst) == (len(lates), max(lates))


def test_before_the_first_wake_up_nothing_was_late() -> None:
    """And a wake-up that is early counts as a microsecond."""
    lag = LoopLag()
    assert lag.quantile(0.999) == 0.0
    lag.add(-1.0)
    assert (lag.quantile(0.5), lag.worst) == (1e-6, 1e-6)


async def test_it_measures_until_it_is_cancelled(mock_clock: MockClock) -> None:
    """A loop that is held up for 0.1 s once shows it."""
    lag = LoopLag(interval=0.01)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lag.measure)
        for jump in (0.01, 0.11, 0.01):
            await trio.testing.wait_all_tasks_blocked()
            mock_clock.jump(jump)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert lag.count == 3
    assert round(lag.worst, 6) == 0.1
    assert lag.quantile(0.5) < 1e-5
