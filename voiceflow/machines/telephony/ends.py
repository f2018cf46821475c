"""The two ends of a phone stream: what one of them may say, and what it makes of what the other says.

    provider: [Connected] Start (Media | Dtmf | Marked | Cleared | Complaint)* [Stop]
    server:   after Start, in any order: Play, Mark, Clear

What is out of turn or no message at all is a MalformedChunk, which changes nothing: the next message is as welcome as
if it had not come. Names that nobody knows, and other tracks than the caller's, are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from voiceflow.frames import Samples
from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.telephony.codecs import Format
from voiceflow.machines.telephony.dialect import Dialect, Wire
from voiceflow.machines.telephony.messages import (
    ByProvider,
    Clear,
    Cleared,
    Complaint,
    Connected,
    Dtmf,
    Mark,
    Marked,
    Media,
    Play,
    Sound,
    Start,
    Stop,
)
from voiceflow.machines.telephony.order import Order
from voiceflow.machines.telephony.packing import Packer

ToServer = Start | Sound | Dtmf | Marked | Cleared | Complaint | Stop
ToProvider = Sound | Mark | Clear

_INBOUND = ("inbound", "inbound_track")


class OutOfTurn(MalformedChunk):
    """A message came, or was to be sent, when the protocol has no place for it."""


@attrs.define
class ServerEnd:
    """One stream as the server has it. `start` and `format` are known once the provider has begun."""

    dialect: Dialect
    start: Start | None = attrs.field(default=None, init=False)
    format: Format | None = attrs.field(default=None, init=False)
    stopped: bool = attrs.field(default=False, init=False)
    _order: Order[Samples] = attrs.field(factory=Order[Samples], init=False, repr=False)
    _packer: Packer | None = attrs.field(default=None, init=False, repr=False)

    @property
    def late(self) -> int:
        """Messages of audio that came when their place had passed."""
        return self._order.late

    def receive(self, wire: Wire) -> list[ToServer]:
        """What a message of the provider tells, in order; nothing where it tells nothing.

        Raises:
            MalformedChunk: it is no message of this provider, or is out of turn (`OutOfTurn`).
        """
        message = self.dialect.from_provider(wire)
        if message is None or isinstance(message, Connected):
            return []
        if isinstance(message, Start):
            return [self._begin(message)]
        if isinstance(message, Complaint):
            return [message]
        return self._go_on(message, self._running())

    @property
    def held(self) -> int:
        """Samples that were given to `play` and wait until there is a piece of them."""
        return self._packing().held if self._packer is not None else 0

    def play(self, samples: Samples) -> list[Wire]:
        """Have samples played, at the rate of `format`. Some providers take no less than a piece: the rest is held."""
        self._running()
        return self._played(self._packing().push(samples))

    def flush(self) -> list[Wire]:
        """Have what is held played, with silence up to a whole piece: nothing will follow for a while."""
        self._running()
        return self._played(self._packing().end())

    def mark(self, name: str) -> list[Wire]:
        """Be told by `Marked` when all that was sent so far has sounded; what is held has not been."""
        self._running()
        return [self._sent(Mark(name))]

    def clear(self) -> list[Wire]:
        """Be silent at once."""
        self._running()
        self._packing().drop()
        return [self._sent(Clear())]

    def _begin(self, start: Start) -> Start:
        if self.start is not None:
            raise OutOfTurn("one start of a stream", "another")
        format = self.dialect.format(start)
        self.start, self.format = start, format
        self._packer = Packer(self.dialect.packing, format.rate)
        return start

    def _running(self) -> Format:
        if self.format is None or self.stopped:
            raise OutOfTurn("a stream that has started and has not stopped", "a message " + self._when())
        return self.format

    def _when(self) -> str:
        return "behind its stop" if self.stopped else "before its start"

    def _go_on(self, message: ByProvider, format: Format) -> list[ToServer]:
        if isinstance(message, Media):
            return self._heard(message, format) if message.track in _INBOUND else []
        if isinstance(message, Stop):
            self.stopped = True
            return [*self._sounds(self._order.end()), message]
        assert isinstance(message, Dtmf | Marked | Cleared)
        return [message]

    def _heard(self, media: Media, format: Format) -> list[ToServer]:
        return [*self._sounds(self._order.push(media.chunk, format.codec.decode(media.audio)))]

    def _sounds(self, given: Iterable[tuple[int, Samples]]) -> Iterable[Sound]:
        return (Sound(samples, missing * len(samples)) for missing, samples in given)

    def _packing(self) -> Packer:
        assert self._packer is not None
        return self._packer

    def _played(self, pieces: list[Samples]) -> list[Wire]:
        assert self.format is not None
        return [self._sent(Play(self.format.codec.encode(piece))) for piece in pieces]

    def _sent(self, message: Play | Mark | Clear) -> Wire:
        assert self.start is not None
        assert self.format is not None
        numbers = {"stream": self.start.stream, "encoding": self.format.name, "rate": self.format.rate}
        return self.dialect.by_server(message, **numbers)


@attrs.define
class ProviderEnd:
    """One stream as the provider has it: what a server hears of it, and what it makes of the server's messages.

    Raises:
        MalformedChunk: `start` says a codec or a rate that this provider does not have.
    """

    dialect: Dialect
    start: Start
    format: Format = attrs.field(init=False)
    _packer: Packer = attrs.field(init=False, repr=False)
    _sequence: int = attrs.field(default=0, init=False)
    _chunk: int = attrs.field(default=0, init=False)
    _sent: int = attrs.field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.format = self.dialect.format(self.start)
        self.start = attrs.evolve(self.start, encoding=self.format.name)
        block = self.dialect.block
        self._packer = Packer(
            attrs.evolve(self.dialect.packing, grain=block, least=block, most=block), self.format.rate
        )

    def begin(self) -> list[Wire]:
        """What the server hears first."""
        connected = [self.dialect.by_provider(Connected())] if Connected in self.dialect.provider else []
        return [*connected, self._numbered(self.start)]

    def media(self, samples: Samples) -> list[Wire]:
        """What the caller says, at the rate of `format`, in messages of the provider's length; the rest waits."""
        return [self._piece(piece) for piece in self._packer.push(samples)]

    def dtmf(self, digit: str) -> list[Wire]:
        """The caller pressed a key."""
        return [self._numbered(Dtmf(digit))]

    def marked(self, name: str) -> list[Wire]:
        """A mark has played."""
        return [self._numbered(Marked(name))]

    def cleared(self) -> list[Wire]:
        """What waited was thrown away; nothing, for a provider that does not tell."""
        return [self._numbered(Cleared())] if Cleared in self.dialect.provider else []

    def stop(self) -> list[Wire]:
        """The caller hangs up; nothing, for a provider that only closes the socket."""
        return [self._numbered(Stop())] if Stop in self.dialect.provider else []

    def receive(self, wire: Wire) -> ToProvider | None:
        """What the server wants; None for a message whose name this provider does not know.

        Raises:
            MalformedChunk: it is no message to this provider.
        """
        message = self.dialect.from_server(wire)
        return Sound(self.format.codec.decode(message.audio)) if isinstance(message, Play) else message

    def _piece(self, samples: Samples) -> Wire:
        self._chunk += 1
        at, self._sent = self._sent * 1000 // self.format.rate, self._sent + len(samples)
        return self._numbered(Media(self.format.codec.encode(samples), self._chunk, at))

    def _numbered(self, message: ByProvider) -> Wire:
        self._sequence += 1
        start = self.start
        whose = {"stream": start.stream, "call": start.call, "account": start.account}
        return self.dialect.by_provider(message, sequence=self._sequence, **whose)
