# ruff: noqa: RUF001 (marks and letters of many scripts)
"""The promises of the filter and the chunker, over text of every script and every way to cut it into deltas."""

from __future__ import annotations

import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceflow.machines.clean import Clean
from voiceflow.machines.phrases import Phrases, PhraseSettings
from voiceflow.machines.text.languages import NAMES
from voiceflow.machines.text.pieces import Piece

LANGUAGES = st.one_of(st.sampled_from([None, "en", "de", "ar", "hi", "ja", "el"]), st.sampled_from(sorted(NAMES)))
# Words of every script that is written today, with its marks between them.
BLOCKS = (
    (0x41, 0x24F), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x589), (0x591, 0x5F4), (0x600, 0x6FF), (0x900, 0x97F),
    (0x980, 0x9FF), (0xA00, 0xA7F), (0xA80, 0xAFF), (0xB00, 0xB7F), (0xB80, 0xBFF), (0xC00, 0xC7F), (0xC80, 0xCFF),
    (0xD00, 0xD7F), (0xD80, 0xDFF), (0xE01, 0xE5B), (0xE80, 0xEFF), (0xF00, 0xFFF), (0x1000, 0x109F), (0x10A0, 0x10FF),
    (0x1200, 0x139F), (0x1780, 0x17FF), (0x1800, 0x18AF), (0x2000, 0x206F), (0x3000, 0x30FF), (0x4E00, 0x4FFF),
    (0xAC00, 0xADFF), (0xD800, 0xDFFF), (0xFF00, 0xFFEF), (0x1F300, 0x1F6FF), (0x0, 0x1F), (0x7F, 0x9F),
)  # fmt: skip
WORDS = st.sampled_from(BLOCKS).flatmap(
    lambda block: st.text(st.characters(min_codepoint=block[0], max_codepoint=block[1]), max_size=8)
)
# What the rules look for, so that they meet often; the rest is text of any kind.
ATOMS = st.sampled_from(
    [
        *"*_`~[]()<>|#!?.,:;-+/\\\n\n \"'“”„«»「」。！？、।؟،…•@&%$€0123456789abIA",
        " ",
        " ",
        ". ",
        "... ",
        "\n\n",
        "\n- ",
        "\n1. ",
        "**",
        "```\n",
        "<think>",
        "</think>",
        "<b>",
        "](http://a.b)",
        "(a1=b)",
        "Dr. ",
        "e.g. ",
        "U.S. ",
        "p. 5",
        "z. B. ",
        "Hello ",
        "world",
        "The ",
        "it ",
        "नमस्ते",
        "你好",
        "こんにちは",
        "สวัสดี",
        "مرحبا",
        "Привет ",
        "Γειά ",
        "Բարև",
        "한국어 ",
        "1. One 2. Two ",
        "3.14",
        "http://x.y/z",
        "a@b.cc ",
        "👋🏽",
        "\u200d",
        "�",
        "\x00",
        "́",
        "META: a=b\n",
    ]
)
TEXTS = st.one_of(
    st.lists(ATOMS, max_size=60).map("".join),
    st.text(st.characters(), max_size=80),
    st.lists(st.one_of(ATOMS, st.text(st.characters(), max_size=6)), max_size=30).map("".join),
    st.lists(st.one_of(WORDS, st.sampled_from([*' .?!5\n"', ". ", "? "])), max_size=40).map("".join),
)
CHUNKINGS = st.lists(st.integers(1, 9), min_size=1, max_size=12)


def deltas(text: str, sizes: list[int]) -> list[str]:
    """The text in deltas of these sizes, over and over."""
    cuts: list[str] = []
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(text):
            return cuts
        cuts.append(text[at : at + size])
        at += size
    raise AssertionError


def chunk(machine: Phrases, pieces: list[str] | list[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for piece in pieces:
        out += machine.push(piece)
    return out + machine.end()


def clean(text: list[str], language: str | None) -> list[Piece]:
    machine = Clean(language=language)
    out: list[Piece] = []
    for delta in text:
        out += machine.push(delta)
    return out + machine.end()


def joined(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def points(pieces: list[Piece]) -> list[tuple[str, int]]:
    """Every character with its place in the original; replaced text stands where what it replaces begins."""
    out: list[tuple[str, int]] = []
    for piece in pieces:
        stops = [row[0] for row in piece.spans[1:]] + [len(piece.text)]
        for (here, there, size), stop in zip(piece.spans, stops, strict=True):
            same = stop - here == size
            out += [(piece.text[i], there + (i - here if same else 0)) for i in range(here, stop)]
    return out


@settings(max_examples=400, deadline=None)
@given(
    TEXTS,
    CHUNKINGS,
    LANGUAGES,
    st.sampled_from([PhraseSettings(), PhraseSettings(first_words=2, clause_chars=20, max_chars=80)]),
)
@example("a" * 90 + "]" * 80, [1], "en", PhraseSettings(max_chars=80))
@example("؟„" + "a" * 199 + ". П", [1], "it", PhraseSettings())
@example("؟(" + "a" * 199 + ". П", [1], "it", PhraseSettings())
def test_phrases_do_not_depend_on_the_deltas(
    text: str, sizes: list[int], language: str | None, how: PhraseSettings
) -> None:
    """However a text is cut into deltas, its phrases and their maps are those of the whole text."""
    assert chunk(Phrases(how, language), deltas(text, sizes)) == Phrases(how, language).split(text)
    assert chunk(Phrases(how, language), list(text)) == Phrases(how, language).split(text)


@settings(max_examples=400, deadline=None)
@given(TEXTS, CHUNKINGS, LANGUAGES)
@example(")*\U00020000*0*", [1], None)
def test_the_filter_does_not_depend_on_the_deltas(text: str, sizes: list[int], language: str | None) -> None:
    """However a text is cut into deltas, what is left of it and the place of every character are the same."""
    whole = clean([text], language)
    for pieces in (clean(deltas(text, sizes), language), clean(list(text), language)):
        assert joined(pieces) == joined(whole)
        assert points(pieces) == points(whole)
    assert Clean(language=language).filter(text).text == joined(whole)


@settings(max_examples=400, deadline=None)
@given(TEXTS, CHUNKINGS, LANGUAGES)
@example('\n- "。\n\n*', [1], None)
def test_both_together_do_not_depend_on_the_deltas(text: str, sizes: list[int], language: str | None) -> None:
    """Filter and chunker in a row give the same phrases for the same text."""
    whole = chunk(Phrases(language=language), clean([text], language))
    assert chunk(Phrases(language=language), clean(deltas(text, sizes), language)) == whole


@settings(max_examples=400, deadline=None)
@given(TEXTS, CHUNKINGS, LANGUAGES)
def test_nothing_is_lost_doubled_or_reordered(text: str, sizes: list[int], language: str | None) -> None:
    """The phrases are the filtered text up to white space, and their maps cover it in order."""
    pieces = clean(deltas(text, sizes), language)
    phrases = chunk(Phrases(language=language), pieces)
    assert "".join(joined(phrases).split()) == "".join(joined(pieces).split())
    solid = [point for point in points(pieces) if not point[0].isspace()]
    assert [point for point in points(phrases) if not point[0].isspace()] == solid
    places = [place for _, place in solid]
    assert places == sorted(places)
    assert all(phrase.text == phrase.text.strip() != "" for phrase in phrases)
    assert all(one.end <= other.start for one, other in itertools.pairwise(phrases))


@settings(max_examples=300, deadline=None)
@given(TEXTS, LANGUAGES)
def test_a_character_that_stands_for_itself_is_the_one_at_its_place(text: str, language: str | None) -> None:
    """Where a row's two lengths are equal and the texts too, the map points at that very character."""
    for piece in chunk(Phrases(language=language), list(text)):
        for character, place in points([piece]):
            assert text[place] == character or (character == " " and text[place].isspace())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.text(st.characters(), max_size=12) | WORDS, st.booleans()), max_size=12), LANGUAGES)
def test_flushes_lose_nothing(parts: list[tuple[str, bool]], language: str | None) -> None:
    """Idle flushes at any moment change where phrases are cut, and nothing else."""
    machine = Phrases(PhraseSettings(idle_chars=3), language)
    out: list[Piece] = []
    for delta, stalls in parts:
        out += machine.push(delta)
        if stalls:
            out += machine.flush()
    out += machine.end()
    text = "".join(delta for delta, _ in parts)
    assert "".join(joined(out).split()) == "".join(text.split())


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, LANGUAGES)
@example("```\n<think>**Dr. Wro", "A b. C d.", "en")
def test_a_stream_that_broke_off_leaves_nothing_behind(broken: str, text: str, language: str | None) -> None:
    """A reply that was cancelled in the middle of a word has no part in the next one."""
    expected = chunk(Phrases(language=language), clean([text], language))
    filters, chunker = Clean(language=language), Phrases(language=language)
    for piece in filters.push(broken):
        chunker.push(piece)
    assert chunk(Phrases(language=language), clean([text], language)) == expected
    assert filters.filter(text).text == joined(clean([text], language))
    assert chunker.split(text) == Phrases(language=language).split(text)
