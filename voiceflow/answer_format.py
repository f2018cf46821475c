"""How a model is held to a JSON Schema (`Prompt.schema`), in the requests of several servers.

Sources: "Structured model outputs" of OpenAI, for chat completions and for responses; "Structured output" of the Gemini
API; the README of llama.cpp's server, which speaks as the former. Anthropic's models are told in words alone: only some
of them can be held to a schema, and the others refuse the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from voiceflow.tools.forms import openai_tools

_NAME = "answer"
Schema = Mapping[str, Any]


@attrs.frozen
class _Spec:
    """A schema as that of a tool, for whose arguments OpenAI's strict mode is the same."""

    schema: dict[str, Any]
    name: str = _NAME
    description: str = ""


def chat_format(schema: Schema | None) -> dict[str, Any] | None:
    """The `response_format` of a chat completion; strict where strict mode can say the schema."""
    if schema is None:
        return None
    return {"type": "json_schema", "json_schema": _said(schema)}


def responses_format(schema: Schema | None) -> dict[str, Any] | None:
    """The `text` of a response of OpenAI's."""
    return None if schema is None else {"format": {"type": "json_schema", **_said(schema)}}


def gemini_format(schema: Schema | None) -> dict[str, Any]:
    """The settings of `generationConfig`; none without a schema."""
    if schema is None:
        return {}
    return {"responseMimeType": "application/json", "responseJsonSchema": dict(schema)}


def _said(schema: Schema) -> dict[str, Any]:
    (form,) = openai_tools([_Spec(dict(schema))])
    function = form["function"]
    strict = {"strict": True} if function.get("strict") else {}
    return {"name": _NAME, "schema": function["parameters"], **strict}
