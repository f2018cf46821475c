"""The routes of a server."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from voiceflow.machines.call_messages import SUBPROTOCOL
from voiceflow.machines.room import good_name
from voiceflow.serve.calls import Calls
from voiceflow.serve.counts import metrics
from voiceflow.serve.gate import Gate, Verdict
from voiceflow.serve.rooms import Door, Rooms, WayIn
from voiceflow.serve.socket import Connection
from voiceflow.serve.upgraded import Upgraded
from voiceflow.serve.watching import details, summary

PAGE: Final = Path(__file__).parent / "page"
_STATUS: Final[dict[Verdict, int]] = {"no token": 401, "foreign": 403}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Lines(Protocol):
    """Another way for calls to come."""

    def routes(self, guarded: Sequence[Middleware], way_in: WayIn) -> list[BaseRoute]: ...


def app(calls: Calls, gate: Gate, rtc: Lines) -> Starlette:
    """All that a server answers. Calls and what is told of them have a gate; `/telephony` has its own checks."""

    rooms = Rooms(calls)

    def way_in(asked: HTTPConnection) -> Calls | Door | None:
        query = asked.query_params
        room, (_, named) = query.get("room"), gate.place(asked.headers, query.get("token", ""))
        name = named or query.get("name", "")
        if room is None:
            return calls
        return Door(rooms, room, name) if good_name(room) and (not name or good_name(name)) else None

    async def socket(websocket: WebSocket) -> None:
        await _serve(websocket, calls, way_in)

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        is_ready = calls.ready and not calls.draining
        return PlainTextResponse("ready\n" if is_ready else "not ready\n", 200 if is_ready else 503)

    async def figures(request: Request) -> Response:
        return PlainTextResponse(metrics(calls.counts, calls.all()), media_type="text/plain; version=0.0.4")

    async def listing(request: Request) -> Response:
        return JSONResponse({"calls": [summary(call) for call in calls.all()]})

    async def one(request: Request) -> Response:
        call = calls.get(request.path_params["id"])
        return JSONResponse({"error": "no such call"}, 404) if call is None else JSONResponse(details(call))

    guarded = [Middleware(Guard, gate)]
    return Starlette(
        routes=[
            Route("/health", health),
            Route("/ready", ready),
            *_telephony(calls, gate),
            *rtc.routes(guarded, way_in),
            WebSocketRoute("/ws", socket, middleware=guarded),
            Route("/metrics", figures, middleware=guarded),
            Route("/calls", listing, middleware=guarded),
            Route("/calls/{id}", one, middleware=guarded),
            # The page itself holds nothing that is not public, and its parts are asked for without a token.
            Mount("/", Page(directory=PAGE, html=True, check_dir=False)),
        ]
    )


def _telephony(calls: Calls, gate: Gate) -> list[BaseRoute]:
    """The telephone's routes, below /telephony."""
    if find_spec("voiceflow.serve.telephony") is None:
        return []
    return [Mount("/telephony", routes=import_module("voiceflow.serve.telephony").routes(calls, gate))]


async def _serve(websocket: WebSocket, calls: Calls, way_in: WayIn) -> None:
    offered: list[str] = websocket.scope.get("subprotocols") or []
    if offered and SUBPROTOCOL not in offered:
        return await _refuse(websocket, 403)
    if calls.draining or not calls.ready:
        return await _refuse(websocket, 503)
    if (into := way_in(websocket)) is None:
        return await _refuse(websocket, 400)
    await websocket.accept(subprotocol=SUBPROTOCOL if offered else None)
    socket: Upgraded = websocket.scope["state"]["socket"]
    return await Connection(into, socket).run()


async def _refuse(websocket: WebSocket, status: int) -> None:
    await websocket.send_denial_response(Response(status_code=status))


class Page(StaticFiles):
    """Files that may load nothing from elsewhere, and are asked for again each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["content-security-policy"] = _POLICY
        response.headers["cache-control"] = "no-cache"
        response.headers["x-content-type-options"] = "nosniff"
        response.headers["referrer-policy"] = "no-referrer"  # the token is in the address
        return response


class Guard:
    """Lets in what the gate lets in."""

    def __init__(self, inner: ASGIApp, gate: Gate) -> None:
        self._inner, self._gate = inner, gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self._inner(scope, receive, send)
        asked = HTTPConnection(scope)
        # A token for a room is good for its sockets and peers alone.
        calls = scope["type"] == "websocket" or asked.url.path.startswith("/rtc")
        room = asked.query_params.get("room", "") if calls else ""
        verdict = self._gate.look(asked.headers, asked.query_params.get("token", ""), time.time(), room=room)
        if verdict == "in":
            return await self._inner(scope, receive, send)
        status = _STATUS[verdict]
        if scope["type"] == "websocket":
            return await _refuse(WebSocket(scope, receive, send), status)
        return await PlainTextResponse(f"{verdict}\n", status)(scope, receive, send)
