"""Sound that says what it is: every millisecond of a simulated voice carries the number of the word it belongs to.

A word is sent as cells of 16 samples, a millisecond each, whose signs are the bits of its number; silence is zero.
Signs survive every gain, so that what came out of a speaker, ducked or not, can be read again: which word, of
which turn, and how much of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable
from functools import cache

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow.frames import Phrase, Samples
from voiceflow.machines.text.pieces import cut

RATE = 16_000
CELL = 16
"""Samples in a cell, which is as many bits, and a millisecond at `RATE`."""
LEVEL = 8_000
SILENCE = 0
NOISE = 1
"""The number of sound that is no word."""
_LAST = 0xFFFF


@cache
def _cell(code: int) -> Samples:
    bits = np.unpackbits(np.array([code >> 8, code & 0xFF], np.uint8))
    return np.where(bits, LEVEL, -LEVEL).astype(np.int16)


def encode(code: int, ms: int) -> Samples:
    """So many milliseconds of a word, or of silence."""
    return np.zeros(ms * CELL, np.int16) if code == SILENCE else np.tile(_cell(code), ms)


def decode(samples: Samples) -> NDArray[np.int64]:
    """The number in each cell. The samples begin with one; a piece at their end is left out."""
    cells = samples[: len(samples) // CELL * CELL].reshape(-1, CELL)
    numbers = np.packbits(cells > 0, axis=1).astype(np.int64)
    found: NDArray[np.int64] = (numbers[:, 0] << 8) | numbers[:, 1]
    return np.where(cells[:, 0] == 0, SILENCE, found)


def runs(codes: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Stretches of one number: the number, its first cell, and the one after its last."""
    if not len(codes):
        return []
    edges = [0, *(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
    return [(int(codes[start]), start, end) for start, end in itertools.pairwise(edges)]


@attrs.frozen
class Entry:
    """A word that was given a number: the `place`-th of its `turn` (0: the caller's), and how long it sounds."""

    turn: int
    place: int
    word: str
    ms: int


@attrs.define
class Book:
    """The numbers of one conversation. The same key has the same number: what is made again says the same."""

    entries: list[Entry] = attrs.field(factory=lambda: [Entry(0, 0, "", 0), Entry(0, 0, "", 0)], init=False)
    _codes: dict[Hashable, int] = attrs.field(factory=dict[Hashable, int], init=False)
    _places: dict[int, int] = attrs.field(factory=dict[int, int], init=False)
    _phrases: dict[int, tuple[Phrase, Phrase, int]] = attrs.field(
        factory=dict[int, tuple[Phrase, Phrase, int]], init=False
    )
    """The last of each turn, and what it is the rest of. They are kept, so that no other has their place in memory."""

    def whole(self, turn: int, phrase: Phrase) -> tuple[Phrase, int]:
        """The phrase of which this is what another voice left unsaid, and where it begins there; else itself, and 0."""
        last, whole, begin = self._phrases.get(turn, (phrase, phrase, 0))
        said = len(last.text) - len(phrase.text)
        if last is not phrase:
            rest = said > 0 and last.text.endswith(phrase.text)
            if rest and cut(last.spans, len(last.text), said, len(last.text)) == phrase.spans:
                begin += said
            else:
                whole, begin = phrase, 0
        self._phrases[turn] = phrase, whole, begin
        return whole, begin

    def code(self, key: Hashable, turn: int, word: str, ms: int) -> int:
        """The number of a word. Raises `OverflowError` when all are given."""
        found = self._codes.get(key)
        if found is not None:
            return found
        if len(self.entries) > _LAST:
            raise OverflowError(f"a simulated conversation has at most {_LAST} words; make it shorter")
        place = self._places.get(turn, 0)
        self._places[turn] = place + 1
        self.entries.append(Entry(turn, place, word, ms))
        self._codes[key] = len(self.entries) - 1
        return len(self.entries) - 1

    def words(self, turn: int) -> list[Entry]:
        """All of a turn, in their order."""
        return [entry for entry in self.entries[NOISE + 1 :] if entry.turn == turn]
