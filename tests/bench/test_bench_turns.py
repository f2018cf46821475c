"""`voiceflow bench turns`: counts and virtual times, which are the same on any machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trio

from voiceflow import Session
from voiceflow.bench import micro, turns
from voiceflow.bench.tables import to_markdown
from voiceflow.bench.turns_world import SCENARIOS
from voiceflow.cli import main


@pytest.mark.parametrize(
    ("place", "seconds"), [(0, (1.0, 0.7, 0.7)), (1, (1.1, 0.8, 0.7)), (2, (1.0, 0.7, 0.7))], ids=["1", "8", "9"]
)
def test_guesses_bring_the_answers_of_the_scenarios_forward(place: int, seconds: tuple[float, ...]) -> None:
    """To the microsecond, and none of them is wrong."""
    response = turns.scenario(SCENARIOS[place])
    assert tuple(response.seconds[mode].p50 for mode in turns.MODES) == seconds
    assert set(response.abandoned.values()) == {(0, 0, 0.0)}


def test_an_interruption_wastes_what_the_wires_hold() -> None:
    """Less than 0.4 s of sound and a chunk, whenever it comes, and nothing is made after it."""
    waste = turns.waste((0.7, 1.9, 3.3))
    assert waste.audio.n == 3
    assert waste.audio.max is not None
    assert waste.audio.max <= 0.4 + 0.04
    assert waste.after.max == 0.0
    assert waste.tokens.p50


class _Steps(trio.abc.Instrument):
    """Counts the steps of a turn's tasks, and those of all."""

    def __init__(self) -> None:
        self.counting = False
        self.steps: list[str] = []

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        if self.counting:
            self.steps.append(task.name)


def test_a_cancelled_turn_ends_within_few_steps() -> None:
    """Two for each of its tasks at most (what it waits for, and the nursery in it), and four of the session's."""
    steps = _Steps()

    async def cancel() -> None:
        async with Session(micro.six_stages(10)) as session:
            utterance = session.reply()
            await trio.sleep(0.05)
            steps.counting = True
            utterance.interrupt()
            await utterance
            steps.counting = False

    trio.run(cancel, instruments=[steps])
    own = [name for name in steps.steps if name.startswith("turn")]
    assert 6 <= len(own) <= 2 * 6 + 4
    assert len(steps.steps) - len(own) <= 8


def test_cancels_are_measured_beside_bare_trio() -> None:
    """As many of one kind as of the other, with one session and with several."""
    cancels = trio.run(turns.cancels, 2, 4, 2)
    assert (cancels.sessions, cancels.ours.n, cancels.bare.n) == (2, 4, 4)
    assert len(cancels.row()) == 9


def test_the_command_shows_and_keeps_what_it_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As tables on the terminal and in Markdown, and as JSON."""
    monkeypatch.setattr(turns, "BESIDE", (1,))
    monkeypatch.setattr(turns, "CANCELS", 6)
    monkeypatch.setattr(turns, "CUTS", (0.7,))
    page, kept = tmp_path / "page.md", tmp_path / "kept.json"
    assert main(["bench", "turns", "--markdown", str(page), "--json", str(kept)]) == 0
    assert "by speculation" in capsys.readouterr().out
    assert "| 8: words at 0.1 s, a voice at 0.3 s | 1/1/1 | 1100 | 800 | 700 | none |" in page.read_text()
    report = json.loads(kept.read_text())
    assert report["voiceflow bench turns"] == 1
    assert report["cancels"][0]["ours"]["n"] == 6


def test_nothing_is_shown_of_what_was_not_measured() -> None:
    """A report that was cut short has the tables that it has."""
    assert to_markdown(list(turns.TurnsReport().sections())).count("###") == 1
