"""Arguments that are held against a schema that somebody else wrote."""

from __future__ import annotations

from typing import Any

import pytest

from voiceflow.mcp.schema import JsonSchema
from voiceflow.tools import Mismatch

GUEST = {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer"}}, "required": ["name"]}
TABLE = {
    "type": "object",
    "properties": {
        "guests": {"type": "array", "items": {"$ref": "#/$defs/Guest"}, "maxItems": 2},
        "where": {"enum": ["inside", "outside"]},
        "note": {"type": ["string", "null"]},
    },
    "required": ["guests"],
    "additionalProperties": False,
    "$defs": {"Guest": GUEST},
}


WRONG: list[tuple[Any, str]] = [
    ([], "expected an object, got a list of 0"),
    ({}, "guests: expected a value, got nothing"),
    ({"guests": [{"name": 5}]}, "guests[0].name: expected a text, got the number 5"),
    ({"guests": [{}]}, "guests[0].name: expected a value, got nothing"),
    ({"guests": [], "where": "up"}, 'where: expected "inside" or "outside", got the text \'up\''),
    ({"guests": [], "wher": 1}, "wher: expected no such argument, got one; there are: guests, where, note"),
    ({"guests": [{"name": "a"}] * 3}, 'guests: expected what {"maxItems": 2} says, got a list of 3'),
    ({"guests": None}, "guests: expected a list, got null"),
]


@pytest.mark.parametrize(("value", "problem"), WRONG)
def test_what_is_wrong_is_told(value: object, problem: str) -> None:
    """Where, what was expected, and what came."""
    with pytest.raises(Mismatch) as error:
        JsonSchema(TABLE).take(value, "")
    assert str(error.value) == problem


def test_a_null_for_what_is_optional_is_left_out() -> None:
    """Where the schema takes none; a model that has to write every argument writes that."""
    given = {"guests": [{"name": "Ann", "age": None}], "where": None, "note": None}
    assert JsonSchema(TABLE).take(given, "") == {"guests": [{"name": "Ann"}], "note": None}


@pytest.mark.parametrize("schema", [{}, {"type": "string"}, {"type": "object", "properties": 5}])
def test_what_is_no_schema_of_an_object_is_refused(schema: dict[str, Any]) -> None:
    """A tool has arguments by name."""
    with pytest.raises(ValueError, match="its schema is"):
        JsonSchema(schema)


@pytest.mark.parametrize("reference", ["#/$defs/Nowhere", "https://example.org/schema"])
def test_what_cannot_be_followed_is_told_and_not_fetched(reference: str) -> None:
    """References lead into the schema itself, or nowhere."""
    schema = {"type": "object", "properties": {"a": {"$ref": reference}}}
    with pytest.raises(Mismatch, match="cannot be followed"):
        JsonSchema(schema).take({"a": 1}, "")


def test_a_schema_that_leads_to_itself_is_given_up() -> None:
    """Without end it would be."""
    schema = {"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}
    with pytest.raises(Mismatch, match="cannot be followed"):
        JsonSchema(schema).take({"a": 1}, "")
