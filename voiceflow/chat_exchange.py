"""One streamed chat completion over httpx: what every node that asks a chat-completions server over HTTP shares."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import attrs
import trio

from voiceflow.chat_completions import Answer, ChatStream, Progress, ReplyStream, TextDelta, refusal
from voiceflow.errors import ProviderError
from voiceflow.frames import Text
from voiceflow.services import Sender

if TYPE_CHECKING:
    import httpx

_BODY_READ = 1 << 16  # bytes of a refusal that are read: its code is in the first few hundred
_REST = 0.5  # seconds for the few bytes after the finish reason, without which a connection cannot be used again
_REASONS = {
    "ConnectError": "no connection",
    "ConnectTimeout": "no connection in time",
    "ReadError": "a broken connection",
    "WriteError": "a broken connection",
    "RemoteProtocolError": "an answer that was cut or is no HTTP",
    "ProxyError": "a refusal by the proxy",
}


@attrs.frozen
class Failure:
    """Why a try failed, and the seconds that the server wants a client to wait, if it said so."""

    error: ProviderError
    wait: float | None = None


@attrs.frozen
class Exchange:
    """Posts requests to `url` and sends the text of the answers on.

    `who` is the node and the host, and `key_env` the environment variable with the key, for messages; `silence` the
    seconds that may pass between two pieces; `stream` reads what this server sends.
    """

    client: httpx.AsyncClient
    url: str
    who: str
    silence: float
    stream: Callable[[], ReplyStream] = ChatStream
    key_env: str | None = None

    async def reply(
        self, body: Mapping[str, Any], out: Sender[Text], progress: Progress, patience: trio.CancelScope
    ) -> Failure | None:
        """Ask, and send what comes as it comes. The deadline of `patience` is lifted by the first text or call.

        When it is complete, `progress.items` is what was thought and called.

        Cancelled, or failed, it has closed the socket, which is how a server learns that it may stop.
        """
        import httpx

        wait: float | None = None
        try:
            response = await self.client.send(self.client.build_request("POST", self.url, json=body), stream=True)
            try:
                wait = retry_after(response.headers)
                await self._check(response)
                await self._read(response, out, progress, patience)
            finally:
                await response.aclose()
        except ProviderError as error:
            error.wait = wait
            return Failure(error, wait)
        except httpx.RequestError as error:
            return Failure(_broken(self.who, error), wait)
        return None

    async def _check(self, response: httpx.Response) -> None:
        if response.status_code != 200:
            raise refusal(self.who, response.status_code, await _beginning(response), self.key_env)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "text/event-stream":  # a proxy's page, or a server that does not stream: the next answer is the same
            await response.aclose()
            raise ProviderError(
                f"{self.who}: expected text/event-stream, got {_token(kind)}. "
                "Check that base_url is that of an API which this node speaks, and which streams.",
                retryable=False,
            )

    async def _read(
        self, response: httpx.Response, out: Sender[Text], progress: Progress, patience: trio.CancelScope
    ) -> None:
        answer, pieces = Answer(self.who, self.stream()), response.aiter_bytes()
        try:
            while (piece := await self._next(pieces, answer, progress)) is not None:
                for event in answer.push(piece):
                    progress.see(event)
                    if progress.first:
                        patience.deadline = math.inf
                    if isinstance(event, TextDelta):
                        await out.send(Text(event.text))
            patience.deadline = math.inf
            progress.items = answer.end()
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
            f"{self.who}: expected the rest of the reply, got nothing for {limit} s. "
            "Try again, or allow more by silence.",
            retryable=True,
        )


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
