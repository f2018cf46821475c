"""Muting follows the agent by its policy, and the program in what it asks for."""

from __future__ import annotations

import pytest

from voiceflow.machines.muting import Muting
from voiceflow.machines.turn_settings import MutePolicy

CALL = ("listening", "thinking", "speaking", "listening", "thinking", "listening", "idle", "thinking", "speaking")


@pytest.mark.parametrize(
    ("policy", "muted"),
    [
        ("never", "........."),
        ("until_first_reply", "mmm......"),
        ("while_speaking", "..m.....m"),
    ],
)
def test_a_policy_follows_the_agent(policy: MutePolicy, muted: str) -> None:
    """An answer that was never heard is no first reply."""
    muting = Muting(policy)
    found = ""
    for agent in CALL:
        muting.follow(agent)
        found += "m" if muting.muted else "."
    assert found == muted


def test_tools_are_counted() -> None:
    """Several may be at work, also for turns that are over; other policies do not mind them."""
    muting = Muting("while_tool_runs")
    assert not muting.muted
    muting.tools += 2
    assert muting.muted
    muting.tools -= 1
    assert muting.muted
    muting.tools -= 1
    assert not muting.muted
    other = Muting("while_speaking")
    other.tools += 1
    assert not other.muted


def test_before_anything_happens_the_policy_holds() -> None:
    """A call with a greeting begins muted."""
    assert [Muting(policy).muted for policy in ("never", "until_first_reply", "while_speaking")] == [False, True, False]


def test_what_the_program_asks_for_is_counted_and_adds_to_the_policy() -> None:
    """Two that mute at once are two."""
    muting = Muting("while_speaking")
    muting.asked += 2
    assert muting.muted
    muting.asked -= 1
    assert muting.muted
    muting.asked -= 1
    assert not muting.muted
    muting.follow("speaking")
    assert muting.muted
