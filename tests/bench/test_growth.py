"""Memory over many calls, and the start of a process."""

from __future__ import annotations

import json
import sys

import pytest

from voiceflow.bench import growth
from voiceflow.bench.growth import Growth, Look
from voiceflow.bench.start import STARTS, Starts, started
from voiceflow.cli import main
from voiceflow.errors import VoiceflowError


def test_a_call_leaves_nothing_behind() -> None:
    """No object that the collector knows, apart from the figure that is kept of each look."""
    growing, told = Growth(calls=8, turns=1), list[str]()
    growing.run(told.append)
    assert [look.calls for look in growing.looks] == list(range(1, 9))
    assert growing.kept <= 1.5
    assert told[-1].startswith("8 of 8 calls")
    assert json.loads(growing.to_json())["looks"][0]["calls"] == 1


@pytest.mark.parametrize(("grown", "says"), [(0.4e6, "0.40, flat"), (2e6, "2.00, NOT flat: at most 1 MB was expected")])
def test_growth_counts_from_when_all_is_warm(grown: float, says: str) -> None:
    """What the first calls took does not count."""
    growing = Growth(calls=100)
    growing.looks = [Look(10, 50e6, 1, 1), Look(50, 90e6, 2, 100), Look(100, 90e6 + grown, 3, 100)]
    _, verdict = growing.sections()
    assert verdict.rows == [("memory grown by (MB)", says), ("objects left by a call", "0.00")]


@pytest.mark.parametrize(("most", "status"), [(1e12, 0), (-1e12, 1)])
def test_the_command_ends_with_a_status(most: float, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """1 where the process grew by more than it may."""
    monkeypatch.setattr(growth, "MOST", most)
    assert main(["bench", "memory", "-n", "2"]) == status


def test_starts_are_told_apart() -> None:
    """By what they load and take, in turns."""
    starts = Starts(rounds=2, starts={"python alone": "", "json": "import json"})
    starts.run(lambda line: None)
    first, second = starts.done["python alone"], starts.done["json"]
    assert len(first) == len(second) == 2
    assert first[0].modules < second[0].modules
    assert first[0].cpu > 0
    assert 1e6 < first[0].memory < 1e9
    (table,) = starts.sections()
    assert [row[0] for row in table.rows] == ["python alone", "json"]


def test_the_first_sound_is_heard() -> None:
    """What is timed is what a program would do."""
    assert started("stub", STARTS["first sound, of a stub"]).took > 0


def test_a_start_that_fails_says_why() -> None:
    """With the last line of its traceback."""
    with pytest.raises(VoiceflowError, match=r"'none' could not be started: .*No module named 'nowhere'"):
        started("none", "import nowhere")
    assert "nowhere" not in sys.modules
