"""The trace as a file: one JSON object a line, written as it happens."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from numbers import Integral, Real
from pathlib import Path
from typing import IO, Literal, get_args

import attrs
import numpy as np

from voiceflow.errors import GraphError, ProviderError
from voiceflow.trace import Mark, Trace

Redact = Literal["none", "words", "all"]


def redacted(mark: Mark, redact: Redact) -> dict[str, object]:
    """A mark as it may be kept: `words` blanks every text, `all` keeps no value but numbers and truths."""
    values: dict[str, object] = {}
    for name, value in mark.values.items():
        if name == "text" and redact != "none":
            value = len(str(value).split())
            name = "words"
        elif redact == "all" and not isinstance(value, int | float):
            continue
        values[name] = value
    return {"t": mark.t, "turn": mark.turn, "node": mark.node, "name": mark.name, **values}


def _text(path: str | os.PathLike[str]) -> str:
    return os.fspath(path)


def _known(owner: object, attribute: object, value: str) -> None:
    if value not in get_args(Redact):
        raise GraphError(f"redact must be one of {', '.join(get_args(Redact))}; got {value!r}")


@attrs.define(eq=False)
class TraceFile:
    """A reader of the trace that writes `path`. A disk that is full ends the file, not the call: see `error`."""

    path: str = attrs.field(converter=_text)
    redact: Redact = attrs.field(default="none", validator=_known)
    lines: int = attrs.field(default=0, init=False)
    error: str | None = attrs.field(default=None, init=False)
    _file: IO[str] | None = attrs.field(default=None, init=False, repr=False)

    @contextmanager
    def reading(self, trace: Trace) -> Generator[TraceFile, None, None]:
        """Write what happens in here.

        Raises:
            ProviderError: the file cannot be opened.
        """
        try:
            # Half a surrogate pair, which UTF-8 has no bytes for, becomes the escape that JSON has for it.
            file = Path(self.path).open("w", encoding="utf-8", errors="backslashreplace")  # noqa: SIM115  closed when reading ends
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ProviderError(f"the trace {self.path!r} cannot be written: {why}", retryable=False) from error
        self._file = file
        stop = trace.subscribe(self._write)
        try:
            yield self
        finally:
            stop()
            self._end(None)

    def _write(self, mark: Mark) -> None:
        if self._file is None:
            return
        try:
            line = json.dumps(redacted(mark, self.redact), ensure_ascii=False, default=_plain)
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            self._end(error.strerror or type(error).__name__)
        else:
            self.lines += 1

    def _end(self, error: str | None) -> None:
        file, self._file = self._file, None
        self.error = self.error or error
        if file is not None:
            try:
                file.close()
            except OSError as late:
                self.error = self.error or late.strerror


def _plain(value: object) -> object:
    """What is no JSON: numpy's numbers as numbers, anything else by the name of its type."""
    match value:
        case np.bool_():
            return bool(value.any())
        case Integral():
            return int(value)
        case Real():
            return float(value)
        case _:
            return type(value).__name__


def read_trace(path: str | os.PathLike[str]) -> Iterator[Mark]:
    """The marks of a trace file, in order. A last line that was cut short is left out."""
    with Path(path).open(encoding="utf-8") as file:
        for line in file:
            if not line.endswith("\n"):
                return
            values = json.loads(line)
            t, turn, node, name = (values.pop(key) for key in ("t", "turn", "node", "name"))
            yield Mark(t, turn, node, name, values)
