"""From what a caller says, as it was recognised or as a model wrote it down, to a value that can be used.

Each reader takes a text and gives the value, or raises `Unclear`, which says what was expected. Words are those of
`LANGUAGES`; what is written with digits and signs is read in any language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping


class Unclear(ValueError):
    """It is no such value. The message says what was expected, for who asks again; it quotes nobody."""


LANGUAGES = ("en",)


def _listed(words: str) -> list[str]:
    return words.split()


_UNITS = _listed("zero one two three four five six seven eight nine")
_DIGITS: Mapping[str, str] = {word: str(n) for n, word in enumerate(_UNITS)} | {"oh": "0", "o": "0", "nought": "0"}
_TEENS = _listed("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
_TENS = _listed("twenty thirty forty fifty sixty seventy eighty ninety")
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_SIGNS = {"at": "@", "dot": ".", "point": ".", "dash": "-", "hyphen": "-", "minus": "-", "underscore": "_", "plus": "+"}
_MONTHS = _listed("january february march april may june july august september october november december")
_WEEKDAYS = _listed("monday tuesday wednesday thursday friday saturday sunday")
_NTH = _listed(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
_YES = {*_listed("yes yeah yep yup sure correct right exactly okay ok true absolutely indeed fine")}
_NO = {*_listed("no nope nah not wrong incorrect false never")}
# Labels of letters, digits and inner hyphens (RFC 1035), behind a local part without quotes (RFC 5321, "Dot-string").
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
_BEFORE_NAME = re.compile(
    r"^(?:(?:hi|hello|yes|well|um|uh|it's|its|it is|i am|i'm|this is|my (?:full )?name is|my name's|call me"
    r"|the name is)\b[ ,]*)+",
    re.IGNORECASE,
)
_BEFORE_EMAIL = re.compile(r"^(?:(?:it's|its|it is|yes|sure|my|email|e-mail|address|is)\b[ ,:]*)+", re.IGNORECASE)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|\d+|[+]", unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'"))


def _number(words: list[str]) -> str:
    """The digits that these words say, those of "twenty one" as 21; other words are passed over."""
    found, times, tens = "", 1, False
    for word in words:
        said = _DIGITS.get(word, word if word.isdigit() else "")
        if tens and said and len(said) == 1 and said != "0":
            found = found[:-1] + said
        elif word in _TEENS:
            found += str(10 + _TEENS.index(word))
        elif word in _TENS:
            found += f"{2 + _TENS.index(word)}0"
        else:
            found += said * times
        tens = word in _TENS
        times = _TIMES.get(word, 1)
    return found


def digits(text: str, least: int = 1, most: int = 32) -> str:
    """The digits of a number that is no quantity: a code, an account. "four two, double five" is "4255"."""
    found = _number(_words(text))
    if not least <= len(found) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise Unclear(f"expected {wanted} digits, got {len(found)}")
    return found


def phone(text: str) -> str:
    """A telephone number: its digits, behind a + if it is international. At most 15 (E.164), at least 7."""
    words = _words(text)
    found = _number(words)
    plus = "+" in words or "plus" in words
    if not plus and found.startswith("00"):
        plus, found = True, found[2:]
    if not 7 <= len(found) <= 15:
        raise Unclear(f"expected a telephone number of 7 to 15 digits, got {len(found)}")
    return f"+{found}" if plus else found


def email(text: str) -> str:
    """An e-mail address, in small letters. "ann dot lee at example dot com" is "ann.lee@example.com"."""
    said = _BEFORE_EMAIL.sub("", text.strip().lower()).rstrip(".!? ")
    parts = re.split(r"[\s,]+", said)
    joined = "".join(_SIGNS.get(part, _DIGITS.get(part, part)) if part != "o" else part for part in parts)
    local, _, domain = joined.rpartition("@")
    if not _EMAIL.fullmatch(joined) or len(local) > 64 or len(domain) > 253:
        raise Unclear("expected an e-mail address such as ann@example.com")
    return joined


def yes_no(text: str) -> bool:
    """Whether that was a yes. "That's not right" is none."""
    words = [word.removesuffix("n't") + " not" if word.endswith("n't") else word for word in _words(text)]
    said = {word for each in words for word in each.split()}
    if said & _NO:
        return False
    if said & _YES:
        return True
    raise Unclear("expected yes or no")


def name(text: str) -> str:
    """A person's name, as it is written: "my name is ann lee" is "Ann Lee"."""
    said = _BEFORE_NAME.sub("", text.strip()).strip(" .,!?")
    parts = [part for part in re.split(r"\s+", said) if part]
    if not 1 <= len(parts) <= 6 or not all(_is_name(part) for part in parts):
        raise Unclear("expected a name, of one to six words and no digits")
    return " ".join(part if any(each.isupper() for each in part) else part.capitalize() for part in parts)


def _is_name(part: str) -> bool:
    kinds = [unicodedata.category(each)[0] for each in part]
    return "L" in kinds and all(kind in "LM" or each in "'\u2019-." for kind, each in zip(kinds, part, strict=True))


def date(text: str, year: int | None = None) -> tuple[int, int, int]:
    """A day of the calendar, as (year, month, day): 2026-05-03, "May 3rd 2026", "the third of May".

    `year` is the one that is meant where none is said; without it, one must be.
    """
    iso = re.search(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b", text)
    found = tuple(map(int, iso.groups())) if iso else _told(text, year)
    if len(found) != 3 or not (1 <= found[1] <= 12 and 1 <= found[2] <= _days(found[0], found[1])):
        raise Unclear("expected a day that there is, with its month and year")
    return found


def days_ahead(text: str, weekday: int) -> int:
    """How many days from today, whose weekday is given (0: Monday), a day is: "tomorrow", "in two weeks", "on Friday".

    "Friday" is the first one after today, "this Friday" today or the first one after, "next Friday" that of next week,
    which begins on Monday, and "last Friday" the first one before today.
    """
    words = re.findall(r"[a-z]+|\d+", text.lower())
    named = next((place for place, word in enumerate(words) if word in _WEEKDAYS), None)
    if named is not None:
        ahead = _WEEKDAYS.index(words[named]) - weekday
        match words[named - 1] if named else "":
            case "next":
                return ahead + 7
            case "last":
                return ahead % 7 - 7
            case "this":
                return ahead % 7
            case _:
                return ahead % 7 or 7
    for said, days in ((["day", "after", "tomorrow"], 2), (["tomorrow"], 1), (["today"], 0), (["tonight"], 0)):
        if any(words[place : place + len(said)] == said for place in range(len(words))):
            return days
    if "yesterday" in words:
        return -1
    return _in_days(words)


def _in_days(words: list[str]) -> int:
    for unit, days in (("day", 1), ("week", 7)):
        place = next((place for place, word in enumerate(words) if word.removesuffix("s") == unit), 0)
        said = words[words.index("in") + 1 : place] if "in" in words[:place] else []
        number = 1 if said in (["a"], ["one"]) else next(iter(_numbers(said)), None)
        if number is not None and number <= 999:
            return number * days
    raise Unclear("expected a day, such as the third of May 2026, tomorrow or next Friday")


def _told(text: str, year: int | None) -> tuple[int, ...]:
    words = re.findall(r"[a-z]+|\d+", text.lower())
    months = [place for place, word in enumerate(words) if len(word) >= 3 and _month(word)]
    if not months:
        raise Unclear("expected a date with its month, such as the third of May 2026")
    numbers = _numbers(words[: months[0]]) + _numbers(words[months[0] + 1 :])
    day = next((number for number in numbers if number <= 31), 0)
    said = next((number for number in numbers if number >= 1000), year)
    return (said, _month(words[months[0]]), day) if said is not None else ()


def _numbers(words: list[str]) -> list[int]:
    """What numbers these words say: 3, "third", "twenty first", "twenty twenty six"."""
    found: list[int] = []
    tens = False
    for word in words:
        value = _value(word)
        if value is None:
            tens = False
            continue
        if tens and value < 10:
            found[-1] += value
        elif found and 19 <= found[-1] <= 20 and 10 <= value <= 99:
            found[-1] = 100 * found[-1] + value
        else:
            found.append(value)
        tens = word in _TENS
    return found


def _value(word: str) -> int | None:
    if word.isdigit():
        return int(word) if len(word) <= 4 else None
    for table, first, step in ((_UNITS, 0, 1), (_TEENS, 10, 1), (_TENS, 20, 10), (_NTH, 1, 1)):
        if word in table:
            return first + step * table.index(word)
    return 30 if word == "thirtieth" else None


def _month(word: str) -> int:
    """Its number, by the name or three or four letters of it; 0 for other words."""
    short = len(word) in (3, 4)
    return next((n for n, month in enumerate(_MONTHS, 1) if month == word or (short and month.startswith(word))), 0)


def _days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def address(text: str) -> str:
    """Where somebody lives, as it was said: a street or place with a number, and more words than that."""
    said = re.sub(r"\s+", " ", _BEFORE_NAME.sub("", text.strip())).strip(" .,")
    words = re.findall(r"[^\W\d_]+|\d+", said.lower())
    if len(said) > 300 or len(words) < 3 or not _number(words):
        raise Unclear("expected an address, with a street, a number and a city")
    return said
