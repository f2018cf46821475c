"""Calls by WebRTC: an offer is posted and answered, addresses trickle in, and the rest is the protocol."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import attrs
import trio
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from voiceflow._clock import SECOND
from voiceflow._supervisor import one_error
from voiceflow.errors import describe
from voiceflow.machines.call_messages import MOST_IMAGE, VERSION, BadMessage, Hello
from voiceflow.machines.room import LONGEST_NAME
from voiceflow.serve.body import BadBody, body_of
from voiceflow.serve.calls import Calls
from voiceflow.serve.ice import IceServer
from voiceflow.serve.rooms import Door, WayIn
from voiceflow.serve.rtc_line import RATE, PeerLine
from voiceflow.serve.rtc_peer import BadOffer, Peer, check
from voiceflow.serve.seat import RATE_OUT
from voiceflow.serve.socket import Connection

_MOST_OFFER: Final = 64 * 1024
"""Bytes; a browser's has three thousand."""
_STATUS: Final = {"busy": 503, "failed": 500, "too_large": 413}
"""By the code of an error; the others are 400."""


def _refused(status: int, code: str, why: object) -> Response:
    return JSONResponse({"error": {"code": code, "message": str(why)}}, status)


def _gone() -> Response:
    return _refused(404, "gone", "no such peer, or not any more")


@attrs.frozen
class _Offer:
    sdp: str
    hello: str
    """The first message of the protocol, as text."""


@attrs.define(eq=False)
class Peers:
    """The peer connections of a server, which run while `open` is.

    Args:
        ice: servers that peers and we are told to use, where addresses are not seen from both sides.
    """

    calls: Calls
    ice: tuple[IceServer, ...] = ()
    _peers: dict[str, Peer] = attrs.field(factory=dict[str, Peer], init=False)
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False, repr=False)
    _way_in: WayIn = attrs.field(default=lambda _: None, init=False, repr=False)
    _fewer: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    def __len__(self) -> int:
        return len(self._peers)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None, None]:
        async with trio.open_nursery() as self._nursery:
            yield
            self._nursery.cancel_scope.cancel(reason="the server ended")

    async def none_left(self) -> None:
        """Until all have gone."""
        while self._peers:
            await self._fewer.wait()

    def routes(self, guarded: Sequence[Middleware], way_in: WayIn) -> list[BaseRoute]:
        self._way_in = way_in
        return [
            Route("/rtc", self._offered, methods=["GET"], middleware=guarded),
            Route("/rtc", self._offer, methods=["POST"], middleware=guarded),
            Route("/rtc/{id}", self._candidate, methods=["PATCH"], middleware=guarded),
            Route("/rtc/{id}", self._message, methods=["POST"], middleware=guarded),
        ]

    # Requests

    async def _offered(self, request: Request) -> Response:
        return JSONResponse({"offered": True, "ice": self._told()}, headers={"cache-control": "no-store"})

    def _told(self) -> list[dict[str, str]]:
        return [server.told(time.time()) for server in self.ice]

    async def _offer(self, request: Request) -> Response:
        if (into := self._way_in(request)) is None:
            return _refused(400, "bad_offer", f"a room, and a name in it, has 1 to {LONGEST_NAME} characters")
        try:
            offer = _as_offer(await self._json(request))
            id, answer = await self._begin(offer, into)
        except BadMessage as error:
            self.calls.counts.error(error.code)
            return _refused(_STATUS.get(error.code, 400), error.code, error)
        except BadOffer as error:
            self.calls.counts.error("bad_offer")
            return _refused(400, "bad_offer", error)
        except BadBody as error:
            return _refused(error.status, error.code, error)
        return JSONResponse({"type": "answer", "sdp": answer, "peer": id}, 201, {"location": f"rtc/{id}"})

    async def _candidate(self, request: Request) -> Response:
        if (peer := self._peer(request)) is None:
            return _gone()
        try:
            found = await self._json(request)
            text, mid, index = found.get("candidate"), found.get("sdpMid"), found.get("sdpMLineIndex")
            if not (isinstance(text, str) and isinstance(mid, str | None) and isinstance(index, int | None)):
                raise BadOffer("an object with the texts candidate and sdpMid, and the number sdpMLineIndex")
            await peer.candidate(text, mid, index)
        except BadOffer as error:
            self.calls.counts.error("bad_offer")
            return _refused(400, "bad_offer", error)
        except BadBody as error:
            return _refused(error.status, error.code, error)
        return Response(status_code=204)

    async def _message(self, request: Request) -> Response:
        """What is too large for a data channel comes this way."""
        if (peer := self._peer(request)) is None:
            return _gone()
        try:
            peer.take((await body_of(request, MOST_IMAGE, self.calls.limits.hello)).decode(errors="replace"))
        except BadBody as error:
            return _refused(error.status, error.code, error)
        return Response(status_code=202)

    def _peer(self, request: Request) -> Peer | None:
        return self._peers.get(request.path_params["id"])

    async def _json(self, request: Request) -> dict[str, Any]:
        try:
            found = json.loads(await body_of(request, _MOST_OFFER, self.calls.limits.hello))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise BadOffer("a body is a JSON object; got something else")
        return cast(dict[str, Any], found)

    # A peer

    async def _begin(self, offer: _Offer, into: Calls | Door) -> tuple[str, str]:
        check(offer.sdp)
        line = PeerLine(self.calls.limits.behind, RATE if into is self.calls else RATE_OUT)
        peer = Peer(self.calls.limits, line, self._slow, self._told())
        connection = Connection(into, peer, "rtc", RATE, line=line)
        hello = connection.protocol.receive(offer.hello, round(trio.current_time() * SECOND))
        assert isinstance(hello, Hello), "the protocol lets nothing else through first"
        await connection.begin(hello)
        id = secrets.token_urlsafe(16)
        assert self._nursery is not None
        assert connection.call is not None
        try:
            answer: str = await self._nursery.start(self._run, id, peer, connection, offer.sdp)
        except BaseException:
            connection.call.hang_up("lost")
            raise
        return id, answer

    def _slow(self) -> None:
        self.calls.counts.slow += 1

    async def _run(
        self, id: str, peer: Peer, connection: Connection, sdp: str, task_status: trio.TaskStatus[str]
    ) -> None:
        self._peers[id] = peer
        try:
            with one_error():
                await peer.run(sdp, connection.run, task_status)
        except BadOffer:
            raise
        except Exception as error:  # of a supervisor of peers: what one brings up in the library ends it alone
            self.calls.log(f"a peer was let go: {describe(error)}")
            if not peer.answered:
                raise BadMessage("failed", "the offer could not be answered") from error
        finally:
            if connection.call is not None:  # it may never have been served: a seat in a room is nobody's then
                connection.call.detach(connection.line)
            del self._peers[id]
            self._fewer.set()
            self._fewer = trio.Event()


def _as_offer(found: dict[str, Any]) -> _Offer:
    sdp, hello = found.get("sdp"), found.get("hello", {"type": "hello", "version": VERSION})
    if found.get("type") != "offer" or not isinstance(sdp, str) or not isinstance(hello, dict):
        raise BadOffer('an offer has "type": "offer", its text "sdp", and "hello", the first message of the protocol')
    return _Offer(sdp, json.dumps(hello))
