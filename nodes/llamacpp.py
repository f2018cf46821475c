"""A language model inside this process: llama.cpp, by way of xllamacpp, which carries it as a wheel.

xllamacpp runs llama.cpp's server, with continuous batching, in threads of its own. There are two ways to ask it: a
call with a callback for each piece, and HTTP on loopback. First token, rate and loop lag are the same by both. But the
call takes a thread for as long as a reply lasts, and can be stopped by its callback only, so not before the first
token: given up while it read a prompt of 1,400 tokens, it went on for 17 s on a busy machine. Over HTTP the server sees
the closed socket (it looks once a second, and at every token) and had stopped after 0.1 s. So it is asked over HTTP,
at a port that the kernel chooses and with a key made up for this process.
"""

from __future__ import annotations

import functools
import json
import math
import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import attrs
import trio
from attrs import validators as must

from voiceflow import In, Message, Node, Out, Ports, Prompt, ProviderError, Services, Text
from voiceflow.answer_format import chat_format
from voiceflow.chat.images import has_images, without_images
from voiceflow.chat_completions import Progress, request
from voiceflow.chat_exchange import Exchange
from voiceflow.items import Item, Summary, Thought, ToolCall
from voiceflow.models import locate

if TYPE_CHECKING:
    import httpx

_MODEL = "smollm2-135m-instruct"
_BATCH = 128  # tokens that are read in one go, and so the longest that a cancelled prompt still works
_REUSED = 16  # tokens: the shortest stretch of an old prompt that is moved to where the new one has it
_SILENCE = 10.0  # seconds between two tokens after which the model is taken for dead
_STEP = 4  # messages that are forgotten at once: two exchanges
_QUIET = -1  # llama.cpp writes to stderr from 0 on


def _texts(node: LlamaCpp, field: attrs.Attribute[Sequence[str]], value: Sequence[object]) -> None:
    if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) and text for text in value):
        raise TypeError(f"{field.name} is a list of texts none of which is empty")


@attrs.define(eq=False)
class LlamaCpp(Node):
    """Answers each prompt with a model that runs here: by default SmolLM2-135M-Instruct, found by the model locator.

    `model` is the path of a GGUF file, `template` that of a Jinja file by which the conversation is written for it; the
    model's own by default. All nodes with the same `model`, `template`, `context`, `threads` and `calls` share one
    model, loaded once and kept as long as the process lives. It has `calls` places of `context` tokens each, and what a
    prompt has in common with the one before at its place is not read again: a session keeps a place to itself as long
    as there are as many. A conversation that is too long loses its oldest messages after the system prompt, some at a
    time; one message that is too long alone is an error.

    One thread by default: two are nearly twice as fast on two idle cores and many times slower on busy ones, for
    they wait for one another at every layer. `first_token` is in seconds. `max_tokens` bounds the reply, and any of
    the texts in `stop` ends it: by default a reply is one paragraph, for small models go on and on.

    It takes no images: it is told "[an image]" in the place of each. Marks: `llm.no_images`, the first time.

    Raises, when the session opens:
        ProviderError: there is no such model, or llama.cpp cannot load it.
    """

    lifetime = "turn"
    prompt = In(Prompt)
    text = Out(Text)

    model: str | None = attrs.field(default=None)
    template: str | None = attrs.field(default=None, kw_only=True)
    context: int = attrs.field(default=2048, kw_only=True, validator=must.ge(64))
    threads: int = attrs.field(default=1, kw_only=True, validator=must.ge(1))
    calls: int = attrs.field(default=2, kw_only=True, validator=must.ge(1))
    temperature: float = attrs.field(default=0.0, kw_only=True, validator=must.and_(must.ge(0), must.le(2)))
    max_tokens: int = attrs.field(default=128, kw_only=True, validator=must.ge(1))
    repeat_penalty: float = attrs.field(default=1.1, kw_only=True, validator=must.and_(must.ge(1), must.le(2)))
    stop: Sequence[str] = attrs.field(default=("\n\n",), kw_only=True, validator=_texts)
    seed: int = attrs.field(default=0, kw_only=True, validator=must.ge(0))
    first_token: float = attrs.field(default=30.0, kw_only=True, validator=must.gt(0))

    _exchange: Exchange | None = attrs.field(default=None, init=False, repr=False)
    _place: int | None = attrs.field(default=None, init=False)
    """Which of the model's `calls` is this session's, while there is one for each."""
    _told: bool = attrs.field(default=False, init=False, repr=False)
    """Whether it was said that there are images which are not seen."""

    def __attrs_post_init__(self) -> None:
        if self.max_tokens > self.context // 2:
            raise ValueError(
                f"max_tokens is at most half of context={self.context}, so that a prompt fits too; "
                f"got {self.max_tokens}. Lower it, or raise context."
            )

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        # A width of one: two sessions that open at once load one model, not two.
        served, client = await services.compute(self._load, model="llamacpp")
        async with client:
            self._exchange = Exchange(client, "/v1/chat/completions", self.name, _SILENCE)
            self._place = served.free.pop() if served.free else None
            try:
                yield
            finally:
                self._exchange = None
                if self._place is not None:
                    served.free.add(self._place)

    def _load(self) -> tuple[_Served, httpx.AsyncClient]:
        import httpx

        path = self.model or str(locate(_MODEL))
        try:
            served = _serve(path, self._template(), self.context, self.threads, self.calls)
        except RuntimeError:
            raise ProviderError(
                f"{self.name}: expected a model that llama.cpp can load at {path}, got something else, or too little "
                "memory. Give `model` the path of a GGUF file.",
                retryable=False,
            ) from None
        return served, httpx.AsyncClient(
            base_url=served.url,
            headers={"Authorization": f"Bearer {served.key}"},
            timeout=httpx.Timeout(None, connect=5.0),
            # The server closes each connection behind a reply, and on a busy machine after it was taken again.
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,  # no proxy on the way to oneself
            verify=False,  # and no TLS, so that reading all certificates would be for nothing
        )

    def _template(self) -> str:
        if self.template is None:
            return ""
        try:
            return Path(self.template).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProviderError(
                f"{self.name}: expected a Jinja template at {self.template}, got {type(error).__name__}. "
                "Give `template` the path of one, or None for the model's own.",
                retryable=False,
            ) from None

    async def expect(self, prompt: Prompt) -> None:
        """Read it to where the session's place has it at hand; nothing, while the session has none to itself."""
        import httpx

        if self._exchange is None or self._place is None:
            return
        client, prompt = self._exchange.client, attrs.evolve(prompt, items=without_images(prompt.items))
        with trio.move_on_after(self.first_token), suppress(ProviderError, httpx.HTTPError):
            body = self._body(await self._fitting(prompt, client), prompt)
            # Nothing is written. What stands before a reply is read as well: in vain if the user's words go on, but the
            # answer waits for it if these were the last.
            body |= {"max_tokens": 0, "stream": False}
            del body["stream_options"]
            await client.post(self._exchange.url, json=body)

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            items = await self._answer(self._in_words(prompt, ports), ports)
            await ports.call_tools(prompt, items)

    def _in_words(self, prompt: Prompt, ports: Ports) -> Prompt:
        if not has_images(prompt.items):
            return prompt
        if not self._told:
            self._told = True
            ports.mark("llm.no_images")
        return attrs.evolve(prompt, items=without_images(prompt.items))

    async def _answer(self, prompt: Prompt, ports: Ports) -> Sequence[Thought | ToolCall]:
        if self._exchange is None:
            raise TypeError(f"{self.name} is run outside open()")
        progress = Progress(ports, ports.now())
        with trio.move_on_after(self.first_token) as patience:
            items = await self._fitting(prompt, self._exchange.client)
            if forgotten := len(prompt.items) - len(items):
                ports.mark("llm.forgot", messages=forgotten)
            body = self._body(items, prompt)
            failure = await self._exchange.reply(body, ports[self.text], progress, patience)
            if failure is not None:
                raise failure.error
            return progress.items
        raise ProviderError(
            f"{self.name}: expected the first text within {self.first_token} s, got none: this machine is too slow or "
            "too busy. Shorten the prompt, use a smaller model, or allow more by first_token.",
            retryable=True,
        )

    def _body(self, items: Sequence[Item], prompt: Prompt) -> dict[str, Any]:
        return request(
            items,
            prompt.tools,
            stream_options={"include_usage": True},
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            repeat_penalty=self.repeat_penalty,
            stop=list(self.stop) if prompt.schema is None else None,  # a document ends where its schema says so
            seed=self.seed,
            response_format=chat_format(prompt.schema),
            # Where the conversation was read before, also while a guess that was given up is still at work there: it
            # has read nearly the same, and another place would have to read all of it.
            id_slot=self._place,
        )

    async def _fitting(self, prompt: Prompt, client: httpx.AsyncClient) -> Sequence[Item]:
        """The items that leave room for a reply. Counts tokens only where the bytes do not settle it."""
        room = self.context - self.max_tokens
        for kept in shorter(prompt.items):
            body = request(kept, prompt.tools)
            if _bytes(body) <= room or await self._count(body, client) <= room:
                return kept
        raise ProviderError(
            f"{self.name}: expected a prompt of at most {room} tokens, got one whose system prompt and last message "
            f"alone are longer. Shorten them, or raise context (now {self.context}).",
            retryable=False,
        )

    async def _count(self, body: Mapping[str, Any], client: httpx.AsyncClient) -> int:
        import httpx

        try:
            answer = await client.post("/v1/chat/completions/input_tokens", json=body)
            return int(answer.raise_for_status().json()["input_tokens"])
        except (httpx.HTTPError, KeyError, ValueError) as error:
            raise ProviderError(
                f"{self.name}: expected a count of tokens from llama.cpp, got {type(error).__name__}. Try again.",
                retryable=True,
            ) from None


def shorter(items: Sequence[Item]) -> list[Sequence[Item]]:
    """The conversation, and then with fewer and fewer of its oldest items.

    System messages and summaries stay, and all from the user's last message on: what was called to answer it is of no
    use without.

    Cuts fall on a fixed grid, so that a conversation that grows is cut at the same place for some turns: what the
    model has read of it stays of use.
    """
    head = next((at for at, item in enumerate(items) if not _stays(item)), 0)
    users = [at for at, item in enumerate(items) if isinstance(item, Message) and item.role == "user"]
    last = max(head, users[-1] if users else len(items) - 1)
    starts = [*range(head, last, _STEP), last]
    return [[*items[:head], *items[start:]] for start in starts]


def _stays(item: Item) -> bool:
    return isinstance(item, Summary) or (isinstance(item, Message) and item.role == "system")


def _bytes(body: Mapping[str, Any]) -> float:
    # No token is shorter than a byte, but the chat template adds some for each message, and before the reply.
    if "tools" in body:  # of which it makes as much as it likes
        return math.inf
    told = [json.dumps(message, ensure_ascii=False) for message in body["messages"]]
    return sum(len(text.encode()) + 16 for text in told) + 16


class _Server(Protocol):
    """Of `xllamacpp.Server`, which has no types of its own, what is used here."""

    listening_address: str


@attrs.frozen
class _Served:
    """A running server. It ends with the last reference to it, and at the latest with the process."""

    server: _Server
    url: str
    key: str = attrs.field(repr=False)
    free: set[int] = attrs.field(factory=set[int])
    """Places for a call that no session has for itself. What holds none may be answered at any."""


# Constructing the server holds the GIL until the model is loaded, 0.4 s for the default one: it is done once, when the
# first session opens. What it starts stays with the process: its own loop, a listener, and one thread for each request
# that it can hold.
@functools.cache
def _serve(path: str, template: str, context: int, threads: int, calls: int) -> _Served:
    xllamacpp = import_module("xllamacpp")  # by name, for it has no types

    key = secrets.token_urlsafe()
    params = xllamacpp.CommonParams()
    params.model.path = path
    if template:
        params.chat_template = template
    params.n_parallel, params.n_ctx = calls, context * calls
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = threads
    params.n_batch = params.n_ubatch = _BATCH
    params.n_cache_reuse = _REUSED
    params.cache_ram_mib = 0  # else up to 8 GiB of old prompts are kept
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], 0, [key]
    params.cors_origins = "http://127.0.0.1"  # no web page is to ask it
    params.n_threads_http = calls + 1  # one reply takes one; one more for counting
    params.ui, params.endpoint_slots, params.fit_params = False, False, False
    params.verbosity = _QUIET
    server = cast(_Server, xllamacpp.Server(params))
    return _Served(server, server.listening_address, key, set(range(calls)))
