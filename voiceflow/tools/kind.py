"""What a kind of value is, and the kinds of single values.

A value that the schema allows becomes a Python value of the type; any other is a `Mismatch`. Nothing is guessed: the
text "5" is no number. Source of the keywords: JSON Schema, draft 2020-12.
"""

from __future__ import annotations

import datetime
import math
import types
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import attrs

from voiceflow.tools.mismatch import wrong

Schema = dict[str, Any]
T = TypeVar("T")


Take = Callable[[object, str], Any]
"""Makes a Python value of the JSON value that stands at a path. Raises `Mismatch`."""


@attrs.frozen
class Kind:
    """A type as a schema, in words, and as what makes a value of it."""

    schema: Schema
    words: str
    take: Take


def _number(value: object, path: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            raise wrong(path, "a number", value) from None
        if math.isfinite(number):
            return number
    raise wrong(path, "a number", value)


def _integer(value: object, path: str) -> int:
    # 2.0 is an integer for JSON Schema, and some models write it so.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _exactly(int, "a whole number")(value, path)


def _exactly(cls: type[T], words: str) -> Callable[[object, str], T]:
    def take(value: object, path: str) -> T:
        if type(value) is not cls:
            raise wrong(path, words, value)
        return value

    return take


def _iso(cls: type[Any], words: str) -> Take:
    def take(value: object, path: str) -> Any:
        try:
            return cls.fromisoformat(_exactly(str, words)(value, path))
        except ValueError:
            raise wrong(path, words, value) from None

    return take


def listed(value: object, path: str, words: str = "a list") -> list[Any]:
    """A value that is a list. Raises `Mismatch`."""
    if not isinstance(value, list):
        raise wrong(path, words, value)
    items: list[Any] = cast(Any, value)
    return items


def fields_of(value: object, path: str) -> Mapping[str, Any]:
    """A value that is an object. Raises `Mismatch`."""
    if not isinstance(value, dict):
        raise wrong(path, "an object", value)
    return cast(Mapping[str, Any], value)


def _anything(value: object, path: str) -> Any:
    return value


SIMPLE: Mapping[Any, Kind] = {
    Any: Kind({}, "anything", _anything),
    object: Kind({}, "anything", _anything),
    str: Kind({"type": "string"}, "a text", _exactly(str, "a text")),
    bool: Kind({"type": "boolean"}, "true or false", _exactly(bool, "true or false")),
    int: Kind({"type": "integer"}, "a whole number", _integer),
    float: Kind({"type": "number"}, "a number", _number),
    types.NoneType: Kind({"type": "null"}, "null", _exactly(types.NoneType, "null")),
    datetime.date: Kind(
        {"type": "string", "format": "date"},
        "a date such as 2030-01-31",
        _iso(datetime.date, "a date such as 2030-01-31"),
    ),
    datetime.time: Kind(
        {"type": "string", "format": "time"}, "a time such as 18:30:00", _iso(datetime.time, "a time such as 18:30:00")
    ),
    datetime.datetime: Kind(
        {"type": "string", "format": "date-time"},
        "a time such as 2030-01-31T18:30:00+01:00",
        _iso(datetime.datetime, "a time such as 2030-01-31T18:30:00+01:00"),
    ),
}
