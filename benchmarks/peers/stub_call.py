"""The nodes of the reference call: the line, the stubs for VAD, recogniser, model and voice, and the output.

What the stubs answer, and when, is the scenario's: the same for every framework.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, asynccontextmanager
from importlib import import_module
from typing import Any

import attrs
import numpy as np
import trio

import voiceflow as vf
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, TurnSettings

sc: Any = import_module("scenario")

AT_ONCE = TurnSettings(
    endpointing=Endpointing(mode="fixed", min_wait=0.0, max_wait=0.0),
    interruption=Interruption(mode="vad", min_duration=0.0, on_hint="nothing", fade=0.0),
    speculation=Speculation(mode="off"),
)


@attrs.define(eq=False)
class Line(vf.Node):
    """The caller's sound, pushed in from outside."""

    sender: vf.Sender[vf.Audio] | None = attrs.field(default=None, init=False)
    pts: int = attrs.field(default=0, init=False)

    audio = vf.Out(vf.Audio)

    async def run(self, ports: vf.Ports) -> None:
        self.sender = ports[self.audio]
        await trio.sleep_forever()

    async def push(self, pcm: bytes) -> None:
        while self.sender is None:
            await trio.lowlevel.checkpoint()
        samples = np.frombuffer(pcm, np.int16)
        frame = vf.Audio(samples, sc.IN_RATE, self.pts)
        self.pts += len(samples)
        await self.sender.send(frame)


class VadStage(vf.Stage[vf.Audio]):
    def __init__(self) -> None:
        self.gate = sc.FrameVAD()

    def push(self, frame: vf.Audio) -> Iterable[vf.Frame]:
        event = self.gate.push(frame.samples.data)
        if event is None:
            return (frame,)
        speech = vf.Speech(event == "start", frame.pts, frame.end, frame.rate, voiced=event == "start")
        return speech, attrs.evolve(frame, speech=speech)


@attrs.define(eq=False)
class StubVad(vf.StageNode):
    sound = vf.In(vf.Audio)
    audio = vf.Out(vf.Audio)
    speech = vf.Out(vf.Speech)

    def stage(self) -> vf.Stage[vf.Audio]:
        return VadStage()


class SttStage(vf.Stage[vf.Audio]):
    def push(self, frame: vf.Audio) -> Iterable[vf.Frame]:
        if frame.speech is None or frame.speech.active:
            return ()
        return (vf.Transcript(sc.TRANSCRIPT, "final", frame.rate, end=frame.speech.pts),)


@attrs.define(eq=False)
class StubStt(vf.StageNode):
    audio = vf.In(vf.Audio)
    transcripts = vf.Out(vf.Transcript)

    def stage(self) -> vf.Stage[vf.Audio]:
        return SttStage()


@attrs.define(eq=False)
class StubLlm(vf.Node):
    rec: Any
    prompt = vf.In(vf.Prompt)
    text = vf.Out(vf.Text)
    lifetime = "turn"

    async def run(self, ports: vf.Ports) -> None:
        out = ports[self.text]
        async for _ in ports[self.prompt]:
            async with aclosing(sc.llm_tokens(self.rec, trio.sleep)) as tokens:
                async for token in tokens:
                    await out.send(vf.Text(token))


@attrs.define(eq=False)
class StubTts(vf.Node):
    rec: Any
    phrases = vf.In(vf.Phrase, items=1)
    spoken = vf.Out(vf.Spoken)
    lifetime = "turn"

    async def run(self, ports: vf.Ports) -> None:
        out = ports[self.spoken]
        async for phrase in ports[self.phrases]:
            left = sc.tts_groups(phrase.text)
            async with aclosing(sc.tts_audio(self.rec, phrase.text, trio.sleep)) as chunks:
                async for pcm in chunks:
                    left -= 1
                    await out.send(vf.Spoken(np.frombuffer(pcm, np.int16), sc.OUT_RATE, phrase, last=not left))


@attrs.define(eq=False)
class Recording:
    """An output that plays nothing; it holds each block against a schedule that its reply's first one sets."""

    rec: Any
    rate: int = sc.OUT_RATE
    lead: float = 0.0
    due: float = attrs.field(default=0.0, init=False)

    @asynccontextmanager
    async def open(self, services: vf.Services) -> AsyncGenerator[None, None]:
        yield

    async def write(self, samples: vf.Samples) -> None:
        now = sc.clock()
        if now - self.due > 0.2:
            self.due = now
        self.rec.sink_frame(samples.tobytes(), now - self.due)
        self.due += sc.FRAME_S

    def drop(self, fade: float) -> None:
        self.due = 0.0


def call(rec: Any) -> tuple[Line, vf.Graph]:
    """One call: where its sound goes in, and its graph."""
    line, vad, turns = Line(), StubVad(), vf.TurnTaking(AT_ONCE)
    graph = vf.Graph().connect(line, vad, StubStt(), turns).connect(vad, turns)
    speaker = vf.Speaker(output=Recording(rec))
    return line, graph.connect(turns, StubLlm(rec), vf.TextFilter(), vf.Chunker(), StubTts(rec), speaker)


def text_stage(*nodes: vf.StageNode) -> Any:
    """The stages of these nodes, one behind the other, as the scenario feeds them."""

    def through(stages: list[vf.Stage[Any]], frame: vf.Frame) -> list[vf.Frame]:
        frames = [frame]
        for stage in stages:
            frames = [out for each in frames for out in stage.push(each)]
        return frames

    async def run(tokens: list[str], deadline: float) -> tuple[int, int]:
        stages, fed, out = [node.stage() for node in nodes], 0, 0
        for token in tokens:
            out += len(through(stages, vf.Text(token)))
            fed += len(token)
            if sc.clock() > deadline:
                return fed, out
        for place, stage in enumerate(stages):
            out += sum(len(through(stages[place + 1 :], frame)) for frame in stage.end())
        return fed, out

    return run
