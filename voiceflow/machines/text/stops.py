# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Does a sentence end at this full stop? It may belong to an abbreviation, an initial, an ordinal, an item's number."""

from __future__ import annotations

import re
import unicodedata

from voiceflow.machines.text.view import LOOK, View, next_word, word_before

_MARKER = re.compile(r"[\s(\[]*[•⁃‣▪●◦∙*-]?\s*(\d{1,3}|[a-zA-Z]|[ivx]{1,4})\Z")
_ELIDED = re.compile(r"[^\W\d_]{1,6}['’](?=[^\W\d_]{2})")
_ACRONYM = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,4}\Z")
_DOUBLE = re.compile(r"(?:[^\W\d_]\.-)+[^\W\d_]\Z")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,5}\.)+[^\W\d_]{1,5}\Z")
_ROMAN = re.compile(r"[IVXLC]{1,7}")
_DANDA = frozenset({"as", "bgc", "bn", "hi", "mai", "ne", "or", "pa", "sa"})  # a full stop ends no sentence in these
_UNITS = frozenset(
    {"h", "m", "g", "l", "s", "km", "kg", "cm", "mm", "ml", "min", "zł", "м", "л", "км", "кг", "см", "мм"}
)
# Between a number and what it counts.
_MAGNITUDES = frozenset({"mio", "mrd", "tsd", "mia", "mld", "mln", "tys", "тыс", "млн", "млрд", "тис", "mil", "milj"})
_YEARS = frozenset({"r", "г", "р", "ж"})  # behind a number: "in the year"
_DATE = re.compile(r"\d{1,2}\.(?=\s|\Z)")
_NUMBER = re.compile(r"[\d.,]*\d\Z")
_CLOCK = frozenset({"a.m", "p.m", "π.μ", "μ.μ"})
_AFTER_CLOCK = frozenset(
    [
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february",
        "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "est",
        "edt", "et", "pst", "pdt", "pt", "cst", "cdt", "ct", "mst", "mdt", "mt", "gmt", "utc", "cet", "eastern",
        "pacific",
    ]
)  # fmt: skip


# "and so on": a capital behind them begins a sentence, whatever the word.
_CLOSERS = frozenset(
    ["etc", "usw", "usf", "u.s.w", "osv", "o.s.v", "enz", "ens", "ecc", "itd", "itp", "atd", "atp", "apod",
     "atď", "ipd", "stb", "jne", "yms", "т.д", "т.п", "ін", "кв.м", "куб.м", "κλπ", "κ.λπ", "κ.ά", "dll", "dsb",
     "ș.a.m.d", "vb", "utt", "m.m", "m.v", "m.fl"]
)  # fmt: skip
_LONG = 8  # letters: few abbreviations are as long, in any language
# Cut short words of four letters that look whole, of English and of what is taken for it where no language is named.
_CUT_SHORT = frozenset(
    ["univ", "dept", "misc", "temp", "appt", "orig", "elev", "assn", "govt", "inst", "figs", "vols", "tech", "abbr",
     "evtl", "inkl", "exkl", "aufl", "allg", "resp", "masc", "dott"]
)  # fmt: skip
_VOWELS = frozenset("ãõőűůaeiouyáéíóúàèìòùâêîôûäëïöüąęåæøőűаеёиоуыэюяіїєαεηιουωάέήίόύώ")


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
    if not word.isalpha() or (word.isupper() and low != word):
        return False  # a Roman number, an acronym
    if low == word.upper() or view.profile.language == "en":
        return low == word.upper() or not (_VOWELS.isdisjoint(low) or low in _CUT_SHORT)
    return low[-1] in _VOWELS or (len(word) >= _LONG and low[-2] in _VOWELS)


def full_stop(view: View, at: int, after: int, *, closed: bool) -> bool | None:
    """A single full stop, white space, then a capital, a digit or a letter of a script without cases."""
    listed, word = view.profile.listed, _ELIDED.sub("", word_before(view, at))
    low, digit = word.lower(), view.text[after].isdigit()
    if digit and low.rsplit("-", 1)[-1] in listed.counted:
        return False  # "Los-Nr. 5"
    if _is_marker(view, at):
        return False
    if not word or closed:
        return True
    if _NUMBER.match(word):
        return _number(view, at, word, after)
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
    if low in _UNITS and (len(low) > 1 or not digit) and _behind_number(view, at):
        return True  # "It weighs 5 g. Then": elsewhere such letters are titles
    if low in _YEARS and not digit and _behind_number(view, at) and _is_late(view, at):
        return True  # "... in 1990. Then": at the beginning of a sentence a name may follow
    if low in listed.counted:
        counts = digit or _roman(view, after)
        if counts is None or counts or low in listed.never:
            return None if counts is None else False
        return _initial(view, word, after) if len(word) == 1 and word.isupper() else True  # "p. 5", but "Jens P. Ek"
    if low in _CLOSERS and low in listed:
        return not digit
    if low in listed.never:
        return False
    if low in listed.may or _is_acronym(low, view.profile.language):
        return False if digit else _may_end(view, at, low, word, after)
    if _DOUBLE.match(word):
        return _initial(view, word.upper(), after)  # "J.-P. Martin"
    if len(low) == 1 and word.isalpha():
        if word in "CF" and _before(view, at).endswith("°"):
            return True
        return _initial(view, word, after)
    return low == word.lower()  # else "s. r. o.", unlisted: single letters with stops and spaces


def _is_marker(view: View, at: int) -> bool:
    """Whether the segment up to the stop is nothing but an item's number: "1.", "• 9.", "a."."""
    head = view.text[view.start : min(at, view.start + LOOK)]
    return at - view.start < LOOK and _MARKER.match(head) is not None


def _before(view: View, at: int) -> str:
    """The token before the one that ends at `at`, in small letters; "" if there is none near."""
    tokens = view.text[max(view.start, at - LOOK) : at].lower().split()
    return tokens[-2] if len(tokens) > 1 else ""


def _behind_number(view: View, at: int) -> bool:
    """Whether the word that ends at `at` counts: "5 km", "5 mln zł", "40° C"."""
    before = _before(view, at)
    return before[-1:].isdigit() or before.endswith("°") or before.rstrip(".") in _MAGNITUDES


def _is_late(view: View, at: int) -> bool:
    return len(view.text[max(view.start, at - 2 * LOOK) : at].split()) > 4


def _counted_before(view: View, at: int) -> bool:
    """Whether the number that ends at `at` belongs to the word before it ("no. 5", "Hauptstr. 12"): no ordinal."""
    word, listed = _before(view, at), view.profile.listed
    known = listed if view.profile.months else listed.counted
    return word.endswith(".") and (word[:-1] in known or word.endswith("str."))


def _roman(view: View, after: int) -> bool | None:
    """Whether a Roman number begins at `after`: "sec. XIX"."""
    found = _ROMAN.match(view.text, after, after + 8)
    if found is None:
        return False
    if found.end() >= len(view.text):
        return True if view.ended else None
    return not view.text[found.end()].isalnum()


def _is_acronym(low: str, language: str) -> bool:
    """ "u.s", "a.m"; in other languages words are cut short as well: "cand.jur"."""
    return len(low) < 12 and (_ACRONYM if language == "en" else _DOTTED).match(low) is not None


def _spaced_acronym(view: View, at: int, low: str) -> str:
    """ "b" in "z. b." is "z.b"; anything else is itself."""
    tail = view.text[max(view.start, at - 16) : at].lower().split()
    while len(tail) > 1 and len(tail[-2]) <= 3 and tail[-2].endswith(".") and tail[-2] != ".":
        low = tail[-2].lstrip('(["„“') + low
        tail.pop(-2)
    return low


def _number(view: View, at: int, word: str, after: int) -> bool | None:
    if not view.profile.ordinal_dot or len(word) > 2 or not word.isdigit():
        return True
    before = _before(view, at)
    if len(word) == len(before) == 1 and before.isdigit():
        return True  # digits one by one: "4 8 2 9"
    if view.text[after].isdigit():
        return _is_no_date(view, at, after)
    follower, months = next_word(view, after), view.profile.months
    if follower is None:
        return None
    if follower not in months and _counted_before(view, at):
        return True
    return follower in view.profile.starters if view.profile.starters else follower not in months


def _is_no_date(view: View, at: int, after: int) -> bool | None:
    """Whether digits behind "31. " begin something new: no month in digits ("31. 12. 2020"), no year behind one."""
    follower = next_word(view, after)
    if follower is None:
        return None
    stop = after + len(follower)
    if len(follower) == 4 and _DATE.fullmatch(_before(view, at)):
        return False
    return not (len(follower) < 3 and view.text[stop : stop + 1] == ".")


def _may_end(view: View, at: int, low: str, word: str, after: int) -> bool | None:
    """An abbreviation that may close a sentence: the next word decides."""
    follower = next_word(view, after)
    if follower is None:
        return None
    if low in _CLOCK:
        long = len(view.text[max(view.start, at - 2 * LOOK) : at].split()) > 3
        return long and follower not in _AFTER_CLOCK and bool(follower)
    if view.profile.language in _DANDA:
        return False
    if low in _MAGNITUDES and not follower:
        return False  # "5 Mio. €"
    if not view.profile.starters or not follower:
        return True
    unit = (
        len(low) > 1
        and low.isalpha()
        and low not in _MAGNITUDES
        and view.profile.language != "en"
        and _behind_number(view, at)
    )
    if unit and not view.text[after : after + 2].isupper():
        return True  # "100 Kr. Alles": but "100 doll. USA"
    return follower in view.profile.starters


def _initial(view: View, word: str, after: int) -> bool | None:
    """A single letter: an initial of a name unless a word follows that begins sentences."""
    if word.islower() and view.profile.language == "en":
        return True
    follower = next_word(view, after)
    if follower is None:
        return None
    return follower in view.profile.starters and len(follower) > 1
