"""The messages of the WebSocket protocol, version 1 (docs/protocol.md): from bytes to values and back.

What a client may send is a table: a type, and for each of its fields what it must be. A message is checked against it
whole, or refused with a reason that holds none of its contents.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, cast

import attrs
import numpy as np

from voiceflow.frames import Samples

VERSION: Final = 1
SUBPROTOCOL: Final = "voiceflow.1"
MOST_TEXT: Final = 64 * 1024
"""Bytes of a text message that is no image."""
MOST_IMAGE: Final = 4 * 1024 * 1024
OTHERS: Final = 0
"""The turn as which a caller hears the other callers in a room; those of the agent begin with 1."""
RATES: Final = range(8000, 48001)
KEYS: Final = frozenset("0123456789*#ABCD")

_HEADER = struct.Struct("<IQ")
_MOST_PACKET = 8000
"""Bytes: 120 ms of Opus, six frames of at most 1275 bytes, and what says so."""
_SAFE = 2**53
"""Whole numbers beyond this are not the same in every client."""

Code = Literal[
    "bad_message", "bad_order", "bad_version", "too_large", "too_fast", "refused", "busy", "failed"
]  # fmt: skip
CLOSES: Final[dict[str, int]] = {"too_large": 1009, "failed": 1011, "drain": 1012, "busy": 1013}
"""WebSocket's close codes by error or by reason; the others are 1008 for an error, 1000 for a reason."""


class BadMessage(ValueError):
    """A message that the protocol does not have, or not now."""

    def __init__(self, code: Code, why: str) -> None:
        super().__init__(why)
        self.code: Code = code


@attrs.frozen
class Format:
    """How one direction's sound is sent."""

    codec: str = "pcm16"
    rate: int = 16000

    def json(self) -> dict[str, object]:
        return {"codec": self.codec, "rate": self.rate}


@attrs.frozen
class Hello:
    """The client's first message."""

    version: int
    sends: Format = Format(rate=16000)
    plays: Format = Format(rate=24000)
    watch: bool = False
    resume: str | None = attrs.field(default=None, repr=False)


@attrs.frozen
class Played:
    """So many samples of a turn have sounded."""

    turn: int
    position: int
    missed: int = 0


@attrs.frozen
class Typed:
    text: str = attrs.field(repr=False)


@attrs.frozen
class Interrupt:
    pass


@attrs.frozen
class Mute:
    on: bool


@attrs.frozen
class Digits:
    digits: str = attrs.field(repr=False)


@attrs.frozen
class Picture:
    data: str = attrs.field(repr=False)


@attrs.frozen
class Ping:
    t: int | float


@attrs.frozen
class Say:
    """For another caller in the room, or (None) all of them."""

    text: str = attrs.field(repr=False)
    to: str | None = None


@attrs.frozen
class Address:
    """Whom the agent in the room hears; None for everybody."""

    to: str | None


@attrs.frozen
class Bye:
    pass


@attrs.frozen
class Sound:
    """Samples of the microphone."""

    samples: Samples = attrs.field(eq=attrs.cmp_using(eq=np.array_equal), repr=lambda s: f"<{len(s)}>")


@attrs.frozen
class Packet:
    """A packet of Opus, of the microphone."""

    data: bytes = attrs.field(repr=False)


Message = Hello | Played | Typed | Interrupt | Mute | Digits | Picture | Say | Address | Ping | Bye | Sound | Packet
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
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


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
    "played": (Played, {"turn": _whole, "position": _whole, "missed": _whole}),
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


def from_bytes(data: bytes, sends: Format) -> Sound | Packet:
    """The sound of a binary frame.

    Raises:
        BadMessage: of PCM16, it holds half a sample, or more than a second; of Opus, more than a packet can.
    """
    rate = sends.rate
    if sends.codec == "opus":
        if not 0 < len(data) <= _MOST_PACKET:
            raise BadMessage("too_large" if data else "bad_message", f"a packet of Opus has 1 to {_MOST_PACKET} bytes")
        return Packet(data)
    if len(data) > 2 * rate:
        raise BadMessage("too_large", "a binary message holds at most 1 s of sound")
    if len(data) % 2:
        raise BadMessage("bad_message", "a binary message holds whole samples of 16 bits; got an odd number of bytes")
    return Sound(np.frombuffer(data, "<i2").astype(np.int16, copy=False))


def packet(turn: int, position: int, data: bytes) -> bytes:
    """A binary message to the client: what of a turn begins at a sample."""
    return _HEADER.pack(turn, position) + data


def parts(message: bytes) -> tuple[int, int, bytes]:
    """What `packet` put together.

    Raises:
        BadMessage: it is too short to be one.
    """
    if len(message) < _HEADER.size:
        raise BadMessage("bad_message", "a binary message is 12 bytes and sound")
    turn, position = _HEADER.unpack_from(message)
    return turn, position, message[_HEADER.size :]


def sound(turn: int, position: int, samples: Samples) -> bytes:
    """A binary message to the client, of PCM16."""
    return packet(turn, position, samples.astype("<i2", copy=False).tobytes())


def from_sound(data: bytes) -> tuple[int, int, Samples]:
    """What `sound` made: turn, position, samples.

    Raises:
        BadMessage: it is too short to be one.
    """
    turn, position, payload = parts(data)
    if len(payload) % 2:
        raise BadMessage("bad_message", "a binary message is 12 bytes and whole samples of 16 bits")
    return turn, position, np.frombuffer(payload, "<i2").astype(np.int16, copy=False)


def to_text(type: str, **fields: object) -> str:
    """A text message."""
    return json.dumps({"type": type, **fields}, ensure_ascii=False, separators=(",", ":"))
