# ruff: noqa: RUF001 (signs of many scripts are what this file is about)
"""Numbers and what belongs to them: when enough of the text is here for a verbaliser to read them aloud."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from voiceflow.machines.text.reader import Reader, Rule, Step, literal

SPAN = 64  # characters: the longest expression that is read as one (a phone number, a date with its time)
CURRENCY = "$€£¥₹₽₩₺₴₪฿₫₦₱₡₲₵₸₾"
SIGNS = "+-−±~≈#№§"
_LINE_NUMBER = re.compile(r"\d{1,3}[.)](?=[ \t])")
# The expression's first word, more words while they hold digits or join numbers, and one whole word after it.
_ENOUGH = re.compile(
    r"\S+(?:[ \u00a0\u202f]+(?:\S*\d\S*|[-–—:/x×]|[$€£¥₹₽₩₺₴₪฿₫]))*"
    r"(?:\s*\n|[ \u00a0\u202f]+[^\s\d]\S*[ \u00a0\u202f]+\S|[ \u00a0\u202f]+[^\s\d]\S*\n)"
)
_CLOSED = re.compile(r"[^\s]*[\d%°][)\]\"'”»]*[!?;,:][)\]\"'”»]*\s")


class Verbaliser(Protocol):
    """Reads numbers and signs aloud in one language. A plain value: it keeps nothing from call to call."""

    @property
    def symbols(self) -> Mapping[str, str]:
        """Signs that are words by themselves ("&": "and")."""
        ...

    def read(self, window: str, before: str) -> tuple[int, str] | None:
        """Read the expression that `window` begins with.

        `before` is the last of the text before it (at most 24 characters). The answer is how many characters
        were read and what to say for them; None leaves them as they are written.
        """
        ...


def number(reader: Reader, at: int, verbaliser: Verbaliser) -> Step | None:
    """A digit, currency sign or sign: read what begins here once all of it is in hand."""
    text, before = reader.text, reader.before(at)
    if before and (before.isalnum() or before in "_@/\\#.,:=&^"):
        return _leave(reader, at)
    if text[at] in SIGNS + CURRENCY:
        if reader.lacks(at + 1):
            return None
        if not _leads(text, at):
            return literal(at)
    if reader.line_start(at):
        if reader.lacks(at + 5):
            return None
        if found := _LINE_NUMBER.match(text, at):
            return found.end(), None  # the number of a list's item
    window = _window(reader, at)
    if window is None:
        return None
    answer = verbaliser.read(window, text[max(0, at - 24) : at])
    if answer is None:
        return _leave(reader, at)
    size, spoken = answer
    return at + size, spoken


def _leads(text: str, at: int) -> bool:
    """Whether the sign at `at` belongs to a number that follows."""
    rest = text[at + 1 : at + 4].lstrip(" \u00a0" + CURRENCY if text[at] not in CURRENCY else " \u00a0-−")
    return rest[:1].isdigit() and not text[at + 1 : at + 2].isspace()


def _window(reader: Reader, at: int) -> str | None:
    window = reader.text[at : at + SPAN]
    if reader.ended or len(window) == SPAN:
        return window
    if found := _ENOUGH.match(window) or _CLOSED.match(window):
        return window[: found.end()]
    return None


def _leave(reader: Reader, at: int) -> Step | None:
    """Leave the whole word that begins or goes on here as it is written."""
    stop = at + 1
    while stop < len(reader.text) and stop - at < SPAN and (reader.text[stop].isalnum() or reader.text[stop] in "_."):
        stop += 1
    return (at + 1, None) if stop - at < 2 else (stop - (reader.text[stop - 1] == "."), None)


def number_rule(verbaliser: Verbaliser) -> Rule:
    return lambda reader, at: number(reader, at, verbaliser)


def symbol_rule(words: Mapping[str, str]) -> Rule:
    """Signs between words: "&" is "and". Inside a word ("AT&T", "a=b") they stay."""

    def rule(reader: Reader, at: int) -> Step | None:
        if reader.lacks(at + 1):
            return None
        before, after = reader.before(at), reader.text[at + 1 : at + 2]
        free = (not before or before.isspace()) and (not after or after.isspace())
        return (at + 1, words[reader.text[at]]) if free else literal(at)

    return rule
