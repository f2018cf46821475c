"""Restarts: at once, then after growing pauses, within a budget."""

from __future__ import annotations

import pytest

from voiceflow.machines.restart import RestartPolicy, Restarts

SECOND = 1_000_000_000


def test_pauses_grow_to_a_ceiling() -> None:
    """The first restart is at once, the next after `backoff` seconds, each after that `factor` times as long."""
    restarts = Restarts(RestartPolicy(attempts=6, backoff=0.1, factor=2.0, ceiling=0.5))
    pauses = [restarts.failed(n) for n in range(7)]
    assert pauses == [0, SECOND // 10, SECOND // 5, 4 * SECOND // 10, SECOND // 2, SECOND // 2, None]


def test_a_very_patient_policy_stays_at_its_ceiling() -> None:
    """However often the node has failed, no figure grows out of bounds."""
    restarts = Restarts(RestartPolicy(attempts=5000, budget=5000, ceiling=5.0))
    assert [restarts.failed(n) for n in range(5000)][-1] == 5 * SECOND


def test_health_ends_a_run_of_failures() -> None:
    """The next failure is answered at once again, and the pauses begin anew; the budget is for all of them."""
    restarts = Restarts(RestartPolicy(attempts=2, budget=5, healthy=30.0))
    at = [0, 1, 40, 41, 80, 81]
    assert [restarts.failed(t * SECOND) for t in at] == [0, SECOND // 10, 0, SECOND // 10, 0, None]
    assert (restarts.failures, restarts.streak) == (6, 2)


def test_no_attempts_are_none() -> None:
    """The first failure is the last."""
    assert Restarts(RestartPolicy(attempts=0)).failed(0) is None
    assert Restarts(RestartPolicy(budget=0)).failed(0) is None


@pytest.mark.parametrize("name", ["attempts", "budget", "backoff", "factor", "ceiling", "healthy"])
def test_settings_out_of_range_are_refused(name: str) -> None:
    """With the name of the setting."""
    with pytest.raises(ValueError, match=name):
        RestartPolicy(**{name: -1})
