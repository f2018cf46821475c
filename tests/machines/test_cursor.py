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
    underruns: int = 0
    broken: bool = False

    def push(self, samples: int, at: int) -> None:
        before = self.ends[-1] if self.ends else None
        late = before is not None and at > ceil(before)
        self.underruns += late and samples > 0 and not self.broken
        start = Fraction(at if before is None else max(at, ceil(before))) if late or self.broken else before
        self.broken = self.broken and not samples
        start = Fraction(at) if start is None else start
        self.ends += (start + Fraction(n * SECOND, self.rate) for n in range(1, samples + 1))

    def position(self, now: int) -> int:
        return sum(end <= now for end in self.ends)

    def take_back(self, heard: int) -> None:
        del self.ends[heard:]
        self.broken = True


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["push", "push", "push", "take_back", "look"]),
        st.integers(0, 60),
        st.integers(0, 8_000_000),
    ),
    max_size=30,
)


@given(RATES, STEPS)
def test_agrees_with_the_instant_of_every_single_sample(rate: int, steps: list[tuple[str, int, int]]) -> None:
    """Whatever is pushed and taken back, position, end and underruns are those of samples counted one by one."""
    cursor, slow, now = Cursor(rate), SlowCursor(rate), 0
    for step, amount, later in steps:
        now += later
        if step == "push":
            cursor.push(amount, now + amount * 1000)
            slow.push(amount, now + amount * 1000)
        elif step == "take_back":
            # A device may play on for a while, and may be late.
            heard = min(cursor.sent, max(0, cursor.position(now) + amount - 20))
            cursor.take_back(heard)
            slow.take_back(heard)
        assert cursor.position(now) == slow.position(now)
        assert cursor.position(now + later) == slow.position(now + later)
        assert cursor.sent == len(slow.ends)
        assert cursor.underruns == slow.underruns
        if slow.ends:
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


def test_what_was_taken_back_sounds_later_and_moves_nothing_else() -> None:
    """The position stands until it does, and goes on from there: it is no underrun."""
    cursor = Cursor(1_000)
    cursor.push(100, 0)
    cursor.take_back(cursor.position(30_000_000))
    assert (cursor.position(900_000_000), cursor.sent, cursor.end()) == (30, 30, 30_000_000)
    cursor.push(70, 1_000_000_000)
    assert [cursor.position(at * 1_000_000) for at in (999, 1_000, 1_001)] == [30, 30, 31]
    assert (cursor.end(), cursor.underruns) == (1_070_000_000, 0)


def test_what_a_device_keeps_sounds_to_its_end() -> None:
    """More may be heard than has sounded by now; what is sent next stands behind it."""
    cursor = Cursor(1_000)
    cursor.push(100, 0)
    cursor.take_back(40)
    assert [cursor.position(at * 1_000_000) for at in (20, 39, 40, 50)] == [20, 39, 40, 40]
    cursor.push(60, 25_000_000)
    assert (cursor.position(41_000_000), cursor.end(), cursor.underruns) == (41, 100_000_000, 0)


def test_all_can_be_taken_back() -> None:
    """Also what began a run of its own; and no more than was sent has ever been heard."""
    cursor = Cursor(1_000)
    cursor.push(10, 0)
    cursor.push(10, 50_000_000)
    cursor.take_back(10)
    assert (cursor.position(99_000_000), cursor.end()) == (10, 10_000_000)
    cursor.take_back(0)
    assert (cursor.position(99_000_000), cursor.end(), cursor.sent) == (0, 0, 0)
    cursor.push(5, 100_000_000)
    assert cursor.position(103_000_000) == 3
    with pytest.raises(ValueError, match="0 to the 5 samples that were sent; got 6"):
        cursor.take_back(6)


def test_a_sample_has_its_place_on_the_clock() -> None:
    """Within a run right behind the one before it, however the clock's instants are rounded."""
    cursor = Cursor(22_050)
    cursor.push(441, 7)
    cursor.push(441, 20_000_007)
    cursor.push(441, 3 * SECOND)
    assert [cursor.place(sample) for sample in (0, 441, 881, 882, 1323)] == [0, 441, 881, 66150, 66591]


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


def test_drop_freezes_the_position_for_good() -> None:
    """No later instant or mark changes what was heard, and nothing more may be sent."""
    cursor = Cursor(1_000)
    cursor.push(100, 0)
    assert cursor.drop(42_000_000) == 42
    cursor.mark(100, 43_000_000)
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
