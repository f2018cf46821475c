"""`voiceflow bench`, from its words to its tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from voiceflow.bench import hops, micro
from voiceflow.bench.figures import Distribution, Lag, Report
from voiceflow.cli import main

AGENT = """
import signal
from voiceflow import Audio, Graph, In, Node, Out, Ports
import numpy as np

class Line(Node):
    audio = Out(Audio)
    async def run(self, ports: Ports) -> None:
        for n in range(3):
            await ports[self.audio].send(Audio(np.zeros(320, np.int16), 16000, n * 320))

class Ear(Node):
    audio = In(Audio)
    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            {then}

def build() -> Graph:
    return Graph().connect(Line(), Ear())
"""
INTERRUPTED = """
from contextlib import asynccontextmanager
import trio

@asynccontextmanager
async def opened(self, services):
    signal.raise_signal(signal.SIGINT)
    await trio.sleep_forever()
    yield

Line.open = opened
"""


def _agent(folder: Path, then: str) -> str:
    path = folder / "agent.py"
    path.write_text(AGENT.format(then=then))
    return f"{path}:build"


def test_a_graph_of_the_users_own_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it needs is said first; the figures go to the files that were asked for."""
    figures, page = tmp_path / "r.json", tmp_path / "r.md"
    words = ["bench", _agent(tmp_path, "pass"), "-n", "2", "--json", str(figures), "--markdown", str(page)]
    assert main(words) == 0
    out, err = capsys.readouterr()
    assert "2 calls in real time" in err
    assert "line.audio -> ear.audio" in out
    report = json.loads(figures.read_text())
    assert [call["wires"]["line.audio -> ear.audio"]["sent"] for call in report["calls"]] == [3, 3]
    assert "| line.audio -> ear.audio | 0.06 | 0.4 |" in page.read_text()


def test_ctrl_c_gives_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The call that was under way is in the tables; the status is that of an interrupted program."""
    assert main(["bench", _agent(tmp_path, "signal.raise_signal(signal.SIGINT)")]) == 130
    assert "(1 of 3 calls)" in capsys.readouterr().out


def test_a_call_that_fails_does_not_take_the_figures_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was measured by then is shown and kept, the error told behind it, with the status of one."""
    kept = tmp_path / "r.json"
    assert main(["bench", _agent(tmp_path, "raise ValueError('[no] ear')"), "--fast", "--json", str(kept)]) == 1
    out, err = capsys.readouterr()
    assert "call 1 failed" in out
    assert "(1 of 3 calls)" in out
    assert "voiceflow bench: node 'ear' failed" in " ".join(err.split())
    (call,) = json.loads(kept.read_text())["calls"]
    assert call["failed"].startswith("node 'ear' failed")


def test_ctrl_c_before_the_first_call_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While its nodes open, say: there is nothing to show then."""
    where = _agent(tmp_path, "pass")
    with (tmp_path / "agent.py").open("a") as file:
        file.write(INTERRUPTED)
    assert main(["bench", where]) == 130
    assert "no call had begun" in capsys.readouterr().err


def test_two_reports_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the names of their files."""
    nothing = Report("none", 1, {}, (), Lag(0.001, 0.002, 0.004, Distribution.of([])), 50e6)
    paths = [tmp_path / "before.json", tmp_path / "after.json"]
    for path in paths:
        path.write_text(nothing.to_json())
    assert main(["bench", "--compare", *map(str, paths)]) == 0
    out = capsys.readouterr().out
    assert "before" in out
    assert "1.00" in out


def test_fewer_than_one_call_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """Said with what came."""
    with pytest.raises(SystemExit) as end:
        main(["bench", "-n", "0"])
    assert end.value.code == 2
    assert "at least 1; got 0" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["bench", "-n", "x"])
    assert "expected a whole number; got 'x'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("micro --fast -n 3", "micro has no use for -n, --fast; it takes --json, --markdown, --html"),
        ("calls --rounds 2", "calls has no use for --rounds; it takes -n, --for, --json"),
        ("--speech a.wav", "a call has no use for --speech; it takes -n, --calls, --for, --fast, --instructions"),
        ("--against HEAD calls --fast", "--against has no use for --fast"),
        ("--against HEAD peers", "--against runs a graph, calls, start, micro; not 'peers'"),
        ("--compare a.json b.json micro", "--compare reads two reports, and measures nothing; leave micro out"),
        ("--compare a.json b.json --json c.json", "leave --json out"),
        ("--compare a.json b.json --fast", "--compare has no use for --fast"),
        ("turns --speech nowhere.wav", "--speech: sound file nowhere.wav: cannot be opened"),
        ("voiceflow.bench.reference:agent", "if it takes its caller, say with --calls who that is"),
    ],
)
def test_what_does_not_go_together_is_told_before_anything_runs(
    words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rather than not heeded."""
    assert main(["bench", *words.split()]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert said in " ".join(err.split())


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The smallest moves, each a few times."""
    monkeypatch.setattr(hops, "FRAMES", 20)
    monkeypatch.setattr(micro, "ROUNDS", 1)
    monkeypatch.setattr(micro, "CANCELS", 2)


@pytest.mark.usefixtures("few")
def test_the_command_shows_the_smallest_moves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row each, on the terminal, as Markdown, JSON and a page."""
    page, kept, html = tmp_path / "m.md", tmp_path / "m.json", tmp_path / "m.html"
    assert main(["bench", "micro", "--markdown", str(page), "--json", str(kept), "--html", str(html)]) == 0
    assert "needs nothing; takes about 15 seconds" in capsys.readouterr().err
    assert len(json.loads(kept.read_text())["microseconds"]) == 4
    assert page.read_text().count("\n| ") == 1 + 1 + 4
    assert "cancel of a turn of 6 stages" in html.read_text()


@pytest.mark.usefixtures("few")
async def test_the_smallest_moves_are_measured_beside_bare_trio() -> None:
    """Each has values of both kinds, and a ratio of the two medians."""
    results: list[micro.Pair] = []
    told: list[str] = []
    await micro.run(results, told.append)
    assert [pair.name for pair in results] == [line.removesuffix(" ...") for line in told]
    assert [len(pair.ours) == len(pair.bare) > 0 for pair in results] == [True] * 4
    assert json.loads(micro.to_json(results))["microseconds"].keys() == {pair.name for pair in results}


def test_a_ratio_is_that_of_the_medians() -> None:
    """A 99th percentile is given where a hundred values are there to have one."""
    few = micro.Pair("few", (1.0, 2.0, 9.0), (1.0, 1.0, 1.0))
    many = micro.Pair("many", tuple(map(float, range(200))), tuple(2.0 * n for n in range(200)))
    assert (few.ratio, few.p99_ratio) == (2.0, None)
    assert many.p99_ratio == 0.5
