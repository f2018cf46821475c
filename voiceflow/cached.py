"""A voice that says a phrase again without synthesising it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, cast

import attrs
import trio
from attrs import validators as are

from voiceflow._clock import SECOND, Clock
from voiceflow._executor import Executor, ThreadExecutor
from voiceflow._inbox import Inbox
from voiceflow._outbox import Outbox
from voiceflow._ports import NodePorts, NodeServices
from voiceflow._supervisor import one_error, supervise
from voiceflow._wire import Bell, Wire
from voiceflow.errors import GraphError, NodeFailed, ProviderError, describe
from voiceflow.frames import Phrase, Spoken
from voiceflow.machines.restart import RestartPolicy, Restarts
from voiceflow.machines.synthesis import Synthesis, after
from voiceflow.node import Node
from voiceflow.phrase_cache import Making, PhraseCache
from voiceflow.ports import In, Out
from voiceflow.services import EndOfStream, Ports, Services
from voiceflow.trace import Trace

_WIRE = 200_000_000
"""Nanoseconds of sound on the wire between a voice and its listeners; these hold another half second."""

Progress = Callable[[int, int], object]
Send = Callable[[Spoken], Awaitable[None]]


async def _nowhere(chunk: Spoken) -> None:
    """Nobody hears it yet."""


def _is_voice(cached: object, field: attrs.Attribute[Node], tts: Node) -> None:
    inlets = {name: port.kind for name, port in tts.inlets().items()}
    outlets = {name: port.kind for name, port in tts.outlets().items()}
    if tts.lifetime != "turn" or (inlets, outlets) != ({"phrases": Phrase}, {"spoken": Spoken}):
        raise GraphError(
            f"Cached takes a voice: a turn's node from phrases (Phrase) to spoken (Spoken); got {tts.name}, "
            f"a {tts.lifetime}'s node from {', '.join(inlets) or 'nothing'} to {', '.join(outlets) or 'nothing'}"
        )


def _settings(tts: Node) -> str:
    """What a voice is: its class and its settings, but for secrets."""
    kind: type = type(tts)
    if not attrs.has(kind):
        raise GraphError(f"{tts.name} is no attrs class: its settings cannot be told from those of another voice")
    values = attrs.asdict(cast(attrs.AttrsInstance, tts), filter=_is_setting)
    try:
        return json.dumps([type(tts).__module__, type(tts).__qualname__, values], sort_keys=True)
    except TypeError as error:
        raise GraphError(f"{tts.name} has a setting that is no plain value ({error}): it cannot be cached") from error


def _is_setting(field: attrs.Attribute[Any], value: object) -> bool:
    return field.init and bool(field.repr)


@attrs.define(eq=False)
class Cached(Node):
    """A voice in front of which stands a cache: what it said once, it says again at once, with its word beginnings.

    A phrase is known by its text and language and by the voice's class and settings. One that is just being synthesised
    for a turn is not synthesised for another: both hear the same, from the beginning. A turn that is cancelled
    leaves; when nobody is left the synthesis ends, and nothing of it is kept. Fallbacks stand outside:
    `Cached(a).or_else(Cached(b))`.

    Args:
        tts: the voice.
        seconds: of sound that are kept in memory, at most.
        folder: where phrases are kept as files, for later processes; None for nowhere. Empty it when the voice's
            own software or model changes.
        cache: a cache to share with other nodes, of other calls in the same event loop; `seconds` and `folder` are its
            own then.

    Marks: `cache.hit` (`where`: memory, disk, or joined) and `cache.miss`.

    Raises:
        GraphError: `tts` is no voice, or its settings are no plain values.
        ProviderError: from `run` and `preload`: as the voice's.
    """

    phrases = In(Phrase)
    spoken = Out(Spoken)

    lifetime = "turn"

    tts: Node = attrs.field(validator=_is_voice)
    seconds: float = attrs.field(default=600.0, kw_only=True, validator=are.gt(0))
    folder: str | None = attrs.field(default=None, kw_only=True)
    cache: PhraseCache = attrs.field(
        default=attrs.Factory(lambda self: PhraseCache(self.seconds, folder=self.folder), takes_self=True),
        kw_only=True,
        repr=False,
    )
    _voice: str = attrs.field(default="", init=False, repr=False)
    _services: NodeServices | None = attrs.field(default=None, init=False, repr=False)
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False, repr=False)
    """Where phrases are synthesised, for as long as the session is open."""

    def __attrs_post_init__(self) -> None:
        self._voice = _settings(self.tts)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        if self.tts.others:
            raise GraphError(f"a fallback stands around the cache: Cached({self.tts.name}).or_else(Cached(...))")
        assert isinstance(services, NodeServices)
        async with self.tts.open(services), trio.open_nursery() as nursery:
            self._services, self._nursery = services, nursery
            try:
                yield
            finally:
                self._services = self._nursery = None
                nursery.cancel_scope.cancel(reason="the session closes")

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            await self._say(phrase, ports, ports[self.spoken].send)

    async def preload(
        self, phrases: Iterable[str | Phrase], *, progress: Progress | None = None, executor: Executor | None = None
    ) -> None:
        """Synthesise what is not there yet, one phrase after the other, and call `progress(done, of)` after each.

        Before a session or during one. What is larger than the cache pushes out what was loaded first.
        """
        if self._services is None:
            services = NodeServices(self.name, Clock(), Trace(), executor or ThreadExecutor())
            with one_error():
                async with self.open(services):
                    return await self.preload(phrases, progress=progress)
        wanted = [Phrase(each) if isinstance(each, str) else each for each in phrases]
        for done, phrase in enumerate(wanted, 1):
            await self._say(phrase, self._services, _nowhere)
            if progress is not None:
                progress(done, len(wanted))
        return None

    def _key(self, phrase: Phrase) -> str:
        what = json.dumps([self._voice, phrase.text, phrase.language])
        return hashlib.sha256(what.encode()).hexdigest()

    async def _say(self, phrase: Phrase, services: Services, send: Send) -> None:
        """Send the chunks of a phrase, from wherever they are to be had."""
        key, given = self._key(phrase), 0
        while True:
            found = await self._found(key, services)
            if isinstance(found, Synthesis):
                for piece in found.said(phrase, given):
                    await send(piece)
                return
            making, passed = found or self._begin(key, phrase, services), 0
            with making.listening() as ear:
                while (chunk := await making.next(ear)) is not None:
                    for piece in after(attrs.evolve(chunk, phrase=phrase), max(0, given - passed)):
                        given += len(piece.samples)
                        await send(piece)
                    passed += len(chunk.samples)
            if making.state == "failed":
                raise making.refusal()
            if making.state == "done":
                return

    async def _found(self, key: str, services: Services) -> Synthesis | Making | None:
        """A phrase that is there, or on its way."""
        kept, cache = self.cache.find(key), self.cache
        if kept is None and key not in cache.making and cache.folder is not None:
            loaded = await services.compute(cache.load, key, model="phrase cache", width=4)
            if loaded is not None:
                cache.keep(key, loaded)
                cache.hits += 1
                services.mark("cache.hit", where="disk")
                return loaded
            kept = cache.find(key)
        if kept is not None:
            cache.hits += 1
            services.mark("cache.hit", where="memory")
            return kept
        making = cache.making.get(key)
        if making is not None and making.state == "going":
            cache.joined += 1
            services.mark("cache.hit", where="joined")
            return making
        return None

    def _begin(self, key: str, phrase: Phrase, services: Services) -> Making:
        assert self._nursery is not None, "a voice is opened before it speaks"
        self.cache.misses += 1
        services.mark("cache.miss")
        making = self.cache.making[key] = Making()
        turn = services.turn if isinstance(services, NodeServices) else None
        self._nursery.start_soon(self._make, making, key, phrase, turn)
        return making

    async def _make(self, making: Making, key: str, phrase: Phrase, turn: int | None) -> None:
        """Have the voice say one phrase, for all who listen."""
        assert self._services is not None
        services = self._services
        error: ProviderError | None = None
        try:
            with making.scope:
                error = await self._synthesise(making, phrase, services, turn)
        finally:
            synthesis = self._settle(key, making, error)
            if synthesis is not None and self.cache.folder is not None:
                # One small file: a call that ends with this phrase has it written all the same.
                with trio.CancelScope(shield=True):
                    await services.compute(self.cache.store, key, synthesis, model="phrase cache", width=4)

    def _settle(self, key: str, making: Making, error: ProviderError | None) -> Synthesis | None:
        """It is over; what is whole is kept, however it ended."""
        if self.cache.making.get(key) is making:
            del self.cache.making[key]
        if not (making.chunks and making.chunks[-1].last):
            making.end("failed" if error else "left", error)
            return None
        making.end("done")
        synthesis = Synthesis(tuple(attrs.evolve(chunk, phrase=Phrase("")) for chunk in making.chunks))
        self.cache.keep(key, synthesis)
        return synthesis

    async def _synthesise(
        self, making: Making, phrase: Phrase, services: NodeServices, turn: int | None
    ) -> ProviderError | None:
        """Run the voice on wires of its own. What went wrong, if anything did."""
        bell = Bell()
        ports = NodePorts(services.node, services.clock, services.trace, services.executor, turn, bell=bell)
        asked = Wire(f"{services.node} -> {self.tts.name}.phrases", SECOND, live=False, bell=bell)
        said = Wire(f"{self.tts.name}.spoken -> {services.node}", _WIRE, live=False)
        ports.inboxes["phrases"] = Inbox(asked, ports.settle)
        ports.outboxes["spoken"] = Outbox([said])
        ports.kinds["spoken"] = Spoken
        await asked.send(phrase)
        asked.close()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_collect, said, making)
            try:
                await supervise(self.tts, ports, Restarts(RestartPolicy(attempts=0)))
            except NodeFailed as error:
                return _refusal(error)
        return ProviderError(f"{self.tts.name} ended a phrase without a last chunk", retryable=False)


async def _collect(wire: Wire, making: Making) -> None:
    while True:
        try:
            frame = await wire.receive()
        except EndOfStream:
            return
        if isinstance(frame, Spoken):
            await making.add(frame)


def _refusal(error: NodeFailed) -> ProviderError:
    cause = error.__cause__
    retryable = cause.retryable if isinstance(cause, ProviderError) else True
    return ProviderError(describe(cause or error), retryable=retryable)
