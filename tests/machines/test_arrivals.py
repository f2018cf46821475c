"""Sound that comes from far away, put into its place."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.arrivals import Arrivals

MS = 1_000_000
RATE = 16000
BLOCK = 320


def _block(value: int = 1) -> Samples:
    return np.full(BLOCK, value, np.int16)


def _steady(arrivals: Arrivals, blocks: int, *, begin: int = 0, every: float = 20.0) -> None:
    """Blocks of 20 ms, the first of which ends at `begin` + 20 ms."""
    for n in range(blocks):
        arrivals.push(_block(), round((begin + (n + 1) * every) * MS))


def test_the_first_block_ends_when_it_came_and_the_others_follow() -> None:
    """Whether they come late or early."""
    arrivals = Arrivals(RATE)
    places = [arrivals.push(_block(), at * MS)[0].pts for at in (520, 590, 591, 592, 600)]
    assert places == [8000, 8320, 8640, 8960, 9280]


def test_what_is_late_by_less_than_the_patience_loses_nothing() -> None:
    """A line that stalled brings it all at once."""
    arrivals = Arrivals(RATE)
    _steady(arrivals, 10)
    assert arrivals.due == 1200 * MS
    assert arrivals.tick(1199 * MS) == []
    for _ in range(50):
        arrivals.push(_block(), 1199 * MS)
    assert (arrivals.end, arrivals.dropped, arrivals.silent) == (60 * BLOCK, 0, 0)


def test_where_nothing_comes_there_is_silence() -> None:
    """After the patience at once, up to now; then a tenth of a second at a time, until sound comes."""
    arrivals = Arrivals(RATE)
    _steady(arrivals, 1)
    (silence,) = arrivals.tick(1020 * MS)
    assert (silence.pts, silence.samples.tolist()) == (BLOCK, [0] * RATE)
    assert arrivals.due == 1120 * MS
    assert [window.pts for window in arrivals.tick(1120 * MS)] == [BLOCK + RATE]
    (window,) = arrivals.push(_block(), 1190 * MS)
    assert (window.pts, arrivals.due) == (1120 * RATE // 1000, (1120 + 20 + 1000) * MS)


def test_what_comes_too_fast_is_thrown_away() -> None:
    """Half a second ahead of the clock is the most."""
    arrivals = Arrivals(RATE)
    for _ in range(100):
        arrivals.push(_block(), 20 * MS)
    assert arrivals.end == RATE * 520 // 1000
    assert arrivals.dropped == 100 * BLOCK - arrivals.end


def test_a_far_clock_that_is_slow_is_put_right() -> None:
    """Two in a thousand: a stretch that is late throughout gets silence; nothing adds up."""
    arrivals = Arrivals(RATE)
    _steady(arrivals, 6000, every=20.04)
    late = round(6000 * 20.04 * RATE / 1000) - (arrivals.end or 0)
    assert 0 <= late <= 0.06 * RATE
    assert arrivals.silent > 0


def test_a_far_clock_that_is_fast_is_put_right() -> None:
    """Two in a thousand: a stretch that is early throughout loses as much."""
    arrivals = Arrivals(RATE)
    _steady(arrivals, 6000, every=19.96)
    early = (arrivals.end or 0) - round(6000 * 19.96 * RATE / 1000)
    assert -0.02 * RATE <= early <= 0.06 * RATE
    assert arrivals.dropped > 0


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 960), st.booleans()), max_size=60))
@settings(max_examples=80)
def test_whatever_comes_the_stream_has_no_holes_and_is_near_the_clock(steps: list[tuple[int, int, bool]]) -> None:
    """Each window begins where the one before it ended; nothing lies further ahead than allowed."""
    arrivals, now, end = Arrivals(RATE, over=0.5), 0, None
    for wait, size, tick in steps:
        now += wait * MS
        windows = arrivals.tick(now) if tick else arrivals.push(np.ones(size, np.int16), now)
        for window in windows:
            assert window.pts == (window.pts if end is None else end)
            end = window.end
        assert arrivals.end is None or arrivals.end <= now * RATE // 1_000_000_000 + RATE // 2
