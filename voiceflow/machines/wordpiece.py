"""Text in pieces of words, as the networks of the BERT family read it: words in small letters without accents, each
parted into the longest pieces that the vocabulary has (Devlin et al. 2018, "uncased"; Wu et al. 2016 for the parting).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

import attrs

_LONGEST = 100
"""Characters of a word; what is longer is unknown as a whole."""


@attrs.frozen
class WordPiece:
    """Gives the numbers of a text's pieces, between those that begin and end it; at most `most` of them in all."""

    vocabulary: Mapping[str, int] = attrs.field(repr=False)
    most: int = attrs.field(default=256, validator=attrs.validators.ge(2))
    begin: str = "[CLS]"
    end: str = "[SEP]"
    unknown: str = "[UNK]"

    def __call__(self, text: str) -> list[int]:
        numbers = [self.vocabulary[self.begin]]
        for word in _words(text):
            numbers += self._pieces(word)
            if len(numbers) >= self.most - 1:
                break
        return [*numbers[: self.most - 1], self.vocabulary[self.end]]

    def _pieces(self, word: str) -> list[int]:
        if len(word) > _LONGEST:
            return [self.vocabulary[self.unknown]]
        found: list[int] = []
        at = 0
        while at < len(word):
            end = next((end for end in range(len(word), at, -1) if _piece(word, at, end) in self.vocabulary), 0)
            if not end:
                return [self.vocabulary[self.unknown]]
            found.append(self.vocabulary[_piece(word, at, end)])
            at = end
        return found


def _piece(word: str, begin: int, end: int) -> str:
    return f"##{word[begin:end]}" if begin else word[begin:end]


def _words(text: str) -> Iterator[str]:
    """Words, and each mark and Chinese letter by itself."""
    word = ""
    for each in unicodedata.normalize("NFD", "".join(_apart(_plain(text))).lower()):
        if unicodedata.category(each) == "Mn":
            continue
        if each.isspace() or _is_mark(each):
            if word:
                yield word
            word = ""
            if not each.isspace():
                yield each
        else:
            word += each
    if word:
        yield word


def _plain(text: str) -> str:
    """Without control characters; what parts lines and columns is a space."""
    return "".join(
        " " if each.isspace() else each
        for each in text
        if each in "\t\n\r" or (unicodedata.category(each) not in ("Cc", "Cf", "Cs") and each != "\ufffd")
    )


def _apart(text: str) -> Iterator[str]:
    for each in text:
        yield f" {each} " if _is_chinese(ord(each)) else each


def _is_mark(each: str) -> bool:
    """All of ASCII that is no letter, digit or space counts, as of Unicode what is punctuation."""
    code = ord(each)
    if code < 128:
        return 33 <= code <= 47 or 58 <= code <= 64 or 91 <= code <= 96 or 123 <= code <= 126
    return unicodedata.category(each).startswith("P")


_CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def _is_chinese(code: int) -> bool:
    return any(first <= code <= last for first, last in _CHINESE)
