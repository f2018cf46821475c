"""A client of `voiceflow serve`, by WebSocket: speaks, plays what it hears in real time, and says what has sounded.

async with connect("ws://127.0.0.1:8080/ws") as client:
    await client.speak(samples)
    async for event in client.events():
        print(event["type"])
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, cast
from urllib.parse import quote, urlsplit, urlunsplit

import attrs
import numpy as np
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from voiceflow._client_sound import ClientSound, Codec, agreed, wished
from voiceflow._clock import SECOND
from voiceflow._dial import dialled
from voiceflow._supervisor import one_error
from voiceflow.errors import ProviderError
from voiceflow.frames import Samples
from voiceflow.items import Image
from voiceflow.machines.call_messages import MOST_IMAGE, OTHERS, SUBPROTOCOL, VERSION, to_text
from voiceflow.machines.far_player import FarPlayer

_EVERY = 0.1
"""Seconds from one word about what has sounded to the next."""

_PING = 5.0

_CLOSING = 1.0
"""Seconds that a server has to say good-bye."""

_KEPT = 1000
"""Events that wait to be read; older ones are dropped."""

Event = Mapping[str, Any]
Hear = Callable[[int, int, Samples], object]


def _now() -> int:
    return round(trio.current_time() * SECOND)


@attrs.define(eq=False)
class Client:
    """One call, as the caller has it; `connect` makes it.

    Attributes:
        call: the call's name at the server. resume: who knows it may take the call over. resumed: whether this did.
        rate_in, rate_out: Hz of what is sent, and of what is played.
        graph: the agent's graph as JSON, if the server tells.
        player: what has sounded of the agent, and what was missing.
    """

    call: str
    resume: str = attrs.field(repr=False)
    resumed: bool
    rate_in: int
    rate_out: int
    graph: object = attrs.field(repr=False)
    player: FarPlayer
    reason: str = attrs.field(default="", init=False)
    """Why the call ended; "" while it has not, and when the socket was cut."""
    dropped: int = attrs.field(default=0, init=False)
    """Events that nobody read in time."""
    _sound: ClientSound = attrs.field(alias="sound", repr=False, kw_only=True)
    _socket: WebSocketConnection = attrs.field(alias="socket", repr=False, kw_only=True)
    _hear: Hear = attrs.field(alias="hear", repr=False, kw_only=True)
    _events: deque[Event] = attrs.field(factory=lambda: deque[Event](maxlen=_KEPT), init=False, repr=False)
    _more: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _over: bool = attrs.field(default=False, init=False, repr=False)
    _sent_at: float = attrs.field(factory=trio.current_time, init=False, repr=False)

    # What the caller does

    async def send(self, samples: Samples) -> None:
        """Send samples of the microphone, int16 at `rate_in` Hz, at most a second of them.

        Raises:
            ProviderError: the socket is gone.
        """
        for message in self._sound.pack(samples):
            await self._send(message)

    async def speak(self, samples: Samples, *, block: float = 0.02) -> None:
        """Send samples in real time, as a microphone would. Raises as `send`."""
        began, size = trio.current_time(), max(1, round(block * self.rate_in))
        for at in range(0, len(samples), size):
            piece = samples[at : at + size]
            await trio.sleep_until(began + (at + len(piece)) / self.rate_in)
            await self.send(piece)

    async def be_silent(self, seconds: float) -> None:
        """Send silence in real time. Raises as `send`."""
        await self.speak(np.zeros(round(seconds * self.rate_in), np.int16))

    async def tell(self, type: str, **fields: object) -> None:
        """Send a message of the protocol: `tell("text", text="Hello")`. Raises as `send`."""
        await self._send(to_text(type, **fields))

    async def type(self, text: str) -> None:
        """A turn of the user, in writing. Raises as `send`."""
        await self.tell("text", text=text)

    async def show(self, picture: bytes) -> None:
        """Show a picture, the bytes of its file, with what is said next. Raises as `send`; `ValueError` for none."""
        await self.tell("image", data=Image(picture).url)

    async def interrupt(self) -> None:
        """Stop the agent. Raises as `send`."""
        await self.tell("interrupt")

    async def hang_up(self) -> None:
        """End the call. Raises as `send`."""
        await self.tell("bye")

    # What the caller hears

    def events(self) -> AsyncIterator[Event]:
        """The server's messages as they come, sound aside; ends with the call, or when the socket is cut."""
        return _Events(self)

    async def event(self) -> Event | None:
        """The next message, or None when there will be no more."""
        await trio.lowlevel.checkpoint()
        while not self._events and not self._over:
            self._more = trio.Event()
            await self._more.wait()
        return self._events.popleft() if self._events else None

    async def until(self, type: str, **fields: object) -> Event:
        """The next message of this type with these fields; what comes before it is passed over.

        Raises:
            ProviderError: the call ended before.
        """
        async for event in self.events():
            if event["type"] == type and all(event.get(name) == value for name, value in fields.items()):
                return event
        raise ProviderError(f"the call ended ({self.reason or 'cut'}) before a message {type!r} came", retryable=False)

    # Its tasks

    async def _send(self, message: str | bytes) -> None:
        self._sent_at = trio.current_time()
        try:
            await self._socket.send_message(message)
        except ConnectionClosed as error:
            raise ProviderError(f"the call is over: {self.reason or 'the socket was cut'}", retryable=False) from error

    async def _read(self) -> None:
        try:
            while True:
                await self._take(await self._socket.get_message())
        except (ConnectionClosed, ProviderError):
            pass
        finally:
            self._over = True
            self._more.set()

    async def _take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            turn, position, samples = self._sound.unpack(message)
            if turn == OTHERS:  # it sounds besides the agent, and nobody asks how much of it has
                self._hear(turn, position, samples)
                return
            new = self.player.push(turn, position, len(samples), _now())
            if new:
                self._hear(turn, position + len(samples) - new, samples[len(samples) - new :])
            return
        event = cast(dict[str, Any], json.loads(message))
        if event["type"] == "clear":
            self.player.clear(event["turn"], _now())
        elif event["type"] == "hold":
            at = self.player.hold(event["turn"], _now())
            await self.tell("played", turn=event["turn"], position=at, missed=self.player.missed, held=True)
        elif event["type"] == "bye":
            self.reason = event["reason"]
        self.dropped += len(self._events) == _KEPT
        self._events.append(event)
        self._more.set()

    async def _acknowledge(self) -> None:
        """Say what has sounded, while something does, and once more when it has."""
        told = (0, 0)
        while not self._over:
            await trio.sleep(_EVERY)
            now = _now()
            here = self.player.turn, self.player.position(now)
            if here != told:
                told = here
                await self.tell("played", turn=here[0], position=here[1], missed=self.player.missed)
            elif trio.current_time() - self._sent_at > _PING:
                await self.tell("ping", t=round(now / 1e6))

    async def _keep_up(self) -> None:
        with suppress(ProviderError):  # the socket is gone, which who reads is told
            await self._acknowledge()


@attrs.frozen
class _Events:
    client: Client

    def __aiter__(self) -> _Events:
        return self

    async def __anext__(self) -> Event:
        event = await self.client.event()
        if event is None:
            raise StopAsyncIteration
        return event


@asynccontextmanager
async def connect(
    url: str,
    *,
    rate_in: int = 16000,
    rate_out: int = 24000,
    codec: Codec = "pcm16",
    token: str = "",
    resume: str | None = None,
    watch: bool = False,
    hear: Hear = lambda turn, position, samples: None,
) -> AsyncGenerator[Client, None]:
    """A call at `url`, such as ws://127.0.0.1:8080/ws; hung up when this is left.

    Args:
        rate_in, rate_out: Hz of what is sent and played, 8000 to 48000.
        codec: how sound is to be sent, both ways. "opus" is 40 kbit/s, and wants the extra `rtc` here; a server that
            lacks it, or a rate that Opus has not (8000, 12000, 16000, 24000 and 48000), makes it "pcm16".
        resume: the secret of a call whose socket was cut, `Client.resume`.
        watch: also be told of the wires, twice a second.
        hear: called with each piece of sound: the turn, the place of its first sample in it, and the samples.

    Raises:
        ProviderError: nobody is there, or the server does not let this client in; retryable if it is only busy.
        GraphError: the codec is not installed here.
    """
    async with open_socket(url, token) as socket:
        audio = {"in": wished(codec, rate_in).json(), "out": wished(codec, rate_out).json()}
        client = await _greet(socket, audio, resume, watch, hear)
        with one_error():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(client._read)  # pyright: ignore[reportPrivateUsage]
                nursery.start_soon(client._keep_up)  # pyright: ignore[reportPrivateUsage]
                try:
                    yield client
                finally:
                    with trio.move_on_after(_CLOSING, shield=True), suppress(ProviderError):
                        await client.hang_up()
                    nursery.cancel_scope.cancel(reason="the client hung up")


def open_socket(url: str, token: str = "") -> AbstractAsyncContextManager[WebSocketConnection]:
    """A bare socket at `url`, on which nothing has been said yet. Raises as `connect`."""
    return dialled(_with_token(url, token), subprotocols=[SUBPROTOCOL], queue=16, most=2 * MOST_IMAGE)


async def _greet(
    socket: WebSocketConnection, audio: Mapping[str, object], resume: str | None, watch: bool, hear: Hear
) -> Client:
    try:
        await socket.send_message(to_text("hello", version=VERSION, audio=audio, watch=watch, resume=resume))
        while True:
            message = json.loads(cast(str, await socket.get_message()))
            if message["type"] == "welcome":
                break
            if message["type"] == "error":
                raise ProviderError(f"the server does not begin a call: {message['message']}", retryable=True)
    except ConnectionClosed as error:
        raise ProviderError("the server closed the socket before it began a call", retryable=True) from error
    settled = message["audio"]
    sends, plays = settled["in"]["rate"], settled["out"]["rate"]
    known = message["call"], message["resume"], message["resumed"]
    told = message["graph"], FarPlayer(plays)
    return Client(*known, sends, plays, *told, sound=agreed(settled), socket=socket, hear=hear)


def _with_token(url: str, token: str) -> str:
    if not token:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=f"{parts.query}&token={quote(token)}".lstrip("&")))
