"""A WebRTC peer that calls a server: aiortc, on loopback alone."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any, Final

import aioice.ice
import attrs
import httpx
import numpy as np
import pytest
import trio
import trio_asyncio  # type: ignore[import-untyped]
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcdatachannel import RTCDataChannel
from av import Packet

from voiceflow import Samples
from voiceflow.opus import OpusEncoder

_trio_asyncio: Final[Any] = trio_asyncio  # which says nothing of its types
RATE: Final = 48000
FRAME: Final = 960
HUNG: Final = 30.0
"""Seconds after which what nothing is told of counts as hung: many times what a machine with other work takes."""


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Peers have no other address than this machine's own, which aioice leaves out."""

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(aioice.ice, "get_host_addresses", addresses)


class Microphone(MediaStreamTrack):
    """Silence, and what is spoken, in real time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.waiting = deque[Samples]()
        self._at, self._began = 0, 0.0
        self._encoder = OpusEncoder(RATE)

    async def recv(self) -> Packet[Any]:
        now = asyncio.get_running_loop().time()
        self._began = self._began or now
        await asyncio.sleep(self._began + self._at / RATE - now)
        block = self.waiting.popleft() if self.waiting else np.zeros(FRAME, np.int16)
        packet: Packet[Any] = Packet(self._encoder.push(block)[0])
        packet.pts, packet.time_base = self._at, Fraction(1, RATE)
        self._at += FRAME
        return packet

    def speak(self, samples: Samples) -> None:
        for at in range(0, len(samples), FRAME):
            block = samples[at : at + FRAME]
            self.waiting.append(np.pad(block, (0, FRAME - len(block))))


@attrs.define(eq=False)
class Caller:
    """A call by WebRTC. `heard` is how loud each frame of the server's track is."""

    connection: RTCPeerConnection
    loop: Any
    channel: RTCDataChannel
    microphone: Microphone = attrs.field(factory=Microphone)
    messages: deque[dict[str, Any]] = attrs.field(factory=deque[dict[str, Any]])
    heard: list[float] = attrs.field(factory=list[float])
    address: str = ""
    opened: trio.Event = attrs.field(factory=trio.Event)
    closed: trio.Event = attrs.field(factory=trio.Event)
    news: trio.Event = attrs.field(factory=trio.Event)
    change: dict[str, Any] = attrs.field(factory=dict[str, Any])

    async def aio(self, do: Callable[..., Awaitable[Any]], *args: object) -> Any:
        return await _trio_asyncio.aio_as_trio(do, loop=self.loop)(*args)

    def take(self, message: str) -> None:
        found = json.loads(message)
        if found["type"] == "track":
            self.change = found
        self.messages.append(found)
        self.news.set()

    async def until(self, type: str, **fields: object) -> dict[str, Any]:
        with trio.fail_after(HUNG):
            while True:
                while self.messages:
                    found = self.messages.popleft()
                    if found["type"] == type and all(found.get(name) == value for name, value in fields.items()):
                        return found
                self.news = trio.Event()
                await self.news.wait()

    def tell(self, type: str, **fields: object) -> None:
        self.channel.send(json.dumps({"type": type, **fields}))

    async def listen(self) -> None:
        """Within asyncio: hear the server."""
        track: Any = self.connection.getReceivers()[0].track
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.heard.append(float(np.sqrt((frame.to_ndarray().astype(float) ** 2).mean())))

    async def answered(self, sdp: str) -> None:
        await self.aio(self.connection.setRemoteDescription, RTCSessionDescription(sdp, "answer"))

    async def vanish(self) -> None:
        """As when the network is gone: what would have been sent is not, and nobody says good-bye."""
        transport: Any = self.connection.getSenders()[0].transport.transport

        async def nowhere(data: bytes) -> None:
            pass

        transport._send = nowhere
        transport._connection.send = nowhere


async def offer(caller: Caller) -> dict[str, object]:
    await caller.aio(_describe, caller.connection)
    description = caller.connection.localDescription
    return {"type": description.type, "sdp": description.sdp}


async def _describe(connection: RTCPeerConnection) -> None:
    await connection.setLocalDescription(await connection.createOffer())


@asynccontextmanager
async def peer() -> AsyncGenerator[Caller, None]:
    """A peer that has called nobody yet."""
    async with _trio_asyncio.open_loop() as loop:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        caller = Caller(connection, loop, connection.createDataChannel("voiceflow"))
        connection.addTrack(caller.microphone)
        caller.channel.on("open", lambda: caller.opened.set())
        caller.channel.on("message", caller.take)
        caller.channel.on("close", lambda: caller.closed.set())
        try:
            yield caller
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 3):
                await caller.aio(connection.close)


@asynccontextmanager
async def calling(url: str, query: Mapping[str, str] | None = None, **hello: object) -> AsyncGenerator[Caller, None]:
    """A peer in a call with the server whose page is at `url`."""
    async with peer() as caller, httpx.AsyncClient(base_url=url) as http:
        asked = {**await offer(caller), "hello": {"type": "hello", "version": 1, **hello}}
        answer = await http.post("rtc", params=query, json=asked)
        assert answer.status_code == 201, answer.text
        caller.address = answer.headers["location"]
        await caller.answered(answer.json()["sdp"])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(caller.aio, caller.listen)
            with trio.fail_after(HUNG):
                await caller.opened.wait()
            yield caller
            nursery.cancel_scope.cancel()
