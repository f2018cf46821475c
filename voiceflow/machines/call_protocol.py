"""The server's side of the WebSocket protocol as a machine: frames in, messages out, or an error that ends it.

Three states: nothing has come yet (`hello` is the one thing that may), open (anything but a second one), closed (what
still comes is ignored, as it was on its way).
"""

from __future__ import annotations

from typing import Literal

import attrs

from voiceflow.machines.bucket import Bucket
from voiceflow.machines.call_messages import (
    BadMessage,
    Bye,
    Format,
    Hello,
    Message,
    from_bytes,
    from_text,
)


@attrs.frozen
class Rates:
    """What a client may send on average, and in a burst of so many `seconds`' worth."""

    messages: float = 200.0
    bytes: float = 512 * 1024.0
    seconds: float = 5.0


def _messages(protocol: CallProtocol) -> Bucket:
    return Bucket(protocol.rates.messages, protocol.rates.messages * protocol.rates.seconds)


def _bytes(protocol: CallProtocol) -> Bucket:
    # One image may be larger than a burst: it then takes all there is, and what comes next has to wait.
    return Bucket(protocol.rates.bytes, max(8.0 * 1024 * 1024, protocol.rates.bytes * protocol.rates.seconds))


@attrs.define
class CallProtocol:
    """One connection of one client, from its first frame to its last."""

    rates: Rates = attrs.field(factory=Rates)
    state: Literal["new", "open", "closed"] = attrs.field(default="new", init=False)
    sends: Format = attrs.field(default=Format(), init=False)
    """How the client's sound comes, once it has said hello."""
    _messages: Bucket = attrs.field(default=attrs.Factory(_messages, takes_self=True), init=False, repr=False)
    _bytes: Bucket = attrs.field(default=attrs.Factory(_bytes, takes_self=True), init=False, repr=False)

    def receive(self, data: str | bytes, now: int) -> Message | None:
        """What a frame says that came at `now` (nanoseconds); nothing, when all is over.

        Raises:
            BadMessage: it breaks the rules. All is over then.
        """
        if self.state == "closed":
            return None
        try:
            self._count(len(data), now)
            message = self._ordered(data)
        except BadMessage:
            self.state = "closed"
            raise
        if isinstance(message, Bye):
            self.state = "closed"
        return message

    def _count(self, size: int, now: int) -> None:
        if not (self._messages.take(1, now) and self._bytes.take(size, now)):
            limits = f"{self.rates.messages:g} messages and {self.rates.bytes:g} bytes a second"
            raise BadMessage("too_fast", f"more came than {limits} on average")

    def _ordered(self, data: str | bytes) -> Message:
        if isinstance(data, bytes):
            if self.state == "new":
                raise BadMessage("bad_order", "the first message is hello; got sound")
            return from_bytes(data, self.sends)
        message = from_text(data)
        if isinstance(message, Hello) != (self.state == "new"):
            raise BadMessage("bad_order", "the first message is hello, and no other is")
        if isinstance(message, Hello):
            self.state = "open"
            self.sends = attrs.evolve(message.sends, codec="pcm16")
        return message
