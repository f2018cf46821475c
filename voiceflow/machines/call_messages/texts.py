"""Text messages: JSON for control.

What a client may send is a table: a type, and for each of its fields what it must be. A message is checked against it
whole, or refused with a reason that holds none of its contents.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import attrs

from voiceflow.machines.call_messages.values import (
    KEYS,
    MOST_IMAGE,
    MOST_TEXT,
    RATES,
    VERSION,
    Address,
    BadMessage,
    Bye,
    Digits,
    Format,
    Hello,
    Interrupt,
    Message,
    Mute,
    Picture,
    Ping,
    Played,
    Say,
    Typed,
)

_SAFE = 2**53
"""Whole numbers beyond this are not the same in every client."""
_Reader = Callable[[Any], Any]


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _SAFE:
        raise ValueError("a whole number from 0")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > _SAFE:
        raise ValueError("a number")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not _is_unicode(value):
        raise ValueError("a text of whole characters")
    return value


def _is_unicode(text: str) -> bool:
    """Whether it can be sent on: JSON may name one half of a pair of surrogates, which no encoding has."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _keys(value: Any) -> str:
    if not isinstance(value, str) or not value or not set(value) <= KEYS or len(value) > 64:
        raise ValueError("1 to 64 of 0-9 * # A-D")
    return value


def _picture(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("data:image/"):
        raise ValueError("the data URL of an image")
    return value


def _ways(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("an object with in and out")
    return cast(dict[str, Any], value)


def _format(value: Any, default: Format) -> Format:
    if value is None:
        return default
    if not isinstance(value, Mapping):
        raise ValueError("an object with codec and rate")
    found: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    codec, rate = found.get("codec", default.codec), found.get("rate", default.rate)
    if codec not in ("pcm16", "opus") or isinstance(rate, bool) or not isinstance(rate, int) or rate not in RATES:
        raise ValueError("a codec (pcm16, opus) and a rate of 8000 to 48000 Hz")
    return Format(codec, rate)


_FIELDS: Final[dict[str, tuple[type[Any], dict[str, _Reader]]]] = {
    "played": (Played, {"turn": _whole, "position": _whole, "missed": _whole, "held": _truth}),
    "text": (Typed, {"text": _text}),
    "interrupt": (Interrupt, {}),
    "mute": (Mute, {"on": _truth}),
    "digits": (Digits, {"digits": _keys}),
    "image": (Picture, {"data": _picture}),
    "message": (Say, {"text": _text, "to": _text_or_none}),
    "address": (Address, {"to": _text_or_none}),
    "ping": (Ping, {"t": _number}),
    "bye": (Bye, {}),
}


def from_text(text: str) -> Message:
    """The message of a text frame.

    Raises:
        BadMessage: it is none; `code` says which error that is.
    """
    if len(text) > MOST_IMAGE:
        raise BadMessage("too_large", f"a message has at most {MOST_IMAGE} bytes")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BadMessage("bad_message", "a text message is a JSON object; got what is no JSON") from None
    if not isinstance(data, dict):
        raise BadMessage("bad_message", "a text message is a JSON object; got another value")
    found: dict[str, Any] = data  # pyright: ignore[reportUnknownVariableType]
    kind = found.get("type")
    if kind != "image" and len(text) > MOST_TEXT:
        raise BadMessage("too_large", f"a message that is no image has at most {MOST_TEXT} bytes")
    if kind == "hello":
        return _hello(found)
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise BadMessage("bad_message", f"type is hello, {', '.join(_FIELDS)}; got none of them")
    cls, fields = _FIELDS[kind]
    optional = {field.name for field in attrs.fields(cls) if field.default is not attrs.NOTHING}
    missing = [name for name in fields if name not in found and name not in optional]
    if missing:
        raise BadMessage("bad_message", f"{kind} has no {missing[0]}")
    return cls(**{name: _read(kind, name, fields[name], found[name]) for name in fields if name in found})  # type: ignore[no-any-return]


def _read(kind: str, name: str, reader: _Reader, value: Any) -> Any:
    try:
        return reader(value)
    except ValueError as error:
        raise BadMessage("bad_message", f"{kind}.{name} is {error}; got something else") from None


def _hello(found: dict[str, Any]) -> Hello:
    if found.get("version") is not True and found.get("version") == VERSION:
        ways = _read("hello", "audio", _ways, found.get("audio"))
        return Hello(
            VERSION,
            _read("hello", "audio.in", lambda value: _format(value, Format(rate=16000)), ways.get("in")),
            _read("hello", "audio.out", lambda value: _format(value, Format(rate=24000)), ways.get("out")),
            _read("hello", "watch", _truth, found.get("watch", False)),
            _read("hello", "resume", _text_or_none, found.get("resume")),
        )
    raise BadMessage("bad_version", f"this server speaks version {VERSION}; hello.version is another one, or missing")


def to_text(type: str, **fields: object) -> str:
    """A text message. What in it is half a character, of a model that was cut off say, becomes a question mark."""
    text = json.dumps({"type": type, **fields}, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else text.encode(errors="replace").decode()
