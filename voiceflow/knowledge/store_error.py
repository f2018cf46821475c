"""What is wrong with a store: what was expected, what is there, and the way out."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from voiceflow.errors import VoiceflowError


class StoreError(VoiceflowError):
    """A file that is no store, or cannot be read or written."""


_WAYS_OUT: Final = {
    "SQLITE_NOTADB": "expected a store that `voiceflow knowledge add STORE FOLDER` made, got {got}. "
    "Give the store before the folder, or another name for a new store.",
    "SQLITE_CORRUPT": "expected a whole store, got {got} of which a part is damaged or missing. "
    "Delete it, and add the documents again.",
    "SQLITE_CANTOPEN": "expected a file in a folder that is there, got {got}. "
    "Give the store before the folder of documents, or make the folder that it is to be in.",
    "SQLITE_BUSY": "expected nobody else to write to it, got 10 s of waiting for whoever does. "
    "Try again when that is done.",
    "SQLITE_READONLY": "expected a file that may be written, got one that may not. "
    "Give yourself the right to write it, and to its folder.",
    "SQLITE_FULL": "expected room on the disk, got none. Make some: what was taken in whole stays.",
}


@contextmanager
def told(path: Path) -> Generator[None]:
    """What SQLite raises in here is told of the store at `path`."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        name = getattr(error, "sqlite_errorname", "")  # with its kind behind it: SQLITE_CANTOPEN_ISDIR
        way_out = next((words for kind, words in _WAYS_OUT.items() if name.startswith(kind)), "")
        raise StoreError(f"{path}: {error}{'; ' if way_out else ''}{way_out.format(got=_got(path))}") from error


def _got(path: Path) -> str:
    if path.is_dir():
        return "a folder"
    return f"a file of {path.stat().st_size:,} bytes" if path.exists() else "none"
