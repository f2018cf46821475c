"""JSON that arrives in pieces: any cut gives the same, every valid document is what json.loads reads, none raises."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceflow.machines.json_stream import JsonEvent, JsonStream, JsonValue, Malformed, StringPiece

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


def written(value: Any, ascii: bool, indent: int | None) -> str:
    return json.dumps(value, ensure_ascii=ascii, indent=indent)


def without(text: str, a: int, b: int) -> str:
    """Something is cut out, or stands there twice."""
    return text[: a % (len(text) + 1)] + text[b % (len(text) + 1) :]


DOCUMENTS = st.builds(written, VALUES, st.booleans(), st.sampled_from([None, 0, 2]))
# Texts that are nearly JSON: its own characters in any order, and documents with something cut out.
NEARLY = st.text(alphabet='{}[]":,\\u0123dDeE+-.tfnrualse \n\x00é', max_size=40) | st.builds(
    without, DOCUMENTS, st.integers(0), st.integers(0)
)
CUTS = st.lists(st.integers(0, 200), max_size=12)


def cut(text: str, at: list[int]) -> list[str]:
    places = [0, *sorted(each % (len(text) + 1) for each in at), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(places)]


def read(pieces: list[str], **settings: int) -> list[JsonEvent]:
    """All events, with the pieces of a text in one."""
    stream = JsonStream(**settings)
    events = [event for piece in pieces for event in stream.push(piece)]
    return joined([*events, *stream.end()])


def joined(events: list[JsonEvent]) -> list[JsonEvent]:
    found: list[JsonEvent] = []
    for event in events:
        last = found[-1] if found else None
        if isinstance(event, StringPiece) and isinstance(last, StringPiece) and last.path == event.path:
            found[-1] = StringPiece(event.path, last.text + event.text)
        else:
            found.append(event)
    return found


def whole(value: Any) -> Any:
    """With U+FFFD for halves of surrogate pairs."""
    if isinstance(value, str):
        return re.sub("[\ud800-\udfff]", "�", value)
    anything: Any = value  # whose type no check narrows to one of unknown items
    match type(value).__name__:
        case "list":
            return [whole(each) for each in anything]
        case "dict":
            return {whole(key): whole(each) for key, each in anything.items()}
        case _:
            return value


def value_of(events: list[JsonEvent]) -> Any:
    last = events[-1]
    assert isinstance(last, JsonValue), last
    assert last.path == ()
    return last.value


@given(DOCUMENTS, CUTS)
@settings(max_examples=60)
@example('{"a": "\\ud83d\\ude00"}', [8, 10, 14])
@example('"\\ud83d"', [])
@example('"\\ud83d\\ud83d\\ude00x\\ude00"', [5])
@example('[1, -0.5e+3, 0, "", [], {}, {"": {"a": null}}]', [1, 6, 9])
def test_a_document_is_what_json_reads(text: str, at: list[int]) -> None:
    """Every value of it, at its path, whole; cut anywhere."""
    read_whole = value_of(read(cut(text, at)))
    assert repr(read_whole) == repr(whole(json.loads(text)))


@given(DOCUMENTS | NEARLY, CUTS)
@settings(max_examples=80)
def test_any_cut_gives_the_same_events(text: str, at: list[int]) -> None:
    """Also of what is no JSON; and nothing raises."""
    assert read(cut(text, at)) == read([text]) == read(list(text))


@given(NEARLY)
@settings(max_examples=80)
@example("01")
@example("1.")
@example("NaN")
@example('{"a" 1}')
@example('["\t"]')
@example("[1,]")
@example("{} x")
def test_what_json_refuses_is_malformed_and_nothing_else_is(text: str) -> None:
    """It ends with the one or the other."""
    refused: list[str] = []

    def refuse(constant: str) -> None:
        refused.append(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        refused.append(text)
    assert isinstance(read([text])[-1], Malformed) == bool(refused)


@given(DOCUMENTS, st.integers(0, 200))
@settings(max_examples=40)
def test_what_was_told_stays_true(text: str, at: int) -> None:
    """The events of a beginning are a beginning of the events."""
    stream = JsonStream()
    begun = joined(stream.push(text[:at]))
    everything = joined([*begun, *stream.push(text[at:]), *stream.end()])
    for before, after in zip(begun, everything, strict=False):
        if isinstance(before, StringPiece):
            assert isinstance(after, StringPiece)
            assert (after.path, after.text.startswith(before.text)) == (before.path, True)
        else:
            assert before == after


@given(st.dictionaries(st.text(max_size=5), st.text(), max_size=4))
@settings(max_examples=25)
def test_a_text_is_told_as_it_arrives(texts: dict[str, str]) -> None:
    """Character by character, with its path; and nothing of a key."""
    stream, told = JsonStream(), dict.fromkeys(texts, "")
    for char in json.dumps(texts):
        for event in stream.push(char):
            if isinstance(event, StringPiece):
                (key,) = event.path
                told[str(key)] += event.text
            elif isinstance(event, JsonValue) and event.path:
                assert told[str(event.path[0])] == event.value
    assert told == texts


def test_the_last_character_that_is_there_is_told() -> None:
    """At once, but for what is not certain: half of an escape, half of a pair."""
    stream = JsonStream()
    pushed = ['{"a": "', "Hi", "\\", "n", "\\ud83d", "\\u", "de00", '!"', ', "b": 1', "2", "}"]
    assert [stream.push(text) for text in pushed] == [
        [],
        [StringPiece(("a",), "Hi")],
        [],
        [StringPiece(("a",), "\n")],
        [],
        [],
        [StringPiece(("a",), "\U0001f600")],
        [StringPiece(("a",), "!"), JsonValue(("a",), "Hi\n\U0001f600!")],
        [],
        [],
        [JsonValue(("b",), 12), JsonValue((), {"a": "Hi\n\U0001f600!", "b": 12})],
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[" * 65, Malformed(64, "at most 64 objects and lists inside one another")),
        ('"' + "a" * 400, Malformed(300, "at most 300 characters")),
        ("", Malformed(0, "the rest of the document")),
        ('{"a": tru', Malformed(9, "the rest of the document")),
        ("1" * 299 + "e", Malformed(300, "a number as JSON writes it")),
    ],
)
def test_a_document_is_bounded_and_ends(text: str, expected: Malformed) -> None:
    """What is too deep, too long or cut short is told, with the place."""
    assert read([text], limit=300)[-1] == expected


def test_a_number_is_bounded() -> None:
    """Before Python would refuse to read it."""
    assert read(["9" * 5000])[-1] == Malformed(1000, "a number of at most 1000 characters")


def test_reading_is_linear() -> None:
    """Of each character a list or a text has, a bounded number of steps: many of them in single characters."""
    stream = JsonStream(limit=1 << 21)
    told = sum(len(stream.push(char)) for char in '"' + "a" * 100_000 + '"')
    assert told == 100_001
