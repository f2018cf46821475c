"""An agent that says again what it heard, and is interrupted by its caller.

    voiceflow serve benchmarks/parrot.py:build

The counterpart of peers/pipecat_phone.py: Silero hears when somebody speaks, half a second of silence ends it, and a
key is answered by its tone.
"""

from __future__ import annotations

import attrs
import numpy as np

from voiceflow import (
    Audio,
    Chunker,
    Endpointing,
    Graph,
    In,
    Interruption,
    Node,
    Out,
    Outlet,
    Phrase,
    Ports,
    Prompt,
    Samples,
    Session,
    Sink,
    Spoken,
    Text,
    TurnSettings,
    TurnTaking,
)
from voiceflow.bench.reference import StubStt
from voiceflow.keypad import Keypad
from voiceflow.machines.dtmf import tones
from voiceflow.nodes.silero import Silero

RATE = 16000
LEAD_IN = RATE // 2
"""Samples of what was heard before speech was noticed that belong to it."""
MOST = 20 * RATE
"""Samples that are kept of silence: an answer takes what is there when it begins."""
SILENCE = 0.5
"""Seconds behind which the caller has spoken."""


@attrs.define
class Heard:
    """What the caller has said since the last answer."""

    samples: Samples = attrs.field(factory=lambda: np.zeros(0, np.int16))
    speech: bool = False

    def hear(self, audio: Audio) -> None:
        begins = audio.speech is not None and audio.speech.active
        if audio.speech is not None:
            self.speech = audio.speech.active
        self.samples = np.concatenate([self.samples, audio.samples])
        if begins or (not self.speech and len(self.samples) > MOST):
            self.samples = self.samples[-LEAD_IN:]


@attrs.define(eq=False)
class Model(Node):
    """Has one word for everything."""

    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            await ports[self.text].send(Text("Again."))


@attrs.define(eq=False)
class Voice(Node):
    """Says in its place what was heard, in pieces, faster than it sounds."""

    heard: Heard

    phrases = In(Phrase, items=1)
    spoken = Out(Spoken)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            samples, size = self.heard.samples, RATE // 10
            for at in range(0, len(samples), size):
                await ports[self.spoken].send(
                    Spoken(samples[at : at + size], RATE, phrase, last=at + size >= len(samples))
                )


def build(audio: Outlet[Audio], speaker: Sink) -> Session:
    settings = TurnSettings(
        endpointing=Endpointing(mode="fixed", min_wait=SILENCE, max_wait=SILENCE), interruption=Interruption(mode="vad")
    )
    heard, vad, turns = Heard(), Silero(min_silence=SILENCE), TurnTaking(settings)
    graph = Graph().connect(audio, vad.input).connect(vad, StubStt(), turns).connect(vad, turns)
    graph.connect(turns, Model(), Chunker(), Voice(heard), speaker)
    graph.tap(vad.audio, heard.hear)
    session = Session(graph)
    graph.add(Keypad(on_key=lambda key: session.say("", audio=tones(key, 8000), rate=8000)))
    return session
