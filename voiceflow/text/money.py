# ruff: noqa: RUF001 (signs of many scripts)
"""Amounts of money read aloud: the sign that is written names the currency, whatever the language."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from unicodedata import normalize

from voiceflow.machines.text.scripts import is_spaceless
from voiceflow.text import counting, names, vocabulary
from voiceflow.text.numerals import counted, scaled
from voiceflow.text.quantities import Quantity, ends_at, parse, plain, said_or_written

Answer = tuple[int, str]

_SYMBOL = r"(?:US|CA|AU|NZ|HK|NT|MX|[A-Z])\$|[$€£¥￥₹₽₩₺₴₪฿₫₦₱₸₡₾]"
_NO_CENTS = re.compile(r",[-–—](?!\w)")  # "€ 5,-"
_SCALE = re.compile(r"[ \u00a0]?(?:([KkMBTmb]|bn)\b|(Mio|Mrd)\b\.?)")
_SCALE_BEFORE = re.compile(r"[ \u00a0]?([^\W\d_]+)\.?")
_WORD = re.compile(r"[ \u00a0]([^\s\d.,;:!?।()\[\]\"'”’»…/-]+)")  # vowel signs of Indic scripts count as no letters
_SCALES = {"k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9, "t": 10**12, "mio": 10**6, "mrd": 10**9}
_OTHER_CODE = re.compile(rf"[ \u00a0]?({'|'.join(sorted(names.CODES))})(?!\w)")
_INDIAN = {"en": frozenset({"lakh", "crore", "hundred"}), "hi": frozenset({normalize("NFC", "करोड़")})}


@cache
def _words(language: str) -> frozenset[str]:
    """Words and codes that name a currency."""
    signs = (sign for sign in names.CURRENCIES if sign.isalpha() or sign.endswith("."))
    return frozenset([*signs, *names.LOCAL_CURRENCIES.get(language, {}), *names.CODES])


@cache
def heads(language: str) -> frozenset[str]:
    """What an amount may begin with that is letters: "US$", "EUR"; what is also a word only stands behind."""
    ahead = (word for word in _words(language) if len(word) < 4 and word not in ("Ft", "TL", "lei", "zł", "Kč"))
    return frozenset([*ahead, *(sign for sign in names.CURRENCIES if len(sign) > 1 and sign.endswith("$"))])


def _any(words: frozenset[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def _before(language: str) -> re.Pattern[str]:
    return re.compile(rf"({_SYMBOL}|{_any(heads(language))})[ \u00a0]?[-−]?(?=\d)")


@cache
def _after(language: str) -> re.Pattern[str]:
    return re.compile(rf"[ \u00a0\u202f]?((?:{_SYMBOL})(?!\d)|(?:{_any(_words(language))})(?!\w))(?:\.(?=/))?")


def head(window: str, language: str) -> str:
    """The sign or word for a currency that the text begins with, and the space behind it; "" if there is none."""
    found = None if window[:1].isdigit() else _before(language).match(window)
    return "" if found is None else found.group().rstrip("-−")


def before(window: str, language: str) -> Answer | None:
    """ "$5", "€ 3.50", "EUR 20", "$2.5 million"."""
    found = None if window[:1].isdigit() else _before(language).match(window)
    if found is None:
        return None
    code = _code(found.group(1), language)
    value = parse(window[found.end() :], language)
    if value is None or code not in names.KNOWN:
        return None
    stop = found.end() + value.size
    value = value.negated() if "-" in found.group() or "−" in found.group() else value
    if found.group(1) == "$" and (whose := _OTHER_CODE.match(window, stop)):
        spoken = _said(value, whose.group(1), language)
        return None if spoken is None else (whose.end(), spoken)
    return _amount(window, stop, value, code, language)


def behind(window: str, language: str) -> Answer | None:
    """ "5 €", "20 USD", "2,5 Mio. €", "50¢"."""
    value = parse(window, language)
    scale = None if value is None else _SCALE_BEFORE.match(window, value.size)
    power = None if scale is None else _power(scale.group(1).lower(), language)
    if value is not None and scale is not None and power is not None:
        sign = _after(language).match(window, scale.end())
        code = _code(sign.group(1), language) if sign else ""
        said = _scaled(value, power, code, language) if code in names.KNOWN else None
        return None if sign is None or said is None else (sign.end(), said)
    if value is not None and (minor := _minor_sign(window, value, language)):
        return value.size + 1, minor
    bare = None if value is None else _NO_CENTS.match(window, value.size)
    found = None if value is None else _after(language).match(window, bare.end() if bare else value.size)
    if value is None or found is None:
        return None
    code = _code(found.group(1), language)
    spoken = _said(value, code, language) if code in names.KNOWN else None
    return None if spoken is None else (found.end(), spoken)


def _minor_sign(window: str, value: Quantity, language: str) -> str | None:
    """ "50¢"."""
    whole = not value.fraction and not value.negative and 0 < value.whole < 100
    said = counting.money(0, value.whole, "USD", language) if whole and window.startswith("¢", value.size) else None
    return said[2] if said else None


def _code(sign: str, language: str) -> str:
    """The currency of a sign; that of yen is the yuan's too, and means it in Chinese (CLDR)."""
    if sign in "¥￥" and language == "zh":
        return "CNY"
    local = names.LOCAL_CURRENCIES.get(language, {})
    return local.get(sign.rstrip(".")) or names.CURRENCIES.get(sign, sign)


def _amount(window: str, stop: int, value: Quantity, code: str, language: str) -> Answer | None:
    scale = _SCALE.match(window, stop)
    if scale is not None:
        said = _scaled(value, _SCALES[(scale.group(1) or scale.group(2)).lower()], code, language)
        return None if said is None else (scale.end(), said)
    word = _WORD.match(window, stop)
    if word is not None and _is_scale(word.group(1).lower(), language):
        amount, noun = said_or_written(value, language), names.currency(Decimal(5), code, language)
        if amount is None or noun is None:
            return None
        short = _short(noun, code, language)
        thousand = _power(word.group(1).lower(), language) == 10**3
        return word.end(), f"{amount} {word.group(1)} {short if thousand else _joined(short, language)}"
    if bare := _NO_CENTS.match(window, stop):
        stop = bare.end()
    whole = ends_at(window, stop) or "가" <= window[stop : stop + 1] <= "힣"  # a particle of Korean may touch it
    spoken = _said(value, code, language) if whole else None
    return None if spoken is None else (stop, spoken)


def _power(word: str, language: str) -> int | None:
    """Of which power of ten a word is the name."""
    named = (power for power, forms in names.magnitudes(language).items() if word in map(str.lower, forms.values()))
    return names.short_scales(language).get(word) or next(named, None)


def _is_scale(word: str, language: str) -> bool:
    return normalize("NFC", word) in names.magnitude_words(language) | _INDIAN.get(language, frozenset())


def _scaled(value: Quantity, power: int, code: str, language: str) -> str | None:
    amount, noun = scaled(value, power, language), names.currency(Decimal(5), code, language)
    if amount is None or noun is None:
        return None
    short = _short(noun, code, language)
    return f"{amount} {_joined(short, language) if power >= 10**6 else short}"


def _joined(noun: str, language: str) -> str:
    """The noun after a round million: "million d'euros"."""
    particle = vocabulary.OF.get(language)
    if particle is None:
        return noun
    elides = language in ("fr", "ca") and noun[:1].lower() in "aeiouyéè"
    return f"{particle[0]}'{noun}" if elides else f"{particle} {noun}"


def _short(noun: str, code: str, language: str) -> str:
    """ "dollars" for "US dollars": the sign does not say whose."""
    if language == "en" and code in names.BARE:
        return noun.split()[-1] if noun != "British pounds" else "pounds"
    return vocabulary.SHORT.get(language, {}).get(noun, noun)


def _said(value: Quantity, code: str, language: str) -> str | None:
    """An amount in words; in a language without number words the digits stay and the name is said."""
    cents = int(value.fraction.ljust(2, "0")) if len(value.fraction) <= 2 else 0
    if len(value.fraction) <= 2 and abs(value.whole) < 10**12:
        said = counting.money(abs(value.whole), cents, code, language)
        if said is not None:
            minus = f"{counting.minus(language)} " if value.negative else ""
            return minus + _coins(value, *said, language)
    minor = _minor(cents, code, language) if cents else None
    whole = value.whole_units() if minor or not value.fraction.strip("0") else value
    if minor and not value.whole and not value.negative:
        return minor
    main = _counted(whole, code, language)
    if main is None:
        return None
    joined = f"{main}{counting.JOINED.get(language, ' ')}{minor}" if minor else main
    return joined.replace(" ", "") if is_spaceless(joined[-1]) else joined


def _counted(value: Quantity, code: str, language: str) -> str | None:
    """An amount with the name of its currency in CLDR."""
    noun = names.currency(value.amount, code, language)
    if noun is None:
        return None
    if language == "ar":
        return _arabic(value, noun, code)
    one = _short(names.currency(Decimal(1), code, language) or noun, code, language)
    return f"{counted(value, plain(value, language), one, language)} {_short(noun, code, language)}"


def _arabic(value: Quantity, noun: str, code: str) -> str | None:
    """One and two are in the noun; CLDR has the counted forms of few nouns."""
    category = names.plural(value.amount, "ar")
    forms = vocabulary.ARABIC_COINS.get(code)
    if forms is None:
        if len({names.currency(Decimal(count), code, "ar") for count in (1, 5, 11)}) == 1:
            return None
    else:
        noun = forms.get(category, forms["other"])
    if value.fraction or value.negative or category not in ("one", "two"):
        return f"{counted(value, plain(value, 'ar'), noun, 'ar')} {noun}"
    return f"{noun} واحد" if category == "one" else noun


def _minor(cents: int, code: str, language: str) -> str | None:
    """The hundredth parts in words, where their name is known."""
    forms = vocabulary.CENTS.get(language, {}).get(code)
    if forms is None:
        return None
    noun = forms.get(names.plural(Decimal(cents), language)) or forms["other"]
    words = counting.cardinal(cents, language) if counting.speaks(language) else str(cents)
    return None if words is None else f"{vocabulary.agree(words, forms.get('one', noun), language)} {noun}"


def _coins(value: Quantity, main: str, joint: str, minor: str, language: str) -> str:
    """Whole units and cents, those that are there."""
    millions = abs(value.whole) >= 10**6 and value.whole % 10**6 == 0
    if millions and language in vocabulary.OF and language != "pt":
        number, _, noun = main.rpartition(" ")
        main = f"{number} {_joined(noun, language)}"
    if not value.fraction.strip("0"):
        return main
    return minor if value.whole == 0 else f"{main}{joint}{minor}"
