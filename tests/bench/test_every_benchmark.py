"""Every program of benchmarks/ and every kind of `voiceflow bench` is run in a short form, so that none rots.

None of them is held to seconds: to what it counts, and to saying what it says in its long form.
"""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
from parts import FLITE, LIBFLITE, RECORDINGS, REFERENCE_CALL, SILERO, WHISPER

from voiceflow.cli import main
from voiceflow.commands._bench_kinds import KINDS

ROOT: Final = Path(__file__).parents[2]
BENCHMARKS: Final = ROOT / "benchmarks"

RUN_ELSEWHERE: Final = {
    "hot_path.py": "tests/bench/test_hot_path.py",
    "kill_recordings.py": "tests/serve/test_recordings.py",
    "knowledge.py": "tests/knowledge/test_store.py",
    "load_server.py": "benchmarks/serve_load.py",
}
# These want another project in an environment of its own, which CI does not make: see the last tests.
FOREIGN: Final = ("phone_calls.py", "peers/pipecat_phone.py", "peers/pipecat_agent.py")
KINDS_ELSEWHERE: Final = {
    "micro": "tests/bench/test_bench_command.py",
    "turns": "tests/bench/test_bench_turns.py",
    "text": "tests/bench/test_bench_text.py",
    "peers": "tests/bench/test_beside.py",
}


@attrs.frozen
class Short:
    """A short form: the words of the program, its status, and what it says then."""

    words: tuple[str, ...]
    says: str
    status: int = 0


RUN_HERE: Final = {
    "barge_in.py": Short(("--help",), r"Labelled calls"),  # one call of a minute is 8 s of computing
    "flame.py": Short(("{folder}/a.svg", "-n", "2", "--turns", "2"), r"\d+ looks, \d+ stacks: .*a\.svg"),
    "loop_lag.py": Short(("--seconds", "0.2"), r"longest computing [\d.]+ ms; loop lag"),
    "mutate_turns.py": Short(
        ("--only", "turn_timers.py", "--every", "80", "--quick", "--processes", "1"), r"(\d+) mutants, \1 caught"
    ),
    "serve_load.py": Short(("--calls", "1", "--seconds", "1"), r"\| 1, 1 \| 1 \| 0 \|"),
    "voice_clarity.py": Short(("flite", "--questions", "1"), r"flite +\d phrases, \d+ words: error rate"),
    "peers/bench_voiceflow.py": Short(
        ("-n", "1", "--turns", "1", "--window", "3", "--warmup", "0.1"), r'"no_reply": 0, "not_cut": 0, "stuck": 0'
    ),
}
PARTS: Final = {
    "barge_in.py": (RECORDINGS, LIBFLITE),
    "loop_lag.py": (SILERO,),
    "serve_load.py": (SILERO, RECORDINGS),
    "voice_clarity.py": (FLITE, WHISPER),
    "peers/bench_voiceflow.py": (REFERENCE_CALL,),
}


def _programs() -> set[str]:
    """What can be started, by its path in benchmarks/."""
    found = (path for path in BENCHMARKS.rglob("*.py") if 'if __name__ == "__main__":' in path.read_text("utf-8"))
    return {path.relative_to(BENCHMARKS).as_posix() for path in found}


def test_every_program_and_every_kind_is_run_somewhere() -> None:
    """Here, or in a test that names it."""
    assert _programs() == {*RUN_HERE, *RUN_ELSEWHERE, *FOREIGN, "check_demo.py", "whole_agent.py"}
    assert set(KINDS) == {*KINDS_ELSEWHERE, "calls", "memory", "start"}
    for name, where in (RUN_ELSEWHERE | KINDS_ELSEWHERE).items():
        assert name.removesuffix(".py") in (ROOT / where).read_text("utf-8")


def _run(program: str, *words: str) -> tuple[int, str]:
    command = [sys.executable, str(BENCHMARKS / program), *words]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "program", [pytest.param(name, marks=[part.mark for part in PARTS.get(name, ())]) for name in RUN_HERE]
)
def test_a_program_does_in_short_what_it_does(program: str, tmp_path: Path) -> None:
    """With its status, and what it has to say."""
    short = RUN_HERE[program]
    status, said = _run(program, *(word.format(folder=tmp_path) for word in short.words))
    assert status == short.status, said
    assert re.search(short.says, said), said


@pytest.mark.slow
def test_many_calls_are_answered_in_a_process_of_their_own(tmp_path: Path) -> None:
    """`bench calls`: one call, of which no answer is missing."""
    kept = tmp_path / "kept.json"
    assert main(["bench", "calls", "-n", "1", "--for", "2", "--json", str(kept)]) == 0
    (call,) = json.loads(kept.read_text())["calls"]
    assert call["calls"] == 1
    assert call["failed"] == 0
    assert call["late"]["n"] > 0


def test_a_few_calls_leave_nothing(tmp_path: Path) -> None:
    """`bench memory`, in a process of its own, as what is resident is the process's: a look at each of three."""
    kept = tmp_path / "kept.json"
    command = [sys.executable, "-m", "voiceflow", "bench", "memory", "-n", "3", "--json", str(kept)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [look["calls"] for look in json.loads(kept.read_text())["looks"]] == [1, 2, 3]


@pytest.mark.slow
def test_everything_that_is_started_says_something(tmp_path: Path) -> None:
    """`bench start`: what is imported is more and more."""
    kept = tmp_path / "kept.json"
    assert main(["bench", "start", "--rounds", "1", "--json", str(kept)]) == 0
    starts = json.loads(kept.read_text())["starts"]
    modules = [starts[name][0]["modules"] for name in ("python alone", "import trio, numpy", "import voiceflow")]
    assert modules == sorted(modules)
    assert all(one < other for one, other in pairwise(modules))


@pytest.mark.slow
@WHISPER.mark
def test_a_demo_in_which_nothing_was_said_does_not_hold(tmp_path: Path) -> None:
    """`check_demo.py`, with an empty folder of a demo."""
    soundfile.write(tmp_path / "conversation.wav", np.zeros((8000, 2), np.int16), 16000)  # pyright: ignore
    (tmp_path / "trace.jsonl").touch()
    status, said = _run("check_demo.py", str(tmp_path))
    assert (status, said) == (1, f"BAD: nothing was said in {tmp_path}\n")


# The flame graph


def test_a_flame_graph_is_as_wide_as_what_was_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What calls lies under what it calls; what was hardly ever met is left out."""
    monkeypatch.setattr(sys, "path", [str(BENCHMARKS), *sys.path])
    flame = runpy.run_path(str(BENCHMARKS / "flame.py"))
    looks: Counter[tuple[tuple[str, str], ...]] = Counter()
    task, send, rare = ("task.run", "ours"), ("wire.<send>", "ours"), ("rare.once", "other")
    looks[(task, send)] = 750
    looks[(task,)] = 249
    looks[(task, rare)] = 1
    root = ET.fromstring(flame["picture"](looks, "hot & long"))
    boxes = {
        str(box[0].text): (float(box.attrib["width"]), float(box.attrib["y"]))
        for box in root.iter("{http://www.w3.org/2000/svg}rect")
        if len(box)
    }
    assert list(boxes) == ["task.run: 100.0%", "wire.<send>: 75.0%"]
    (width, low), (above, high) = boxes.values()
    assert above / width == pytest.approx(0.75, abs=0.01)
    assert high < low


# Whole agents


class _Clock:
    """What stands for `time` in whole_call."""

    now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    """The program, loaded and not started."""
    return runpy.run_path(str(BENCHMARKS / "whole_agent.py"))


def test_a_caller_of_whole_agents_times_their_answers(whole: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """From the last voiced block to the first sound; who is heard before is early, and who says nothing is left."""
    call, clock = whole["whole_call"], _Clock()
    monkeypatch.setattr(call, "time", clock)
    monkeypatch.setattr(call, "PATIENCE", 3.0)
    loud, silent = np.full(16000, 8000, np.int16), np.zeros(3200, np.int16)
    clip = np.concatenate([silent, loud, silent])
    assert call.last_voiced(clip) == 19200
    talk = call.Talk([clip] * 3)
    voice = np.full(320, 1000, np.int16)
    answer = {0: 0.5, 1: -0.4}  # seconds from the end of speech, of the first two clips
    while not talk.over:
        clock.now += call.BLOCK
        talk.block()
        number = len(talk.answers) - 1
        ended = talk._at / 16000 - 1.2 if number >= 0 else 0.0
        if number in answer and abs(ended - answer[number]) < call.BLOCK / 2:
            talk.heard(voice)
    assert [answer.early for answer in talk.answers] == [False, True, False]
    assert talk.answers[0].response == pytest.approx(0.5, abs=2 * call.BLOCK)
    assert [answer.response for answer in talk.answers[1:]] == [None, None]


@SILERO.mark
def test_whole_agents_are_complete_graphs(whole: dict[str, Any]) -> None:
    """Both of ours, with the same models; and what is measured of them comes to a table."""
    graphs = [whole["agent"](name, whole["whole_call"].Talk([])) for name in (whole["TIGHT"], whole["DEFAULT"])]
    tight, default = ({type(node).__name__ for node in graph.validate().nodes.values()} for graph in graphs)
    assert tight == default >= {"WebRtcDenoise", "Silero", "PocketSphinx", "LlamaCpp", "Espeak", "Speaker"}
    found = {
        whole["TIGHT"]: [{"response": 0.3, "early": False}, {"response": None, "early": True}],
        whole["PIPECAT"]: [{"response": 0.6, "early": False}, {"response": None, "early": False}],
    }
    table = whole["table"](found)
    assert "| voiceflow, tight | 1 | 300 | 300 | 300 | 1 | 0 |" in table
    assert "| pipecat, tight | 1 | 600 | 600 | 600 | 0 | 1 |" in table
    assert table.endswith("of the medians: 0.50")


# With other projects


@pytest.mark.parametrize("program", FOREIGN)
def test_what_wants_another_project_is_python_at_least(program: str) -> None:
    """And says how to get that."""
    text = (BENCHMARKS / program).read_text("utf-8")
    compile(text, program, "exec")
    assert "pip install" in text.partition('"""\n\n')[0]
