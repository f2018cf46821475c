"""What the two ends of the WebSocket protocol say, as values, and what they agree on."""

from __future__ import annotations

from typing import Final, Literal

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
    """So many samples of a turn have sounded; with `held`, because it was to be silent from there on."""

    turn: int
    position: int
    missed: int = 0
    held: bool = False


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
