"""Where a call stood, point after point: in memory, in a folder, or in a database.

A call's points are numbered from 1, and each knows the one before it. Going on from an earlier one makes a branch: what
came after it stays. All of these may be called from any thread.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import quote, unquote

import attrs

from voiceflow.errors import ProviderError


@attrs.frozen
class Checkpoint:
    """A point of a call, as JSON has it; `parent` is the number of the one that it came from."""

    number: int
    parent: int | None
    data: Mapping[str, Any] = attrs.field(repr=False)


class Checkpoints(Protocol):
    """Keeps the points of calls."""

    def save(self, call: str, data: Mapping[str, Any], parent: int | None) -> int:
        """Keep a point, and give its number. It is there when this returns. Raises `ProviderError`."""
        ...

    def points(self, call: str) -> list[Checkpoint]:
        """All points of a call, in the order of their numbers; none of a call that is not known."""
        ...

    def calls(self) -> list[str]:
        """The names of the calls."""
        ...

    def load(self, call: str, number: int | None = None) -> Checkpoint | None:
        """The point of this number, or the last; None if the call is not known.

        Raises:
            LookupError: it has no point of this number.
        """
        ...

    def fork(self, call: str, into: str, number: int | None = None) -> None:
        """A new call begins with the points that lead to this one, or to the last.

        Raises:
            LookupError: there is no such point, or a call with the new name.
        """
        ...


class _Checkpoints:
    """What is the same wherever they are kept."""

    def save(self, call: str, data: Mapping[str, Any], parent: int | None) -> int:
        raise NotImplementedError

    def points(self, call: str) -> list[Checkpoint]:
        raise NotImplementedError

    def load(self, call: str, number: int | None = None) -> Checkpoint | None:
        points = self.points(call)
        if number is None:
            return points[-1] if points else None
        found = next((point for point in points if point.number == number), None)
        if found is None:
            raise LookupError(f"the call has no point {number}; it has {_numbers(points)}")
        return found

    def fork(self, call: str, into: str, number: int | None = None) -> None:
        if self.points(into):
            raise LookupError("there is a call of the new name already; choose another")
        at = self.load(call, number)
        if at is None:
            raise LookupError("there is no call of this name to fork")
        known = {point.number: point for point in self.points(call)}
        way = [at]
        while (before := known.get(way[0].parent or 0)) is not None:
            way.insert(0, before)
        parent: int | None = None
        for point in way:
            parent = self.save(into, point.data, parent)


def _numbers(points: list[Checkpoint]) -> str:
    return f"{points[0].number} to {points[-1].number}" if points else "none"


class MemoryCheckpoints(_Checkpoints):
    """Keeps points as long as the process lives."""

    def __init__(self) -> None:
        self._calls: dict[str, list[Checkpoint]] = {}
        self._lock = threading.Lock()

    def save(self, call: str, data: Mapping[str, Any], parent: int | None) -> int:
        with self._lock:
            points = self._calls.setdefault(call, [])
            points.append(Checkpoint(len(points) + 1, parent, data))
            return len(points)

    def points(self, call: str) -> list[Checkpoint]:
        with self._lock:
            return list(self._calls.get(call, ()))

    def calls(self) -> list[str]:
        with self._lock:
            return sorted(self._calls)


@contextmanager
def _kept(where: object) -> Generator[None, None, None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise ProviderError(
            f"checkpoints: expected to read and write {where}, got {type(error).__name__}. "
            "Check that it is there, may be written, and has room.",
            retryable=False,
        ) from error


class FileCheckpoints(_Checkpoints):
    """Keeps points in `folder`, one file for each call, one line for each point.

    A line that was cut short, because the machine stopped, is as if it had never been written. A call is written by
    one process at a time.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self._lock = threading.Lock()
        self._ends: dict[str, tuple[int, int]] = {}
        """Of each call, the last number, and the bytes that its whole lines take."""

    def save(self, call: str, data: Mapping[str, Any], parent: int | None) -> int:
        with self._lock, _kept(self._folder):
            last, whole = self._ends[call] if call in self._ends else _end(self._read(call))
            number = last + 1
            self._folder.mkdir(parents=True, exist_ok=True)
            line = json.dumps([number, parent, data], separators=(",", ":")).encode() + b"\n"
            with self._path(call).open("ab") as file:
                file.truncate(whole)
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            self._ends[call] = number, whole + len(line)
            return number

    def points(self, call: str) -> list[Checkpoint]:
        with self._lock, _kept(self._folder):
            return self._read(call)[0]

    def calls(self) -> list[str]:
        with _kept(self._folder):
            found = self._folder.glob("*.jsonl") if self._folder.is_dir() else ()
            return sorted(unquote(path.stem) for path in found)

    def _path(self, call: str) -> Path:
        return self._folder / f"{quote(call, safe='')}.jsonl"

    def _read(self, call: str) -> tuple[list[Checkpoint], int]:
        """The points, and how many bytes of the file they take."""
        path = self._path(call)
        points, whole = list[Checkpoint](), 0
        for line in path.read_bytes().splitlines(keepends=True) if path.is_file() else ():
            point = _line(line)
            if point is None:
                break
            points.append(point)
            whole += len(line)
        return points, whole


def _end(read: tuple[list[Checkpoint], int]) -> tuple[int, int]:
    points, whole = read
    return (points[-1].number if points else 0), whole


def _line(line: bytes) -> Checkpoint | None:
    try:
        number, parent, data = json.loads(line) if line.endswith(b"\n") else (0, None, None)
    except (ValueError, TypeError):
        return None
    return Checkpoint(number, parent, cast("Mapping[str, Any]", data)) if isinstance(data, dict) else None


class SqliteCheckpoints(_Checkpoints):
    """Keeps points in the SQLite database at `path`, for as many calls and processes as there are."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        with self._open() as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute(
                "CREATE TABLE IF NOT EXISTS points (call TEXT NOT NULL, number INTEGER NOT NULL, parent INTEGER, "
                "data TEXT NOT NULL, PRIMARY KEY (call, number))"
            )

    def save(self, call: str, data: Mapping[str, Any], parent: int | None) -> int:
        with self._open() as database:
            (number,) = database.execute(
                "INSERT INTO points SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ? FROM points WHERE call = ? "
                "RETURNING number",
                (call, parent, json.dumps(data), call),
            ).fetchone()
            return int(number)

    def points(self, call: str) -> list[Checkpoint]:
        with self._open() as database:
            rows = database.execute("SELECT number, parent, data FROM points WHERE call = ? ORDER BY number", (call,))
            return [Checkpoint(number, parent, json.loads(data)) for number, parent, data in rows]

    def calls(self) -> list[str]:
        with self._open() as database:
            return [call for (call,) in database.execute("SELECT DISTINCT call FROM points ORDER BY call")]

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection, None, None]:
        """A connection for one transaction: opening one takes a fraction of what writing does."""
        with self._lock, _kept(self._path):
            database = sqlite3.connect(self._path, timeout=10.0)
            try:
                with database:
                    yield database
            finally:
                database.close()
