"""What was used last is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines.lru import Lru


def test_what_was_wanted_last_is_kept() -> None:
    """A look counts as being wanted."""
    lru = Lru[str]((2,))
    assert lru.put("a", "A", (1,))
    assert lru.put("b", "B", (1,))
    assert lru.get("a") == "A"
    assert lru.put("c", "C", (1,))
    assert [key for key in "abc" if key in lru] == ["a", "c"]
    assert (lru.get("b"), lru.evicted, len(lru)) == (None, 1, 2)


def test_what_is_too_large_is_not_kept_and_pushes_nothing_out() -> None:
    """But for what had its key: that is no longer true."""
    lru = Lru[int]((10, 3))
    lru.put("a", 1, (4, 1))
    lru.put("b", 2, (4, 1))
    assert not lru.put("b", 3, (4, 4))
    assert ([*map(lru.get, "ab")], lru.used) == ([1, None], [4, 1])


@pytest.mark.parametrize("weight", [(1,), (1, -1)])
def test_a_weight_has_the_scales_of_the_room(weight: tuple[int, ...]) -> None:
    """None below zero."""
    with pytest.raises(ValueError, match="2 numbers"):
        Lru[int]((1, 1)).put("a", 1, weight)


STEPS = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.booleans(), st.tuples(st.integers(0, 6), st.integers(0, 6))), max_size=60
)


@given(STEPS)
def test_agrees_with_a_list_that_is_searched(steps: list[tuple[str, bool, tuple[int, int]]]) -> None:
    """The sums stay within the room, and those that are forgotten were wanted least recently."""
    lru, slow = Lru[int]((12, 10)), list[tuple[str, int, tuple[int, int]]]()
    for value, (key, look, weight) in enumerate(steps):
        found = next((each for each in slow if each[0] == key), None)
        slow = [each for each in slow if each[0] != key]
        if look:
            assert lru.get(key) == (found[1] if found else None)
            slow += [found] if found else []
            continue
        fits = lru.put(key, value, weight)
        slow.append((key, value, weight))
        while sum(w[0] for *_, w in slow) > 12 or sum(w[1] for *_, w in slow) > 10:
            slow.pop(0)
        assert fits
        assert lru.used == [sum(w[n] for *_, w in slow) for n in (0, 1)]
        assert {k for k, *_ in slow} == {k for k in "abcdef" if k in lru}
