"""The reference call in other frameworks and in ours, in turns: `voiceflow bench peers`.

What is run are the programs of a folder: `scenario.py`, which all of them share, and an adapter for each framework.
Each measurement is a process of its own and a line in a results file, so that what was measured is not measured again.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import attrs

from voiceflow.bench.tables import Section
from voiceflow.errors import VoiceflowError

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT.parent / "shared" / "bench" / "peers"
OURS: Final = "voiceflow"
PROGRAMS: Final[Mapping[str, str]] = {
    OURS: "bench_voiceflow.py",
    "asyncio": "floor_asyncio.py",
    "trio": "floor_trio.py",
    "pipecat": "bench_pipecat.py",
    "livekit": "bench_livekit.py",
    "videosdk": "bench_videosdk.py",
}
"""Ours, two programs with no framework at all, and the others."""
FRAMEWORKS, FLOORS = ("pipecat", "livekit", "videosdk"), ("asyncio", "trio")
PACKAGES: Final[Mapping[str, Sequence[str]]] = {
    "pipecat": ("pipecat-ai==1.14.0",),
    "livekit": ("livekit-agents==1.8.9",),
    "videosdk": ("videosdk-agents==1.0.30",),
}
COUNTS: Final = (1, 10, 50)
ROUNDS: Final = 3
WINDOW: Final = 20.0  # seconds of each measurement
_START: Final = 14.0  # and about so many until it begins
_LIMIT: Final = 180.0

_FIGURES: Final[Mapping[str, tuple[str, ...]]] = {
    "overhead p50, ms": ("response_overhead_ms", "median"),
    "overhead p95, ms": ("response_overhead_ms", "p95"),
    "barge-in p50, ms": ("barge_in_raw_ms", "median"),
    "wasted by one, ms": ("wasted_audio_ms", "median"),
    "made after cut, ms": ("synth_after_cut_ms", "max"),
    "block late, worst, ms": ("sink_lateness_ms", "max"),
    "CPU ms, call-second": ("cpu_s_per_session_s",),
    "the same, steady*": ("cpu_at_reference",),
    "GC longest, ms": ("gc", "max_ms"),
    "failed": ("failed",),
    "import, s": ("config", "import_s"),
    "resident then, MB": ("config", "rss_import_mb"),
}


@attrs.frozen
class Measurement:
    """One process: which program, with how many calls, and which time it is done."""

    name: str
    calls: int
    round: int

    @property
    def key(self) -> tuple[str, int, int]:
        return self.name, self.calls, self.round


@attrs.define(eq=False)
class Beside:
    """The measurements that are wanted, and those that are there.

    Args:
        pythons: the interpreter in which each framework is installed; ours runs in this one.
        results: a line of JSON for each measurement; what it holds already is not measured again.
    """

    pythons: Mapping[str, str]
    results: Path
    counts: Sequence[int] = COUNTS
    rounds: int = ROUNDS
    window: float = WINDOW
    folder: Path = FOLDER

    def __attrs_post_init__(self) -> None:
        if not (self.folder / "scenario.py").is_file():
            raise VoiceflowError(
                f"the reference call of the other frameworks is not at {self.folder}: it is no part of this repository"
            )

    @property
    def names(self) -> list[str]:
        """Those that can be run, ours first."""
        here = (OURS, "asyncio", "trio")
        return [name for name in PROGRAMS if name in here or name in self.pythons]

    @property
    def wanted(self) -> list[Measurement]:
        """All of them, in the order in which they run: in turns, so that the machine's bad minutes meet all alike."""
        return [
            Measurement(name, calls, number)
            for number in range(1, self.rounds + 1)
            for calls in self.counts
            for name in self.names
        ]

    @property
    def missing(self) -> list[Measurement]:
        have = {(record["name"], record["calls"], record["round"]) for record in self.records()}
        return [each for each in self.wanted if each.key not in have]

    @property
    def seconds(self) -> float:
        """About how long what is missing takes."""
        return len(self.missing) * (self.window + _START)

    def records(self) -> list[dict[str, Any]]:
        """What was measured, failures among it.

        Raises:
            VoiceflowError: the file holds something else.
        """
        if not self.results.exists():
            return []
        try:
            found = [json.loads(line) for line in self.results.read_text(encoding="utf-8").splitlines()]
            return [record for record in found if record["name"] in PROGRAMS]
        except (ValueError, KeyError, TypeError) as error:
            raise VoiceflowError(
                f"{self.results} holds no results of `voiceflow bench peers`: name another file"
            ) from error

    def run(self, tell: Callable[[str], object]) -> None:
        """Measure what is missing."""
        missing = self.missing
        for number, each in enumerate(missing, 1):
            tell(f"{number} of {len(missing)}: {each.name}, {each.calls} calls, round {each.round}")
            record = {"name": each.name, "calls": each.calls, "round": each.round, **self._measured(each)}
            if "error" in record:
                tell(f"{each.name} gave nothing: {record['error']}")
            with self.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")

    def _measured(self, each: Measurement) -> dict[str, Any]:
        where = ROOT / "benchmarks" / "peers" if each.name == OURS else self.folder
        command = [self.pythons.get(each.name, sys.executable), str(where / PROGRAMS[each.name])]
        command += ["-n", str(each.calls), "--window", f"{self.window:g}"]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return {"error": f"over {_LIMIT:g} s"}
        lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
        if not lines:
            return {"error": (ended.stderr.strip().splitlines() or [f"status {ended.returncode}"])[-1]}
        return cast("dict[str, Any]", json.loads(lines[-1]))

    def to_json(self) -> str:
        return json.dumps({"voiceflow bench peers": 1, "measured": self.records()}, indent=1)

    def sections(self) -> Iterator[Section]:
        """A table for each number of calls: medians of the rounds, and what ours is of each of the others'."""
        records = [record for record in self.records() if "error" not in record]
        for calls in sorted({record["calls"] for record in records}):
            runs = {name: [r for r in records if r["name"] == name and r["calls"] == calls] for name in PROGRAMS}
            for title, names in (("frameworks", FRAMEWORKS), ("no framework at all", FLOORS)):
                yield _table(f"The reference call, {calls} at once, beside {title}", runs, names)


def _table(title: str, runs: Mapping[str, Sequence[Mapping[str, Any]]], names: Sequence[str]) -> Section:
    there = {name: runs[name] for name in (OURS, *names) if runs[name]}
    rows = [row for what, path in _FIGURES.items() if (row := _row(what, path, there)) is not None]
    rounds = ", ".join(f"{name} {len(found)}" for name, found in there.items())
    note = (
        f"medians of the rounds ({rounds}); in brackets, ours to theirs: below 1 is less; *: as if a fixed piece of "
        "Python took 10 ms on this machine all the time"
    )
    return Section(title, ("what", *there), rows if len(there) > 1 else [], note)


def _row(what: str, path: Sequence[str], runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[str] | None:
    values = {name: _median([_value(record, path) for record in records]) for name, records in runs.items()}
    if all(value is None for value in values.values()):
        return None
    return (what, *(_beside(value, values.get(OURS) if name != OURS else None) for name, value in values.items()))


def _value(record: Mapping[str, Any], path: Sequence[str]) -> float | None:
    if path == ("failed",):
        return float(sum(record.get(name, 0) for name in ("no_reply", "not_cut", "stuck", "stale_frames")))
    at: Any = record
    for name in path:
        at = cast("Mapping[str, Any]", at).get(name) if isinstance(at, dict) else None
    return None if at is None else float(at) * (1000 if path[0].startswith("cpu_") else 1)


def _median(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def _beside(value: float | None, ours: float | None) -> str:
    if value is None:
        return "-"
    shown = f"{value:.0f}" if value >= 100 else f"{value:.1f}"
    return f"{shown} ({ours / value:.2f})" if ours is not None and value >= 0.05 else shown


def environments(at: Path, known: Mapping[str, str], tell: Callable[[str], object]) -> dict[str, str]:
    """The interpreters of the other frameworks: those that are known, and a virtual environment for each other.

    Raises:
        VoiceflowError: one cannot be made.
    """
    found = dict(known)
    for name, packages in PACKAGES.items():
        if name not in found:
            found[name] = _environment(at / name, packages, tell)
    return found


def _environment(at: Path, packages: Sequence[str], tell: Callable[[str], object]) -> str:
    python, whole = at / "bin" / "python", at / "whole"
    if not whole.exists():
        tell(f"making {at} with {' '.join(packages)} ...")
        _do([sys.executable, "-m", "venv", "--clear", str(at)])
        _do([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages])
        whole.touch()
    return str(python)


def _do(command: Sequence[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or [f"status {ended.returncode}"])[-1]
        raise VoiceflowError(f"`{' '.join(command)}` failed: {last}")
