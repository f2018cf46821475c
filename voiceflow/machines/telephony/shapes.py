"""Messages as they stand on the wire: one template of each writes it, and reads it again.

A template is an object of constants and holes. To write is to fill the holes with values; to read is to look where they
are. Constants are not looked at: a provider may change what nobody needs. A hole that is not `needed` may be missing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import attrs

from voiceflow.machines.json_fields import MalformedChunk, as_object

Values = Mapping[str, Any]
Shape = Mapping[str, "object | Hole"]

REST: Final = "*"
"""The key of a hole that takes every text that stands at no other key."""


@attrs.frozen
class Hole:
    """`write` makes what stands there of all values (None: nothing does), `read` the values of what stands there."""

    write: Callable[[Values], object]
    read: Callable[[object], Values]
    needed: bool = True


def fill(shape: Shape, values: Values) -> dict[str, object]:
    """The message that these values make."""
    written = {key: _filled(part, values) for key, part in shape.items()}
    rest = cast(Mapping[str, object], written.pop(REST, {}))
    message = {key: value for key, value in rest.items() if key not in shape}
    return message | {key: value for key, value in written.items() if value is not None}


def _filled(part: object, values: Values) -> object:
    if isinstance(part, Hole):
        return part.write(values)
    return fill(cast(Shape, part), values) if isinstance(part, Mapping) else part


def read(shape: Shape, message: Mapping[str, Any]) -> dict[str, Any]:
    """The values that stand in a message.

    Raises:
        MalformedChunk: one that is needed is missing, or is something else.
    """
    found: dict[str, Any] = {}
    for key, part in shape.items():
        if isinstance(part, Hole):
            standing = _rest(shape, message) if key == REST else message.get(key)
            found.update(_read(part, key, standing))
        elif isinstance(part, Mapping):
            found.update(read(cast(Shape, part), as_object(message.get(key)) or {}))
    return found


def _rest(shape: Shape, message: Mapping[str, Any]) -> object:
    return {key: value for key, value in message.items() if key not in shape}


def _read(hole: Hole, key: str, standing: object) -> Values:
    if standing is None and not hole.needed:
        return {}
    try:
        return hole.read(standing)
    except MalformedChunk as error:
        if not hole.needed:
            return {}
        raise MalformedChunk(f"{error.expected} at {key!r}", error.got) from None


def text(name: str, *, needed: bool = False) -> Hole:
    """A text."""

    def check(standing: object) -> Values:
        if not isinstance(standing, str):
            raise MalformedChunk("a text", type(standing).__name__)
        return {name: standing}

    return Hole(lambda values: values.get(name) if needed else values.get(name) or None, check, needed)


def number(name: str, *, as_text: bool = False) -> Hole:
    """A whole number from 0 on; read as a number or as a text, whichever is written."""

    def write(values: Values) -> object:
        value = values.get(name)
        return value if value is None or not as_text else str(value)

    def check(standing: object) -> Values:
        # int() takes spaces, underscores, signs and the digits of all scripts; a number has no more than 18.
        if isinstance(standing, str) and standing.isascii() and standing.isdigit() and len(standing) < 19:
            return {name: int(standing)}
        if isinstance(standing, int) and not isinstance(standing, bool) and standing >= 0:
            return {name: standing}
        raise MalformedChunk("a number", type(standing).__name__)

    return Hole(write, check, needed=False)


def table(name: str) -> Hole:
    """An object whose values are texts; others in it are left out."""

    def check(standing: object) -> Values:
        fields = as_object(standing)
        if fields is None:
            raise MalformedChunk("an object", type(standing).__name__)
        return {name: {key: value for key, value in fields.items() if isinstance(value, str)}}

    return Hole(lambda values: dict(values.get(name) or {}), check, needed=False)


def pairs(name: str) -> Hole:
    """Such a table as one text: a=1;b=2 (or separated by commas)."""

    def write(values: Values) -> object:
        given: Mapping[str, str] = values.get(name) or {}
        return ";".join(f"{key}={value}" for key, value in given.items()) or None

    def check(standing: object) -> Values:
        if not isinstance(standing, str):
            raise MalformedChunk("a text", type(standing).__name__)
        parts = (part.partition("=") for part in standing.strip("{}").replace(",", ";").split(";"))
        return {name: {key.strip(): value.strip() for key, equals, value in parts if equals}}

    return Hole(write, check, needed=False)


def encoded(name: str) -> Hole:
    """Bytes in base64."""

    def write(values: Values) -> object:
        return base64.b64encode(values[name]).decode("ascii")

    def check(standing: object) -> Values:
        try:
            return {name: base64.b64decode(cast(str, standing), validate=True)}
        except (TypeError, ValueError, binascii.Error):
            raise MalformedChunk("audio in base64", type(standing).__name__) from None

    return Hole(write, check)
