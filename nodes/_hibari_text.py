"""What of a text Hibari is given to read, in which pieces, and which of its words become which of the words read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise

PIECE = 150  # characters, about 9 s: the voice plans a piece before the first of it sounds

_WORD = re.compile(r"\S+")
_MARKS = "\"'\u2018\u2019\u201c\u201d()<>{}.,;:!?\u2026\u2013\u2014-*_~|\\/`^"
# Where a piece had best end, the best first: behind a sentence, behind a clause, behind a word.
_ENDS = (re.compile(r"[.!?\u2026][\"'\u201d\u2019)]* "), re.compile(r"[,;:\u2014\u2013)] "), re.compile(" "))
# Hibari has words for numbers to the decillions, and an error for what is above them.
_LONG_NUMBER = re.compile(r"(?:\d[,.]*){16,}")
# Brackets may be a command of Hibari's: [text](/phonemes/).
_PLAIN = str.maketrans({"[": "(", "]": ")", "\u2044": "/", "\u00d7": " times ", "\u00f7": " divided by "})
_KEPT = frozenset("\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u20ac\u00a3\u00a5\u00a2\u00b0")

Span = tuple[int, int]


def readable(text: str) -> tuple[str, list[int]]:
    """The text in what Hibari reads, Latin letters above all; and the place of what each character was made of."""
    made = [(one, place) for place, character in enumerate(text) for one in _plain(character)]
    plain, places = "".join(one for one, _ in made), [place for _, place in made]
    return _digit_by_digit(plain, places) if _LONG_NUMBER.search(plain) else (plain, places)


def _plain(character: str) -> str:
    if _is_read(character):
        return character.translate(_PLAIN)
    made = "".join(filter(_is_read, unicodedata.normalize("NFKD", character).translate(_PLAIN)))
    return made or ("" if unicodedata.combining(character) else " ")


def _is_read(character: str) -> bool:
    if character.isascii():
        return character.isprintable()
    return character in _KEPT or "\u00c0" <= character <= "\u024f"


def _digit_by_digit(text: str, places: list[int]) -> tuple[str, list[int]]:
    inside = {at for number in _LONG_NUMBER.finditer(text) for at in range(*number.span())}
    made = [(one, places[at]) for at, c in enumerate(text) for one in (_apart(c) if at in inside else c)]
    return "".join(one for one, _ in made), [place for _, place in made]


def _apart(character: str) -> str:
    return f"{character} " if character.isdigit() else " "


def pieces(text: str) -> list[Span]:
    """Where the text is cut to be spoken: none is longer than `PIECE`, and none is without a letter or a sign."""
    cuts, start = [0], 0
    while len(text) - start > PIECE:
        start = _end(text, start)
        cuts.append(start)
    cuts.append(len(text))
    return [(a, b) for a, b in pairwise(cuts) if any(not c.isspace() and c not in _MARKS for c in text[a:b])]


def _end(text: str, start: int) -> int:
    """The end of the piece that starts there: the best that leaves it a third of its length or more."""
    for end in _ENDS:
        found = [match.end() for match in end.finditer(text, start + PIECE // 3, start + PIECE)]
        if found:
            return found[-1]
    return start + PIECE


def spelt(text: str, read: str) -> Iterator[tuple[Span, Span]]:
    """Which characters of `text` became which words of what is `read` for it, counted from 0, as far as one can know.

    "5km away" is read "5 kilometers away". Words that stay as they are meet themselves; what lies between them belongs
    together, one by one if there are as many words as before, else as a whole. Words that nothing became of are left
    out, and so are marks on their own.
    """
    given, made = list(_words(text)), list(_words(read))
    matcher = SequenceMatcher(None, [text[a:b] for _, a, b in given], [read[a:b] for _, a, b in made], autojunk=False)
    for _, i, j, k, m in matcher.get_opcodes():
        pairs = [(n, n + 1) for n in range(j - i)] if j - i == m - k else [(0, max(j - i, m - k))]
        for a, b in pairs if i < j and k < m else []:
            spans, words = given[i:j][a:b], made[k:m][a:b]
            yield (spans[0][1], spans[-1][2]), (words[0][0], words[-1][0] + 1)


def _words(text: str) -> Iterator[tuple[int, int, int]]:
    """What stands between spaces: how many do before it, and where it is without the marks around it, if it is then."""
    for count, match in enumerate(_WORD.finditer(text)):
        left = match.end() - len(match[0].lstrip(_MARKS))
        right = match.start() + len(match[0].rstrip(_MARKS))
        if left < right:
            yield count, left, right
