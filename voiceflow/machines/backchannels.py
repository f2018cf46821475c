"""Words that a listener says without wanting the turn, and words that always ask for it, by language.

Both are matched on tokens: case, punctuation and width are put aside, and each Han or kana character is a token.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import attrs

BACKCHANNELS: Mapping[str, tuple[str, ...]] = {
    "en": (
        "mhm", "mm", "mmm", "mm hm", "mm hmm", "mmhmm", "hm", "hmm", "uh huh", "uhhuh", "uh", "um", "ah", "aha", "oh",
        "yeah", "yep", "yup", "yes", "ok", "okay", "right", "all right", "alright", "sure", "i see", "got it",
        "good", "great", "cool", "nice", "wow", "really", "exactly", "true", "of course", "makes sense", "go on",
    ),
    "de": (
        "mhm", "hm", "hmm", "aha", "ah", "ach", "ach so", "achso", "ja", "jaja", "jo", "ok", "okay", "genau", "gut",
        "klar", "stimmt", "richtig", "verstehe", "ich verstehe", "alles klar", "eben", "schön", "sicher", "na klar",
    ),
    "fr": (
        "mhm", "hm", "hmm", "ah", "oh", "oui", "ouais", "ok", "okay", "d accord", "voilà", "bien", "bien sûr",
        "je vois", "c est ça", "exactement", "tout à fait", "très bien", "ah bon",
    ),
    "es": (
        "mhm", "hm", "ajá", "aja", "ah", "sí", "si", "ok", "okay", "vale", "claro", "bueno", "bien", "ya", "entiendo",
        "ya veo", "de acuerdo", "exacto", "muy bien", "por supuesto",
    ),
    "pt": (
        "mhm", "hm", "aham", "ah", "sim", "ok", "okay", "tá", "tá bom", "certo", "claro", "entendi", "entendo", "isso",
        "pois é", "exato", "beleza", "está bem", "muito bem",
    ),
    "it": (
        "mhm", "mh", "hm", "ah", "sì", "si", "ok", "okay", "certo", "bene", "va bene", "capisco", "esatto", "già",
        "giusto", "d accordo", "chiaro", "perfetto",
    ),
    "nl": ("mhm", "hm", "aha", "ah", "ja", "oké", "ok", "okay", "precies", "goed", "klopt", "snap ik", "duidelijk"),
    "hi": ("हम्म", "हूँ", "हाँ", "हां", "जी", "जी हाँ", "अच्छा", "ठीक", "ठीक है", "सही", "ओके", "बिल्कुल"),
    "ja": ("うん", "ええ", "はい", "へえ", "ああ", "なるほど", "そうですね", "そうですか", "そう", "ほんと"),
    "zh": ("嗯", "嗯嗯", "哦", "啊", "对", "是", "是的", "好", "好的", "对的", "没错", "明白", "知道了", "当然"),
    "ko": ("네", "예", "응", "음", "아", "그래", "그래요", "그렇군요", "맞아요", "알겠어요", "좋아요"),
}  # fmt: skip

ALWAYS: Mapping[str, tuple[str, ...]] = {
    "en": ("stop", "please stop", "wait", "hold on", "hang on", "no", "enough", "quiet", "be quiet", "shut up",
           "one moment", "excuse me", "cancel", "never mind"),
    "de": ("stopp", "stop", "halt", "warte", "warten sie", "moment", "einen moment", "nein", "genug", "ruhe",
           "abbrechen"),
    "fr": ("stop", "arrête", "arrêtez", "attends", "attendez", "non", "un instant", "un moment", "ça suffit",
           "silence", "annule"),
    "es": ("para ya", "pare", "basta", "alto", "espera", "espere", "no", "un momento", "silencio", "cancela"),
    "pt": ("para já", "pare", "espera", "espere", "não", "chega", "um momento", "silêncio", "cancela"),
    "it": ("ferma", "fermati", "fermo", "stop", "basta", "aspetta", "aspetti", "no", "un momento", "un attimo",
           "silenzio"),
    "nl": ("stop", "wacht", "nee", "genoeg", "een moment", "ogenblik", "stil"),
    "hi": ("रुको", "रुकिए", "रुकिये", "नहीं", "बस", "एक मिनट", "सुनो", "सुनिए"),
    "ja": ("ストップ", "待って", "ちょっと待って", "止めて", "やめて", "いいえ", "違う"),
    "zh": ("停", "停下", "等等", "等一下", "不", "不要", "不是", "别说了", "够了"),
    "ko": ("그만", "잠깐", "잠깐만", "잠시만요", "멈춰", "아니", "아니요"),
}  # fmt: skip


_FIRST_UNSPACED: Final = "\u3041"
"""None of the characters that are words of their own stands before it."""


@lru_cache(maxsize=16)  # the same words are asked about six times until they are answered
def tokens(text: str) -> tuple[str, ...]:
    """The words of `text` in lower case, without punctuation; each Han or kana character is one of its own."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return tuple(folded.translate(_SPACED).split())


def count(words: Sequence[str]) -> int:
    """How many words that is: two Han or kana characters are counted as one."""
    short = sum(1 for word in words if word[0] >= _FIRST_UNSPACED and _unspaced(word[0]))
    return len(words) - short + (short + 1) // 2


_Phrase = tuple[str, ...]
_ByFirst = Mapping[str, tuple[_Phrase, ...]]
"""Phrases by their first word, the longest first."""


@attrs.frozen
class Phrases:
    """A list of phrases for each language. An unknown language has none; "en-GB" is looked up as "en"."""

    lists: dict[str, frozenset[_Phrase]]

    @classmethod
    def of(cls, lists: Mapping[str, Iterable[str]]) -> Phrases:
        """Ready to match: every phrase as its tokens."""
        return cls({code: _matched(tuple(phrases)) for code, phrases in lists.items()})

    def all_of(self, words: Sequence[str], language: str) -> bool:
        """Whether `words` are nothing but phrases of the list, one after the other; not so for no words."""
        return bool(words) and self._after(words, language) == len(words)

    def begins(self, words: Sequence[str], language: str, *, skip: Phrases) -> bool:
        """Whether `words`, after phrases of `skip`, begin with a phrase of the list."""
        rest = words[skip._after(words, language) :]
        phrases = self._in(language)
        return _longest(phrases, words) > 0 or _longest(phrases, rest) > 0

    def _after(self, words: Sequence[str], language: str) -> int:
        phrases, place = self._in(language), 0
        while length := _longest(phrases, words[place:]):
            place += length
        return place

    def _in(self, language: str) -> _ByFirst:
        return _by_first(self.lists.get(language.split("-")[0].lower(), frozenset()))


def _longest(phrases: _ByFirst, words: Sequence[str]) -> int:
    for phrase in phrases.get(words[0], ()) if words else ():
        if tuple(words[: len(phrase)]) == phrase:
            return len(phrase)
    return 0


@lru_cache(maxsize=256)  # lists: they are the same in every call, and are no small part of what one takes
def _matched(phrases: tuple[str, ...]) -> frozenset[_Phrase]:
    return frozenset(map(tokens, phrases)) - {()}


@lru_cache(maxsize=256)
def _by_first(phrases: frozenset[_Phrase]) -> _ByFirst:
    found: dict[str, tuple[_Phrase, ...]] = {}
    for words in sorted(phrases, key=len, reverse=True):
        found[words[0]] = (*found.get(words[0], ()), words)
    return found


def _unspaced(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("CJK UNIFIED", "HIRAGANA", "KATAKANA"))


def _spaced(char: str) -> str:
    if char in "'\u2019":
        return ""
    if _unspaced(char):
        return f" {char} "
    return char if unicodedata.category(char)[0] in "LMN" else " "


class _Spaced(dict[int, str]):
    """What stands for each character, found out when it first comes: what a user says is looked at several times."""

    def __missing__(self, code: int) -> str:
        spaced = self[code] = _spaced(chr(code))
        return spaced


_SPACED: Final = _Spaced()
