"""Abbreviations that end in a full stop, by language, in three kinds, lower case and without the last stop.

`never`: something always follows (titles, "e.g."), so the stop ends no sentence. `counted`: a number follows
("p. 5", "No. 7"); before anything else the stop ends the sentence. `may`: the stop may do both jobs ("etc.",
"Co.", "p.m."); the next word decides.

The lists were put together from the sources named in `SOURCES` and the usage of each language.
"""

from __future__ import annotations

from functools import cache

import attrs

from voiceflow.machines.text.abbreviation_lists import SOURCES as SOURCES
from voiceflow.machines.text.abbreviation_lists import TABLE


@attrs.frozen
class Abbreviations:
    """The three kinds for one language."""

    never: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()

    def __contains__(self, word: str) -> bool:
        return word in self.never or word in self.counted or word in self.may

    def __len__(self) -> int:
        return len(self.never | self.counted | self.may)


# English names and firms that texts of any language in Latin letters (and without a list) mention.
_LATIN = "mr mrs ms dr prof mt", "jr sr co inc ltd corp"
_SAME = {"sa": "hi", "kok": "mr", "mai": "hi", "bgc": "hi", "ms": "id"}


@cache
def abbreviations(language: str) -> Abbreviations:
    """The lists of a language (a normalised code); empty where the language has none."""
    never, counted, may = TABLE.get(_SAME.get(language, language), ("", "", ""))
    if not never or never.isascii() or max(never) < "\u0250":
        never, may = f"{never} {_LATIN[0]}", f"{may} {_LATIN[1]}"
    kinds = (frozenset(kind.split()) for kind in (never, counted, may))
    return Abbreviations(*kinds)


LISTED = tuple(sorted((*TABLE, *_SAME)))
