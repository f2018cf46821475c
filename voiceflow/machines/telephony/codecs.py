"""How a stream writes samples as bytes."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples
from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.telephony import g711


@attrs.frozen
class Codec:
    """A way to write samples: `width` bytes each."""

    name: str
    width: int
    encode: Callable[[Samples], bytes] = attrs.field(repr=False)
    _decode: Callable[[bytes], Samples] = attrs.field(repr=False)

    def decode(self, data: bytes) -> Samples:
        """The samples that these bytes are.

        Raises:
            MalformedChunk: the last one is not whole.
        """
        if len(data) % self.width:
            raise MalformedChunk(f"audio of whole samples of {self.width} bytes", f"{len(data)} bytes")
        return self._decode(data)


def _encode_pcm(samples: Samples) -> bytes:
    return samples.astype("<i2").tobytes()


def _decode_pcm(data: bytes) -> Samples:
    return np.frombuffer(data, "<i2").astype(np.int16)


MULAW = Codec("mu-law", 1, g711.encode_mulaw, g711.decode_mulaw)
ALAW = Codec("A-law", 1, g711.encode_alaw, g711.decode_alaw)
PCM = Codec("PCM16", 2, _encode_pcm, _decode_pcm)
"""Little endian."""


@attrs.frozen
class Format:
    """The audio of a stream, the same in both directions: mono, at `rate` Hz. `name` is the provider's word for it."""

    codec: Codec
    rate: int = attrs.field(validator=[are.ge(8000), are.le(48000)])
    name: str
