"""What every node has in common that asks a model over HTTP, whatever protocol the server speaks."""

from __future__ import annotations

import math
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import attrs
import trio
from attrs import validators as must

from voiceflow.chat.images import has_images, without_images
from voiceflow.chat_completions import Progress, ReplyStream
from voiceflow.chat_exchange import Exchange
from voiceflow.errors import ProviderError
from voiceflow.frames import Prompt, Text
from voiceflow.items import Thought, ToolCall
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import Ports, Services

if TYPE_CHECKING:
    import httpx


def http_url(node: object, field: attrs.Attribute[str], value: str) -> None:
    """For the address of a server: `base_url`, where a subclass has one of its own, and the like."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{field.name} is http(s)://host[:port]/path without a user or a password in it")


def _positive(node: ServedModel, field: attrs.Attribute[float], value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{field.name} is a number of seconds above 0, got {value}")


@attrs.define(eq=False)
class ServedModel(Node):
    """Answers each prompt with the text of a reply that a server streams; what the model reasons is left out.

    What the model calls is run by the session (`Ports.call_tools`), and answered with the next prompt.

    `model` is the server's name for it, `base_url` where its API is. The key is read from the environment variable
    `key_env` when the session opens, and kept in no setting; None sends none. `extra` is merged into the request,
    objects into objects; a None in it takes a field out. One client, and its connections, serve the whole session.

    Seconds: `connect` for a connection; `first_token` from the prompt to the first text, all tries included;
    `silence` between two pieces. Before the first piece came, a busy server or a broken connection is tried
    `retries` times more, after `backoff`, twice that and so on, or what the server's Retry-After says.

    A model that takes no images is found out when the server first refuses a prompt with one for good: asked again
    without them, it answers, and is asked so from then on, told "[an image]" in the place of each. Marks:
    `llm.no_images`, once.

    A subclass is one protocol: it says `path`, `headers`, `request` and `reply_stream`.

    Raises, as it runs:
        ProviderError: retryable or not as the server's status and what it sent say.
    """

    lifetime = "turn"
    prompt = In(Prompt)
    text = Out(Text)

    model: str = attrs.field(validator=must.min_len(1))
    base_url: str = attrs.field(kw_only=True, validator=http_url)
    key_env: str | None = attrs.field(kw_only=True)
    temperature: float | None = attrs.field(
        default=None, kw_only=True, validator=must.optional(must.and_(must.ge(0), must.le(2)))
    )
    max_tokens: int | None = attrs.field(default=None, kw_only=True, validator=must.optional(must.ge(1)))
    top_p: float | None = attrs.field(
        default=None, kw_only=True, validator=must.optional(must.and_(must.gt(0), must.le(1)))
    )
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)
    connect: float = attrs.field(default=5.0, kw_only=True, validator=_positive)
    first_token: float = attrs.field(default=10.0, kw_only=True, validator=_positive)
    silence: float = attrs.field(default=10.0, kw_only=True, validator=_positive)
    retries: int = attrs.field(default=2, kw_only=True, validator=must.ge(0))
    backoff: float = attrs.field(default=0.25, kw_only=True, validator=_positive)
    prewarm: bool = attrs.field(default=True, kw_only=True)

    _exchange: Exchange | None = attrs.field(default=None, init=False, repr=False)
    _sees: bool = attrs.field(default=True, init=False, repr=False)
    """Whether images are still sent."""

    def path(self) -> str:
        """What comes behind `base_url`."""
        raise NotImplementedError

    def headers(self, key: str) -> Mapping[str, str]:
        """By which the server knows the caller, and the version of the protocol; without a `key`, the latter alone."""
        raise NotImplementedError

    def request(self, prompt: Prompt) -> Mapping[str, Any]:
        """The body, before `extra`; a None stands for the server's default."""
        raise NotImplementedError

    def reply_stream(self) -> ReplyStream:
        """What reads one reply."""
        raise NotImplementedError

    @property
    def _who(self) -> str:
        return f"{self.name} at {urlsplit(self.base_url).netloc}"

    @property
    def replays(self) -> bool:
        return False

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        # Importing httpx and reading the certificates takes some 100 ms, so both happen off the loop.
        headers = {"Accept": "text/event-stream", **self.headers(key_of(self.name, self.key_env))}
        client = await services.compute(_new_client, headers, self.connect, model="httpx")
        async with client, trio.open_nursery() as nursery:
            url = f"{self.base_url.rstrip('/')}/{self.path()}"
            self._exchange = Exchange(client, url, self._who, self.silence, self.reply_stream, self.key_env)
            if self.prewarm:
                nursery.start_soon(self._warm, client)
            try:
                yield
            finally:
                self._exchange = None
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
            items = await self._answer(prompt, ports)
            await ports.call_tools(prompt, items)

    async def _answer(self, prompt: Prompt, ports: Ports) -> Sequence[Thought | ToolCall]:
        shown = has_images(prompt.items)
        in_words = attrs.evolve(prompt, items=without_images(prompt.items)) if shown else prompt
        progress = Progress(ports, ports.now())
        try:
            return await self._ask(prompt if self._sees else in_words, ports, progress)
        except ProviderError as error:
            if error.retryable or error.quota or progress.first or not (shown and self._sees):
                raise
        items = await self._ask(in_words, ports, Progress(ports, ports.now()))
        self._sees = False
        ports.mark("llm.no_images")
        return items

    async def _ask(self, prompt: Prompt, ports: Ports, progress: Progress) -> Sequence[Thought | ToolCall]:
        if self._exchange is None:
            raise TypeError(f"{self.name} is run outside open()")
        body = _merged(self.request(prompt), self.extra)
        with trio.move_on_after(self.first_token) as patience:
            for attempt in range(self.retries + 1):
                failure = await self._exchange.reply(body, ports[self.text], progress, patience)
                if failure is None:
                    return progress.items
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


def _merged(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Objects are merged into objects; what is None is left out."""
    found = dict(body)
    for name, value in extra.items():
        inside = isinstance(value, Mapping) and isinstance(found.get(name), Mapping)
        found[name] = _merged(found[name], cast(Mapping[str, Any], value)) if inside else value
    return {name: value for name, value in found.items() if value is not None}


def key_of(name: str, key_env: str | None) -> str:
    """The key of the node of this name, from the environment variable `key_env`; "" where there is to be none.

    Raises:
        ProviderError: the variable holds no key.
    """
    if key_env is None:
        return ""
    key = os.environ.get(key_env, "").strip()
    if not key or not key.isascii() or not key.isprintable():
        matter = "characters that no key has" if key else "nothing"
        raise ProviderError(
            f"{name}: expected a key in the environment variable {key_env}, got {matter}. "
            "Set it, or give key_env=None for a server that wants no key.",
            retryable=False,
        )
    return key


def _new_client(headers: Mapping[str, str], connect: float) -> httpx.AsyncClient:
    import httpx

    # Answers are timed by the node itself: see `first_token` and `silence`.
    return httpx.AsyncClient(headers=headers, timeout=httpx.Timeout(None, connect=connect))
