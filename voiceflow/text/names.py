# ruff: noqa: RUF001 (words of many scripts)
"""Names of currencies, units and months, and the signs that numbers are written with: CLDR data, by Babel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast
from unicodedata import normalize

import attrs

if TYPE_CHECKING:
    from babel import Locale

# What each written unit is in CLDR. Those that are also common words ("in", "a") are left out.
UNITS = {
    "km": "length-kilometer", "m": "length-meter", "cm": "length-centimeter", "mm": "length-millimeter",
    "mi": "length-mile", "ft": "length-foot", "yd": "length-yard", "kg": "mass-kilogram", "g": "mass-gram",
    "mg": "mass-milligram", "lb": "mass-pound", "lbs": "mass-pound", "oz": "mass-ounce", "t": "mass-tonne",
    "l": "volume-liter", "L": "volume-liter", "ml": "volume-milliliter", "mL": "volume-milliliter",
    "cl": "volume-centiliter", "dl": "volume-deciliter", "h": "duration-hour", "min": "duration-minute",
    "s": "duration-second", "ms": "duration-millisecond", "km/h": "speed-kilometer-per-hour",
    "kmh": "speed-kilometer-per-hour", "mph": "speed-mile-per-hour", "m/s": "speed-meter-per-second",
    "m²": "area-square-meter", "m2": "area-square-meter", "km²": "area-square-kilometer", "ha": "area-hectare",
    "m³": "volume-cubic-meter", "m3": "volume-cubic-meter", "kB": "digital-kilobyte", "KB": "digital-kilobyte",
    "MB": "digital-megabyte", "GB": "digital-gigabyte", "TB": "digital-terabyte", "Hz": "frequency-hertz",
    "kHz": "frequency-kilohertz", "MHz": "frequency-megahertz", "GHz": "frequency-gigahertz", "W": "power-watt",
    "kW": "power-kilowatt", "MW": "power-megawatt", "kWh": "energy-kilowatt-hour", "V": "electric-volt",
    "kcal": "energy-kilocalorie", "°C": "temperature-celsius", "℃": "temperature-celsius",
    "°F": "temperature-fahrenheit", "℉": "temperature-fahrenheit", "°": "angle-degree", "%": "concentr-percent",
    "‰": "concentr-permille", "км": "length-kilometer", "м": "length-meter", "см": "length-centimeter",
    "мм": "length-millimeter", "кг": "mass-kilogram", "мин": "duration-minute", "сек": "duration-second",
    "мл": "volume-milliliter", "л": "volume-liter", "г": "mass-gram", "ч": "duration-hour", "secs": "duration-second",
    "sec": "duration-second", "mins": "duration-minute", "Min": "duration-minute", "Std": "duration-hour",
    "Sek": "duration-second", "hr": "duration-hour", "hrs": "duration-hour", "tsp": "volume-teaspoon",
    "tbsp": "volume-tablespoon", "TL": "volume-teaspoon", "EL": "volume-tablespoon", "Ko": "digital-kilobyte",
    "Mo": "digital-megabyte", "Go": "digital-gigabyte", "To": "digital-terabyte",
    "км/ч": "speed-kilometer-per-hour", "км/год": "speed-kilometer-per-hour", "м/с": "speed-meter-per-second",
}  # fmt: skip
# How thousands, millions and milliards are abbreviated.
SHORT_SCALES: Mapping[str, Mapping[str, int]] = {
    "de": {"tsd": 10**3, "mio": 10**6, "mrd": 10**9},
    "nl": {"mln": 10**6, "mld": 10**9},
    "it": {"mln": 10**6, "mld": 10**9, "mrd": 10**9},
    "da": {"mio": 10**6, "mia": 10**9},
    "nb": {"mill": 10**6, "mrd": 10**9},
    "pl": {"tys": 10**3, "mln": 10**6, "mld": 10**9},
    "ru": {"тыс": 10**3, "млн": 10**6, "млрд": 10**9, "трлн": 10**12},
    "uk": {"тис": 10**3, "млн": 10**6, "млрд": 10**9},
}
_SHORT_SCALES: Mapping[str, int] = {"mio": 10**6, "mrd": 10**9, "mln": 10**6}  # before a sign, in any language

CURRENCIES = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "￥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW",
    "₺": "TRY", "₴": "UAH", "₪": "ILS", "฿": "THB", "₫": "VND", "₦": "NGN", "₱": "PHP", "₸": "KZT",
    "₡": "CRC", "₾": "GEL",
    "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "NT$": "TWD",
    "MX$": "MXN", "R$": "BRL", "zł": "PLN", "Kč": "CZK", "Ft": "HUF", "Rp": "IDR", "Rs": "INR", "Rs.": "INR",
}  # fmt: skip
# Words that name a currency in some languages only.
LOCAL_CURRENCIES: Mapping[str, Mapping[str, str]] = {
    "sv": {"kr": "SEK"}, "da": {"kr": "DKK"}, "nb": {"kr": "NOK"}, "tr": {"TL": "TRY"}, "ru": {"руб": "RUB"},
    "uk": {"грн": "UAH"}, "ro": {"lei": "RON"},
}  # fmt: skip
# ISO 4217, less those that are also words in capitals.
CODES = frozenset(
    ["USD", "EUR", "GBP", "JPY", "INR", "RUB", "KRW", "UAH", "ILS", "THB", "VND", "CAD", "AUD", "NZD", "HKD", "SGD",
     "TWD", "MXN", "ARS", "CLP", "COP", "CHF", "PLN", "SEK", "NOK", "DKK", "CZK", "HUF", "RON", "CNY", "BRL", "ZAR",
     "AED", "SAR", "EGP", "NGN", "PHP", "KZT", "CRC", "GEL", "IDR", "MYR", "PKR", "KES"]
)  # fmt: skip
KNOWN = CODES | {"TRY"}
# Those whose sign alone names them: what is said for it does not say whose they are.
BARE = frozenset(code for sign, code in CURRENCIES.items() if len(sign) == 1)


_SIGNS = re.compile(r"[A-Za-z%‰°]")


@cache
def locale(language: str) -> Locale | None:
    """The CLDR data of a language; None where there is none."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None


@cache
def separators(language: str) -> tuple[str, str]:
    """The decimal sign and the sign between groups of digits."""
    found = locale(language)
    if found is None:
        return ".", ","
    signs = cast(Mapping[str, Mapping[str, str]], found.number_symbols)
    latin = signs.get("latn", {})
    return latin.get("decimal", "."), latin.get("group", ",")


@lru_cache(4096)  # amounts: small ones come often
def plural(amount: Decimal, language: str) -> str:
    """The CLDR plural category of an amount."""
    found = locale(language)
    return "other" if found is None else found.plural_form(amount)


def unit(amount: Decimal, written: str, language: str) -> str | None:
    """The long name of a unit for an amount, with `{0}` for the amount; None where CLDR has none."""
    key = UNITS.get(written)
    return None if key is None else _unit(key, _Counted(plural(amount, language), amount), language)


@attrs.frozen
class _Counted:
    """A plural category, with an amount that is in it: the amount stands for all of them."""

    category: str
    amount: Decimal = attrs.field(eq=False)


@cache
def _unit(key: str, counted: _Counted, language: str) -> str | None:
    found, amount = locale(language), counted.amount
    if found is None:
        return None
    from babel.numbers import format_decimal
    from babel.units import UnknownUnitError, format_unit

    number = format_decimal(amount, locale=found)
    for length in ("long", "short"):  # where the short name is a word, as in Chinese, CLDR has no long one
        try:
            pattern = format_unit(amount, key, length=cast(Any, length), locale=found).replace(number, "{0}", 1)
        except UnknownUnitError:
            return None
        if "{0}" in pattern and key not in pattern and (length == "long" or not _SIGNS.search(pattern)):
            return pattern.replace("\u00a0", " ").replace("\u202f", " ")
    return None  # Babel answers with the key where CLDR has no name


def currency(amount: Decimal, code: str, language: str) -> str | None:
    """The name of a currency for an amount."""
    return _currency(_Counted(plural(amount, language), amount), code, language)


@cache
def _currency(counted: _Counted, code: str, language: str) -> str | None:
    found = locale(language)
    if found is None:
        return None
    from babel.numbers import get_currency_name

    name = get_currency_name(code, count=counted.amount, locale=found)
    return None if name == code else name


@cache
def percent_first(language: str) -> bool:
    """Whether the percent sign stands before the number: "%50"."""
    found = locale(language)
    return found is not None and str(found.percent_formats[None].pattern).startswith("%")


@cache
def months(language: str) -> Mapping[str, int]:
    """Every long and abbreviated name of a month, in small letters and without a stop, with its number."""
    found = locale(language)
    answer: dict[str, int] = {}
    if found is None:
        return answer
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            names = cast(Mapping[int, str], found.months[context][width])
            answer.update({name.lower().rstrip("."): number for number, name in names.items() if not name.isdigit()})
    return answer


@cache
def month_name(number: int, language: str) -> str | None:
    """The name that a month has in a date."""
    found = locale(language)
    return None if found is None else str(found.months["format"]["wide"][number])


@cache
def day_first(language: str) -> bool:
    """Whether a numeric date has the day before the month."""
    found = locale(language)
    if found is None:
        return True
    pattern = str(found.date_formats["short"].pattern)
    return pattern.find("d") < pattern.find("M") if "d" in pattern else True


@cache
def magnitudes(language: str) -> Mapping[int, Mapping[str, str]]:
    """The words for thousand, million and milliard by plural category, from CLDR's long compact numbers."""
    found = locale(language)
    if found is None:
        return {}
    forms = cast(
        Mapping[str, Mapping[str, object]], cast(Mapping[str, object], found.compact_decimal_formats).get("long", {})
    )
    answer: dict[int, dict[str, str]] = {}
    for category, patterns in forms.items():
        for power in (10**3, 10**6, 10**9, 10**12):
            pattern = patterns.get(str(power))
            if pattern is not None:
                answer.setdefault(power, {})[category] = (
                    str(getattr(pattern, "pattern", "")).replace("0", "").strip("\u00a0 '")
                )
    return answer


def short_scales(language: str) -> Mapping[str, int]:
    """Abbreviations of powers of ten, in small letters and without a stop."""
    return SHORT_SCALES.get(language, _SHORT_SCALES)


@cache
def magnitude_words(language: str) -> frozenset[str]:
    """The same words in small letters, all forms."""
    return frozenset(
        normalize("NFC", form.lower()) for forms in magnitudes(language).values() for form in forms.values()
    )
