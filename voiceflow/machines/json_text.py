"""A text of JSON as it arrives, from behind its first quote to its last: escapes, and characters cut in half.

Half of a surrogate pair, which nobody can write down or speak, becomes U+FFFD. Source: RFC 8259, section 7.
"""

from __future__ import annotations

import re
from typing import Final, Literal

import attrs

_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f\ud800-\udfff]+')
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_NO_HALF: Final = "\ufffd"


class NoText(Exception):
    """It is no text of JSON; says what was expected."""


@attrs.define
class JsonText:
    """Reads one text, cut anywhere."""

    closed: bool = attrs.field(default=False, init=False)
    """Whether its last quote has come."""
    _mode: Literal["plain", "escape", "unicode"] = attrs.field(default="plain", init=False)
    _parts: list[str] = attrs.field(factory=list[str], init=False)
    _untold: int = attrs.field(default=0, init=False)
    """The first of the parts that no piece has told yet."""
    _hex: str = attrs.field(default="", init=False)
    _high: int = attrs.field(default=0, init=False)
    """The first half of a surrogate pair, when the second may follow."""

    @property
    def whole(self) -> str:
        """What it says so far."""
        return "".join(self._parts)

    def piece(self) -> str:
        """What it says beyond the piece before."""
        told, self._untold = self._untold, len(self._parts)
        return "".join(self._parts[told:])

    def take(self, text: str, at: int, end: int) -> int:
        """Take some characters of text[at:end], at least one, and say how many.

        Raises:
            NoText: the first of them cannot stand there.
        """
        match self._mode:
            case "plain":
                return self._plain(text, at, end)
            case "escape":
                self._escape(text[at])
            case "unicode":
                self._unicode(text[at])
        return 1

    def _plain(self, text: str, at: int, end: int) -> int:
        plain = _PLAIN.match(text, at, end)
        if plain is not None:
            self._add(plain[0])
            return len(plain[0])
        char = text[at]
        if char == "\\":
            self._mode = "escape"
        elif char == '"':
            self._add("")
            self.closed = True
        elif char < " ":
            raise NoText("a text without control characters")
        else:
            self._add(_NO_HALF)
        return 1

    def _escape(self, char: str) -> None:
        if char == "u":
            self._mode, self._hex = "unicode", ""
        elif char in _ESCAPES:
            self._mode = "plain"
            self._add(_ESCAPES[char])
        else:
            raise NoText("an escape that JSON has")

    def _unicode(self, char: str) -> None:
        if char not in _HEX:
            raise NoText("four hexadecimal digits")
        self._hex += char
        if len(self._hex) == 4:
            self._mode = "plain"
            self._add_unit(int(self._hex, 16))

    def _add(self, text: str) -> None:
        if self._high:
            self._high = 0
            self._parts.append(_NO_HALF)
        if text:
            self._parts.append(text)

    def _add_unit(self, unit: int) -> None:
        """A code unit of UTF-16: a character, or half of one."""
        if self._high and 0xDC00 <= unit < 0xE000:
            high, self._high = self._high, 0
            self._parts.append(chr(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00)))
        elif 0xD800 <= unit < 0xDC00:
            self._add("")
            self._high = unit
        else:
            self._add(_NO_HALF if 0xDC00 <= unit < 0xE000 else chr(unit))
