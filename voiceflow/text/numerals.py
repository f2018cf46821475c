# ruff: noqa: RUF001, RUF002, RUF003 (marks and letters of many scripts)
"""Plain numbers, years and measures read aloud."""

from __future__ import annotations

import re
from decimal import Decimal

from voiceflow.machines.text.profiles import profile
from voiceflow.machines.text.scripts import is_spaceless
from voiceflow.text import calendar, counting, names, vocabulary
from voiceflow.text.quantities import Quantity, ends_at, parse, plain

Answer = tuple[int, str]

_ONE = Decimal(1)
_YEAR = re.compile(r"1[1-9]\d\d|20\d\d")
_DECADE = re.compile(r"(1[1-9]\d0|20\d0)['’]?s\b")
_RUSSIAN_YEAR = re.compile(r"(\d{4}) (год(?:а|у|ом|е)?\b|г\b\.?)")
_SHORT_DECADE = re.compile(r"([2-9]0)['’]?s\b")
_BEFORE_DECADE = re.compile(r"(?:['‘’]|\b(?:the|early|late) )\Z", re.IGNORECASE)
_POLISH_YEAR = re.compile(r"(\d{4}) (?:r\b\.?|roku\b)")
_FRACTION = re.compile(r"(?:(\d{1,3}) )?(1/2|[12]/3|[13]/4|[1357]/8)(?![\w/]|\.\d)")
_PARTS = {"2": "half", "3": "third", "4": "quarter", "8": "eighth"}
_DAY_OF_MONTH = re.compile(r"(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])(?!\d)")
_ORDINAL = re.compile(r"\d{1,3}\. ([^\W\d_])")
_SUFFIX = re.compile(r"-[^\W\d_]")
_DECLINED = frozenset({"ru", "uk", "be", "bg", "pl", "cs", "sk", "hu", "fi"})
_NOUN = re.compile(r" [^\W\d_]")
_UNIT = re.compile(
    r"[ \u00a0\u202f]?("
    + "|".join(map(re.escape, sorted(names.UNITS, key=len, reverse=True)))
    + r")(?![\u0000-\u0dff²³°/](?<=[\w²³°/]))"
)
_SHORT_SCALE = re.compile(r"[ \u00a0]([^\W\d_]+)(?!\w)\.?(?:[ \u00a0](\S*))?")
_BEFORE_VOWEL = re.compile(r"\buna (?=[aeiou])")


def number(window: str, language: str, *, decimals: bool = True) -> Answer | None:
    """ "42", "1,000", "3.5"; one that begins with a zero digit by digit."""
    value = parse(window, language)
    if value is None or not ends_at(window, value.size) or (value.fraction and not decimals):
        return None
    if value.fraction and names.separators(language)[0] != "." and _DAY_OF_MONTH.match(window):
        return None  # "30.11" may be a day where numbers have a comma
    if language in _DECLINED and _SUFFIX.match(window, value.size):
        return None  # "90-х", "5-letni": the number is in the case that its ending says
    if _FRACTION.match(window):
        return None  # "2 1/2"
    if profile(language).ordinal_dot and (ordinal := _ORDINAL.match(window)) and ordinal.group(1).islower():
        return None  # "1. piętro": in the case and gender of what it counts
    if value.written[0] == "0" and len(value.written) > 1 and value.written.isdigit():
        digits = counting.spelled(value.written, language)
        return None if digits is None else (value.size, " ".join(digits))
    if not value.fraction and _NOUN.match(window, value.size) and vocabulary.takes_gender(value.whole, language):
        return None  # "1 Tag", "1 Stunde": the noun's gender is not known, a voice reads the digit right
    words = plain(value, language)
    return None if words is None else (value.size, words)


def year(window: str, before: str, language: str) -> Answer | None:
    """Four digits that may be a year and are not followed by what they would count."""
    if language == "ru" and (russian := _RUSSIAN_YEAR.match(window)):
        noun = russian.group(2)
        if noun[:2] in ("г", "г."):
            noun = "году" if before.lower().split()[-1:] in (["в"], ["во"]) else "года"
        spoken = calendar.russian_year(int(russian.group(1)), noun)
        return (russian.end() - _ends_sentence(window, russian.end()), f"{spoken} {noun}") if spoken else None
    if language == "pl" and (polish := _POLISH_YEAR.match(window)):
        spoken = calendar.polish_year(int(polish.group(1)), before)
        return (polish.end() - _ends_sentence(window, polish.end()), spoken) if spoken else None
    found = _YEAR.match(window)
    if found is None or not ends_at(window, found.end()):
        return None
    if language in _DECLINED and _SUFFIX.match(window, found.end()):
        return None  # "1990-х"
    if language == "ru" and calendar.behind_russian_date(before):
        spoken = calendar.russian_year(int(found.group()), "года")
        return (found.end(), f"{spoken} года") if spoken else None
    if language != "en" and _NOUN.match(window, found.end()) and not _dated(before, language):
        return None  # "1234 Euro"
    words = counting.year(int(found.group()), language)
    return None if words is None else (found.end(), words)


def _ends_sentence(window: str, stop: int) -> bool:
    """Whether a full stop before `stop` is more than the mark of an abbreviation: no small letter or comma follows."""
    after = window[stop:].lstrip()[:1]
    return window[stop - 1] == "." and not (after.islower() or after == ",")


def _dated(before: str, language: str) -> bool:
    """Whether a year follows: so the word before says, or no number in digits begins a sentence but a year."""
    words = before.lower().split()
    return not words or words[-1][-1] in ".!?" or words[-1] in vocabulary.DATED.get(language, ())


def decade(window: str, before: str, language: str) -> Answer | None:
    """ "1990s" is "nineteen nineties", "the '90s" and "the 90s" are "nineties"."""
    found = _DECADE.match(window) if language == "en" else None
    if found is None and language == "en" and _BEFORE_DECADE.search(before):
        found = _SHORT_DECADE.match(window)
    words = None if found is None else counting.year(int(found.group(1)), "en")
    if found is None or words is None:
        return None
    return found.end(), words[:-1] + "ies" if words.endswith("y") else words + "s"


def fraction(window: str, language: str) -> Answer | None:
    """ "1/2", "2 3/4", in English."""
    found = _FRACTION.match(window) if language == "en" else None
    if found is None:
        return None
    top, bottom = found.group(2).split("/")
    part = _PARTS[bottom] if top == "1" else f"{_PARTS[bottom]}s"
    whole = "" if found.group(1) is None else f"{counting.cardinal(int(found.group(1)), 'en')} and "
    return (
        found.end(),
        f"{whole}{'a' if whole and top == '1' and bottom == '2' else counting.cardinal(int(top), 'en')} {part}",
    )


def percent(window: str, language: str) -> Answer | None:
    """ "%50", in the languages that write it so."""
    value = parse(window[1:], language) if names.percent_first(language) else None
    if value is None or window[0] != "%" or not ends_at(window, value.size + 1):
        return None
    pattern, amount = names.unit(value.amount, "%", language), plain(value, language)
    if pattern is None:
        return None
    return value.size + 1, pattern.replace("{0}", amount or value.written)


def measure(window: str, language: str, sign: str = "") -> Answer | None:
    """ "5 km", "20%", "3 °C"; `sign` is the word for a minus before it."""
    value = parse(window, language)
    found = None if value is None else _UNIT.match(window, value.size)
    if value is None or found is None or _is_cut_short(window, value, found):
        return None
    pattern, amount = names.unit(value.amount, found.group(1), language), plain(value, language)
    if pattern is None or (amount is None and counting.speaks(language)):
        return None
    said = counted(value, amount, names.unit(_ONE, found.group(1), language) or "", language)
    said = pattern.replace("{0}", f"{sign} {said}" if sign else said)
    if language == "it":
        said = _BEFORE_VOWEL.sub("un'", said)
    return found.end(), said.replace(" ", "") if is_spaceless(said[-1]) else said


def _is_cut_short(window: str, value: Quantity, unit: re.Match[str]) -> bool:
    """Whether "г" behind a number is a year or a town rather than grams, "ч" a spoon ("ч. л.") rather than hours."""
    stopped = window[unit.end() : unit.end() + 1] == "."
    if unit.group(1) == "г":
        return _YEAR.fullmatch(value.written) is not None or stopped
    return unit.group(1) == "ч" and stopped and not value.fraction


def shortened(window: str, language: str) -> Answer | None:
    """ "5 Mio. Menschen", "2 млн": an abbreviated power of ten, whose stop ends a sentence only before one."""
    value = parse(window, language) if language in names.SHORT_SCALES else None
    found = None if value is None else _SHORT_SCALE.match(window, value.size)
    power = None if found is None else names.SHORT_SCALES[language].get(found.group(1).lower())
    words = None if value is None or power is None else scaled(value, power, language)
    if found is None or words is None:
        return None
    following = found.group(2)
    opens = not following or (following[0].isupper() and following.lower().rstrip(".,!?") in profile(language).starters)
    return (found.end(1) if opens else found.end(1) + (window[found.end(1)] == ".")), words


def scaled(value: Quantity, power: int, language: str) -> str | None:
    """A number of thousands, millions or milliards in words, in the form that it takes."""
    forms, amount = names.magnitudes(language).get(power), plain(value, language)
    if not forms or amount is None:
        return None
    word = forms.get(names.plural(value.amount, language)) or forms["other"]
    return f"{vocabulary.agree(amount, forms.get('one', word), language)} {word}"


def counted(value: Quantity, words: str | None, singular: str, language: str) -> str:
    """The number in the form that its noun asks for; as it is written where that form is not known."""
    if words is None or value.fraction:
        return words or value.written
    whole = abs(value.whole)
    if vocabulary.takes_gender(whole, language) and not vocabulary.inflects(whole, language):
        return value.written
    return vocabulary.agree(words, singular.replace("{0}", "").strip(), language)
