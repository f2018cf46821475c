"""What was measured of the reference call beside other frameworks, as tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import attrs

from voiceflow.bench.measurement import FLOORS, FRAMEWORKS, OURS, PROGRAMS, Kind
from voiceflow.bench.tables import Section, in_number

Record = Mapping[str, Any]
Path = tuple[str, ...]

_FIGURES: Final[Mapping[str, Path]] = {
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
_ADDED: Final = ("added", "memory")
"""No figure of a record: the memory of all calls, by their number."""


@attrs.frozen
class _Line:
    """One line of the short table: which measurement it is of, and what of that."""

    what: str
    kind: Kind
    calls: int
    path: Path
    goal: float
    """What we hold ourselves to: at most so much."""


_SHORT: Final = (
    _Line("response overhead, ms, 1 call", "calls", 1, ("response_overhead_ms", "median"), 3),
    _Line("response overhead, ms, 50 calls", "calls", 50, ("response_overhead_ms", "median"), 4),
    _Line("barge-in, ms, 10 calls", "calls", 10, ("barge_in_raw_ms", "median"), 0),
    _Line("CPU ms a call-second, 50 calls", "calls", 50, ("cpu_s_per_session_s",), 5),
    _Line("worst lateness of a block, ms, 50 calls", "calls", 50, ("sink_lateness_ms", "max"), 10),
    _Line("memory of an added call, MB, 50 calls", "calls", 50, _ADDED, 0.3),
    _Line("sound never played, ms, 6 s reply", "calls", 10, ("wasted_audio_ms", "median"), 500),
    _Line("sound never played, ms, 800 tokens", "long", 4, ("wasted_audio_ms", "median"), 500),
    _Line("sound made after the cut, ms, 800 tokens", "long", 4, ("synth_after_cut_ms", "max"), 0),
    _Line("tokens after the cut, 800 tokens", "long", 4, ("tokens_after_cut", "max"), 0),
    _Line("import, s", "calls", 1, ("config", "import_s"), 0.2),
    _Line("resident then, MB", "calls", 1, ("config", "rss_import_mb"), 50),
)
_CORE: Final = "calls that one core holds"
_HOLDS: Final = 200


def sections(records: Sequence[Record], held: Mapping[str, str]) -> Iterator[Section]:
    """The short table, then one for each number of calls: medians, and what ours is of each of the others'."""
    yield _short(records, held)
    yield Section("What we hold ourselves to", ("what", "goal", "voiceflow", "met"), list(_goals(records, held)))
    for calls in sorted({record["calls"] for record in records if _kind(record) == "calls"}):
        runs = {name: _runs(records, "calls", calls, name) for name in PROGRAMS}
        for title, names in (("frameworks", FRAMEWORKS), ("no framework at all", FLOORS)):
            yield _table(f"The reference call, {in_number(calls)} at once, beside {title}", runs, names)


def _kind(record: Record) -> str:
    return str(record.get("kind", "calls"))


def _runs(records: Sequence[Record], kind: Kind, calls: int, name: str) -> list[Record]:
    return [each for each in records if (_kind(each), each["calls"], each["name"]) == (kind, calls, name)]


def _short(records: Sequence[Record], held: Mapping[str, str]) -> Section:
    names = [name for name in PROGRAMS if any(record["name"] == name for record in records)]
    rows: list[Sequence[str]] = []
    for line in _SHORT:
        runs = {name: _runs(records, line.kind, line.calls, name) for name in names}
        row = _row(line.what, line.path, runs)
        rows += [row] if row is not None else []
    if held:
        rows.append((_CORE, *(held.get(name, "-") for name in names)))
    note = "medians of the rounds; in brackets, ours to theirs: below 1 is less; a core holds what is answered in time"
    return Section("The reference call, in short", ("what", *names), rows if len(names) > 1 else [], note)


def _goals(records: Sequence[Record], held: Mapping[str, str]) -> Iterator[Sequence[str]]:
    """Where what is measured is as much as the goal to a digit that nobody sees, it is met."""
    for line in _SHORT:
        value = _median([_value(record, line.path) for record in _runs(records, line.kind, line.calls, OURS)])
        if value is not None:
            yield line.what, f"at most {line.goal:g}", _figure(value), _met(value < line.goal + 0.005)
    if OURS in held:
        number, *_ = (int(word) for word in held[OURS].split() if word.isdigit())
        met = number >= _HOLDS and not held[OURS].startswith("under")
        yield _CORE, f"at least {_HOLDS}", held[OURS], _met(met)


def _met(good: bool) -> str:
    return "yes" if good else "NO"


def _table(title: str, runs: Mapping[str, Sequence[Record]], names: Sequence[str]) -> Section:
    there = {name: runs[name] for name in (OURS, *names) if runs[name]}
    rows = [row for what, path in _FIGURES.items() if (row := _row(what, path, there)) is not None]
    rounds = ", ".join(f"{name} {len(found)}" for name, found in there.items())
    note = (
        f"medians of the rounds ({rounds}); in brackets, ours to theirs: below 1 is less; *: as if a fixed piece of "
        "Python took 10 ms on this machine all the time"
    )
    return Section(title, ("what", *there), rows if len(there) > 1 else [], note)


def _row(what: str, path: Path, runs: Mapping[str, Sequence[Record]]) -> Sequence[str] | None:
    values = {name: _median([_value(record, path) for record in records]) for name, records in runs.items()}
    if all(value is None for value in values.values()):
        return None
    return (what, *(_beside(value, values.get(OURS) if name != OURS else None) for name, value in values.items()))


def _value(record: Record, path: Path) -> float | None:
    if path == ("failed",):
        return float(sum(record.get(name, 0) for name in ("no_reply", "not_cut", "stuck", "stale_frames")))
    if path == _ADDED:
        return (record["rss_mb"] - record["rss_before_mb"]) / record["calls"] if "rss_mb" in record else None
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
    shown = _figure(value)
    return f"{shown} ({ours / value:.2f})" if ours is not None and value >= 0.05 else shown


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.2g}" if 0.005 <= value < 1 else f"{value:.1f}"
