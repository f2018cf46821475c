"""Dividing words, and writing one Indic script in another."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.errors import GraphError
from voiceflow.text import hyphenate, transliterate
from voiceflow.text.hyphenation import languages
from voiceflow.text.transliteration import BLOCKS


def test_words_are_divided_by_the_patterns_of_their_language() -> None:
    """English and German; a regional tag falls back to its language."""
    assert hyphenate("hyphenation") == ["hy", "phen", "a", "tion"]
    assert hyphenate("Silbentrennung", "de") == ["Sil", "ben", "tren", "nung"]
    assert hyphenate("colour", "en-GB") == ["col", "our"]
    assert hyphenate("") == [""]
    assert "en_US" in languages()


def test_a_language_without_patterns_lists_those_that_have_some() -> None:
    """The error says which there are."""
    with pytest.raises(GraphError, match=r"no hyphenation patterns for 'xx'.*de_DE"):
        hyphenate("word", "xx")


@pytest.mark.parametrize(
    ("text", "to", "expected"),
    [
        ("नमस्ते भारत। ५", "Beng", "নমস্তে ভারত। ৫"), ("नमस्ते", "Telu", "నమస్తే"), ("भारत", "Taml", "பாரத"),
        ("নমস্কার", "Deva", "नमस्कार"), ("भारत", "Guru", "ਭਾਰਤ"), ("ಕನ್ನಡ", "Deva", "कन्नड"), ("hello भ", "Gujr", "hello ભ"),
        ("മലയാളം", "Knda", "ಮಲಯಾಳಂ"), ("ଓଡ଼ିଆ", "Orya", "ଓଡ଼ିଆ"),
    ],
)  # fmt: skip
def test_letters_keep_their_place(text: str, to: str, expected: str) -> None:
    """Letter by letter; what is no Indic letter stays, and so do dandas."""
    assert transliterate(text, to) == expected


@given(st.text(), st.sampled_from(sorted(BLOCKS)))
def test_transliteration_keeps_the_length(text: str, to: str) -> None:
    """One character for each, for any text."""
    assert len(transliterate(text, to)) == len(text)


def test_an_unknown_script_is_named() -> None:
    """The error lists the nine."""
    with pytest.raises(GraphError, match="'Latn' is none of Deva, Beng"):
        transliterate("x", "Latn")


def test_importing_loads_no_library() -> None:
    """num2words, Babel and pyphen are loaded when they are first used."""
    code = "import sys, voiceflow.text; print([m for m in ('num2words', 'babel', 'pyphen') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
