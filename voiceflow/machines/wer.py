"""Word error rate: how far a transcript is from what was said.

Both texts are normalised first (`words`), so that a recogniser that writes "Mr. Smith's 21 dogs" and one that writes
"mister smith's twenty one dogs" are held to the same account. Meant for English; any text is taken.
"""

from __future__ import annotations

import re
import unicodedata

import attrs

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = (
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_SCALES = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))

# Written forms that stand for one spoken one.
_SPOKEN = {"mr": "mister", "mrs": "missus", "dr": "doctor", "ok": "okay", "&": "and", "%": "percent"}

# A number with thousands in groups; a run of letters with apostrophes inside; a sign that is spoken.
_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)|\d+|[^\W\d_]+(?:'[^\W\d_]+)*|[&%]")


@attrs.frozen
class WordErrors:
    """What an alignment of a transcript with the `reference` count of words that were said found wrong with it."""

    reference: int
    substitutions: int = 0
    insertions: int = 0
    deletions: int = 0

    @property
    def errors(self) -> int:
        return self.substitutions + self.insertions + self.deletions

    @property
    def rate(self) -> float:
        """Errors for each word that was said; above 1 where more was made up than said. 0 if both are empty."""
        if self.reference:
            return self.errors / self.reference
        return float("inf") if self.errors else 0.0

    def __add__(self, other: WordErrors) -> WordErrors:
        """The errors of two texts together, for a rate over a whole set."""
        return WordErrors(
            self.reference + other.reference,
            self.substitutions + other.substitutions,
            self.insertions + other.insertions,
            self.deletions + other.deletions,
        )


def words(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared.

    Compatibility forms and case are folded, punctuation goes (hyphens part words, apostrophes inside stay), whole
    numbers are spelled out in English without "and", and a few abbreviations are (mr, mrs, dr, ok, &, %).
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    found: list[str] = []
    for match in _TOKEN.finditer(folded):
        token = match.group()
        if token[0].isdecimal():
            found += _numeral(token.replace(",", ""))
        else:
            found.append(_SPOKEN.get(token, token))
    return tuple(found)


def number(value: int) -> list[str]:
    """The words of a whole number from 0 to below a trillion."""
    for scale, name in _SCALES:
        if value >= scale:
            rest = value % scale
            return [*number(value // scale), name, *(number(rest) if rest else ())]
    if value < 20:
        return [_SMALL[value]]
    return [_TENS[value // 10 - 2], *(number(value % 10) if value % 10 else ())]


def _numeral(digits: str) -> list[str]:
    # A longer one is read out digit by digit (and no int() of a thousand digits is made).
    return number(int(digits)) if len(digits) <= 12 else [_SMALL[int(digit)] for digit in digits]


def word_errors(reference: str, hypothesis: str) -> WordErrors:
    """The fewest substitutions, insertions and deletions that turn what was said into the transcript.

    Where several ways are as short, the one with the most substitutions counts, as it leaves the fewest words
    unpaired. Takes time and words in proportion to the product of the two lengths.

    Source: V. Levenshtein's edit distance, by dynamic programming over words.
    """
    said, heard = words(reference), words(hypothesis)
    # A row holds, for each prefix of `heard`, (errors, insertions, deletions) against a prefix of `said`.
    row = [(count, count, 0) for count in range(len(heard) + 1)]
    for index, word in enumerate(said, start=1):
        above, row = row, [(index, 0, index)]
        for place, other in enumerate(heard):
            errors, inserted, deleted = above[place]
            paired = (errors + (word != other), inserted, deleted)
            errors, inserted, deleted = above[place + 1]
            dropped = (errors + 1, inserted, deleted + 1)
            errors, inserted, deleted = row[place]
            added = (errors + 1, inserted + 1, deleted)
            row.append(min(paired, dropped, added))
    errors, inserted, deleted = row[-1]
    return WordErrors(len(said), errors - inserted - deleted, inserted, deleted)
