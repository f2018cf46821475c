"""What of a reply is meant for the ear: the streaming text filter.

Theory. Most of a reply is plain words, which pass at once. The filter stops only at special characters; each has
a chain of rules, and the first that has something to say decides: leave out, say instead, leave as it is, or not
yet. "Not yet" holds the text from that character on until more has come, never longer than the rule's stated
limit. A rule sees the text alone, so the result does not depend on how it arrived in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

import attrs

from voiceflow.errors import GraphError
from voiceflow.machines.text import blocks, chains, leaks, tokens
from voiceflow.machines.text.languages import normalise
from voiceflow.machines.text.pieces import Piece, Row
from voiceflow.machines.text.reader import Reader, Step

_WHITE = re.compile(r"\s")
_KEEP = 64  # characters behind the place that rules may look back at
_COMPACT = 512  # characters: the text behind is let go when there is so much of it, not at every delta
_TAIL = 48  # characters: the longest end of something that is left out


@attrs.frozen
class CleanSettings:
    """Which rules are on. Each has its own switch.

    `reasoning_tags` are the tags whose contents are left out. `pronunciations` maps words to their spoken form,
    `replacements` likewise, and wins. The switches of numbers (`numbers`, `currency`, ...) belong to the
    verbaliser; without one numbers and signs are left as they are written.
    """

    markdown: bool = True
    reasoning: bool = True
    markup: bool = True
    metadata: bool = True
    gloss: bool = True
    emoji: bool = True
    punctuation: bool = True
    symbols: bool = True
    numbers: bool = True
    unspeakable: bool = True
    reasoning_tags: tuple[str, ...] = leaks.REASONING
    pronunciations: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    replacements: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(CleanSettings):
            value = getattr(self, field.name)
            if field.type in ("bool", bool) and not isinstance(value, bool):
                raise GraphError(f"CleanSettings.{field.name} is True or False; got {value!r}")
        for name in ("pronunciations", "replacements"):
            entries = getattr(self, name)
            if not isinstance(entries, Mapping) or not all(
                map(_is_entry, cast(Mapping[object, object], entries).items())
            ):
                raise GraphError(f"CleanSettings.{name} maps words to their spoken forms, all of them non-empty text")


def _is_entry(entry: tuple[object, object]) -> bool:
    return isinstance(entry[0], str) and entry[0] != "" and isinstance(entry[1], str)


class Clean:
    """Filters one reply as it is written. One object for one reply.

    Feed `push`, then `end`; the pieces they return, joined, are the text to speak. Each carries its map back to
    the original. `language` is a code or name; None knows no language (no glosses).

    Raises:
        GraphError: the language is unknown.
    """

    def __init__(
        self,
        settings: CleanSettings | None = None,
        language: str | None = None,
        verbaliser: tokens.Verbaliser | None = None,
    ) -> None:
        self.settings = settings or CleanSettings()
        self.language = None if language is None else normalise(language)
        self._verbaliser = verbaliser
        numbers = verbaliser is not None and self.settings.numbers
        self._heads = chains.heads(verbaliser.heads if verbaliser is not None and numbers else frozenset[str]())
        self._rules = chains.rules(self.settings, self.language, verbaliser)
        self._others = chains.others(self.settings)
        classes = self.settings.emoji, self.settings.unspeakable
        self._special = chains.pattern("".join(self._rules), *classes)
        self._table = chains.pattern("".join(self._rules) + " ", *classes)
        self._reader = Reader()
        self._parts: list[tuple[str, int, int]] = []  # what to say, and where and how long it is in the original
        self._fresh = self.settings.metadata  # a line begins here that has not been looked at
        self._calm = not self._fresh  # between special characters, in plain text

    @property
    def held(self) -> int:
        """Characters that wait for more text before they can be decided."""
        return len(self._reader.text) - self._reader.at

    def filter(self, text: str) -> Piece:
        """The whole of a text at once: what `push` and `end` of a fresh machine give, as one piece."""
        fresh = Clean(self.settings, self.language, self._verbaliser)
        return _join([part for piece in (*fresh.push(text), *fresh.end()) for part in _parts_of(piece)])

    def push(self, delta: str) -> list[Piece]:
        """Take a delta; return what of it, and of what was held, can be said."""
        reader = self._reader
        at = reader.at
        quiet = at == len(reader.text) and self._calm
        reader.text += delta
        if not delta:
            return []
        if quiet and self._special.search(delta) is None and not self._heads.may_end(reader.text):
            reader.at = at + len(delta)
            start = reader.base + at
            if reader.at > _COMPACT:
                reader.compact(_KEEP)
            return [Piece(delta, ((0, start, len(delta)),))]
        return self._read()

    def end(self) -> list[Piece]:
        """The reply is complete: return what was held."""
        self._reader.ended = True
        if self._reader.skip is not None:
            self._reader.skip = blocks.fence_last(self._reader.skip) or self._reader.skip
        return self._read()

    def _read(self) -> list[Piece]:
        reader = self._reader
        while reader.at < len(reader.text):
            if reader.skip is not None:
                more = self._skip(reader.skip)
            else:
                more = self._token() if reader.token else self._step()
            if not more:
                break
        self._calm = not (self._fresh or reader.table or reader.token or reader.skip is not None)
        if reader.at > _COMPACT:
            reader.compact(_KEEP)
        parts, self._parts = self._parts, []
        return [_join(parts)] if parts else []

    def _skip(self, end: re.Pattern[str]) -> bool:
        """Leave out up to `end`; False when it is not here yet."""
        reader = self._reader
        found = end.search(reader.text, reader.at)
        if found is not None:
            reader.at = found.start() if found.group() == "\n" else found.end()
            reader.skip = None
            return True
        reader.at = len(reader.text) if reader.ended else max(reader.at, len(reader.text) - _TAIL)
        return False

    def _token(self) -> bool:
        """Say an address as it stands, up to the next white space."""
        found = _WHITE.search(self._reader.text, self._reader.at)
        self._reader.token = found is None
        stop = len(self._reader.text) if found is None else found.start()
        if stop > self._reader.at:
            self._say(self._reader.at, stop, None)
        return True

    def _step(self) -> bool:
        """Read up to the next special character and over it; False when that needs more text."""
        reader = self._reader
        if self._fresh:
            answer = leaks.line(reader, reader.at)
            if answer is None:
                return False
            self._fresh = False
            if reader.skip is not None:
                return True
        pattern = self._table if reader.table else self._special
        found = pattern.search(reader.text, reader.at)
        stop = len(reader.text) if found is None else found.start()
        if stop > reader.at:
            begin = self._heads.begin(reader.text, reader.at, stop, ended=reader.ended)
            if begin > reader.at:
                self._say(reader.at, begin, None)
        if found is None:
            return False
        step = self._decide(reader.at, reader.text[stop] if reader.at == stop else "0")
        if step is None:
            return False
        if reader.text[stop] == "\n":
            self._fresh = self.settings.metadata
        self._say(reader.at, step[0], step[1])
        return True

    def _decide(self, at: int, character: str) -> Step | None:
        """What the rules for a special character say of what begins at `at`: there, or with letters before it."""
        reader = self._reader
        if at + reader.base < reader.verbatim:
            return at + 1, None
        if character == " " and reader.table:
            return blocks.cell_space(reader, at)
        for rule in self._rules.get(character, self._others):
            step = rule(reader, at)
            if step is None:
                return None
            if step[0] != at and (step[1] is not None or step[0] > at + 1):
                return step
        return at + 1, None

    def _say(self, start: int, stop: int, spoken: str | None) -> None:
        reader = self._reader
        if spoken is None:
            self._parts.append((reader.text[start:stop], reader.base + start, stop - start))
        elif spoken:
            there, size = reader.base + start, stop - start
            if len(spoken) == size > 1:  # as long as what was written, yet not character for character
                self._parts.append((spoken[:-1], there, 0))
                spoken = spoken[-1]
            self._parts.append((spoken, there, size))
        reader.at = stop


def _parts_of(piece: Piece) -> list[tuple[str, int, int]]:
    stops = [here for here, _, _ in piece.spans[1:]] + [len(piece.text)]
    return [(piece.text[row[0] : stop], row[1], row[2]) for row, stop in zip(piece.spans, stops, strict=True)]


def _join(parts: list[tuple[str, int, int]]) -> Piece:
    """One piece of many parts; neighbours that stand for themselves share a row."""
    if len(parts) == 1:
        text, there, size = parts[0]
        return Piece(text, ((0, there, size),))
    rows: list[Row] = []
    length, plain = 0, False
    for text, there, size in parts:
        same = len(text) == size
        if plain and same and rows[-1][1] + rows[-1][2] == there:
            rows[-1] = (rows[-1][0], rows[-1][1], rows[-1][2] + size)
        else:
            rows.append((length, there, size))
        plain = same
        length += len(text)
    return Piece("".join([text for text, _, _ in parts]), tuple(rows))
