"""A folder of documents in one SQLite file, found again by their words.

Passages are ranked by BM25, which SQLite's FTS5 computes: a rare word of the question counts for more than a common
one, and a word of a title for more than one of the text. Words that stand in every fifth passage ("what", "the") tell
hardly anything, but ranking by them means to look at every fifth passage: they are left out, if others are left.
FTS5 stems English and drops accents. Scripts that are written without spaces it would take for one long word, so each
of their letters is given to it as a word of its own.

A document is written in one transaction with its passages. Whatever ends the program, a store holds each document
whole, as it was or as it is; ingesting again goes on where it ended, since what has not changed is not read again.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import attrs

from voiceflow.errors import VoiceflowError
from voiceflow.knowledge.documents import UnreadableDocument, find, read
from voiceflow.knowledge.passages import MOST, Passage, passages

VERSION: Final = 1

_SCHEMA: Final = """
CREATE TABLE documents (id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, digest TEXT NOT NULL);
CREATE TABLE passages (id INTEGER PRIMARY KEY, document INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX of_document ON passages (document);
CREATE VIRTUAL TABLE words USING fts5 (title, text, tokenize = "porter unicode61 remove_diacritics 2");
"""
_TITLE_WEIGHT: Final = 2.0
_SEARCH: Final = f"""
SELECT passages.text, passages.title, documents.source, -bm25(words, {_TITLE_WEIGHT}, 1.0) AS score
FROM words JOIN passages ON passages.id = words.rowid JOIN documents ON documents.id = passages.document
WHERE words MATCH ? ORDER BY rank LIMIT ?
"""

_COMMON: Final = 5
_COUNTED: Final = 20_000
"""Words whose count is kept; no question brings so many, a server's callers may."""

# Han, kana, Thai, Lao, Khmer, Burmese: written without spaces.
_UNSPACED: Final = re.compile(
    "([\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\u0e01-\u0eff"
    "\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff])"
)
_WORD: Final = re.compile(r"\w+")


class StoreError(VoiceflowError):
    """A file that is no store, or cannot be read or written."""


@attrs.frozen
class Hit:
    """A passage that fits a question. `score`: the higher the better; compares within one search alone."""

    passage: Passage
    score: float


@attrs.frozen
class Step:
    """How far an ingestion is: `done` of `total` documents. `error` says why the last one was left out."""

    path: Path
    done: int
    total: int
    passages: int
    error: str = ""


Report = Callable[[Step], object]


def _quiet(step: Step) -> None:
    """Nobody looks."""


@attrs.define(eq=False)
class Store:
    """Passages of documents in the SQLite file at `path`. May be used from any thread, one at a time."""

    path: Path
    _connection: sqlite3.Connection = attrs.field(repr=False)
    _counts: dict[str, int] = attrs.field(factory=dict[str, int], init=False, repr=False)
    """In how many passages a word stands; "" is for all of them."""
    _counted_at: int = attrs.field(default=-1, init=False, repr=False)

    @classmethod
    def open(cls, path: Path | str, *, create: bool = False) -> Self:
        """The store at `path`; a new one where there is none, if `create` is set.

        Raises:
            StoreError: there is none, the file is no store, or it is a later version's.
        """
        path = Path(path)
        if not create and not path.is_file():
            raise StoreError(f"there is no store at {path}: make one with voiceflow knowledge add {path} FOLDER")
        with _told(path):
            store = cls(path, sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10))
            try:
                store._prepare()
            except BaseException:
                store.close()
                raise
        return store

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __len__(self) -> int:
        """How many passages it holds."""
        with _told(self.path):
            count: int = self._connection.execute("SELECT count(*) FROM passages").fetchone()[0]
        return count

    def search(self, question: str, limit: int = 3) -> list[Hit]:
        """The passages that share most with the question, the best first; none if it has no word that is known.

        Raises:
            StoreError: the file cannot be read.
        """
        words = dict.fromkeys(_WORD.findall(_spaced(question).casefold()))
        if not words:
            return []
        with _told(self.path):
            query = " OR ".join(map(_quoted, self._telling(list(words))))
            rows = self._connection.execute(_SEARCH, (query, limit)).fetchall()
        return [Hit(Passage(text, title, source), score) for text, title, source, score in rows]

    def add(self, folder: Path | str, *, most: int = MOST, report: Report = _quiet) -> int:
        """Take in every document below a folder, or one file, and give the number of passages that were written.

        What has not changed since is left as it is, and what is not there any more is removed, if it came from this
        folder. A document that cannot be read is reported and left out.

        Raises:
            UnreadableDocument: there is no such folder or file.
            StoreError: the store cannot be written.
        """
        folder = Path(folder).resolve()
        found = list(find(folder))
        written = 0
        for done, path in enumerate(found, start=1):
            error = ""
            try:
                written += self._take(path, most)
            except UnreadableDocument as refused:
                error = str(refused)
            report(Step(path, done, len(found), written, error))
        self._forget(folder, {str(path) for path in found})
        return written

    def _telling(self, words: list[str]) -> list[str]:
        """The words of a question by which passages are told apart."""
        now: int = self._connection.execute("PRAGMA data_version").fetchone()[0] + self._connection.total_changes
        if now != self._counted_at:
            self._counts, self._counted_at = {"": len(self)}, now
        for word in words:
            if word not in self._counts and len(self._counts) < _COUNTED:
                row = self._connection.execute("SELECT count(*) FROM words WHERE words MATCH ?", (_quoted(word),))
                self._counts[word] = row.fetchone()[0]
        rare = [word for word in words if self._counts.get(word, 0) * _COMMON <= self._counts[""]]
        return rare if any(self._counts.get(word) for word in rare) else words

    def _prepare(self) -> None:
        # A reader sees the last whole state while a writer works; and a power cut costs no more than a kill.
        self._connection.execute("PRAGMA journal_mode = WAL")
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        tables: int = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if version == 0 and tables == 0:
            with self._transaction():
                for statement in _SCHEMA.strip().split(";\n"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise StoreError(f"{self.path} is a database, but no store of version {VERSION} (it says {version})")

    def _take(self, path: Path, most: int) -> int:
        """Write a document, if it is new or has changed, and give the number of its passages."""
        source = str(path)
        digest = _digest(path, most)
        with _told(self.path):
            known = self._connection.execute("SELECT id, digest FROM documents WHERE source = ?", (source,)).fetchone()
            if known and known[1] == digest:
                return 0
            pieces = list(passages(read(path), source=source, most=most))
            with self._transaction():
                if known:
                    self._remove(known[0])
                row = self._connection.execute("INSERT INTO documents (source, digest) VALUES (?, ?)", (source, digest))
                for piece in pieces:
                    self._write(row.lastrowid, piece)
        return len(pieces)

    def _write(self, document: int | None, piece: Passage) -> None:
        row = self._connection.execute(
            "INSERT INTO passages (document, title, text) VALUES (?, ?, ?)", (document, piece.title, piece.text)
        )
        self._connection.execute(
            "INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)",
            (row.lastrowid, _spaced(piece.title), _spaced(piece.text)),
        )

    def _remove(self, document: int) -> None:
        self._connection.execute(
            "DELETE FROM words WHERE rowid IN (SELECT id FROM passages WHERE document = ?)", (document,)
        )
        self._connection.execute("DELETE FROM passages WHERE document = ?", (document,))
        self._connection.execute("DELETE FROM documents WHERE id = ?", (document,))

    def _forget(self, folder: Path, found: set[str]) -> None:
        with _told(self.path), self._transaction():
            for document, source in self._connection.execute("SELECT id, source FROM documents").fetchall():
                if source not in found and Path(source).is_relative_to(folder):
                    self._remove(document)

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _digest(path: Path, most: int) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{path} cannot be read: {error.strerror}") from error
    return hashlib.sha256(content + f"{VERSION} {most}".encode()).hexdigest()


def _quoted(word: str) -> str:
    """So that no word of a caller's is taken for an operator."""
    return f'"{word}"'


def _spaced(text: str) -> str:
    # A lone surrogate cannot be written as UTF-8.
    return _UNSPACED.sub(r" \1 ", text.encode("utf-8", "replace").decode())


@contextmanager
def _told(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path}: {error}") from error
