# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Rules for single characters and words: emoji, punctuation, addresses, glosses, and words to say otherwise."""

from __future__ import annotations

import re
from collections.abc import Mapping

from voiceflow.machines.text.reader import HOLD, Reader, Rule, Step, literal
from voiceflow.machines.text.scripts import detect_script, is_spaceless, script_of

# Emoji and pictographs (blocks of Unicode 16), their modifiers, joiners and tags; as a class of a pattern.
EMOJI = (
    "\u200d\u20e3\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\ufe0e\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f"
)
# Controls, directional marks, soft hyphen, zero-width space, surrogates and the replacement character.
UNSPEAKABLE = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffc\ufffd"
    "\ud800-\udfff"
)
_PICTURE = re.compile(f"[{EMOJI}]")
_MUTE = re.compile(f"[{UNSPEAKABLE}]")
_DOTS = re.compile(r"\.+")
_DASHES = re.compile(r"-+")
_MARKS = re.compile(r"[!?]+")
_LETTERS = r"[A-Za-z0-9_\u00c0-\u024f'’&.-]*"  # and what stands within words; a script without spaces may follow
_LATIN = re.compile(rf"[A-Za-z]{_LETTERS}(?:[ ][A-Za-z]{_LETTERS})*[ ]?")
_SPAN = 60  # characters: the longest run of Latin words, and the longest gloss


def picture(reader: Reader, at: int) -> Step:
    """Emoji go. A joiner inside a word of an Indic or Arabic script is a letter and stays."""
    character = reader.text[at]
    joins = character == "\u200d" and script_of(reader.before(at) or " ")
    return literal(at) if joins or not _PICTURE.match(character) else (at + 1, "")


def unspeakable(reader: Reader, at: int) -> Step:
    """Control characters and marks without a sound or width go."""
    return (at + 1, "") if _MUTE.match(reader.text[at]) else literal(at)


def address(reader: Reader, at: int) -> Step | None:
    """`://`, and `@` inside a word: what stands there up to the next white space is said as it stands."""
    if reader.lacks(at + 1):
        return None
    text = reader.text
    web = text[at] == "/" and reader.before(at) == ":" and text[at + 1 : at + 2] == "/"
    mail = text[at] == "@" and reader.before(at).isalnum() and text[at + 1 : at + 2].isalnum()
    reader.token = reader.token or web or mail
    return literal(at)


def dots(reader: Reader, at: int) -> Step | None:
    found = _DOTS.match(reader.text, at, at + HOLD)
    stop = found.end() if found else at + 1
    if reader.lacks(stop) and stop - at < HOLD:
        return None
    return (stop, "…") if stop - at >= 3 else (stop, None)


def dashes(reader: Reader, at: int) -> Step | None:
    """`--` and a hyphen between spaces are dashes. "5 - 3" stays."""
    found = _DASHES.match(reader.text, at, at + HOLD)
    stop = found.end() if found else at + 1
    if reader.lacks(stop + 1) and stop - at < HOLD:
        return None
    before, after = reader.before(at), reader.text[stop : stop + 1]
    if stop - at in (2, 3) and before.isalpha() and (after.isalpha() or after.isspace()):
        return stop, "—"
    spaced = before == " " and after == " " and stop - at <= 3
    number = reader.text[max(0, at - 2) : at - 1].isdigit() and reader.text[stop + 1 : stop + 2].isdigit()
    return (stop, "—") if spaced and not number and not reader.line_start(at) else (stop, None)


def repeated(reader: Reader, at: int) -> Step | None:
    """ "!!!" is "!", "?!?!" is "?!"."""
    found = _MARKS.match(reader.text, at, at + HOLD)
    stop = found.end() if found else at + 1
    if reader.lacks(stop) and stop - at < HOLD:
        return None
    kinds = "".join(dict.fromkeys(reader.text[at:stop]))
    return (stop, kinds) if len(kinds) < stop - at else (stop, None)


def gloss(reader: Reader, at: int, script: frozenset[str]) -> Step | None:
    """ "Namaste (नमस्ते)" in a language of another script: the gloss alone, for as many words as it has."""
    if reader.before(at).isalnum():
        return literal(at)
    found = _LATIN.match(reader.text, at, at + _SPAN)
    stop = found.end() if found else at + 1
    if reader.lacks(stop) and stop - at < _SPAN:
        return None
    if reader.text[stop : stop + 1] != "(":
        return stop, None
    close = reader.text.find(")", stop, stop + _SPAN)
    if close < 0:
        waits = len(reader.text) < stop + _SPAN and not reader.ended and "\n" not in reader.text[stop:]
        return None if waits else (stop, None)
    inner = reader.text[stop + 1 : close].strip()
    if detect_script(inner) not in script:
        return stop, None
    words = [match.start() for match in re.finditer(r"\S+", reader.text[at:stop])]
    count = max(1, len(inner.split())) if not is_spaceless(inner[0]) else len(words)
    if len(words) > count:
        return at + words[-count], None
    return close + 1, inner


def gloss_rule(script: frozenset[str]) -> Rule:
    return lambda reader, at: gloss(reader, at, script)


class Dictionary:
    """Words and phrases with their spoken form. Case counts only where an entry has a capital letter.

    The longest entry wins. An entry is found only where it stands as a word of its own (in scripts that are
    written without spaces, anywhere).
    """

    def __init__(self, entries: Mapping[str, str]) -> None:
        self._spoken = dict(entries)
        self._longest = max(map(len, entries), default=0)
        order = sorted(entries, key=len, reverse=True)
        parts = [f"(?:{self._pattern(entry)})" for entry in order]
        self._found = re.compile("|".join(f"({part})" for part in parts) or r"(?!)")
        self._order = order
        both = (entry[0] for entry in order)
        self.starts = "".join(
            dict.fromkeys(c for first in both for c in (first, first.lower(), first.upper()) if len(c) == 1)
        )

    @staticmethod
    def _pattern(entry: str) -> str:
        plain = re.escape(entry) if entry != entry.lower() else f"(?i:{re.escape(entry)})"
        return plain + (r"(?!\w)" if entry[-1].isalnum() and not is_spaceless(entry[-1]) else "")

    def rule(self, reader: Reader, at: int) -> Step | None:
        """The rule for every character that an entry begins with."""
        first = reader.text[at]
        if first.isalnum() and not is_spaceless(first) and (reader.before(at).isalnum() or reader.before(at) == "_"):
            return literal(at)
        if reader.lacks(at + self._longest) and self._open(reader, at):
            return None
        found = self._found.match(reader.text, at, at + self._longest + 1)
        if found is None or found.lastindex is None:
            return literal(at)
        return found.end(), self._spoken[self._order[found.lastindex - 1]]

    def _open(self, reader: Reader, at: int) -> bool:
        rest = reader.text[at:]
        low = rest.lower()
        return any(entry.startswith(rest) or entry.lower().startswith(low) for entry in self._order)
