"""The vectors of a store's passages, in its file: written with the passage, compared with a question all at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow.knowledge.embedding import Embedding, Vector
from voiceflow.knowledge.passages import Passage

SCHEMA: Final = """
CREATE TABLE vectors (passage INTEGER PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE embedding (name TEXT NOT NULL);
"""
NEAR: Final = 0.3
"""Nearer than this is what speaks of the same: other passages are not found by their vectors, however few there are."""

_STORED: Final = np.float16


@attrs.define(eq=False)
class Vectors:
    """Those of one store. `embedding` makes them."""

    embedding: Embedding
    _connection: sqlite3.Connection = attrs.field(repr=False)
    _ids: NDArray[np.int64] = attrs.field(factory=lambda: np.zeros(0, np.int64), init=False, repr=False)
    _rows: Vector = attrs.field(factory=lambda: np.zeros((0, 0), np.float32), init=False, repr=False)
    _read_at: int = attrs.field(default=-1, init=False, repr=False)

    def of(self, passages: Sequence[Passage]) -> list[bytes]:
        """As they are written. It takes some hundredths of a second each."""
        return [self.embedding(f"{each.title}\n{each.text}").astype(_STORED).tobytes() for each in passages]

    def write(self, passage: int | None, vector: bytes) -> None:
        self._connection.execute("INSERT INTO vectors (passage, vector) VALUES (?, ?)", (passage, vector))

    def remove(self, document: int) -> None:
        self._connection.execute(
            "DELETE FROM vectors WHERE passage IN (SELECT id FROM passages WHERE document = ?)", (document,)
        )

    def nearest(self, question: str, limit: int, state: int) -> list[int]:
        """The passages nearest to a question, the nearest first. `state` is another one when others have written."""
        if state != self._read_at:
            self._read()
            self._read_at = state
        if not len(self._ids):
            return []
        # A product by BLAS would wake threads, which wait for each other on a busy machine.
        near = np.einsum("ij,j->i", self._rows, self.embedding(question))
        first = np.argsort(-near, kind="stable")[:limit]
        return [int(self._ids[place]) for place in first if near[place] >= NEAR]

    def _read(self) -> None:
        rows = self._connection.execute("SELECT passage, vector FROM vectors ORDER BY passage").fetchall()
        self._ids = np.array([row[0] for row in rows], np.int64)
        stored = np.frombuffer(b"".join(row[1] for row in rows), _STORED)
        self._rows = stored.astype(np.float32).reshape(len(rows), -1) if rows else np.zeros((0, 0), np.float32)
