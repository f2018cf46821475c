"""Flite speaks: English, small, free for any use, and clear enough to be recognised. Debian package `flite`.

Synthesis runs in a thread, phrase by phrase, at some 30 times real time, and hands its samples on while it goes: the
first come when the phrase is planned, after about a third of the whole. It does not wait for the ear, as that
would hold a thread that other calls need: it runs to the end of its phrase, or of `PIECE` characters of a long
one, and that much may be wasted by an interruption, which stops it at its next chunk. What leaves waits as ever.
"""

from __future__ import annotations

import os
import unicodedata
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise

import attrs
import numpy as np
import trio
from numpy.typing import NDArray

from voiceflow import In, Node, Out, Phrase, Ports, ProviderError, Samples, Sender, Services, Spoken, WordStart
from voiceflow.nodes._flite import WordTimes, load, speak

PIECE = 300  # characters, about 20 s: what is synthesised at once

VOICES = ("slt", "rms", "awb", "kal16")
RATE = 16_000  # of all of them

# What Flite, which knows ASCII, is to read instead. What has no such form is left out.
_PLAIN = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2026": "...",
        "\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE", "\u00f8": "o", "\u00d8": "O", "\u0153": "oe", "\u0142": "l",
        "\u20ac": " euros ", "\u00a3": " pounds ", "\u00a5": " yen ", "\u00b0": " degrees ", "\u00a0": " ",
    }
)  # fmt: skip


@attrs.define(eq=False)
class _Synthesis:
    """One piece of text on its way out of a thread."""

    token: trio.lowlevel.TrioToken
    chunks: deque[tuple[NDArray[np.int16], WordTimes]] = attrs.Factory(deque[tuple[NDArray[np.int16], WordTimes]])
    ended: bool = False
    given_up: bool = False
    error: ProviderError | None = None
    _news: trio.Event = attrs.Factory(trio.Event)

    def hand_on(self, samples: NDArray[np.int16], rate: int, words: WordTimes) -> bool:
        """In the thread: one more chunk; False to stop."""
        self.chunks.append((samples, words))
        return not self.given_up and self._ring()

    def end(self, error: ProviderError | None = None) -> None:
        self.ended, self.error = True, error
        self._news.set()

    async def next(self) -> tuple[NDArray[np.int16], WordTimes] | None:
        """The next chunk, or None at the end."""
        while not self.chunks:
            if self.ended:
                return None
            self._news = trio.Event()
            if not self.chunks and not self.ended:
                await self._news.wait()
        return self.chunks.popleft()

    def _ring(self) -> bool:
        try:
            self.token.run_sync_soon(lambda: self._news.set())
        except trio.RunFinishedError:  # an abandoned thread outlives its loop
            return False
        return True


@attrs.define(eq=False, kw_only=True)
class Flite(Node):
    """Text to speech by Flite: `Phrase` in, `Spoken` at 16 kHz out, in chunks of 40 ms with word beginnings.

    `voice` is slt (a woman), rms, awb (men) or kal16 (a robot); `speed` is 0.5 to 2, 1 being the voice's own.
    English alone, as ASCII: accents are dropped, other scripts are silent. Markup is no command.

    Raises:
        ValueError: a setting is out of its range.
        ProviderError: libflite or the voice is missing, not retryable; `open` says so before the session starts.
    """

    lifetime = "turn"
    phrases = In(Phrase)
    spoken = Out(Spoken)

    voice: str = attrs.field(default="slt", validator=attrs.validators.in_(VOICES))
    speed: float = attrs.field(default=1.0, validator=[attrs.validators.ge(0.5), attrs.validators.le(2.0)])

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        """Load the voice, which all calls share."""
        await services.compute(load, self.voice, model="flite voices")
        yield

    async def run(self, ports: Ports) -> None:
        out = ports[self.spoken]
        async for phrase in ports[self.phrases]:
            text, places = readable(phrase.text)
            begun = 0
            for start, stop in pieces(text):
                speech = _Speech(phrase, text[start:stop], places[start:], begun)
                await self._say(speech, ports, out)
                begun = speech.samples
            await out.send(Spoken(np.zeros(0, np.int16), RATE, phrase, last=True))

    async def _say(self, speech: _Speech, ports: Ports, out: Sender[Spoken]) -> None:
        synthesis = _Synthesis(trio.lowlevel.current_trio_token())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._synthesise, speech.text, synthesis, ports)
            try:
                while (chunk := await synthesis.next()) is not None:
                    await out.send(speech.spoken(*chunk))
            finally:
                synthesis.given_up = True
        if synthesis.error:
            raise synthesis.error

    async def _synthesise(self, text: str, synthesis: _Synthesis, ports: Ports) -> None:
        # As many at once as there are cores: the library keeps nothing between utterances but the voices' data.
        width = os.cpu_count() or 1
        work = (self.voice, text.encode("ascii"), self.speed, synthesis.hand_on)
        try:
            await ports.compute(speak, *work, model="flite", width=width)
        except ProviderError as error:
            synthesis.end(error)
        else:
            synthesis.end()


@attrs.define(eq=False)
class _Speech:
    """What is said in one go: ASCII `text`, whose characters come from `places` of its phrase."""

    phrase: Phrase
    text: str
    places: list[int]
    samples: int

    def spoken(self, samples: Samples, words: WordTimes) -> Spoken:
        begun, self.samples = self.samples, self.samples + len(samples)
        return Spoken(samples, RATE, self.phrase, words=tuple(self._starts(words, begun)))

    def _starts(self, words: WordTimes, begun: int) -> list[WordStart]:
        found: list[WordStart] = []
        at = 0
        for name, second in words:
            start = self.text.find(name, at)
            if start >= 0:
                at = start + len(name)
                found.append(WordStart(self.places[start], self.places[at - 1] + 1, begun + round(second * RATE)))
        return found


def available(voice: str = "slt") -> bool:
    """Whether Flite and this voice of it are on this machine."""
    try:
        load(voice)
    except ProviderError:
        return False
    return True


def readable(text: str) -> tuple[str, list[int]]:
    """The text in ASCII, and for each of its characters the place of the one that it was made of."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = character.translate(_PLAIN)
        if not plain.isascii():
            plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
            plain = plain or ("" if unicodedata.combining(character) else " ")
        for made in plain:
            characters.append(made if made.isprintable() else " ")
            places.append(place)
    return "".join(characters), places


def pieces(text: str) -> list[tuple[int, int]]:
    """Where the text is cut to be synthesised: none longer than `PIECE`, at spaces, and none without a letter."""
    cuts, start = [0], 0
    while len(text) - start > PIECE:
        space = text.rfind(" ", start + 1, start + PIECE)
        start = space if space > 0 else start + PIECE
        cuts.append(start)
    cuts.append(len(text))
    return [(a, b) for a, b in pairwise(cuts) if any(c.isalnum() or c in "#$%&+=@" for c in text[a:b])]
