"""A WebSocket by a connection that is taken over from Hypercorn when it is accepted.

Hypercorn reads in one task and hands on to another, by a queue, an HTTP connection that passes everything through, and
a write lock: that is most of what a message of 20 ms of sound costs. Here who wants a message reads the socket.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import attrs
import trio
from starlette.types import Message, Receive, Scope, Send
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import generate_accept_token

from voiceflow._clock import SECOND
from voiceflow.machines.bucket import Bucket
from voiceflow.serve.stream import PatientStream


def _wire() -> Connection:
    return Connection(ConnectionType.SERVER)


@attrs.define(eq=False)
class Upgraded:
    """`receive` and `send` of an ASGI application with a WebSocket. Until that is accepted they are Hypercorn's.

    Who has many messages sends them without ASGI, by `offer`, or else `send_text` and `send_bytes`.

    No extension is agreed upon: sound is hardly smaller deflated, and that costs more than all that is done here.
    """

    scope: Scope = attrs.field(repr=False)
    stream: PatientStream
    most: int
    """Bytes of a message that comes."""
    before: Receive = attrs.field(repr=False)
    answer: Send = attrs.field(repr=False)
    """Hypercorn's, for what is not accepted."""
    frames: Bucket = attrs.field(repr=False)
    """How many may come, be they messages, pieces of one, or pings, of which nobody else hears."""
    too_fast: bool = attrs.field(default=False, init=False)
    """Whether more came."""
    let_go: bool = attrs.field(default=False, init=False)
    """Whether the application was done with it: a client that does not read our close is not let go for that."""
    _wire: Connection = attrs.field(factory=_wire, init=False, repr=False)
    _events: Iterator[Event] = attrs.field(default=iter(()), init=False, repr=False)
    """What has come. It is parsed when it is asked for: of a flood, no more than is taken."""
    _parts: list[str | bytes | bytearray] = attrs.field(factory=list[str | bytes | bytearray], init=False, repr=False)
    """Of a message that has not come whole."""
    _size: int = attrs.field(default=0, init=False, repr=False)
    """Of those parts."""
    _half: str | bytes | None = attrs.field(default=None, init=False, repr=False)
    """A message of which a part was sent when it was offered."""
    _rest: bytes = attrs.field(default=b"", init=False, repr=False)
    """The other part, as long as nothing else was sent, before which it goes."""
    _writing: trio.Lock = attrs.field(factory=trio.Lock, init=False, repr=False)

    async def receive(self) -> Message:
        """The next message of ASGI."""
        if not self.stream.carries_call:
            return await self.before()
        while True:
            for event in self._events:
                message = await self._take(event)
                if message is not None:
                    return message
                await trio.lowlevel.checkpoint()  # many of those that are no message come at once
            self._wire.receive_data(await self.stream.receive() or None)
            self._events = self._wire.events()

    async def _take(self, event: Event) -> Message | None:
        if not self.frames.take(getattr(event, "frame_finished", True), round(trio.current_time() * SECOND)):
            self.too_fast = True
            return await self._gone(CloseReason.POLICY_VIOLATION)
        match event:
            case BytesMessage() | TextMessage():
                return await self._gather(event)
            case Ping():
                if self._wire.state is ConnectionState.OPEN:  # behind our own close nothing is sent
                    await self._write(self._wire.send(event.response()))
                return None
            case CloseConnection():
                return await self._gone(event.code)
            case _:
                return None

    async def _gather(self, event: BytesMessage | TextMessage) -> Message | None:
        """The message that this is the last of, if it is."""
        self._parts.append(event.data)
        self._size += len(event.data)
        if self._size > self.most:
            return await self._gone(CloseReason.MESSAGE_TOO_BIG)
        if not event.message_finished:
            return None
        parts, self._parts, self._size = self._parts, [], 0
        if isinstance(event, TextMessage):
            return {"type": "websocket.receive", "text": "".join(cast(list[str], parts))}
        return {"type": "websocket.receive", "bytes": b"".join(cast(list[bytes], parts))}

    async def _gone(self, code: int) -> Message:
        await self._close(code)
        return {"type": "websocket.disconnect", "code": code}

    async def send(self, message: Message) -> None:
        """Send a message of ASGI; behind a close, and to who is gone, nothing."""
        if message["type"] == "websocket.accept":
            await self._accept(message.get("subprotocol"))
        elif not self.stream.carries_call:
            await self.answer(message)
        elif message["type"] == "websocket.close":
            await self.close(message.get("code") or CloseReason.NORMAL_CLOSURE)
        else:
            sound: bytes | None = message.get("bytes")
            await self._send(message["text"] if sound is None else sound)

    async def send_text(self, data: str) -> None:
        await self._send(data)

    async def send_bytes(self, data: bytes) -> None:
        await self._send(data)

    async def close(self, code: int) -> None:
        self.let_go = True
        await self._close(code)

    def offer(self, message: str | bytes) -> bool:
        """Send a message at once. Whether all of it is sent; else `send_text` or `send_bytes` sends what is left."""
        if self._writing.locked() or self._rest or self._wire.state is not ConnectionState.OPEN:
            return False
        data = self._framed(message)
        sent = self.stream.send_now(data)
        if 0 < sent < len(data):
            self._half, self._rest = message, data[sent:]
        return sent == len(data)

    def _framed(self, message: str | bytes) -> bytes:
        return self._wire.send(TextMessage(message) if isinstance(message, str) else BytesMessage(message))

    async def _send(self, message: str | bytes) -> None:
        half, self._half = self._half, None
        if self._wire.state is ConnectionState.OPEN:
            await self._write(b"" if message is half else self._framed(message))

    async def _accept(self, subprotocol: str | None) -> None:
        # Hypercorn has looked at the request: it asks for a WebSocket, with a key.
        token = generate_accept_token(dict(self.scope["headers"])[b"sec-websocket-key"])
        head = [b"HTTP/1.1 101 ", b"upgrade: websocket", b"connection: upgrade", b"sec-websocket-accept: " + token]
        if subprotocol is not None:
            head.append(b"sec-websocket-protocol: " + subprotocol.encode())
        self.stream.take_over()
        await self._write(b"\r\n".join([*head, b"", b""]))

    async def _close(self, code: int) -> None:
        if self._wire.state in (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING):
            await self._write(self._wire.send(CloseConnection(code)))

    async def _write(self, data: bytes) -> None:
        data, self._rest = self._rest + data, b""
        rest = data if self._writing.locked() else data[self.stream.send_now(data) :]
        if not rest:
            return await trio.lowlevel.checkpoint_if_cancelled()
        try:
            async with self._writing:
                await self.stream.send_all(rest)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # it is over: who reads is told, behind the last that came
