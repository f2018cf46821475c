"""Settings that come from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from voiceflow.errors import GraphError, said

if TYPE_CHECKING:
    from contextlib import ExitStack

    from voiceflow.observe.trace_file import TraceFile
    from voiceflow.trace import Trace


@contextmanager
def given_by(options: str) -> Generator[None]:
    """A node is made in here; what it refuses was given by `options`.

    Raises:
        GraphError: it refuses them, with what it expected.
    """
    try:
        yield
    except ValueError as error:
        raise GraphError(f"{options}: {said(error)}") from error


def given(args: argparse.Namespace, *options: str) -> list[str]:
    """Those of these options that were given, as they are typed."""
    return [f"--{option}" for option in options if getattr(args, option.replace("-", "_")) not in (None, [])]


def duration(text: str) -> float:
    """A length of time, for argparse."""
    value = float(text)
    if not value >= 0:
        raise argparse.ArgumentTypeError(f"0 or more; got {text}")
    return value


def check_output(path: Path | None) -> None:
    """See, before the work whose result goes there, that a file could be written; what stands there stays.

    Raises:
        GraphError: it could not, with the system's reason.
    """
    if path is None or (path.exists() and not path.is_file() and not path.is_dir()):
        return  # to open a pipe is to write to it
    there = path.exists()
    try:
        with path.open("ab"):
            pass
    except OSError as error:
        raise GraphError(f"{path} cannot be written: {error.strerror}; check the path and its permissions") from error
    if not there:
        path.unlink()


def make_folder(option: str, path: Path) -> None:
    """See, before the work whose results go there, that there is a folder.

    Raises:
        GraphError: none can be made, with the system's reason.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GraphError(f"{option} {path} cannot be made a folder: {error.strerror}; give another") from error


def write_text(path: Path, text: str) -> bool:
    """Write a text, and give whether the disk took it; if not, that is said, and no half of it stays."""
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        with suppress(OSError):
            if path.is_symlink() or path.is_file():  # never a device: who runs this as root would lose it
                path.unlink()
        print(f"{path} cannot be written: {error.strerror}; check the path and the room on the disk", file=sys.stderr)
        return False
    return True


def add_trace(parser: argparse.ArgumentParser) -> None:
    """What `keep_trace` goes by."""
    parser.add_argument("--trace", type=Path, metavar="FILE", help="keep the trace here, one JSON object a line")
    parser.add_argument(
        "--redact",
        choices=("none", "words", "all"),
        default="none",
        help="what to keep out of the trace (default: %(default)s)",
    )


def keep_trace(stack: ExitStack, args: argparse.Namespace, trace: Trace) -> None:
    """From here until `stack` is left keep a trace where --trace says, and then say if it broke off.

    For when the call has begun: one that cannot begin writes over no trace of another.

    Raises:
        ProviderError: the file cannot be opened.
    """
    from voiceflow.observe.trace_file import TraceFile

    if args.trace is not None:
        file = stack.enter_context(TraceFile(args.trace, args.redact).reading(trace))
        stack.callback(complain_of_trace, file)


def complain_of_trace(file: TraceFile) -> None:
    """Say that a trace broke off, which ends no call; for when the call is over."""
    if file.error is not None:
        print(f"the trace {file.path} broke off after {file.lines} lines: {file.error}", file=sys.stderr)
