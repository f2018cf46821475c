"""Gives the model what fits the question, for this turn alone."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import attrs
import trio
from attrs import validators as must

from voiceflow.errors import ProviderError, VoiceflowError, describe
from voiceflow.frames import Prompt
from voiceflow.items import Item, Message
from voiceflow.knowledge.passages import Passage
from voiceflow.knowledge.store import Store
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.served_model import http_url
from voiceflow.services import Ports, Services

if TYPE_CHECKING:
    import httpx

_LONGEST: Final = 1_000_000
"""Bytes of a server's answer: 50 passages of a page each have a quarter of that."""


@attrs.define(eq=False, kw_only=True)
class Knowledge(Node):
    """Stands between the turn-taking and a model, and looks up what the user asked.

    What is found goes into the prompt in front of what the user said, as a system message, and nowhere else: the
    history does not have it, so the next turn is not told it again. After `deadline` seconds, or when the lookup
    fails, the model answers without it, and the trace says so.

    A subclass says where to look (`retrieve`), and may say when (`allow`), for what (`pre_process`), and how the
    model is told (`format`).
    """

    lifetime = "turn"
    prompt = In(Prompt)
    informed = Out(Prompt)

    limit: int = attrs.field(default=3, validator=[must.ge(1), must.le(50)])
    deadline: float = attrs.field(default=0.3, validator=[must.gt(0), must.le(30)])

    def allow(self, question: str) -> bool:
        """Whether to look anything up for what the user said; usually for all that has a word in it."""
        return any(c.isalnum() for c in question)

    def pre_process(self, question: str) -> str:
        """What to look for; usually what the user said."""
        return question

    async def retrieve(self, query: str, services: Services) -> Sequence[Passage]:
        """The passages that fit, the best first, at most `limit`.

        Raises:
            VoiceflowError: it cannot be looked up now.
        """
        raise NotImplementedError(f"{type(self).__name__} says by retrieve() where to look")

    def format(self, passages: Sequence[Passage]) -> str:
        """What the model is told of them."""
        told = "\n\n".join(
            f"{passage.title}\n{passage.text}" if passage.title else passage.text for passage in passages
        )
        return f"These notes may help with what the user says next. What they do not say, do not make up.\n\n{told}"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            await ports[self.informed].send(await self._informed(prompt, ports))

    async def _informed(self, prompt: Prompt, ports: Ports) -> Prompt:
        place = _last_words(prompt.items)
        question = " ".join(item.text for item in prompt.items[place:] if isinstance(item, Message))
        passages = await self._found(question, ports) if self.allow(question) else ()
        if not passages:
            return prompt
        told = Message("system", self.format(passages))
        return attrs.evolve(prompt, items=(*prompt.items[:place], told, *prompt.items[place:]))

    async def _found(self, question: str, ports: Ports) -> Sequence[Passage]:
        begun = ports.now()
        found: Sequence[Passage] = ()
        problem = f"nothing within {self.deadline} s"
        with trio.move_on_after(self.deadline):
            try:
                found = await self.retrieve(self.pre_process(question), ports)
                problem = ""
            except VoiceflowError as error:
                problem = describe(error)
        seconds = (ports.now() - begun) / 1e9
        ports.mark("knowledge.looked_up", passages=len(found), seconds=seconds, problem=problem)
        return found


def _last_words(items: Sequence[Item]) -> int:
    """Where that begins which the user said last and nobody has answered; the end, if that is not the last."""
    place = len(items)
    while place and isinstance(item := items[place - 1], Message) and item.role == "user":
        place -= 1
    return place


@attrs.define(eq=False, kw_only=True)
class StoreKnowledge(Knowledge):
    """Looks up in a store that `voiceflow knowledge add` has made, which may be added to meanwhile.

    `least` is how well a passage must fit beside the best one: 0.5 leaves out what scores less than half as high.

    Raises:
        StoreError: from `open`: there is no store at `path`.
        MissingModel: from `open`: the store has vectors, and their model is not here.
    """

    path: str = attrs.field(validator=must.min_len(1))
    least: float = attrs.field(default=0.5, validator=[must.ge(0), must.le(1)])
    _store: Store | None = attrs.field(default=None, init=False, repr=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        with await services.compute(Store.open, self.path, model="stores", width=4) as self._store:
            # The first search reads what is searched, and loads the model of vectors: that is no caller's to wait for.
            await services.compute(self._store.search, self.name, model="stores", width=4)
            yield
        self._store = None

    async def retrieve(self, query: str, services: Services) -> Sequence[Passage]:
        assert self._store is not None
        # One at a time, so that a lookup that is given up is not joined by others.
        hits = await services.compute(self._store.search, query, self.limit, model=f"store {id(self._store)}")
        return [hit.passage for hit in hits if hit.score >= self.least * hits[0].score]


@attrs.define(eq=False, kw_only=True)
class HttpKnowledge(Knowledge):
    """Asks a server: POST `{"query": ..., "limit": ...}` to `url`, answered by `{"passages": [{"text": ...}, ...]}`.

    A passage may also have a `title` and a `source`. The key is read from the environment variable `key_env` when
    the session opens, and sent as a bearer token; None sends none. For another protocol say `request` and `passages`.

    Raises:
        ProviderError: from `open`: the variable is not set.
    """

    url: str = attrs.field(validator=http_url)
    key_env: str | None = None
    _client: httpx.AsyncClient | None = attrs.field(default=None, init=False, repr=False)

    def request(self, query: str) -> Mapping[str, Any]:
        """The body of the request."""
        return {"query": query, "limit": self.limit}

    def passages(self, answer: Any) -> list[Passage]:
        """The passages of an answer, which was JSON. A KeyError, TypeError or AttributeError says that it has another
        form."""
        return [Passage(each["text"], each.get("title") or "", each.get("source") or "") for each in answer["passages"]]

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        import httpx

        async with httpx.AsyncClient(headers=self._headers(), timeout=self.deadline) as self._client:
            yield
        self._client = None

    async def retrieve(self, query: str, services: Services) -> Sequence[Passage]:
        import httpx

        assert self._client is not None
        try:
            async with self._client.stream("POST", self.url, json=dict(self.request(query))) as response:
                if response.status_code != 200:
                    raise self._failed(f"the status {response.status_code}", retryable=response.status_code >= 500)
                return self.passages(json.loads(await self._body(response)))[: self.limit]
        except httpx.RequestError as error:
            raise self._failed(type(error).__name__, retryable=True) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise self._failed("an answer of another form", retryable=False) from error

    async def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in response.aiter_bytes():  # to its end, or the deadline: a server that floods fills no memory
            body += piece[: _LONGEST + 1 - len(body)]
        if len(body) > _LONGEST:
            raise self._failed(f"more than {_LONGEST:,} bytes", retryable=False)
        return bytes(body)

    def _headers(self) -> dict[str, str]:
        if self.key_env is None:
            return {}
        key = os.environ.get(self.key_env, "")
        if not key:
            raise ProviderError(f"{self.name}: the environment variable {self.key_env} is not set", retryable=False)
        return {"Authorization": f"Bearer {key}"}

    def _failed(self, got: str, *, retryable: bool) -> ProviderError:
        host = urlsplit(self.url).hostname
        return ProviderError(f"{self.name}: expected passages from {host}, got {got}", retryable=retryable)
