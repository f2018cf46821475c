"""The fields of JSON that a server sent, none of which can be relied upon."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast


class MalformedChunk(ValueError):
    """What came is not what the protocol allows. `expected` and `got` quote nothing of it."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.expected, self.got = expected, got


def parsed(data: str) -> Mapping[str, Any]:
    """The object that a text is.

    Raises:
        MalformedChunk: it is none.
    """
    try:
        chunk = as_object(json.loads(data))
    except (ValueError, RecursionError):  # ValueError is also what a number of some thousand digits gives
        raise MalformedChunk("a chunk in JSON", f"{len(data)} characters that are none") from None
    if chunk is None:
        raise MalformedChunk("a chunk that is a JSON object", "another JSON value")
    return chunk


def as_object(value: object) -> Mapping[str, Any] | None:
    """The value, if it is an object."""
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else None


def inside(fields: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The object that stands at this name, and in it at the next; an empty one where there is none."""
    for name in names:
        fields = as_object(fields.get(name)) or {}
    return fields


def as_text(value: object) -> str:
    """The value, if it is a text; else an empty one."""
    return value if isinstance(value, str) else ""


def as_count(value: object) -> int:
    """The value, if it is a whole number; else 0."""
    return value if isinstance(value, int) else 0


def as_json(value: object) -> str:
    """The value as JSON again.

    Raises:
        MalformedChunk: it could be read, but is nested too deep to be written.
    """
    try:
        return json.dumps(value)
    except RecursionError:
        raise MalformedChunk("JSON that is nested a few deep", "some hundred levels") from None


def objects(value: object, expected: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a list; none if it is missing.

    Raises:
        MalformedChunk: there is something else, and not what was `expected`.
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise MalformedChunk(expected, type(value).__name__)
    return [item for item in map(as_object, cast(list[object], value)) if item is not None]
