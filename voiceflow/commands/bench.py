"""`voiceflow bench`: where the time of a call goes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from voiceflow.commands import _load, _loop
from voiceflow.commands._settings import check_output, duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from voiceflow.bench import Bench
    from voiceflow.bench.tables import Section
    from voiceflow.graph import Graph
    from voiceflow.trace import Mark

HELP = """\
Runs calls in real time, one after the other, and says of each turn where the time from the end of the user's speech
to the first audible sample went; what interruptions took and wasted; and what the calls cost.

  voiceflow bench                            the embedded cascade, with the caller of `voiceflow demo`
  voiceflow bench agent.py:build -n 5        a graph of your own; it must bring its caller: a file, or a Caller
  voiceflow bench --html page.html           a page with plots: where the wait goes, how it varies, which wires are full
  voiceflow bench --json before.json         keep the figures, to be compared later
  voiceflow bench --compare before.json after.json
  voiceflow bench micro                      the runtime's smallest moves, beside bare Trio in the same run
  voiceflow bench turns                      turn-taking: the end of a cancelled turn, what interruptions waste, guesses
  voiceflow bench turns --speech *.wav       and the embedded models' answers to these recordings
  voiceflow bench text                       the text filter and the chunker: speed, look-ahead, the first phrase early
  voiceflow bench text --peer livekit=PYTHON other projects beside them, each in its own interpreter
  voiceflow bench text --quality RULES.json  the sentence rules that are met, by language

Ctrl-C ends it and shows what there is by then. No word of a caller is kept.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("graph", metavar="GRAPH", nargs="?", help=f"{_load.WHERE}; or: micro, turns, text")
    parser.add_argument("-n", "--calls", type=_positive, default=3, help="how many calls (default: %(default)s)")
    parser.add_argument("--for", dest="seconds", type=duration, metavar="SECONDS", help="hang up after so long")
    parser.add_argument("--instructions", help="the system message that each conversation starts with")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables here")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots here; it needs nothing else")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("A.json", "B.json"), help="two reports side by side")
    parser.add_argument(
        "--speech", type=Path, nargs="+", default=[], metavar="FILE", help="turns: recordings of a caller"
    )
    parser.add_argument("--quality", type=Path, metavar="RULES.json", help="text: sentence rules to check")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=PYTHON", help="text: another project")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"at least 1; got {number}")
    return number


def main(args: argparse.Namespace) -> int:
    from rich.console import Console

    console = Console(highlight=False)
    for path in (args.json, args.markdown, args.html):
        check_output(path)
    if args.compare is not None:
        return _compare(args, console)
    if args.graph == "micro":
        return _micro(args, console)
    if args.graph == "turns":
        return _turns(args, console)
    if args.graph == "text":
        return _text(args, console)
    return _calls(args, console)


def _compare(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench.figures import read_summary
    from voiceflow.bench.tables import compared

    one, other = args.compare
    _show(args, console, list(compared((one.stem, other.stem), read_summary(one), read_summary(other))))
    return 0


def _micro(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import micro

    notes = _stderr()
    notes.print(f"[dim]needs nothing; takes about {micro.SECONDS} seconds[/dim]")
    results: list[micro.Pair] = []

    def tell(line: str) -> None:
        notes.print(f"[dim]{line}[/dim]")

    interrupted = _until_interrupted(lambda: _loop.run(micro.run, results, tell))
    _show(args, console, [micro.table(results)])
    _write(args.json, micro.to_json(results))
    return 130 if interrupted else 0


def _turns(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import turns

    notes = _stderr()
    models = f", and {3 * args.calls} calls in real time" if args.speech else "; with --speech also the embedded models"
    notes.print(f"[dim]takes about {turns.SECONDS} seconds{models}[/dim]")
    report = turns.TurnsReport()

    def tell(line: str) -> None:
        notes.print(f"[dim]{line}[/dim]")

    with _loop.raised():
        interrupted = _until_interrupted(lambda: turns.run(report, args.speech, args.calls, tell))
    _show(args, console, list(report.sections()))
    _write(args.json, report.to_json())
    return 130 if interrupted else 0


def _text(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import lookahead, peers, splits, text

    notes = _stderr()
    others = peers.named(args.peer)
    if args.quality is not None:
        _show(args, console, [splits.quality(splits.read(args.quality), others)])
        return 0
    notes.print("[dim]needs the extra `verbalize`; takes about 10 seconds, and more for each other project[/dim]")
    speeds = text.Speeds()

    def tell(line: str) -> None:
        notes.print(f"[dim]{line}[/dim]")

    with _loop.raised():
        interrupted = _until_interrupted(lambda: text.measure(speeds, others, tell=tell))
    _show(args, console, [*speeds.sections(), text.early(), *lookahead.sections()])
    _write(args.json, speeds.to_json())
    return 130 if interrupted else 0


def _calls(args: argparse.Namespace, console: Console) -> int:
    from voiceflow.bench import tables
    from voiceflow.bench.page import page

    notes = _stderr()
    bench = _bench(args, notes)
    interrupted = _until_interrupted(lambda: _loop.run(bench.run))
    report = bench.report()
    if not report.calls:
        notes.print("no call had begun")
        return 130
    _show(args, console, list(tables.sections(report)), lambda title, shown: page(report))
    _write(args.json, report.to_json())
    return 130 if interrupted else 0


def _bench(args: argparse.Namespace, notes: Console) -> Bench:
    from voiceflow.bench import Bench, shipped
    from voiceflow.commands.demo import INSTRUCTIONS

    build: Callable[[], Graph]
    if args.graph is None:
        build, instructions = shipped.build, INSTRUCTIONS
        seconds = min(shipped.SECONDS, args.seconds or shipped.SECONDS)
        notes.print(f"[dim]needs {shipped.NEEDS}[/dim]")
        notes.print(f"[dim]takes about {seconds * args.calls:.0f} s: {args.calls} calls in real time[/dim]")
    else:
        where: str = args.graph
        build, instructions = (lambda: _load.load(where)), ""
        each = "until its sources have ended" if args.seconds is None else f"{args.seconds:g} s"
        notes.print(f"[dim]needs what the graph needs; {args.calls} calls in real time, each {each}[/dim]")
    return Bench(
        build,
        args.graph or "the embedded cascade",
        args.calls,
        args.instructions if args.instructions is not None else instructions,
        args.seconds,
        _progress(notes, args.calls),
    )


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
            notes.print(f"[dim]call {call} of {calls}, turn {mark.turn}: {where_the_time_went(times)}{cut}[/dim]")

    return watch


def _until_interrupted(run: Callable[[], object]) -> bool:
    """Whether Ctrl-C ended it."""
    try:
        run()
    except KeyboardInterrupt:
        return True
    return False


def _stderr() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def _show(
    args: argparse.Namespace,
    console: Console,
    tables: list[Section],
    page: Callable[[str, list[Section]], str] | None = None,
) -> None:
    from voiceflow.bench.page import tables_page
    from voiceflow.bench.tables import to_markdown, to_terminal

    to_terminal(console, tables)
    _write(args.markdown, to_markdown(tables))
    if args.html is not None:
        _write(args.html, (page or tables_page)(f"voiceflow bench {args.graph or ''}".strip(), tables))


def _write(path: Path | None, text: str) -> None:
    if path is not None:
        path.write_text(text, encoding="utf-8")
