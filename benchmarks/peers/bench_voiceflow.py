"""voiceflow under the reference call of ../shared/bench/peers: the same stubs and the same user as its peers.

    python benchmarks/peers/bench_voiceflow.py -n 50 --window 20
    python benchmarks/peers/bench_voiceflow.py --mode text
    python benchmarks/peers/bench_voiceflow.py --help

Path: Line -> StubVad -> StubStt -> TurnTaking -> StubLlm -> TextFilter -> Chunker -> StubTts -> Speaker -> Recording.
The stub providers are small nodes; everything between them is what every user of voiceflow runs.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

PEERS = Path(__file__).resolve().parents[3] / "shared" / "bench" / "peers"
sys.path.insert(0, str(PEERS))
try:
    sc: Any = import_module("scenario")
except ModuleNotFoundError as error:
    raise SystemExit(f"the reference call is not here: {PEERS}/scenario.py is missing") from error

Push = Callable[[bytes], Awaitable[None]]


def make(args: Namespace) -> Any:
    """The adapter. Its imports are timed by the scenario, so they stand in here."""
    import attrs
    import numpy as np
    import trio

    import voiceflow as vf
    from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, TurnSettings

    # Room for what a user's 20 ms frames may wait for, and no more than the others' queues hold.
    at_once = TurnSettings(
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
            at = frame.pts
            speech = vf.Speech(event == "start", at, frame.end, frame.rate, voiced=event == "start")
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
                        samples = np.frombuffer(pcm, np.int16)
                        await out.send(vf.Spoken(samples, sc.OUT_RATE, phrase, last=not left))

    @attrs.define(eq=False)
    class Recording:
        """An output that plays nothing; it holds each block against a schedule that its reply's first one sets."""

        rec: Any
        rate: int = sc.OUT_RATE
        lead: float = 0.0
        due: float = attrs.field(default=0.0, init=False)

        @asynccontextmanager
        async def open(self, services: vf.Services) -> AsyncIterator[None]:
            yield

        async def write(self, samples: vf.Samples) -> None:
            now = sc.clock()
            if now - self.due > 0.2:
                self.due = now
            self.rec.sink_frame(samples.tobytes(), now - self.due)
            self.due += sc.FRAME_S

        def drop(self, fade: float) -> None:
            self.due = 0.0

    class Voiceflow(sc.Adapter):  # type: ignore[misc]
        name = "voiceflow"
        vad_stop_ms = 20.0
        min_interrupt_ms = 0.0
        config: dict[str, object] = {  # noqa: RUF012  the scenario's own shape
            "endpointing": {"mode": "fixed", "min_wait": 0.0, "max_wait": 0.0},
            "interruption": {"mode": "vad", "min_duration": 0.0, "on_hint": "nothing"},
            "speculation": "off",
        }

        def versions(self) -> dict[str, str]:
            return {name: metadata.version(name) for name in ("voiceflow", "trio")}

        async def sleep(self, seconds: float) -> None:
            await trio.sleep(seconds)

        def run(self, main: Callable[[], Awaitable[None]]) -> None:
            trio.run(main)

        async def gather(self, fns: list[Callable[[], Awaitable[None]]]) -> None:
            async with trio.open_nursery() as nursery:
                for fn in fns:
                    nursery.start_soon(fn)

        @asynccontextmanager
        async def session(self, index: int, rec: Any) -> AsyncIterator[Push]:
            line, vad, turns = Line(), StubVad(), vf.TurnTaking(at_once)
            graph = vf.Graph().connect(line, vad, StubStt(), turns).connect(vad, turns)
            graph.connect(
                turns, StubLlm(rec), vf.TextFilter(), vf.Chunker(), StubTts(rec), vf.Speaker(output=Recording(rec))
            )
            async with vf.Session(graph):
                yield line.push

        def text_stages(self) -> dict[str, Any]:
            return {
                "text filter": _text_stage([vf.TextFilter()]),
                "chunker": _text_stage([vf.Chunker()]),
                "text filter + chunker (the default path)": _text_stage([vf.TextFilter(), vf.Chunker()]),
            }

    def _text_stage(nodes: list[vf.StageNode]) -> Any:
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

    return Voiceflow()


if __name__ == "__main__":
    sc.main(make)
