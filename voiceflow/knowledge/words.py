"""The words of a store's passages, in its file: ranked by BM25, which SQLite's FTS5 computes."""

from __future__ import annotations

import re
import sqlite3
from typing import Final

import attrs

from voiceflow.knowledge.passages import Passage

SCHEMA: Final = """
CREATE VIRTUAL TABLE words USING fts5 (title, text, tokenize = "porter unicode61 remove_diacritics 2");
"""
_TITLE_WEIGHT: Final = 4.0
# `rank` is BM25 with the weights of this query, and sorting by it costs less than by bm25().
_RANKED: Final = f"""
SELECT rowid, -rank FROM words WHERE words MATCH ? AND rank MATCH 'bm25({_TITLE_WEIGHT}, 1.0)' ORDER BY rank LIMIT ?
"""

_COMMON: Final = 5
_ASKING: Final = {
    *("a", "an", "and", "are", "as", "at", "be", "but", "by", "can", "could", "did", "do", "does", "for", "had", "has"),
    *("have", "how", "i", "if", "in", "into", "is", "it", "me", "my", "no", "not", "of", "on", "or", "our", "so"),
    *("such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "we", "what", "when"),
    *("where", "which", "who", "why", "will", "with", "you", "your"),
}
"""What English asks by, which questions have more of than documents."""
_COUNTED: Final = 20_000
"""Words whose count is kept; no question brings so many, a server's callers may."""

# Han, kana, Thai, Lao, Khmer, Burmese: written without spaces.
_UNSPACED: Final = re.compile(
    "([\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\u0e01-\u0eff"
    "\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff])"
)
_WORD: Final = re.compile(r"\w+")


def words_of(question: str) -> list[str]:
    """The words of a question, each once."""
    return list(dict.fromkeys(_WORD.findall(_spaced(question).casefold())))


@attrs.define(eq=False)
class Words:
    """Those of one store.

    Words that stand in every fifth passage tell hardly anything, but ranking by them means to look at every fifth
    passage: they are left out, if others are left.
    """

    _connection: sqlite3.Connection = attrs.field(repr=False)
    _counts: dict[str, int] = attrs.field(factory=dict[str, int], init=False, repr=False)
    """In how many passages a word stands; "" is for all of them."""
    _counted_at: int = attrs.field(default=-1, init=False, repr=False)

    def write(self, passage: int | None, piece: Passage) -> None:
        self._connection.execute(
            "INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)",
            (passage, _spaced(piece.title), _spaced(piece.text)),
        )

    def remove(self, document: int) -> None:
        self._connection.execute(
            "DELETE FROM words WHERE rowid IN (SELECT id FROM passages WHERE document = ?)", (document,)
        )

    def ranked(self, words: list[str], limit: int, state: int) -> list[tuple[int, float]]:
        """The passages that share most with these, each with its score. `state` is another one when somebody wrote."""
        query = " OR ".join(map(_quoted, self._telling(words, state)))
        return self._connection.execute(_RANKED, (query, limit)).fetchall()

    def _telling(self, words: list[str], state: int) -> list[str]:
        """The words of a question by which passages are told apart."""
        if state != self._counted_at:
            (held,) = self._connection.execute("SELECT count(*) FROM passages").fetchone()
            self._counts, self._counted_at = {"": held}, state
        for word in words:
            if word not in self._counts and len(self._counts) < _COUNTED:
                row = self._connection.execute("SELECT count(*) FROM words WHERE words MATCH ?", (_quoted(word),))
                self._counts[word] = row.fetchone()[0]
        most = self._counts[""] / _COMMON
        rare = [word for word in words if word not in _ASKING and self._counts.get(word, 0) <= most]
        return rare if any(self._counts.get(word) for word in rare) else words


def _quoted(word: str) -> str:
    """So that no word of a caller's is taken for an operator."""
    return f'"{word}"'


def _spaced(text: str) -> str:
    # A lone surrogate cannot be written as UTF-8.
    return _UNSPACED.sub(r" \1 ", text.encode("utf-8", "replace").decode())
