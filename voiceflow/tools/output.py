"""What a tool gave, as a model is told it."""

from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import json
from collections import abc
from collections.abc import Iterator, Mapping
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
    if isinstance(value, str):
        return (cut(value, limit),)
    items: list[object] | tuple[object, ...] = cast(Any, value) if isinstance(value, list | tuple) else ()
    if Image in map(type, items):
        return tuple(part for each in items for part in told(each, limit))
    anything: object = cast(Any, value)
    return (_json(anything, limit),)


def _json(value: object, limit: int) -> str:
    """No more is written than is told: what a tool gives may be large, and the call waits for it."""
    text = ""
    for piece in _written(value, limit, _DEEP):
        text += piece
        if len(text) > limit:
            return f"{text[:limit]} [the rest is left out]"
    return text


def cut(text: str, limit: int) -> str:
    """A text with what is beyond `limit` characters left out, and said so."""
    left = len(text) - limit
    return text if left <= 0 else f"{text[:limit]} [{left} more characters are left out]"


def plain(value: object, depth: int = _DEEP) -> Any:
    """A value as JSON has it: objects of fields become objects, moments become ISO 8601."""
    opened = _opened(value, depth)
    if isinstance(opened, abc.Mapping):
        return {str(plain(key, depth - 1)): plain(each, depth - 1) for key, each in opened.items()}
    if isinstance(opened, list | tuple):
        return [plain(each, depth - 1) for each in opened]
    return opened


def _written(value: object, limit: int, depth: int) -> Iterator[str]:
    """The JSON of a value, piece by piece."""
    opened = _opened(value, depth)
    if isinstance(opened, str):
        yield json.dumps(opened[: limit + 1], ensure_ascii=False)
    elif isinstance(opened, abc.Mapping):
        for number, (key, each) in enumerate(opened.items()):
            name = str(plain(key, depth - 1))[: limit + 1]
            yield f"{', ' if number else '{'}{json.dumps(name, ensure_ascii=False)}: "
            yield from _written(each, limit, depth - 1)
        yield "}" if opened else "{}"
    elif isinstance(opened, list | tuple):
        for number, each in enumerate(opened):
            yield ", " if number else "["
            yield from _written(each, limit, depth - 1)
        yield "]" if opened else "[]"
    else:
        yield json.dumps(opened)


_Simple = str | bool | int | float | None


def _opened(value: object, depth: int) -> Mapping[object, object] | list[object] | tuple[object, ...] | _Simple:
    """One level of it, as JSON has it."""
    if value is None or (isinstance(value, str | bool | int | float) and not isinstance(value, enum.Enum)):
        return value
    if depth == 0:
        raise ValueError(f"what a tool gives is at most {_DEEP} levels deep; got one that is deeper, or holds itself")
    match value:
        case enum.Enum():
            return _opened(value.value, depth - 1)
        case datetime.date() | datetime.time():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case abc.Mapping():
            return cast(Mapping[object, object], value)
        case list() | tuple():
            return cast(list[object], value)
        case set() | frozenset():
            return [*cast(set[object], value)]
        case _:
            return _opened(_fields(cast(Any, value)), depth - 1)


def _fields(value: Any) -> Mapping[str, Any]:
    cls: Any = cast(Any, type)(value)
    if attrs.has(cls):
        return {field.name: getattr(value, field.name) for field in attrs.fields(cls)}
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return cast(Mapping[str, Any], value.model_dump(mode="json"))
    raise TypeError(f"what a tool gives is a text, an image, or what JSON can say; got {type(value).__name__}")
