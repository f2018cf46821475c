# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Numbers, money, dates and times read aloud in the language of the reply.

Each shape of expression has a rule with its own switch; the first that fits wins, longest shapes first. What no
library can say in a language stays as it is written: nothing is ever read in English by default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

import attrs

from voiceflow.errors import GraphError
from voiceflow.machines.text.languages import normalise
from voiceflow.machines.text.profiles import profile
from voiceflow.machines.text.scripts import is_spaceless
from voiceflow.text import calendar, counting, names, vocabulary
from voiceflow.text.quantities import Quantity, parse, plain

Answer = tuple[int, str]
_PHONES = ("spaced", "words", "spell", "off")

_SIGNED = re.compile(r"([-−+±~≈#№])(?=[\d$€£¥₹₽₩₺₴₪฿₫])")
_INTERNATIONAL = re.compile(r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,6}")
_GROUPED_DIGITS = re.compile(r"\d{1,5}\)?(?:[ .-]\d{2,8}){1,5}")
_LONG_DIGITS = re.compile(r"\d{7,}")
_RANGE = re.compile(r"(\d(?:[\d.,]*\d)?)(?:[-‐‑]| ?[–—] ?)(?=[$€£¥₹₽₩₺₴₪฿₫]?\d)")
_YEAR = re.compile(r"1[1-9]\d\d|20\d\d")
_DECADE = re.compile(r"(1[1-9]\d0|20\d0)['’]?s\b")
_RUSSIAN_YEAR = re.compile(r"(\d{4}) (год(?:а|у|ом|е)?)\b")
_SYMBOL = re.compile(r"(?:US\$|[A-Z]\$|[$€£¥₹₽₩₺₴₪฿₫₦₱])")
_SCALE = re.compile(r"[ \u00a0]?([KkMBTmb]|bn|Mio|Mrd|Cr|crore|lakh)\b\.?")
_UNIT = re.compile(
    r"[ \u00a0\u202f]?(" + "|".join(map(re.escape, sorted(names.UNITS, key=len, reverse=True))) + r")(?![\w²³°/])"
)
_UNCOUNTED = frozenset({"ar"})  # the counted form of a noun is not in CLDR's names
_SCALES = {"k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9, "t": 10**12, "mio": 10**6, "mrd": 10**9}


@attrs.frozen
class VerbaliserSettings:
    """Which shapes are read, each with its own switch.

    `phones` is how telephone numbers and runs of at least `long_digits` digits are said: "spaced" (digits with
    spaces), "words", "spell" (the SSML-like `<spell>` that some voices know) or "off".
    """

    cardinals: bool = True
    decimals: bool = True
    currency: bool = True
    units: bool = True
    ranges: bool = True
    ordinals: bool = True
    years: bool = True
    dates: bool = True
    times: bool = True
    signs: bool = True
    phones: str = "spaced"
    long_digits: int = 7

    def __attrs_post_init__(self) -> None:
        if self.phones not in _PHONES:
            raise GraphError(f"VerbaliserSettings.phones is one of {', '.join(_PHONES)}; got {self.phones!r}")
        if self.long_digits < 5:
            raise GraphError(f"VerbaliserSettings.long_digits is at least 5; got {self.long_digits!r}")


@attrs.frozen
class Verbaliser:
    """Reads numbers aloud in one language; what `Clean` takes as its verbaliser. Keeps nothing between calls."""

    language: str
    settings: VerbaliserSettings = VerbaliserSettings()

    @property
    def symbols(self) -> Mapping[str, str]:
        """Signs that are words by themselves."""
        return vocabulary.SIGNS.get(self.language, {}) if self.settings.signs else {}

    @property
    def ordinal_dot(self) -> bool:
        """Whether "3." may be an ordinal in the language."""
        return profile(self.language).ordinal_dot

    def read(self, window: str, before: str) -> Answer | None:
        """Read the expression that `window` begins with; None leaves it as it is written."""
        if before.rstrip()[-1:] in ("$", "€", "£", "§") and window[:1].isdigit():
            return None
        for rule in self._rules():
            answer = rule(window, before)
            if answer is not None:
                return answer
        return None

    def _rules(self) -> tuple[Callable[[str, str], Answer | None], ...]:
        on = self.settings
        rules: list[Callable[[str, str], Answer | None]] = []
        if on.dates:
            rules.append(lambda window, before: calendar.date(window, before, self.language))
        if on.phones != "off":
            rules.append(self._phone)
        rules.append(self._signed)
        if on.years:
            rules.append(self._decade)
        if on.times:
            rules.append(lambda window, before: calendar.time(window, self.language))
        if on.ranges:
            rules.append(self._range)
        if on.currency:
            rules += [self._money_before, self._money_after]
        if on.ordinals:
            rules.append(lambda window, before: calendar.ordinal(window, before, self.language))
        if on.units:
            rules.append(self._measure)
        if on.years:
            rules.append(self._year)
        if on.cardinals:
            rules.append(self._number)
        return tuple(rules)

    def _phone(self, window: str, _before: str) -> Answer | None:
        found = _INTERNATIONAL.match(window) or _GROUPED_DIGITS.match(window) or _LONG_DIGITS.match(window)
        if found is None or not _free(window, found.end()):
            return None
        groups = re.findall(r"\d+", found.group())
        digits = "".join(groups)
        if not self._is_phone(found.group(), groups, digits):
            return None
        return found.end(), self._spell(groups, found.group())

    def _is_phone(self, text: str, groups: list[str], digits: str) -> bool:
        if text[0] == "+":
            return 8 <= len(digits) <= 15
        if len(groups) == 1:
            return len(digits) >= self.settings.long_digits and not digits.endswith("000")
        if len(digits) < 7 or len(digits) > 16 or [len(group) for group in groups] == [4, 2, 2]:
            return False
        if len(groups) == 2:
            sizes = [len(group) for group in groups]
            return (sizes in ([3, 4], [4, 4]) and not _year_like(groups)) or (digits[0] == "0" and sizes[0] > 1)
        grouping = names.separators(self.language)[1]
        thousands = all(len(group) == 3 for group in groups[1:]) and (
            (grouping.isspace() and " " in text) or "." in text
        )
        return (not thousands and max(map(len, groups)) < 6) or len(groups[0]) > 3

    def _spell(self, groups: list[str], text: str) -> str:
        style, close = self.settings.phones, ")" if ")" in text and "(" not in text else ""
        if style == "spell":
            return f"<spell>{''.join(groups)}</spell>"
        parts: list[str] = []
        for group in groups:
            said = counting.spelled(group, self.language) if style == "words" else None
            parts.append(" ".join(said if said is not None else group))
        plus = "plus " if text[0] == "+" and style == "words" and self.language in ("en", "de", "fr", "nl") else ""
        head = plus or ("+" if text[0] == "+" else "")
        return head + parts[0] + close + "".join(", " + part for part in parts[1:])

    def _signed(self, window: str, before: str) -> Answer | None:
        found = _SIGNED.match(window)
        if found is None:
            return None
        answer = self.read(window[1:], "")
        word = self._sign_word(found.group(1))
        if answer is None or word is None:
            return None
        return answer[0] + 1, f"{word} {answer[1]}"

    def _sign_word(self, sign: str) -> str | None:
        if sign in "-−":
            one, minus = counting.cardinal(1, self.language), counting.cardinal(-1, self.language)
            return None if one is None or minus is None else minus.removesuffix(one).strip()
        if sign in "#№":
            return vocabulary.NUMBER.get(self.language)
        if sign in "~≈":
            return vocabulary.ABOUT.get(self.language)
        return self.symbols.get(sign) if sign == "+" else None

    def _range(self, window: str, _before: str) -> Answer | None:
        """ "5-10": both ends with the word between; what belongs to the second belongs to both."""
        head = _SYMBOL.match(window)
        skip = head.end() if head else 0
        found, word = _RANGE.match(window, skip), vocabulary.RANGE.get(self.language)
        if found is None or word is None:
            return None
        rest = window[found.end() :]
        second = re.match(r"[$€£¥₹₽₩₺₴₪฿₫]?(\d[\d.,]*)", rest)
        if second is None or second.group(1).count(".") > 1 or re.match(r"[-–/:]\d", rest[second.end() :]):
            return None
        symbol = head.group() if head and not _SYMBOL.match(rest) else ""
        answer = self.read(symbol + rest, "") or self._as_written(rest, second.group(1))
        first = self._end_of_range(found.group(1), second.group(1))
        if answer is None or first is None:
            return None
        size = answer[0] - len(symbol)
        if is_spaceless(word[0]):
            return found.end() + size, f"{first}{word}{answer[1]}"
        if word == "-":
            return found.end() + size, f"{first}-{answer[1]}"
        if self.language == "ko":
            return found.end() + size, f"{first}{word} {answer[1]}"
        return found.end() + size, f"{first} {word} {answer[1]}"

    def _as_written(self, rest: str, number: str) -> Answer | None:
        size = len(number.rstrip(".,"))
        return (size, rest[:size]) if _free(rest, size) else None

    def _end_of_range(self, first: str, second: str) -> str | None:
        if _year_like([first, second.rstrip(".,")]):
            return counting.year(int(first), self.language) or first
        value = parse(first, self.language)
        if value is None:
            return None
        return plain(value, self.language) or (first if not counting.speaks(self.language) else None)

    def _money_before(self, window: str, _before: str) -> Answer | None:
        """ "$5", "€ 3.50", "EUR 20", "$2.5 million"."""
        found = re.match(rf"({_SYMBOL.pattern}|{'|'.join(names.CODES)})[ \u00a0]?[-−]?(?=\d)", window)
        if found is None:
            return None
        code = names.CURRENCIES.get(found.group(1), found.group(1))
        value = parse(window[found.end() :], self.language)
        if value is None or code not in names.CODES:
            return None
        stop = found.end() + value.size
        negative = "-" in found.group() or "−" in found.group()
        return self._money(window, stop, value.negated() if negative else value, code)

    def _money_after(self, window: str, _before: str) -> Answer | None:
        """ "5 €", "20 USD"."""
        value = parse(window, self.language)
        if value is None:
            return None
        found = re.compile(rf"[ \u00a0\u202f]?({_SYMBOL.pattern}|zł|Kč|(?:{'|'.join(names.CODES)})(?!\w))(?!\d)").match(
            window, value.size
        )
        if found is None:
            return None
        code = names.CURRENCIES.get(found.group(1), found.group(1))
        spoken = self._amount_of(value, code)
        return None if spoken is None or code not in names.CODES else (found.end(), spoken)

    def _money(self, window: str, stop: int, value: Quantity, code: str) -> Answer | None:
        scale = _SCALE.match(window, stop)
        if scale is not None and scale.group(1).lower() in _SCALES:
            scaled = self._scaled(value, _SCALES[scale.group(1).lower()], code)
            return None if scaled is None else (scale.end(), scaled)
        word = re.match(r"[ \u00a0]([^\W\d_]+)", window[stop:])
        if word is not None and word.group(1).lower() in self._scale_words():
            amount, noun = plain(value, self.language), names.currency(Decimal(5), code, self.language)
            if amount is None or noun is None:
                return None
            return stop + word.end(), f"{amount} {word.group(1)} {self._joined(self._short(noun))}"
        if not _free(window, stop):
            return None
        spoken = self._amount_of(value, code)
        return None if spoken is None else (stop, spoken)

    def _scale_words(self) -> set[str]:
        words = {form.lower() for forms in names.magnitudes(self.language).values() for form in forms.values()}
        return words | ({"lakh", "crore", "hundred"} if self.language == "en" else set())

    def _scaled(self, value: Quantity, power: int, code: str) -> str | None:
        forms = names.magnitudes(self.language).get(power)
        amount, noun = plain(value, self.language), names.currency(Decimal(5), code, self.language)
        if not forms or amount is None or noun is None:
            return None
        word = forms.get(names.plural(value.amount, self.language)) or forms["other"]
        between = self._joined(self._short(noun)) if power >= 10**6 else self._short(noun)
        return f"{vocabulary.agree(amount, word, self.language)} {word} {between}"

    def _joined(self, noun: str) -> str:
        """The noun after a round million: "million d'euros"."""
        particle = vocabulary.OF.get(self.language)
        if particle is None:
            return noun
        elides = self.language in ("fr", "ca") and noun[:1].lower() in "aeiouyéè"
        return f"{particle[0]}'{noun}" if elides else f"{particle} {noun}"

    def _short(self, noun: str) -> str:
        """ "dollars" for "US dollars": the sign does not say whose."""
        if self.language == "en":
            return noun.split()[-1] if noun != "British pounds" else "pounds"
        return vocabulary.SHORT.get(self.language, {}).get(noun, noun)

    def _amount_of(self, value: Quantity, code: str) -> str | None:
        """An amount of money in words; in a language without number words the digits stay and the name is said."""
        minus = f"{self._sign_word('-')} " if value.negative else ""
        if len(value.fraction) <= 2 and abs(value.whole) < 10**12:
            said = counting.money(value.amount, code, self.language)
            if said is not None:
                return minus + self._coins(value, *said)
        noun = None if self.language in _UNCOUNTED else names.currency(value.amount, code, self.language)
        if noun is None:
            return None
        counted = attrs.evolve(value, fraction="") if not value.fraction.strip("0") else value
        amount = plain(counted, self.language) or value.written
        return _close_up(f"{vocabulary.agree(amount, self._short(noun), self.language)} {self._short(noun)}")

    def _coins(self, value: Quantity, main: str, joint: str, minor: str) -> str:
        """Whole units and cents, those that are there."""
        millions = abs(value.whole) >= 10**6 and value.whole % 10**6 == 0
        if millions and self.language in vocabulary.OF and self.language != "pt":
            number, _, noun = main.rpartition(" ")
            main = f"{number} {self._joined(noun)}"
        if not value.fraction.strip("0"):
            return main
        return minor if value.whole == 0 else f"{main}{joint}{minor}"

    def _measure(self, window: str, _before: str) -> Answer | None:
        """ "5 km", "20%", "-3 °C"."""
        value = parse(window, self.language)
        if value is None:
            return None
        found = _UNIT.match(window, value.size)
        pattern = None if found is None else names.unit(value.amount, found.group(1), self.language)
        if found is None or pattern is None:
            return None
        noun = pattern.replace("{0}", "").strip()
        amount = plain(value, self.language)
        if amount is None and counting.speaks(self.language):
            return None
        said = pattern.replace("{0}", vocabulary.agree(amount or value.written, noun, self.language))
        if self.language == "it":
            said = re.sub(r"\buna (?=[aeiou])", "un'", said)
        return found.end(), _close_up(said)

    def _year(self, window: str, before: str) -> Answer | None:
        if self.language == "ru" and (russian := _RUSSIAN_YEAR.match(window)):
            spoken = calendar.russian_year(int(russian.group(1)), russian.group(2))
            return (russian.end(), f"{spoken} {russian.group(2)}") if spoken else None
        found = _YEAR.match(window)
        if found is None or not _free(window, found.end()):
            return None
        if self.language != "en" and re.match(r" [^\W\d_]", window[found.end() :]) and not _dated(before):
            return None  # "1234 Euro"
        words = counting.year(int(found.group()), self.language)
        return None if words is None else (found.end(), words)

    def _decade(self, window: str, _before: str) -> Answer | None:
        """ "1990s" is "nineteen nineties"."""
        found = _DECADE.match(window)
        words = counting.year(int(found.group(1)), "en") if found is not None and self.language == "en" else None
        if found is None or words is None:
            return None
        return found.end(), words[:-1] + "ies" if words.endswith("y") else words + "s"

    def _number(self, window: str, _before: str) -> Answer | None:
        value = parse(window, self.language)
        if value is None or not _free(window, value.size):
            return None
        if value.fraction and not self.settings.decimals:
            return None
        if value.written[0] == "0" and len(value.written) > 1 and value.written.isdigit():
            digits = counting.spelled(value.written, self.language)
            return None if digits is None else (value.size, " ".join(digits))
        words = plain(value, self.language)
        return None if words is None else (value.size, words)


def _close_up(text: str) -> str:
    """Without the spaces that some scripts do not write."""
    return text.replace(" ", "") if is_spaceless(text[-1]) else text


def _dated(before: str) -> bool:
    """Whether the word before says that a year follows."""
    words = before.lower().split()
    return not words or words[-1] in vocabulary.DATED


def _year_like(groups: list[str]) -> bool:
    return all(len(group) == 4 and group.isdigit() and 1100 <= int(group) < 2100 for group in groups)


def _free(window: str, stop: int) -> bool:
    """Whether a number may end at `stop`: what follows is no part of it."""
    after = window[stop : stop + 1]
    if after.isalnum() or after in ("_", "%", "‰", "°", "$", "€", "£"):
        return bool(after) and is_spaceless(after)
    return not (after in (".", ",", ":", "/", "-", "–", "'") and window[stop + 1 : stop + 2].isdigit())


def verbaliser(language: str, settings: VerbaliserSettings | None = None) -> Verbaliser:
    """The verbaliser of a language (a code or name).

    Raises:
        GraphError: the language is unknown. One that is known but whose numbers no library can say is no
            error: its numbers stay as they are written.
    """
    return Verbaliser(normalise(language), settings or VerbaliserSettings())
