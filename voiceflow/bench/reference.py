"""The reference call: a caller and providers whose times are fixed, so that what is left over is the runtime's.

The caller speaks for a second, hears the answer out, speaks again and cuts the next answer off, and so on. The VAD
needs one silent block; the recogniser and the end of the turn take no time; model, voice and text are as below.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

import attrs
import numpy as np
import trio

from voiceflow.audio_sink import Activity
from voiceflow.frames import Audio, Frame, Phrase, Prompt, Samples, Speech, Spoken, Text, Transcript
from voiceflow.graph import Graph
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, TurnSettings
from voiceflow.node import Node, Sink, Stage, StageNode
from voiceflow.ports import In, Out, Outlet, Watch
from voiceflow.services import Ports, Services
from voiceflow.speaker import Speaker
from voiceflow.text_stages import Chunker, TextFilter
from voiceflow.turn_taking import TurnTaking

BLOCK: Final = 0.02  # seconds of sound the caller's line gives at a time, and the speaker plays
GAP, SPEECH, PATIENCE = 0.5, 1.0, 1.5  # seconds of silence, of speech, and of an answer before it is cut off
FIRST_TOKEN, TOKEN, TOKEN_LENGTH = 0.05, 0.005, 4  # seconds, seconds, characters
VOICE, CHUNK, SPEED = 0.03, 0.06, 20  # seconds to the first sound, of sound in a chunk, times as fast as real time
CHARACTER = 0.0375  # seconds of sound
REPLY: Final = (
    "A train leaves for the coast at ten to nine each morning. "
    "You change at the old harbour and wait twelve minutes. "
    "The ferry takes you over to the island by noon."
)
_TOKENS: Final = [REPLY[at : at + TOKEN_LENGTH] for at in range(0, len(REPLY), TOKEN_LENGTH)]
FLOOR: Final = BLOCK + FIRST_TOKEN + REPLY.index(".") // TOKEN_LENGTH * TOKEN + VOICE
"""Seconds from the end of speech to the answer that anyone must wait; what comes on top is the runtime's."""

_IN, _OUT = 16000, 24000
_SILENCE: Samples = np.zeros(round(_IN * BLOCK), np.int16)
_LOUD: Samples = np.full(round(_IN * BLOCK), 4000, np.int16)
_SOUND: Samples = np.full(round(_OUT * CHUNK), 4000, np.int16)
_SECOND = 1_000_000_000


@attrs.define(eq=False)
class Line(Node):
    """The caller. `turns` answers are heard out or cut off, in turns; then the line ends."""

    turns: int
    audio = Out(Audio)
    agent = Watch(Activity)
    _blocks: int = attrs.field(default=0, init=False)

    async def run(self, ports: Ports) -> None:
        answered = 0
        self._blocks = 0
        for number in range(self.turns):
            await self._give(ports, _SILENCE, GAP)
            await self._give(ports, _LOUD, SPEECH)
            answered = await self._hear(ports, "audible", answered)
            if number % 2:
                await self._give(ports, _SILENCE, PATIENCE)
                await self._give(ports, _LOUD, SPEECH)
                answered = await self._hear(ports, "audible", answered)
            await self._hear(ports, "ended", answered - 1)

    async def _give(self, ports: Ports, block: Samples, seconds: float) -> None:
        for _ in range(round(seconds / BLOCK)):
            self._blocks += 1
            await ports.sleep_until(round(self._blocks * BLOCK * _SECOND))
            await ports[self.audio].send(Audio(block, _IN, (self._blocks - 1) * len(block)))

    async def _hear(self, ports: Ports, what: str, after: int) -> int:
        """Be silent until that becomes of a turn behind this one, and say of which."""
        while True:
            await self._give(ports, _SILENCE, BLOCK)
            agent = ports[self.agent].value
            if agent is not None and agent.what == what and agent.turn > after:
                return agent.turn


class _Gate(Stage[Audio]):
    def __init__(self) -> None:
        self._active = False

    def push(self, frame: Audio) -> Iterable[Frame]:
        loud = bool(frame.samples[0])
        if loud == self._active:
            return (frame,)
        self._active = loud
        speech = Speech(loud, frame.pts, frame.end, frame.rate, voiced=loud)
        return speech, attrs.evolve(frame, speech=speech)


@attrs.define(eq=False)
class StubVad(StageNode):
    """Speech is what is loud."""

    sound = In(Audio)
    audio = Out(Audio)
    speech = Out(Speech)

    def stage(self) -> Stage[Audio]:
        return _Gate()


class _Words(Stage[Audio]):
    def push(self, frame: Audio) -> Iterable[Frame]:
        if frame.speech is None or frame.speech.active:
            return ()
        return (Transcript("when does the next train leave for the coast", "final", _IN, end=frame.speech.pts),)


@attrs.define(eq=False)
class StubStt(StageNode):
    """Knows what was said as soon as it is over."""

    audio = In(Audio)
    transcripts = Out(Transcript)

    def stage(self) -> Stage[Audio]:
        return _Words()


@attrs.define(eq=False)
class StubLlm(Node):
    """Writes the reply, each token at its time."""

    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            due = ports.now() + round(FIRST_TOKEN * _SECOND)
            for token in _TOKENS:
                await ports.sleep_until(due)
                await ports[self.text].send(Text(token))
                due += round(TOKEN * _SECOND)


@attrs.define(eq=False)
class StubTts(Node):
    """Speaks a phrase, many times as fast as it sounds."""

    phrases = In(Phrase, items=1)
    spoken = Out(Spoken)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            due, chunks = ports.now() + round(VOICE * _SECOND), max(1, round(len(phrase.text) * CHARACTER / CHUNK))
            for left in reversed(range(chunks)):
                await ports.sleep_until(due)
                await ports[self.spoken].send(Spoken(_SOUND, _OUT, phrase, last=not left))
                due += round(CHUNK / SPEED * _SECOND)


@attrs.define(eq=False)
class Meter:
    """An output that plays nothing, and tells how late each block of an answer comes after the first one's schedule."""

    late: Callable[[float], object]
    rate: int = _OUT
    lead: float = 0.0
    _due: float = attrs.field(default=0.0, init=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        yield

    async def write(self, samples: Samples) -> None:
        now = trio.current_time()
        if now - self._due > 10 * BLOCK:
            self._due = now
        self.late(now - self._due)
        self._due += BLOCK

    def drop(self, fade: float) -> None:
        self._due = 0.0


def agent(audio: Outlet[Audio], speaker: Sink) -> Graph:
    """What answers the caller: stubs, and between them what everybody runs."""
    taking = TurnTaking(
        TurnSettings(
            endpointing=Endpointing(mode="fixed", min_wait=0.0, max_wait=0.0),
            interruption=Interruption(mode="vad", min_duration=0.0, on_hint="nothing", fade=0.0),
            speculation=Speculation(mode="off"),
        )
    )
    vad = StubVad()
    call = Graph().connect(audio, vad).connect(vad, StubStt(), taking).connect(vad, taking)
    return call.connect(taking, StubLlm(), TextFilter(), Chunker(), StubTts(), speaker)


def graph(turns: int, late: Callable[[float], object] = lambda seconds: None) -> Graph:
    """One call."""
    line, speaker = Line(turns), Speaker(output=Meter(late))
    return agent(line.audio, speaker).connect(speaker.activity, line.agent)
