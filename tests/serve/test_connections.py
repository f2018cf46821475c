"""Connections that ask for nothing, or for something without end: none is held for longer than the limits say."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
import trio
from phones import until
from served import serving

from voiceflow.serve.limits import Limits

pytestmark = pytest.mark.real_time


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[tuple[trio.SocketStream, str], None]:
    """A bare connection to a server, and the server's name."""
    parts = urlsplit(url)
    with trio.fail_after(20):
        async with await trio.open_tcp_stream(parts.hostname or "", parts.port or 0) as stream:
            yield stream, parts.netloc


async def _all_of(stream: trio.SocketStream) -> bytes:
    """What the server says until it closes."""
    return b"".join([data async for data in stream])


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (b"", b""),
        (b"GET /health HTTP/1.1\r\nHost: ", b""),
        (b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"HTTP/1.1 200 \r\n"),
    ],
)
async def test_a_connection_by_which_nothing_comes_is_closed(asked: bytes, answered: bytes) -> None:
    """Before a request, in the middle of one, and behind one."""
    async with serving(limits=Limits(idle=0.2)) as (server, url), _connected(url) as (stream, _):
        await stream.send_all(asked)
        assert (await _all_of(stream)).startswith(answered)
        await until(lambda: not server._streams)  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("path", ["rtc", "telephony/twilio/voice", "telephony/telnyx/voice"])
async def test_a_body_that_does_not_come_is_not_waited_for(path: str) -> None:
    """It comes byte by byte, each of them soon enough: all of it has as long as a hello."""
    async with serving(limits=Limits(hello=0.3)) as (server, url), _connected(url) as (stream, host):
        head = f"POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\n"
        await stream.send_all(head.encode())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_dribble, stream)
            said = await stream.receive_some(65536)
            nursery.cancel_scope.cancel(reason="it is answered")
        assert said.startswith(b"HTTP/1.1 408 ")
        assert server.calls.counts.begun == 0


async def _dribble(stream: trio.SocketStream) -> None:
    for _ in range(900):
        await stream.send_all(b"x")
        await trio.sleep(0.02)


async def test_one_connection_too_many_is_closed_at_once() -> None:
    """The others stay; when one has gone there is room."""
    async with serving(limits=Limits(connections=1)) as (server, url):
        async with _connected(url) as (first, host):
            await until(lambda: len(server._streams) == 1)  # pyright: ignore[reportPrivateUsage]
            async with _connected(url) as (second, _):
                assert await _all_of(second) == b""
            await first.send_all(f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            assert (await _all_of(first)).endswith(b"ok\n")
        await until(lambda: not server._streams)  # pyright: ignore[reportPrivateUsage]
