"""Numbers in words, by num2words, in the languages and forms whose answers were checked.

A language or form that is not listed here gives None, and the caller leaves what is written. num2words itself
answers some of those wrongly (Arabic decimals, Welsh counting) or never (a few loop for ever).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from decimal import Decimal
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Protocol, cast

_CARDINALS = {
    "en": "en", "de": "de", "fr": "fr", "es": "es", "it": "it", "pt": "pt", "nl": "nl", "da": "da", "sv": "sv",
    "nb": "no", "fi": "fi", "pl": "pl", "cs": "cs", "sk": "sk", "sl": "sl", "ru": "ru", "uk": "uk", "be": "be",
    "tr": "tr", "ro": "ro", "hu": "hu", "lt": "lt", "lv": "lv", "ca": "ca", "he": "he", "ar": "ar", "fa": "fa",
    "bn": "bn", "id": "id", "vi": "vi", "th": "th", "ja": "ja", "ko": "ko",
}  # fmt: skip
# Digit by digit after the decimal sign.
_SPELLED_DECIMALS = frozenset(
    ["en", "de", "fr", "es", "it", "pt", "nl", "da", "sv", "nb", "fi", "sl", "ro", "id", "ja", "ko", "th", "he"]
)
# As num2words puts it ("three whole fourteen hundredths").
_WHOLE_DECIMALS = frozenset(["ru", "pl", "uk", "be", "hu", "lt", "lv"])
_PLACES = {"hu": 3}  # digits after the sign that num2words has words for, where those are fewer than 4
_ORDINALS = frozenset(
    ["en", "de", "fr", "es", "it", "pt", "nl", "da", "sv", "nb", "fi", "pl", "ru", "uk", "sl", "tr", "hu", "ko", "ja"]
)
_GREATEST_ORDINAL = {"ko": 99}
_YEARS = frozenset(["en", "de", "nl", "da", "nb"])
_MINUS = {"pl": "minus", "cs": "minus", "sk": "mínus", "tr": "eksi", "bn": "মাইনাস", "vi": "âm"}
_POINT = {"es": {",": "coma", ".": "punto"}}
_MOST = 10**15
_KEPT = 4096  # answers: num2words takes 10 microseconds and more for one, and small numbers come often


class _Converter(Protocol):
    """What num2words has for one language."""

    def to_cardinal(self, number: int | float) -> str: ...
    def to_ordinal(self, number: int) -> str: ...
    def to_year(self, number: int) -> str: ...
    def to_currency(self, amount: Decimal, currency: str, separator: str) -> str: ...


@cache
def _converter(language: str) -> _Converter:
    """num2words' converter, a copy that looks through the names of numbers up to our greatest only.

    It walks its whole table, up to a googol and more, for every part of every number: in some languages that is
    nine tenths of its time.
    """
    found = copy(cast(Mapping[str, Any], import_module("num2words").CONVERTER_CLASSES)[_CARDINALS[language]])
    if hasattr(found, "cards"):
        found.cards = {number: name for number, name in found.cards.items() if number <= _MOST}
    return cast(_Converter, found)


@cache
def _brazilian() -> Any:
    return import_module("num2words").CONVERTER_CLASSES["pt_BR"]


def speaks(language: str) -> bool:
    """Whether whole numbers can be said in the language."""
    return language in _CARDINALS


@lru_cache(_KEPT)
def cardinal(number: int, language: str) -> str | None:
    """A whole number in words."""
    if language not in _CARDINALS or abs(number) >= _MOST:
        return None
    if number < 0 and language in _MINUS:
        return f"{_MINUS[language]} {cardinal(-number, language)}"
    words = _converter(language).to_cardinal(number)
    if language == "da" and 10**6 <= abs(number) < 2 * 10**6:
        words = words.replace("en millioner", "en million")
    if language == "en":
        words = words.replace(",", "")  # a comma would be a pause
    if language == "ar":
        words = words.replace(" و ", " و")  # "and" is written with the word behind it
    if language == "sv":
        words = words.replace("etttusen", "ettusen")
    if language == "it":
        words = words.replace("dicotto", "diciotto")  # "centodicotto"
    return _apart(words.replace("  ", " ").strip(), language)


def _apart(words: str, language: str) -> str:
    """Turkish with a space between the words of a number, which num2words joins as on a cheque."""
    return _turkish_words().sub(r"\g<0> ", words) if language == "tr" else words


@cache
def _turkish_words() -> re.Pattern[str]:
    """A word of a number with another behind it."""
    say = _converter("tr").to_cardinal
    small = [say(number) for number in (*range(1, 10), *range(10, 100, 10), 100, 1000)]
    large = [say(10**power).removeprefix(say(1)) for power in (6, 9, 12)]
    word = "|".join(sorted([*small, *large, "dörd"], key=len, reverse=True))  # "dört" before an ending
    return re.compile(f"(?:{word})(?={word})")


@cache
def minus(language: str) -> str | None:
    """The word before a negative number."""
    one, negative = cardinal(1, language), cardinal(-1, language)
    return None if one is None or negative is None else negative.removesuffix(one).strip()


@lru_cache(_KEPT)
def ordinal(number: int, language: str) -> str | None:
    """ "third", in the form that a dictionary has (masculine, nominative)."""
    if language not in _ORDINALS or not 0 < number <= _GREATEST_ORDINAL.get(language, 10**6 - 1):
        return None
    return _apart(_converter(language).to_ordinal(number), language)


@lru_cache(_KEPT)
def year(number: int, language: str) -> str | None:
    """A year as it is said: "nineteen ninety-nine"."""
    if language == "sv" and 1100 <= number < 2000:
        century, rest = divmod(number, 100)
        return f"{cardinal(century, 'sv')}hundra{cardinal(rest, 'sv') if rest else ''}"
    if language not in _YEARS or (language != "en" and number >= 2000):
        return cardinal(number, language)
    words = _converter(language).to_year(number)
    return words.replace(" honderd ", "honderd ").replace(" honderd", "honderd") if language == "nl" else words


def decimal(whole: int, fraction: str, sign: str, language: str) -> str | None:
    """A decimal number; `fraction` is its digits as written, `sign` the character before them."""
    if language in _SPELLED_DECIMALS:
        front = cardinal(whole, language)
        digits = spelled(fraction, language)
        if front is None or digits is None:
            return None
        space = "" if language in ("ja", "th") else " "
        return space.join((front, _point(sign, language), *digits))
    if language == "hu" and not fraction.strip("0"):
        return None  # num2words says "5,0" as 5, and for some never ends
    if language in _WHOLE_DECIMALS and abs(whole) < 10**9 and len(fraction) <= _PLACES.get(language, 4):
        amount = Decimal(f"{abs(whole)}.{fraction}")
        words = _converter(language).to_cardinal(float(amount))
        return f"{minus(language)} {words}" if whole < 0 else words
    return None


@cache
def _point(sign: str, language: str) -> str:
    """The word for the decimal sign, taken out of what num2words says for 1.1."""
    if language in _POINT:
        return _POINT[language].get(sign, "coma")
    say = _converter(language).to_cardinal
    return say(0.2).removeprefix(say(0)).removesuffix(say(2)).strip()


def spelled(digits: str, language: str) -> list[str] | None:
    """Each digit in words."""
    words = [cardinal(int(digit), language) for digit in digits]
    return None if None in words else [word for word in words if word is not None]


def money(whole: int, cents: int, currency: str, language: str) -> tuple[str, str, str] | None:
    """An amount in words as (whole units, how they are joined, minor units); None where num2words has no words.

    Languages whose currency names num2words takes from English do not count, nor do forms with a wrong gender.
    """
    if language not in _MONEY or currency not in _MONEY[language].split():
        return None
    main, minor = _coins(whole, 0, currency, language)[0], _coins(0, cents, currency, language)[1]
    return main, JOINED.get(language, " "), minor


@lru_cache(_KEPT)
def _coins(whole: int, cents: int, currency: str, language: str) -> tuple[str, str]:
    if currency == "BRL":  # Brazil's converter knows no other currency, and has no say in how parts are joined
        parts = _brazilian().to_currency(Decimal(f"{whole}.{cents:02}")).replace(",", "")
        return parts, parts.removeprefix("zero reais e ")
    parts = _converter(language).to_currency(Decimal(f"{whole}.{cents:02}"), currency=currency, separator="\x1f")
    main, _, minor = parts.replace(" sterling", "").replace(",", "").partition("\x1f")
    if language == "en" and currency == "EUR" and whole != 1:
        main += "s"
    return main.strip(), minor.strip()


_MONEY = {
    "en": "EUR USD GBP INR", "de": "EUR USD GBP", "fr": "EUR USD", "es": "EUR USD GBP INR", "it": "EUR USD GBP",
    "pt": "EUR USD BRL", "nl": "EUR USD", "fi": "EUR USD GBP INR", "pl": "EUR USD PLN", "ru": "EUR USD RUB UAH",
    "uk": "EUR USD GBP UAH", "lt": "EUR USD", "lv": "EUR USD", "ca": "EUR USD GBP INR",
}  # fmt: skip
JOINED = {
    "en": " and ",
    "de": " und ",
    "fr": " et ",
    "es": " con ",
    "it": " e ",
    "pt": " e ",
    "ca": " amb ",
    "fi": " ja ",
    "sv": " och ",
    "da": " og ",
    "nb": " og ",
    "ro": " și ",
}
