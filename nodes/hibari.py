"""Hibari speaks: American English, a natural voice of 8 MB for one core, distilled from Kokoro. `voiceflow[embedded]`.

Synthesis runs in threads: some 2 ms to plan a word, then 0.5 ms for each chunk of 100 ms. What runs ahead of what
leaves the node is the plan of one piece of text (`PIECE` characters) and half a second of its sound, and that much is
wasted by an interruption.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.util import find_spec

import attrs
import numpy as np
import trio

from voiceflow import In, Node, Out, Phrase, Ports, Samples, Sender, Services, Spoken, WordStart
from voiceflow.models import MissingModel, locate
from voiceflow.nodes._hibari import RATE, Speech, chunk, load, speak
from voiceflow.nodes._hibari_text import pieces, readable

AHEAD = 4  # chunks that wait for the wire: a thread may have to wait for a core when others want it


@attrs.define(eq=False, kw_only=True)
class Hibari(Node):
    """Text to speech by Hibari: `Phrase` in, `Spoken` at 24 kHz out, in chunks of 100 ms with word beginnings.

    `speed` is 0.5 to 2, 1 being the voice's own; `seed` is that of the noise in its consonants: the same text gives the
    same samples. `model` is a path to another American voice of Hibari's, None the one that comes with it.
    English alone: letters that are not Latin are silent. Markup is no command.

    Raises:
        ValueError: a setting is out of its range.
        ProviderError: Hibari is missing, not retryable; `open` says so before the session starts.

    Source: github.com/MMWilliams/hibari (Apache-2.0).
    """

    lifetime = "turn"
    phrases = In(Phrase)
    spoken = Out(Spoken)

    speed: float = attrs.field(default=1.0, validator=[attrs.validators.ge(0.5), attrs.validators.le(2.0)])
    seed: int = attrs.field(default=0, validator=[attrs.validators.instance_of(int), attrs.validators.ge(0)])
    model: str | None = None

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        """Load the voice, which all calls share."""
        await services.compute(load, self.model, model="hibari voices")
        yield

    async def run(self, ports: Ports) -> None:
        out = ports[self.spoken]
        async for phrase in ports[self.phrases]:
            text, places = readable(phrase.text)
            begun = 0
            for start, stop in pieces(text):
                begun += await self._say(_Piece(phrase, text[start:stop], places[start:stop], begun), ports, out)
            await out.send(Spoken(np.zeros(0, np.int16), RATE, phrase, last=True))

    async def _say(self, piece: _Piece, ports: Ports, out: Sender[Spoken]) -> int:
        """How many samples it had."""
        width = os.cpu_count() or 1
        speech = await ports.compute(speak, self.model, piece.text, self.speed, self.seed, model="hibari", width=width)
        words, total = piece.words(speech.words), 0
        give, take = trio.open_memory_channel[Samples](AHEAD)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._make, speech, give, ports)
            async for samples in take:
                await out.send(Spoken(samples, RATE, piece.phrase, words=words))
                words, total = (), total + len(samples)
        return total

    async def _make(self, speech: Speech, give: trio.MemorySendChannel[Samples], ports: Ports) -> None:
        width = os.cpu_count() or 1
        async with give:
            while (samples := await ports.compute(chunk, speech, model="hibari", width=width)) is not None:
                await give.send(samples)


def available() -> bool:
    """Whether Hibari and its voice are on this machine. Nothing is loaded."""
    try:
        return bool(find_spec("hibari") and locate("hibari-heart"))
    except MissingModel:
        return False


@attrs.frozen
class _Piece:
    """What is planned in one go: `text`, whose characters come from `places` of its phrase, behind `begun` samples."""

    phrase: Phrase
    text: str
    places: list[int]
    begun: int

    def words(self, found: list[tuple[int, int, int]]) -> tuple[WordStart, ...]:
        places, begun = self.places, self.begun
        return tuple(WordStart(places[start], places[end - 1] + 1, begun + sample) for start, end, sample in found)
