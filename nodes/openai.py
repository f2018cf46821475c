"""Any server that speaks OpenAI's chat completions, over httpx."""

from __future__ import annotations

import math
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs
import trio
from attrs import validators as must

from voiceflow import In, Node, Out, Ports, Prompt, ProviderError, Services, Text
from voiceflow.chat_completions import Answer, Progress, TextDelta, refusal, request

if TYPE_CHECKING:
    import httpx

_BODY_READ = 1 << 16  # bytes of a refusal that are read: its code is in the first few hundred
_REST = 0.5  # seconds for the few bytes after [DONE], without which a connection cannot be used again


def _url(node: OpenAI, field: attrs.Attribute[str], value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{field.name} is http(s)://host[:port]/path without a user or a password in it")


def _positive(node: OpenAI, field: attrs.Attribute[float], value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{field.name} is a number of seconds above 0, got {value}")


@attrs.define(eq=False)
class OpenAI(Node):
    """Answers each prompt with the text of a streamed chat completion; what the model reasons is left out.

    `model` is the server's name for it, `base_url` usually ends in /v1. The key is read from the environment
    variable `key_env` when the session opens, and kept in no setting; None sends none. `extra` is merged into the
    request; a None in it takes a field out. One client, and its connections, serve the whole session.

    Seconds: `connect` for a connection; `first_token` from the prompt to the first text, all tries included;
    `silence` between two pieces. Before the first piece came, a busy server or a broken connection is tried
    `retries` times more, after `backoff`, twice that and so on, or what the server's Retry-After says.

    Raises, as it runs:
        ProviderError: retryable or not as the server's status and what it sent say.
    """

    lifetime = "turn"
    prompt = In(Prompt)
    text = Out(Text)

    model: str = attrs.field(validator=must.min_len(1))
    base_url: str = attrs.field(default="https://api.openai.com/v1", kw_only=True, validator=_url)
    key_env: str | None = attrs.field(default="OPENAI_API_KEY", kw_only=True)
    temperature: float | None = attrs.field(
        default=None, kw_only=True, validator=must.optional(must.and_(must.ge(0), must.le(2)))
    )
    max_tokens: int | None = attrs.field(default=None, kw_only=True, validator=must.optional(must.ge(1)))
    top_p: float | None = attrs.field(
        default=None, kw_only=True, validator=must.optional(must.and_(must.gt(0), must.le(1)))
    )
    seed: int | None = attrs.field(default=None, kw_only=True)
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)
    connect: float = attrs.field(default=5.0, kw_only=True, validator=_positive)
    first_token: float = attrs.field(default=10.0, kw_only=True, validator=_positive)
    silence: float = attrs.field(default=10.0, kw_only=True, validator=_positive)
    retries: int = attrs.field(default=2, kw_only=True, validator=must.ge(0))
    backoff: float = attrs.field(default=0.25, kw_only=True, validator=_positive)
    prewarm: bool = attrs.field(default=True, kw_only=True)

    _client: httpx.AsyncClient | None = attrs.field(default=None, init=False, repr=False)

    @property
    def _who(self) -> str:
        return f"{self.name} at {urlsplit(self.base_url).netloc}"

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        # Importing httpx and reading the certificates takes some 100 ms, so both happen off the loop.
        client = await services.compute(_new_client, self, _headers(self), model="httpx")
        async with client, trio.open_nursery() as nursery:
            self._client = client
            if self.prewarm:
                nursery.start_soon(self._warm, client)
            try:
                yield
            finally:
                self._client = None
                nursery.cancel_scope.cancel(reason="the session closes")

    async def _warm(self, client: httpx.AsyncClient) -> None:
        """Have a connection ready (name looked up, TLS agreed) before the first prompt; failing is no matter."""
        import httpx

        with trio.move_on_after(self.connect):
            try:
                await client.head(self.base_url)
            except httpx.TransportError:
                return  # the first prompt meets it too, and says so

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            await self._answer(prompt, ports)

    async def _answer(self, prompt: Prompt, ports: Ports) -> None:
        progress = Progress(ports, ports.now())
        with trio.move_on_after(self.first_token) as patience:
            for attempt in range(self.retries + 1):
                failure = await self._try(prompt, ports, progress, patience)
                if failure is None:
                    return
                delay = self.backoff * 2**attempt if failure.wait is None else failure.wait
                late = delay >= patience.deadline - trio.current_time()  # waiting it out would only cost time
                if progress.first or late or attempt == self.retries or not failure.error.retryable:
                    raise failure.error
                ports.mark("llm.retry", attempt=attempt + 1, seconds=delay)
                await trio.sleep(delay)
        raise ProviderError(
            f"{self._who}: expected the first text within {self.first_token} s, got none. "
            "Try again, or allow more by first_token.",
            retryable=True,
        )

    async def _try(
        self, prompt: Prompt, ports: Ports, progress: Progress, patience: trio.CancelScope
    ) -> _Failure | None:
        import httpx

        if self._client is None:
            raise TypeError(f"{self.name} is run outside open()")
        url = f"{self.base_url.rstrip('/')}/chat/completions"
        post = self._client.build_request("POST", url, json=self._body(prompt))
        wait: float | None = None
        try:
            response = await self._client.send(post, stream=True)
            try:
                wait = retry_after(response.headers)
                await self._check(response)
                await self._read(response, ports, progress, patience)
            finally:
                await response.aclose()
        except ProviderError as error:
            return _Failure(error, wait)
        except httpx.RequestError as error:
            return _Failure(_broken(self._who, error), wait)
        return None

    def _body(self, prompt: Prompt) -> dict[str, Any]:
        body = request(
            prompt.messages,
            model=self.model,
            stream_options={"include_usage": True},
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            top_p=self.top_p,
            seed=self.seed,
        )
        return {name: value for name, value in (body | dict(self.extra)).items() if value is not None}

    async def _check(self, response: httpx.Response) -> None:
        if response.status_code != 200:
            raise refusal(self._who, response.status_code, await _beginning(response))
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "text/event-stream":  # a proxy's page, or a server that does not stream: the next answer is the same
            await response.aclose()
            raise ProviderError(
                f"{self._who}: expected text/event-stream, got {_token(kind)}. "
                "Check that base_url is that of a chat completions API which streams.",
                retryable=False,
            )

    async def _read(
        self, response: httpx.Response, ports: Ports, progress: Progress, patience: trio.CancelScope
    ) -> None:
        answer, out = Answer(self._who), ports[self.text]
        pieces = response.aiter_bytes()
        try:
            while (piece := await self._next(pieces, answer, progress)) is not None:
                for event in answer.push(piece):
                    progress.see(event)
                    if isinstance(event, TextDelta):
                        patience.deadline = math.inf
                        await out.send(Text(event.text))
            patience.deadline = math.inf
            answer.end()
        except BaseException:
            await _abandon(response, pieces)
            raise

    async def _next(self, pieces: AsyncIterator[bytes], answer: Answer, progress: Progress) -> bytes | None:
        """The next piece, or None when the reply is over. Only this wait is timed, never that for the ear."""
        limit = _REST if answer.complete else self.silence if progress.first else math.inf
        with trio.move_on_after(limit):
            return await anext(pieces, None)
        if answer.complete:  # the server keeps its stream open; there is nothing more to come
            return None
        raise ProviderError(
            f"{self._who}: expected the rest of the reply, got nothing for {limit} s. "
            "Try again, or allow more by silence.",
            retryable=True,
        )


@attrs.frozen
class _Failure:
    """Why a try failed, and the seconds that the server wants a client to wait, if it said so."""

    error: ProviderError
    wait: float | None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that the header Retry-After tells, or None; a date counts from the header Date (RFC 9110)."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        # Both dates are the server's, so that no clock here need be right.
        until = parsedate_to_datetime(told) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, until.total_seconds())


def _headers(node: OpenAI) -> dict[str, str]:
    accept = {"Accept": "text/event-stream"}
    if node.key_env is None:
        return accept
    key = os.environ.get(node.key_env, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        matter = "characters that no key has" if key else "nothing"
        raise ProviderError(
            f"{node.name}: expected a key in the environment variable {node.key_env}, got {matter}. "
            "Set it, or give key_env=None for a server that wants no key.",
            retryable=False,
        )
    return accept | {"Authorization": f"Bearer {key}"}


def _new_client(node: OpenAI, headers: Mapping[str, str]) -> httpx.AsyncClient:
    import httpx

    # Answers are timed by the node itself: see `first_token` and `silence`.
    return httpx.AsyncClient(headers=headers, timeout=httpx.Timeout(None, connect=node.connect))


def _broken(who: str, error: httpx.RequestError) -> ProviderError:
    import httpx

    never = isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.DecodingError))
    failed = ProviderError(
        f"{who}: expected a streamed reply, got {_REASONS.get(type(error).__name__, type(error).__name__)}. "
        + ("Check base_url." if never else "Check that the server runs and can be reached, and try again."),
        retryable=not never,
    )
    failed.__cause__ = error
    return failed


_REASONS = {
    "ConnectError": "no connection",
    "ConnectTimeout": "no connection in time",
    "ReadError": "a broken connection",
    "WriteError": "a broken connection",
    "RemoteProtocolError": "an answer that was cut or is no HTTP",
    "ProxyError": "a refusal by the proxy",
}


def _token(kind: str) -> str:
    return kind if kind and len(kind) < 64 and kind.replace("/", "").replace("-", "").isalnum() else "no known type"


async def _beginning(response: httpx.Response) -> bytes:
    body, pieces = b"", response.aiter_bytes()
    try:
        while len(body) < _BODY_READ and (piece := await anext(pieces, None)) is not None:
            body += piece
    finally:
        await _abandon(response, pieces)
    return body


async def _abandon(response: httpx.Response, pieces: AsyncIterator[bytes]) -> None:
    """Close the socket at once and unwind the generators that read from it.

    They are nested a few deep inside httpx, and one that is dropped while it waits to go on is a leak which Trio
    warns of. Going on once more, on a closed socket, ends them all.
    """
    import httpx

    with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
        await response.aclose()
        try:
            while await anext(pieces, None) is not None:
                pass
        except (httpx.RequestError, httpx.StreamError):
            pass
