"""What a provider calls each message, and how it differs from others: a table, of which the five providers are rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import attrs

from voiceflow.machines.json_fields import MalformedChunk, as_text, parsed
from voiceflow.machines.telephony.codecs import Codec, Format
from voiceflow.machines.telephony.messages import ByProvider, ByServer, Media, Play, Start
from voiceflow.machines.telephony.packing import Packing
from voiceflow.machines.telephony.shapes import Shape, fill, read

Wire = str | bytes
"""A message of a WebSocket: text or binary."""


@attrs.frozen(kw_only=True)
class Dialect:
    """One provider's words.

    `provider` and `server` have the templates of what either sends; a message's name stands at `event` in the one and
    at `verb` in the other. `encodings` are the provider's words for codecs; the first is what it takes by default, and
    `strict` says that no other word is understood. `packing` is how it wants audio, `block` how many seconds of it
    come at a time. With `binary`, audio is no JSON. `returns_marks`: of what is cleared, the marks come back.
    """

    name: str
    provider: Mapping[type[Any], Shape] = attrs.field(repr=False)
    server: Mapping[type[Any], Shape] = attrs.field(repr=False)
    encodings: Mapping[str, Codec] = attrs.field(repr=False)
    rates: tuple[int, ...] = (8000,)
    strict: bool = True
    verb: str = "event"
    binary: bool = False
    block: float = 0.02
    packing: Packing = attrs.Factory(Packing)
    returns_marks: bool = True

    def format(self, start: Start) -> Format:
        """The audio that a call's start says.

        Raises:
            MalformedChunk: a codec or a rate that is not known here.
        """
        default = next(iter(self.encodings))
        name = start.encoding or default
        codec = self.encodings.get(name) or (None if self.strict else self.encodings[default])
        if codec is None or start.rate not in self.rates:
            known = f"{' or '.join(self.encodings)} at {' or '.join(map(str, self.rates))} Hz"
            raise MalformedChunk(f"{self.name}'s audio as {known}: set its stream so", f"{name!r} at {start.rate} Hz")
        return Format(codec, start.rate, name)

    def by_provider(self, message: ByProvider, **extra: object) -> Wire:
        """A message of the provider's as it is sent; `extra` are numbers that only the wire has."""
        return _write(message, self.provider, extra, self.binary and isinstance(message, Media))

    def by_server(self, message: ByServer, **extra: object) -> Wire:
        """A message of the server's as it is sent."""
        return _write(message, self.server, extra, self.binary and isinstance(message, Play))

    def from_provider(self, wire: Wire) -> ByProvider | None:
        """What a provider said; None for a message whose name is not known: there may be new ones at any time.

        Raises:
            MalformedChunk: it is no JSON, or lacks what such a message must have.
        """
        if self.binary and isinstance(wire, bytes):
            return Media(wire)
        return cast(ByProvider | None, _read(wire, self.provider, "event"))

    def from_server(self, wire: Wire) -> ByServer | None:
        """What a server said, as `from_provider`."""
        if self.binary and isinstance(wire, bytes):
            return Play(wire)
        return cast(ByServer | None, _read(wire, self.server, self.verb))


def _write(message: Any, shapes: Mapping[type[Any], Shape], extra: Mapping[str, object], binary: bool) -> Wire:
    if binary:
        return bytes(message.audio)
    kind: type[Any] = message.__class__
    values = {name: getattr(message, name) for name in _names(kind)}
    return json.dumps(fill(shapes[kind], {**values, **extra}))


def _names(kind: type[Any]) -> list[str]:
    return [field.name for field in attrs.fields(kind)]


def _read(wire: Wire, shapes: Mapping[type[Any], Shape], name_at: str) -> Any:
    try:
        fields = parsed(wire if isinstance(wire, str) else wire.decode())
    except UnicodeDecodeError:
        raise MalformedChunk("a text message", f"a binary one of {len(wire)} bytes") from None
    name = as_text(fields.get(name_at))
    if not name:
        raise MalformedChunk(f"a message with a text at {name_at!r}", "one without")
    for kind, shape in shapes.items():
        if shape[name_at] == name:
            return _made(kind, read(shape, fields), name)
    return None


def _made(kind: type[Any], values: Mapping[str, Any], name: str) -> Any:
    try:
        return kind(**{key: values[key] for key in _names(kind) if key in values})
    except ValueError:  # of a key that is none
        raise MalformedChunk(f"{name!r} with a value that is allowed", "another") from None
