"""A server at an address: spoken to over HTTP, with no answer larger than can be borne.

Source: "Streamable HTTP" under Transports of the Model Context Protocol's specification; "HTTP with SSE" in its
version of 2024-11-05.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
import attrs
import httpx2
import trio
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from voiceflow.mcp.flow import Incoming, Meter, Streams, queue

LONGEST = 4 << 20  # bytes of an answer that is not a stream of events; of one event it is the library's own megabyte
SLOW = 30.0  # seconds to connect, and to send a request
QUIET = 300.0  # seconds that a stream may be without an event


class _Bounded(httpx2.AsyncByteStream):
    """The bytes of an answer, up to LONGEST."""

    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._inner:
            size += len(chunk)
            if size > LONGEST:
                raise httpx2.StreamError(f"an answer of more than {LONGEST} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


@attrs.define(eq=False)
class Address:
    """A server at a URL. `ended` is set when it says no more; `status` is that of the last answer that refused."""

    url: str = attrs.field(repr=False)
    headers: Mapping[str, str] = attrs.field(repr=False)
    sse: bool
    ended: trio.Event
    status: int = attrs.field(default=0, init=False)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Streams, None]:
        """Its streams. What the connection fails with ends them, and is raised."""
        outgoing, to_write = queue()
        async with self._transport() as (read, write), trio.open_nursery() as nursery:

            async def deliver() -> None:
                try:
                    async for each in to_write:
                        await write.send(each)
                except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                    self.ended.set()

            nursery.start_soon(deliver)
            try:
                yield Incoming(read, Meter(), self.ended), outgoing
            finally:
                self.ended.set()
                nursery.cancel_scope.cancel(reason="the connection was left")

    @asynccontextmanager
    async def _transport(self) -> AsyncGenerator[Streams, None]:
        if self.sse:
            opened: AbstractAsyncContextManager[Streams] = sse_client(
                self.url, timeout=SLOW, sse_read_timeout=QUIET, httpx_client_factory=self._client
            )
            async with opened as streams:
                yield streams
        else:
            async with self._client() as client, streamable_http_client(self.url, http_client=client) as streams:
                yield streams

    def _client(
        self,
        headers: dict[str, str] | None = None,
        timeout: httpx2.Timeout | None = None,
        auth: httpx2.Auth | None = None,
    ) -> httpx2.AsyncClient:
        # Not compressed: a little that becomes much is no answer that was meant.
        headers = {"accept-encoding": "identity", **(headers or {}), **self.headers}
        timeout = timeout or httpx2.Timeout(SLOW, read=QUIET)
        return httpx2.AsyncClient(headers=headers, timeout=timeout, auth=auth, event_hooks={"response": [self._look]})

    async def _look(self, response: httpx2.Response) -> None:
        if response.status_code >= 400:
            self.status = response.status_code
        if "text/event-stream" not in response.headers.get("content-type", ""):
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            response.stream = _Bounded(response.stream)
