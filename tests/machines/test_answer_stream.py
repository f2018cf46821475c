"""A structured answer: its words go on before the document ends, its values at the end, plain text is said as it is."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow.machines.answer_stream import AnswerStream, Found

ANSWER = '{"response_to_user": "For how \\u00e9?", "extracted_values": {"day": "Monday", "guests": null}}'


def read(pieces: Iterable[str]) -> tuple[str, Found]:
    stream = AnswerStream()
    said = "".join([stream.push(piece) for piece in pieces])
    rest, found = stream.end()
    return said + rest, found


def test_words_are_out_before_the_document_ends() -> None:
    """With the very piece in which they came."""
    stream = AnswerStream()
    told = [
        stream.push(piece) for piece in ('{"resp', 'onse_to_user": "Fo', "r ho", 'w?", "extrac', 'ted_values": {}}')
    ]
    assert told == ["", "Fo", "r ho", "w?", ""]
    assert stream.end() == ("", Found(True, {}))


@given(st.lists(st.integers(0, 200), max_size=10))
@settings(max_examples=25)
@pytest.mark.parametrize("text", [ANSWER, f"\n ```json\n{ANSWER}\n```\nThat was it.", f"{ANSWER} and so on {{"])
def test_any_cut_gives_the_same(text: str, at: list[int]) -> None:
    """In a fence or not, with something behind it or not."""
    places = [0, *sorted(each % (len(text) + 1) for each in at), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(places)]
    assert read(pieces) == ("For how é?", Found(True, {"day": "Monday", "guests": None}))


@given(st.text())
@settings(max_examples=25)
def test_plain_text_is_said_as_it_is(text: str) -> None:
    """Up to the white space before it; nothing was found out."""
    begun = text.lstrip()
    if begun and begun[0] not in "{`":
        assert read([*text]) == (begun, Found(True, {}, "expected a JSON object, got plain text"))


@pytest.mark.parametrize(
    ("text", "said", "problem"),
    [
        ("", "", "expected an answer, got nothing"),
        (" ", "", "expected an answer, got nothing"),
        (
            '{"response_to_user": "Hello',
            "Hello",
            "expected the rest of the document at character 27, got something else",
        ),
        ('{"response_to_user": "Hi"}', "Hi", "expected extracted_values, got an object without"),
        (
            '{"response_to_user": "Hi", "extracted_values": []}',
            "Hi",
            "expected extracted_values as an object, got another",
        ),
        ('{"response_to_user": 1, "extracted_values": {}}', "", ""),
        ("{]", "", "expected a key in quotes at character 1, got something else"),
    ],
)
def test_what_is_wrong_with_an_answer_is_told_without_its_words(text: str, said: str, problem: str) -> None:
    """What was said before stays said."""
    assert read([text]) == (said, Found(bool(said), {}, problem))


def test_values_count_that_are_whole_although_the_answer_is_cut() -> None:
    """A model that is stopped behind them has found them out."""
    assert read([ANSWER[:-1]])[1].values == json.loads(ANSWER)["extracted_values"]
