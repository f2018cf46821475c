"""A peer's track as the line of a call: sound goes by the track, in its time, and news by the data channel.

What the line is given has the rate of its call, which Opus takes as it is; the time stamps of the track have their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import attrs
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import Packet

from voiceflow.frames import Samples
from voiceflow.machines.call_messages import OTHERS
from voiceflow.machines.carrying import Carrying, Change
from voiceflow.opus import OpusEncoder
from voiceflow.serve.socket import SocketLine

RATE: Final = 48000
"""Hz of the track's time stamps, and of what it brings: Opus has no other on the wire."""
_MOST: Final = 3
"""Seconds that may wait for the track: a mouth sends a second ahead at most, and again after a cut."""
_LAG: Final = 0.06
"""Seconds by which others in a room are kept back: they come in blocks of 20 ms, by another clock than the track's."""
_FRAMES: Final = 50
"""In a second: one is a packet."""
_LATE: Final = 0.2
"""Seconds: what is later than this is not made up for by many packets at once; the track's time moves on."""


class VoiceTrack(MediaStreamTrack):
    """What is sent to a peer: a packet every 20 ms. `tell` is called with what changes, before it is sent.

    It gives packets, not frames: aiortc has frames encoded by asyncio's executor, and a task that is cancelled while it
    waits for trio-asyncio's executor may go on as if it were not.
    """

    kind = "audio"

    def __init__(self, carrying: Carrying, rate: int, tell: Callable[[list[Change]], object]) -> None:
        super().__init__()
        self._carrying, self._rate, self._tell = carrying, rate, tell
        self._encoder = OpusEncoder(rate)
        self._began: float | None = None
        self.last: int | None = None
        """The place of the packet that was sent last, on the track, as time stamps count it."""

    async def recv(self) -> Packet[Any]:
        if self.readyState != "live":
            raise MediaStreamError
        await self._until_due()
        at = self._carrying.at * RATE // self._rate
        block, changes = self._carrying.take(self._encoder.frame)
        self._tell(changes)
        packet: Packet[Any] = Packet(self._encoder.push(block)[0])
        packet.pts, packet.time_base = at, Fraction(1, RATE)
        self.last = at
        return packet

    async def _until_due(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        late = now - self._began - self._carrying.at / self._rate
        if late > _LATE:
            self._carrying.skip(round(late * _FRAMES) * self._encoder.frame)
        elif late < 0:
            await asyncio.sleep(-late)


def _carrying(line: PeerLine) -> Carrying:
    return Carrying(_MOST * line.rate, round(_LAG * line.rate))


@attrs.define(eq=False)
class PeerLine(SocketLine):
    """What a call sends to a peer. What it is given to play has `rate` Hz."""

    rate: int = RATE
    carrying: Carrying = attrs.field(default=attrs.Factory(_carrying, takes_self=True), init=False)

    def play(self, turn: int, position: int, samples: Samples) -> None:
        if turn == OTHERS:
            self.carrying.beside(samples)
        else:
            self.carrying.push(turn, position, samples)

    def clear(self, turn: int) -> None:
        self.carrying.clear(turn)
        super().clear(turn)

    def hold(self, turn: int) -> bool:
        self.carrying.clear(turn)
        return super().hold(turn)

    def changed(self, change: Change, origin: int) -> None:
        """The track carries something else from here on; its time stamps began with `origin`."""
        self.tell(
            "track",
            {
                "rtp": (origin + change.at * RATE // self.rate) % 2**32,
                "turn": change.turn,
                "position": change.position,
                "sounds": change.sounds,
            },
        )
