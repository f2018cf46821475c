"""Is the user's turn over? A server is asked, over httpx."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import attrs
import trio
from attrs import validators as are

from voiceflow import In, Node, Out, Ports, Prediction, ProviderError, Services, Speech, Transcript
from voiceflow.machines.breaker import Breaker
from voiceflow.machines.turn_so_far import Question, TurnSoFar
from voiceflow.served_model import http_url, key_of

if TYPE_CHECKING:
    import httpx

_SECOND = 1_000_000_000


def _new_client(headers: dict[str, str], within: float) -> httpx.AsyncClient:
    import httpx

    return httpx.AsyncClient(headers=headers, timeout=within)


def _probability(status: int, body: bytes) -> float:
    """What a server answered.

    Raises:
        ProviderError: that is no probability.
    """
    if status != 200:
        raise ProviderError(f"expected status 200, got {status}", retryable=status >= 500)
    try:
        answer: Any = json.loads(body)
    except ValueError:
        answer = None
    found = cast("dict[str, Any]", answer).get("probability") if isinstance(answer, dict) else None
    if not isinstance(found, (int, float)) or isinstance(found, bool) or not 0 <= found <= 1:
        raise ProviderError('expected {"probability": 0 to 1}, got something else', retryable=False)
    return float(found)


@attrs.define(eq=False)
class RemoteDetector(Node):
    """Has a server judge the words of the turn: it is sent `{"text", "language"}` and answers `{"probability"}`.

    It is asked when speech has ended and words are there, and at each final or preflight transcript; the prediction
    stands at the sample where the user fell silent. A newer question takes the place of one that is not answered.
    What is not answered `within` seconds, or with no probability, is no verdict, and the turn-taking goes on without;
    after `failures` of these in a row the server is left alone for `cooldown` seconds. The key, if there is one, is
    read from the environment variable `key_env` when the session opens.

    Marks: `detector.failed` (`error`), which holds no word of the user's.

    Raises:
        ProviderError: when it is opened: the variable holds no key.
        ValueError: a setting is out of its range.
    """

    speech = In(Speech, items=64, optional=True)
    transcripts = In(Transcript, items=64)
    predictions = Out(Prediction)

    url: str = attrs.field(validator=http_url)
    key_env: str | None = attrs.field(default=None, kw_only=True)
    language: str = attrs.field(default="en", kw_only=True, validator=are.instance_of(str))
    new_turn_after: float = attrs.field(default=2.0, kw_only=True, validator=[are.ge(0.0), are.le(600.0)])
    within: float = attrs.field(default=1.0, kw_only=True, validator=[are.gt(0.0), are.le(60.0)])
    failures: int = attrs.field(default=5, kw_only=True, validator=[are.instance_of(int), are.ge(1)])
    cooldown: float = attrs.field(default=30.0, kw_only=True, validator=[are.ge(0.0), are.le(3600.0)])

    _client: httpx.AsyncClient | None = attrs.field(default=None, init=False, repr=False)
    _breaker: Breaker = attrs.field(factory=Breaker, init=False, repr=False)

    @property
    def name(self) -> str:
        return "remote_detector"

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        key = key_of(self.name, self.key_env)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._breaker = Breaker()
        # Importing httpx and reading the certificates takes some 100 ms.
        async with await services.compute(_new_client, headers, self.within, model="httpx") as self._client:
            yield

    async def run(self, ports: Ports) -> None:
        turn, asking = TurnSoFar(self.language, self.new_turn_after), trio.CancelScope()
        async with trio.open_nursery() as nursery:
            async for _, frame in ports.merged(self.speech, self.transcripts):
                for question in turn.push(frame):
                    asking.cancel(reason="there is more to ask about")
                    asking = trio.CancelScope()
                    nursery.start_soon(self._judge, question, ports, asking)

    async def _judge(self, question: Question, ports: Ports, asking: trio.CancelScope) -> None:
        if self._breaker.state(ports.now()) == "open":
            return
        with asking:
            try:
                probability = await self._ask(question)
            except ProviderError as error:
                self._failed(ports, error)
                return
            self._breaker = Breaker()
            said = Prediction(probability, question.pts, question.rate, "remote")
            await ports[self.predictions].send(said)

    async def _ask(self, question: Question) -> float:
        import httpx

        assert self._client is not None, "a node is opened before it runs"
        with trio.move_on_after(self.within):
            try:
                answer = await self._client.post(self.url, json={"text": question.text, "language": question.language})
            except httpx.HTTPError as error:
                raise ProviderError(f"expected an answer, got {type(error).__name__}", retryable=True) from error
            return _probability(answer.status_code, answer.content)
        raise ProviderError(f"expected an answer within {self.within:g} s, got none", retryable=True)

    def _failed(self, ports: Ports, error: ProviderError) -> None:
        self._breaker.failures += 1
        if self._breaker.failures >= self.failures:
            self._breaker.rests_until = ports.now() + round(self.cooldown * _SECOND)
        ports.mark("detector.failed", error=f"{urlsplit(self.url).netloc}: {error}")
