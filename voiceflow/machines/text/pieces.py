"""A piece of text on its way to speech, and the map from it back to what the LLM wrote.

The map is a tuple of rows `(start here, start there, length there)`. A row holds from its start here to the
start of the next row (or the end of the piece). Where its two lengths are equal, character stands for
character; where they differ, the whole of it stands for the whole of that ("42" read as "forty-two").

Each character that was written belongs to one place. Where a cut divides what is said for an expression, the part
that ends it stands for the whole of it, and the parts before stand, empty, at its beginning: it is not said until
then. White space at its end is no part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Row = tuple[int, int, int]


class Piece(NamedTuple):
    """Text with its map. A tuple because one is made for nearly every delta: attrs costs three times as much."""

    text: str
    spans: tuple[Row, ...] = ()

    @property
    def start(self) -> int:
        """Where the piece begins in the original text, in characters."""
        return self.spans[0][1] if self.spans else 0

    @property
    def end(self) -> int:
        """Where the piece ends in the original text, in characters."""
        return max((there + length for _, there, length in self.spans), default=len(self.text))

    def origin(self, heard: int) -> int:
        """How much of the original text has been said when `heard` characters of this piece have.

        Replaced text counts as said when all of it is, so the answer is never past what was heard.
        """
        return origin(self.spans, len(self.text), heard)


def origin(spans: Sequence[Row], length: int, heard: int) -> int:
    """`Piece.origin` for a map alone; `length` is the length of the text the map belongs to."""
    if not spans:
        return min(heard, length)
    answer = spans[0][1]
    for index, (here, there, size) in enumerate(spans):
        if heard <= here:
            break
        stop = spans[index + 1][0] if index + 1 < len(spans) else length
        if heard >= stop:
            answer = there + size
        elif stop - here == size:
            answer = there + heard - here
        else:
            answer = there
    return answer


def cut(spans: Sequence[Row], length: int, start: int, stop: int) -> tuple[Row, ...]:
    """The map of `text[start:stop]`, given the map of `text`, whose length is `length`."""
    rows: list[Row] = []
    for index, (here, there, size) in enumerate(spans):
        end = spans[index + 1][0] if index + 1 < len(spans) else length
        if end <= start:
            continue
        if here >= stop:
            break
        low, high = max(here, start), min(end, stop)
        if end - here == size:
            rows.append((low - start, there + low - here, high - low))
        else:
            rows += _as_whole(low - start, high - low, there, size if high == end else 0)
    return tuple(rows)


def _as_whole(here: int, length: int, there: int, size: int) -> list[Row]:
    """The rows of `length` characters that stand for `size` others as a whole, also where that is as many."""
    if length == size > 1:
        return [(here, there, 0), (here + length - 1, there, size)]
    return [(here, there, size)]


class Ribbon:
    """The map of a buffer that grows at its end and is used up from its start. All costs are per row."""

    __slots__ = ("_head", "_rows", "length")

    def __init__(self) -> None:
        # [start here, length here, start there, length there, 1 where character stands for character]
        self._rows: list[list[int]] = []
        self._head = 0  # rows before this one were cut off already
        self.length = 0

    def add(self, here: int, there: int, size: int) -> None:
        """Append `here` characters that stand for `size` characters at `there`; neighbours of one kind merge."""
        rows = self._rows
        if rows and here == size:
            last = rows[-1]
            if last[4] and last[2] + last[3] == there:
                last[1] += here
                last[3] += size
                self.length += here
                return
        rows.append([self.length, here, there, size, here == size])
        self.length += here

    def extend(self, text: str, spans: tuple[Row, ...]) -> None:
        """Append a piece."""
        last = len(spans) - 1
        for index, (here, there, size) in enumerate(spans):
            stop = spans[index + 1][0] if index < last else len(text)
            if stop - here != size and text[stop - 1 : stop].isspace():
                solid = here + len(text[here:stop].rstrip())
                if solid > here:
                    self.add(solid - here, there, size)
                    here, there, size = solid, there + size, 0
            self.add(stop - here, there, size)

    def cut(self, start: int, stop: int) -> tuple[Row, ...]:
        """The map of the buffer between two positions, counted from its start; `start` never goes back."""
        rows: list[Row] = []
        while self._head < len(self._rows) and self._rows[self._head][0] + self._rows[self._head][1] <= start:
            self._head += 1
        for index in range(self._head, len(self._rows)):
            here, length, there, size, plain = self._rows[index]
            if here >= stop:
                break
            low, high = max(here, start), min(here + length, stop)
            if plain:
                rows.append((low - start, there + low - here, high - low))
            else:
                rows += _as_whole(low - start, high - low, there, size if high == here + length else 0)
        return tuple(rows)

    def drop(self, count: int) -> None:
        """Forget the first `count` characters."""
        kept: list[list[int]] = []
        for index in range(self._head, len(self._rows)):
            here, length, there, size, plain = self._rows[index]
            low = max(here, count)
            if low >= here + length:
                continue
            if plain:
                there, length, size = there + low - here, here + length - low, here + length - low
            else:
                length = here + length - low
            kept.append([low - count, length, there, size, plain])
        self._rows, self._head = kept, 0
        self.length -= count
