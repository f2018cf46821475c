# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Numbers, money, dates and times read aloud in the language of the reply.

Each shape of expression has a rule with its own switch; the first that fits wins, longest shapes first. What no
library can say in a language stays as it is written: nothing is ever read in English by default.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec

import attrs

from voiceflow.errors import GraphError
from voiceflow.machines.text.languages import normalise
from voiceflow.machines.text.profiles import profile
from voiceflow.machines.text.scripts import is_spaceless
from voiceflow.machines.text.tokens import CURRENCY
from voiceflow.text import calendar, clock, counting, money, names, numerals, telephone, vocabulary
from voiceflow.text.quantities import ends_at, parse, plain, year_like

Answer = tuple[int, str]

_SIGNED = re.compile(r"([-−–+±~≈#№])(?=[\d$€£¥￥₹₽₩₺₴₪฿₫]|[A-Z]{1,2}\$)")
_RANGE = re.compile(r"(\d(?:[\d.,]*\d)?)(?:[-‐‑~〜～]| ?[–—] ?)(?=[$€£¥￥₹₽₩₺₴₪฿₫]?\d)")
_SECOND = re.compile(r"[$€£¥￥₹₽₩₺₴₪฿₫]?(\d[\d.,]*)")
_ELIDED = re.compile("['’-]")
_WORD = re.compile(r"[^\W\d_]+\b")
_JOINT = re.compile(r"/(?=[^\W\d_])| ?[x×*] ?(?=\d)")
_MINUEND = re.compile(r"(\d[\d.,]*) [-−–] (?=\d[\d.,]*(?: [-−–+×x*/÷] \d[\d.,]*)* =)")
_THIRD = re.compile(r"[-–/:]\d|-[A-Z]{2}")  # "1-800-FLOWERS"


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
        if self.phones not in telephone.STYLES:
            raise GraphError(f"VerbaliserSettings.phones is one of {', '.join(telephone.STYLES)}; got {self.phones!r}")
        if self.long_digits < 5:
            raise GraphError(f"VerbaliserSettings.long_digits is at least 5; got {self.long_digits!r}")


Rule = Callable[["Verbaliser", str, str], Answer | None]
Asked = tuple[frozenset[str] | None, Rule]  # a rule, and behind which signs it is asked (None: any)


def _those_that_are_on(of: Verbaliser) -> tuple[Asked, ...]:
    return _rules(of.settings)


@attrs.frozen
class Verbaliser:
    """Reads numbers aloud in one language; what `Clean` takes as its verbaliser. Keeps nothing between calls."""

    language: str
    settings: VerbaliserSettings = VerbaliserSettings()
    _asked: tuple[Asked, ...] = attrs.field(
        default=attrs.Factory(_those_that_are_on, takes_self=True), init=False, eq=False, repr=False
    )

    @property
    def symbols(self) -> Mapping[str, str]:
        """Signs that are words by themselves."""
        return vocabulary.SIGNS.get(self.language, {}) if self.settings.signs else {}

    @property
    def signs(self) -> str:
        """The percent sign, where it stands before the number."""
        return "%" if self.settings.units and names.percent_first(self.language) else ""

    @property
    def heads(self) -> frozenset[str]:
        """Letters that an amount of money may begin with."""
        return money.heads(self.language) if self.settings.currency else frozenset()

    @property
    def ordinal_dot(self) -> bool:
        """Whether "3." may be an ordinal in the language."""
        return profile(self.language).ordinal_dot

    def read(self, window: str, before: str) -> Answer | None:
        """Read the expression that `window` begins with; None leaves it as it is written."""
        if before.rstrip()[-1:] in ("$", "€", "£", "§") and window[:1].isdigit():
            return None
        after = window.lstrip(_DIGITS)[:1]
        for follows, rule in self._asked:
            if follows is None or after in follows:
                answer = rule(self, window, before)
                if answer is not None:
                    size, spoken = self._joined(window, *answer)
                    return size, self._capital(spoken) if self._is_behind_sentence(before) else spoken
        return None

    def _joined(self, window: str, size: int, spoken: str) -> Answer:
        """With the sign that joins it to what follows: "€5/night", "30 x 20 cm", "4 * 2"."""
        if self.settings.signs and (found := _JOINT.match(window, size)):
            sign = found.group().strip()
            if sign == "/" and self.language in vocabulary.PER and not window[:size].isdigit():
                short = _WORD.match(window, found.end())
                word = vocabulary.SHORT_TIMES.get(self.language, {}).get(short.group() if short else "")
                stop = short.end() if short and word else found.end()
                return stop, f"{spoken} {vocabulary.PER[self.language]} {word or ''}"
            word = vocabulary.BY.get(self.language) if sign == "x" else self.symbols.get("×")
            if sign != "/" and word is not None:
                return found.end(), f"{spoken} {word} "
        return size, spoken

    def _is_behind_sentence(self, before: str) -> bool:
        """Whether a sentence ended before the number: its words begin one then, which the chunker sees by a capital."""
        bare = before.rstrip(" \n\t¡¿«„“\"'(")
        if not bare or before[len(bare) : len(bare) + 1] not in (" ", "\n", "\t") or bare[-1] not in ".!?…":
            return False
        word = _ELIDED.split(bare.split()[-1].rstrip(".!?…").lower().lstrip("([\"'“„«"))[-1]
        if bare[-1] != "." or not word.isalnum():
            return word != "" and "." not in word
        return (
            (len(word) > 1 or word.isdigit()) and word not in profile(self.language).listed and not word.endswith("str")
        )

    def _capital(self, spoken: str) -> str:
        first = "İ" if spoken[:1] == "i" and self.language in ("tr", "az") else spoken[:1].upper()
        return first + spoken[1:]


def _sign(of: Verbaliser, window: str, before: str) -> Answer | None:
    """ "-5", "~20", "#3": the word for the sign, and the number."""
    found = _SIGNED.match(window)
    if found is None or (found.group(1) == "–" and before.rstrip()[-1:].isdigit()):
        return None
    word = _sign_word(of, found.group(1))
    minus = word if found.group(1) in "-−–" and of.settings.units else None
    if minus is not None and (measure := numerals.measure(window[1:], of.language, minus)):
        return measure[0] + 1, measure[1]  # the minus stands at the number: "摂氏マイナス五度"
    answer = of.read(window[1:], "")
    return None if answer is None or word is None else (answer[0] + 1, f"{word} {answer[1]}")


def _difference(of: Verbaliser, window: str, _before: str) -> Answer | None:
    """ "5 - 3 = 2": the first number and a minus, where what follows is a sum."""
    found, word = _MINUEND.match(window), counting.minus(of.language)
    value = None if found is None else parse(window, of.language)
    if found is None or word is None or value is None or value.size != found.end(1):
        return None
    words = plain(value, of.language)
    return None if words is None else (found.end(), f"{words} {word} ")


def _sign_word(of: Verbaliser, sign: str) -> str | None:
    if sign in "-−–":
        return counting.minus(of.language)
    if sign in "#№":
        return vocabulary.NUMBER.get(of.language)
    if sign in "~≈":
        return vocabulary.ABOUT.get(of.language)
    return of.symbols.get(sign) if sign == "+" else None


def _range(of: Verbaliser, window: str, _before: str) -> Answer | None:
    """ "5-10": both ends with the word between; what belongs to the second belongs to both."""
    head = money.head(window, of.language)
    found = _RANGE.match(window, len(head))
    word = None if found is None else vocabulary.RANGE.get(of.language)
    if found is None or word is None:
        return None
    rest = window[found.end() :]
    second = _SECOND.match(rest)
    if second is None or second.group(1).count(".") > 1 or _THIRD.match(rest, second.end()):
        return None
    symbol = head if head and not money.head(rest, of.language) else ""
    answer = of.read(symbol + rest, "")
    if answer is None and not counting.speaks(of.language):
        answer = _as_written(rest, second.group(1))
    first = _first_end(found.group(1), second.group(1), of.language)
    if answer is None or first is None or _is_date(found.group(1), second.group(1), of.language):
        return None
    size = found.end() + answer[0] - len(symbol)
    if is_spaceless(word[0]) or word == "-":
        return size, f"{first}{word}{answer[1]}"
    return size, f"{first}{'' if of.language == 'ko' else ' '}{word} {answer[1]}"


def _is_date(first: str, second: str, language: str) -> bool:
    """Whether "30-11" is a day and a month: so Dutch writes them, and a range does not go down."""
    if language != "nl" or not (first.isdigit() and second.isdigit()):
        return False
    return 0 < int(second) < 13 and int(second) < int(first) < 32


def _as_written(rest: str, number: str) -> Answer | None:
    size = len(number.rstrip(".,"))
    return (size, rest[:size]) if ends_at(rest, size) else None


def _first_end(first: str, second: str, language: str) -> str | None:
    """How the first number of a range is said."""
    if year_like([first, second.rstrip(".,")]):
        return counting.year(int(first), language) or first
    value = parse(first, language)
    if value is None:
        return None
    if first == "1" and language == "de":
        return "ein"
    return plain(value, language) or (first if not counting.speaks(language) else None)


_DIGITS = "0123456789"
_MONEY = frozenset(CURRENCY + string.ascii_uppercase + "zklрг¢")
_INSIDE = frozenset(" \u00a0\u202f.,'’")  # between the digits of one number, or before a word that belongs to it
# The rules in the order in which they are asked, with their switches, and with what may stand behind the first digits
# (or in their place) where a rule has something to say: most need not be asked at all. None: anything.
_RULES: tuple[tuple[str, frozenset[str] | None, Rule], ...] = (
    ("dates", None, lambda of, window, before: calendar.date(window, before, of.language)),
    ("phones", None, lambda of, window, before: telephone.telephone(
        window, before, of.language, of.settings.phones, of.settings.long_digits)),
    ("", frozenset("-−–+±~≈#№"), _sign),
    ("units", frozenset("%"), lambda of, window, _: numerals.percent(window, of.language)),
    ("years", frozenset("s'’"), lambda of, window, before: numerals.decade(window, before, of.language)),
    ("units", frozenset("h "), lambda of, window, _: clock.duration(window, of.language)),
    ("cardinals", frozenset("/ "), lambda of, window, _: numerals.fraction(window, of.language)),
    ("signs", frozenset(" .,"), _difference),
    ("times", frozenset(":.h aApP\u00a0"), lambda of, window, before: clock.time(window, before, of.language)),
    ("ranges", frozenset("-‐‑–—~〜～ .,") | _MONEY, _range),
    ("currency", _MONEY, lambda of, window, _: money.before(window, of.language)),
    ("currency", _MONEY | _INSIDE, lambda of, window, _: money.behind(window, of.language)),
    ("cardinals", frozenset(" .,\u00a0"), lambda of, window, _: numerals.shortened(window, of.language)),
    ("ordinals", frozenset("snrtdeèºª°.:-'’"),
        lambda of, window, before: calendar.ordinal(window, before, of.language)),
    ("units", frozenset(unit[0] for unit in names.UNITS) | _INSIDE,
        lambda of, window, _: numerals.measure(window, of.language)),
    ("years", None, lambda of, window, before: numerals.year(window, before, of.language)),
    ("cardinals", None, lambda of, window, _: numerals.number(window, of.language, decimals=of.settings.decimals)),
)  # fmt: skip


@cache
def _rules(settings: VerbaliserSettings) -> tuple[Asked, ...]:
    """Those that are on."""
    return tuple(
        (follows, rule)
        for switch, follows, rule in _RULES
        if not switch or getattr(settings, switch) not in (False, "off")
    )


def verbaliser(language: str, settings: VerbaliserSettings | None = None) -> Verbaliser:
    """The verbaliser of a language (a code or name).

    Raises:
        GraphError: the language is unknown, or the extra `verbalize` is not installed. A language that is known but
            whose numbers no library can say is no error: its numbers stay as they are written.
    """
    if missing := [name for name in ("babel", "num2words") if find_spec(name) is None]:
        raise GraphError(f"numbers in words need {' and '.join(missing)}: pip install 'voiceflow[verbalize]'")
    return Verbaliser(normalise(language), settings or VerbaliserSettings())
