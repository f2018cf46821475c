"""Which languages there are words of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voiceflow.machines.spoken.dutch import DUTCH
from voiceflow.machines.spoken.english import ENGLISH
from voiceflow.machines.spoken.french import FRENCH
from voiceflow.machines.spoken.german import GERMAN
from voiceflow.machines.spoken.italian import ITALIAN
from voiceflow.machines.spoken.portuguese import PORTUGUESE
from voiceflow.machines.spoken.spanish import SPANISH
from voiceflow.machines.spoken.vocabulary import Vocabulary

LANGUAGES: Final[Mapping[str, Vocabulary]] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
    "nl": DUTCH,
}


def vocabulary(language: str) -> Vocabulary:
    """The words of a language: "de", "de-AT". Raises `LookupError` if there are none."""
    return LANGUAGES[language.replace("_", "-").split("-")[0].lower()]
