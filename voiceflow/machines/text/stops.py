# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Does a sentence end at this full stop? It may belong to an abbreviation, an initial, an ordinal, an item's number."""

from __future__ import annotations

import re
import unicodedata

from voiceflow.machines.text.view import LOOK, View, next_word, word_before

_MARKER = re.compile(r"[\s(\[]*[•⁃‣▪●◦∙*-]?\s*(\d{1,3}|[a-zA-Z]|[ivx]{1,4})\Z")
_ELIDED = re.compile(r"[^\W\d_]{1,6}['’](?=[^\W\d_]{2})")
_ACRONYM = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,4}\Z")
_NUMBER = re.compile(r"[\d.,]*\d\Z")
_CLOCK = frozenset({"a.m", "p.m"})
_AFTER_CLOCK = frozenset(
    [
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february",
        "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "est",
        "edt", "et", "pst", "pdt", "pt", "cst", "cdt", "ct", "mst", "mdt", "mt", "gmt", "utc", "cet", "eastern",
        "pacific",
    ]
)  # fmt: skip


_LONG = 8  # letters: few abbreviations are as long, in any language
_VOWELS = frozenset("aeiouyáéíóúàèìòùâêîôûäëïöüąęåæøőűаеёиоуыэюяіїєαεηιουωάέήίόύώ")


def is_plain_end(view: View, at: int) -> bool:
    """Whether the full stop at `at`, white space behind it, ends a sentence whatever comes next.

    So it is behind a word that can be no abbreviation: one that ends in a vowel, or is long and has one near its end
    (in English, has one at all), is in no list, and has no spaced dots around it. Others wait for the next word.
    """
    word = word_before(view, at)
    low = word.lower()
    if len(word) < 4 or low in view.profile.listed or _is_marker(view, at):
        return False
    head = view.text[view.start : at]
    if " . " in head or head.startswith(". "):
        return False
    if not word.isascii() and not word.isalpha():
        marked = all(unicodedata.category(character)[0] in "LM" for character in word)
        return marked and low == word == word.upper()  # a script without cases, whose vowels are marks
    if not word.isalpha():
        return False
    if low == word.upper() or view.profile.language == "en":
        return low == word.upper() or (len(word) > 4 and not _VOWELS.isdisjoint(low))
    return low[-1] in _VOWELS or (len(word) >= _LONG and low[-2] in _VOWELS)


def full_stop(view: View, at: int, after: int, *, closed: bool) -> bool | None:
    """A single full stop, white space, then a capital, a digit or a letter of a script without cases."""
    listed, word = view.profile.listed, _ELIDED.sub("", word_before(view, at))
    low, digit = word.lower(), view.text[after].isdigit()
    if _is_marker(view, at):
        return False
    if not word or closed:
        return True
    if _NUMBER.match(word):
        return _number(view, word, after)
    if len(word) <= 2:
        if after + 1 >= len(view.text) and not view.ended:
            return None
        if view.profile.language != "en" and view.text[after + 1 : after + 2] == "." and not digit:
            return False  # "z. B."
        low = _spaced_acronym(view, at, low)
    if digit and low[-1:] in "°º":
        return False
    if view.profile.language == "de" and low.endswith("str"):
        low = "str"  # "Hauptstr. 5"
    if low in listed.counted:
        return not (digit or low in listed.never)
    if low in listed.never:
        return False
    if low in listed.may or (_ACRONYM.match(low) and len(low) < 12):
        return False if digit else _may_end(view, at, low, word, after)
    if len(low) == 1 and word.isalpha():
        return _initial(view, word, after)
    if low != word.lower():
        return False  # "s. r. o.", unlisted: single letters with stops and spaces
    return not (digit and len(word) <= 3 and word.isalpha() and view.profile.language != "en")


def _is_marker(view: View, at: int) -> bool:
    """Whether the segment up to the stop is nothing but an item's number: "1.", "• 9.", "a."."""
    head = view.text[view.start : min(at, view.start + LOOK)]
    return at - view.start < LOOK and _MARKER.match(head) is not None


def _spaced_acronym(view: View, at: int, low: str) -> str:
    """ "b" in "z. b." is "z.b"; anything else is itself."""
    tail = view.text[max(view.start, at - 16) : at].lower().split()
    while len(tail) > 1 and len(tail[-2]) <= 3 and tail[-2].endswith(".") and tail[-2] != ".":
        low = tail[-2].lstrip('(["„“') + low
        tail.pop(-2)
    return low


def _number(view: View, word: str, after: int) -> bool | None:
    if not view.profile.ordinal_dot or len(word) > 2 or not word.isdigit():
        return True
    if view.text[after].isdigit():
        return True
    follower = next_word(view, after)
    if follower is None:
        return None
    return follower in view.profile.starters if view.profile.starters else follower not in view.profile.months


def _may_end(view: View, at: int, low: str, word: str, after: int) -> bool | None:
    """An abbreviation that may close a sentence: the next word decides."""
    follower = next_word(view, after)
    if follower is None:
        return None
    if low in _CLOCK:
        long = len(view.text[max(view.start, at - 2 * LOOK) : at].split()) > 3
        return long and follower not in _AFTER_CLOCK and bool(follower)
    if not view.profile.starters or not follower:
        return True
    return follower in view.profile.starters


def _initial(view: View, word: str, after: int) -> bool | None:
    """A single letter: an initial of a name unless a word follows that begins sentences."""
    if word.islower() and view.profile.language == "en":
        return True
    follower = next_word(view, after)
    if follower is None:
        return None
    return follower in view.profile.starters and len(follower) > 1
