"""Calls from phone providers: the webhooks that they ask when a phone rings, and the streams that they open then.

Below /telephony: `{provider}/voice` answers with the document that opens a stream to us, `{provider}` takes the stream.
A webhook is answered when its provider has signed it (Twilio, whose auth token must be known for that), or when the
gate would let it in. A stream is taken when it brings the token that the answer gave it, or is let in by the gate.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qsl, urlencode

import attrs
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from voiceflow.machines.json_fields import MalformedChunk, parsed
from voiceflow.machines.telephony.answers import ANSWERS, XML, Answer, asked, dial
from voiceflow.machines.telephony.control import BASES, Account, check_number
from voiceflow.machines.telephony.dialects import DIALECTS
from voiceflow.machines.telephony.signatures import twilio_signed
from voiceflow.serve.body import BadBody, body_of
from voiceflow.serve.calls import Calls
from voiceflow.serve.gate import Gate, is_loopback
from voiceflow.serve.telephony_phone import Phone
from voiceflow.serve.telephony_phone import this_phone as this_phone
from voiceflow.serve.telephony_stream import Stream
from voiceflow.serve.tokens import Tokens

_BODY: Final = 64 * 1024
"""Bytes of a webhook; they have one or two thousand."""
_PROMPT: Final = 60.0
"""Seconds in which a provider opens the stream that it was told to open, or fetches what else it was told to."""


@attrs.frozen(kw_only=True)
class Providers:
    """What providers know us by, by their names; and the root of the URLs by which they reach us.

    An empty `url` is that of the request; behind a proxy that changes it, it has to be said.
    """

    accounts: Mapping[str, Account] = attrs.field(factory=dict[str, Account])
    url: str = ""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Providers:
        """What the environment says: the variables below, and VOICEFLOW_URL."""
        named = {
            "twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
            "telnyx": ("", "TELNYX_API_KEY"),
            "plivo": ("PLIVO_AUTH_ID", "PLIVO_AUTH_TOKEN"),
            "vonage": ("", "VONAGE_JWT"),
        }
        accounts = {
            provider: Account(BASES[provider], environment.get(user, ""), environment[secret])
            for provider, (user, secret) in named.items()
            if environment.get(secret)
        }
        return cls(accounts=accounts, url=environment.get("VOICEFLOW_URL", "").rstrip("/"))


def routes(calls: Calls, gate: Gate, providers: Providers | None = None) -> list[BaseRoute]:
    """What is answered below /telephony. Without `providers`, what the environment says of them."""
    desk = Desk(calls, gate, providers or Providers.of(os.environ))
    return [
        Route("/plivo/transfer", desk.passed_on),
        Route("/{provider}/voice", desk.answer, methods=["GET", "POST"]),
        WebSocketRoute("/{provider}", desk.stream),
    ]


@attrs.define(eq=False)
class Desk:
    """Answers providers."""

    calls: Calls
    gate: Gate
    providers: Providers
    _tokens: Tokens = attrs.field(factory=lambda: Tokens(secrets.token_urlsafe(32)), init=False)
    """Of the streams that were asked for here."""

    async def answer(self, request: Request) -> Response:
        """A phone rings: the provider is told to open a stream to us."""
        provider: str = request.path_params["provider"]
        if provider not in DIALECTS:
            return PlainTextResponse("no such provider\n", 404)
        try:
            fields = _posted(request, await body_of(request, _BODY, self.calls.limits.hello))
        except BadBody as refused:
            return PlainTextResponse(f"{refused}\n", refused.status)
        if not self._may_ask(request, provider, fields):
            return PlainTextResponse("not signed\n", 403)
        if self.calls.draining or not self.calls.ready:
            return _document(_BUSY) if provider == "twilio" else PlainTextResponse("ending\n", 503)
        root = self._root(request).replace("http", "ws", 1)
        told = asked({**request.query_params, **dict(fields)})
        return _document(ANSWERS[provider](f"{root}/telephony/{provider}", self._token(), told))

    def _may_ask(self, request: Request, provider: str, fields: list[tuple[str, str]]) -> bool:
        account = self.providers.accounts.get(provider)
        if provider == "twilio" and account is not None:
            query = f"?{request.url.query}" if request.url.query else ""
            signature = request.headers.get("x-twilio-signature", "")
            return twilio_signed(signature, account.secret, f"{self._root(request)}{request.url.path}{query}", fields)
        return self._let_in(request)

    def _let_in(self, request: HTTPConnection) -> bool:
        return self.gate.look(request.headers, request.query_params.get("token", ""), time.time()) == "in"

    def _root(self, request: HTTPConnection) -> str:
        """The URL that the provider knows us by. From elsewhere that is by TLS: who ends it hands on to us."""
        host = request.headers.get("host", "")
        name = request.url.hostname or ""
        return self.providers.url or f"{'http' if is_loopback(name) else 'https'}://{host}"

    def _token(self) -> str:
        return self._tokens.make(time.time() + _PROMPT)

    async def passed_on(self, request: Request) -> Response:
        """Plivo asks where a call is to go that it was told to pass on."""
        number = request.query_params.get("to", "")
        try:
            check_number(number)
        except ValueError:
            return PlainTextResponse("no number\n", 400)
        if not self._tokens.good(request.query_params.get("token", ""), time.time()):
            return PlainTextResponse("no token\n", 401)
        return _document(Answer(XML, dial("plivo", number)))

    async def stream(self, socket: WebSocket) -> None:
        """A provider's stream."""
        dialect = DIALECTS.get(socket.path_params["provider"])
        if dialect is None or self.calls.draining or not self.calls.ready:
            status = 404 if dialect is None else 503
            return await socket.send_denial_response(Response(status_code=status))
        await socket.accept()
        query, let_in = socket.query_params.get("token", ""), self._let_in(socket)

        def may_begin(parameters: Mapping[str, str]) -> bool:
            now = time.time()
            return let_in or any(self._tokens.good(each, now) for each in (query, parameters.get("token", "")))

        def document(number: str) -> str:
            return f"{self._root(socket)}/telephony/plivo/transfer?{urlencode({'to': number, 'token': self._token()})}"

        phone = Phone(dialect.name, self.providers.accounts.get(dialect.name), document)
        return await Stream(self.calls, socket, dialect, phone, may_begin).run()


def _posted(request: Request, body: bytes) -> list[tuple[str, str]]:
    """What a form or a JSON object says."""
    text = body.decode(errors="replace")
    if request.headers.get("content-type", "").startswith("application/json"):
        with suppress(MalformedChunk):
            return [(name, value) for name, value in parsed(text).items() if isinstance(value, str)]
        return []
    return parse_qsl(text, keep_blank_values=True)


_BUSY: Final = Answer(XML, '<Response><Reject reason="busy"/></Response>')


def _document(answer: Answer) -> Response:
    # Nobody may keep it: the token in it is for one stream.
    return Response(answer.body, media_type=answer.kind, headers={"cache-control": "no-store"})
