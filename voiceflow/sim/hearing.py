"""The parts that listen for who speaks and for how long: a VAD and a turn detector, with their delays and their faults.

They hear what is in the sound (`codes`), and nothing else: what the line lost, nobody hears.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

import attrs
import numpy as np
import trio

from voiceflow.detection import Detection
from voiceflow.frames import Audio, Frame, Prediction, Samples, Speech, Transcript
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import Ports
from voiceflow.sim.codes import RATE
from voiceflow.sim.due import Later
from voiceflow.sim.faults import Faults, latency
from voiceflow.sim.line import WINDOW
from voiceflow.sim.script import Fault


def _voiced() -> Callable[[Samples], float]:
    return lambda window: np.count_nonzero(window) / len(window)


@attrs.define(eq=False)
class Vad(Node):
    """Hears every sound; a job is an utterance that it finds. The windows and the edges are those of every VAD."""

    faults: Faults
    min_silence: float = 0.32

    input = In(Audio)
    audio = Out(Audio)
    speech = Out(Speech)

    _detection: Detection = attrs.field(init=False)
    _found: int = attrs.field(default=0, init=False)
    _fault: Fault | None = attrs.field(default=None, init=False)
    _held: list[Speech] = attrs.field(factory=list[Speech], init=False)

    def __attrs_post_init__(self) -> None:
        self._detection = self._fresh()

    def _fresh(self) -> Detection:
        size, silence = WINDOW / 1000, self.min_silence
        return Detection(_voiced, rate=None, size=size, start=0.5, end=0.5, min_speech=size, min_silence=silence)

    async def run(self, ports: Ports) -> None:
        # As with every VAD, what it remembers of the sound is lost when it breaks.
        detection, self._held = self._fresh(), []
        async for block in ports[self.input]:
            await self._send(ports, detection.push(block))
        await self._send(ports, detection.end())

    async def _send(self, ports: Ports, frames: Iterable[Frame]) -> None:
        for frame in frames:
            if isinstance(frame, Speech):
                for verdict in await self._tell(ports, frame):
                    await ports[self.speech].send(verdict)
            elif isinstance(frame, Audio):
                await ports[self.audio].send(frame)

    async def _tell(self, ports: Ports, verdict: Speech) -> list[Speech]:
        """What is told of a verdict."""
        if verdict.active and verdict.voiced and self._fault is None:
            self._fault, self._found = self.faults.of("vad", self._found), self._found + 1
        fault = self._fault
        if not verdict.active:
            self._fault = None
        return [verdict] if fault is None else await self._go_wrong(fault, ports, verdict)

    async def _go_wrong(self, fault: Fault, ports: Ports, verdict: Speech) -> list[Speech]:
        match fault.kind:
            case "error":
                self._fault = None
                self.faults.fail(fault)
            case "stall":
                self._fault = None
                await trio.sleep(fault.ms / 1000)
            case "late":
                await trio.sleep(min(fault.ms, 400) / 1000)
            case "duplicate":
                return [verdict, verdict]
            case "reorder" if not self._held and verdict.active:
                self._held = [verdict]
                return []
            case "reorder":
                held, self._held = self._held, []
                return [verdict, *held]
            case "lost":
                return [] if verdict.active is (fault.at < 50) else [verdict]
            case "garbage":
                return [attrs.evolve(verdict, pts=(verdict.pts * 7919) % (verdict.known + RATE)), verdict]
            case _:
                pass
        return [verdict]


@attrs.define(eq=False)
class Detector(Node):
    """Guesses whether the turn is over, whenever speech has ended or a final came. A job is a guess."""

    seed: int
    faults: Faults
    median: int = 60

    audio = In(Audio, seconds=12)  # while it takes none, the VAD beside it hears on
    transcripts = In(Transcript)
    predictions = Out(Prediction)

    _jobs: int = attrs.field(default=0, init=False)

    @property
    def name(self) -> str:
        return "detector"

    async def run(self, ports: Ports) -> None:
        later, send, at = Later(), ports[self.predictions].send, 0
        frames = ports.merged(self.audio, self.transcripts)
        while True:
            try:
                _, frame = await later.receive(ports, frames.__anext__, send)
            except StopAsyncIteration:
                break
            if isinstance(frame, Audio):
                at = frame.end
            if (isinstance(frame, Audio) and frame.speech is not None and not frame.speech.active) or (
                isinstance(frame, Transcript) and frame.stage == "final"
            ):
                for due, each in await self._guess(ports.now(), at):
                    later.put(due, each)
        await later.drain(ports, send)

    async def _guess(self, now: int, at: int) -> list[tuple[int, Prediction]]:
        job, self._jobs = self._jobs, self._jobs + 1
        random = Random(f"{self.seed} detector {job}")
        due = now + latency(random, self.median)
        guess = Prediction(round(random.betavariate(2, 1), 3), at, RATE)
        fault = self.faults.of("detector", job)
        if fault is None:
            return [(due, guess)]
        match fault.kind:
            case "error":
                self.faults.fail(fault)
            case "stall":
                await trio.sleep(fault.ms / 1000)
            case "slow" | "late":
                return [(due + fault.ms * 1_000_000, guess)]
            case "duplicate":
                return [(due, guess), (due, guess)]
            case "lost":
                return []
            case "garbage":
                return [(due, attrs.evolve(guess, probability=p)) for p in (float("nan"), 7.0, -1.0)]
            case _:
                pass
        return [(due, guess)]
