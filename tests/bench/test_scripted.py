"""Calls as files: those that are kept, what is said of those that are wrong, and a graph that answers one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from voiceflow import Audio, Graph, Outlet, Sink, VoiceflowError
from voiceflow.bench import scripted
from voiceflow.bench.reference import BLOCK, FLOOR
from voiceflow.cli import main
from voiceflow.graphs import clips
from voiceflow.nodes.soundfile import read_audio

ROOT = Path(__file__).parents[2]
CALLS = sorted((ROOT / "benchmarks" / "calls").iterdir())
STUBS = "voiceflow.bench.reference:agent"


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.name)
def test_every_call_that_is_kept_can_be_read(path: Path) -> None:
    """It says what it is about, begins by itself, and each step has a sound."""
    script = scripted.read(path)
    assert script.about
    assert script.steps[0].trigger == "start"
    assert all(len(step.samples) > 8000 for step in script.steps)


def test_the_demos_caller_is_such_a_file() -> None:
    """As JSON; a step says and waits for the same."""
    script, lines = scripted.read(ROOT / "graphs" / "clips" / "script.json"), clips.script()
    assert [step.words for step in script.steps] == [line.words for line in lines]
    assert [(step.trigger, step.seconds) for step in script.steps] == [(line.trigger, line.seconds) for line in lines]


def test_a_graph_answers_the_calls_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In virtual time to the millisecond, one call after the other: heard out, cut off, and answered again."""
    path, kept = ROOT / "benchmarks" / "calls" / "reference.toml", tmp_path / "kept.json"
    assert main(["bench", STUBS, "--calls", str(path), str(path), "--fast", "--json", str(kept)]) == 0
    assert "2 scripted calls in virtual time" in capsys.readouterr().err
    report = json.loads(kept.read_text())
    for call in report["calls"]:
        assert [round(turn["response"], 6) for turn in call["turns"]] == [FLOOR] * 3
        assert [turn["interrupted"] for turn in call["turns"]] == [False, True, False]
        assert round(call["turns"][1]["onset_to_silence"], 6) == BLOCK


def _read(folder: Path, text: str, name: str = "a.toml") -> scripted.Script:
    (folder / name).write_text(text)
    return scripted.read(folder / name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps = 3", "a.toml: steps is a list of tables; got 3"),
        ("steps = []", "a.toml: steps is a list of tables; got []"),
        ("about = 'x'", r"a.toml has no steps; give at least one \[\[steps\]\]"),
        ("steps = [", "a.toml is no TOML: "),
        ("noise = -1\nsteps = [{loud = 1}]", "a.toml: noise is a number from 0 to 3000; got -1"),
        ("step = [{loud = 1}]", "there is no 'step'; did you mean steps"),
        ("steps = [1]", "a.toml, step 1 is int; expected a table"),
        (
            "[[steps]]\nloud = 1\n[[steps]]\nwords = 'x'",
            "a.toml, step 2 has neither of clip and loud; give one",
        ),
        ("[[steps]]\nloud = 1\nclip = 'a.wav'", "step 1 has both of clip and loud"),
        ("[[steps]]\nloud = true", "step 1: loud is seconds, from 0.02 to 60; got True"),
        ("[[steps]]\nloud = 1\ntrigger = 'end'", "trigger is one of start, reply_audible, reply_ended; got 'end'"),
        ("[[steps]]\nloud = 1\nsecond = 2", "step 1: there is no 'second'; did you mean seconds"),
        ("[[steps]]\nclip = 'none.wav'", "a.toml, step 1: .*none.wav"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    """With its name, the step, the field, and what belongs there."""
    with pytest.raises(VoiceflowError, match=said.replace("[]", r"\[\]")):
        _read(tmp_path, text)


def test_what_is_no_file_of_a_call_is_told(tmp_path: Path) -> None:
    """JSON too."""
    with pytest.raises(VoiceflowError, match=r"b.json is no JSON: "):
        _read(tmp_path, "{", "b.json")
    with pytest.raises(VoiceflowError, match=r"b.json is list; expected a table with steps"):
        _read(tmp_path, "[]", "b.json")
    with pytest.raises(VoiceflowError, match=r"c.toml cannot be read: No such file"):
        scripted.read(tmp_path / "c.toml")


def test_a_recording_is_a_call(tmp_path: Path) -> None:
    """Of one step, as it is from its first sample, on a line without noise of its own; what is none is told."""
    path = ROOT / "graphs" / "clips" / "hello.flac"
    script = scripted.read(path)
    (step,) = script.steps
    assert (step.trigger, step.seconds, script.noise) == ("start", 0.0, 0.0)
    assert np.array_equal(step.samples, read_audio(path))
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(VoiceflowError, match=r"the call: .*a.wav.* is not a sound file"):
        scripted.read(tmp_path / "a.wav")


def test_a_step_waits_as_the_caller_does_unless_it_says_otherwise(tmp_path: Path) -> None:
    """A second after the answer has ended; and `loud` is as long as it says."""
    (step,) = _read(tmp_path, "[[steps]]\nloud = 0.5\npatience = 3").steps
    assert (step.trigger, step.seconds, step.patience) == ("reply_ended", 1.0, 3)
    assert np.array_equal(step.samples, np.full(8000, 4000, np.int16))


def test_a_graph_must_take_its_caller(tmp_path: Path) -> None:
    """It is called as by `serve`, and uses what it is given."""
    script = _read(tmp_path, "[[steps]]\nloud = 0.5")

    def deaf(audio: Outlet[Audio], speaker: Sink) -> Graph:
        return Graph()

    def three(audio: Outlet[Audio], speaker: Sink) -> int:
        return 3

    with pytest.raises(VoiceflowError, match=r"here takes no caller .*def build\(audio: Outlet"):
        script.call(lambda: Graph(), "here")
    with pytest.raises(VoiceflowError, match="here gives int; with --calls it is"):
        script.call(three, "here")
    with pytest.raises(VoiceflowError, match="here gives a graph of which nothing listens to `audio`"):
        script.call(deaf, "here")
