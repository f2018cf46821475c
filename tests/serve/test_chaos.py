"""What clients do wrong, by the web and by telephone and in any state, ends their own calls and no other."""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import attrs
import numpy as np
import pytest
import trio
from peer import calling, loopback
from phones import phone, until
from served import REPLY, loud, page_of, serving

from voiceflow.client import Client, connect
from voiceflow.machines.call_messages import to_text
from voiceflow.machines.call_protocol import Rates
from voiceflow.machines.telephony.dialects import DIALECTS
from voiceflow.machines.telephony.ends import ProviderEnd
from voiceflow.machines.telephony.messages import Start
from voiceflow.serve.limits import Limits

__all__ = ["loopback"]

pytestmark = pytest.mark.real_time

# A busy machine takes its time for the first message of a client that then floods, and for one that keeps to the rules.
LIMITS = Limits(resume=0.1, idle=1.5, hello=0.8, rates=Rates(messages=200, bytes=512 * 1024, seconds=1))
WORDS = np.concatenate([np.zeros(1600, np.int16), loud(0.3), np.zeros(6400, np.int16)])


def frame(kind: int, data: bytes) -> bytes:
    """One frame of a client's, masked with zeros."""
    size = len(data)
    short = size if size < 126 else 126 if size < 65536 else 127
    wide = b"" if short < 126 else struct.pack(">H" if short == 126 else ">Q", size)
    return bytes((0x80 | kind, 0x80 | short)) + wide + bytes(4) + data


@attrs.define(eq=False)
class Web:
    """A client of the page's protocol, in frames."""

    path = "/ws"
    opening = frame(1, to_text("hello", version=1).encode())

    def speech(self) -> Iterator[bytes]:
        """A word, by 20 ms."""
        for at in range(0, len(WORDS), 320):
            yield frame(2, WORDS[at : at + 320].tobytes())


@attrs.define(eq=False)
class Phone:
    """A provider, likewise."""

    path = "/telephony/twilio"
    end: ProviderEnd = attrs.field(factory=lambda: ProviderEnd(DIALECTS["twilio"], Start(stream="MZ1", call="CA1")))

    @property
    def opening(self) -> bytes:
        return self._frames(self.end.begin())

    def speech(self) -> Iterator[bytes]:
        for at in range(0, len(WORDS), 320):
            yield self._frames(self.end.media(WORDS[at : at + 320 : 2]))

    def _frames(self, wires: list[str | bytes]) -> bytes:
        return b"".join(frame(1, wire.encode()) for wire in wires if isinstance(wire, str))


@attrs.define(eq=False)
class Rough:
    """A client that keeps to nothing: a bare stream to a server."""

    way: Web | Phone
    stream: trio.SocketStream
    host: str

    async def ask(self) -> None:
        """Ask for a WebSocket."""
        key = f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {'A' * 22}==\r\n\r\n"
        upgrade = f"Host: {self.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        await self.stream.send_all(f"GET {self.way.path} HTTP/1.1\r\n{upgrade}{key}".encode())

    async def upgrade(self) -> None:
        await self.ask()
        said = b""
        while b"\r\n\r\n" not in said:
            said += await self.stream.receive_some(65536)
        assert b" 101 " in said

    async def open(self, more: bytes = b"") -> None:
        """A call begins."""
        await self.upgrade()
        await self.pour(self.way.opening + more)

    async def pour(self, data: bytes) -> None:
        with suppress(trio.BrokenResourceError):
            await self.stream.send_all(data)

    async def read_all(self) -> bytes:
        """What the server says until it closes, which it does soon."""
        said = bytearray()
        with suppress(trio.BrokenResourceError), trio.fail_after(20):
            while data := await self.stream.receive_some(65536):
                said += data
        return bytes(said)

    async def speak(self) -> None:
        for sound in self.way.speech():
            await self.pour(sound)
            await trio.sleep(0.02)

    def reset(self) -> None:
        """Be gone, and let the server's next word find nobody."""
        self.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.stream.socket.close()


@asynccontextmanager
async def rough(way: Web | Phone, url: str) -> AsyncGenerator[Rough]:
    """A connection to the server at `url`."""
    parts = urlsplit(url)
    async with await trio.open_tcp_stream(parts.hostname or "", parts.port or 0) as stream:
        yield Rough(way, stream, parts.netloc)


# Before there is a socket


async def _no_http(client: Rough) -> None:
    await client.pour(b"\xff\x00 / \r\n\r\n")
    await client.read_all()


async def _half_a_request(client: Rough) -> None:
    await client.pour(b"GET /ws HTTP/1.1\r\nHost: ")


async def _asked_and_gone(client: Rough) -> None:
    await client.ask()
    client.reset()


# Before there is a call


async def _nothing(client: Rough) -> None:
    await client.upgrade()
    await client.read_all()


async def _half_an_opening(client: Rough) -> None:
    await client.upgrade()
    await client.pour(client.way.opening[:20])


async def _sound_first(client: Rough) -> None:
    await client.upgrade()
    await client.pour(next(client.way.speech()))
    await client.read_all()


# In a call


async def _opened_and_gone(client: Rough) -> None:
    await client.open()


async def _half_open(client: Rough) -> None:
    await client.open()
    await client.read_all()


async def _half_a_frame(client: Rough) -> None:
    await client.open(next(client.way.speech())[:7])


async def _reset_while_speaking(client: Rough) -> None:
    await client.open()
    with trio.move_on_after(0.3):
        await client.speak()
    client.reset()


async def _reset_while_answered(client: Rough) -> None:
    await client.open()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.speak)
        heard = 0
        while heard < 5000 and (data := await client.stream.receive_some(65536)):
            heard += len(data)
        client.reset()
        nursery.cancel_scope.cancel(reason="it is gone")


async def _garbage(client: Rough) -> None:
    await client.open(b"\xff\xfe\xfd" * 100)
    await client.read_all()


async def _no_json(client: Rough) -> None:
    await client.open(25 * frame(1, b"{"))
    await client.read_all()


async def _no_text(client: Rough) -> None:
    await client.open(frame(1, b"\xff\xfe"))
    await client.read_all()


async def _oversized(client: Rough) -> None:
    await client.open(frame(2, bytes(5 * 1024 * 1024)))
    await client.read_all()


async def _endless(client: Rough) -> None:
    await client.open(struct.pack(">BBQ4s", 0x82, 0xFF, 2**40, bytes(4)))
    for _ in range(100):
        await client.pour(bytes(65536))
    await client.read_all()


async def _flood(client: Rough) -> None:
    await client.open(9000 * next(client.way.speech()))
    await client.read_all()


BEFORE = [_no_http, _half_a_request, _asked_and_gone, _nothing, _half_an_opening, _sound_first]
WITHIN = [_opened_and_gone, _half_open, _half_a_frame, _reset_while_speaking, _reset_while_answered]
WRONG = [_garbage, _no_json, _no_text, _oversized, _endless, _flood]


@pytest.mark.parametrize("way", [Web, Phone])
async def test_clients_that_do_wrong_end_their_own_calls_alone(way: Callable[[], Web | Phone]) -> None:
    """All at once, beside two calls that are answered as ever; nothing of theirs is left."""
    async with serving(limits=LIMITS) as (server, url), connect(url) as good, phone(url, "telnyx") as caller:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_ask_and_wait, good)
            async with trio.open_nursery() as others:
                others.start_soon(caller.asks, 0.6)
                for wrong in BEFORE + WITHIN + WRONG:
                    others.start_soon(_do, wrong, way(), url)
            await good.until("ended", text=REPLY)
            await until(lambda: len(server.calls) == 2)
            assert {call.kind for call in server.calls.all()} == {"web", "telnyx"}
            nursery.cancel_scope.cancel()
        assert server.calls.counts.failed == 0
        assert set(server.calls.counts.errors) >= {"bad_message", "too_fast"}


async def _ask_and_wait(client: Client) -> None:
    await client.speak(WORDS)
    await client.be_silent(10.0)


async def _do(wrong: Callable[[Rough], Awaitable[None]], way: Web | Phone, url: str) -> None:
    with trio.fail_after(20):
        async with rough(way, url) as client:
            await wrong(client)


@pytest.mark.parametrize(("wrong", "code"), [(frame(1, b"{"), "bad_message"), (Web.opening, "bad_order")])
async def test_a_web_client_is_told_what_was_wrong(wrong: bytes, code: str) -> None:
    """Before it is let go."""
    async with serving(limits=LIMITS) as (_, url), rough(Web(), url) as client:
        await client.open(wrong)
        assert f'"code":"{code}"'.encode() in await client.read_all()


async def test_a_web_client_that_says_nothing_is_told_so() -> None:
    """Pings are no hello."""
    async with serving(limits=LIMITS) as (server, url), rough(Web(), url) as client:
        await client.upgrade()
        await client.pour(frame(9, b"here?"))
        said = await client.read_all()
        assert b'"code":"bad_order","message":"no hello came within 0.8 s"' in said
        assert said.endswith(b"\x88\x02" + struct.pack(">H", 1008))
        assert server.calls.counts.errors == {"bad_order": 1}


@pytest.mark.parametrize("way", [Web, Phone])
async def test_a_client_that_does_not_read_is_let_go(way: Callable[[], Web | Phone]) -> None:
    """Nothing piles up without a bound, and a write does not wait for ever; it is counted once."""
    limits = Limits(resume=0.1, behind=64 * 1024, patience=0.3)
    async with serving(limits=limits) as (server, url):
        async with rough(way(), url) as client:
            await client.open()
            await until(lambda: bool(server.calls.all()))
            (call,) = server.calls.all()
            line, position, block = call._line, 0, np.ones(8000, np.int16)  # pyright: ignore[reportPrivateUsage]
            assert line is not None
            with trio.fail_after(20):
                while not server.calls.counts.slow:
                    line.play(1, position, block)
                    position += len(block)
                    await trio.sleep(0.001)
            await until(lambda: not server._streams)  # pyright: ignore[reportPrivateUsage]
        await until(lambda: not len(server.calls))
        assert server.calls.counts.slow == 1


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("more", [0, 400])
async def test_a_peer_that_does_not_read_is_let_go(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted once, whether what waits for it has become too much by then or not."""
    limits = Limits(patience=0.2, behind=256 * 1024)
    async with serving(limits=limits) as (server, url), calling(page_of(url)) as caller:
        await caller.until("welcome")
        (call,) = server.calls.all()
        monkeypatch.setattr(caller.connection.sctp, "_handle_data", _take_nothing)
        for texts in (40, more):
            for _ in range(texts):
                call.tell("transcript", {"text": "x" * 5000, "final": True})
            await trio.sleep(0.05)  # a first part of it is being written
        await until(lambda: not len(server.peers))
        assert (server.calls.counts.slow, call.attached) == (1, False)


async def _take_nothing(data: bytes) -> None: ...
