"""The reference call in other frameworks and in ours, in turns: `voiceflow bench peers`.

What is run are the programs of a folder: `scenario.py`, which all of them share, and an adapter for each framework.
Each measurement is a process of its own and a line in a results file, so that what was measured is not measured again.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

import attrs

from voiceflow.bench.beside_tables import sections
from voiceflow.bench.measurement import OURS, PROGRAMS, Measurement, holds, most, probe
from voiceflow.bench.process import complaint
from voiceflow.bench.tables import Section
from voiceflow.errors import VoiceflowError

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT.parent / "shared" / "bench" / "peers"
COUNTS: Final = (1, 10, 50)
CORES: Final = (25, 50, 75, 100, 150, 200, 250, 300)
LONG: Final = (4,)
ROUNDS: Final = 3
WINDOW: Final = 20.0  # seconds of each measurement
_START: Final = 14.0  # and about so many until it begins
_LIMIT: Final = 180.0
_LONG_WINDOW: Final = 30.0  # which a reply of 800 tokens, and one that is cut off, take
_PIN: Final = (
    "import os, sys; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); os.execv(sys.argv[1], sys.argv[1:])"
)
_ASKED: Final = {"name": str, "calls": int, "round": int}


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
    long: Sequence[int] = ()
    """So many calls at once with long replies, once each."""
    cores: Sequence[int] = ()
    """Among these numbers of calls the largest is looked for that one core holds."""
    prepare: Callable[[Callable[[str], object]], Mapping[str, str]] | None = None
    """Makes what `pythons` lacks before the first measurement, and gives all of them."""

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
        """All but what one core holds, in the order in which they run: in turns, so that bad minutes meet all alike."""
        plain = [
            Measurement(name, calls, number)
            for number in range(1, self.rounds + 1)
            for calls in self.counts
            for name in self.names
        ]
        return plain + [Measurement(name, calls, kind="long") for calls in self.long for name in self.names]

    @property
    def missing(self) -> list[Measurement]:
        """What can be measured now; each round of the search for what a core holds comes from the one before."""
        have = {
            (record.get("kind", "calls"), *(record[name] for name in ("name", "calls", "round")))
            for record in self.records()
        }
        tried = [(name, probe(known, self.cores)) for name, known in self._known().items()]
        core = [Measurement(name, calls, kind="core") for name, calls in tried if calls is not None]
        return [*(each for each in self.wanted if each.key not in have), *core]

    @property
    def whole(self) -> int:
        """How many there are at most, the search for what a core holds at its longest."""
        return len(self.wanted) + len(self.names) * self._steps

    @property
    def left(self) -> int:
        """How many of these are missing."""
        searches = [self._steps - len(k) for k in self._known().values() if probe(k, self.cores) is not None]
        return sum(each.kind != "core" for each in self.missing) + sum(max(1, steps) for steps in searches)

    @property
    def _steps(self) -> int:
        return math.ceil(math.log2(len(self.cores) + 1))

    def _known(self) -> dict[str, dict[int, bool]]:
        """Which numbers of calls one core is known to hold, or not."""
        known: dict[str, dict[int, bool]] = {name: {} for name in self.names}
        for record in self.records():
            if record.get("kind") == "core" and record["name"] in known:
                known[record["name"]][record["calls"]] = holds(record)
        return known

    def held(self) -> dict[str, str]:
        """The most calls that one core holds, in words, of those for which that is known."""
        known = {name: found for name, found in self._known().items() if found}
        return {name: most(found) for name, found in known.items() if probe(found, self.cores or sorted(found)) is None}

    @property
    def seconds(self) -> float:
        """About how long what is missing takes."""
        return self.left * (self.window + _START)

    def records(self) -> list[dict[str, Any]]:
        """What was measured for as many seconds as are asked for, failures among it.

        Raises:
            VoiceflowError: the file holds something else.
        """
        if not self.results.exists():
            return []
        lines = self.results.read_bytes().splitlines()
        found = (_record(line, self.results, number) for number, line in enumerate(lines, 1))
        return [each for each in found if each["name"] in PROGRAMS and each.get("seconds", self.window) == self.window]

    def run(self, tell: Callable[[str], object]) -> None:
        """Measure what is missing."""
        number, total = 0, self.left
        if total and self.prepare is not None:
            self.pythons = self.prepare(tell)
        while missing := self.missing:
            for each in missing:
                number += 1
                tell(f"{number} of {max(number, total)}: {each}")
                self._keep(each, self._measured(each), tell)

    def _keep(self, each: Measurement, found: Mapping[str, Any], tell: Callable[[str], object]) -> None:
        asked = {"name": each.name, "calls": each.calls, "round": each.round, "kind": each.kind, "seconds": self.window}
        record = {**found, **asked}
        if "error" in record:
            tell(f"{each.name} gave nothing: {record['error']}")
        with self.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def _measured(self, each: Measurement) -> dict[str, Any]:
        try:
            ended = subprocess.run(self._command(each), capture_output=True, text=True, timeout=_LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return {"error": f"over {_LIMIT:g} s"}
        lines = [line for line in ended.stdout.splitlines() if line.startswith("{")]
        try:
            return cast("dict[str, Any]", json.loads(lines[-1]))
        except (IndexError, ValueError):
            return {"error": complaint(ended)}

    def _command(self, each: Measurement) -> list[str]:
        where = ROOT / "benchmarks" / "peers" if each.name == OURS else self.folder
        window = max(self.window, _LONG_WINDOW) if each.kind == "long" else self.window
        program = [self.pythons.get(each.name, sys.executable), str(where / PROGRAMS[each.name])]
        pinned = [sys.executable, "-c", _PIN] if each.kind == "core" else []
        more = ["--long"] if each.kind == "long" else []
        return [*pinned, *program, "-n", str(each.calls), "--window", f"{window:g}", *more]

    def to_json(self) -> str:
        return json.dumps({"voiceflow bench peers": 1, "measured": self.records()}, indent=1)

    def sections(self) -> Iterator[Section]:
        """What stands in the short table, and a table for each number of calls."""
        return sections([record for record in self.records() if "error" not in record], self.held())


def _record(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
        whole = "error" in record or isinstance(record["response_overhead_ms"], dict)
        if whole and all(isinstance(record[name], kind) for name, kind in _ASKED.items()):
            return cast("dict[str, Any]", record)
    except (ValueError, KeyError, TypeError):
        pass
    raise VoiceflowError(
        f"{path}, line {number}, is no result of `voiceflow bench peers`: take the line out, or name another file "
        "with --results"
    )
