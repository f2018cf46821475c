"""Whole conversations: the same seed is the same call, and what must hold of every call holds of these."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from random import Random
from subprocess import PIPE
from typing import Any, get_args

import pytest
import trio

from voiceflow.sim import Act, Fault, Script, Setup, generate, order, simulate
from voiceflow.sim.invariants import breaches
from voiceflow.sim.many import run
from voiceflow.sim.script import FAULTS, Part

ROOT = Path(__file__).resolve().parent.parent.parent


def test_trio_still_has_the_two_switches_of_its_scheduler() -> None:
    """By which a simulation gets the same order of tasks again."""
    scheduler = vars(import_module(order.SCHEDULER))
    assert isinstance(scheduler[order.SORTED], bool)
    assert isinstance(scheduler[order.SHUFFLED_BY], Random)


def _order(seed: int) -> list[int]:
    seen: list[int] = []

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(_note, number, seen)

    with order.ordered_by(seed):
        trio.run(main)
    return seen


async def _note(number: int, seen: list[int]) -> None:
    seen.append(number)


def test_a_seed_orders_tasks() -> None:
    """Another seed orders them otherwise, and afterwards Trio shuffles as before."""
    switches = vars(import_module(order.SCHEDULER))
    before = switches[order.SORTED], switches[order.SHUFFLED_BY].getstate()
    assert _order(1) == _order(1) != _order(2)
    assert (switches[order.SORTED], switches[order.SHUFFLED_BY].getstate()) == before


def test_the_same_seed_gives_the_same_trace() -> None:
    """To the byte; and another seed another one."""
    seeds = range(300, 303)
    traces = [simulate(generate(seed, seconds=20, faults=4)).trace() for seed in seeds]
    assert traces == [simulate(generate(seed, seconds=20, faults=4)).trace() for seed in seeds]
    assert len(set(traces)) == len(traces)


def test_a_plain_turn_takes_the_time_that_it_takes() -> None:
    """One utterance without a fault is heard, committed, answered and kept, and the caller hears all of the answer."""
    said = Act("speak", "then", 1_000, ("tell", "me", 400, "more"))
    setup = Setup(seconds=12, speculation="off", endpointing="fixed", min_wait=500)
    call = simulate(Script(3, setup, (said,)))
    assert breaches(call) == []
    assert [stretch.words for stretch in call.line.stretches] == [("tell", "me"), ("more",)]
    assert [(item.role, item.interrupted) for item in call.history] == [("user", False), ("assistant", False)]
    assert call.history[0].text == "tell me more"
    assert call.history[1].text.split() == [entry.word for entry in call.book.words(1)]
    (commit,) = [mark for mark in call.marks if mark.name == "turn.committed"]
    assert commit.t - call.line.stretches[-1].end * 1_000_000 == 500_000_000
    assert (call.turns, call.interruptions, call.error, call.left) == (1, 0, "", (0, 0))


def test_who_goes_on_behind_a_listening_sound_has_the_floor_in_time() -> None:
    """What was recognised of an earlier voice when the next had begun excuses nothing; and the rule knows that."""
    talk = (
        Act("speak", "audible", 0, ("huh",)),
        Act("speak", "audible", 0, ("yeah",)),
        Act("noise", "then", 154, ms=1_250),
    )
    call = simulate(Script(97001024, Setup(seconds=10), talk))
    begin = call.line.stretches[2].start * 1_000_000
    finals = [mark for mark in call.marks if mark.name == "transcript" and mark.values["stage"] == "final"]
    (cut,) = (mark for mark in call.marks if mark.name == "turn.interrupted")
    assert (finals[1].values["text"], finals[1].t > begin) == ("yeah", True)
    assert cut.t == begin + 500_000_000
    assert breaches(call) == []


@pytest.mark.parametrize("part", ["stt", "detector"])
def test_who_interrupts_is_heard_while_a_part_beside_the_vad_takes_no_sound(part: Part) -> None:
    """A recogniser or a detector that stands still after a listening sound holds nobody else up."""
    said = Act("say", "then", 500, ("on",) * 40)
    talk = (said, Act("speak", "audible", 0, ("yeah",)), Act("noise", "then", 1_480, ms=2_000))
    still = Fault(part, "stall", 0, 0, 12_000)
    call = simulate(Script(5, Setup(seconds=14, detector=True), talk, (still,)))
    begin = call.line.stretches[1].start * 1_000_000
    (cut,) = (mark for mark in call.marks if mark.name == "turn.interrupted")
    assert call.faults.injected == {f"{part}.stall": 1}
    assert cut.t == begin + 500_000_000
    assert breaches(call) == []


@pytest.mark.parametrize("part", get_args(Part))
def test_every_fault_happens_and_breaks_no_rule(part: Part) -> None:
    """Each kind of each part, before the first output and after the last."""
    injected = Counter[str]()
    talk = tuple(Act("speak", "ended" if n else "then", 300, ("what", f"k{n}")) for n in range(3))
    for kind in FAULTS[part]:
        for at in (0, 100):
            call = simulate(
                Script(at, Setup(seconds=11, detector=True, calls=60), talk, (Fault(part, kind, 1, at, 700),))
            )
            assert breaches(call) == [], (kind, at)
            injected.update(call.faults.injected)
    assert set(injected) == {f"{part}.{kind}" for kind in FAULTS[part]}


def test_a_fixed_set_of_conversations_breaks_no_rule(tmp_path: Path) -> None:
    """With and without faults; as many turns as people have, and some interruptions."""
    long = _figures(tmp_path, "--seed", "0", "-n", "10", "--faults", "3")
    calm = _figures(tmp_path, "--seed", "5000", "-n", "4", "--faults", "0")
    short = _figures(tmp_path, "--seed", "6000", "-n", "60", "--seconds", "10", "--faults", "2")
    assert long["median_turns"] >= 6
    assert long["interruptions"] + calm["interruptions"] > 20
    assert [each["broken"] for each in (long, calm, short)] == [[], [], []]
    assert len(long["faults"].keys() | short["faults"].keys()) > 30


def test_fresh_conversations_break_no_rule(tmp_path: Path) -> None:
    """Others each time. A failing one is named by the line that runs it again."""
    first = str(secrets.randbelow(1_000_000_000))
    told = _run("--seed", first, "-n", "20", "--seconds", "15", "--faults", "2", at=tmp_path)
    assert (told.returncode, told.stderr) == (0, ""), told.stdout


def _figures(at: Path, *asked: str) -> dict[str, Any]:
    """What the program finds, in processes of its own, on one core: other tests have the others."""
    told = _run(*asked, "--workers", "1", "--json", "figures.json", at=at)
    assert told.stderr == "", told.stderr
    figures: dict[str, Any] = json.loads((at / "figures.json").read_text())
    return figures


def test_a_part_that_fails_too_often_ends_the_call_with_one_error() -> None:
    """A recogniser that has used up its restarts; no rule is broken by that."""
    talk = tuple(Act("speak", "then", 600, (f"k{n}",)) for n in range(8))
    faults = tuple(Fault("stt", "error", job) for job in range(8))
    call = simulate(Script(1, Setup(), talk, faults))
    assert call.error.startswith("NodeFailed: node 'stt' failed 4 times")
    assert breaches(call) == []


def _run(*words: str, at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "voiceflow", "sim", *words],
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        cwd=at,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_finds_on_two_cores_what_one_does(tmp_path: Path) -> None:
    """In processes whose hashes of strings are others; and it says what it did."""
    here = run(range(300, 312), seconds=6, faults=4.0, workers=1)
    asked = ("--seed", "300", "-n", "12", "--seconds", "6", "--faults", "4", "--workers", "2", "--json", "all.json")
    told = _run(*asked, at=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    figures = json.loads((tmp_path / "all.json").read_text())
    for name in ("digest", "turns", "faults", "interruptions", "virtual_seconds", "seeds", "broken"):
        assert figures[name] == here.figures()[name]
    assert told.stdout.startswith(f"12 conversations, seeds 300 to 311, traces {here.digest}\n")
    assert "0 conversations broke a rule" in told.stdout


def test_the_program_refuses_what_is_no_script(tmp_path: Path) -> None:
    """In one line that names the place."""
    (tmp_path / "x.json").write_text('{"acts": [{"do": "sing"}]}')
    told = _run("--script", "x.json", at=tmp_path)
    assert told.returncode == 1
    assert told.stderr.startswith("voiceflow sim: acts[0].do is one of speak, noise,")


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_program(how: signal.Signals, tmp_path: Path) -> None:
    """However it is ended while others work for it: what they have open is closed."""
    asked = (sys.executable, "-m", "voiceflow", "sim", "-n", "5000", "--workers", "2")
    with subprocess.Popen(asked, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=PIPE) as program:
        assert program.stdout is not None
        while len(_workers(program.pid)) < 2:
            assert program.poll() is None
            time.sleep(0.05)
        program.send_signal(how)
        assert program.stdout.read() == b""  # to its end, which comes when the last of them has closed it
    assert program.returncode == -how


def _workers(of: int) -> list[str]:
    told = subprocess.run(["ps", "-A", "-ww", "-o", "ppid=,args="], capture_output=True, text=True, check=True).stdout
    parents = (line.split(maxsplit=1) for line in told.splitlines())
    return [args for parent, args in parents if parent == str(of) and "spawn_main" in args]
