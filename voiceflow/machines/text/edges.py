"""Cuts that no mark asks for: at the greatest length, when the writer stalls; and the text of a phrase made tidy."""

from __future__ import annotations

import re
import unicodedata

from voiceflow.machines.text.pieces import Piece, Row, cut
from voiceflow.machines.text.profiles import STRONG, TRAILERS, WEAK
from voiceflow.machines.text.scripts import is_spaceless
from voiceflow.machines.text.view import LOOK, View

_WRAP = re.compile(r"[^\S\n]*\n\s*")
_LAST_CLAUSE = re.compile(rf"[{re.escape(WEAK)}][{re.escape(TRAILERS)}]*\s")
_ADDRESS = re.compile(r"(?:://|@\w|\bwww\.|\\\w)\S*\Z|(?<!\S)/\w\S*\Z")  # it may go on behind any mark
_LONGEST = 200  # characters: how far back the beginning of one is looked for
_BACK = 16  # characters: how far back a safe edge is looked for in a run without spaces


def forced_point(text: str, start: int, limit: int) -> int:
    """Where to cut a segment that reached its greatest length: after a clause, else at a space, else anywhere safe.

    Looks only at `text[start:limit]`, so the answer is the same however the text came.
    """
    window = text[start:limit]
    half = len(window) // 2
    last = -1
    for found in _LAST_CLAUSE.finditer(window, half):
        last = found.end() - 1
    if last > 0:
        return start + last
    for at in range(len(window) - 1, half, -1):
        if window[at].isspace() and not _inside(window, at):
            return start + at
    return start + _safe_edge(window)


def _safe_edge(window: str) -> int:
    """The last place in the window that splits no character from its marks."""
    for at in range(len(window) - 1, max(1, len(window) - _BACK), -1):
        if not _clings(window[at - 1], window[at]):
            return at
    return len(window) - 1


def _clings(left: str, right: str) -> bool:
    return unicodedata.category(right)[0] == "M" or right in "\u200d\u200c\ufe0f" or left == "\u200d"


def _inside(window: str, at: int) -> bool:
    """Whether the space at `at` stands inside something that is read as one: "12 000", "Dr. Ng"."""
    left, right = window[at - 1 : at], window[at + 1 : at + 2]
    return (left.isdigit() and right.isdigit()) or left == "."


def flush_point(view: View, least: int) -> int:
    """How much of the text in hand may be spoken now that the writer has stalled; the segment's start if nothing.

    All of it if it ends a sentence, else up to its last clause, else up to its last word; never inside a word,
    a number, a name with a title, an address, and never less than `least` characters.
    """
    text, start = view.text, view.start
    hand = text[start:]
    bare = hand.rstrip()
    if len(bare) < least:
        return start
    mark = bare.rstrip(TRAILERS)[-1:]
    address = _ADDRESS.search(bare, max(0, len(bare) - _LONGEST))
    if mark and mark in STRONG and not address and (mark != "." or not _open_stop(view, bare)):
        return len(text)
    last = -1
    for found in _LAST_CLAUSE.finditer(hand):
        last = found.end() - 1
    if last >= least:
        return start + last
    return start + _last_word(view, hand, least)


def _open_stop(view: View, bare: str) -> bool:
    """Whether a full stop at the end of what is in hand may be no end: "Dr.", "3.", "e.g."."""
    words = bare.rstrip(TRAILERS).split()
    word = words[-1].rstrip(".").lower() if words else ""
    return len(word) < 2 or "." in word or word[-1].isdigit() or word in view.profile.listed


def _last_word(view: View, hand: str, least: int) -> int:
    for at in range(len(hand) - 1, least - 1, -1):
        if hand[at].isspace():
            if _free(view, hand, at):
                return at
        elif is_spaceless(hand[at - 1]) and is_spaceless(hand[at]) and not _clings(hand[at - 1], hand[at]):
            return at
    return 0


def _free(view: View, hand: str, at: int) -> bool:
    """Whether the space at `at` may be cut at: what is before it asks for nothing after it."""
    left = hand[max(0, at - LOOK) : at].rstrip()
    if not left or left[-1] in "([{“„«¿¡$€£#&@+-/=<*" or left[-1].isdigit():
        return False
    word = left.split()[-1].lower()
    return not (word.endswith(".") and (word[:-1] in view.profile.listed or len(word) < 4))


def tidy(text: str, spans: tuple[Row, ...]) -> Piece:
    """The phrase with its line breaks made spaces (nothing between characters that are written without any)."""
    if "\n" not in text:
        return Piece(text, spans)
    parts: list[str] = []
    rows: list[Row] = []
    length, at = 0, 0
    for found in _WRAP.finditer(text):
        glue = "" if is_spaceless(text[found.start() - 1]) and is_spaceless(text[found.end()]) else " "
        kept = text[at : found.start()]
        rows += [(here + length, there, size) for here, there, size in cut(spans, len(text), at, found.start())]
        length += len(kept)
        gap = cut(spans, len(text), found.start(), found.end())
        if glue and gap:
            rows.append((length, gap[0][1], gap[-1][1] + gap[-1][2] - gap[0][1]))
        length += len(glue)
        parts += [kept, glue]
        at = found.end()
    rows += [(here + length, there, size) for here, there, size in cut(spans, len(text), at, len(text))]
    return Piece("".join([*parts, text[at:]]), tuple(rows))
