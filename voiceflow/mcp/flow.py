"""The messages of a server, taken no faster than a conversation can bear.

Each costs the time in which it is read, checked and acted on, and that is time which the audio of the call has not. A
server that sends more than it may is not read for a while: its pipe or its connection fills up, and it has to wait.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol, Self

import anyio
import attrs
import trio
from mcp.shared.message import SessionMessage

Item = SessionMessage | Exception

RATE = 200  # messages a second: a flood of them takes about an eighth of a core
BURST = 400  # messages that may come at once
WAITING = 64  # messages that a server has not taken


@attrs.define(eq=False)
class Meter:
    """No more than RATE messages a second, or what is as much work."""

    _free: float = attrs.field(factory=trio.current_time, init=False)
    """When all that has come so far would have come at the rate."""

    async def take(self, cost: float = 1.0) -> None:
        """Wait until what is as much work as `cost` messages may be done."""
        now = trio.current_time()
        self._free = max(self._free, now - BURST / RATE) + cost / RATE
        if self._free > now:
            await trio.sleep_until(self._free)


class Messages(Protocol):
    """Where messages come from: a channel of Trio's, or a stream of anyio's."""

    async def __anext__(self) -> Item: ...
    async def aclose(self) -> None: ...


@attrs.define(eq=False)
class Incoming:
    """What a server sends. `ended` is set when it has ended."""

    source: Messages
    meter: Meter | None
    ended: trio.Event

    async def receive(self) -> Item:
        """The next message."""
        try:
            item = await self.source.__anext__()
        except (StopAsyncIteration, anyio.ClosedResourceError, trio.ClosedResourceError):
            self.ended.set()
            raise anyio.EndOfStream from None
        if self.meter is not None:
            await self.meter.take()
        return item

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        self.ended.set()
        await self.source.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


@attrs.define(eq=False)
class Outgoing:
    """What a server is sent. Never waited for: a call that is cancelled ends at once, whatever the server does."""

    queue: trio.MemorySendChannel[SessionMessage]

    async def send(self, item: SessionMessage) -> None:
        """Put a message behind those that wait; with too many of them, the server counts as gone."""
        await trio.lowlevel.checkpoint()
        try:
            self.queue.send_nowait(item)
        except (trio.WouldBlock, trio.BrokenResourceError, trio.ClosedResourceError):
            self.queue.close()
            raise anyio.BrokenResourceError from None

    async def aclose(self) -> None:
        self.queue.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.queue.close()


def queue() -> tuple[Outgoing, trio.MemoryReceiveChannel[SessionMessage]]:
    """Where messages to a server wait, and where they are taken from."""
    to_send, to_write = trio.open_memory_channel[SessionMessage](WAITING)
    return Outgoing(to_send), to_write


Streams = tuple[Any, Any]
"""What the library calls the streams of a transport: one to read from, one to write to."""
