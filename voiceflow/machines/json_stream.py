"""JSON as it arrives: what is known of a document is told at once, and text character by character.

Source: RFC 8259. What `json.loads` reads is read alike, but for three things: NaN and Infinity, which are no JSON, are
an error; half of a surrogate pair, which nobody can write down or speak, becomes U+FFFD; and a document is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from voiceflow.machines.json_text import JsonText, NoText

Path = tuple[str | int, ...]
"""Where a value stands: the keys and indices on the way to it; () is the whole document."""

_SPACE: Final = " \t\n\r"
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_IN_NUMBERS: Final = frozenset("+-.0123456789eE")
_WORDS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None}
_DIGITS: Final = 1000  # characters of a number: the largest float has 309, and Python refuses integers of 4,300


@attrs.frozen
class StringPiece:
    """More of the text at `path`, which is no key."""

    path: Path
    text: str


@attrs.frozen
class JsonValue:
    """The value at `path` is complete. That of `()` is the last one."""

    path: Path
    value: Any


@attrs.frozen
class Malformed:
    """The document is none, from character `at` on. What follows is not looked at. Quotes nothing of it."""

    at: int
    expected: str


JsonEvent = StringPiece | JsonValue | Malformed


@attrs.define
class _Open:
    """An object or a list that is not closed."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: str = ""

    @property
    def inside(self) -> Path:
        """Where the value stands that comes next, or is open."""
        return (*self.path, self.key if isinstance(self.value, dict) else len(self.value))

    def put(self, value: Any) -> None:
        if isinstance(self.value, dict):
            self.value[self.key] = value
        else:
            self.value.append(value)


@attrs.define
class JsonStream:
    """Reads one document, cut into texts of any length. `limit` is in characters, `depth` in objects and lists.

    However it is cut, the events are the same, but for where a text is cut into pieces.
    """

    limit: int = 1 << 20
    depth: int = 64

    _mode: str = attrs.field(default="value", init=False)
    _at: int = attrs.field(default=0, init=False)
    _open: list[_Open] = attrs.field(factory=list[_Open], init=False)
    _is_key: bool = attrs.field(default=False, init=False)
    _text: JsonText = attrs.field(factory=JsonText, init=False)
    """That is open, or was last."""
    _parts: list[str] = attrs.field(factory=list[str], init=False)
    """Of the number or word that is open."""
    _events: list[JsonEvent] = attrs.field(factory=list["JsonEvent"], init=False)

    @property
    def over(self) -> bool:
        """Whether nothing can come any more but white space, or it is malformed."""
        return self._mode in ("after", "malformed")

    def push(self, text: str) -> list[JsonEvent]:
        """What is known by these characters. Never raises."""
        at, end = 0, min(len(text), self.limit - self._at)
        while at < end and self._mode != "malformed":
            taken = _MODES[self._mode](self, text, at, end)
            at += taken
            self._at += taken
        if end < len(text):
            self._fail(f"at most {self.limit} characters")
        return self._told()

    def end(self) -> list[JsonEvent]:
        """What is known by there being no more. Never raises."""
        if self._mode == "number":
            self._end_number()
        if not self.over:
            self._fail("the rest of the document")
        return self._told()

    def _told(self) -> list[JsonEvent]:
        self._tell_piece()
        events, self._events = self._events, []
        return events

    def _fail(self, expected: str) -> int:
        if self._mode != "malformed":
            self._tell_piece()
            self._mode = "malformed"
            self._events.append(Malformed(self._at, expected))
        return 0

    # Each of these takes some characters of text[at:end] and says how many; at least one, or the mode has changed.

    def _value(self, text: str, at: int, end: int) -> int:
        char = text[at]
        if char == '"':
            return self._begin_string(key=False)
        if char in "{[":
            return self._enter({} if char == "{" else [])
        if char == "]" and self._mode == "first":
            return self._leave()
        if char == "-" or "0" <= char <= "9":
            return self._begin("number", char)
        if char in "tfn":
            return self._begin("word", char)
        return 1 if char in _SPACE else self._fail("a value")

    def _key(self, text: str, at: int, end: int) -> int:
        char = text[at]
        if char == '"':
            return self._begin_string(key=True)
        if char == "}" and self._mode == "first key":
            return self._leave()
        return 1 if char in _SPACE else self._fail("a key in quotes")

    def _colon(self, text: str, at: int, end: int) -> int:
        if text[at] == ":":
            self._mode = "value"
            return 1
        return 1 if text[at] in _SPACE else self._fail("a colon")

    def _comma(self, text: str, at: int, end: int) -> int:
        inside, char = self._open[-1].value, text[at]
        if char == ",":
            self._mode = "key" if isinstance(inside, dict) else "value"
            return 1
        if char == ("}" if isinstance(inside, dict) else "]"):
            return self._leave()
        return 1 if char in _SPACE else self._fail("a comma, or the end of what is open")

    def _string(self, text: str, at: int, end: int) -> int:
        try:
            taken = self._text.take(text, at, end)
        except NoText as error:
            return self._fail(str(error))
        if self._text.closed:
            self._end_string()
        return taken

    def _number(self, text: str, at: int, end: int) -> int:
        if text[at] not in _IN_NUMBERS:
            self._end_number()
            return 0
        if len(self._parts) == _DIGITS:
            return self._fail(f"a number of at most {_DIGITS} characters")
        self._parts.append(text[at])
        return 1

    def _word(self, text: str, at: int, end: int) -> int:
        self._parts.append(text[at])
        word = "".join(self._parts)
        if word in _WORDS:
            self._complete(_WORDS[word])
        elif not any(each.startswith(word) for each in _WORDS):
            return self._fail("true, false or null")
        return 1

    def _after(self, text: str, at: int, end: int) -> int:
        return 1 if text[at] in _SPACE else self._fail("nothing behind the document")

    # Values

    def _begin(self, mode: str, first: str) -> int:
        self._mode, self._parts = mode, [first]
        return 1

    def _begin_string(self, *, key: bool) -> int:
        self._mode, self._text, self._is_key = "string", JsonText(), key
        return 1

    def _enter(self, value: dict[str, Any] | list[Any]) -> int:
        if len(self._open) == self.depth:
            return self._fail(f"at most {self.depth} objects and lists inside one another")
        self._open.append(_Open(value, self._path))
        self._mode = "first key" if isinstance(value, dict) else "first"
        return 1

    def _leave(self) -> int:
        self._complete(self._open.pop().value)
        return 1

    @property
    def _path(self) -> Path:
        return self._open[-1].inside if self._open else ()

    def _complete(self, value: Any) -> None:
        self._events.append(JsonValue(self._path, value))
        if self._open:
            self._open[-1].put(value)
        self._mode = "comma" if self._open else "after"

    def _end_number(self) -> None:
        number = _NUMBER.fullmatch("".join(self._parts))
        if number is None:
            self._fail("a number as JSON writes it")
        else:
            self._complete(float(number[0]) if number[1] or number[2] else int(number[0]))

    def _end_string(self) -> None:
        self._tell_piece()
        if self._is_key:
            self._open[-1].key, self._mode = self._text.whole, "colon"
        else:
            self._complete(self._text.whole)

    def _tell_piece(self) -> None:
        if self._mode == "string" and not self._is_key and (piece := self._text.piece()):
            self._events.append(StringPiece(self._path, piece))


_MODES: Final[Mapping[str, Callable[[JsonStream, str, int, int], int]]] = {
    "value": JsonStream._value,  # pyright: ignore[reportPrivateUsage]
    "first": JsonStream._value,  # pyright: ignore[reportPrivateUsage]
    "key": JsonStream._key,  # pyright: ignore[reportPrivateUsage]
    "first key": JsonStream._key,  # pyright: ignore[reportPrivateUsage]
    "colon": JsonStream._colon,  # pyright: ignore[reportPrivateUsage]
    "comma": JsonStream._comma,  # pyright: ignore[reportPrivateUsage]
    "string": JsonStream._string,  # pyright: ignore[reportPrivateUsage]
    "number": JsonStream._number,  # pyright: ignore[reportPrivateUsage]
    "word": JsonStream._word,  # pyright: ignore[reportPrivateUsage]
    "after": JsonStream._after,  # pyright: ignore[reportPrivateUsage]
}
"""What is done with the next characters, by what they are expected to be."""
