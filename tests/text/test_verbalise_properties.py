# ruff: noqa: RUF001 (signs of many scripts)
"""Numbers read aloud do not depend on how the text came, with every other rule on."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceflow.machines.clean import Clean, CleanSettings
from voiceflow.machines.phrases import Phrases, PhraseSettings
from voiceflow.machines.text.languages import NAMES
from voiceflow.machines.text.pieces import Piece
from voiceflow.text import Verbaliser, counting, verbaliser

LANGUAGES = tuple(sorted(NAMES))
VERBALISERS: dict[str, Verbaliser] = {language: verbaliser(language) for language in LANGUAGES}
SETTINGS = CleanSettings(pronunciations={"SQL": "sequel", "New York": "noo york", "it": "that", "你好": "hi"})
ATOMS = st.sampled_from(
    [
        *(
            "5",
            "3.5",
            "1,000",
            "2024",
            "1999",
            "0",
            "$",
            "€",
            " € ",
            "-",
            "–",
            " - ",
            " km",
            "%",
            " million ",
            "am",
            "pm",
        ),
        *(":30", "3:30", "+", "800 555 1234", "1st", " Mai", " de", " of ", "May ", "5, ", "(", ")", "/", "'", "1990s"),
        *(
            "\n3. ",
            "²",
            "°C",
            " USD",
            "R$",
            "٣",
            "५",
            "*",
            "`",
            "\n\n",
            " ",
            " ",
            ". ",
            "US",
            "USD ",
            "C$5",
            "Rs. ",
            "kr",
            "EUR",
            "SQL",
            "New Yo",
            "it ",
            "你好",
        ),
        *("META: a=b\n", "http://a", "…", "\ud800", "x"),
    ]
)
TEXTS = st.lists(st.one_of(ATOMS, st.text(st.characters(), max_size=4)), max_size=40).map("".join)


def run(text: list[str], language: str) -> tuple[str, list[tuple[int, int, int]]]:
    """What is said, and where each row of the maps stands in it."""
    machine = Clean(SETTINGS, language, VERBALISERS[language])
    said, places = "", list[tuple[int, int, int]]()
    for piece in [piece for delta in text for piece in machine.push(delta)] + machine.end():
        stops = [row[0] for row in piece.spans[1:]] + [len(piece.text)]
        for (here, there, size), stop in zip(piece.spans, stops, strict=True):
            if stop - here == size:  # character for character
                places += [(len(said) + at, there + at - here, 1) for at in range(here, stop)]
            else:
                places.append((len(said) + here, there, size))
        said += piece.text
    return said, places


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.lists(st.integers(1, 9), min_size=1, max_size=8), st.sampled_from(LANGUAGES))
@example("5, –0*META: a=b\n", [1], "en")
@example("2024 " * 40, [1], "en")
@example(".$it ", [1], "en")
@example("$0 km", [1], "ja")
@example("`\n\n`", [1], "en")
@example("3. Mai 2024" + "a" * 60, [1], "fr")
@example("1. of May " + "a" * 60, [1], "es")
@example("May 5, 2024 " + "a" * 60, [1], "en")
@example("2,0003 ", [1], "hu")
@example("5 – €0 $", [1], "el")
@example("5– €0 bw $", [1], "el")
@example("10000000,0 ", [1], "hu")
@example("a US$5 Rs. 5 Rs. x kr. 5 USD ", [1], "da")
@example("US USD A R$ 5 5 kr. og C", [1], "ru")
def test_numbers_do_not_depend_on_the_deltas(text: str, sizes: list[int], language: str) -> None:
    """The same words at the same places, for deltas of any size and one character at a time."""
    deltas: list[str] = []
    for size in itertools.cycle(sizes):
        if sum(map(len, deltas)) >= len(text):
            break
        deltas.append(text[sum(map(len, deltas)) :][:size])
    whole = run([text], language)
    assert run(deltas, language) == whole
    assert run(list(text), language) == whole
    places = [there for _, there, _ in whole[1]]
    assert places == sorted(places)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.lists(st.integers(1, 9), min_size=1, max_size=8), st.sampled_from(LANGUAGES))
@example("555 1234\n", [1], "en")
@example("- 5 \n\n<-->800 555 12340", [1], "de")
@example("6\n\nETA:a=\n1" + "a" * 76, [1], "en")
@example("two words – \n\nb" + "a" * 79, [1], "en")
@example("-|\n\n\n  5" + "a" * 79, [1], "el")
def test_phrases_of_numbers_do_not_depend_on_the_deltas(text: str, sizes: list[int], language: str) -> None:
    """Filter, numbers and chunker in a row: the same phrases and maps, in order, for every way to cut the text."""

    def phrases(text: list[str]) -> list[Piece]:
        filtered = Clean(SETTINGS, language, VERBALISERS[language])
        chunker = Phrases(PhraseSettings(first_words=2, clause_chars=20, max_chars=80), language)
        out: list[Piece] = []
        for piece in [piece for delta in text for piece in filtered.push(delta)] + filtered.end():
            out += chunker.push(piece)
        return out + chunker.end()

    deltas, at = list[str](), 0
    for size in itertools.cycle(sizes):
        if at >= len(text):
            break
        deltas.append(text[at : at + size])
        at += size
    whole = phrases([text])
    assert phrases(deltas) == whole
    assert phrases(list(text)) == whole
    rows = [(there, there + size) for piece in whole for _, there, size in piece.spans]
    assert all(start <= stop <= after for (start, stop), (after, _) in itertools.pairwise(rows))
    for piece in whole:  # what was heard is never more than what was written for it, and in the end all of it
        heard = [piece.origin(count) for count in range(len(piece.text) + 1)]
        assert heard == sorted(heard)
        assert (heard[0], heard[-1]) == (piece.start, piece.end)


@pytest.mark.parametrize(
    "language", ["ar", "bn", "ca", "cs", "fa", "hu", "id", "lt", "lv", "ro", "sl", "sk", "th", "tr", "vi", "zh"]
)
def test_every_language_reads_every_number_or_leaves_it(language: str) -> None:
    """No number makes a language fail, however large, small or long."""
    machine = verbaliser(language)
    for written in [
        "0",
        "7",
        "-3",
        "3.14",
        "1,5",
        "1000000",
        "12345678901234567890",
        "$1.50",
        "5 km",
        "3rd",
        "1999",
        "15:30",
    ]:
        assert Clean(language=language, verbaliser=machine).filter(f"a {written} b").text.startswith("a ")


@pytest.mark.parametrize("number", [1, 3, 11, 21, 99, 100, 101, 1000, 999_999])
def test_every_language_has_an_ordinal_or_none(number: int) -> None:
    """What num2words fails at is left as written."""
    assert all(counting.ordinal(number, language) != "" for language in LANGUAGES)
    assert counting.ordinal(100, "ko") is None
