# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Written numbers taken apart: digits, groups and the decimal sign, by the customs of the language."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

import attrs

from voiceflow.machines.text.scripts import is_spaceless
from voiceflow.text import counting, names

_SPACES = "\u00a0\u202f "
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{2,3})+(?!\d)(?:[.,]\d+)?")
_SIMPLE = re.compile(r"(\d+)(?:([.,])(\d+))?")
_MORE = re.compile(r"[.,]\d")


@attrs.frozen
class Quantity:
    """A number as written: its whole part, the digits after the decimal sign, that sign, and its length."""

    written: str
    whole: int
    fraction: str = ""
    sign: str = ""
    negative: bool = False

    @property
    def size(self) -> int:
        return len(self.written)

    @property
    def amount(self) -> Decimal:
        """The absolute value, with the decimals that are written (they matter for plural forms)."""
        return Decimal(f"{abs(self.whole)}.{self.fraction}") if self.fraction else Decimal(abs(self.whole))

    def whole_units(self) -> Quantity:
        """Without what stands behind the decimal sign."""
        written = self.written[: -1 - len(self.fraction)] if self.fraction else self.written
        return attrs.evolve(self, written=written, fraction="", sign="")

    def negated(self) -> Quantity:
        return attrs.evolve(self, negative=True)


@lru_cache(64)  # several rules ask for the same number, one after the other
def parse(text: str, language: str) -> Quantity | None:
    """The number that a text begins with; None if it is none or can be read in two ways."""
    decimal, group = names.separators(language)
    found = _GROUPED.match(text)
    if found is not None:
        answer = _grouped(found.group(), decimal, group)
        if answer is not None:
            return answer
    simple = _SIMPLE.match(text)
    if simple is None:
        return None
    whole, sign, fraction = simple.group(1), simple.group(2) or "", simple.group(3) or ""
    if len(whole) > 15:
        return None
    if not fraction:
        return Quantity(whole, int(whole))
    if _MORE.match(text, simple.end()):
        return None  # a version, an address
    if sign != decimal and len(fraction) == 3 and whole != "0" and len(whole) <= 3:
        return Quantity(simple.group(), int(whole + fraction))  # a group, though not this language's sign
    if sign == "," and decimal == "." and len(fraction) != 2:
        return Quantity(whole, int(whole)) if len(fraction) > 3 else None
    return Quantity(simple.group(), int(whole), fraction, sign)


def _grouped(text: str, decimal: str, group: str) -> Quantity | None:
    """ "1,234,567.89": one sign between groups of three (or the Indian twos), another before the decimals."""
    signs = re.findall(r"\D", text)
    first = signs[0]
    if first in _SPACES and not (group in _SPACES or (group == "" and first != " ")):
        return None
    last = signs[-1] if len(set(signs)) > 1 and signs[-1] != first else ""
    if last and signs.count(last) > 1:
        return None
    body, _, fraction = text.rpartition(last) if last else (text, "", "")
    parts = re.split(r"\D", body)
    indian = first == "," and all(len(part) == 2 for part in parts[1:-1]) and len(parts[-1]) == 3
    if not (all(len(part) == 3 for part in parts[1:]) or indian):
        return None
    if len(signs) == 1 and first == decimal:
        return None  # "3.141": a decimal
    if len("".join(parts)) > 15 or parts[0].startswith("0"):
        return None
    return Quantity(text, int("".join(parts)), fraction, last)


def plain(value: Quantity, language: str) -> str | None:
    """The number in words."""
    whole = -value.whole if value.negative else value.whole
    if value.fraction:
        return counting.decimal(whole, value.fraction, value.sign, language)
    return counting.cardinal(whole, language)


def said_or_written(value: Quantity, language: str) -> str | None:
    """The number in words; as it is written in a language whose numbers nothing here can say."""
    return plain(value, language) if counting.speaks(language) else value.written


def year_like(groups: list[str]) -> bool:
    """Whether all of these digits may be years."""
    return all(len(group) == 4 and group.isdigit() and 1100 <= int(group) < 2100 for group in groups)


def ends_at(window: str, stop: int) -> bool:
    """Whether a number may end at `stop`: what follows is no part of it."""
    after = window[stop : stop + 1]
    if not after or after.isspace():
        return True
    if after == "_":  # the mark of Markdown behind it
        return not window[stop:].lstrip("_*")[:1].isalnum()
    if after.isalnum() or after in "_%‰°$€£":
        return is_spaceless(after)
    return not (after in ".,:/-–'~〜～^" and window[stop + 1 : stop + 2].isdigit())
