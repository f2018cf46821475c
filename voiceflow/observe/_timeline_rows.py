"""How a conversation is broken into rows, and where its words stand without running into each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import combining, east_asian_width

import attrs

from voiceflow._svg import label

_LEAD = 0.4  # seconds that a row shows before its first turn and after its last


@attrs.frozen
class Row:
    """The seconds from `begin` to `end` that one row of the picture shows."""

    begin: float
    end: float

    def shows(self, begin: float, end: float) -> bool:
        return begin < self.end and end > self.begin


def rows(turns: Sequence[tuple[float, float]], joined: Sequence[bool], seconds: float) -> list[Row]:
    """Rows of so many seconds that hold turns (begin, end) as wholes where they fit.

    `joined` says of each turn that the next one breaks into it, so that both belong together.
    """
    scenes: list[tuple[float, float]] = []
    for number, (begin, end) in enumerate(turns):
        if number and joined[number - 1]:
            scenes[-1] = scenes[-1][0], max(end, scenes[-1][1])
        else:
            scenes.append((begin, end))
    found: list[Row] = []
    before = 0.0  # where the scene before ended
    for begin, end in scenes:
        if not found or end + _LEAD > found[-1].end:
            start = min(begin, max(begin - _LEAD, before))
            while found and found[-1].begin >= start:
                found.pop()
            if found:
                found[-1] = attrs.evolve(found[-1], end=min(start, found[-1].end))
            elif 0.0 <= begin < seconds / 3:
                start = 0.0
            found.append(Row(start, start + seconds))
            while end + _LEAD > found[-1].end:
                found.append(Row(found[-1].end, found[-1].end + seconds))
        before = end
    if found:
        found[-1] = attrs.evolve(found[-1], end=min(found[-1].end, scenes[-1][1] + _LEAD))
    return found


@attrs.frozen
class Words:
    """Words in a block: `column` is its left edge; the last `lost` lines were never heard."""

    column: float
    said: tuple[str, ...]
    lost: tuple[str, ...]


@attrs.frozen
class Labels:
    """All words of one lane of a row."""

    blocks: tuple[Words, ...]

    @property
    def lines(self) -> int:
        return max((len(block.said) + len(block.lost) for block in self.blocks), default=0)

    def draw(self, said: str, lost: str, y: float, line: float, *, hang: bool) -> Iterator[str]:
        """The blocks as text; `y` is the first line's when they `hang` from the bars, else the last one's."""
        for block in self.blocks:
            lines = (*block.said, *block.lost)
            top = y if hang else y - (len(lines) - 1) * line
            for number, text in enumerate(lines):
                yield label(
                    block.column, top + number * line, said if number < len(block.said) else lost, text, "start"
                )


def columns(text: str) -> int:
    """How many narrow characters a text is as wide as."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def wrap(text: str, width: int) -> tuple[str, ...]:
    """Lines of at most so many columns; a word that is longer is broken."""
    lines: list[str] = []
    for word in text.split():
        if lines and columns(lines[-1]) + 1 + columns(word) <= width:
            lines[-1] += " " + word
            continue
        lines.append("")
        for char in word:
            if columns(lines[-1] + char) > width:
                lines.append("")
            lines[-1] += char
    return tuple(lines)


def labels(words: Sequence[tuple[float, str, str]], left: float, right: float, char: float) -> Labels:
    """Blocks of words (column, what was said, what was cut off) in the width that each has up to the next one."""
    blocks: list[Words] = []
    for number, (column, said, lost) in enumerate(words):
        limit = words[number + 1][0] - 10 if number + 1 < len(words) else right
        needed = char * min(12, max(columns(said), columns(lost)) + 1)
        column = max(min(column, limit - needed), words[number - 1][0] + 60 if number else left)
        width = max(10, int((limit - column) / char))
        blocks.append(Words(column, wrap(said, width), wrap(lost, width)))
    return Labels(tuple(blocks))
