"""The words of one language for what callers tell: numbers, signs, days, yes and no.

All words are folded as `fold` does: small letters without accents. Words that stand for the same are joined by "/".
A number that is said in several words is written as one, "quatrevingt": words are looked up joined.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final, Literal

import attrs

Which = Literal["this", "coming", "next week", "last"]
"""Which Friday: today or the first one after, the first one after today, that of next week, the last one before."""

_LEADING: Final = r"(?:[\s,:]+|$)"


def fold(text: str) -> str:
    """Small letters, without accents, and with straight apostrophes."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("\u2019", "'")
    return "".join(each for each in plain if not unicodedata.combining(each))


def numbered(words: str, first: int = 0, step: int = 1) -> dict[str, int]:
    """The words of a list with the numbers that they stand for."""
    places = enumerate(words.split())
    return {word: first + step * place for place, each in places for word in each.split("/")}


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Vocabulary:
    """One language.

    Args:
        small: the numbers from zero upwards, in order: at least to nineteen.
        tens: twenty, thirty, ... ninety.
        more: further words for numbers below a hundred.
        joined: how a ten and a unit become one word; `{cut}` is the ten without its last letter.
        bound: the units as they are joined with something, where that is another word than alone.
        scores: tens that go on to nineteen: "soixante-dix".
        hundred, thousand: their words.
        hundreds: one to nine hundred, where those are words of their own.
        joint: "and" between the parts of a number.
        ordinals: first, second, ...; the ordinals above these are the number with `ordinal`, if that is given.
        inflected: endings that an ordinal may have.
        times: "double".
        signs: what is said for the signs of an e-mail address, with its accents; what comes first for a sign is what is
            said for it when it is read back.
        yes, no: words that say so; a "no" anywhere is a no, except in what is `agreed`.
        months, weekdays: from January, from Monday.
        day_first: whether a date in numbers has its day before its month.
        days: how far from today a day is.
        which: words beside a weekday.
        ahead, units, one: "in", "days" and "weeks", and "a" (of them).
        leads: what is said before a name or an address; `email_leads`: before an e-mail address.
        particles: parts of a name that begin with a small letter.
        respelt: patterns of what is read as something else: "n't".
        dated: how a date is read back, of `{day}`, `{month}` (one of `named`) and `{year}`.
        named: the months as they are written.
        asks: what is asked for a name, an email, ..., for `{what}`, and whether the `{value}` is right; what is said
            `again` to what was not understood.
    """

    small: str
    tens: str
    more: Mapping[str, int] = {}
    joined: Sequence[str] = ("{ten}{one}",)
    bound: str = ""
    scores: str = ""
    hundred: str
    hundreds: str = ""
    thousand: str
    joint: str
    ordinals: str
    ordinal: str = ""
    inflected: str = ""
    times: Mapping[str, int]
    signs: Mapping[str, str]
    yes: str
    no: str
    agreed: Sequence[str] = ()
    months: str
    weekdays: str
    day_first: bool = True
    days: Mapping[str, int]
    which: Mapping[str, Which]
    ahead: str
    units: Mapping[str, int]
    one: str
    leads: Sequence[str]
    email_leads: str
    particles: str = ""
    respelt: Mapping[str, str] = {}
    dated: str
    named: str
    asks: Mapping[str, str]

    def words(self, text: str) -> list[str]:
        """Its words, folded, its numbers and each plus sign."""
        folded = fold(text)
        for pattern, other in self.respelt.items():
            folded = re.sub(pattern, other, folded)
        return re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[+]", folded)

    @cached_property
    def below_hundred(self) -> Mapping[str, int]:
        """Every number below a hundred."""
        alone, tens = numbered(self.small), numbered(self.tens, 20, 10) | self._more_tens
        bound = (numbered(self.bound, 1) if self.bound else {}) | {word: n for word, n in alone.items() if 0 < n < 10}
        both = {
            form.format(ten=ten, cut=ten[:-1], one=one): value + n
            for form in self.joined
            for ten, value in tens.items()
            for one, n in bound.items()
        }
        scores = {
            form.format(ten=ten, cut=ten[:-1], one=teen): tens[ten] + n
            for form in self.joined
            for ten in self.scores.split()
            for teen, n in alone.items()
            if 10 <= n < 20
        }
        return {**scores, **both, **tens, **self.more, **alone}

    @property
    def _more_tens(self) -> dict[str, int]:
        return {word: number for word, number in self.more.items() if number >= 20 and number % 10 == 0}

    @cached_property
    def nth(self) -> Mapping[str, int]:
        """The ordinals of the days of a month."""
        listed = numbered(self.ordinals, 1)
        above = max(listed.values())
        rest = {f"{word}{self.ordinal}": n for word, n in self.below_hundred.items() if above < n < 32 and self.ordinal}
        every = listed | rest
        return every | {word + ending: n for word, n in every.items() for ending in self.inflected.split()}

    @cached_property
    def number(self) -> re.Pattern[str]:
        """A number below ten thousand, its words joined."""
        below = "|".join(sorted({*self.below_hundred, *self.bound.split()}, key=len, reverse=True))
        hundreds = "|".join(numbered(self.hundreds)) or "(?!)"
        return re.compile(
            rf"(?:(?P<thousands>{below})?(?P<thousand>{self.thousand})(?:{self.joint})?)?"
            rf"(?:(?:(?P<times>{below})?(?P<hundred>{self.hundred})|(?P<hundreds>{hundreds}))(?:{self.joint})?)?"
            rf"(?P<rest>{below})?"
        )

    @cached_property
    def large(self) -> re.Pattern[str]:
        """What a digit before it is multiplied by."""
        return re.compile(f"{self.hundred}|{self.thousand}")

    @cached_property
    def number_of(self) -> Mapping[str, int]:
        """The numbers below a hundred, alone and as they are joined with a hundred or a thousand."""
        return {**numbered(self.bound, 1), **self.below_hundred}

    @cached_property
    def hundreds_of(self) -> Mapping[str, int]:
        """One to nine hundred, where those are words of their own."""
        return numbered(self.hundreds, 100, 100)

    @cached_property
    def sign_of(self) -> Mapping[str, str]:
        """What is said for the signs of an e-mail address, folded."""
        return {fold(word): sign for word, sign in self.signs.items()}

    @cached_property
    def spoken_signs(self) -> Mapping[str, str]:
        """For each sign of an e-mail address, what is said for it."""
        return {sign: f" {word} " for word, sign in reversed([*self.signs.items()])}

    @cached_property
    def before_name(self) -> re.Pattern[str]:
        """What is said before a name or an address."""
        either = "|".join(self.leads).replace("'", "['\u2019]")
        return re.compile(rf"^(?:(?:{either}){_LEADING})+", re.IGNORECASE)

    @cached_property
    def before_email(self) -> re.Pattern[str]:
        """What is said before an e-mail address."""
        either = "|".join(self.email_leads.split()).replace("'", "['\u2019]")
        return re.compile(rf"^(?:(?:{either}){_LEADING})+", re.IGNORECASE)
