"""Which languages there are words of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voiceflow.machines.endings_words.arabic import ARABIC
from voiceflow.machines.endings_words.chinese import CHINESE
from voiceflow.machines.endings_words.dutch import DUTCH
from voiceflow.machines.endings_words.english import ENGLISH
from voiceflow.machines.endings_words.french import FRENCH
from voiceflow.machines.endings_words.german import GERMAN
from voiceflow.machines.endings_words.hindi import HINDI
from voiceflow.machines.endings_words.italian import ITALIAN
from voiceflow.machines.endings_words.japanese import JAPANESE
from voiceflow.machines.endings_words.korean import KOREAN
from voiceflow.machines.endings_words.polish import POLISH
from voiceflow.machines.endings_words.portuguese import PORTUGUESE
from voiceflow.machines.endings_words.russian import RUSSIAN
from voiceflow.machines.endings_words.spanish import SPANISH
from voiceflow.machines.endings_words.turkish import TURKISH
from voiceflow.machines.endings_words.words import Words

WORDS: Final[Mapping[str, Words]] = {
    "ar": ARABIC,
    "de": GERMAN,
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "hi": HINDI,
    "it": ITALIAN,
    "ja": JAPANESE,
    "ko": KOREAN,
    "nl": DUTCH,
    "pl": POLISH,
    "pt": PORTUGUESE,
    "ru": RUSSIAN,
    "tr": TURKISH,
    "zh": CHINESE,
}
"""The tables by ISO 639-1 code."""
