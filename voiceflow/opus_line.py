"""Opus on a line that carries turns: packets that say which sample of which turn they begin with."""

from __future__ import annotations

from importlib.util import find_spec

import attrs
import numpy as np

from voiceflow.frames import Samples
from voiceflow.machines.call_messages import Format, packet, parts
from voiceflow.opus import RATES, OpusDecoder, OpusEncoder

_PACKETS = 50
"""Packets of a voice in a second."""


def agreed(wanted: Format, rate: int) -> Format:
    """How a direction's sound is sent at `rate` Hz, of which this is wished: Opus where it can be had, else PCM16."""
    can = wanted.codec == "opus" and rate in RATES and find_spec("av") is not None
    return Format("opus" if can else "pcm16", rate)


@attrs.define(eq=False)
class OpusVoice:
    """Sound of turns at `rate` Hz as binary messages. A block is filled with silence to whole packets of 20 ms.

    Each turn has an encoder of its own: turn 0 goes on beside the others, which come one after the other.
    """

    rate: int
    _encoders: dict[int, OpusEncoder] = attrs.field(factory=dict[int, OpusEncoder], init=False)

    def __call__(self, turn: int, position: int, samples: Samples) -> list[bytes]:
        if turn not in self._encoders:
            self._encoders = {known: each for known, each in self._encoders.items() if not known or not turn}
            self._encoders[turn] = OpusEncoder(self.rate)
        encoder = self._encoders[turn]
        whole = np.pad(samples, (0, -len(samples) % encoder.frame))
        packets = encoder.push(whole)
        return [packet(turn, position + n * encoder.frame, data) for n, data in enumerate(packets)]


@attrs.define(eq=False)
class OpusEar:
    """What `OpusVoice` made, as sound again, at `rate` Hz."""

    rate: int
    _decoders: dict[int, tuple[OpusDecoder, int, int]] = attrs.field(
        factory=dict[int, tuple[OpusDecoder, int, int]], init=False
    )
    """By turn, with the place of the next sample, as a change of rate keeps some back, and that of the next packet."""

    def __call__(self, message: bytes) -> tuple[int, int, Samples]:
        """Turn, position, samples.

        Raises:
            ValueError: it is no message of sound.
        """
        turn, position, data = parts(message)
        decoder, at, due = self._decoders.get(turn, (None, position, position))
        if decoder is None or due != position:  # it begins, or goes on elsewhere: where it was held, say
            self._decoders = {known: each for known, each in self._decoders.items() if not known or not turn}
            decoder, at = OpusDecoder(self.rate), position
        samples = decoder.push(data)
        self._decoders[turn] = decoder, at + len(samples), position + self.rate // _PACKETS
        return turn, at, samples
