"""The reference call beside other frameworks: what is measured, in which order, and what is not measured again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voiceflow.bench import beside
from voiceflow.bench.beside import Beside
from voiceflow.bench.measurement import PACKAGES, PROGRAMS, holds, most, probe
from voiceflow.cli import main
from voiceflow.errors import VoiceflowError

ADAPTER = """
import json, sys
calls = int(sys.argv[sys.argv.index("-n") + 1])
print("a line of its log")
print(json.dumps({{"response_overhead_ms": {{"median": {overhead}, "p95": 9}}, "cpu_s_per_session_s": 0.01 * calls,
                  "no_reply": 1, "not_cut": 0, "config": {{"import_s": 0.5}}, "rss_mb": 50.0, "rss_before_mb": 40.0,
                  "wasted_audio_ms": {{"median": 900.0 if "--long" in sys.argv else 400.0}}}}))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Adapters that answer at once: ours 4 ms late, the others 8; Trio's breaks."""
    ours = tmp_path / "benchmarks" / "peers"
    ours.mkdir(parents=True)
    for name, program in PROGRAMS.items():
        where, overhead = (ours, 4) if name == "voiceflow" else (tmp_path, 8)
        (where / program).write_text(
            "raise SystemExit('broken')" if name == "trio" else ADAPTER.format(overhead=overhead)
        )
    (tmp_path / "scenario.py").touch()
    monkeypatch.setattr(beside, "ROOT", tmp_path)
    return tmp_path


def _plan(folder: Path, **more: object) -> Beside:
    return Beside({"pipecat": sys.executable}, folder / "r.jsonl", (1, 10), folder=folder, **{"rounds": 2} | more)  # type: ignore[arg-type]


def test_each_is_measured_in_turn_and_what_is_ours_is_told_as_a_ratio(folder: Path) -> None:
    """A program that breaks is told and left out; those whose interpreter nobody named are not run."""
    plan, told = _plan(folder), list[str]()
    plan.run(told.append)
    names = ["voiceflow", "asyncio", "trio", "pipecat"]
    assert [line for line in told if "of 16" in line][:5] == [
        *(f"{n} of 16: {name}, 1 call, round 1" for n, name in enumerate(names, 1)),
        "5 of 16: voiceflow, 10 calls, round 1",
    ]
    assert told.count("trio gave nothing: broken") == 4
    short, goals, one, floor, ten, _ = plan.sections()
    assert short.header == ("what", "voiceflow", "asyncio", "pipecat")
    assert short.rows[0] == ("response overhead, ms, 1 call", "4.0", "8.0 (0.50)", "8.0 (0.50)")
    assert goals.rows[:2] == [
        ("response overhead, ms, 1 call", "at most 3", "4.0", "NO"),
        ("sound never played, ms, 6 s reply", "at most 500", "400", "yes"),
    ]
    assert one.header == ("what", "voiceflow", "pipecat")
    assert floor.header == ("what", "voiceflow", "asyncio")
    assert one.rows[0] == ("overhead p50, ms", "4.0", "8.0 (0.50)")
    assert ("failed", "1.0", "1.0 (1.00)") in ten.rows
    assert ("import, s", "0.5", "0.5 (1.00)") in ten.rows
    assert "voiceflow 2, pipecat 2" in one.note


def test_what_is_there_is_not_measured_again(folder: Path) -> None:
    """It goes on where it was stopped, whatever broke then."""
    stopped = _plan(folder, rounds=1)
    with pytest.raises(KeyboardInterrupt):
        stopped.run(_stop_at(6))
    assert len(stopped.missing) == 3
    told: list[str] = []
    stopped.run(told.append)
    assert told[0] == "1 of 3: asyncio, 10 calls, round 1"
    assert stopped.missing == []
    assert stopped.seconds == 0


def _stop_at(line: int):  # type: ignore[no-untyped-def]
    lines = iter(range(line))

    def tell(text: str) -> None:
        if next(lines, None) is None:
            raise KeyboardInterrupt

    return tell


def test_the_command_says_how_long_it_will_take(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what it needs, before it starts; the tables go where all tables go."""
    named = [word for name in PACKAGES for word in ("--peer", f"{name}={sys.executable}")]
    words = ["bench", "peers", "-n", "1", "--rounds", "1", "--for", "1", "--peers", str(folder), *named]
    page = folder / "p.md"
    assert main([*words, "--results", str(folder / "p.jsonl"), "--markdown", str(page)]) == 0
    assert "6 of 6 measurements are missing" in " ".join(capsys.readouterr().err.split())
    assert "| overhead p50, ms | 4.0 | 8.0 (0.50) | 8.0 (0.50) | 8.0 (0.50) |" in page.read_text()


# Keeps what was asked of it: up to `most` calls are held.
CORE = """
import json, os, sys
calls = int(sys.argv[sys.argv.index("-n") + 1])
late = 1.0 if calls <= {most} else 90.0
print(json.dumps({{"started": calls, "no_reply": 0, "not_cut": 0, "stuck": 0, "cpus": len(os.sched_getaffinity(0)),
                  "sink_lateness_ms": {{"p95": late}}, "response_overhead_ms": {{"median": 2.0}}}}))
"""


def test_the_most_calls_that_a_core_holds_are_found(folder: Path) -> None:
    """With neighbours that were both tried, in few steps, on one core; what stopped goes on."""
    for name, program in PROGRAMS.items():
        where = folder / "benchmarks" / "peers" if name == "voiceflow" else folder
        (where / program).write_text(CORE.format(most={"voiceflow": 999, "asyncio": 120, "trio": 10}.get(name, 75)))
    plan = Beside({}, folder / "r.jsonl", (), folder=folder, cores=(50, 75, 100, 150, 200, 250, 300))
    assert (plan.left, plan.whole) == (9, 9)
    with pytest.raises(KeyboardInterrupt):
        plan.run(_stop_at(2))
    assert plan.held() == {}
    plan.run(lambda line: None)
    assert plan.held() == {"voiceflow": "300 or more", "asyncio": "100", "trio": "under 50"}
    assert (plan.left, plan.missing) == (0, [])
    assert {record["cpus"] for record in plan.records()} == {1}
    assert len(plan.records()) == 9
    short, goals, *_ = plan.sections()
    assert goals.rows[-1] == ("calls that one core holds", "at least 200", "300 or more", "yes")
    assert short.rows[-1] == ("calls that one core holds", "300 or more", "100", "under 50")


def test_what_holds_is_answered_in_time() -> None:
    """By every call that was asked for; a measurement that failed holds nothing."""
    good = {
        "calls": 2, "started": 2, "no_reply": 0, "not_cut": 0, "stuck": 0,
        "sink_lateness_ms": {"p95": 19.9}, "response_overhead_ms": {"median": 49.9},
    }  # fmt: skip
    assert holds(good)
    for bad in (
        {"started": 1}, {"stuck": 1}, {"error": "over 180 s"},
        {"sink_lateness_ms": {"p95": 20.0}}, {"response_overhead_ms": {"n": 0}},
    ):  # fmt: skip
        assert not holds(good | bad)


def test_a_search_halves_what_is_left() -> None:
    """And ends between a number that holds and the next, which does not."""
    assert probe({}, (1, 2, 3, 4, 5, 6, 7)) == 4
    assert probe({4: False}, (1, 2, 3, 4, 5, 6, 7)) == 2
    assert probe({4: False, 2: True, 3: False}, (1, 2, 3, 4, 5, 6, 7)) is None
    assert probe({}, ()) is None
    assert most({4: False, 2: True, 3: False}) == "2"


def test_long_replies_have_a_line_of_their_own(folder: Path) -> None:
    """Measured once each, with their option."""
    plan = Beside({}, folder / "r.jsonl", (10,), rounds=1, folder=folder, long=(4,))
    plan.run(lambda line: None)
    rows = {row[0]: row[1] for row in next(plan.sections()).rows}
    assert rows["sound never played, ms, 6 s reply"] == "400"
    assert rows["sound never played, ms, 800 tokens"] == "900"


def test_what_is_missing_is_told(folder: Path) -> None:
    """A folder without the reference call, and a results file of something else."""
    with pytest.raises(VoiceflowError, match="it is no part of this repository"):
        Beside({}, folder / "r.jsonl", folder=folder / "nowhere")
    (folder / "r.jsonl").write_text("[1]\n")
    with pytest.raises(VoiceflowError, match="name another file"):
        _plan(folder).records()


@pytest.mark.parametrize(
    "damage", [b"", b'{"name": "asyncio"', b"\xff\xfe", b'{"name": "asyncio", "calls": 1, "round": 1}']
)
def test_a_damaged_line_of_the_results_is_told(folder: Path, damage: bytes) -> None:
    """With its number; nothing is measured then."""
    plan, kept = (
        _plan(folder, rounds=1),
        b'{"name": "asyncio", "calls": 1, "round": 1, "error": "broken"}\n' + damage + b"\n",
    )
    plan.results.write_bytes(kept)
    with pytest.raises(VoiceflowError, match=r"r.jsonl, line 2, is no result of .*--results"):
        plan.run(lambda line: None)
    assert plan.results.read_bytes() == kept


def test_what_was_measured_for_another_time_is_measured_anew(folder: Path) -> None:
    """A short trial is not mixed with what is measured in earnest; both are kept."""
    trial, earnest = (Beside({}, folder / "r.jsonl", (1,), 1, window, folder) for window in (1.0, 20.0))
    trial.run(lambda line: None)
    assert (trial.left, earnest.left) == (0, 3)
    earnest.run(lambda line: None)
    assert (trial.left, earnest.left) == (0, 0)


def test_environments_are_made_before_the_first_measurement_and_only_for_one(folder: Path) -> None:
    """When it was told what is needed; where nothing is missing, nothing is made."""
    told: list[str] = []

    def prepare(tell: object) -> dict[str, str]:
        told.append("made")
        return {}

    for _ in range(2):
        Beside({}, folder / "r.jsonl", (1,), 1, 1.0, folder, prepare=prepare).run(told.append)
    assert told[:2] == ["made", "1 of 3: voiceflow, 1 call, round 1"]
    assert told.count("made") == 1


def test_what_is_no_json_is_a_failure(folder: Path) -> None:
    """A program that broke off in its last line is told as one that gave nothing."""
    (folder / PROGRAMS["asyncio"]).write_text("print('{half'); raise SystemExit('broken off')")
    plan = Beside({}, folder / "r.jsonl", (1,), rounds=1, folder=folder)
    told: list[str] = []
    plan.run(told.append)
    assert "asyncio gave nothing: broken off" in told
