"""A WebSocket to a server, for those who call one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

import trio
from trio_websocket import ConnectionRejected, HandshakeError, WebSocketConnection, wrap_client_stream

from voiceflow._supervisor import one_error
from voiceflow.errors import GraphError, ProviderError

Headers = Sequence[tuple[bytes, bytes]]

_OPENING, _CLOSING = 10.0, 1.0
"""Seconds that a server has to answer, and to close when it is asked to."""

_WHY: Final = {401: "it wants a token", 403: "it does not serve this host or page", 503: "it takes no more calls"}


@asynccontextmanager
async def dialled(
    url: str, *, subprotocols: Sequence[str] = (), headers: Headers = (), queue: int = 256, most: int = 1 << 20
) -> AsyncGenerator[WebSocketConnection]:
    """An open socket to a server; closed when this is left. What is raised in here is not touched.

    Args:
        queue: how many messages may wait to be read.
        most: bytes that a message may have.

    Raises:
        GraphError: the URL is none.
        ProviderError: nobody is there, or what is there does not want this call; retryable if it may yet.
    """
    parts = _parts(url)
    try:
        with one_error():
            # The stream is closed here: the library leaves it open when the other end closes first.
            async with await _connected(parts) as stream, trio.open_nursery() as nursery:
                socket = await _upgraded(nursery, stream, parts, subprotocols, headers, queue, most)
                try:
                    yield socket
                finally:
                    with trio.move_on_after(_CLOSING, shield=True):
                        await socket.aclose()
                    nursery.cancel_scope.cancel(reason="the socket is closed")
    except ConnectionRejected as error:  # by a task of the library's, which takes the opening with it
        why = _WHY.get(error.status_code, "check the path, and what it wants to be given")
        raise ProviderError(
            f"the server refuses the call with status {error.status_code}: {why}", retryable=error.status_code == 503
        ) from None


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:  # which raises for what is no port
            return parts
    except ValueError:
        pass
    raise GraphError("a socket's URL names a host, and a port of 1 to 65535 if any: ws://HOST:PORT/PATH")


_Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]


async def _connected(parts: SplitResult) -> _Stream:
    try:
        host, secure = parts.hostname or "", parts.scheme in ("wss", "https")
        port = parts.port or (443 if secure else 80)
        with trio.fail_after(_OPENING):
            if secure:
                return await trio.open_ssl_over_tcp_stream(host, port, https_compatible=True)
            return await trio.open_tcp_stream(host, port)
    except (OSError, ValueError, trio.TooSlowError):
        what = "the server cannot be reached: nothing answers at its address"
        raise ProviderError(f"{what}; check that it runs", retryable=True) from None


async def _upgraded(
    nursery: trio.Nursery,
    stream: _Stream,
    parts: SplitResult,
    subprotocols: Sequence[str],
    headers: Headers,
    queue: int,
    most: int,
) -> WebSocketConnection:
    resource = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    try:
        with trio.fail_after(_OPENING):
            return await wrap_client_stream(
                nursery,
                stream,
                parts.netloc,
                resource,
                subprotocols=list(subprotocols),
                extra_headers=list(headers),
                message_queue_size=queue,
                max_message_size=most,
                receive_buffer_size=65536,
            )
    except ConnectionRejected:
        raise
    except (HandshakeError, trio.TooSlowError, trio.BrokenResourceError):
        raise ProviderError("what answers there speaks no WebSocket; check the port", retryable=False) from None
