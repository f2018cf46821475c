"""The other ways to cut a reply, and what they have in common with the sentence chunker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.errors import GraphError
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.text.chunkers import Chunker, Delimited, Whole, Words, chunker, indic
from voiceflow.machines.text.languages import INDIC
from voiceflow.machines.text.pieces import Piece

KINDS = ["sentences", "delimiters", "whole", "words"]


def texts(pieces: list[Piece]) -> list[str]:
    return [piece.text for piece in pieces]


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(max_size=60), size=st.integers(1, 7))
def test_every_chunker_keeps_the_protocol(kind: str, text: str, size: int) -> None:
    """The same phrases for any deltas, nothing lost, the maps in place, the idle time stated."""
    whole = chunker(kind).split(text)
    machine: Chunker = chunker(kind)
    streamed = [p for at in range(0, len(text), size) for p in machine.push(text[at : at + size])] + machine.end()
    assert streamed == whole
    assert "".join("".join(texts(whole)).split()) == "".join(text.split())
    assert all(text[piece.start : piece.end].split() == piece.text.split() for piece in whole)
    assert machine.idle_after > 0


@pytest.mark.parametrize("kind", KINDS)
def test_pieces_keep_their_maps(kind: str) -> None:
    """What the filter replaced is mapped through the chunker."""
    machine = chunker(kind)
    pieces = [Piece("It is ", ((0, 0, 6),)), Piece("forty-two", ((0, 6, 2),)), Piece(".", ((0, 8, 1),))]
    out = [phrase for piece in pieces for phrase in machine.push(piece)] + machine.end()
    assert (out[0].start, out[-1].end) == (0, 9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_without_a_map_stands_as_it_is(kind: str) -> None:
    """Its place is behind the pieces before it."""
    machine = chunker(kind)
    out = machine.push(Piece("One. ")) + machine.push(Piece("Two.")) + machine.end()
    assert (out[0].start, out[-1].end) == (0, 9)


def test_a_whole_reply_is_one_phrase() -> None:
    """Nothing comes before the end, not even for a stalled writer."""
    machine = Whole()
    assert machine.push("One. Two. ") + machine.flush() == []
    assert texts(machine.end()) == ["One. Two."]
    assert Whole().end() == []


def test_words_come_one_by_one() -> None:
    """Punctuation stays with its word, characters of spaceless scripts come alone, long runs are cut."""
    assert texts(Words().split("Hello, big world! 你好")) == ["Hello,", "big", "world!", "你", "好"]
    assert texts(Words(max_chars=10).split("x" * 25)) == ["x" * 10, "x" * 10, "x" * 5]
    machine = Words()
    assert texts(machine.push("two wor")) == ["two"]
    assert machine.flush() == []
    assert texts(machine.push("ds") + machine.end()) == ["words"]


def test_delimiters_cut_between_their_sizes() -> None:
    """Not before the minimum, at the latest at the maximum; a stall gives what is in hand up to a space."""
    assert texts(Delimited(";", 3).split("a;bcd;e")) == ["a;bcd;", "e"]
    assert texts(Delimited("|", 1, 20).split("one two three four five six")) == ["one two three four", "five six"]
    machine = Delimited(min_chars=4)
    assert texts(machine.push("Some words th") + machine.flush()) == ["Some words"]
    assert machine.flush() == []
    assert texts(machine.push("at stay. End") + machine.end()) == ["that stay.", "End"]


@pytest.mark.parametrize("language", INDIC)
def test_indic_languages_end_sentences_at_dandas(language: str) -> None:
    """Danda, double danda and the question mark, with and without a space behind."""
    assert texts(indic(language).split("अ आ। इ ई॥ उ ऊ? ए।ऐ")) == ["अ आ।", "इ ई॥", "उ ऊ?", "ए।", "ऐ"]
    assert indic(language).idle_after == 400_000_000
    assert indic(language, PhraseSettings(idle_after=5)).idle_after == 5


def test_wrong_settings_are_named() -> None:
    """Unknown chunkers, languages and sizes are errors that say what is known."""
    with pytest.raises(GraphError, match="'tokens' is unknown; known are sentences, delimiters, whole, words"):
        chunker("tokens")
    with pytest.raises(GraphError, match="'en' is none of the Indic languages; those are as, bgc"):
        indic("en")
    with pytest.raises(GraphError, match=r"Delimited\.delimiters"):
        Delimited("")
    with pytest.raises(GraphError, match=r"Delimited\.max_chars is a whole number of at least 6; got 5"):
        Delimited(".", 5, 5)
    with pytest.raises(GraphError, match=r"Words\.max_chars"):
        Words(True)
