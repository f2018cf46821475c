"""Who of several providers works next, by what became of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow import ProviderError
from voiceflow.machines.breaker import FallbackPolicy, Providers

SECOND = 1_000_000_000
BROKEN = ConnectionError("no error of ours")
BUSY = ProviderError("busy", retryable=True)
WRONG_KEY = ProviderError("wrong key", retryable=False)


def fail(providers: Providers, error: BaseException, at: float) -> int:
    """The present one fails; who is next, in that instant."""
    providers.choose(round(at * SECOND))
    providers.failed(error, round(at * SECOND))
    return providers.choose(round(at * SECOND))


def chosen(providers: Providers, at: float) -> int:
    return providers.choose(round(at * SECOND))


@pytest.mark.parametrize("error", [BROKEN, BUSY])
def test_one_that_failed_rests_and_is_tried_again(error: Exception) -> None:
    """For the cooldown, to the nanosecond; then one piece of work is its probe, and closes its breaker."""
    providers = Providers(2)
    assert fail(providers, error, 1.0) == 1
    assert (chosen(providers, 60.999999999), providers.better_at(2 * SECOND)) == (1, 61 * SECOND)
    assert (chosen(providers, 61.0), providers.breakers[0].state(61 * SECOND)) == (0, "half-open")
    providers.worked(62 * SECOND)
    assert (providers.breakers[0].state(62 * SECOND), providers.breakers[0].failures) == ("closed", 0)


def test_three_failures_in_a_row_put_one_out_for_good() -> None:
    """The first and two probes; work that it has done between two of them begins the count anew."""
    providers = Providers(2, FallbackPolicy(cooldown=10))
    assert [fail(providers, BUSY, at) for at in (0, 10)] == [1, 1]
    assert chosen(providers, 20) == 0
    providers.worked(20 * SECOND)
    assert [fail(providers, BUSY, at) for at in (30, 40, 50)] == [1, 1, 1]
    assert providers.breakers[0].state(10_000 * SECOND) == "out"
    assert chosen(providers, 10_000) == 1


def test_one_that_says_that_it_never_will_is_out_at_once() -> None:
    """So that a wrong key is asked about once in a call."""
    providers = Providers(2)
    assert fail(providers, WRONG_KEY, 0.0) == 1
    assert chosen(providers, 10_000) == 1


@pytest.mark.parametrize(("wait", "rests"), [(None, 60), (7.5, 7.5), (300.0, 300)])
@pytest.mark.parametrize("retryable", [True, False])
def test_a_quota_lets_it_rest_as_long_as_it_was_told(wait: float | None, rests: float, retryable: bool) -> None:
    """However often that is: it does not put a provider out."""
    providers, at = Providers(2), 0.0
    for _ in range(5):
        assert chosen(providers, at) == 0
        assert fail(providers, ProviderError("enough", retryable=retryable, quota=True, wait=wait), at) == 1
        assert chosen(providers, at + rests - 0.001) == 1
        at += rests
    assert providers.breakers[0].state(round(at * SECOND)) == "half-open"


def test_when_all_rest_the_one_whose_rest_ends_first_is_tried() -> None:
    """What it fails then counts for nothing; and the last that is left is never put out."""
    providers = Providers(3)
    assert [fail(providers, BUSY, at) for at in (0, 1)] == [1, 2]
    assert fail(providers, BUSY, 2) == 0
    assert [fail(providers, BUSY, at) for at in (3, 4, 5)] == [1, 2, 0]
    assert [breaker.failures for breaker in providers.breakers] == [1, 1, 1]
    alone = Providers(2, FallbackPolicy(cooldown=0.0, failures=1))
    assert [fail(alone, BUSY, at) for at in (0, 1, 2, 3)] == [1, 1, 1, 1]
    assert [breaker.out for breaker in alone.breakers] == [True, False]


def test_there_is_no_hope_when_the_last_says_so() -> None:
    """Until then there is: one that rests may be tried."""
    providers = Providers(2)
    assert fail(providers, BUSY, 0) == 1
    providers.failed(WRONG_KEY, SECOND)
    assert not providers.is_hopeless(WRONG_KEY, SECOND)
    assert chosen(providers, 1) == 0
    providers.failed(WRONG_KEY, SECOND)
    assert providers.is_hopeless(WRONG_KEY, SECOND)
    # In the next turn one is asked all the same, and if it works it does.
    assert chosen(providers, 2) == 1
    providers.worked(2 * SECOND)
    assert chosen(providers, 3) == 1


def test_one_that_is_slow_in_three_turns_in_a_row_rests() -> None:
    """A turn that was in time begins the count anew. Where nobody else is ready, nothing is gained by leaving it."""
    providers = Providers(2, FallbackPolicy(latency=0.5, cooldown=10))
    assert [providers.took(seconds, 0) for seconds in (0.6, 0.6, 0.5, 0.6, 0.6, 0.501)] == [False] * 5 + [True]
    providers.worked(0)  # that it did the turn does not end its rest
    assert [chosen(providers, at) for at in (0, 9.9, 10)] == [1, 1, 0]
    alone = Providers(1, FallbackPolicy(latency=0.5))
    assert [alone.took(1.0, 0) for _ in range(4)] == [False] * 4
    patient = Providers(2)
    assert [patient.took(100.0, 0) for _ in range(4)] == [False] * 4


def test_relief_comes_when_the_rest_of_another_ends() -> None:
    """At once from one that is ready, never when all the others are out."""
    providers = Providers(3, FallbackPolicy(cooldown=10))
    assert providers.relief_at(SECOND) == SECOND
    assert [fail(providers, BUSY, at) for at in (2, 5)] == [1, 2]
    assert [providers.relief_at(at * SECOND) for at in (5, 11, 12, 14)] == [at * SECOND for at in (12, 12, 12, 14)]
    providers = Providers(2)
    assert fail(providers, WRONG_KEY, 0) == 1
    assert providers.relief_at(0) is None
    assert Providers(1).relief_at(0) is None


def test_settings_out_of_range_are_refused() -> None:
    """By name."""
    wrong: list[dict[str, Any]] = [
        {"cooldown": -1.0},
        {"failures": 0},
        {"patience": 0.0},
        {"latency": 0.0},
        {"turns": 0},
    ]
    for setting in wrong:
        with pytest.raises(ValueError, match=f"'{next(iter(setting))}' must be"):
            FallbackPolicy(**setting)


@given(st.integers(1, 4), st.lists(st.tuples(st.sampled_from("wrbqts"), st.integers(0, 90)), max_size=40))
@settings(max_examples=100, deadline=None)
def test_there_is_always_one_that_works_next(count: int, story: list[tuple[str, int]]) -> None:
    """Never one that rests while another is ready; and all that is ready stands behind what rests or is out."""
    providers, now = Providers(count, FallbackPolicy(latency=1.0)), 0
    errors = {"r": BUSY, "b": BROKEN, "q": ProviderError("enough", retryable=False, quota=True), "t": WRONG_KEY}
    for what, seconds in story:
        now += seconds * SECOND
        number = providers.choose(now)
        states = [breaker.state(now) for breaker in providers.breakers]
        ready = [n for n, state in enumerate(states) if state in ("closed", "half-open")]
        assert number == ready[0] if ready else states[number] in ("open", "out")
        assert states[number] != "out" or set(states) == {"out"}
        relief = providers.relief_at(now)
        assert (relief is None) == all(state == "out" for n, state in enumerate(states) if n != number)
        later = [breaker.state(relief or now) for n, breaker in enumerate(providers.breakers) if n != number]
        assert relief is None or (relief >= now and {"closed", "half-open"} & set(later))
        if what == "w":
            providers.worked(now)
        elif what == "s":
            providers.took(2.0, now)
        else:
            providers.failed(errors[what], now)
