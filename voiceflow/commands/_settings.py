"""Settings that come from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from voiceflow.errors import GraphError, said

if TYPE_CHECKING:
    from voiceflow.observe.trace_file import TraceFile


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


def duration(text: str) -> float:
    """A length of time, for argparse."""
    value = float(text)
    if not value >= 0:
        raise argparse.ArgumentTypeError(f"0 or more; got {text}")
    return value


def complain_of_trace(file: TraceFile) -> None:
    """Say that a trace broke off, which ends no call; for when the call is over."""
    if file.error is not None:
        print(f"the trace {file.path} broke off after {file.lines} lines: {file.error}", file=sys.stderr)
