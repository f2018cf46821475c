"""The benchmarks that need no graph, by their names."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from voiceflow.commands import _loop
from voiceflow.commands._bench_output import show, stderr, teller, until_interrupted, write
from voiceflow.commands._settings import check_output

if TYPE_CHECKING:
    from rich.console import Console

    from voiceflow.bench.tables import Section

_ENVIRONMENTS: Final = Path.home() / ".cache" / "voiceflow" / "peers"


def _micro(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import micro

    notes = stderr()
    notes.print(f"needs nothing; takes about {micro.SECONDS} seconds", style="dim")
    results: list[micro.Pair] = []

    interrupted = until_interrupted(lambda: _loop.run(micro.run, results, teller(notes)))
    show(args, console, [micro.table(results)])
    write(args.json, micro.to_json(results))
    return 130 if interrupted else 0


def _turns(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import scripted, turns

    for path in args.speech:
        scripted.clip(path, "--speech")  # what cannot be read is told before half a minute of measuring
    notes = stderr()
    models = (
        f", and {3 * (args.count or 3)} calls in real time"
        if args.speech
        else "; with --speech also the embedded models"
    )
    notes.print(f"takes about {turns.SECONDS} seconds{models}", style="dim")
    report = turns.TurnsReport()

    with _loop.raised():
        interrupted = until_interrupted(lambda: turns.run(report, args.speech, args.count or 3, teller(notes)))
    show(args, console, list(report.sections()))
    write(args.json, report.to_json())
    return 130 if interrupted else 0


def _text(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import lookahead, peers, splits, text

    notes = stderr()
    others = peers.named(args.peer)
    if args.quality is not None:
        show(args, console, [splits.quality(splits.read(args.quality), others)])
        return 0
    notes.print("needs the extra `verbalize`; takes about 10 seconds, and more for each other project", style="dim")
    speeds = text.Speeds()

    with _loop.raised():
        interrupted = until_interrupted(lambda: text.measure(speeds, others, tell=teller(notes)))
    show(args, console, [*speeds.sections(), text.early(), *lookahead.sections()])
    write(args.json, speeds.to_json())
    return 130 if interrupted else 0


class _Measuring(Protocol):
    """A benchmark that runs, and says what it has measured by then."""

    def run(self, tell: Callable[[str], object]) -> None: ...
    def sections(self) -> Iterable[Section]: ...
    def to_json(self) -> str: ...


def _measure(args: argparse.Namespace, console: Console, needs: str, measuring: _Measuring) -> int:
    notes = stderr()
    notes.print(needs, style="dim")
    with _loop.raised():
        interrupted = until_interrupted(lambda: measuring.run(teller(notes)))
    show(args, console, list(measuring.sections()))
    write(args.json, measuring.to_json())
    return 130 if interrupted else 0


def _calls(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import crowd

    most = args.count or max(crowd.COUNTS)
    counts = [*(count for count in crowd.COUNTS if count < most), most]
    seconds = args.seconds or crowd.SECONDS
    took = sum(seconds + 2 + min(crowd.SPREAD * count, crowd.ROUND) for count in counts)
    needs = f"needs one core for itself; takes about {took:.0f} seconds: {', '.join(map(str, counts))} calls at once"
    return _measure(args, console, needs, crowd.Ladder(counts, seconds))


def _memory(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import growth

    calls = args.count or growth.CALLS
    growing = growth.Growth(calls)
    needs = f"needs nothing; takes about {calls * growth.SECONDS_A_CALL:.0f} seconds: {calls} calls in virtual time"
    return _measure(args, console, needs, growing) or int(bool(growing.looks) and not growing.flat)


def _start(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import start

    starts = start.Starts(args.rounds or start.ROUNDS)
    needs = f"needs nothing; takes about {1.5 * len(starts.starts) * starts.rounds:.0f} seconds"
    return _measure(args, console, needs, starts)


def _peers(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import beside, environments, measurement, peers

    known = {peer.name: peer.python for peer in peers.named(args.peer) if peer.name in measurement.PACKAGES}
    most = args.count or max(beside.CORES)
    counts, long, cores = ([n for n in each if n <= most] for each in (beside.COUNTS, beside.LONG, beside.CORES))
    results = args.results or Path("peers.jsonl")
    rounds, window, folder = args.rounds or beside.ROUNDS, args.seconds or beside.WINDOW, args.peers or beside.FOLDER
    check_output(results)
    at = args.environments or _ENVIRONMENTS
    prepare = partial(environments.environments, at, known)
    every = dict.fromkeys(measurement.PACKAGES, "") | known
    plan = beside.Beside(every, results, counts, rounds, window, folder, long, cores, prepare)
    absent = [name for name in measurement.PACKAGES if name not in known]
    made = f"; first, in {at}, where it is not there yet: {', '.join(absent)}, minutes and 0.3 to 1 GB each"
    needs = (
        f"needs the machine for itself{' and the package index' if absent else ''}; {plan.left} of {plan.whole} "
        f"measurements are missing in {results}, which take about {plan.seconds / 60:.0f} minutes"
        f"{made if absent else ''}; Ctrl-C stops it, and the same command goes on"
    )
    return _measure(args, console, needs, plan)


class Kind(NamedTuple):
    """What `voiceflow bench` does, and which options mean something to it, besides those of what it writes."""

    run: Callable[[argparse.Namespace, Console], int]
    takes: Sequence[str]


KINDS: dict[str, Kind] = {
    "micro": Kind(_micro, ()),
    "turns": Kind(_turns, ("-n", "--speech")),
    "text": Kind(_text, ("--quality", "--peer")),
    "calls": Kind(_calls, ("-n", "--for")),
    "memory": Kind(_memory, ("-n",)),
    "start": Kind(_start, ("--rounds",)),
    "peers": Kind(_peers, ("-n", "--for", "--rounds", "--peer", "--results", "--environments", "--peers")),
}
