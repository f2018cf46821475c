# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Numbers and what belongs to them: when enough of the text is here for a verbaliser to read them aloud."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from voiceflow.machines.text.reader import Reader, Rule, Step, literal
from voiceflow.machines.text.scripts import is_spaceless

SPAN = 64  # characters: the longest expression that is read as one (a phone number, a date with its time)
CURRENCY = "$€£¥￥₹₽₩₺₴₪฿₫₦₱₡₲₵₸₾"
SIGNS = "+-−–±~≈#№§"
_MARKS = "*_~"
# A word with digits in it, up to what is written without spaces: "MP3", "1.2.3", "x_2".
_NAME = re.compile(
    r"(?=[\u0000-\u0dff\u10a0-\u10ff\u1200-\u137f\uac00-\ud7af])\w(?:(?=[\u0000-\u0dff])\w|[._](?=[\u0000-\u0dff](?<=\w)))*"
)
_LINE_NUMBER = re.compile(r"\d{1,3}[.)](?=[ \t])")
_LETTERS_LEAD = re.compile(r"[A-Z]{1,2}\$ ?\d")
_WHITE = re.compile(r"\s")
_ITEM = re.compile(r"\d{1,2}\)")
# The expression's first word, more words while they hold digits or join numbers, and what may belong to it behind:
# a word (a unit, a month, "million") and, where that is followed by digits (a year), those; "de mayo de 2024". No part
# may match the same text in two ways: a failure would try all combinations of them.
_GAP = r"[ \u00a0\u202f]+"
_JOINING = r"de|of|Tsd\.|Mio\.|Mrd\.|mln|mld|tys\.|тыс\.|тис\.|млн|млрд"  # words that say little without the next
_ENOUGH = re.compile(
    rf"\S+(?:{_GAP}(?:[^\s\d]*\d\S*|[-–—:/x×]|[$€£¥￥₹₽₩₺₴₪฿₫]))*+"
    rf"(?:\s*\n|{_GAP}(?!(?:{_JOINING}|[-–—:/x×])\s)[^\s\d]\S*(?:\n|{_GAP}[^\s\d]|{_GAP}(?!\d{{4}}\s)\d\S*\s|{_GAP}\d{{4}}(?:\s*\n|{_GAP}\S+\s))"
    rf"|{_GAP}(?:{_JOINING}){_GAP}\S+(?:\n|{_GAP}(?:(?!de)\S\S\s?|de{_GAP}\S+\s|\d\S*\s|\S\s)))"
)
_HEAD = r"(?:[^\s\d]{1,3}[ \u00a0])?"  # "€ 5", "USD 5"
_CLOSED = re.compile(_HEAD + r"[^\s]*[\d%°][)\]\"'”»*_]*[!?;,:][)\]\"'”»*_]*\s")
_STOPPED = re.compile(_HEAD + r"[^\s]*[\d%°][)\]\"'”»*_]*[.!?;,:][)\]\"'”»*_]*\s")


class Verbaliser(Protocol):
    """Reads numbers and signs aloud in one language. A plain value: it keeps nothing from call to call."""

    @property
    def symbols(self) -> Mapping[str, str]:
        """Signs that are words by themselves ("&": "and")."""
        ...

    @property
    def ordinal_dot(self) -> bool:
        """Whether "3." may be an ordinal, so that a full stop behind a number does not end it."""
        ...

    @property
    def signs(self) -> str:
        """Signs that a number begins with in this language, besides currency signs and `SIGNS` ("%50")."""
        ...

    @property
    def heads(self) -> frozenset[str]:
        """Letters that a number may begin with: those before a dollar sign with it ("US$"), and words ("EUR")."""
        ...

    def read(self, window: str, before: str) -> tuple[int, str] | None:
        """Read the expression that `window` begins with.

        `before` is the last of the text before it (at most 24 characters). The answer is how many characters
        were read and what to say for them; None leaves them as they are written.
        """
        ...


def number(reader: Reader, at: int, verbaliser: Verbaliser, ordinal_dot: bool) -> Step | None:
    """A digit, currency sign or sign: read what begins here once all of it is in hand."""
    text = reader.text
    if reader.waits == at + reader.base and not _is_news(reader, at):
        return None
    start = len(text[max(0, at - 3) : at].rstrip(_MARKS)) + max(0, at - 3)  # marks of Markdown are no part of it
    before = reader.before(start)
    joined = before in "-–'’" and text[start - 2 : start - 1].isdigit() if before else False
    if before and (joined or before.isalnum() or before in "_@/\\#.,:=&^*%" + CURRENCY) and not is_spaceless(before):
        return _leave(reader, at)
    if not text[at].isalnum():
        if reader.lacks(at + (5 if text[at + 1 : at + 2].isupper() else 3)):
            return None
        if not _leads(text, at):
            return literal(at)
    if reader.line_start(at):
        if reader.lacks(at + 5):
            return None
        if found := _LINE_NUMBER.match(text, at, at + 6):
            return _line_number(reader, at, found.end(), verbaliser, ordinal_dot)
    if (found := _ITEM.match(text, at, at + 4)) and text.rfind("(", max(0, at - SPAN), at) <= text.rfind(
        ")", max(0, at - SPAN), at
    ):
        return found.end(), None  # "2)" within a line
    window = _window(reader, at, ordinal_dot)
    if window is None:
        return None
    answer = verbaliser.read(window, text[max(0, start - 24) : start])
    if answer is None:
        return _leave(reader, at)
    stop, spoken = at + answer[0], answer[1]
    if not text[stop - 1].isalpha() or text[stop - 2] == "°":  # "°C" is cut short by no stop
        return stop, spoken
    if reader.lacks(stop + 2):
        return None
    cut_short = (
        text[stop : stop + 1] == "." and text[stop + 1 : stop + 2] == " " and text[stop + 2 : stop + 3].islower()
    )
    return stop + cut_short, spoken  # "5 min. de": the stop is the abbreviation's


def _is_news(reader: Reader, at: int) -> bool:
    """Whether what came since the rule had to wait may decide: only with white space does anything end here."""
    if reader.ended or len(reader.text) - at >= SPAN:
        return True
    return _WHITE.search(reader.text, max(at, reader.seen - reader.base - 2)) is not None


def _line_number(reader: Reader, at: int, stop: int, verbaliser: Verbaliser, ordinal_dot: bool) -> Step | None:
    """ "1. " at the start of a line is an item's number and stays, unless it begins a date ("3. Mai")."""
    window = _window(reader, at, ordinal_dot)
    if window is None:
        return None
    answer = verbaliser.read(window, "")
    return (at + answer[0], answer[1]) if answer is not None and answer[0] > stop - at else (stop, None)


def _leads(text: str, at: int) -> bool:
    """Whether the sign at `at` belongs to a number that follows."""
    if text[at] in CURRENCY:
        return text[at + 1 : at + 4].lstrip(" \u00a0-−")[:1].isdigit()
    return text[at + 1 : at + 3].lstrip(CURRENCY)[:1].isdigit() or _LETTERS_LEAD.match(text, at + 1, at + 6) is not None


def _window(reader: Reader, at: int, ordinal_dot: bool) -> str | None:
    window = reader.text[at : at + SPAN]
    closed = _CLOSED if ordinal_dot else _STOPPED
    if found := closed.match(window) or _ENOUGH.match(window):
        stop = found.end()
        while not window[stop - 1].isspace() and window[stop - 1] not in CURRENCY:
            stop -= 1  # the beginning of a word is no word: "€5 b" may be "€5 but"
        return window[:stop]  # also where more is here: it might not have been
    if reader.ended or len(window) == SPAN:
        return window
    reader.waits, reader.seen = at + reader.base, len(reader.text) + reader.base
    return None


def _leave(reader: Reader, at: int) -> Step | None:
    """Leave the whole word that begins or goes on with a digit here as it is written; a sign alone is no word."""
    if not reader.text[at].isalnum():
        return literal(at)
    found = _NAME.match(reader.text, at, at + SPAN)
    stop = found.end() if found is not None else at + 1
    if reader.lacks(stop + 1) and stop - at < SPAN:
        return None
    return stop, None


class Heads:
    """Letters before a number that belong to it: they are held until it is known whether it comes."""

    def __init__(self, words: frozenset[str]) -> None:
        signs = sorted((word[:-1] for word in words if word.endswith("$")), key=len, reverse=True)
        plain_words = sorted((word for word in words if not word.endswith("$")), key=len, reverse=True)
        parts = {word[:size] for word in words for size in range(1, len(word) + 1) if not word[:size].endswith("$")}
        sign, word, part = ("|".join(map(re.escape, each)) or "(?!)" for each in (signs, plain_words, sorted(parts)))
        self.firsts = "".join(sorted({word[0] for word in words}))
        self._lasts = frozenset(part[-1] for part in parts)
        self._sign = re.compile(rf"(?<!\w)(?:{sign})\Z")
        self._word = re.compile(rf"(?<!\w)(?:{word})[ \u00a0]?\Z")
        dotted = "|".join(re.escape(word[:-1]) for word in plain_words if word.endswith(".")) or "(?!)"
        self._dotted = re.compile(rf"(?<!\w)(?:{dotted})(?=\.[ \u00a0]?(?:\d|\Z))")
        self._part = re.compile(rf"(?<!\w)(?:{part}|(?:{word})[ \u00a0])\Z")
        self._whole = re.compile(rf"(?:{sign})(?=\$)|(?:{word})[ \u00a0]?(?=\d)")
        self._longest = max(map(len, words), default=0) + 1

    def may_end(self, text: str) -> bool:
        """Whether the beginning of such letters stands at the end of a text: a cheap look at its last two first."""
        last = text[-2:-1] if text[-1] in " \u00a0" else text[-1]
        return last in self._lasts and self._part.search(text, max(0, len(text) - self._longest)) is not None

    def begin(self, text: str, start: int, stop: int, *, ended: bool) -> int:
        """Where the letters begin that belong to the number at `stop`, or wait for one there; else `stop`."""
        low = max(start, stop - self._longest)
        if stop == len(text):
            found = None if ended else self._part.search(text, low, stop)
        elif text[stop] == ".":
            found = self._dotted.search(text, low, stop + 3)
            found = found if found is not None and found.end() == stop else None
        else:
            pattern = self._sign if text[stop] == "$" else self._word if text[stop].isdigit() else None
            found = None if pattern is None else pattern.search(text, low, stop)
        return stop if found is None else found.start()

    def rule(self, number: Rule) -> Rule:
        """The rule for the letters where they are looked at one by one anyway."""

        def rule(reader: Reader, at: int) -> Step | None:
            if reader.before(at).isalnum():
                return literal(at)
            if self._whole.match(reader.text, at):
                return number(reader, at)
            return None if not reader.ended and self._part.match(reader.text, at) else literal(at)

        return rule


def number_rule(verbaliser: Verbaliser) -> Rule:
    ordinal_dot = verbaliser.ordinal_dot
    return lambda reader, at: number(reader, at, verbaliser, ordinal_dot)


def symbol_rule(words: Mapping[str, str]) -> Rule:
    """Signs between words: "&" is "and". Inside a word ("AT&T", "a=b") they stay."""

    def rule(reader: Reader, at: int) -> Step | None:
        if reader.lacks(at + 1):
            return None
        before, after = reader.before(at), reader.text[at + 1 : at + 2]
        free = (not before or before.isspace()) and (not after or after.isspace())
        return (at + 1, words[reader.text[at]]) if free else literal(at)

    return rule
