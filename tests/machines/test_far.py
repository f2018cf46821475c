"""Sound that is played far away: when it leaves, what has sounded, and how the two ends agree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow.machines.far import Cushion, FarCursor
from voiceflow.machines.far_player import FarPlayer

MS = 1_000_000
RATE = 24000
BLOCK = 480
AHEAD = 60 * MS


def _send(cursor: FarCursor, blocks: int, now: int) -> list[int]:
    """When each of so many blocks leaves, if all of them are there at `now`."""
    left: list[int] = []
    for _ in range(blocks):
        now = max(now, cursor.due(AHEAD, now))
        cursor.push(BLOCK, now)
        left.append(now)
    return left


def test_blocks_leave_a_cushion_ahead_and_then_in_time() -> None:
    """The first ones at once, up to the cushion; each of the others when the one so far before it sounds."""
    assert _send(FarCursor(RATE), 6, 1000 * MS) == [n * MS for n in (1000, 1000, 1000, 1000, 1020, 1040)]


def test_a_voice_that_came_too_late_begins_a_new_run() -> None:
    """With a cushion ahead again; what was missing is known."""
    cursor = FarCursor(RATE)
    _send(cursor, 2, 0)
    assert _send(cursor, 5, 100 * MS) == [n * MS for n in (100, 100, 100, 100, 120)]
    assert cursor.dry == 60 * RATE // 1000


def test_the_clock_counts_on_from_what_was_told() -> None:
    """Up to what was sent, and no further; forwards and backwards."""
    cursor = FarCursor(RATE)
    _send(cursor, 4, 0)
    assert cursor.position(10 * MS) == 240
    assert cursor.mark(480, 50 * MS)
    assert [cursor.position(t * MS) for t in (50, 60, 1000)] == [480, 720, 1920]
    assert cursor.end() == 110 * MS
    assert not cursor.mark(240, 70 * MS)  # late
    assert cursor.mark(99999, 70 * MS)
    assert (cursor.position(70 * MS), cursor.backlog) == (1920, 0)


def test_what_was_taken_back_is_sent_again_but_for_what_had_sounded() -> None:
    """It stands where it was taken back to, until the far player says more, which is never more than was sent."""
    cursor = FarCursor(RATE)
    _send(cursor, 4, 0)
    cursor.mark(480, 20 * MS)
    cursor.take_back(480)
    assert [cursor.position(t * MS) for t in (40, 4000)] == [480, 480]
    cursor.mark(1000, 5000 * MS)
    cursor.take_back(cursor.told)
    assert (cursor.position(5000 * MS), cursor.sent, cursor.backlog) == (1000, 1000, 0)
    cursor.push(480, 5010 * MS)
    assert cursor.dry == 0
    assert (cursor.position(5020 * MS), cursor.end()) == (1240, 5030 * MS)
    assert cursor.mark(99999, 5020 * MS)
    cursor.take_back(cursor.told)
    assert (cursor.sent, cursor.position(5020 * MS)) == (1920, 1920)
    for heard in (1919, 1921):
        with pytest.raises(ValueError, match=f"1920 to 1920 samples; got {heard}"):
            cursor.take_back(heard)


def test_a_turn_that_was_taken_to_its_end_goes_back_for_no_mark() -> None:
    """Nor when the player is out of reach; what is sent behind it counts from there."""
    cursor = FarCursor(RATE)
    _send(cursor, 4, 0)
    assert cursor.end() == 80 * MS
    cursor.settle()
    assert not cursor.mark(1440, 81 * MS)
    cursor.take_back(cursor.sent)
    assert (cursor.position(90 * MS), cursor.backlog) == (1920, 0)
    cursor.push(BLOCK, 100 * MS)
    assert cursor.position(110 * MS) == 1920 + 240


def test_what_was_dropped_stays_where_it_was() -> None:
    """Marks that come then count for nothing, and nothing more may be sent."""
    cursor = FarCursor(RATE)
    _send(cursor, 4, 0)
    assert cursor.drop(20 * MS) == 480
    assert not cursor.mark(1920, 30 * MS)
    assert cursor.position(1000 * MS) == 480
    with pytest.raises(ValueError, match="dropped cursor"):
        cursor.push(1, 40 * MS)


def test_places_within_a_run_join() -> None:
    """Each block stands right behind the one before it, however late it left."""
    cursor, places = FarCursor(RATE), list[int]()
    for now in (0, 7 * MS, 21 * MS, 33 * MS):
        cursor.push(BLOCK, now)
        places.append(cursor.place(cursor.sent - BLOCK))
    assert places == [0, 480, 960, 1440]
    cursor.push(BLOCK, 1000 * MS)
    assert cursor.place(cursor.sent - BLOCK) == RATE


def test_a_cushion_grows_by_what_was_missed_and_shrinks_when_nothing_is() -> None:
    """Within its bounds."""
    cushion = Cushion(least=0.06, most=0.3, calm=10.0)
    cushion.miss(0.04)
    assert cushion.seconds == pytest.approx(0.12)
    cushion.played(10.0)
    assert cushion.seconds == pytest.approx(0.108)
    cushion.miss(5.0)
    assert (cushion.seconds, cushion.missed) == (0.3, 2)
    with pytest.raises(ValueError, match="no less than least"):
        Cushion(least=0.2, most=0.1)


def test_a_player_plays_what_comes_and_counts_what_was_missing() -> None:
    """Each sample as soon as it is there; what came before is ignored."""
    player = FarPlayer(RATE)
    assert player.push(1, 0, BLOCK, 0) == BLOCK
    assert player.push(1, 0, BLOCK, 5 * MS) == 0
    assert player.push(1, 240, BLOCK, 10 * MS) == 240
    assert (player.position(20 * MS), player.position(1000 * MS)) == (480, 720)
    player.push(1, 720, BLOCK, 40 * MS)
    assert (player.missed, player.underruns) == (240, 1)
    player.clear(1, 50 * MS)
    assert (player.position(999 * MS), player.playing(50 * MS)) == (960, False)
    assert player.push(1, 1200, BLOCK, 60 * MS) == 0
    assert player.push(2, 0, BLOCK, 70 * MS) == BLOCK
    assert player.missed == 0


@given(st.lists(st.integers(0, 55), min_size=1, max_size=60), st.integers(0, 200))
@settings(max_examples=60)
def test_a_line_that_jitters_within_the_cushion_is_not_heard(jitter: list[int], transit: int) -> None:
    """No block takes longer than the cushion more than the first, and what leaves at once comes nearly so."""
    cursor, player = FarCursor(RATE), FarPlayer(RATE)
    left, came = _send(cursor, len(jitter) + 1, 0), 0
    for n, (at, late) in enumerate(zip(left, [0, *jitter], strict=True)):
        came = max(came, at + (transit + min(late, 20 * n)) * MS)  # nothing overtakes
        player.push(1, n * BLOCK, BLOCK, came)
    assert player.underruns == 0


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=40))
@settings(max_examples=60)
def test_what_is_taken_for_heard_never_goes_back_by_itself(steps: list[tuple[int, int]]) -> None:
    """Between marks the position only grows, and lies between what was told and what was sent."""
    cursor, now = FarCursor(RATE), 0
    for wait, told in steps:
        before = cursor.position(now)
        now += wait * MS
        assert before <= cursor.position(now) <= cursor.sent
        if told % 2:
            cursor.push(BLOCK, max(now, cursor.due(AHEAD, now)) if told % 3 else now)
        else:
            cursor.mark(min(cursor.sent, cursor.told + told * 10), now)
        assert cursor.told <= cursor.position(now) <= cursor.sent
