"""Types as JSON Schema, and values as the schema says: held to the library jsonschema."""

from __future__ import annotations

import datetime
from importlib import import_module
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import JSON
from tool_models import TYPES, Address, Colour, Even, Guest, Level, Pet, Place

from voiceflow.tools import Mismatch, Problem
from voiceflow.tools.kind import Kind
from voiceflow.tools.kinds import Kinds

jsonschema: Any = import_module("jsonschema")  # by name, for its types are partly unknown

WORDS = st.sampled_from(
    [
        *("name", "age", "friends", "secret", "street", "number", "lines", "floor", "legs", "owner", "a", "red"),
        "2030-01-31",
    ]
)
NEARLY = st.recursive(
    JSON | WORDS | st.sampled_from([1, 1.0, 2, True, None, "18:30:00", "2030-01-31T18:30:00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)


def schema(kinds: Kinds, hint: Any) -> dict[str, Any]:
    return {**kinds.of(hint).schema, "$defs": kinds.definitions}


@settings(max_examples=300)
@example(Level, 1.0)
@given(st.sampled_from(TYPES), NEARLY)
def test_what_the_schema_allows_is_taken_and_the_rest_is_not(hint: Any, value: Any) -> None:
    """But for a null that stands for a default, for what comes twice in a set, and for dates that are none."""
    kinds = Kinds()
    whole = schema(kinds, hint)
    checker = jsonschema.Draft202012Validator(whole)
    allowed = checker.is_valid(value)
    found = problems(kinds.of(hint), value)
    if found:
        assert not allowed or any("date" in problem.expected or "a time" in problem.expected for problem in found)
    else:
        excused = {"uniqueItems", "anyOf"}
        assert allowed or all(e.validator in excused or e.instance is None for e in checker.iter_errors(value))


def problems(kind: Kind, value: object) -> tuple[Problem, ...]:
    try:
        kind.take(value, "x")
    except Mismatch as mismatch:
        return mismatch.problems
    return ()


@pytest.mark.parametrize("hint", TYPES, ids=str)
def test_a_schema_is_one(hint: Any) -> None:
    """By the rules of JSON Schema."""
    kinds = Kinds()
    jsonschema.Draft202012Validator.check_schema(schema(kinds, hint))


@pytest.mark.parametrize(
    ("hint", "value", "taken"),
    [
        (float, 3, 3.0),
        (int, 3.0, 3),
        (datetime.date, "2030-01-31", datetime.date(2030, 1, 31)),
        (Colour, "red", Colour.RED),
        (Level, 2, Level.HIGH),
        (tuple[int, str], [1, "a"], (1, "a")),
        (tuple[int, ...], [1, 2], (1, 2)),
        (set[int], [1, 1], {1}),
        (dict[str, Colour], {"a": "red"}, {"a": Colour.RED}),
        (int | str, "5", "5"),
        (Guest, {"name": "Ann", "secret": "x", "age": None}, Guest("Ann", secret="x")),
        (Guest, {"name": "Ann", "friends": [{"name": "Bob"}]}, Guest("Ann", friends=[Guest("Bob")])),
        (Guest, {"name": "Ann", "friends": None}, Guest("Ann")),
        (Address, {"street": "High"}, Address("High", 1, [])),
        (Place, {"name": "here"}, {"name": "here"}),
        (Pet, {"name": "Rex", "owner": {"name": "Ann"}}, Pet.model_validate({"name": "Rex", "owner": {"name": "Ann"}})),
        (Guest | Address, {"street": "High"}, Address("High")),
    ],
    ids=str,
)
def test_a_value_becomes_what_the_type_says(hint: Any, value: Any, taken: Any) -> None:
    """Of exactly that type."""
    found = Kinds().of(hint).take(value, "")
    assert (found, type(found)) == (taken, type(taken))


@pytest.mark.parametrize(
    ("hint", "value", "message"),
    [
        (int, "5", "x: expected a whole number, got the text '5'"),
        (int, True, "x: expected a whole number, got true"),
        (int, 1.5, "x: expected a whole number, got the number 1.5"),
        (bool, "true", "x: expected true or false, got the text 'true'"),
        (str, None, "x: expected a text, got null"),
        (float, float("nan"), "x: expected a number, got the number nan"),
        (float, 10**400, "x: expected a number, got a very large number"),
        (str, ["a" * 99], "x: expected a text, got a list of 1"),
        (int, "a" * 99, f"x: expected a whole number, got the text '{'a' * 60}' ..."),
        (datetime.date, "tomorrow", "x: expected a date such as 2030-01-31, got the text 'tomorrow'"),
        (Colour, "green", "x: expected 'red' or 'blue', got the text 'green'"),
        (Level, True, "x: expected the number 1 or the number 2, got true"),
        (int | None, "a", "x: expected a whole number or null, got the text 'a'"),
        (
            list[int],
            [1, "2", None],
            "x[1]: expected a whole number, got the text '2'; x[2]: expected a whole number, got null",
        ),
        (tuple[int, str], [1], "x: expected a list of 2, got a list of 1"),
        (set[Any], [[1]], "x: expected a list of simple values, got a list of 1"),
        (dict[str, int], {"a": "b"}, "x.a: expected a whole number, got the text 'b'"),
        (Guest, {}, "x.name: expected a text, got nothing"),
        (Guest, {"name": "a", "friends": [{"name": 1}]}, "x.friends[0].name: expected a text, got the number 1"),
        (Guest | None, {"name": 1}, "x.name: expected a text, got the number 1"),
        (Place, {"name": "a", "flor": 1}, "x.flor: expected no such argument, got one; there are: name, floor"),
        (Even, {"number": 3}, "x: expected a Even that is accepted, got one that is not: number is even"),
        (Pet, {"name": "Rex", "legs": -1}, "x.legs: expected what is said by"),
    ],
    ids=str,
)
def test_a_mismatch_is_told(hint: Any, value: Any, message: str) -> None:
    """Where, what was expected, what came, and all that is wrong at once."""
    with pytest.raises(Mismatch) as caught:
        Kinds().of(hint).take(value, "x")
    assert str(caught.value).startswith(message)


def test_the_schema_of_a_class() -> None:
    """With what its docstring says first, and itself inside."""
    kinds = Kinds()
    assert kinds.of(list[Guest]).schema == {"type": "array", "items": {"$ref": "#/$defs/Guest"}}
    assert kinds.definitions["Guest"] == {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"anyOf": [{"type": "integer"}, {"type": "null"}], "description": "in years"},
            "friends": {"type": "array", "items": {"$ref": "#/$defs/Guest"}},
            "secret": {"type": "string", "description": "not for all", "default": ""},
        },
        "required": ["name"],
        "additionalProperties": False,
        "description": "Who comes.",
    }


def test_two_classes_of_one_name() -> None:
    """Have two definitions."""
    kinds = Kinds()
    other = type("Guest", (), {"__annotations__": {"x": int}})
    kinds.of(Guest | attrs_of(other))
    assert set(kinds.definitions) == {"Guest", "Guest2"}


def attrs_of(cls: type) -> Any:
    import attrs

    return attrs.define(cls)


@pytest.mark.parametrize("hint", [bytes, object(), dict[int, str], complex, list[bytes], range])
def test_what_json_has_nothing_for(hint: Any) -> None:
    """Is refused, with what to use instead."""
    with pytest.raises(TypeError, match=r"use |Use "):
        Kinds().of(hint)
