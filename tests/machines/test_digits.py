"""Keys that are collected to a number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines.digits import Collected, Collector, CollectSettings
from voiceflow.machines.dtmf import KEYS

SECOND = 1_000_000_000


def collect(*keys: tuple[float, str], **settings: Any) -> tuple[Collector, Collected | None]:
    """Keys at seconds."""
    collector = Collector(CollectSettings(**settings))
    for at, key in keys:
        collector.press(key, round(at * SECOND))
    return collector, collector.done


def test_a_terminator_closes_the_number() -> None:
    """It is no part of it, and may be all there is."""
    assert collect((1, "1"), (2, "2"), (3, "#"))[1] == Collected("12", "terminator")
    assert collect((1, "#"))[1] == Collected("", "terminator")
    assert collect((1, "1"), (2, "#"), terminator=None)[0].digits == "1#"


def test_so_many_keys_close_it() -> None:
    """What comes later is ignored, and counted."""
    collector, done = collect((1, "1"), (2, "2"), (3, "3"), most=2)
    assert (done, collector.ignored) == (Collected("12", "most"), 1)


def test_a_pause_closes_it() -> None:
    """To the nanosecond; each key begins the pause anew."""
    collector, _ = collect((1, "1"), (3.5, "2"))
    assert collector.due() == round(6.5 * SECOND)
    assert collector.tick(round(6.5 * SECOND) - 1) is None
    assert collector.tick(round(6.5 * SECOND)) == Collected("12", "pause")
    assert collector.due() is None


def test_a_key_that_comes_with_the_end_of_the_pause_is_too_late() -> None:
    """Whoever looks first."""
    collector, done = collect((1, "1"), (4, "2"))
    assert (done, collector.ignored) == (Collected("1", "pause"), 1)


def test_nobody_need_press_a_key() -> None:
    """`first` seconds are waited for one, or for ever."""
    collector = Collector(CollectSettings(first=5.0), began=SECOND)
    assert collector.due() == 6 * SECOND
    assert collector.tick(6 * SECOND) == Collected("", "no key")
    assert Collector().due() is None


def test_a_backspace_takes_the_last_key_back() -> None:
    """And nothing where there is none; the pause begins anew all the same."""
    collector, _ = collect((1, "*"), (2, "1"), (3, "2"), (4, "*"), (5, "3"), backspace="*")
    assert (collector.digits, collector.due()) == ("13", 8 * SECOND)


def test_keys_that_are_not_allowed_count_for_nothing() -> None:
    """They do not begin the number, nor its pause anew; the terminator always counts."""
    collector, _ = collect((1, "A"), allowed="0123456789")
    assert (collector.begun, collector.ignored, collector.due()) == (False, 1, None)
    assert collect((1, "1"), (2, "B"), (3, "#"), allowed="123")[1] == Collected("1", "terminator")


def test_a_collection_can_be_given_up() -> None:
    """What has ended stays as it ended."""
    collector, _ = collect((1, "1"))
    assert collector.cancel() == Collected("1", "cancelled")
    assert collect((1, "#"))[0].cancel() == Collected("", "terminator")


def test_the_number_is_not_shown() -> None:
    """It may be a secret."""
    assert "739" not in repr(collect((1, "7"), (2, "3"), (3, "9"), (4, "#"))[0])


@given(
    st.lists(st.tuples(st.integers(-(10**9), 4 * 10**9), st.sampled_from([*KEYS, "", "?"])), max_size=30),
    st.sampled_from([None, "#"]),
    st.sampled_from([None, "*"]),
    st.sampled_from([None, 1, 4]),
)
def test_whatever_comes_it_ends_once(
    keys: list[tuple[int, str]], terminator: str | None, backspace: str | None, most: int | None
) -> None:
    """Also with times that go back and keys that are none; a deadline is never before the last key."""
    collector = Collector(CollectSettings(terminator=terminator, backspace=backspace, most=most))
    now, ended = 0, None
    for step, key in keys:
        now += step
        result = collector.press(key, now)
        assert ended is None or result == ended
        ended = ended or result
        assert len(collector.digits) <= (most or 30)
        assert set(collector.digits) <= set(KEYS) - {terminator, backspace}
        assert (collector.due() is None) == (ended is not None or not collector.begun)
    final = collector.tick(10**18) or collector.cancel()
    assert ended in (None, final)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("terminator", "##"), ("terminator", "x"), ("backspace", "#"), ("most", 0), ("between", 0.0)),
        *(("first", -1.0), ("allowed", ""), ("allowed", "12x")),
    ],
)
def test_settings_out_of_range_are_refused(name: str, value: Any) -> None:
    """With the name of the setting."""
    with pytest.raises(ValueError, match=name):
        CollectSettings(**{name: value})
