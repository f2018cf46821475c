# ruff: noqa: RUF001 (letters and marks of other scripts that look like Latin ones are meant)
"""Is the speaker done, by the words alone? Every ending is of one kind, and a table says what that is worth.

A recogniser may write punctuation or not, and one that does closes a fragment with a full stop as readily as a
sentence. So the last words are asked first and the mark changes what they are worth. Of several kinds that fit, the
first counts: a trailing comma or dash; a whole answer ("no thanks"); digits in the middle of a number; the longest
known last words, be they a hesitation, an opening ("my name is"), words that go on ("because") or that close; a
subordinate clause without its main clause. What the tables do not know is answered with 0.5, never guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Literal

import attrs

from voiceflow.machines.endings_words import WORDS, Words

Mark = Literal["", "stop", "question", "trailing"]
Kind = Literal[
    "answer", "closing", "plain", "telephone", "stranded", "subordinate", "weak", "number", "open", "lead",
    "hesitation", "trailing", "unmarked", "unknown",
]  # fmt: skip

PROBABILITY: Mapping[Kind, tuple[float, float, float]] = {
    # kind          no mark  stop  question
    "answer":       (0.92,   0.97, 0.97),
    "closing":      (0.85,   0.95, 0.97),
    "plain":        (0.65,   0.92, 0.97),  # a word that no table knows
    "telephone":    (0.55,   0.70, 0.90),  # 7 to 9 digits: may be a whole number somewhere
    "stranded":     (0.55,   0.80, 0.95),  # "where are you from"
    "unmarked":     (0.40,   0.92, 0.97),  # plain, and the recogniser usually writes a mark
    "subordinate":  (0.35,   0.70, 0.90),
    "weak":         (0.28,   0.60, 0.90),
    "number":       (0.20,   0.35, 0.60),
    "trailing":     (0.12,   0.12, 0.12),
    "open":         (0.08,   0.30, 0.60),
    "lead":         (0.05,   0.20, 0.50),
    "hesitation":   (0.05,   0.10, 0.30),
    "unknown":      (0.50,   0.90, 0.95),  # a language without a table: marks alone speak
}  # fmt: skip
"""What a kind of ending is worth, by the mark behind it. Set by hand; docs/turn-detection.md has what they give."""

_STOPS = ".!。！।॥۔։｡"
_QUESTIONS = "?？؟⁇"
_TRAILING = ",;:-–—…‥、，；：،؛"
_CLOSING = "\"'”’»)]）」』】* "
_LAST_SENTENCE = re.compile(f"[^{_STOPS}{_QUESTIONS}]*[{_STOPS}{_QUESTIONS}]*$")
_NUMERAL = re.compile(r"\+?\d[\d().\-/]*")
_LONGEST = 6  # words of the longest entry that is looked for at the end
_SEEN = 400  # characters at the end that are looked at
_ARABIC = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ـ": None, **{chr(mark): None for mark in range(0x64B, 0x653)}})
_TURKISH = str.maketrans({"I": "ı", "İ": "i"})
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "`": "'", "\u200b": None, "\u200e": None, "\u200f": None})


@attrs.frozen
class Ending:
    """The end of a transcript: the words of its last sentence, and what stands between and behind them."""

    words: tuple[str, ...]
    mark: Mark = ""
    comma: bool = False
    """A comma stands inside the sentence."""
    punctuated: bool = False
    """The transcript shows that its recogniser writes punctuation."""
    space: str = " "

    @property
    def text(self) -> str:
        return self.space.join(self.words)


def p_end(text: str, language: str | None) -> float:
    """The probability (0 to 1) that a speaker who fell silent after these words of the turn is done.

    `language` is a tag such as "en" or "pt-BR"; one that no table covers is judged by marks alone. Never raises.
    """
    base = re.split(r"[-_]", language or "", maxsplit=1)[0].lower()
    ending = read(text, base)
    if not ending.words and ending.mark != "trailing":
        return NEUTRAL
    columns = PROBABILITY[kind_of(ending, WORDS.get(base))]
    return columns[0 if ending.mark in ("", "trailing") else 1 if ending.mark == "stop" else 2]


NEUTRAL = 0.5
"""The answer where there is nothing to go by."""


def kind_of(ending: Ending, words: Words | None) -> Kind:
    """Which row of `PROBABILITY` an ending belongs to. `words` is its language's table."""
    if ending.mark == "trailing":
        return "trailing"
    if words is None:
        return "unknown"
    if len(ending.text) <= 40 and _is_made_of(ending.text, words.answers, words.answers | words.echoes, ending.space):
        return "answer"
    found = _number(ending, words) or _tail(ending, words)
    if found in ("weak", "lead") and ending.words[0] in words.questions and len(ending.words) > 2:
        return "stranded"
    if found in (None, "closing") and _is_subordinate(ending, words):
        return "subordinate"
    return found or ("unmarked" if ending.punctuated else "plain")


def normalise(text: str, language: str) -> str:
    """Lower case, composed letters, one kind of apostrophe; Arabic without vowel signs and with bare alefs."""
    composed = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    if language == "tr":
        composed = composed.translate(_TURKISH)
    if language == "ar":
        composed = composed.translate(_ARABIC)
    return composed.lower()


def read(text: str, language: str) -> Ending:
    """The end of a transcript, as the rules want it. `language` is an ISO 639-1 code."""
    words = WORDS.get(language)
    spaced = words is None or words.spaced
    tokens = normalise(text[-_SEEN:], language).split()
    if not spaced:
        sentence = _LAST_SENTENCE.search("".join(tokens))
        tokens = [sentence.group()] if sentence and sentence.group() else []
    marks: list[Mark] = [_mark(token) for token in tokens]
    start = max((i + 1 for i, mark in enumerate(marks[:-1]) if mark in ("stop", "question")), default=0)
    bare = (_bare(token) if spaced else _letters(token) for token in tokens[start:])
    return Ending(
        words=tuple(word for word in bare if word),
        mark=marks[-1] if marks else "",
        comma="trailing" in marks[start:-1] or (not spaced and bool(re.search(f"[{_TRAILING}].", "".join(tokens)))),
        punctuated=any(marks) or text[:1].isupper(),
        space=" " if spaced else "",
    )


def _mark(token: str) -> Mark:
    end = token.rstrip(_CLOSING)
    if end.endswith((*_TRAILING, "..")):
        return "trailing"
    return "question" if end.endswith((*_QUESTIONS,)) else "stop" if end.endswith((*_STOPS,)) else ""


def _bare(token: str) -> str:
    """A token without the punctuation around it."""
    kept = [i for i, char in enumerate(token) if _is_letter(char) or char == "+"]
    return token[kept[0] : kept[-1] + 1] if kept else ""


def _letters(token: str) -> str:
    return "".join(char for char in token if _is_letter(char))


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"  # marks are the vowels of Hindi


def _is_made_of(text: str, first: frozenset[str], more: frozenset[str], space: str) -> bool:
    """Whether a text is an entry of `first`, alone or with entries of `more` behind it."""
    return any(
        text == entry or (text.startswith(entry + space) and _is_made_of(text[len(entry + space) :], more, more, space))
        for entry in first
    )


def _number(ending: Ending, words: Words) -> Kind | None:
    """Digits at the end, spoken or written, that are too many for a count: part of a telephone number?"""
    tokens = ending.words if ending.space else tuple(ending.text)
    run = 0
    while run < len(tokens) and (tokens[-1 - run] in words.digits or _NUMERAL.fullmatch(tokens[-1 - run])):
        run += 1
    tail = tokens[len(tokens) - run :]
    digits = sum(sum(map(str.isdigit, token)) or 1 for token in tail)
    if run == 0 or (run == 1 and not re.match(r"\+|0\d|.*\d[-(/]", tail[0])):
        return None
    full = 10 if tail[0].startswith(("0", "+")) else 7  # with an area code, or without
    return "number" if digits < full else "telephone" if digits < 10 else "closing"


def _tail(ending: Ending, words: Words) -> Kind | None:
    """The kind of the longest entry that the ending ends with."""
    whole, suffixes = _entries(words)
    for count in range(min(_LONGEST, len(ending.words)), 0, -1):
        if found := whole.get(" ".join(ending.words[-count:])):
            return found
    last = ending.words[-1]
    return next((kind for start in range(len(last)) if (kind := suffixes.get(last[start:]))), None)


@cache
def _entries(words: Words) -> tuple[dict[str, Kind], dict[str, Kind]]:
    """Entries that are whole words and entries that are ends of words, with their kinds; the last kind wins."""
    kinds: dict[str, Kind] = {}
    by_kind: tuple[tuple[frozenset[str], Kind], ...] = (
        (words.weak, "weak"), (words.open, "open"), (words.leads, "lead"),
        (words.closers, "closing"), (words.hesitations, "hesitation"),
    )  # fmt: skip
    for entries, kind in by_kind:
        kinds |= dict.fromkeys(entries, kind)
    whole: dict[str, Kind] = {}
    suffixes: dict[str, Kind] = {}
    for entry, kind in kinds.items():
        if entry.startswith("-") or not words.spaced:
            suffixes[entry.removeprefix("-")] = kind
        else:
            whole[entry] = kind
    return whole, suffixes


def _is_subordinate(ending: Ending, words: Words) -> bool:
    if ending.comma or len(ending.words) > 7 or len(ending.text) > 60:
        return False
    if any(ending.text.startswith(question + ending.space) for question in words.questions):
        return False
    return ending.text.startswith(tuple(first + ending.space for first in words.subordinates))
