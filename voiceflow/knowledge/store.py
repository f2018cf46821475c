"""A folder of documents in one SQLite file, found again by their words, and by their meaning where that is wanted.

Passages are ranked by BM25: a rare word of the question counts for more than a common one, and a word of a title for
more than one of the text. FTS5 stems English and drops accents. Scripts that are written without spaces it would take
for one long word, so each of their letters is given to it as a word of its own.

A store that was made with an embedding keeps a vector of each passage besides. Its passages are ranked by both, and a
place in one ranking counts as much as in the other: the sum of 1 / (60 + place) (reciprocal rank fusion, Cormack et al.
2009), which needs no scale that scores of both kinds would share.

A document is written in one transaction with its passages. Whatever ends the program, a store holds each document
whole, as it was or as it is; ingesting again goes on where it ended, since what has not changed is not read again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import attrs

from voiceflow.knowledge.documents import UnreadableDocument, find, read
from voiceflow.knowledge.embedding import Embedding, MiniLM
from voiceflow.knowledge.passages import MOST, Passage, passages
from voiceflow.knowledge.store_error import StoreError, told
from voiceflow.knowledge.vectors import SCHEMA as VECTORS
from voiceflow.knowledge.vectors import Vectors
from voiceflow.knowledge.words import SCHEMA as WORDS
from voiceflow.knowledge.words import Words, words_of

VERSION: Final = 1

_SCHEMA: Final = """
CREATE TABLE documents (id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, digest TEXT NOT NULL);
CREATE TABLE passages (id INTEGER PRIMARY KEY, document INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX of_document ON passages (document);
"""
_PASSAGE: Final = """
SELECT passages.text, passages.title, documents.source
FROM passages JOIN documents ON documents.id = passages.document WHERE passages.id = ?
"""
_RANKED: Final = 20
"""Passages of either ranking that are put together, if not more are asked for."""
_FUSED: Final = 60


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
    _words: Words = attrs.field(init=False, repr=False)
    _vectors: Vectors | None = attrs.field(default=None, init=False, repr=False)

    @classmethod
    def open(cls, path: Path | str, *, create: bool = False, embedding: Embedding | None = None) -> Self:
        """The store at `path`; a new one where there is none, if `create` is set.

        With an `embedding` a new store keeps vectors of it; one that does so already needs not be given `MiniLM`.

        Raises:
            StoreError: there is none, the file is no store, it is a later version's, or has not vectors of `embedding`.
        """
        path = Path(path)
        if not create and not path.is_file():
            raise StoreError(f"there is no store at {path}: make one with voiceflow knowledge add {path} FOLDER")
        with told(path):
            store = cls(path, sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10))
            try:
                store._prepare(embedding)
            except BaseException:
                store.close()
                raise
        return store

    def __attrs_post_init__(self) -> None:
        self._words = Words(self._connection)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __len__(self) -> int:
        """How many passages it holds."""
        with told(self.path):
            count: int = self._connection.execute("SELECT count(*) FROM passages").fetchone()[0]
        return count

    def search(self, question: str, limit: int = 3) -> list[Hit]:
        """The passages that fit the question best, the best first; none if it has no word that is known, nor any
        passage a meaning that is near.

        Raises:
            StoreError: the file cannot be read.
            MissingModel, ProviderError: the store has vectors, and their model is not to be had.
        """
        if not (words := words_of(question)):
            return []
        with told(self.path):
            ranked = self._words.ranked(words, limit if self._vectors is None else max(limit, _RANKED), self._state())
            if self._vectors is not None:
                near = self._vectors.nearest(question, max(limit, _RANKED), self._state())
                ranked = _fused([[each for each, _ in ranked], near])[:limit]
            rows = [(self._connection.execute(_PASSAGE, (each,)).fetchone(), score) for each, score in ranked]
        return [Hit(Passage(*row), score) for row, score in rows if row is not None]

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

    def _state(self) -> int:
        """Another number when something was written, by whomever."""
        written: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return written + self._connection.total_changes

    def _prepare(self, embedding: Embedding | None) -> None:
        version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]
        tables: int = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        new = version == 0 and tables == 0
        if not new and version != VERSION:  # before anything is written to what may be somebody else's
            raise StoreError(
                f"{self.path} is a database, but no store of version {VERSION} (it says {version}). "
                "Give a store that this version made, or another name for a new one."
            )
        # A reader sees the last whole state while a writer works; and a power cut costs no more than a kill.
        self._connection.execute("PRAGMA journal_mode = WAL")
        if new:
            with self._transaction():
                for statement in f"{_SCHEMA}{WORDS}{VECTORS if embedding else ''}".split(";\n")[:-1]:
                    self._connection.execute(statement)
                if embedding:
                    self._connection.execute("INSERT INTO embedding (name) VALUES (?)", (embedding.name,))
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
        self._vectors = self._kept(embedding)

    def _kept(self, embedding: Embedding | None) -> Vectors | None:
        """What keeps the vectors, if the store has any."""
        row = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'embedding'").fetchone()
        name = self._connection.execute("SELECT name FROM embedding").fetchone()[0] if row else None
        embedding = embedding or (MiniLM() if name == MiniLM().name else None)
        if name != (embedding.name if embedding else None):
            has = f"vectors of {name}" if name else "no vectors"
            wanted = f"to be used with {embedding.name}" if embedding else "which its embedding must be given for"
            raise StoreError(f"{self.path} has {has}, {wanted}; make another store")
        return Vectors(embedding, self._connection) if embedding else None

    def _take(self, path: Path, most: int) -> int:
        """Write a document, if it is new or has changed, and give the number of its passages."""
        source = str(path)
        digest = _digest(path, most)
        with told(self.path):
            known = self._connection.execute("SELECT id, digest FROM documents WHERE source = ?", (source,)).fetchone()
            if known and known[1] == digest:
                return 0
            pieces = list(passages(read(path), source=source, most=most))
            vectors = self._vectors.of(pieces) if self._vectors is not None else [None] * len(pieces)
            with self._transaction():
                if known:
                    self._remove(known[0])
                row = self._connection.execute("INSERT INTO documents (source, digest) VALUES (?, ?)", (source, digest))
                for piece, vector in zip(pieces, vectors, strict=True):
                    self._write(row.lastrowid, piece, vector)
        return len(pieces)

    def _write(self, document: int | None, piece: Passage, vector: bytes | None) -> None:
        row = self._connection.execute(
            "INSERT INTO passages (document, title, text) VALUES (?, ?, ?)", (document, piece.title, piece.text)
        )
        self._words.write(row.lastrowid, piece)
        if self._vectors is not None and vector is not None:
            self._vectors.write(row.lastrowid, vector)

    def _remove(self, document: int) -> None:
        if self._vectors is not None:
            self._vectors.remove(document)
        self._words.remove(document)
        self._connection.execute("DELETE FROM passages WHERE document = ?", (document,))
        self._connection.execute("DELETE FROM documents WHERE id = ?", (document,))

    def _forget(self, folder: Path, found: set[str]) -> None:
        with told(self.path), self._transaction():
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


def _fused(rankings: list[list[int]]) -> list[tuple[int, float]]:
    """One ranking of several, with scores."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, each in enumerate(ranking, 1):
            scores[each] = scores.get(each, 0.0) + 1 / (_FUSED + place)
    return sorted(scores.items(), key=lambda each: -each[1])


def _digest(path: Path, most: int) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{path} cannot be read: {error.strerror}") from error
    return hashlib.sha256(content + f"{VERSION} {most}".encode()).hexdigest()
