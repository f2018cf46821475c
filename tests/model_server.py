"""A server of models on loopback that plays what a test has written down, and what a run of a node came to."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import attrs
import h11
import pytest
import trio

from voiceflow import Message, Node, NodeFailed, Prompt, ProviderError, Text
from voiceflow.testing import Driven, drive

SECRET: Final = "sk-very-secret-0123456789"
"""The key."""
WORDS: Final = "my card number is 4000"
PROMPT: Final = Prompt((Message("system", "Be brief."), Message("user", WORDS)))


def answer(body: bytes, status: int = 200, kind: str = "text/event-stream", **headers: str) -> bytes:
    """A whole HTTP answer that keeps the connection open."""
    fields = {"content-type": kind, "content-length": str(len(body))} | headers
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def endless(body: bytes) -> bytes:
    """The beginning of an answer whose end is that of the connection."""
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\r\n" + body


@attrs.define
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    connection: int


Play = Callable[["Server", trio.SocketStream], Awaitable[bool]]
"""Plays one answer; whether the connection is kept."""


def whole(data: bytes) -> Play:
    async def play(server: Server, stream: trio.SocketStream) -> bool:
        await stream.send_all(data)
        return True

    return play


def cut(data: bytes) -> Play:
    async def play(server: Server, stream: trio.SocketStream) -> bool:
        await stream.send_all(data)
        return False

    return play


def hang(data: bytes) -> Play:
    """Sends this and then nothing, until the client hangs up."""

    async def play(server: Server, stream: trio.SocketStream) -> bool:
        if data:
            await stream.send_all(data)
        server.sent.set()
        assert await received(stream) == b""
        return False

    return play


def reset(server: Server, stream: trio.SocketStream) -> Awaitable[bool]:
    return cut(b"")(server, stream)


async def received(stream: trio.SocketStream) -> bytes:
    """The next bytes; none when the client has hung up, in whichever way."""
    try:
        return bytes(await stream.receive_some())
    except trio.BrokenResourceError:
        return b""


@attrs.define(eq=False)
class Server:
    """A server on loopback that plays its answers in order, the last one again and again."""

    answers: Sequence[Play]
    url: str = ""
    requests: list[Request] = attrs.Factory(list[Request])
    connections: int = 0
    sent: trio.Event = attrs.Factory(trio.Event)
    hung_up: trio.Event = attrs.Factory(trio.Event)

    async def serve(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        number, wire = self.connections, h11.Connection(h11.SERVER)
        try:
            async with stream:
                while (request := await self.read(stream, wire, number)) is not None:
                    self.requests.append(request)
                    play = self.answers[min(len(self.requests), len(self.answers)) - 1]
                    if not await play(self, stream):
                        return
                    wire = h11.Connection(h11.SERVER)
        finally:
            self.hung_up.set()

    async def left(self) -> None:
        """Wait until the client has hung up; on a busy machine it may never have come."""
        if self.connections:
            await self.hung_up.wait()

    async def read(self, stream: trio.SocketStream, wire: h11.Connection, number: int) -> Request | None:
        head: h11.Request | None = None
        body = b""
        while True:
            event = wire.next_event()
            if event is h11.NEED_DATA:
                wire.receive_data(await received(stream))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                headers = {name.decode(): value.decode() for name, value in head.headers}
                content = json.loads(body) if body else None
                return Request(head.method.decode(), head.target.decode(), headers, content, number)
            else:
                return None


@asynccontextmanager
async def serving(*answers: Play) -> AsyncGenerator[Server, None]:
    server = Server(answers)
    async with trio.open_nursery() as nursery:
        listen = functools.partial(trio.serve_tcp, server.serve, 0, host="127.0.0.1")
        listeners = await nursery.start(listen)
        server.url = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/v1"
        yield server
        nursery.cancel_scope.cancel(reason="the test is over")


def said(driven: Driven) -> str:
    return "".join(frame.text for frame in driven["text"] if isinstance(frame, Text))


def marks(driven: Driven) -> list[str]:
    return [mark.name for mark in driven.marks if mark.name.startswith("llm.")]


def values(driven: Driven, name: str) -> list[dict[str, object]]:
    return [dict(mark.values) for mark in driven.marks if mark.name == name]


def leaf(error: BaseException) -> BaseException:
    """The one error in however many groups."""
    while isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        [error] = group.exceptions
    return error


async def raised(llm: Node, into: Driven | None = None) -> BaseException:
    """The one error that answering `PROMPT` ends in."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        await drive(llm, {"prompt": [PROMPT]}, into=into)
    return leaf(caught.value)


async def failure(llm: Node, into: Driven | None = None) -> ProviderError:
    """The provider's error in it, which never holds the caller's words, the server's or the key."""
    error: BaseException | None = await raised(llm, into)
    error = error.__cause__ if isinstance(error, NodeFailed) else error
    assert isinstance(error, ProviderError)
    for hidden in (SECRET, WORDS, "secret"):
        assert hidden not in str(error)
    return error
