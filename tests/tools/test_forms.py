"""Tools as models are told of them, read by the libraries of those who made the forms."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Annotated, Any, Literal, cast

import attrs
import pytest
from anthropic.types import ToolParam
from google.genai import types as gemini
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionFunctionToolParam
from openai.types.responses import FunctionToolParam
from pydantic import TypeAdapter
from tool_models import TYPES, Address, Colour, Guest

from voiceflow.tools import (
    Mismatch,
    Tool,
    anthropic_tools,
    gemini_tools,
    nova_tools,
    openai_tools,
    responses_tools,
    tool,
)

jsonschema: Any = import_module("jsonschema")
OPENAI: TypeAdapter[Any] = TypeAdapter(list[ChatCompletionFunctionToolParam])
RESPONSES: TypeAdapter[Any] = TypeAdapter(list[FunctionToolParam])
ANTHROPIC: TypeAdapter[Any] = TypeAdapter(list[ToolParam])


def taking(hint: Any, *, default: bool = False) -> Tool[..., None]:
    """A tool with one parameter of a type."""

    def give(x: Any) -> None:
        """Give something."""

    give.__annotations__["x"] = hint
    if default:
        give.__defaults__ = (None,)
    return tool(give)


@attrs.frozen
class Order:
    what: str
    to: Address | None = None
    colour: Colour = Colour.RED


@tool
def order(orders: list[Order], note: Annotated[str, "for the driver"] = "") -> None:
    """Order something."""


@tool
def nothing() -> None:
    """Do nothing."""


def objects(schema: Any) -> list[dict[str, Any]]:
    """All objects inside a schema."""
    if isinstance(schema, list):
        return [found for each in cast(list[object], schema) for found in objects(each)]
    if not isinstance(schema, dict):
        return []
    fields = cast(dict[str, Any], schema)
    inner = [found for name, each in fields.items() if name != "enum" for found in objects(each)]
    return [fields, *inner] if fields.get("type") in ("object", "OBJECT") else inner


@pytest.mark.parametrize("hint", TYPES, ids=str)
@pytest.mark.parametrize("default", [True, False], ids=["default", "required"])
def test_every_type_has_every_form(hint: Any, default: bool) -> None:
    """That the libraries take."""
    tools = [taking(hint, default=default), nothing]
    OPENAI.validate_python(openai_tools(tools))
    RESPONSES.validate_python(responses_tools(tools))
    ANTHROPIC.validate_python(anthropic_tools(tools))
    for each in gemini_tools(tools):
        gemini.Tool.model_validate(each)
    json.dumps([form(tools) for form in (openai_tools, anthropic_tools, gemini_tools, nova_tools)])


@pytest.mark.parametrize("hint", TYPES, ids=str)
def test_strict_requires_all_and_allows_nothing_else(hint: Any) -> None:
    """In every object of it; what cannot be said so is not called strict."""
    function = openai_tools([taking(hint, default=True)])[0]["function"]
    jsonschema.Draft202012Validator.check_schema(function["parameters"])
    if not function.get("strict"):
        assert "Any" in str(hint) or "dict" in str(hint) or "tuple[int, str]" in str(hint)
        return
    for each in objects(function["parameters"]):
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
    text = json.dumps(function["parameters"])
    assert not any(f'"{word}":' in text for word in ("default", "uniqueItems", "title", "prefixItems"))


@given(st.sampled_from([taking(hint, default=True) for hint in TYPES]), st.data())
def test_null_stands_for_what_strict_requires(giving: Tool[..., None], data: st.DataObject) -> None:
    """A model that leaves an argument out by giving null calls the function with its default, or with None."""
    assert giving.arguments({"x": None}) in ({}, {"x": None})


def test_the_forms_of_a_tool() -> None:
    """As the four write them."""
    address = {
        "type": "object",
        "properties": {
            "street": {"type": "string"},
            "number": {"type": "integer", "default": 1},
            "lines": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["street"],
        "additionalProperties": False,
    }
    assert anthropic_tools([order], cache=True) == [
        {
            "name": "order",
            "description": "Order something.",
            "input_schema": order.schema,
            "cache_control": {"type": "ephemeral"},
        }
    ]
    assert order.schema["$defs"]["Address"] == address
    assert json.loads(nova_tools([order])[0]["toolSpec"]["inputSchema"]["json"]) == order.schema
    told = {"type": "STRING"}
    to = {
        "type": "OBJECT",
        "properties": {"street": told, "number": {"type": "INTEGER"}, "lines": {"type": "ARRAY", "items": told}},
        "required": ["street"],
        "nullable": True,
    }
    colour = {"type": "STRING", "enum": ["red", "blue"]}
    item = {"type": "OBJECT", "properties": {"what": told, "to": to, "colour": colour}, "required": ["what"]}
    assert gemini_tools([order])[0]["functionDeclarations"][0]["parameters"] == {
        "type": "OBJECT",
        "properties": {
            "orders": {"type": "ARRAY", "items": item},
            "note": {"type": "STRING", "description": "for the driver"},
        },
        "required": ["orders"],
    }


def test_what_gemini_cannot_say_is_json_schema() -> None:
    """Objects that hold themselves or have any keys, anything at all, and choices that are no texts."""
    for hint in (Guest, dict[str, int], Any, Literal[1, 2], tuple[int, str]):
        declared = gemini_tools([taking(hint)])[0]["functionDeclarations"][0]
        assert set(declared) == {"name", "description", "parametersJsonSchema"}
    assert gemini_tools([nothing]) == [{"functionDeclarations": [{"name": "nothing", "description": "Do nothing."}]}]
    assert gemini_tools([]) == anthropic_tools([], cache=True) == []


def test_a_model_may_be_asked_without_strictness() -> None:
    """Of a server that does not know it."""
    assert openai_tools([order], strict=False) == [
        {
            "type": "function",
            "function": {"name": "order", "description": "Order something.", "parameters": order.schema},
        }
    ]


def test_a_required_argument_is_not_null() -> None:
    """Null stands for a default, where there is one."""
    with pytest.raises(Mismatch, match="x: expected a whole number, got null"):
        taking(int).arguments({"x": None})


@attrs.frozen
class Foreign:
    """A tool whose schema somebody else wrote."""

    schema: dict[str, Any]
    name: str = "foreign"
    description: str = ""


@pytest.mark.parametrize(
    ("schema", "strict", "gemini_own"),
    [
        ({"type": "object"}, False, True),
        ({"type": "object", "additionalProperties": {"type": "string"}}, False, False),
        ({"type": "object", "properties": {"a": {"type": "string", "title": "A"}}, "title": "T"}, True, True),
        ({"type": "object", "properties": {"a": {"type": ["string", "null"]}}}, True, False),
        ({"type": "object", "properties": {"a": {"oneOf": [{"type": "string"}, {"type": "null"}]}}}, False, False),
        ({"type": "object", "properties": {"a": {"$ref": "#/definitions/A"}}, "definitions": {"A": {}}}, False, False),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}}, False, False),
        ({"type": "object", "properties": {"a": True}}, False, False),
        ({"type": "object", "properties": {"a": {"type": "array", "items": False}}}, False, False),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "not": {"required": ["a"]}}, False, True),
    ],
)
def test_a_schema_that_somebody_else_wrote_has_every_form(
    schema: dict[str, Any], strict: bool, gemini_own: bool
) -> None:
    """As it is, where a form has no words of its own for what is in it."""
    tools = [Foreign(schema)]
    [function] = [each["function"] for each in openai_tools(tools)]
    assert function.get("strict", False) == strict
    assert strict or function["parameters"] == schema
    assert anthropic_tools(tools)[0]["input_schema"] == schema
    [declared] = gemini_tools(tools)[0]["functionDeclarations"]
    gemini.Tool.model_validate(gemini_tools(tools)[0])
    assert gemini_own or declared["parametersJsonSchema"] == schema
