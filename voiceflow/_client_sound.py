"""Sound on a client's socket: as binary messages, and the server's as samples, the way that both agreed upon."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, Literal

import attrs

from voiceflow.errors import GraphError
from voiceflow.frames import Samples
from voiceflow.machines.call_messages import Format, from_sound
from voiceflow.opus import OpusEncoder
from voiceflow.opus_line import OpusEar

Codec = Literal["pcm16", "opus"]


def wished(codec: Codec, rate: int) -> Format:
    """How a client wishes one direction's sound to be.

    Raises:
        GraphError: the codec is not installed here.
    """
    if codec == "opus" and find_spec("av") is None:
        raise GraphError("codec opus needs the package av: pip install 'voiceflow[rtc]'")
    return Format(codec, rate)


def _pcm16(samples: Samples) -> list[bytes]:
    return [samples.astype("<i2", copy=False).tobytes()]


@attrs.frozen
class ClientSound:
    """`pack` makes messages of samples, `unpack` gives the turn, the place and the samples of one of the server's."""

    pack: Callable[[Samples], list[bytes]] = _pcm16
    unpack: Callable[[bytes], tuple[int, int, Samples]] = from_sound


def agreed(audio: Mapping[str, Any]) -> ClientSound:
    """As the server's welcome has it."""
    sends, plays = audio["in"], audio["out"]
    pack = OpusEncoder(sends["rate"]).push if sends["codec"] == "opus" else _pcm16
    return ClientSound(pack, OpusEar(plays["rate"]) if plays["codec"] == "opus" else from_sound)
