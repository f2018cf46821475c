"""eSpeak NG speaks: small, quick, about a hundred languages, a robot's voice. GPL-3.0-or-later: `voiceflow[espeak]`.

It runs in a worker process (`_espeak`), as its licence asks to be kept apart, and holds one state a process. A worker
lives as long as the session and speaks turn after turn; phrases are numbered. A turn that is cancelled just leaves:
the worker stands still within `AHEAD` chunks, and the next phrase, which has a new number, makes it drop the old
one. What it had sent of that is on the way already and is recognised by its number. That way the next phrase's first
chunk comes 0.3 ms after it was asked for, where a killed worker would cost some 65 ms for the start of another.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import numpy as np
import trio

from voiceflow import In, Node, Out, Phrase, Ports, Process, ProviderError, Sender, Services, Spoken, WordStart

WORKER = "voiceflow.nodes._espeak:speak"


def _within(least: int, most: int) -> Any:
    def check(node: object, field: attrs.Attribute[int], value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"Espeak({field.name}={value!r}): expected a whole number from {least} to {most}")

    return check


def _named(node: object, field: attrs.Attribute[str], value: object) -> None:
    # A voice is looked up as a file: no way out of its folder.
    if not isinstance(value, str) or not all(c.isalnum() or c in "-_" for c in value):
        raise ValueError(f"Espeak({field.name}={value!r}): expected letters, digits, '-' and '_'")


@attrs.define
class _Worker:
    """A worker process that was greeted, and the number of the phrase that it was given last."""

    process: Process
    rate: int
    number: int = 0


@attrs.define(eq=False, kw_only=True)
class Espeak(Node):
    """Text to speech by eSpeak NG: `Phrase` in, `Spoken` at 22,050 Hz out, in chunks of 60 ms with word beginnings.

    `language` is a tag such as "en-us", "de", "cmn"; a phrase's own language goes before it, if eSpeak NG has it.
    `voice` is a variant such as "f3" or "m5"; "" is the plain one. `rate` in words a minute, `pitch` 0 to 100,
    `volume` in percent, 100 being the usual. Any text is read as it stands; markup is no command.

    Raises:
        ValueError: a setting is out of its range.
        ProviderError: from `open`: eSpeak NG or the voice is missing, not retryable. From `run`: the worker ended,
            retryable; another one is started meanwhile.
    """

    lifetime = "turn"
    phrases = In(Phrase)
    spoken = Out(Spoken)

    language: str = attrs.field(default="en-us", validator=[attrs.validators.min_len(1), _named])
    voice: str = attrs.field(default="", validator=_named)
    rate: int = attrs.field(default=150, validator=_within(80, 450))
    pitch: int = attrs.field(default=50, validator=_within(0, 100))
    volume: int = attrs.field(default=100, validator=_within(0, 200))
    _idle: _Worker | None = attrs.field(default=None, init=False, repr=False)
    _broken: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        """Start the worker, so that the first turn need not wait for it."""
        async with self._started(services) as worker, trio.open_nursery() as nursery:
            self._idle = worker
            nursery.start_soon(self._keep, services)
            try:
                yield
            finally:
                self._idle = None
                nursery.cancel_scope.cancel(reason="the session closes")

    async def run(self, ports: Ports) -> None:
        phrases, out = ports[self.phrases], ports[self.spoken]
        async with self._borrowed(ports) as worker:
            async for phrase in phrases:
                await self._say(worker, phrase, out)

    async def _say(self, worker: _Worker, phrase: Phrase, out: Sender[Spoken]) -> None:
        worker.number += 1
        voice = self._voice_of(phrase.language) if phrase.language else None
        await worker.process.send(("say", worker.number, phrase.text, voice))
        last = False
        while not last:
            kind, number, samples, words, last = await worker.process.receive()
            if kind != "chunk" or number != worker.number:
                last = False  # of a phrase that was given up
                continue
            starts = tuple(WordStart(*word) for word in words)
            await out.send(Spoken(np.frombuffer(samples, np.int16), worker.rate, phrase, last, starts))
            if not last:
                await worker.process.send(("more", number))

    def _voice_of(self, language: str) -> str:
        name = "".join(c for c in language.lower() if c.isalnum() or c == "-")
        return f"{name}+{self.voice}" if self.voice else name

    @asynccontextmanager
    async def _started(self, services: Services) -> AsyncGenerator[_Worker, None]:
        settings = {
            "voice": self._voice_of(self.language),
            "rate": self.rate,
            "pitch": self.pitch,
            "volume": self.volume,
        }
        async with services.process(WORKER, settings) as process:
            kind, what = await process.receive()
            if kind == "failed":
                raise ProviderError(what, retryable=False)
            yield _Worker(process, what)

    @asynccontextmanager
    async def _borrowed(self, services: Services) -> AsyncGenerator[_Worker, None]:
        """The worker that waits for work; where another turn has it (speculation), one for this turn alone."""
        worker, self._idle = self._idle, None
        if worker is None:
            async with self._started(services) as own:
                yield own
            return
        broken = False
        try:
            yield worker
        except ProviderError:
            broken = True
            self._broken.set()
            raise
        finally:
            if not broken:
                self._idle = worker

    async def _keep(self, services: Services) -> None:
        """Have one worker at hand, as long as one can be started; if none can, turns that start their own say why."""
        try:
            while True:
                await self._broken.wait()
                self._broken = trio.Event()
                async with self._started(services) as self._idle:
                    await self._broken.wait()
        except ProviderError:
            self._idle = None
