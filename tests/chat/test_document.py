"""A history in JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from strategies import JSON, histories, told

from voiceflow import ProviderError
from voiceflow.chat import History, from_json, to_json
from voiceflow.items import Message, ToolCall, Unknown


def document(*items: dict[str, Any], **fields: Any) -> str:
    head = {"voiceflow": "history", "version": 1, "readable_by": 1, "next_sequence": 9}
    return json.dumps(head | {"items": list(items)} | fields)


@given(histories())
def test_a_round_trip_changes_nothing(history: History) -> None:
    """Ids, times, numbers, images and halves of characters, and the next number, come back."""
    again = from_json(to_json(history))
    assert told(again) == told(history)
    assert again.add("user", "more").sequence == history.add("user", "more").sequence
    assert to_json(history).isascii()


def test_what_goes_on_has_new_ids() -> None:
    """Two that go on from one document do not meet."""
    history = History()
    history.add("user", "one")
    both = [from_json(to_json(history), now=lambda: 5) for _ in range(2)]
    news = [each.add("user", "two") for each in both]
    assert news[0].id != news[1].id
    assert [item.time for item in news] == [5, 5]


def test_a_later_version_is_read_if_it_says_so() -> None:
    """Kinds that are not known are kept and written again; fields that are not known are left out."""
    vision = {"kind": "vision", "id": "x-1", "sequence": 1, "time": None, "frames": [1, 2]}
    call = {"kind": "tool_call", "id": "x-2", "sequence": 2, "time": 4, "call": "a", "name": "look", "mood": "glad"}
    history = from_json(document(vision, call, version=3, readable_by=1))
    assert history.items == (Unknown("vision", {"frames": [1, 2]}, 1), ToolCall("a", "look", "{}", 2))
    assert json.loads(to_json(history))["items"][0] == vision


def test_a_version_that_cannot_be_read_is_told() -> None:
    """And what to do."""
    with pytest.raises(ProviderError) as caught:
        from_json(document(version=3, readable_by=2))
    assert str(caught.value) == (
        "history document at readable_by: expected a version up to 1, got 2. Read it with a later voiceflow."
    )
    assert not caught.value.retryable


MESSAGE = {"kind": "message", "id": "x-1", "role": "user", "parts": ["hello"]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected JSON, got something that is none"),
        ("[" * 100_000, "expected JSON"),
        ("[]", "expected an object, got list"),
        ("{}", 'expected a document with "voiceflow": "history"'),
        (document(items={}), "at items: expected a list of items"),
        (document(next_sequence="1"), "a number as next_sequence"),
        (document(MESSAGE, MESSAGE), "one id twice"),
        (document({**MESSAGE, "id": ""}), "or none"),
        (document({**MESSAGE, "kind": 1}), r"at items\[0\].kind: expected a text, got 1"),
        (
            document({**MESSAGE, "role": "secret"}),
            r"at items\[0\].role: expected one of system, user, assistant, got str",
        ),
        (document({**MESSAGE, "parts": "secret"}), r"at items\[0\].parts: expected a list, got str"),
        (document({**MESSAGE, "parts": [7]}), r"at items\[0\].parts\[0\]: expected an object, got 7"),
        (document({**MESSAGE, "parts": [{"image": "secret"}]}), r"at items\[0\].parts\[0\].image: expected an image"),
        (document({**MESSAGE, "sequence": True}), r"at items\[0\].sequence: expected a whole number, got True"),
        (document({"kind": "tool_call", "id": "x"}), r"at items\[0\].call: expected a value, got none"),
        (
            document({"kind": "summary", "id": "x", "text": "", "covers": [1]}),
            r"at items\[0\].covers\[0\]: expected a text",
        ),
        (document("secret"), r"at items\[0\]: expected an object, got str"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    ],
)
def test_what_is_no_history_is_told(text: str, message: str) -> None:
    """Where, what was expected, and nothing of what was said."""
    with pytest.raises(ProviderError, match=message) as caught:
        from_json(text)
    assert "secret" not in str(caught.value)


@given(JSON)
def test_no_json_is_an_accident(value: object) -> None:
    """Whatever stands in the place of an item, of a field or of the document."""
    for text in (json.dumps(value), document(items=value), document({**MESSAGE, "parts": value})):
        try:
            from_json(text)
        except ProviderError:
            continue


def test_a_field_that_is_missing_has_its_default() -> None:
    """As a later version may leave out what an earlier one wrote."""
    assert from_json(document(MESSAGE)).items == (Message("user", "hello"),)
