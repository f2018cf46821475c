"""Days of the calendar, as they are said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from voiceflow.machines.spoken.languages import vocabulary
from voiceflow.machines.spoken.numbers import numbers
from voiceflow.machines.spoken.unclear import Unclear
from voiceflow.machines.spoken.vocabulary import Vocabulary, Which, numbered

_AHEAD: Final[Mapping[Which, Callable[[int], int]]] = {
    "this": lambda ahead: ahead % 7,
    "coming": lambda ahead: ahead % 7 or 7,
    "next week": lambda ahead: ahead + 7,
    "last": lambda ahead: ahead % 7 - 7,
}
"""How many days it is to a weekday that is so many days after today's in the week."""


def date(text: str, year: int | None = None, language: str = "en") -> tuple[int, int, int]:
    """A day of the calendar, as (year, month, day): 2026-05-03, "May 3rd 2026", "the third of May".

    `year` is the one that is meant where none is said; without it, one must be. Where the day comes before the month,
    numbers alone will do: 3.5.2026.
    """
    iso = re.search(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", text)
    found = tuple(map(int, iso.groups())) if iso else _told(text, year, vocabulary(language))
    if len(found) != 3 or not (1 <= found[1] <= 12 and 1 <= found[2] <= _days(found[0], found[1])):
        raise Unclear("expected a day that there is, with its month and year")
    return found


def days_ahead(text: str, weekday: int, language: str = "en") -> int:
    """How many days from today, whose weekday is given (0: Monday), a day is: "tomorrow", "in two weeks", "on Friday".

    "Friday" is the first one after today, "this Friday" today or the first one after, "next Friday" that of next week,
    which begins on Monday, and "last Friday" the first one before today. What is said for "next" means the first one
    after today in some languages; the table of each says so.
    """
    of = vocabulary(language)
    words = of.words(text)
    weekdays = numbered(of.weekdays)
    named = next((place for place, word in enumerate(words) if word in weekdays), None)
    if named is not None:
        return _AHEAD[_which(words, named, of)](weekdays[words[named]] - weekday)
    for phrase, days in of.days.items():
        if _begins(words, phrase.split()):
            return days
    return _in_days(words, of)


def _which(words: Sequence[str], place: int, of: Vocabulary) -> Which:
    """Which of its weekdays is meant: a word before it says so, or one behind it."""
    for phrase, which in sorted(of.which.items(), key=lambda each: -len(each[0])):
        beside = phrase.split()
        if beside in ([*words[max(0, place - len(beside)) : place]], [*words[place + 1 : place + 1 + len(beside)]]):
            return which
    return "coming"


def _begins(words: Sequence[str], phrase: Sequence[str]) -> bool:
    return any([*words[place : place + len(phrase)]] == [*phrase] for place in range(len(words)))


def _in_days(words: Sequence[str], of: Vocabulary) -> int:
    """ "In three days": as many as are said between the two words."""
    since = next((place for place, word in enumerate(words) if word in of.ahead.split()), len(words))
    until = next((place for place, word in enumerate(words) if place > since and word in of.units), since)
    said = words[since + 1 : until]
    number = next(iter(numbers(said, of)), 1 if said and said[-1] in of.one.split() else None)
    if number is None or number > 999:
        raise Unclear("expected a day, such as the third of May 2026, tomorrow or next Friday")
    return number * of.units[words[until]]


def _told(text: str, year: int | None, of: Vocabulary) -> tuple[int, ...]:
    words = of.words(text)
    months = _months(words, of)
    if not months:
        found = tuple(numbers(words, of))
        if of.day_first and len(found) == 3 and found[2] >= 1000:
            return found[::-1]
        raise Unclear("expected a date with its month, such as the third of May 2026")
    place, month = months[0]
    told = numbers(words[:place], of) + numbers(words[place + 1 :], of)
    day = next((number for number in told if number <= 31), 0)
    said = next((number for number in told if number >= 1000), year)
    return (said, month, day) if said is not None else ()


def _months(words: Sequence[str], of: Vocabulary) -> list[tuple[int, int]]:
    """Where months are named, and which: by their names, or by three or four letters of them that are no number."""
    names = numbered(of.months, 1)
    found: list[tuple[int, int]] = []
    for place, word in enumerate(words):
        short = len(word) in (3, 4) and word not in of.below_hundred
        which = {names[word]} if word in names else {n for name, n in names.items() if short and name.startswith(word)}
        found += [(place, which.pop())] if len(which) == 1 else []
    return found


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
