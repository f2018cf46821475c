"""Tokens, and the phrases that are matched on them."""

from __future__ import annotations

import pytest

from voiceflow.machines.backchannels import ALWAYS, BACKCHANNELS, Phrases, count, tokens

LISTENING = Phrases.of(BACKCHANNELS)
STOPPING = Phrases.of(ALWAYS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        (" ...!? ", ()),
        ("Uh-huh, I see.", ("uh", "huh", "i", "see")),
        ("Don't  STOP", ("dont", "stop")),
        ("Don\u2019t", ("dont",)),
        ("\uff33\uff34\uff2f\uff30", ("stop",)),
        ("STRASSE stra\u00dfe", ("strasse", "strasse")),
        ("हाँ जी", ("हाँ", "जी")),
        ("うんOK", ("う", "ん", "ok")),
        ("等一下。", ("等", "一", "下")),
        ("42nd", ("42nd",)),
    ],
)
def test_tokens_are_words_without_case_and_punctuation(text: str, words: tuple[str, ...]) -> None:
    assert tokens(text) == words


@pytest.mark.parametrize(("text", "number"), [("", 0), ("tell me now", 3), ("等", 1), ("等一", 1), ("等一下 ok", 3)])
def test_two_characters_without_spaces_are_one_word(text: str, number: int) -> None:
    assert count(tokens(text)) == number


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Mhm.", "en", True),
        ("Yeah, yeah, uh-huh", "en-GB", True),
        ("I see, makes sense", "EN", True),
        ("yeah but why", "en", False),
        ("I see a dog", "en", False),
        ("", "en", False),
        ("genau", "de", True),
        ("genau", "en", False),
        ("mhm", "tlh", False),
        ("うんうん", "ja", True),
        ("嗯嗯,好的", "zh-CN", True),
        ("हाँ", "hi", True),
    ],
)
def test_listening_sounds_are_known_by_language(text: str, language: str, expected: bool) -> None:
    assert LISTENING.all_of(tokens(text), language) is expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Stop!", "en", True),
        ("ok, stop", "en", True),
        ("wait a minute", "en", True),
        ("hold on", "en", True),
        ("hold the line", "en", False),
        ("don't stop", "en", False),
        ("I have no idea", "en", False),
        ("mhm", "en", False),
        ("", "en", False),
        ("ちょっと待って", "ja", True),
    ],
)
def test_phrases_that_interrupt_stand_at_the_beginning(text: str, language: str, expected: bool) -> None:
    assert STOPPING.begins(tokens(text), language, skip=LISTENING) is expected


def test_a_phrase_counts_even_if_it_is_also_a_listening_sound() -> None:
    assert Phrases.of({"en": ["no"]}).begins(("no",), "en", skip=Phrases.of({"en": ["no"]}))


@pytest.mark.parametrize("language", sorted(BACKCHANNELS))
def test_no_listening_sound_is_a_phrase_that_interrupts(language: str) -> None:
    assert not LISTENING.lists[language] & STOPPING.lists[language]


def test_the_same_languages_have_both_lists() -> None:
    assert set(BACKCHANNELS) == set(ALWAYS)


def test_a_phrase_of_punctuation_alone_matches_nothing() -> None:
    assert Phrases.of({"en": ["..."]}).lists == {"en": frozenset()}


def test_calls_share_the_lists_that_are_the_same() -> None:
    """They are no small part of what a call takes."""
    assert Phrases.of(BACKCHANNELS).lists["en"] is Phrases.of(dict(BACKCHANNELS)).lists["en"]
