# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Other ways to cut a reply into phrases, behind the protocol of `Phrases`: by delimiters, whole, word by word."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

import attrs

from voiceflow.errors import GraphError
from voiceflow.machines.phrases import Phrases, PhraseSettings
from voiceflow.machines.text.edges import forced_point
from voiceflow.machines.text.languages import INDIC, normalise
from voiceflow.machines.text.pieces import Piece, Ribbon
from voiceflow.machines.text.scripts import is_spaceless

_IDLE_AFTER = 150_000_000  # nanoseconds
_SPACE = re.compile(r"\s")


class Chunker(Protocol):
    """Cuts one reply into phrases. One object for one reply."""

    @property
    def idle_after(self) -> int:
        """Nanoseconds without a delta after which `flush` should be called."""
        ...

    def split(self, text: str) -> list[Piece]:
        """The phrases of a whole text."""
        ...

    def push(self, piece: Piece | str) -> list[Piece]:
        """Take a delta; return the phrases that it completes."""
        ...

    def flush(self) -> list[Piece]:
        """The writer has stalled: return what can be spoken."""
        ...

    def end(self) -> list[Piece]:
        """The reply is complete: return what is left."""
        ...


@attrs.define
class _Buffer:
    """Text that is not cut yet, with its map."""

    text: str = ""
    read: int = 0
    ribbon: Ribbon = attrs.Factory(Ribbon)

    def add(self, piece: Piece | str) -> None:
        self.text += self.map(piece)

    def map(self, piece: Piece | str) -> str:
        """Take in the map of a piece; one without stands there as it is. Returns the text."""
        text = piece if isinstance(piece, str) else piece.text
        if isinstance(piece, str) or not piece.spans:
            self.ribbon.add(len(text), self.read, len(text))
            self.read += len(text)
        else:
            self.ribbon.extend(text, piece.spans)
        return text

    def take(self, stops: list[int]) -> list[Piece]:
        """Cut at these places; white space around a phrase is left out."""
        phrases: list[Piece] = []
        start = 0
        for stop in stops:
            whole = self.text[start:stop]
            plain = whole.strip()
            if plain:
                head = start + len(whole) - len(whole.lstrip())
                phrases.append(Piece(plain, self.ribbon.cut(head, head + len(plain))))
            start = stop
        if start:
            self.ribbon.drop(start)
            self.text = self.text[start:]
        return phrases


@attrs.define
class Whole:
    """The whole reply is one phrase: nothing comes before `end`, not even when the writer stalls."""

    idle_after: int = _IDLE_AFTER
    _buffer: _Buffer = attrs.field(factory=_Buffer, init=False)
    _parts: list[Piece | str] = attrs.field(factory=list[Piece | str], init=False)

    def split(self, text: str) -> list[Piece]:
        fresh = Whole(self.idle_after)
        return fresh.push(text) + fresh.end()

    def push(self, piece: Piece | str) -> list[Piece]:
        self._parts.append(piece)
        return []

    def flush(self) -> list[Piece]:
        return []

    def end(self) -> list[Piece]:
        parts, self._parts = self._parts, []
        self._buffer.text = "".join([self._buffer.map(part) for part in parts])
        return self._buffer.take([len(self._buffer.text)])


@attrs.define
class Words:
    """Word by word, punctuation staying with its word; character by character where no spaces are written.

    A word longer than `max_chars` is cut.
    """

    max_chars: int = 100
    idle_after: int = _IDLE_AFTER
    _buffer: _Buffer = attrs.field(factory=_Buffer, init=False)
    _seen: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        _whole_number("Words.max_chars", self.max_chars, 10)

    def split(self, text: str) -> list[Piece]:
        fresh = Words(self.max_chars, self.idle_after)
        return fresh.push(text) + fresh.end()

    def push(self, piece: Piece | str) -> list[Piece]:
        self._buffer.add(piece)
        text, start, stops = self._buffer.text, 0, list[int]()
        for at in range(max(self._seen, 1), len(text)):
            left, right = text[at - 1], text[at]
            wide = is_spaceless(left) and is_spaceless(right)
            if right.isspace() or wide or at - start >= self.max_chars:
                stops.append(at)
                start = at
        self._seen = len(text) - start
        return self._buffer.take(stops)

    def flush(self) -> list[Piece]:
        return []  # the last word may go on

    def end(self) -> list[Piece]:
        self._seen = 0
        return self._buffer.take([len(self._buffer.text)])


@attrs.define
class Delimited:
    """Cuts behind any of `delimiters`, once a phrase has `min_chars`; one that reaches `max_chars` is cut anyway.

    Knows nothing of languages, numbers or abbreviations.
    """

    delimiters: str = ".!?。！？।\n"
    min_chars: int = 1
    max_chars: int = 500
    idle_after: int = _IDLE_AFTER
    _buffer: _Buffer = attrs.field(factory=_Buffer, init=False)
    _at: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        if not self.delimiters:
            raise GraphError("Delimited.delimiters is at least one character; got none")
        _whole_number("Delimited.min_chars", self.min_chars, 1)
        _whole_number("Delimited.max_chars", self.max_chars, self.min_chars + 1)

    def split(self, text: str) -> list[Piece]:
        fresh = Delimited(self.delimiters, self.min_chars, self.max_chars, self.idle_after)
        return fresh.push(text) + fresh.end()

    def push(self, piece: Piece | str) -> list[Piece]:
        self._buffer.add(piece)
        text, start, stops = self._buffer.text, 0, list[int]()
        while self._at < len(text):
            at = self._at
            self._at += 1
            if text[at] in self.delimiters and self._at - start >= self.min_chars:
                start = self._at
                stops.append(start)
            elif self._at - start >= self.max_chars:
                start = forced_point(text, start, self._at)
                stops.append(start)
                self._at = start
        self._at -= start
        return self._buffer.take(stops)

    def flush(self) -> list[Piece]:
        """What is in hand up to its last white space, if that is at least `min_chars`."""
        hand = self._buffer.text
        stop = max((found.start() for found in _SPACE.finditer(hand)), default=0)
        if stop < self.min_chars:
            return []
        self._at -= stop
        return self._buffer.take([stop])

    def end(self) -> list[Piece]:
        self._at = 0
        return self._buffer.take([len(self._buffer.text)])


def indic(language: str, settings: PhraseSettings | None = None) -> Phrases:
    """The sentence chunker for one of the 18 languages of India and its neighbours: danda, double danda, abbreviations.

    Raises:
        GraphError: the language is none of those; the message lists them.
    """
    code = normalise(language)
    if code not in INDIC:
        raise GraphError(f"{language!r} is none of the Indic languages; those are {', '.join(INDIC)}")
    return Phrases(settings or PhraseSettings(idle_after=400_000_000), code)


def chunker(kind: str, language: str | None = None, settings: PhraseSettings | None = None) -> Chunker:
    """A chunker by name: "sentences", "delimiters", "whole" or "words".

    Raises:
        GraphError: the name or the language is unknown.
    """
    makers: dict[str, Callable[[], Chunker]] = {
        "sentences": lambda: Phrases(settings, language),
        "delimiters": lambda: Delimited(),
        "whole": lambda: Whole(),
        "words": lambda: Words(),
    }
    if kind not in makers:
        raise GraphError(f"chunker {kind!r} is unknown; known are {', '.join(makers)}")
    return makers[kind]()


def _whole_number(name: str, value: object, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise GraphError(f"{name} is a whole number of at least {least}; got {value!r}")
