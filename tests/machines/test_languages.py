"""Scripts, languages and their codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.errors import GraphError
from voiceflow.machines.text.languages import NAMES, normalise
from voiceflow.machines.text.scripts import detect_language, detect_script, is_spaceless, script_of


@pytest.mark.parametrize(
    ("text", "script", "language"),
    [
        ("Hello", "Latn", "en"),
        ("Привет", "Cyrl", "ru"),
        ("Привіт, як її справи", "Cyrl", "uk"),
        ("Γειά", "Grek", "el"),
        ("नमस्ते", "Deva", "hi"),
        ("こんにちは世界", "Hira", "ja"),
        ("カタカナ語", "Kana", "ja"),
        ("世界你好", "Hani", "zh"),
        ("안녕 世界", "Hang", "ko"),
        ("مرحبا", "Arab", "ar"),
        ("آپ ٹھیک ہیں", "Arab", "ur"),
        ("چطوری", "Arab", "fa"),
        ("שלום", "Hebr", "he"),
        ("สวัสดี", "Thai", "th"),
        ("Բարև", "Armn", "hy"),
        ("გამარჯობა", "Geor", "ka"),
        ("12 !", "", "en"),
        ("hi नमस्ते दुनिया", "Deva", "hi"),
        ("", "", "en"),
    ],
)
def test_script_and_language_of_a_text(text: str, script: str, language: str) -> None:
    """The script of most letters, and the language that it stands for."""
    assert detect_script(text) == script
    assert detect_language(text) == language


def test_the_default_is_the_callers() -> None:
    """Latin letters tell nothing."""
    assert detect_language("Guten Tag", default="de") == "de"


@given(st.characters())
def test_every_character_has_an_answer(character: str) -> None:
    """A four-letter code or nothing, never an error."""
    assert len(script_of(character)) in (0, 4)
    assert is_spaceless(character) in (True, False)


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en-US", "en"), ("ENG", "en"), ("zh_Hans_CN", "zh"), ("cmn", "zh"), ("German", "de"), ("no", "nb"),
     ("nb-NO", "nb"),
     ("iw", "he"), ("pt-BR", "pt"), (" fr ", "fr"), ("kok", "kok"), ("tl", "fil")],
)  # fmt: skip
def test_codes_are_normalised(tag: str, code: str) -> None:
    """Tags with regions and scripts, three letters, old codes and English names."""
    assert normalise(tag) == code


def test_an_unknown_language_lists_the_known() -> None:
    """The message has every code."""
    with pytest.raises(GraphError) as caught:
        normalise("klingon")
    assert all(f" {code}" in str(caught.value) for code in NAMES)
