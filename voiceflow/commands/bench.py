"""`voiceflow bench`: where the time of a call goes."""

from __future__ import annotations

import argparse
from itertools import chain, cycle
from pathlib import Path
from typing import TYPE_CHECKING

from voiceflow._usage import meant
from voiceflow.commands import _load, _loop
from voiceflow.commands._bench_kinds import KINDS, Kind
from voiceflow.commands._bench_output import show, stderr, teller, until_interrupted, write
from voiceflow.commands._settings import check_output, duration
from voiceflow.errors import GraphError, VoiceflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console
    from trio.abc import Clock

    from voiceflow.bench import Bench
    from voiceflow.graph import Graph
    from voiceflow.trace import Mark

_CALLS = 3
_CASCADE = "voiceflow.graphs.cascade:build"
_GRAPH = ("-n", "--calls", "--for", "--fast", "--instructions")
_WRITTEN = ("--json", "--markdown", "--html")
_AGAINST = {"calls": KINDS["calls"].takes, "start": (), "micro": ()}

HELP = """\
Runs calls in real time, one after the other, and says of each turn where the time from the end of the user's speech
to the first audible sample went; what interruptions took and wasted; and what the calls cost.

  voiceflow bench                            the embedded cascade, with the caller of `voiceflow demo`
  voiceflow bench agent.py:build -n 5        a graph of your own; it must bring its caller: a file, or a Caller
  voiceflow bench agent.py:build --calls a.toml b.toml
                                             the calls of these files, one after the other, with a graph that takes its
                                             caller as for `serve`: def build(audio: Outlet[Audio], speaker: Sink)
  voiceflow bench --html page.html           a page with plots: where the wait goes, how it varies, which wires are full
  voiceflow bench --json before.json         keep the figures, to be compared later
  voiceflow bench --compare before.json after.json
  voiceflow bench --against HEAD~5           this tree and a revision of it, in turns; also with calls, start or micro
  voiceflow bench --fast                     in virtual time, in which work takes as long as it took of all cores
  voiceflow bench micro                      the runtime's smallest moves, beside bare Trio in the same run
  voiceflow bench turns                      turn-taking: the end of a cancelled turn, what interruptions waste, guesses
  voiceflow bench turns --speech *.wav       and the embedded models' answers to these recordings
  voiceflow bench calls                      1 to 300 calls at once in one process on one core, and how that grows
  voiceflow bench memory                     1000 calls one after the other: does the process stay as large as it is?
  voiceflow bench start                      from the start of a process to its import, and to the first sound
  voiceflow bench peers                      the reference call beside other frameworks; makes their environments
  voiceflow bench text                       the text filter and the chunker: speed, look-ahead, the first phrase early
  voiceflow bench text --peer livekit=PYTHON other projects beside them, each in its own interpreter
  voiceflow bench text --quality RULES.json  the sentence rules that are met, by language

Ctrl-C ends it and shows what there is by then. No word of a caller is kept.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("graph", metavar="GRAPH", nargs="?", help=f"{_load.WHERE}; or: {', '.join(KINDS)}")
    parser.add_argument(
        "-n", dest="count", type=_positive, metavar="N", help="how many calls (3); at once, at most (300)"
    )
    parser.add_argument(
        "--calls",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE",
        help="scripts or recordings, answered in turn",
    )
    parser.add_argument(
        "--for",
        dest="seconds",
        type=duration,
        metavar="SECONDS",
        help="hang up, or end each measurement, after so long",
    )
    parser.add_argument("--rounds", type=_positive, help="start, peers, --against: how often each is measured")
    parser.add_argument("--fast", action="store_true", help="in virtual time")
    parser.add_argument("--instructions", help="the system message that each conversation starts with")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables here")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots here; it needs nothing else")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("A.json", "B.json"), help="two reports side by side")
    parser.add_argument("--against", metavar="REV", help="beside this revision of the repository it is run from")
    parser.add_argument(
        "--speech", type=Path, nargs="+", default=[], metavar="FILE", help="turns: recordings of a caller"
    )
    parser.add_argument("--quality", type=Path, metavar="RULES.json", help="text: sentence rules to check")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="NAME=PYTHON",
        help="text, peers: another project, installed there",
    )
    parser.add_argument("--results", type=Path, metavar="FILE", help="peers: what was measured (default: peers.jsonl)")
    parser.add_argument(
        "--environments",
        type=Path,
        metavar="DIR",
        help="peers: made here, where they are not there yet (default: in ~/.cache)",
    )
    parser.add_argument("--peers", type=Path, metavar="DIR", help="peers: the programs that act out the reference call")


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number; got {text!r}") from None
    if number < 1:
        raise argparse.ArgumentTypeError(f"at least 1; got {number}")
    return number


def main(args: argparse.Namespace) -> int:
    from rich.console import Console

    console = Console(highlight=False)
    what, kind = _kind(args)
    given = {_typed(name): value for name, value in vars(args).items()}
    idle = [option for option in _OPTIONS if option not in kind.takes and given[option] not in (None, [], False)]
    if idle:
        takes = ", ".join((*kind.takes, *_WRITTEN))
        raise GraphError(f"{what} has no use for {', '.join(idle)}; it takes {takes}")
    for path in (args.json, args.markdown, args.html):
        check_output(path)
    return kind.run(args, console)


_OPTIONS = (*_GRAPH, "--rounds", "--compare", "--against", "--speech", *KINDS["text"].takes, *KINDS["peers"].takes[4:])


def _typed(name: str) -> str:
    return {"count": "-n", "seconds": "--for"}.get(name, f"--{name}")


def _kind(args: argparse.Namespace) -> tuple[str, Kind]:
    """What is asked for, as it is typed.

    Raises:
        GraphError: what two words ask for does not go together.
    """
    if args.compare is not None:
        if args.graph is not None or args.json is not None:
            raise GraphError(f"--compare reads two reports, and measures nothing; leave {args.graph or '--json'} out")
        return "--compare", Kind(_compare, ("--compare",))
    if args.against is not None:
        if args.graph in KINDS and args.graph not in _AGAINST:
            raise GraphError(f"--against runs a graph, {', '.join(_AGAINST)}; not {args.graph!r}")
        return "--against", Kind(_against, (*_AGAINST.get(args.graph, _GRAPH), "--rounds", "--against"))
    return args.graph or "a call", KINDS.get(args.graph, Kind(_graph, _GRAPH))


def _compare(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench.figures import read_summary
    from voiceflow.bench.tables import compared

    one, other = args.compare
    show(args, console, list(compared((one.stem, other.stem), read_summary(one), read_summary(other))))
    return 0


def _against(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import against

    words = [args.graph] if args.graph is not None else []
    for option, value in (("-n", args.count), ("--for", args.seconds), ("--instructions", args.instructions)):
        words += [option, str(value)] if value is not None else []
    words += ["--fast"] if args.fast else []
    words += ["--rounds", "1"] if args.graph == "start" else []
    words += ["--calls", *(str(path.absolute()) for path in args.calls)] if args.calls else []
    beside = against.Against(args.against, words, args.rounds or against.ROUNDS)
    notes = stderr()
    notes.print(f"{2 * beside.rounds} times `voiceflow bench {' '.join(words)}`, in turns", style="dim")
    with _loop.raised():
        interrupted = until_interrupted(lambda: beside.run(teller(notes)))
    show(args, console, list(beside.sections()))
    write(args.json, beside.to_json())
    return 130 if interrupted else 0


def _graph(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import tables
    from voiceflow.bench.page import page

    notes = stderr()
    bench = _bench(args, notes)
    failed: VoiceflowError | None = None
    interrupted = False
    try:
        interrupted = until_interrupted(lambda: _loop.run(bench.run, clock=_clock() if args.fast else None))
    except VoiceflowError as error:
        failed = error  # told last, behind what was measured by then
    report = bench.report()
    if interrupted and not report.calls:
        notes.print("no call had begun")
        return 130
    if failed is not None and not report.calls:
        raise failed
    show(args, console, list(tables.sections(report)), lambda title, shown: page(report))
    write(args.json, report.to_json())
    if failed is not None:
        raise failed
    return 130 if interrupted else 0


def _bench(args: argparse.Namespace, notes: Console) -> Bench:
    from voiceflow.bench import Bench, shipped
    from voiceflow.bench.tables import in_number
    from voiceflow.commands.demo import INSTRUCTIONS

    calls, time = args.count or len(args.calls) or _CALLS, "virtual" if args.fast else "real"
    build: Callable[[], Graph]
    if args.calls:
        build, instructions = _scripted(args.graph or _CASCADE, args.calls), "" if args.graph else INSTRUCTIONS
        notes.print(f"needs what the graph needs; {in_number(calls, 'scripted call')} in {time} time", style="dim")
    elif args.graph is None:
        build, instructions = shipped.build, INSTRUCTIONS
        seconds = min(shipped.SECONDS, args.seconds or shipped.SECONDS)
        notes.print(f"needs {shipped.NEEDS}", style="dim")
        notes.print(f"takes about {seconds * calls:.0f} s: {in_number(calls)} in {time} time", style="dim")
    else:
        build, instructions = _builder(args.graph), ""
        each = "until its sources have ended" if args.seconds is None else f"{args.seconds:g} s"
        notes.print(f"needs what the graph needs; {in_number(calls)} in {time} time, each {each}", style="dim")
    return Bench(
        build,
        args.graph or "the embedded cascade",
        calls,
        args.instructions if args.instructions is not None else instructions,
        args.seconds,
        _progress(notes, calls),
        virtual=args.fast,
    )


def _scripted(where: str, files: Sequence[Path]) -> Callable[[], Graph]:
    """What gives the graph of each call, the files in turn; one of each is made now, to tell what is wrong with it."""
    from voiceflow.bench import scripted

    build, scripts = _load.function(where), [scripted.read(path) for path in files]
    for script in scripts:
        script.call(build, where).validate()
    following = cycle(scripts)
    return lambda: next(following).call(build, where)


def _builder(where: str) -> Callable[[], Graph]:
    """What gives a graph for each call; the first is made now, so that its faults are told before anything begins."""
    try:
        first = _load.load(where)
    except GraphError as error:
        if "without arguments" in str(error):
            raise GraphError(f"{error}; or, if it takes its caller, say with --calls who that is") from error
        if not where.isidentifier():
            raise
        raise GraphError(f"{error}; or one of {', '.join(KINDS)}{meant(where, KINDS)}") from error
    return chain([first], iter(lambda: _load.load(where), None)).__next__


def _progress(notes: Console, calls: int) -> Callable[[int, Mark], object]:
    """A line for each turn that ended; no words."""
    from voiceflow.bench.readers import TurnReader
    from voiceflow.observe.screen import where_the_time_went

    readers: dict[int, TurnReader] = {}

    def watch(call: int, mark: Mark) -> None:
        reader = readers.setdefault(call, TurnReader())
        reader(mark)
        if mark.name == "turn.ended" and mark.turn is not None:
            times = reader.times.turns[mark.turn]
            cut = "  interrupted" if times.interrupted is not None else ""
            notes.print(f"call {call} of {calls}, turn {mark.turn}: {where_the_time_went(times)}{cut}", style="dim")

    return watch


def _clock() -> Clock:
    from voiceflow.bench.counted_clock import CountedClock

    return CountedClock()
