# ruff: noqa: RUF001 (dashes of many scripts)
"""Times of day, from one until another, and durations read aloud."""

from __future__ import annotations

import re
from decimal import Decimal

from voiceflow.machines.text.scripts import is_spaceless
from voiceflow.text import counting, names, vocabulary

Answer = tuple[int, str]

_TIME = re.compile(
    r"([01]?\d|2[0-4])(?:(:)([0-5]\d)(?::[0-5]\d)?|h([0-5]\d)?)(?:(?![:\d]|(?=[\u0000-\u0dff])\w)|(?=[ap]\.?m\b))", re.I
)
_DOTTED_TIME = re.compile(r"([01]?\d|2[0-4])(\.)([0-5]\d)(?![\w:]|[.,]\d)")
_NORDIC_CLOCK = re.compile(r"\b(?:kl\.?|klockan|klokken) \Z", re.IGNORECASE)
# Words behind which a number with a full stop is a time of day.
_CLOCK_BEFORE = {
    "pl": re.compile(r"\bgodz(?:\.|inach|inie|iny) \Z", re.IGNORECASE),
    "sv": _NORDIC_CLOCK, "da": _NORDIC_CLOCK, "nb": _NORDIC_CLOCK,
    "fi": re.compile(r"\b(?:klo|kello) \Z", re.IGNORECASE), "it": re.compile(r"\b(?:ore|d?alle) \Z", re.IGNORECASE),
    "id": re.compile(r"\b(?:pukul|jam) \Z", re.IGNORECASE),
}  # fmt: skip
_HALVES = re.compile(r"(?:[ \u00a0]?([ap])\.?[ ]?m\b\.?)", re.IGNORECASE)
_HOUR = re.compile(r"(1[0-2]|0?[1-9])[ \u00a0]?([ap])\.?m\b\.?", re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,2}) (?=(?:Uhr|uur)\b)")
_DURATION = re.compile(r"(\d{1,3}) ?h(?:rs?)? ?(\d{1,2}) ?m(?:in)?\b")
_UNTIL = re.compile(r" ?[-‐‑–—〜～] ?(?=\d)")
# Languages that put a time of day otherwise than by hours and minutes one after the other.
_OTHER_CLOCKS = frozenset(["ar", "he", "fa", "ko", "th", "bn", "vi", "id", "hi", "zh"])
_SPANISH_HOURS = re.compile(r" h(?:rs)?\b")
_CLOCK_WORD = re.compile(r"[ \u00a0]?(Uhr|uur|heures)\b")


def _dotted_time(window: str, before: str, language: str) -> re.Match[str] | None:
    """ "15.30 Uhr", "kl. 15.30": what stands beside it tells it from a decimal."""
    found = _DOTTED_TIME.match(window)
    if found is None:
        return None
    if language in ("de", "nl"):
        return found if _CLOCK_WORD.match(window, found.end()) else None
    return found if language in _CLOCK_BEFORE and _CLOCK_BEFORE[language].search(before) else None


def duration(window: str, language: str) -> Answer | None:
    """ "3h 20m": the m is no length there."""
    found = _DURATION.match(window)
    if found is None:
        return None
    said = (_counted_unit(int(found.group(1)), "h", language), _counted_unit(int(found.group(2)), "min", language))
    return None if None in said else (found.end(), " ".join(part for part in said if part))


def _counted_unit(count: int, unit: str, language: str) -> str | None:
    pattern, words = names.unit(Decimal(count), unit, language), counting.cardinal(count, language)
    if (
        pattern is None
        or words is None
        or (vocabulary.takes_gender(count, language) and language in vocabulary.FOREIGN)
    ):
        return None
    one = (names.unit(Decimal(1), unit, language) or "").replace("{0}", "").strip()
    return pattern.replace("{0}", vocabulary.agree(words, one, language))


def time(window: str, before: str, language: str) -> Answer | None:
    """A time of day, or from one until another: "9:00-17:00"."""
    first, word = _time(window, before, language), vocabulary.RANGE.get(language)
    until = None if first is None else _UNTIL.match(window, first[0])
    if until is not None and word is None:
        return until.end(), window[: until.end()]  # both ends stay where nothing can be said between them
    second = None if until is None else _time(window[until.end() :], before, language)
    if first is None or word is None or until is None or second is None:
        return first
    if is_spaceless(word[0]):
        return until.end() + second[0], f"{first[1]}{word}{second[1]}"
    return until.end() + second[0], f"{first[1]} {'–' if word == '-' else word} {second[1]}"


def _time(window: str, before: str, language: str) -> Answer | None:
    """ "15:30", "3:30 p.m.", "15h30", "5pm"; "15.30" where a word says that it is one."""
    if language in ("de", "nl") and (bare := _HOURS.match(window)) and int(bare.group(1)) < 25:
        words = counting.cardinal(int(bare.group(1)), language)
        return None if words is None else (bare.end(1), vocabulary.agree(words, "Uhr", language))
    if language in _OTHER_CLOCKS:
        dotted = _dotted_time(window, before, language)
        return None if dotted is None else (dotted.end(), dotted.group())  # as it is written, and no decimal
    if language == "en" and (hour := _HOUR.match(window)):
        return hour.end(), f"{counting.cardinal(int(hour.group(1)), 'en')} {hour.group(2).lower()}.m."
    found = _dotted_time(window, before, language) or _TIME.match(window)
    if found is None or (found.group(2) is None and language not in ("fr", "pt", "es")):
        return None
    hours, minutes = int(found.group(1)), int(found.group(3) or found.group(4) or 0)
    spoken = counting.cardinal(hours, language)
    if spoken is None:
        return None
    if language == "en":
        return _english_time(window, found.end(), hours, minutes)
    spoken = vocabulary.agree(spoken, vocabulary.HOUR.get(language, ""), language)
    full, parts = vocabulary.CLOCK.get(language, ("{h}", "{h} {m}"))
    stop = found.end()
    if language == "es" and (mark := _SPANISH_HOURS.match(window, stop)):
        stop = mark.end()
    if "Uhr" in full or "uur" in full or language == "fr":
        word = _CLOCK_WORD.match(window, stop)
        stop = word.end() if word else stop
    if hours == 1:
        full, parts = (form.replace("heures", "heure").replace("horas", "hora") for form in (full, parts))
    said = counting.cardinal(minutes, language) or ""
    if minutes and minutes < 10 and language not in vocabulary.CLOCK:
        said = f"{counting.cardinal(0, language)} {said}"
    return stop, (parts if minutes else full).format(h=spoken, m=said)


def _english_time(window: str, stop: int, hours: int, minutes: int) -> Answer:
    half = _HALVES.match(window, stop)
    words = str(counting.cardinal(hours, "en"))
    if minutes:
        words += (" oh " if minutes < 10 else " ") + str(counting.cardinal(minutes, "en"))
    elif half is None:
        words += " o'clock" if 0 < hours < 13 else " hundred" if hours else " hundred hours"
    return (half.end(), f"{words} {half.group(1).lower()}.m.") if half else (stop, words)
