"""A server of the page for tests that play its other end message by message: files by HTTP, and a socket at /ws."""

from __future__ import annotations

import json
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import h11
import numpy as np
import trio
from numpy.typing import NDArray
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage

import voiceflow

PAGE: Final = Path(voiceflow.__file__).parent / "serve" / "page"
# As strict as it can be: nothing inline, nothing from elsewhere.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "media-src 'self' blob:; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TYPES: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@attrs.define(eq=False)
class Socket:
    """One accepted socket of the page."""

    stream: trio.SocketStream
    protocol: WSConnection
    hello: dict[str, Any] = attrs.field(factory=dict[str, Any])
    received: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])
    heard: bytearray = attrs.field(factory=bytearray)
    news: trio.Event = attrs.field(factory=trio.Event)

    async def send(self, **message: object) -> None:
        await self._send(TextMessage(json.dumps(message)))

    async def play(self, turn: int, position: int, samples: NDArray[np.int16]) -> None:
        await self._send(BytesMessage(struct.pack("<IQ", turn, position) + samples.astype("<i2").tobytes()))

    async def _send(self, event: TextMessage | BytesMessage) -> None:
        await self.stream.send_all(self.protocol.send(event))

    async def welcome(self, *, resumed: bool = False, **more: object) -> None:
        audio = {"in": {"codec": "pcm16", "rate": 16000}, "out": {"codec": "pcm16", "rate": 24000}}
        told = {"call": "c1", "resume": "secret", "graph": None, "svg": None, **more}
        await self.send(type="welcome", version=1, audio=audio, resumed=resumed, **told)

    async def until(self, type: str, wanted: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The first message of this type, since the last one that was taken so."""
        with trio.fail_after(10):
            while True:
                for place, message in enumerate(self.received):
                    if message["type"] == type and wanted(message):
                        del self.received[: place + 1]
                        return message
                self.news = trio.Event()
                await self.news.wait()

    async def cut(self) -> None:
        """As when a line breaks: nobody says goodbye."""
        await self.stream.aclose()

    async def listen(self, gone: Callable[[], None]) -> None:
        """Until the page or `cut` ends it."""
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._listen()
        gone()

    async def _listen(self) -> None:
        while data := await self.stream.receive_some():
            self.protocol.receive_data(data)
            for event in self.protocol.events():
                if isinstance(event, CloseConnection):
                    return
                await self._take(event)

    async def _take(self, event: object) -> None:
        if isinstance(event, Ping):
            await self.stream.send_all(self.protocol.send(event.response()))
        elif isinstance(event, BytesMessage):
            self.heard += event.data
        elif isinstance(event, TextMessage):
            message = json.loads(event.data)
            if message["type"] == "ping":
                await self.send(type="pong", t=message["t"])
            self.received.append(message)
        self.news.set()


Talk = Callable[[Socket], Awaitable[None]]


@attrs.define(eq=False)
class Host:
    """`talk` is called with each socket, after its hello; None refuses sockets."""

    address: str
    talk: Talk | None = None

    async def serve(self, stream: trio.SocketStream) -> None:
        async with stream:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):  # the browser went
                await self._serve(stream)

    async def _serve(self, stream: trio.SocketStream) -> None:
        browser = h11.Connection(h11.SERVER)
        request = await _request(browser, stream)
        if request is None:
            return
        headers = list(request.headers)
        path = request.target.decode()
        if path.partition("?")[0] == "/ws" and self.talk is not None:
            await _socket(stream, headers, path, self.talk)
        else:
            await stream.send_all(_answer(browser, path))


async def _request(browser: h11.Connection, stream: trio.SocketStream) -> h11.Request | None:
    while not isinstance(event := browser.next_event(), h11.Request):
        if event is not h11.NEED_DATA:
            return None
        browser.receive_data(await stream.receive_some())
    return event


def _answer(browser: h11.Connection, path: str) -> bytes:
    file = PAGE / (path.partition("?")[0].lstrip("/") or "index.html")
    there = file.is_file() or path in ("/ready", "/rtc")
    body = file.read_bytes() if file.is_file() else b'{"offered": false}'
    headers = [
        ("content-length", str(len(body))),
        ("content-type", _TYPES.get(file.suffix, "text/plain")),
        ("content-security-policy", POLICY),
        ("connection", "close"),
    ]
    sent = [
        browser.send(h11.Response(status_code=200 if there else 404, headers=headers)),
        browser.send(h11.Data(data=body)),
        browser.send(h11.EndOfMessage()),
    ]
    return b"".join(part for part in sent if part)


async def _socket(stream: trio.SocketStream, headers: list[tuple[bytes, bytes]], path: str, talk: Talk) -> None:
    protocol = WSConnection(ConnectionType.SERVER)
    protocol.initiate_upgrade_connection(headers, path)
    request = next(protocol.events())
    assert isinstance(request, Request)
    await stream.send_all(protocol.send(AcceptConnection(subprotocol="voiceflow.1")))
    socket = Socket(stream, protocol)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(socket.listen, nursery.cancel_scope.cancel)
        socket.hello = await socket.until("hello")
        await talk(socket)
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def page_host() -> AsyncGenerator[Host, None]:
    """A server on a free port of this machine."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    host = Host(f"http://127.0.0.1:{port}/")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, host.serve, listeners))
        yield host
        nursery.cancel_scope.cancel()
