"""The detector of barge-ins in a call: who goes on interrupts at once, who listens along does not."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from trio.testing import MockClock
from world import Model, Voice

from voiceflow import (
    Audio,
    BargeInDetector,
    Chunker,
    Graph,
    Interruption,
    Node,
    Out,
    Ports,
    Session,
    Speaker,
    Speech,
    Trace,
    TurnSettings,
    TurnTaking,
)
from voiceflow.trace import Mark

RATE = 16000


@attrs.define(eq=False)
class Caller(Node):
    """Makes a sound of so many seconds, two seconds into the call; the VAD counts `over` seconds more."""

    seconds: float
    over: float

    audio = Out(Audio)
    speech = Out(Speech)

    async def run(self, ports: Ports) -> None:
        random = np.random.default_rng(1)
        for n in range(300):
            at, known = n * 320, (n + 1) * 320
            await ports.sleep_until(known * 1_000_000_000 // RATE)
            if n == 105:
                await ports[self.speech].send(Speech(True, 2 * RATE, known, RATE))
            if n == round((2.0 + self.seconds + self.over) * 50):
                await ports[self.speech].send(Speech(False, at, known, RATE, voiced=False))
            level = 3000 if 2.0 <= at / RATE < 2.0 + self.seconds else 1
            await ports[self.audio].send(Audio(np.rint(random.normal(0, level, 320)).astype(np.int16), RATE, at))


@pytest.mark.parametrize(("seconds", "cut"), [(1.0, [2.48]), (0.4, []), (0.44, [])])
async def test_who_goes_on_interrupts(autojump_clock: MockClock, seconds: float, cut: list[float]) -> None:
    """A VAD that hears 0.3 s more than there was would cut the agent off for all three."""
    caller, marks = Caller(seconds, 0.3), list[Mark]()
    detector, turns = BargeInDetector(), TurnTaking(TurnSettings(interruption=Interruption(min_duration=0.8)))
    graph = Graph().connect(caller.audio, detector.audio).connect(caller.speech, detector.speech)
    graph.connect(caller.speech, turns).connect(detector, turns)
    graph.connect(turns, Model(), Chunker(), Voice(10.0), Speaker())
    async with Session(graph, trace=Trace([marks.append])) as session:
        session.reply()
        await session.finished()
    assert [mark.t / 1e9 for mark in marks if mark.name == "turn.interrupted"] == cut


@pytest.mark.parametrize("wrong", [{"after": 0.1}, {"fading": -1.0}, {"distance": 100.0}])
def test_settings_are_checked(wrong: dict[str, float]) -> None:
    """When the node is made."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        BargeInDetector(**wrong)
