"""Numbers, money, dates and times: what a speaker of each language would say for what is written."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from voiceflow.errors import GraphError
from voiceflow.machines.clean import Clean, CleanSettings
from voiceflow.text import VerbaliserSettings, verbaliser

CASES = [
    tuple(line.split("\t"))
    for line in (Path(__file__).parent / "verbalise_cases.tsv").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def spoken(text: str, language: str, settings: VerbaliserSettings | None = None) -> str:
    return Clean(language=language, verbaliser=verbaliser(language, settings)).filter(text).text


@pytest.mark.parametrize(("language", "written", "expected"), CASES)
def test_what_is_written_is_said_as_a_speaker_says_it(language: str, written: str, expected: str) -> None:
    """Each row of the table holds, alone and in the middle of a text that comes one character at a time."""
    assert spoken(written, language) == expected
    machine = Clean(language=language, verbaliser=verbaliser(language))
    pieces = [piece for delta in f"ok, {written} ," for piece in machine.push(delta)] + machine.end()
    assert "".join(piece.text for piece in pieces) == f"ok, {expected} ,"


def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that brings them, before any text is read."""
    monkeypatch.setitem(cast(dict[str, Any], sys.modules), "babel", None)
    with pytest.raises(GraphError, match=r"need babel: pip install 'voiceflow\[verbalize\]'"):
        verbaliser("en")


def test_the_table_is_large_enough() -> None:
    """At least 300 cases over at least 12 languages, 8 or more in each of those."""
    counts = Counter(language for language, _, _ in CASES)
    assert sum(counts.values()) >= 300
    assert sum(count >= 8 for count in counts.values()) >= 12


def test_words_that_come_one_by_one_keep_their_numbers() -> None:
    """A number at the beginning of a delta is no list mark."""
    machine = Clean(language="en", verbaliser=verbaliser("en"))
    pieces = [p for word in ["born", " in", " ", "2024.", " The", " answer", " is ", "42."] for p in machine.push(word)]
    said = "".join(piece.text for piece in pieces + machine.end())
    assert said == "born in twenty twenty-four. The answer is forty-two."


@pytest.mark.parametrize(
    ("sign", "name"), [("$", "dollars"), ("€", "euros"), ("£", "pounds"), ("₹", "rupees"), ("¥", "yen")]
)
def test_the_sign_that_is_written_names_the_currency(sign: str, name: str) -> None:
    """The language does not turn one currency into another."""
    assert spoken(f"It is {sign}5 now.", "en") == f"It is five {name} now."


def test_the_language_does_not_beat_the_sign() -> None:
    """A dollar in Hindi is a dollar."""
    assert spoken("$5", "hi") == "5 डॉलर"


def test_german_numbers_are_read_in_german() -> None:
    """No English word in German text."""
    assert (
        spoken("Das kostet 1234 Euro und 5 $.", "de")
        == "Das kostet eintausendzweihundertvierunddreißig Euro und fünf Dollar."
    )


def test_money_with_cents_is_no_decimal() -> None:
    """$1.50 is a dollar and cents."""
    assert spoken("$1.50", "en") == "one dollar and fifty cents"


def test_a_telephone_number_is_no_cardinal() -> None:
    """Digits one by one, in their groups, in each of the styles."""
    text = "call 800 555 1234"
    assert spoken(text, "en") == "call 8 0 0, 5 5 5, 1 2 3 4"
    assert spoken(text, "en", VerbaliserSettings(phones="spell")) == "call <spell>8005551234</spell>"
    words = "call eight zero zero, five five five, one two three four"
    assert spoken(text, "en", VerbaliserSettings(phones="words")) == words


@pytest.mark.parametrize("text", ["1) red 2) green and so on", "你好)世界,今天天气很好我们去公园吧"])
def test_a_lone_bracket_holds_nothing_back(text: str) -> None:
    """Brackets that do not match and text without spaces pass as they come."""
    machine = Clean(language="en", verbaliser=verbaliser("en"))
    for count, delta in enumerate(text, 1):
        machine.push(delta)
        assert machine.held <= 12, (count, machine.held)


def test_a_language_without_number_words_stays_as_written() -> None:
    """Numbers are never read in a language that is not the text's."""
    assert spoken("2024 में 15 लोग", "hi") == "2024 में 15 लोग"
    assert spoken("我有15个苹果", "zh") == "我有15个苹果"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("cardinals", "15 apples", "15 apples"), ("currency", "$5", "$5"), ("ranges", "3-5", "3-5"),
        ("ordinals", "3rd", "3rd"), ("years", "1999", "one thousand nine hundred and ninety-nine"),
        ("units", "5 km", "five km"), ("times", "15:30", "15:30"), ("dates", "2024-05-03", "2024-05-03"),
        ("decimals", "3.14", "3.14"), ("signs", "a & b", "a & b"),
    ],
)  # fmt: skip
def test_every_rule_has_a_switch(name: str, text: str, expected: str) -> None:
    """A rule that is off leaves what it would read to the others."""
    assert spoken(text, "en", attrs.evolve(VerbaliserSettings(), **cast(Any, {name: False}))) == expected


def test_numbers_as_a_whole_can_be_left_as_written() -> None:
    """The filter's own switch turns the verbaliser off."""
    settings = CleanSettings(numbers=False)
    assert Clean(settings, "en", verbaliser("en")).filter("5 km & 3").text == "5 km and 3"


def test_wrong_settings_are_named() -> None:
    """An unknown style of telephone numbers or an unknown language is an error that lists the known ones."""
    with pytest.raises(GraphError, match="phones is one of spaced, words, spell, off; got 'loud'"):
        VerbaliserSettings(phones="loud")
    with pytest.raises(GraphError, match=r"language 'klingon' is not known.*de, el, en"):
        verbaliser("klingon")


def test_a_number_at_the_end_of_a_sentence_waits_for_one_space() -> None:
    """Where "42." can be no ordinal it is read as soon as the white space behind it is there."""
    machine = Clean(language="en", verbaliser=verbaliser("en"))
    assert "".join(piece.text for piece in machine.push("It is 42. ")) == "It is forty-two. "
    german = Clean(language="de", verbaliser=verbaliser("de"))
    assert "".join(piece.text for piece in german.push("Am 3. ")) == "Am "
