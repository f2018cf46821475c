"""The protocol (docs/protocol.md) as the line of a call, over a WebSocket or over what behaves like one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from typing import Any, Protocol

import attrs
import trio

from voiceflow._clock import SECOND
from voiceflow.errors import GraphError, VoiceflowError
from voiceflow.frames import Samples
from voiceflow.machines import call_messages as msg
from voiceflow.machines.call_protocol import CallProtocol
from voiceflow.machines.outbox import Outbox
from voiceflow.opus import OpusDecoder
from voiceflow.opus_line import OpusVoice, agreed
from voiceflow.serve.call import Call
from voiceflow.serve.calls import Calls, Refused
from voiceflow.serve.rooms import Door
from voiceflow.serve.seat import Seat
from voiceflow.serve.watching import drawn, watching

_FAREWELL = 0.5
"""Seconds that a client has to answer a close."""


class Socket(Protocol):
    """What the messages come and go by: a WebSocket, or a peer's data channel."""

    async def receive(self) -> MutableMapping[str, Any]:
        """A message of ASGI: `websocket.receive` with `text` or `bytes`, or `websocket.disconnect`."""
        ...

    def offer(self, message: str | bytes) -> bool:
        """Send a message at once, if that takes no waiting. Whether it was sent; else it is for the others to send."""
        ...

    async def send_text(self, data: str) -> None: ...
    async def send_bytes(self, data: bytes) -> None: ...
    async def close(self, code: int) -> None: ...


def _pcm16(turn: int, position: int, samples: Samples) -> Iterable[bytes]:
    return (msg.sound(turn, position, samples),)


def _outbox(line: SocketLine) -> Outbox:
    return Outbox(line.behind)


@attrs.define(eq=False)
class SocketLine:
    """What a call sends to one socket: what that does not take at once is put aside, and written by `write`."""

    behind: int
    voice: Callable[[int, int, Samples], Iterable[bytes]] = attrs.field(default=_pcm16, init=False)
    """Sound as binary messages."""
    box: Outbox = attrs.field(default=attrs.Factory(_outbox, takes_self=True), init=False)
    over: bool = attrs.field(default=False, init=False)
    """Whether what waits is the last."""
    code: int = attrs.field(default=1000, init=False)
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)
    _offer: Callable[[str | bytes], bool] = attrs.field(default=lambda message: False, init=False, repr=False)
    """The socket's, once there is one."""

    def play(self, turn: int, position: int, samples: Samples) -> None:
        for message in self.voice(turn, position, samples):
            self._put(message, turn)

    def clear(self, turn: int) -> None:
        self.box.forget(turn)
        self.tell("clear", {"turn": turn})

    def hold(self, turn: int) -> bool:
        self.box.forget(turn)
        self.tell("hold", {"turn": turn})
        return True

    def tell(self, type: str, fields: Mapping[str, object]) -> None:
        self._put(msg.to_text(type, **fields), None)

    def end(self, reason: str) -> None:
        if not self.over:
            self.tell("bye", {"reason": reason})
            self.close(msg.CLOSES.get(reason, 1000))

    def refuse(self, error: msg.BadMessage) -> None:
        """The client broke the rules: the last that it hears."""
        self.tell("error", {"code": error.code, "message": str(error)})
        self.tell("bye", {"reason": "refused"})
        self.close(msg.CLOSES.get(error.code, 1008))

    def close(self, code: int) -> None:
        """Nothing comes behind what waits."""
        self.over, self.code = True, code
        self._news.set()

    def _put(self, message: str | bytes, turn: int | None) -> None:
        if not self.over and (len(self.box) or not self._offer(message)):
            self.box.put(message, turn=turn)
            self._news.set()

    async def write(self, socket: Socket) -> bool:
        """Write what there is until the line ends. Whether the client kept up."""
        self._offer = socket.offer
        while True:
            while not self.box.full and (message := self.box.take()) is not None:
                await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_text(message))
            if self.over or self.box.full:
                return not self.box.full
            self._news = trio.Event()
            await self._news.wait()


def _line(connection: Connection) -> SocketLine:
    return SocketLine(connection.calls.limits.behind)


@attrs.define(eq=False)
class Connection:
    """One socket from its first message to its last."""

    calls: Calls | Door
    socket: Socket
    kind: str = "web"
    """By what its calls come."""
    rate: int | None = None
    """Hz of sound either way, where that is not the client's to choose."""
    line: SocketLine = attrs.field(default=attrs.Factory(_line, takes_self=True), kw_only=True)
    protocol: CallProtocol = attrs.field(init=False)
    call: Call | Seat | None = attrs.field(default=None, init=False)
    _watch: bool = attrs.field(default=False, init=False)
    _decoder: OpusDecoder | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.protocol = CallProtocol(self.calls.limits.rates)

    async def run(self) -> None:
        """Serve it. The call it was the line of waits for another one if it was cut. It may have `begin` already."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write, nursery)
                self._attach(nursery)
                await self._read(nursery)
        finally:
            if self.call is not None:
                self.call.detach(self.line)

    async def _write(self, nursery: trio.Nursery) -> None:
        kept_up = await self.line.write(self.socket)
        if not kept_up:
            self.calls.counts.slow += 1
        await self.socket.close(self.line.code if kept_up else 1008)
        await trio.sleep(_FAREWELL)
        nursery.cancel_scope.cancel(reason="the client did not answer the close")

    async def _read(self, nursery: trio.Nursery) -> None:
        limits = self.calls.limits
        # One scope whose deadline moves: a scope for each message would be much of what a message costs.
        first = limits.hello if self.call is None else limits.idle
        with trio.CancelScope(deadline=trio.current_time() + first) as scope:
            while (received := await self.socket.receive())["type"] != "websocket.disconnect":
                scope.deadline = math.inf
                text: str | None = received.get("text")
                if not await self._take(received["bytes"] if text is None else text, nursery):
                    return  # what it sends still is not looked at, however much that is
                scope.deadline = trio.current_time() + limits.idle
        if scope.cancelled_caught and self.call is None:
            self._refuse(msg.BadMessage("bad_order", f"no hello came within {limits.hello:g} s"))
        else:
            nursery.cancel_scope.cancel(reason="the socket is gone")

    async def _take(self, data: str | bytes, nursery: trio.Nursery) -> bool:
        """Deal with a message. Whether the client kept to the rules."""
        try:
            message = self.protocol.receive(data, round(trio.current_time() * SECOND))
            if isinstance(message, msg.Hello):
                await self.begin(message)
                self._attach(nursery)
            elif message is not None:
                self._obey(message)
        except msg.BadMessage as error:
            self._refuse(error)
            return False
        return True

    def _refuse(self, error: msg.BadMessage) -> None:
        """The client is told, and let go."""
        self.calls.counts.error(error.code)
        self.line.refuse(error)
        if self.call is not None:
            self.call.detach(self.line)

    async def begin(self, hello: msg.Hello) -> None:
        """A new call, or the one that is resumed.

        Raises:
            BadMessage: there are as many as there may be, or it cannot be opened.
        """
        if self.rate is not None:
            hello = attrs.evolve(hello, sends=msg.Format(rate=self.rate), plays=msg.Format(rate=self.rate))
        call: Call | Seat | None = self.calls.resume(hello.resume, self.rate) if hello.resume is not None else None
        resumed = call is not None
        if call is None:
            try:
                call = await self.calls.begin(rate_in=hello.sends.rate, rate_out=hello.plays.rate, kind=self.kind)
            except Refused as refusal:
                raise msg.BadMessage("busy", str(refusal)) from refusal
            except VoiceflowError as error:
                raise msg.BadMessage("failed", "the call could not be opened") from error
        self.call, self._watch = call, hello.watch
        sends, plays = agreed(hello.sends, call.rate_in), agreed(hello.plays, call.mouth.rate)
        self.protocol.sends = sends
        if sends.codec == "opus":
            self._decoder = OpusDecoder(sends.rate)
        if plays.codec == "opus":
            self.line.voice = OpusVoice(plays.rate)
        audio = {"in": sends.json(), "out": plays.json()}
        begun = {"version": msg.VERSION, "call": call.id, "resume": call.secret, "resumed": resumed, "audio": audio}
        self.line.tell("welcome", {**begun, **drawn(call.session.graph)})

    def _attach(self, nursery: trio.Nursery) -> None:
        """This is the line of its call from now on."""
        if self.call is None:
            return
        if self.call.over.is_set():
            self.line.end(self.call.reason)
            return
        self.call.attach(self.line)
        if self._watch:
            nursery.start_soon(watching, self.call, self.line)

    def _obey(self, message: msg.Message) -> None:
        call = self.call
        if call is None or call.ending or self.line.over:
            return
        match message:
            case msg.Sound():
                call.hear(message.samples)
            case msg.Packet():
                call.hear(self._decode(message.data))
            case msg.Played():
                call.played(message.turn, message.position, message.missed, held=message.held)
            case msg.Ping():
                self.line.tell("pong", {"t": message.t})
            case msg.Interrupt():
                call.session.interrupt()
            case msg.Mute():
                call.mute(message.on)
            case msg.Typed():
                self._try("text", lambda: call.type(message.text))
            case msg.Digits():
                self._try("digits", lambda: call.press(message.digits))
            case msg.Picture():
                self._try("image", lambda: call.show(message.data))
            case msg.Say():
                self._try("message", lambda: call.say(message.text, message.to))
            case msg.Address():
                self._try("address", lambda: call.address(message.to))
            case msg.Bye():
                call.hang_up("hung up")
            case msg.Hello():
                raise AssertionError("the protocol lets one through")

    def _decode(self, packet: bytes) -> Samples:
        assert self._decoder is not None, "packets come where they were agreed upon"
        try:
            return self._decoder.push(packet)
        except ValueError as error:
            raise msg.BadMessage("bad_message", f"a binary message is {error}") from None

    def _try(self, what: str, do: Any) -> None:
        """What not every call can do."""
        try:
            do()
        except (GraphError, ValueError) as error:
            self.calls.counts.error("refused")
            self.line.tell("error", {"code": "refused", "message": f"{what}: {error}"})
