# ruff: noqa: RUF001 (marks and letters of many scripts)
"""The text in hand as the rules for boundaries see it, and how they look around in it."""

from __future__ import annotations

import re

import attrs

from voiceflow.machines.text.profiles import Profile

LOOK = 40  # characters: the furthest that any decision looks past its mark, shared out among
RUN = 10  # the marks, quotes and brackets that stand together,
GAP = 8  # the white space behind them, of which more ends a sentence anyway,
WORD = 20  # and the next word, of which more is no word that rules know
NEST = 200  # characters: brackets and quotes protect what is inside them for so long

SPACE = re.compile(r"\s+")
TOKEN = re.compile(r"\S+")
_WORD = re.compile(rf"[\w'’-]{{0,{WORD}}}")

Answer = tuple[int, int]  # where to cut (-1: nowhere), where to go on looking


@attrs.frozen
class View:
    """The text in hand: the segment begins at `start`, the text may go on unless it `ended`."""

    text: str
    start: int
    ended: bool
    profile: Profile


def is_small(character: str) -> bool:
    """A small letter of a script with two cases; Georgian letters count as small in Unicode and are no such."""
    return character.islower() and not "\u10d0" <= character <= "\u10ff"


def word_before(view: View, at: int) -> str:
    """The run of characters without a space that ends at `at`, opening marks taken off; at most 40 long."""
    tail = view.text[max(view.start, at - LOOK) : at]
    if not tail or tail[-1].isspace():
        return ""
    return tail.split()[-1].lstrip("([{\"'“„«‘¿¡*_")


def next_word(view: View, after: int) -> str | None:
    """The word at `after` in small letters, once it is known where it ends."""
    found = _WORD.match(view.text, after, after + WORD)
    stop = found.end() if found else after
    if stop >= len(view.text) and not view.ended and stop - after < WORD:
        return None
    return view.text[after:stop].lower().replace("’", "'")
