"""What waits for a slow client, and who is let in how fast."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow.machines.bucket import Bucket
from voiceflow.machines.outbox import Outbox


def test_messages_leave_in_their_order_and_sound_of_a_turn_can_be_taken_out() -> None:
    """Other messages stay where they are."""
    box = Outbox(100)
    assert [box.put(b"one", turn=1), box.put("two"), box.put(b"three", turn=1), box.put(b"four", turn=2)] == [True] * 4
    box.forget(1)
    assert (len(box), box.size) == (2, 7)
    assert [box.take(), box.take(), box.take()] == ["two", b"four", None]
    assert box.size == 0


def test_what_does_not_fit_is_not_taken_and_the_box_stays_full() -> None:
    """Who reads so slowly is let go: nothing is left out in the middle."""
    box = Outbox(10)
    assert box.put("12345678")
    assert not box.put("123")
    box.take()
    assert not box.put("1")
    assert box.full


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 3)), max_size=50))
@settings(max_examples=60)
def test_no_more_pass_than_the_rate_and_a_burst(steps: list[tuple[int, int]]) -> None:
    """In any stretch of time."""
    bucket, now, taken = Bucket(2.0, 5.0), 0, 0
    for wait, tokens in steps:
        now += wait * 1_000_000
        taken += tokens if bucket.take(tokens, now) else 0
        assert taken <= 5 + 2 * now / 1e9 + 1e-6
