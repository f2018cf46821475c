# ruff: noqa: RUF001, RUF002 (marks and letters of many scripts)
"""Dates and ordinals read aloud."""

from __future__ import annotations

import re

from voiceflow.machines.text.profiles import profile
from voiceflow.text import counting, names

Answer = tuple[int, str]

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?![\w-])")
_NUMERIC = re.compile(r"(\d{1,2})([/-]|\. ?)(\d{1,2})\2(\d{4})(?![\w./-]\w|\w)")
_DAY_MONTH = re.compile(
    r"(\d{1,2})(\.?[º°]|\.|er|st|nd|rd|th)?(?: of| de)? ([^\W\d_]{3,})\.?(?:,? (?:de |del )?(\d{4})(?![\w-]|[.,]\d))?"
)
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?(?![\w:%]|[.,/-]\d)")
_SHORT = re.compile(r"(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.(?![\w.])")
_OF_YEAR = {"pl": "roku", "uk": "року"}
_YEAR_MARK = {
    "uk": re.compile(r" (?:р\b\.?|року\b)"),
    "pl": re.compile(r" r\b\.?"),
    "ru": re.compile(r" (?:г\b\.?|года\b)"),
}
# The ordinal comes first in a date in these; elsewhere the day is a plain number.
_ORDINAL_DAYS = frozenset(["en", "de", "da", "sv", "nb", "fi", "pl", "ru", "uk"])
# Languages where the day of a date is an ordinal in a case that nothing here knows.
_INFLECTED_DAYS = frozenset(["cs", "sk", "sl", "hr", "sr", "lt", "lv", "be", "bg", "mk", "kk", "is", "et"])
_SUFFIXES = {
    "en": re.compile(r"(\d{1,6})(st|nd|rd|th)\b"), "fr": re.compile(r"(\d{1,6})(ers?|res?|ères?|es?|èmes?|nde?s?)\b"),
    "nl": re.compile(r"(\d{1,6})(ste|de|e)\b"), "es": re.compile(r"(\d{1,4})\.?(er|[ºª°])(?!\w)"),
    "it": re.compile(r"(\d{1,4})\.?([ºª°])(?!\w| ?[CF]\b)"), "pt": re.compile(r"(\d{1,4})\.?([ºª°])(?!\w| ?[CF]\b)"),
    "tr": re.compile(r"(\d{1,6})['’]((?:[iıuü]?n)?c[iıuü])\b"),
    "sv": re.compile(r"(\d{1,6})(:[ae])\b"), "ru": re.compile(r"(\d{1,6})-(й|ый|ой|я|ая|е|ое|го|ого|му|ому|м|ом)\b"),
}  # fmt: skip
_DOTTED = re.compile(r"(\d{1,2})\. (?=[^\W\d_])")
_GERMAN_OBLIQUE = frozenset(["am", "vom", "zum", "im", "dem", "den", "des", "beim", "bis", "ab", "seit"])


def date(window: str, before: str, language: str) -> Answer | None:
    """ "2024-05-03", "3.5.2024", "3 May 2024", and "5, 2024" after "May"."""
    if not window[:1].isdigit():
        return None
    if language in _INFLECTED_DAYS:
        found = _ISO.match(window) or _NUMERIC.match(window)
        day_month = None if found is not None else _DAY_MONTH.match(window)
        if day_month is not None and day_month.group(3).lower() in names.months(language):
            found = day_month
        return None if found is None else (found.end(), found.group())  # left whole, as it is written
    if found := _ISO.match(window):
        return _said(found.end(), int(found.group(3)), int(found.group(2)), int(found.group(1)), language, before)
    if language == "de" and (found := _SHORT.match(window)):
        return _short_german(window, found, before)
    if found := _NUMERIC.match(window):
        day, month = int(found.group(1)), int(found.group(3))
        if month > 12 or not (names.day_first(language) or day > 12):
            day, month = month, day
        size = _past_year_mark(window, found.end(), language)
        return _said(size, day, month, int(found.group(4)), language, before)
    if found := _DAY_MONTH.match(window):
        month_number = names.months(language).get(found.group(3).lower())
        if month_number is not None and (found.group(2) in (None, ".") or language in ("en", "fr", "es", "it", "pt")):
            return _written(window, found, language, before)
    return _after_month(window, before, language)


def _past_year_mark(window: str, size: int, language: str) -> int:
    """Over the mark of a year behind a date ("r.", "г."), which is in the words for it."""
    mark = _YEAR_MARK[language].match(window, size) if language in _YEAR_MARK else None
    if mark is None:
        return size
    after = window[mark.end() :].lstrip()[:1]
    return mark.end() - (mark.group().endswith(".") and not (after.islower() or after == ","))


def _short_german(window: str, found: re.Match[str], before: str) -> Answer | None:
    """ "30.11." behind "am" and the like, or before a small letter: elsewhere it may be a number and a full stop."""
    last = before.split()[-1].lower() if before.split() else ""
    after = window[found.end() :].lstrip()[:1]
    if not (last in _GERMAN_OBLIQUE | {"der", "den"} or after.islower() or after == ","):
        return None
    day, name = _day(int(found.group(1)), "de", before), names.month_name(int(found.group(2)), "de")
    stop = found.end() if after.islower() or after == "," else found.end() - 1
    return None if day is None or name is None else (stop, f"{day} {name}")


def _after_month(window: str, before: str, language: str) -> Answer | None:
    """English puts the day behind the month."""
    words = before.split() if language == "en" and before.endswith(" ") else []
    if not words:
        return None
    if words[-1].lower().strip(".") not in names.months("en") or words[-1] in ("may", "march"):
        return None
    found = _DAY.match(window)
    if found is None or not 0 < int(found.group(1)) < 32:
        return None
    day, year = counting.ordinal(int(found.group(1)), "en"), found.group(2)
    return found.end(), f"{day}, {counting.year(int(year), 'en')}" if year else str(day)


def _said(size: int, day: int, month: int, year: int, language: str, before: str) -> Answer | None:
    if not (0 < month < 13 and 0 < day < 32):
        return None
    name = names.month_name(month, language)
    spoken_day, spoken_year = _day(day, language, before), _year_of_date(year, language)
    if name is None or spoken_day is None or spoken_year is None:
        return None
    if language == "en":
        return size, f"{name} {counting.ordinal(day, 'en')}, {spoken_year}"
    return size, _DATES.get(language, "{d} {m} {y}").format(d=spoken_day, m=name, y=spoken_year)


_DATES = {"es": "{d} de {m} de {y}", "pt": "{d} de {m} de {y}", "ca": "{d} de {m} de {y}"}


def _written(window: str, found: re.Match[str], language: str, before: str) -> Answer | None:
    """The month is written as a word: keep the words, say the numbers."""
    day, year = int(found.group(1)), found.group(4)
    first = day == 1 and (found.group(2) or "")[-1:] in ("º", "°") and language in _FIRST
    spoken = _FIRST[language] if first else _day(day, language, before) if 0 < day < 32 else None
    if spoken is None:
        return None
    text = found.group()
    middle = text[found.end(2) if found.group(2) else found.end(1) : found.start(4) if year else len(text)]
    if language == "en" and " of" not in middle:
        spoken, middle = (spoken if before.rstrip().endswith(" the") else f"the {spoken}"), f" of{middle}"
    tail = _year_of_date(int(year), language) if year else ""
    size = _past_year_mark(window, len(text), language) if year else len(text)
    return None if tail is None else (size, f"{spoken}{middle}{tail}")


_FIRST = {"es": "primero", "pt": "primeiro", "it": "primo"}


def _day(day: int, language: str, before: str) -> str | None:
    if language not in _ORDINAL_DAYS:
        if day == 1 and language in ("fr", "it", "es", "pt"):
            return {"fr": "premier", "it": "primo", "es": "uno", "pt": "um"}[language]
        return counting.cardinal(day, language)
    words = counting.ordinal(day, language)
    if words is None:
        return None
    if language == "de":
        return german(words, before)
    return _genitive(words, language)


def _genitive(words: str, language: str) -> str:
    """The day of a date in the Slavic languages: "trzeciego maja"."""
    if language == "pl":
        return " ".join(
            w[:-1] + "ego" if w.endswith("y") else w + "ego" if w.endswith("i") else w for w in words.split()
        )
    if language == "ru":
        return words[:-2] + ("ьего" if words.endswith("тий") else "ого")
    if language == "uk":
        return words[:-2] + ("ього" if words.endswith("тій") else "ого")
    return words


def german(words: str, before: str) -> str:
    """A German ordinal with the ending that the word before it asks for."""
    last = before.split()[-1].lower() if before.split() else ""
    return words + ("n" if last in _GERMAN_OBLIQUE else "" if last in ("der", "die", "das") else "r")


def _year_of_date(year: int, language: str) -> str | None:
    if language == "ru":
        spoken = russian_year(year, "года")
        return None if spoken is None else f"{spoken} года"
    if language in _OF_YEAR:
        words = counting.ordinal(year, language)
        return None if words is None else f"{_genitive(words, language)} {_OF_YEAR[language]}"
    return counting.year(year, language)


def russian_year(year: int, noun: str) -> str | None:
    """The ordinal of a year in the case of its noun: "двадцать четвёртом году"."""
    words = counting.ordinal(year, "ru")
    if words is None:
        return None
    soft = words.endswith("тий")
    endings = {
        "год": "",
        "года": "ьего" if soft else "ого",
        "году": "ьем" if soft else "ом",
        "годе": "ьем" if soft else "ом",
    }
    ending = endings.get(noun, "ьим" if soft else "ым")
    return words[:-2] + ending if ending else words


def polish_year(year: int, before: str) -> str | None:
    """ "w 1990 r." is "... dziewięćdziesiątym roku", without "w" the genitive."""
    words = counting.ordinal(year, "pl")
    if words is None:
        return None
    if before.lower().split()[-1:] not in (["w"], ["we"]):
        return f"{_genitive(words, 'pl')} roku"
    return " ".join(f"{word}m" if word[-1] in "yi" else word for word in words.split()) + " roku"


def behind_russian_date(before: str) -> bool:
    """Whether a day and a month stand before: a year behind them is "... года"."""
    words = before.split()[-2:]
    return len(words) == 2 and words[0].isdigit() and words[1].lower() in names.months("ru")


def ordinal(window: str, before: str, language: str) -> Answer | None:
    """ "3rd", "2e", "4º", and "3." before a month or behind an article where the language writes it so."""
    pattern = _SUFFIXES.get(language)
    if pattern is not None and (found := pattern.match(window)):
        words = counting.ordinal(int(found.group(1)), language)
        return None if words is None else (found.end(), _with_gender(words, found.group(2), language))
    if language == "tr" and (found := _DOTTED.match(window)) and window[found.end() : found.end() + 1].islower():
        words = counting.ordinal(int(found.group(1)), "tr")
        return None if words is None else (found.end() - 1, words)
    if language == "de" and (found := _DOTTED.match(window)):
        last = before.split()[-1].lower() if before.split() else ""
        words = counting.ordinal(int(found.group(1)), "de")
        if words is not None and last in _GERMAN_OBLIQUE | {"der", "die", "das"}:
            return found.end() - (2 if _opens(window[found.end() :]) else 1), german(words, before)
        if words is not None and last.endswith(","):
            return found.end() - 1, words  # "1. Liga, 2. Runde"
    return None


def _opens(text: str) -> bool:
    """Whether a German text begins as a sentence does: with a capital on what is no noun."""
    word = text.split(None, 1)[0].strip(",.!?")
    return word[:1].isupper() and word.lower() in profile("de").starters - {"morgen"}


def _with_gender(words: str, suffix: str, language: str) -> str:
    if suffix == "ª":
        return " ".join(word[:-1] + "a" if word.endswith("o") else word for word in words.split())
    if language == "es" and suffix == "er":
        return words[:-1] if words.endswith(("primero", "tercero")) else words
    if language == "fr":
        if words == "premier":
            return "première" if suffix.startswith(("r", "è")) else "premier"
        return "second" if suffix == "nd" else "seconde" if suffix == "nde" else words
    if language == "ru":
        return _russian_ending(words, suffix)
    return words


def _russian_ending(words: str, suffix: str) -> str:
    soft = words.endswith("тий")
    kinds = {"й": "", "я": "ья" if soft else "ая", "е": "ье" if soft else "ое", "о": "ьего" if soft else "ого",
             "у": "ьему" if soft else "ому", "м": "ьем" if soft else "ом"}  # fmt: skip
    ending = kinds[suffix[-1]]
    return words[:-2] + ending if ending else words
