from __future__ import annotations

from fractions import Fraction
from math import ceil

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines.cursor import Cursor

SECOND = 1_000_000_000
RATES = st.sampled_from([8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000])


@attrs.define
class SlowCursor:
    """The same by brute force: the exact instant at which each single sample has sounded."""

    rate: int
    ends: list[Fraction] = attrs.Factory(list[Fraction])
    held: int | None = None
    underruns: int = 0

    def push(self, samples: int, at: int) -> None:
        at = at if self.held is None else min(at, self.held)
        before = self.ends[-1] if self.ends else None
        late = before is not None and at > ceil(before)
        self.underruns += late and samples > 0
        start = Fraction(at) if before is None or late else before
        self.ends += (start + Fraction(n * SECOND, self.rate) for n in range(1, samples + 1))

    def position(self, now: int) -> int:
        now = now if self.held is None else min(now, self.held)
        return sum(end <= now for end in self.ends)

    def resume(self, now: int) -> None:
        held, self.held = self.held, None
        if held is not None:
            later = max(0, now - held)
            self.ends = [end + later if end > held else end for end in self.ends]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["push", "push", "push", "hold", "resume", "look"]),
        st.integers(0, 60),
        st.integers(0, 8_000_000),
    ),
    max_size=30,
)


@given(RATES, STEPS)
def test_agrees_with_the_instant_of_every_single_sample(rate: int, steps: list[tuple[str, int, int]]) -> None:
    """Whatever is pushed, held and resumed, position, end and underruns are those of samples counted one by one."""
    cursor, slow, now = Cursor(rate), SlowCursor(rate), 0
    for step, amount, later in steps:
        now += later
        if step == "push":
            cursor.push(amount, now + amount * 1000)
            slow.push(amount, now + amount * 1000)
        elif step == "hold" and slow.held is None:
            cursor.hold(now)
            slow.held = now
        elif step == "resume":
            cursor.resume(now)
            slow.resume(now)
        assert cursor.position(now) == slow.position(now)
        assert cursor.position(now + later) == slow.position(now + later)
        assert cursor.sent == len(slow.ends)
        assert cursor.underruns == slow.underruns
        if slow.held is None and slow.ends:
            assert cursor.end() == ceil(slow.ends[-1])


@given(RATES, st.lists(st.integers(0, 2_000), min_size=1, max_size=40))
def test_all_has_sounded_at_the_end_and_not_one_nanosecond_before(rate: int, blocks: list[int]) -> None:
    """Blocks sent back to back end where one block of their sum would, to the nanosecond, at any rate."""
    cursor = Cursor(rate)
    for block in blocks:
        cursor.push(block, cursor.end() or 7)
    end, sent = cursor.end(), sum(blocks)
    assert end is not None
    assert end == (7 + ceil(Fraction(sent * SECOND, rate)) if sent else 0)
    assert cursor.position(end) == sent
    assert cursor.position(end - 1) == max(0, sent - 1)
    assert cursor.underruns == 0


def test_a_thousand_blocks_of_20_ms_end_after_20_s_exactly() -> None:
    """Block lengths do not add up to a drift."""
    cursor = Cursor(22_050)
    for index in range(1000):
        cursor.push(441, index * 20_000_000)
    assert cursor.end() == 20 * SECOND
    assert cursor.position(10 * SECOND) == 220_500


def test_a_sample_counts_when_all_of_it_has_sounded() -> None:
    """At 16 kHz a sample lasts 62,500 ns."""
    cursor = Cursor(16_000)
    cursor.push(3, 1_000)
    assert [cursor.position(1_000 + 62_500 * n - 1) for n in range(5)] == [0, 0, 1, 2, 3]
    assert [cursor.position(1_000 + 62_500 * n) for n in range(5)] == [0, 1, 2, 3, 3]


def test_a_late_block_starts_when_it_comes_and_is_counted() -> None:
    """While nothing sounds the position stands, and then goes on from there."""
    cursor = Cursor(1_000)
    cursor.push(10, 0)
    cursor.push(10, 15_000_000)
    assert cursor.underruns == 1
    assert [cursor.position(ms * 1_000_000) for ms in (9, 10, 15, 16, 25, 99)] == [9, 10, 10, 11, 20, 20]
    assert cursor.end() == 25_000_000


def test_hold_stops_the_clock_and_resume_goes_on_from_there() -> None:
    """A hold of any length moves the end by its length, and the position by nothing."""
    cursor = Cursor(1_000)
    cursor.push(100, 0)
    cursor.hold(30_000_000)
    assert cursor.held
    assert cursor.position(900_000_000) == 30
    assert cursor.end() is None
    cursor.resume(1_000_000_000)
    assert cursor.position(1_000_000_000) == 30
    assert cursor.end() == 1_070_000_000
    assert cursor.underruns == 0


def test_a_hold_may_lie_ahead() -> None:
    """What a device still holds sounds until the hold, and a resume before it leaves nothing out."""
    cursor = Cursor(1_000)
    cursor.push(100, 0)
    cursor.hold(40_000_000)
    assert cursor.position(39_000_000) == 39
    assert cursor.position(50_000_000) == 40
    cursor.resume(20_000_000)
    assert cursor.end() == 100_000_000


def test_a_resume_may_lie_ahead() -> None:
    """A device that ran dry sounds later than it is written to; until then the position stands, and never goes back."""
    cursor = Cursor(1_000)
    cursor.push(100, 0)
    cursor.hold(40_000_000)
    cursor.resume(90_000_000)
    assert [cursor.position(at * 1_000_000) for at in (60, 89, 90, 91)] == [40, 40, 40, 41]
    assert cursor.end() == 150_000_000


def test_a_block_pushed_while_held_sounds_after_the_resume() -> None:
    """It is no underrun: it follows what was held."""
    cursor = Cursor(1_000)
    cursor.push(10, 0)
    cursor.hold(5_000_000)
    cursor.push(10, 10_000_000)
    cursor.resume(50_000_000)
    assert (cursor.end(), cursor.underruns) == (65_000_000, 0)


def test_the_end_is_known_where_all_sounds_before_the_hold() -> None:
    """Holding silence holds nothing."""
    cursor = Cursor(1_000)
    cursor.push(10, 0)
    cursor.hold(12_000_000)
    assert cursor.end() == 10_000_000


def test_a_mark_is_believed_above_the_estimate() -> None:
    """The far player was 30 ms behind; the estimate goes on from what it said, backwards here, forwards there."""
    cursor = Cursor(1_000)
    cursor.push(100, 0)
    cursor.mark(20, 50_000_000)
    assert cursor.position(50_000_000) == 20
    assert cursor.end() == 130_000_000
    cursor.mark(90, 60_000_000)
    assert cursor.position(61_000_000) == 91
    cursor.push(10, 60_000_000)
    assert cursor.end() == 80_000_000


def test_late_and_foolish_marks_count_for_nothing() -> None:
    """A mark below an earlier one came out of order; one beyond what was sent means all of it."""
    cursor = Cursor(1_000)
    cursor.mark(5, 0)
    cursor.push(100, 0)
    cursor.mark(40, 40_000_000)
    cursor.mark(20, 50_000_000)
    assert cursor.position(50_000_000) == 50
    cursor.mark(10_000, 60_000_000)
    assert cursor.position(60_000_000) == 100


def test_a_mark_while_held_stands_until_the_resume() -> None:
    """The far player stands as well."""
    cursor = Cursor(1_000)
    cursor.push(100, 0)
    cursor.hold(50_000_000)
    cursor.mark(44, 55_000_000)
    assert cursor.position(70_000_000) == 44
    cursor.resume(80_000_000)
    assert cursor.position(81_000_000) == 45


def test_drop_freezes_the_position_for_good() -> None:
    """No later instant, mark or resume changes what was heard, and nothing more may be sent."""
    cursor = Cursor(1_000)
    cursor.push(100, 0)
    assert cursor.drop(42_000_000) == 42
    cursor.mark(100, 43_000_000)
    cursor.resume(44_000_000)
    assert cursor.drop(99_000_000) == cursor.position(99_000_000) == 42
    assert cursor.dropped
    assert cursor.end() == 0
    with pytest.raises(ValueError, match="dropped"):
        cursor.push(1, 45_000_000)


def test_nothing_sent_is_nothing_to_wait_for() -> None:
    """An empty turn ends at once, and empty blocks begin nothing."""
    cursor = Cursor(16_000)
    cursor.push(0, 5)
    assert (cursor.position(9), cursor.end(), cursor.sent) == (0, 0, 0)


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_is_more_than_zero(rate: int) -> None:
    """The error says what was expected and what came."""
    with pytest.raises(ValueError, match=f"more than 0 Hz; got {rate}"):
        Cursor(rate)
