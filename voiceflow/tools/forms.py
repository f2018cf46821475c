"""How a tool is described to a model: in the forms of OpenAI, Anthropic, Gemini and Amazon Nova.

Sources: "Function calling" and "Structured outputs" of OpenAI, "Tool use" of Anthropic, "Function calling" and the type
`Schema` of the Gemini API, "Tool use" of Amazon Nova.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from voiceflow.items import ToolSpec
from voiceflow.tools.kind import Schema

_CACHED = {"type": "ephemeral"}
_NULL: Schema = {"type": "null"}
# What strict mode has, of what our own schemas and others have. A schema with anything else in it is not said strictly.
_STRICT = {
    *("type", "properties", "required", "items", "anyOf", "enum", "const", "description", "format", "pattern"),
    *("minItems", "maxItems", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("$ref", "$defs", "$schema", "additionalProperties", "default", "uniqueItems", "title"),
}
_UNSAID = {"$schema", "default", "uniqueItems", "title"}
_DEFINED = "#/$defs/"
# What Gemini's own kind of schema has. A schema with anything else in it is sent as JSON Schema.
_GEMINI = {"type", "properties", "required", "items", "anyOf", "enum", "description", "format", "minItems", "maxItems"}


class _NotSayable(Exception):
    """The form has no way to say it."""


def openai_tools(tools: Iterable[ToolSpec], *, strict: bool = True) -> list[dict[str, Any]]:
    """The `tools` of a chat completion.

    Strict, every argument is required, and null stands for the default. A tool that takes objects of any keys, or
    anything at all, cannot be said strictly, and is said without.
    """
    return [{"type": "function", "function": _openai(tool, strict)} for tool in tools]


def responses_tools(tools: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """The `tools` of OpenAI's Responses API: those of `openai_tools`, flat. What is not said strictly says so there."""
    return [{"type": "function", "strict": False, **form["function"]} for form in openai_tools(tools)]


def _openai(tool: ToolSpec, strict: bool) -> dict[str, Any]:
    told = {"name": tool.name, "description": tool.description}
    if strict:
        try:
            return {**told, "parameters": _strict(tool.schema), "strict": True}
        except _NotSayable:
            pass
    return {**told, "parameters": tool.schema}


def _strict(schema: Schema) -> Schema:
    """The same without what strict mode has not, and with all that is optional made nullable."""
    if not _is_schema(schema) or schema.keys() - _STRICT or schema.get("additionalProperties") not in (None, False):
        raise _NotSayable
    if "$ref" in schema:  # which allows nothing beside it
        if not str(schema["$ref"]).startswith(_DEFINED):
            raise _NotSayable
        return {"$ref": schema["$ref"]}
    found = {name: value for name, value in schema.items() if name not in _UNSAID}
    if schema.get("type") == "object":
        if "properties" not in schema:
            raise _NotSayable
        optional = set(schema["properties"]) - set(schema.get("required", ()))
        found["properties"] = {
            name: _nullable(_strict(inner)) if name in optional else _strict(inner)
            for name, inner in schema["properties"].items()
        }
        found |= {"required": list(schema["properties"]), "additionalProperties": False}
    if "items" in schema:
        found["items"] = _strict(schema["items"])
    if "anyOf" in schema:
        found["anyOf"] = [_strict(inner) for inner in schema["anyOf"]]
    if "$defs" in schema:
        found["$defs"] = {name: _strict(inner) for name, inner in schema["$defs"].items()}
    return found


def _is_schema(schema: object) -> bool:
    """Whether it says anything: true and false are schemas too, and so is an empty one."""
    return isinstance(schema, dict) and bool(cast(Schema, schema))


def _nullable(schema: Schema) -> Schema:
    if schema.get("type") == "null" or _NULL in schema.get("anyOf", ()):
        return schema
    told = {name: value for name, value in schema.items() if name == "description"}
    rest = {name: value for name, value in schema.items() if name != "description"}
    return {**told, "anyOf": [*rest.get("anyOf", [rest]), _NULL]}


def anthropic_tools(tools: Iterable[ToolSpec], *, cache: bool = False) -> list[dict[str, Any]]:
    """The `tools` of a message. With `cache`, the last is marked: the server keeps all of them for the next request."""
    found: list[dict[str, Any]] = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.schema} for tool in tools
    ]
    if cache and found:
        found[-1]["cache_control"] = _CACHED
    return found


def gemini_tools(tools: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """The `tools` of a request: one, with all functions; empty without any.

    Parameters are said in Gemini's own kind of schema, which every version of it reads. What that cannot say (objects
    that hold themselves or have any keys, anything at all, choices that are not texts) is sent as JSON Schema.
    """
    functions = [_gemini_function(tool) for tool in tools]
    return [{"functionDeclarations": functions}] if functions else []


def _gemini_function(tool: ToolSpec) -> dict[str, Any]:
    told = {"name": tool.name, "description": tool.description}
    if not tool.schema.get("properties") and not tool.schema.get("additionalProperties"):
        return told  # an object without any is refused
    try:
        return {**told, "parameters": _gemini(tool.schema, tool.schema.get("$defs", {}), ())}
    except _NotSayable:
        return {**told, "parametersJsonSchema": tool.schema}


def _gemini(schema: Schema, definitions: Mapping[str, Schema], inside: tuple[str, ...]) -> Schema:
    if not _is_schema(schema):
        raise _NotSayable
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(_DEFINED)
        if name in inside or name not in definitions:
            raise _NotSayable
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _gemini({**definitions[name], **beside}, definitions, (*inside, name))
    known = {name: value for name, value in schema.items() if name in _GEMINI}
    if not known.keys() & {"type", "anyOf"} or isinstance(schema.get("type"), list):
        raise _NotSayable
    if "enum" in schema and not all(isinstance(choice, str) for choice in schema["enum"]):
        raise _NotSayable
    if "prefixItems" in schema or (schema.get("type") == "object" and not schema.get("properties")):
        raise _NotSayable
    return _gemini_inside(known, definitions, inside)


def _gemini_inside(known: Schema, definitions: Mapping[str, Schema], inside: tuple[str, ...]) -> Schema:
    if "anyOf" in known:
        kinds = [_gemini(each, definitions, inside) for each in known["anyOf"] if each != _NULL]
        beside: Schema = {"nullable": True} if _NULL in known["anyOf"] else {}
        beside |= {"description": known["description"]} if "description" in known else {}
        return {**(kinds[0] if len(kinds) == 1 else {"anyOf": kinds}), **beside}
    found: Schema = {**known, "type": known["type"].upper()}
    if "format" in known and known["format"] != "date-time":  # the only one for texts
        found["description"] = f"{known.get('description', '')} (ISO 8601 {known['format']})".strip()
        del found["format"]
    if "items" in known:
        found["items"] = _gemini(known["items"], definitions, inside)
    if "properties" in known:
        properties = cast(Mapping[str, Schema], known["properties"])
        found["properties"] = {name: _gemini(each, definitions, inside) for name, each in properties.items()}
        if not known.get("required"):
            found.pop("required", None)
    return found


def nova_tools(tools: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """The `tools` of Nova's `toolConfiguration`, each schema being JSON in a text, as Nova Sonic wants it."""
    return [
        {
            "toolSpec": {
                "name": tool.name,
                "description": tool.description,
                "inputSchema": {"json": json.dumps(tool.schema)},
            }
        }
        for tool in tools
    ]
