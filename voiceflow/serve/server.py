"""A server on one port: Starlette's routes on Hypercorn's Trio worker, and how it ends."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

import attrs
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from voiceflow.errors import GraphError, ProviderError
from voiceflow.machines.bucket import Bucket
from voiceflow.machines.call_messages import MOST_IMAGE
from voiceflow.serve.app import app
from voiceflow.serve.calls import Calls
from voiceflow.serve.gate import Gate, is_loopback
from voiceflow.serve.ice import IceServer
from voiceflow.serve.stream import PatientStream
from voiceflow.serve.tokens import Tokens
from voiceflow.serve.upgraded import Upgraded

if TYPE_CHECKING:
    from voiceflow.serve.rtc import Peers

_REST = 1.0
"""Seconds for what is left of a socket when it is closed."""
_FRAMES = 2
"""Frames that may come for each message that may."""
_SILENCE = 30.0
"""Seconds between two pieces of a request."""


class Until:
    """Runs an application, and hangs up when it is done with a WebSocket: the client may never do so."""

    def __init__(self, inner: ASGIApp, calls: Calls) -> None:
        self._inner, self._calls, self._rates = inner, calls, calls.limits.rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            return await self._inner(scope, receive, send)
        if scope["http_version"] != "1.1":
            return await send({"type": "websocket.close"})  # one of many by its connection, which cannot be taken over
        stream = cast(PatientStream, scope["state"]["stream"])
        frames = Bucket(_FRAMES * self._rates.messages, _FRAMES * self._rates.messages * self._rates.seconds)
        socket = scope["state"]["socket"] = Upgraded(scope, stream, MOST_IMAGE + 64 * 1024, receive, send, frames)
        try:
            await self._inner(scope, socket.receive, socket.send)
        finally:
            if socket.too_fast:
                self._calls.counts.error("too_fast")
            self._calls.counts.slow += stream.slow and not socket.let_go
            stream.hang_up()


class NoPeers:
    """What a server without the extra `rtc` says of WebRTC."""

    def __len__(self) -> int:
        return 0

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None, None]:
        yield

    async def none_left(self) -> None:
        await trio.lowlevel.checkpoint()

    def routes(self, guarded: Sequence[Middleware], way_in: object) -> list[BaseRoute]:
        return [Route("/rtc", self._offered, methods=["GET"], middleware=guarded)]

    async def _offered(self, request: Request) -> Response:
        return JSONResponse({"offered": False, "ice": []})


def _peers(server: Server) -> Peers | NoPeers:
    if find_spec("aiortc") is None or find_spec("trio_asyncio") is None:
        return NoPeers()
    found: Peers = import_module("voiceflow.serve.rtc").Peers(server.calls, server.ice)
    return found


@attrs.define(eq=False)
class Server:
    """Serves calls at `host` and `port` (0: any that is free).

    Without `tokens` it answers only this machine. `ice` are the STUN and TURN servers of WebRTC.

    Raises:
        GraphError: the host is another than this machine, and there are no tokens.
        ProviderError: when it is opened: the port cannot be had; not retryable.
    """

    calls: Calls
    host: str = "127.0.0.1"
    port: int = 8080
    origins: tuple[str, ...] = ()
    tokens: Tokens | None = None
    ice: tuple[IceServer, ...] = ()
    peers: Peers | NoPeers = attrs.field(default=attrs.Factory(_peers, takes_self=True), init=False, repr=False)
    _streams: set[PatientStream] = attrs.field(factory=set[PatientStream], init=False, repr=False)
    _fewer: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.tokens is None and not is_loopback(self.host):
            raise GraphError(
                f"host {self.host} lets other machines in, and they need tokens: set a secret of at least 16 "
                "characters in VOICEFLOW_SECRET, or stay with 127.0.0.1"
            )

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[str, None]:
        """Serve while this is open; gives the server's URL."""
        listeners = await self._listen()
        try:
            async with self.calls.open(), self.peers.open(), trio.open_nursery() as nursery:
                handler = partial(self._connection, Until(self._app(), self.calls), self._config(), WorkerContext(None))
                nursery.start_soon(trio.serve_listeners, handler, listeners)
                try:
                    yield self._url(listeners[0])
                finally:
                    nursery.cancel_scope.cancel(reason="the server ended")
                    for stream in self._streams:  # who reads slowly does not keep us
                        stream.hang_up()
        finally:
            for listener in listeners:
                listener.socket.close()

    async def _listen(self) -> list[trio.SocketListener]:
        try:
            return await trio.open_tcp_listeners(self.port, host=self.host)
        except OSError as error:
            why = error.strerror or os.strerror(error.errno or errno.EINVAL)
            raise ProviderError(
                f"port {self.port} of {self.host} cannot be had: {why}; give another with --port", retryable=False
            ) from error

    def _url(self, listener: trio.SocketListener) -> str:
        port = listener.socket.getsockname()[1]
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}/"

    def _app(self) -> ASGIApp:
        gate = Gate(origins=tuple(origin.lower() for origin in self.origins), tokens=self.tokens)
        return app(self.calls, gate, self.peers)

    def _config(self) -> Config:
        config = Config()
        config.accesslog = None  # tokens are in addresses
        config.errorlog = None
        config.wsgi_max_body_size = 1024 * 1024
        config.include_server_header = False
        config.keep_alive_timeout = self.calls.limits.idle  # also of who has asked for nothing yet
        config.h2_max_concurrent_streams = 1
        return config

    async def _connection(
        self, app: ASGIApp, config: Config, context: WorkerContext, stream: trio.SocketStream
    ) -> None:
        if len(self._streams) >= self.calls.limits.connections:
            stream.socket.close()
            return
        patient = PatientStream(stream, self.calls.limits.patience, _SILENCE)
        self._streams.add(patient)
        state = ConnectionState({"stream": patient})
        try:
            await TCPServer(ASGIWrapper(cast(Any, app)), config, context, state, cast(Any, patient))
        except Exception as error:  # of a supervisor of connections: what one brings up in the library ends it alone
            print(f"a connection was closed: {type(error).__name__}", file=sys.stderr)
        finally:
            self._streams.discard(patient)
            patient.hang_up()
            self._fewer.set()
            self._fewer = trio.Event()

    async def drain(self) -> None:
        """Begin no more calls, let those under way end, as the limits say, and their clients hear of it."""
        await self.calls.drain()
        with trio.move_on_after(_REST):
            while any(stream.carries_call for stream in self._streams):
                await self._fewer.wait()
            await self.peers.none_left()

    def token(self, seconds: float) -> str:
        """A token that is good for so long; "" where none is demanded."""
        return "" if self.tokens is None else self.tokens.make(time.time() + seconds)
