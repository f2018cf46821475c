"""A user, a model and a voice whose times are stated: what the turn-taking is measured with in virtual time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import numpy as np

from voiceflow.frames import Frame, Phrase, Prompt, Speech, Spoken, Text, Transcript
from voiceflow.graph import Graph
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, SpeculationMode, TurnSettings
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import Ports
from voiceflow.speaker import Speaker
from voiceflow.text_stages import Chunker
from voiceflow.turn_taking import TurnTaking

RATE = 16000
_SECOND = 1_000_000_000
_SILENCE = 0.5  # seconds after which the VAD calls an utterance ended


@attrs.frozen
class Clip:
    """The user speaks from `start` to `end`, in seconds, and the recogniser's final comes `final` seconds later."""

    start: float
    end: float
    text: str
    final: float = 0.2


@attrs.define(eq=False)
class User(Node):
    """Speaks its clips, with a VAD and a recogniser that make no mistake, and is gone at `until` seconds."""

    clips: Sequence[Clip]
    until: float = 30.0

    speech = Out(Speech)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        for at, frame in sorted(self._events(), key=lambda event: event[0]):
            await ports.sleep_until(round(at * _SECOND))
            if isinstance(frame, Speech):
                await ports[self.speech].send(frame)
            elif isinstance(frame, Transcript):
                await ports[self.transcripts].send(frame)
        await ports.sleep_until(round(self.until * _SECOND))

    def _events(self) -> Iterator[tuple[float, Frame]]:
        after = [clip.start for clip in self.clips[1:]] + [self.until]
        for clip, next_start in zip(self.clips, after, strict=True):
            start, end, silent = (round(at * RATE) for at in (clip.start, clip.end, clip.end + _SILENCE))
            yield clip.start, Speech(True, start, start, RATE)
            yield clip.end, Speech(True, end, end, RATE, voiced=False)
            yield clip.end + clip.final, Transcript(clip.text, "final", RATE, start, end)
            if next_start - clip.end >= _SILENCE:
                yield clip.end + _SILENCE, Speech(False, end, silent, RATE)


@attrs.define(eq=False)
class Model(Node):
    """Writes one sentence: its first token `first` s after the prompt, its full stop at `last` s."""

    first: float = 0.1
    last: float = 0.3
    words: int = 8

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            began = ports.now()
            for n in range(self.words):
                share = n / max(1, self.words - 1)
                await ports.sleep_until(began + round((self.first + (self.last - self.first) * share) * _SECOND))
                await ports[self.text].send(Text("word." if n == self.words - 1 else "word "))


@attrs.define(eq=False)
class Writer(Node):
    """Writes without end, `rate` tokens a second, a full stop behind every tenth."""

    rate: float = 50.0

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            began, n = ports.now(), 0
            while True:
                n += 1
                await ports.sleep_until(began + round(n / self.rate * _SECOND))
                await ports[self.text].send(Text("word. " if n % 10 == 0 else "word "))


@attrs.define(eq=False)
class Voice(Node):
    """Says a word in `word` s, at `speed` times real time, in chunks of 0.04 s; the first comes after `first` s."""

    word: float = 0.25
    first: float = 0.2
    speed: float = 20.0

    phrases = In(Phrase, items=1)
    spoken = Out(Spoken)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        chunk = np.full(RATE // 25, 1000, np.int16)
        async for phrase in ports[self.phrases]:
            began = ports.now() + round(self.first * _SECOND)
            count = round(len(phrase.text.split()) * self.word * 25)
            for n in range(count):
                await ports.sleep_until(began + round(n * 0.04 / self.speed * _SECOND))
                await ports[self.spoken].send(Spoken(chunk, RATE, phrase, last=n == count - 1))


@attrs.frozen
class Scenario:
    """What the user says, and how long the others take to answer."""

    name: str
    clips: tuple[Clip, ...]
    voice: float = 0.2
    """Seconds until the voice's first sound."""

    def build(self, mode: SpeculationMode) -> Graph:
        """The reference scenario's graph, with these guesses."""
        settings = TurnSettings(
            endpointing=Endpointing(mode="fixed"),
            interruption=Interruption(always={}, fade=0.0),
            speculation=Speculation(mode=mode),
        )
        user, turns = User(self.clips), TurnTaking(settings)
        graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
        chunker = Chunker(PhraseSettings(idle_after=_SECOND))
        return graph.connect(turns, Model(), chunker, Voice(first=self.voice), Speaker())


SCENARIOS = (
    Scenario("1: a plain turn", (Clip(0.5, 2.5, "what is the weather"),)),
    Scenario("8: words at 0.1 s, a voice at 0.3 s", (Clip(0.5, 2.0, "tell me a story", 0.1),), 0.3),
    Scenario(
        "9: speech that goes on after the commit",
        (Clip(0.5, 2.0, "tell me a story"), Clip(2.6, 3.2, "about a firefighter.")),
    ),
)
"""Of the reference scenarios those in which a user waits for an answer."""
