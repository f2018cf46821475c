"""`voiceflow sim`: whole conversations in virtual time, with everything that may go wrong."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from voiceflow.commands import _loop
from voiceflow.errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voiceflow.sim.conversation import Conversation
    from voiceflow.sim.many import Outcome, Tally
    from voiceflow.sim.script import Script

HELP = """\
Runs whole conversations in virtual time, on the runtime that calls run on: callers who speak, pause, interrupt, hum,
cough, type and hang up; providers that are slow, stall, break, and send twice, late, out of order or rubbish. All of
it is drawn from one seed, and the same seed gives the same trace, to the byte. What must hold of every conversation is
checked on each.

  voiceflow sim                              100 conversations of a minute, with fresh seeds
  voiceflow sim --hours 24                   a day of conversations
  voiceflow sim --seed 7 -n 1 --trace        one of them, and all that happened in it
  voiceflow sim --script failing.json        the one that was kept

Where a rule is broken, one line says which, and how to see it again; a script that is as short as can be is kept.
Status 1 then.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--conversations", type=_positive, help="how many (default: 100)")
    parser.add_argument("--hours", type=_hours, help="instead of a number: so many hours of conversation")
    parser.add_argument("--seconds", type=_positive, default=60, help="how long each lasts (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="of the first; each next one has the next (default: a fresh one)")
    parser.add_argument("--faults", type=_mean, default=2.0, help="in each, on the average (default: %(default)s)")
    parser.add_argument("--workers", type=_positive, help="processes (default: one for each core)")
    parser.add_argument("--script", type=Path, metavar="FILE", help="run this script")
    parser.add_argument("--trace", action="store_true", help="write all that happened; for one conversation")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the script; for one conversation")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", default=Path(), help="where failing scripts are kept (here)"
    )
    parser.add_argument("--no-shrink", dest="shrink", action="store_false", help="do not look for a shorter script")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"at least 1; got {number}")
    return number


def _mean(text: str) -> float:
    number = float(text)
    if not 0.0 <= number <= 100.0:
        raise argparse.ArgumentTypeError(f"from 0 to 100; got {text}")
    return number


def _hours(text: str) -> float:
    number = float(text)
    if not 0.0 < number <= 10_000.0:
        raise argparse.ArgumentTypeError(f"more than 0, and at most 10000; got {text}")
    return number


def main(args: argparse.Namespace) -> int:
    # What simulated tools raise is logged, as it must be, and is no news.
    logging.getLogger("voiceflow").addHandler(logging.NullHandler())
    if args.script is not None or args.trace or args.save is not None:
        return _one(args)
    return _many(args)


def _one(args: argparse.Namespace) -> int:
    """One conversation, looked at closely."""
    from voiceflow.sim import to_json
    from voiceflow.sim.examine import examine

    script = _read(args.script) if args.script is not None else _generated(args, _seed(args))
    if args.save is not None:
        _keep(args.save, script)
    digest, broken = examine(script, partial(_tell, trace=args.trace))
    for breach in broken:
        print(f"broken: {breach}")
    if args.json is not None:
        figures = {"script": to_json(script), "broken": [str(each) for each in broken], "digest": digest}
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 1 if broken else 0


def _tell(conversation: Conversation, *, trace: bool) -> str:
    """Say what came of a conversation, and give its digest."""
    digest = conversation.digest()
    if trace:
        print(conversation.trace(), end="")
    faults = ", ".join(f"{name} {count}" for name, count in sorted(conversation.faults.injected.items()))
    print(
        f"{conversation.turns} turns, {conversation.interruptions} interruptions, {conversation.seconds:.1f} s, "
        f"faults: {faults or 'none'}; trace {digest}"
    )
    return digest


def _generated(args: argparse.Namespace, seed: int) -> Script:
    from voiceflow.sim import generate

    return generate(seed, seconds=args.seconds, faults=args.faults)


def _seed(args: argparse.Namespace) -> int:
    import secrets

    return args.seed if args.seed is not None else secrets.randbelow(1_000_000_000)


def _read(path: Path) -> Script:
    from voiceflow.sim import from_json

    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise GraphError(f"{path} is no JSON: {error}") from None


def _keep(path: Path, script: Script) -> None:
    from voiceflow.sim import to_json

    path.write_text(json.dumps(to_json(script), indent=1) + "\n", encoding="utf-8")


def _many(args: argparse.Namespace) -> int:
    from voiceflow.sim import many

    count = args.conversations or 100
    if args.hours is not None:
        count = max(1, round(args.hours * 3600 / args.seconds))
    first = _seed(args)
    tally = many.Tally()
    interrupted = False
    try:
        with _loop.raised(), _progress(count) as tell:
            seeds = range(first, first + count)
            many.run(seeds, seconds=args.seconds, faults=args.faults, workers=args.workers, tell=tell, into=tally)
    except KeyboardInterrupt:
        interrupted = True
    _report(args, tally)
    if args.json is not None:
        args.json.write_text(json.dumps(tally.figures(), indent=2) + "\n", encoding="utf-8")
    return 130 if interrupted else 1 if tally.broken else 0


class _progress:
    """A bar on stderr, where that is a terminal."""

    def __init__(self, count: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("conversations"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
        console = Console(stderr=True)
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=count)

    def __enter__(self) -> _progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, outcomes: Sequence[Outcome]) -> None:
        self._bar.advance(self._task, len(outcomes))


def _report(args: argparse.Namespace, tally: Tally) -> None:
    from voiceflow.sim.invariants import RULES

    outcomes, faults = tally.outcomes, tally.faults
    if not outcomes:
        print("no conversation has ended")
        return
    figures = tally.figures()
    seeds = [each.seed for each in outcomes]
    virtual, cpu = (sum(getattr(each, name) for each in outcomes) for name in ("seconds", "cpu"))
    print(f"{len(outcomes)} conversations, seeds {min(seeds)} to {max(seeds)}, traces {tally.digest}")
    print(
        f"{figures['turns']} turns, {figures['median_turns']} in the median conversation; "
        f"{figures['interruptions']} interruptions"
    )
    print(
        f"{faults.total()} faults injected: {', '.join(f'{name} {n}' for name, n in sorted(faults.items())) or 'none'}"
    )
    print(f"{len(RULES)} rules checked on each: {', '.join(RULES)}")
    print(
        f"{virtual / 3600:.1f} hours in {tally.wall:.0f} s, {virtual / max(tally.wall, 1e-9):.0f} times as fast as "
        f"real time; {cpu / len(outcomes):.2f} s of CPU each"
    )
    print(f"{len(tally.broken)} conversations broke a rule")
    for each in tally.broken:
        print(_again(args, each), flush=True)
    if args.shrink and tally.broken:
        _shrink(args, tally.broken[0])


def _again(args: argparse.Namespace, broken: Outcome) -> str:
    return (
        f"voiceflow sim -n 1 --seed {broken.seed} --seconds {args.seconds} --faults {args.faults:g}"
        f"   # {broken.broken[0]}"
    )


def _shrink(args: argparse.Namespace, broken: Outcome) -> None:
    """A shorter script for the first that failed."""
    from voiceflow.sim.shrink import shrink

    print(f"looking for a shorter script than that of seed {broken.seed}", file=sys.stderr)
    script = _generated(args, broken.seed)
    short = shrink(script, broken.broken[0].rule)
    path = args.keep / f"sim-{broken.seed}.json"
    _keep(path, short)
    print(f"voiceflow sim --script {path}   # {_told(short)}, of {_told(script)}")


def _told(script: Script) -> str:
    return f"{len(script.acts)} acts and {len(script.faults)} faults"
