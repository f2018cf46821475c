"""The working tree beside one of its revisions, in turns within one run: ratios, and how sure they are."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from voiceflow.bench.process import complaint
from voiceflow.bench.tables import Section, in_ms
from voiceflow.errors import VoiceflowError

ROOT: Final = Path(__file__).resolve().parents[2]
ROUNDS: Final = 3
_FEWEST = 3  # values of a side that can say how sure a ratio is
_DRAWS = 4000  # of the bootstrap
_SURE = 0.95


@attrs.define(eq=False)
class Against:
    """Runs `voiceflow bench` with `words` in both trees, `rounds` times each, one call or measurement at a time.

    Args:
        revision: as git knows it.
        tree: the working tree, a git repository.
    """

    revision: str
    words: Sequence[str]
    rounds: int = ROUNDS
    tree: Path = ROOT
    ours: dict[str, list[float]] = attrs.field(factory=dict[str, list[float]], init=False)
    theirs: dict[str, list[float]] = attrs.field(factory=dict[str, list[float]], init=False)

    def run(self, tell: Callable[[str], object]) -> None:
        """What was measured before a Ctrl-C counts.

        Raises:
            VoiceflowError: there is no such revision, or a run failed.
        """
        with checked_out(self.tree, self.revision) as before, tempfile.TemporaryDirectory() as folder:
            sides = [(self.revision, before, self.theirs), ("the working tree", self.tree, self.ours)]
            for number in range(self.rounds):
                # Whoever comes first in a round comes second in the next: what one leaves behind meets both.
                for name, tree, values in sides if number % 2 else reversed(sides):
                    tell(f"round {number + 1} of {self.rounds}: {name}")
                    self._run(name, tree, Path(folder) / "report.json", values)

    def _run(self, name: str, tree: Path, report: Path, values: dict[str, list[float]]) -> None:
        # -P: the folder in which it runs would come before that path.
        command = [sys.executable, "-P", "-m", "voiceflow", "bench", *self.words, "--json", str(report)]
        environment = os.environ | {"PYTHONPATH": str(tree)}
        ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if ended.returncode or not report.exists():
            raise VoiceflowError(f"`voiceflow bench {' '.join(self.words)}` failed at {name}: {complaint(ended)}")
        for what, found in samples(json.loads(report.read_text(encoding="utf-8"))).items():
            values.setdefault(what, []).extend(found)
        report.unlink()

    def sections(self) -> Iterator[Section]:
        both = [what for what in self.theirs if what in self.ours]
        yield Section(
            f"The working tree beside {self.revision}",
            ("what", "n", self.revision, "now", "ratio", "from", "to", "is it"),
            [_row(what, self.theirs[what], self.ours[what]) for what in both],
            f"medians, seconds in ms; below 1 is less now; the ratio lies between the two with {_SURE:.0%} (bootstrap)",
        )

    def to_json(self) -> str:
        values = {"revision": self.revision, "before": self.theirs, "now": self.ours}
        return json.dumps({"voiceflow bench against": 1, **values}, indent=1)


@contextmanager
def checked_out(tree: Path, revision: str) -> Generator[Path, None, None]:
    """A revision of a repository in a folder of its own, which leaves nothing in the repository.

    Raises:
        VoiceflowError: it has no such revision, or is none.
    """
    command = ["git", "-C", str(tree), "archive", "--format=tar", revision]
    archived = subprocess.run(command, capture_output=True, check=False)
    if archived.returncode:
        last = archived.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise VoiceflowError(f"{tree} has no revision {revision!r}: {''.join(last)}")
    with tempfile.TemporaryDirectory(prefix="voiceflow-against-") as folder:
        with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder)


def samples(report: Mapping[str, Any]) -> dict[str, list[float]]:
    """The values of a report: of calls, of many at once, of starts, or of the smallest moves."""
    found: dict[str, list[float]] = {}
    for what, move in report.get("microseconds", {}).items():
        found[f"{what} (µs)"] = [move["ours"]["p50"]]
    for what, starts in report.get("starts", {}).items():
        found[what] = [start["took"] for start in starts]
        found[f"{what}: CPU"] = [start["cpu"] for start in starts]
        found[f"{what}: memory (MB)"] = [start["memory"] / 1e6 for start in starts]
    for call in report.get("calls", ()):
        if "turns" in call:
            _of_a_call(call, found)
        else:
            _of_a_crowd(call, found)
    return {what: values for what, values in found.items() if values}


def _of_a_call(call: Mapping[str, Any], found: dict[str, list[float]]) -> None:
    def add(what: str, value: float | None) -> None:
        found.setdefault(what, []).extend([] if value is None else [value])

    for turn in call["turns"]:
        add("response", turn["response"])
        for stage, seconds in turn["stages"].items() if turn["response"] is not None else ():
            add(stage, seconds)
        for name, what in (("onset_to_silence", "cut in to silence"), ("cancel_to_ended", "cut to all ended")):
            add(what, turn[name] if turn["interrupted"] else None)
        add("audio wasted", turn["wasted"] if turn["interrupted"] else None)
        add("tokens wasted", turn.get("tokens_wasted"))
    add("CPU per call-second, this process", call["cpu"] / call["seconds"])
    add("CPU per call-second, workers", call["workers_cpu"] / call["seconds"])
    add("memory (MB)", call["memory"] / 1e6)


def _of_a_crowd(crowd: Mapping[str, Any], found: dict[str, list[float]]) -> None:
    for what, value in (
        ("overhead p50", crowd["overhead"]["p50"]),
        ("block late p95", crowd["late"]["p95"]),
        ("cut to all ended p50", crowd["cancelled"]["p50"]),
        ("CPU per call-second", crowd["cpu"]),
        ("memory a call (MB)", crowd["memory"] / 1e6),
    ):
        if value is not None:
            found.setdefault(f"{crowd['calls']} calls: {what}", []).append(value)


def ratio(before: Sequence[float], now: Sequence[float]) -> tuple[float, float, float]:
    """Of the medians, now to before; and between which two it lies, the values being drawn again and again."""
    draw = np.random.default_rng(0)
    middle = float(np.median(now) / np.median(before))
    ratios = _drawn(draw, now) / _drawn(draw, before)
    low, high = np.quantile(ratios, [(1 - _SURE) / 2, (1 + _SURE) / 2])
    return middle, float(low), float(high)


def _drawn(draw: np.random.Generator, values: Sequence[float]) -> Any:
    return np.median(draw.choice(np.asarray(values), (_DRAWS, len(values))), axis=1)


def _row(what: str, before: Sequence[float], now: Sequence[float]) -> Sequence[str]:
    n = f"{len(before)}, {len(now)}"
    plain = any(unit in what for unit in ("CPU", "MB", "tokens", "µs"))
    shown = [f"{np.median(v):.4g}" if plain else in_ms(float(np.median(v))) for v in (before, now)]
    if min(before) <= 0 or min(now) <= 0:
        return (what, n, *shown, "-", "-", "-", "")
    middle, low, high = ratio(before, now)
    if min(len(before), len(now)) < _FEWEST:
        return (what, n, *shown, f"{middle:.2f}", "-", "-", "too few")
    verdict = "less" if high < 1 else "more" if low > 1 else "the same" if low == high else "not known"
    return (what, n, *shown, f"{middle:.2f}", f"{low:.2f}", f"{high:.2f}", verdict)
