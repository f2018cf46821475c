# ruff: noqa: RUF001 (signs of many scripts)
"""Amounts of money read aloud: the sign that is written names the currency, whatever the language."""

from __future__ import annotations

import re
from decimal import Decimal

import attrs

from voiceflow.machines.text.scripts import is_spaceless
from voiceflow.text import counting, names, vocabulary
from voiceflow.text.numerals import counted
from voiceflow.text.quantities import Quantity, ends_at, parse, plain

Answer = tuple[int, str]

SYMBOL = re.compile(r"(?:US\$|[A-Z]\$|[$€£¥₹₽₩₺₴₪฿₫₦₱])")
_CODE = "|".join(sorted(names.CODES))
_BEFORE = re.compile(rf"({SYMBOL.pattern}|{_CODE})[ \u00a0]?[-−]?(?=\d)")
_AFTER = re.compile(rf"[ \u00a0\u202f]?({SYMBOL.pattern}|zł|Kč|(?:{_CODE})(?!\w))(?!\d)")
_NO_CENTS = re.compile(r",[-–—](?!\w)")  # "€ 5,-"
_SCALE = re.compile(r"[ \u00a0]?([KkMBTmb]|bn|Mio|Mrd|Cr|crore|lakh)\b\.?")
_WORD = re.compile(r"[ \u00a0]([^\W\d_]+)")
_UNCOUNTED = frozenset({"ar"})  # the counted form of a noun is not in CLDR's names
_SCALES = {"k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9, "t": 10**12, "mio": 10**6, "mrd": 10**9}
_INDIAN_ENGLISH = frozenset({"lakh", "crore", "hundred"})


def before(window: str, language: str) -> Answer | None:
    """ "$5", "€ 3.50", "EUR 20", "$2.5 million"."""
    found = None if window[:1].isdigit() else _BEFORE.match(window)
    if found is None:
        return None
    code = _code(found.group(1), language)
    value = parse(window[found.end() :], language)
    if value is None or code not in names.CODES:
        return None
    negative = "-" in found.group() or "−" in found.group()
    return _amount(window, found.end() + value.size, value.negated() if negative else value, code, language)


def behind(window: str, language: str) -> Answer | None:
    """ "5 €", "20 USD"."""
    value = parse(window, language)
    bare = None if value is None else _NO_CENTS.match(window, value.size)
    found = None if value is None else _AFTER.match(window, bare.end() if bare else value.size)
    if value is None or found is None:
        return None
    code = _code(found.group(1), language)
    spoken = _said(value, code, language) if code in names.CODES else None
    return None if spoken is None else (found.end(), spoken)


def _code(sign: str, language: str) -> str:
    """The currency of a sign; that of yen is the yuan's too, and means it in Chinese (CLDR)."""
    return "CNY" if sign == "¥" and language == "zh" else names.CURRENCIES.get(sign, sign)


def _amount(window: str, stop: int, value: Quantity, code: str, language: str) -> Answer | None:
    scale = _SCALE.match(window, stop)
    if scale is not None and scale.group(1).lower() in _SCALES:
        scaled = _scaled(value, _SCALES[scale.group(1).lower()], code, language)
        return None if scaled is None else (scale.end(), scaled)
    word = _WORD.match(window, stop)
    if word is not None and _is_scale(word.group(1).lower(), language):
        amount, noun = plain(value, language), names.currency(Decimal(5), code, language)
        if amount is None or noun is None:
            return None
        return word.end(), f"{amount} {word.group(1)} {_joined(_short(noun, language), language)}"
    if bare := _NO_CENTS.match(window, stop):
        stop = bare.end()
    spoken = _said(value, code, language) if ends_at(window, stop) else None
    return None if spoken is None else (stop, spoken)


def _is_scale(word: str, language: str) -> bool:
    return word in names.magnitude_words(language) or (language == "en" and word in _INDIAN_ENGLISH)


def _scaled(value: Quantity, power: int, code: str, language: str) -> str | None:
    forms = names.magnitudes(language).get(power)
    amount, noun = plain(value, language), names.currency(Decimal(5), code, language)
    if not forms or amount is None or noun is None:
        return None
    word = forms.get(names.plural(value.amount, language)) or forms["other"]
    short = _short(noun, language)
    return f"{vocabulary.agree(amount, word, language)} {word} {_joined(short, language) if power >= 10**6 else short}"


def _joined(noun: str, language: str) -> str:
    """The noun after a round million: "million d'euros"."""
    particle = vocabulary.OF.get(language)
    if particle is None:
        return noun
    elides = language in ("fr", "ca") and noun[:1].lower() in "aeiouyéè"
    return f"{particle[0]}'{noun}" if elides else f"{particle} {noun}"


def _short(noun: str, language: str) -> str:
    """ "dollars" for "US dollars": the sign does not say whose."""
    if language == "en":
        return noun.split()[-1] if noun != "British pounds" else "pounds"
    return vocabulary.SHORT.get(language, {}).get(noun, noun)


def _said(value: Quantity, code: str, language: str) -> str | None:
    """An amount in words; in a language without number words the digits stay and the name is said."""
    if len(value.fraction) <= 2 and abs(value.whole) < 10**12:
        cents = int(value.fraction.ljust(2, "0"))
        said = counting.money(abs(value.whole), cents, code, language)
        if said is not None:
            minus = f"{counting.minus(language)} " if value.negative else ""
            return minus + _coins(value, *said, language)
    noun = None if language in _UNCOUNTED else names.currency(value.amount, code, language)
    if noun is None:
        return None
    exact = value if value.fraction.strip("0") else attrs.evolve(value, fraction="")
    one = _short(names.currency(Decimal(1), code, language) or noun, language)
    said_so = f"{counted(exact, plain(exact, language), one, language)} {_short(noun, language)}"
    return said_so.replace(" ", "") if is_spaceless(said_so[-1]) else said_so


def _coins(value: Quantity, main: str, joint: str, minor: str, language: str) -> str:
    """Whole units and cents, those that are there."""
    millions = abs(value.whole) >= 10**6 and value.whole % 10**6 == 0
    if millions and language in vocabulary.OF and language != "pt":
        number, _, noun = main.rpartition(" ")
        main = f"{number} {_joined(noun, language)}"
    if not value.fraction.strip("0"):
        return main
    return minor if value.whole == 0 else f"{main}{joint}{minor}"
