"""A history as a JSON document, and back.

    {"voiceflow": "history", "version": 1, "readable_by": 1, "next_sequence": 3,
     "items": [{"kind": "message", "id": "5f3a-1", "sequence": 1, "time": null, "role": "user", "parts": ["Hello"]}]}

`version` is what the writer knows, `readable_by` the oldest version that understands it. A reader takes any document
that it is said to understand: a kind of item that it does not know it keeps as `Unknown` and writes again as it was, a
field that it does not know it leaves out, a field that is missing has its default.
"""

from __future__ import annotations

import functools
import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, cast

import attrs

from voiceflow.chat.history import History
from voiceflow.errors import ProviderError
from voiceflow.items import (
    ConfigUpdate,
    HandOff,
    Image,
    Item,
    Message,
    Part,
    Summary,
    Thought,
    ToolCall,
    ToolOutput,
    Unknown,
)

VERSION = 1
"""Of the documents that are written here."""

_KINDS: Mapping[str, type[Any]] = {
    "message": Message,
    "tool_call": ToolCall,
    "tool_output": ToolOutput,
    "thought": Thought,
    "hand_off": HandOff,
    "config_update": ConfigUpdate,
    "summary": Summary,
}
_NAMES = {cls: kind for kind, cls in _KINDS.items()}
_PARTS = tuple[Part, ...]
_DETAIL: Any = typing.get_type_hints(Image)["detail"]
_COMMON = ("sequence", "id", "time")


def to_json(history: History, *, indent: int | None = None) -> str:
    """The history as a JSON document, in ASCII."""
    document = {
        "voiceflow": "history",
        "version": VERSION,
        "readable_by": VERSION,
        "next_sequence": history.next_sequence,
        "items": [_written(item) for item in history.items],
    }
    return json.dumps(document, indent=indent)


def from_json(document: str | bytes, *, now: Callable[[], int] | None = None) -> History:
    """The history that a document holds. `now` tells the time of what is added to it.

    Raises:
        ProviderError: it is no such document, or one that only a later version can read; not retryable.
    """
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        raise _wrong("", "JSON", "something that is none") from None
    fields = _object(found, "")
    if fields.get("voiceflow") != "history":
        raise _wrong("", 'a document with "voiceflow": "history"', "another one")
    oldest = fields.get("readable_by", fields.get("version"))
    if not isinstance(oldest, int) or oldest > VERSION:
        raise _wrong("readable_by", f"a version up to {VERSION}", _shown(oldest), "Read it with a later voiceflow.")
    sequence, items = fields.get("next_sequence", 1), fields.get("items")
    if not isinstance(items, list) or not isinstance(sequence, int):
        raise _wrong("items", "a list of items, and a number as next_sequence", "something else")
    read = [_read(item, f"items[{place}]") for place, item in enumerate(cast(list[object], items))]
    try:
        return History.restored(read, next_sequence=sequence, now=now)
    except ValueError:
        raise _wrong("items", "items each with an id of its own", "one id twice, or none") from None


def _written(item: Item) -> dict[str, Any]:
    if isinstance(item, Unknown):
        return {"kind": item.kind, **_common(item), **item.fields}
    fields = {field.name: getattr(item, field.name) for field in attrs.fields(type(item))}
    return {
        "kind": _NAMES[type(item)],
        **_common(item),
        **{name: _value(value) for name, value in fields.items() if name not in _COMMON},
    }


def _common(item: Item) -> dict[str, Any]:
    return {"id": item.id, "sequence": item.sequence, "time": item.time}


def _value(value: object) -> object:
    if isinstance(value, tuple):
        return [_value(each) for each in cast(tuple[object, ...], value)]
    return {"image": value.url, "detail": value.detail} if isinstance(value, Image) else value


def _read(item: object, at: str) -> Item:
    fields = _object(item, at)
    kind = fields.get("kind")
    if not isinstance(kind, str):
        raise _wrong(f"{at}.kind", "a text", _shown(kind))
    common = {name: _checked(fields[name], hint, f"{at}.{name}") for name, hint in _IDS.items() if name in fields}
    cls = _KINDS.get(kind)
    if cls is None:
        return Unknown(kind, {k: v for k, v in fields.items() if k not in ("kind", *_COMMON)}, **common)
    hints = _hints(kind)
    values: dict[str, Any] = {}
    for field in attrs.fields(cls):
        if field.name in fields and field.name not in _COMMON:
            values[field.alias] = _checked(fields[field.name], hints[field.name], f"{at}.{field.name}")
        elif field.default is attrs.NOTHING:
            raise _wrong(f"{at}.{field.name}", "a value", "none")
    return cast(Item, cls(**values, **common))


_IDS: Mapping[str, Any] = {"sequence": int, "id": str, "time": int | None}


@functools.cache
def _hints(kind: str) -> Mapping[str, Any]:
    return typing.get_type_hints(_KINDS[kind])


def _checked(value: object, hint: Any, at: str) -> Any:
    """A value of the type that a field has: texts, numbers, choices, and tuples of texts or of parts."""
    if hint == _PARTS:
        return [_part(each, f"{at}[{place}]") for place, each in enumerate(_list(value, at))]
    if typing.get_origin(hint) is types.UnionType:
        inner = [each for each in typing.get_args(hint) if each is not types.NoneType]
        return None if value is None else _checked(value, inner[0], at)
    if typing.get_origin(hint) is tuple:
        return tuple(_checked(each, str, f"{at}[{place}]") for place, each in enumerate(_list(value, at)))
    if typing.get_origin(hint) is typing.Literal:
        choices = typing.get_args(hint)
        if value not in choices:
            raise _wrong(at, f"one of {', '.join(choices)}", _shown(value))
        return value
    if type(value) is not hint:
        raise _wrong(at, {str: "a text", int: "a whole number", bool: "true or false"}[hint], _shown(value))
    return value


def _part(value: object, at: str) -> Part:
    if isinstance(value, str):
        return value
    fields = _object(value, at)
    detail = _checked(fields.get("detail", "auto"), _DETAIL, f"{at}.detail")
    try:
        return Image(_checked(fields.get("image"), str, f"{at}.image"), detail)
    except ValueError as error:
        raise _wrong(f"{at}.image", "an image", "none", str(error)) from None


def _list(value: object, at: str) -> list[object]:
    if not isinstance(value, list):
        raise _wrong(at, "a list", _shown(value))
    return cast(list[object], value)


def _object(value: object, at: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(at, "an object", _shown(value))
    return cast(Mapping[str, Any], value)


def _shown(value: object) -> str:
    """A number as it is; of all else, which may be what somebody said, the type."""
    return str(value) if isinstance(value, int) else type(value).__name__


def _wrong(at: str, expected: str, got: str, way_out: str = "Give what to_json wrote.") -> ProviderError:
    where = f" at {at}" if at else ""
    return ProviderError(f"history document{where}: expected {expected}, got {got}. {way_out}", retryable=False)
