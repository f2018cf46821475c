"""A tool of a server, as it is told of, as one that a model may call."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from voiceflow.mcp.schema import JsonSchema
from voiceflow.mcp.server import McpServer
from voiceflow.tools.function import Tool
from voiceflow.tools.source import AnyTool

_LARGEST = 50_000  # characters of a tool's description and schema
_NO_NAME = re.compile(r"[^a-zA-Z0-9_-]")


def tool_of(server: McpServer, told: Mapping[str, Any], call: Callable[..., Any]) -> AnyTool:
    """What the server told of it; `call` is given its arguments, which are held against its schema, and a context.

    Raises:
        ValueError: it cannot be offered; says why.
    """
    name, schema = str(told["name"]), told["inputSchema"]
    description = str(told.get("description") or told.get("title") or "")
    if len(str(schema)) + len(description) > _LARGEST:
        raise ValueError(f"what is to be told of it has more than {_LARGEST} characters")
    return Tool(
        call,
        _plain(server.prefix + name),
        description,
        server.effect(name, told.get("annotations") or {}),
        server.timeout,
        schema,
        True,
        "ctx",
        _Arguments(JsonSchema(schema)),
    )


def _plain(name: str) -> str:
    """A name that models' protocols take."""
    plain = _NO_NAME.sub("_", name)
    return (plain if plain[:1].isalpha() or plain[:1] == "_" else f"_{plain}")[:64]


@attrs.frozen(eq=False)
class _Arguments:
    """What a call of a server's tool is given: whatever its arguments are called, they are one."""

    schema: JsonSchema

    def take(self, value: object, path: str) -> dict[str, Any]:
        return {"arguments": self.schema.take(value, path)}
