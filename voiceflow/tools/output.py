"""What a tool gave, as a model is told it."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import json
from collections import abc
from collections.abc import Mapping
from typing import Any, cast

import attrs

from voiceflow.items import Image, Part

LIMIT = 20_000
"""Characters of an output that a model is told: some 5,000 tokens, which is more than a spoken answer needs."""
_DEEP = 50  # levels: deeper than any data that is meant, and short of what Python can write


def told(value: object, limit: int = LIMIT) -> tuple[Part, ...]:
    """A text as it is, images, nothing, lists of texts and images, and anything else as JSON; cut after `limit`.

    Raises:
        TypeError: it is nothing that JSON could say.
        ValueError: it holds itself, or is too deep.
    """
    if value is None:
        return ("Done.",)
    if isinstance(value, Image):
        return (value,)
    items: list[object] = list(cast(Any, value)) if isinstance(value, list | tuple) else []
    if any(isinstance(each, Image) for each in items):
        return tuple(part for each in items for part in told(each, limit))
    if isinstance(value, str):
        return (cut(value, limit),)
    anything: object = cast(Any, value)
    return (cut(json.dumps(plain(anything), ensure_ascii=False), limit),)


def cut(text: str, limit: int) -> str:
    """A text with what is beyond `limit` characters left out, and said so."""
    left = len(text) - limit
    return text if left <= 0 else f"{text[:limit]} [{left} more characters are left out]"


def plain(value: object, depth: int = _DEEP) -> Any:
    """A value as JSON has it: objects of fields become objects, moments become ISO 8601."""
    if value is None or (isinstance(value, str | bool | int | float) and not isinstance(value, enum.Enum)):
        return value
    if depth == 0:
        raise ValueError(f"what a tool gives is at most {_DEEP} levels deep; got one that is deeper, or holds itself")
    match value:
        case enum.Enum():
            return plain(value.value, depth - 1)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case abc.Mapping():
            pairs = cast(Mapping[object, object], value)
            return {str(plain(key, depth - 1)): plain(each, depth - 1) for key, each in pairs.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each, depth - 1) for each in cast(list[object], value)]
        case _:
            return plain(_fields(cast(Any, value)), depth - 1)


def _fields(value: Any) -> Mapping[str, Any]:
    cls: Any = cast(Any, type)(value)
    if attrs.has(cls):
        return {field.name: getattr(value, field.name) for field in attrs.fields(cls)}
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return cast(Mapping[str, Any], value.model_dump(mode="json"))
    raise TypeError(f"what a tool gives is a text, an image, or what JSON can say; got {type(value).__name__}")
