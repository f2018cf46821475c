"""What the next model is told, what the next voice is given, and what is let out of who may break off."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.frames import Message, Phrase, Prompt, Spoken, WordStart
from voiceflow.machines.ledger import Ledger
from voiceflow.machines.takeover import GO_ON, WholeWords, broken_off, continued, rest_of, unsaid

ASKED = Prompt((Message("user", "Well?"),))


def test_a_prompt_goes_on_with_one_answer_however_often_it_broke_off() -> None:
    """Nothing written changes nothing."""
    once = continued(ASKED, "It is ")
    assert once.items == (*ASKED.items, Message("assistant", "It is "), GO_ON)
    assert continued(once, "sunny.").items == (*ASKED.items, Message("assistant", "It is sunny."), GO_ON)
    assert continued(once, " ") == once
    assert continued(ASKED, "\n") == ASKED
    assert [broken_off(prompt) for prompt in (ASKED, once)] == ["", "It is "]


def test_the_rest_of_a_phrase_knows_where_it_stands() -> None:
    """In what the model wrote; the space in front of it is left out."""
    assert rest_of(Phrase("one two", ((0, 10, 7),), "en"), 3) == Phrase("two", ((0, 14, 3),), "en")


def chunk(phrase: Phrase, samples: int, *words: WordStart, last: bool = False) -> Spoken:
    return Spoken(np.zeros(samples, np.int16), 100, phrase, last, words)


@pytest.mark.parametrize(
    ("samples", "words", "left"),
    [
        (0, (), ["one two", "three"]),
        (10, (WordStart(0, 3, 0),), ["two", "three"]),
        (2, (WordStart(0, 3, 0),), ["one two", "three"]),
        (40, (WordStart(0, 3, 0), WordStart(4, 7, 20)), ["three"]),
        (40, (), ["one two", "three"]),  # its pace alone makes sure of no word that is the last one so far
    ],
)
def test_a_voice_is_given_what_did_not_sound(samples: int, words: tuple[WordStart, ...], left: list[str]) -> None:
    """Of the phrases in flight, of which the first was said whole here."""
    zero, one, three = Phrase("zero"), Phrase("one two"), Phrase("three")
    sound = [chunk(zero, 0, last=True), chunk(one, samples, *words)]
    before = Ledger(100)
    for each in sound:
        before.add(each)
    assert [phrase.text for phrase in unsaid([zero, one, three], sound, before)] == left


PIECES = st.lists(st.text(st.sampled_from("ab1 .,'\u4f60\n"), max_size=6), max_size=8)


@given(PIECES)
def test_all_that_was_written_comes_out_in_the_end(pieces: list[str]) -> None:
    """Character for character; what is held back is the beginning of one word."""
    words, out = WholeWords(), ""
    for n, piece in enumerate(pieces):
        out += words.push(piece)
        written = "".join(pieces[: n + 1])
        assert written.startswith(out)
        assert not any(character.isspace() for character in written[len(out) :])
    assert out + words.end() == "".join(pieces)


@pytest.mark.parametrize(
    ("written", "pieces", "heard"),
    [
        ("It ", ["Fine."], "Fine."),
        ("It ", [" is ", "fine."], "is fine."),
        ("Hello.", ["Hel", "lo", ". You", "?"], " You?"),
        ("Hello.", ["You", "?"], " You?"),
        ("Hello", [", you", "?"], ", you?"),
        ("A ", ["And ", "now"], "And now"),
        ("One two ", ["One three."], "One three."),
        ("One two ", ["One"], ""),
        ("\u4f60\u597d", ["\u4f60\u597d\u5417"], "\u5417"),
        ("\u4f60\u597d", ["\u5417"], "\u5417"),
    ],
)
def test_what_comes_next_is_joined_and_not_repeated(written: str, pieces: list[str], heard: str) -> None:
    """Whether it goes on or begins anew."""
    words = WholeWords(written[-1])
    assert words.push("hal") == ""
    words.broke(written)
    assert "".join(words.push(piece) for piece in pieces) + words.end() == heard
