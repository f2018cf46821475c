"""A voice that is held: silent at once, and on again from the first sample that was not heard."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np
import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from line import now
from loudspeaker import Loudspeaker
from trio.testing import MockClock

from voiceflow import Audio, Background, Graph, In, Mark, Node, Out, Phrase, Ports, Samples, Session, Speaker, Spoken
from voiceflow.nodes.recorder import Recorder
from voiceflow.testing import InlineExecutor

RATE = 24000
LEVEL = 5000
"""Of a hum under a voice that counts from 1: what is less than that is the voice's."""


@attrs.define(eq=False)
class Counting(Node):
    """A voice whose n-th sample is n: (seconds of waiting, samples of sound), one after the other."""

    pieces: Sequence[tuple[float, int]]

    phrases = In(Phrase)
    spoken = Out(Spoken)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            at = 1
            for n, (wait, count) in enumerate(self.pieces):
                await trio.sleep(wait)
                samples = np.arange(at, at + count, dtype=np.int16)
                await ports[self.spoken].send(Spoken(samples, RATE, phrase, last=n + 1 == len(self.pieces)))
                at += count


@attrs.define(eq=False)
class Tape(Node):
    """Records what it is told was heard; of what comes twice for a place, the later stands."""

    recorded: Samples = attrs.field(factory=lambda: np.zeros(20 * RATE, np.int16))

    audio = In(Audio, seconds=100)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            self.recorded[block.pts : block.end] = block.samples


def counted(count: int) -> list[int]:
    return list(range(1, count + 1))


STEPS = st.lists(
    st.tuples(st.sampled_from(["hold", "resume", "duck", "look"]), st.sampled_from([0.0, 0.01, 0.0137, 0.1, 0.31])),
    max_size=10,
)


@settings(max_examples=60, deadline=None)
@given(
    lead=st.sampled_from([0.0, 0.03, 0.2]),
    held=st.sampled_from([0.0, 0.013, 0.07]),
    late=st.sampled_from([0.0, 0.017]),
    background=st.booleans(),
    first=st.sampled_from([0.0, 0.1237]),
    pause=st.sampled_from([0.0, 0.3]),
    steps=STEPS,
    dropped=st.booleans(),
)
@example(0.2, 0.07, 0.017, True, 0.0, 0.0, [("look", 0.31), ("hold", 0.01), ("resume", 0.01), ("hold", 0.1)], False)
def test_every_sample_sounds_once_and_in_its_order(
    lead: float,
    held: float,
    late: float,
    background: bool,
    first: float,
    pause: float,
    steps: list[tuple[str, float]],
    dropped: bool,
) -> None:
    """Whenever it is held, ducked, let go and dropped, and whatever the device keeps; what is recorded is what sounded.

    It is silent as soon as the device can be, and what is taken for heard is what sounded.
    """
    device = Loudspeaker(lead=max(lead, held), held=held, late=late)
    output = Background(device) if background else device
    speaker, tape, dry = Speaker(output, duck_to=0.0, fade=0.0), Tape(), list[Mark]()

    async def main() -> None:
        graph = Graph().connect(Counting([(first, 7000), (pause, 6001)]), speaker).connect(speaker.audio, tape)
        async with Session(graph) as session:
            session.on("speaker.underrun", dry.append)
            session.on("speaker.late", dry.append)
            handle = session.say("hello there")
            holding: float | None = None
            for step, wait in steps:
                if step == "hold":
                    speaker.hold()
                    holding = trio.current_time() if holding is None else holding
                elif step != "look":
                    getattr(speaker, step)()
                    holding = None if step == "resume" else holding
                await trio.sleep(wait)
                if holding is not None:
                    assert not device.between(holding + held + 1 / RATE, trio.current_time()).any()
            if dropped:
                session.interrupt()
                heard = round(speaker.position(handle.id) * RATE)
                # What a device holds for good sounds, and an interruption never counts it as heard.
                assert len(device.sound) - (held + late) * RATE - 1 <= heard <= len(device.sound)
            else:
                speaker.resume()
            await handle
            assert dropped or (handle.heard, speaker.position(handle.id)) == ("hello there", 13001 / RATE)
            await trio.sleep(1.0)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    sounded = device.sound.tolist()
    assert sounded == counted(len(sounded))
    assert dropped or len(sounded) == 13001
    assert pause or not dry, "to be held is no underrun"
    told = tape.recorded[tape.recorded > 0].tolist()
    assert told == sounded


async def test_what_is_taken_back_is_ducked_once(autojump_clock: MockClock) -> None:
    """What waits again is the voice as it came: it is heard at the gain of the moment in which it sounds."""
    device = Loudspeaker(lead=0.1)
    speaker = Speaker(device, ramp=0.0)
    graph = Graph().connect(Counting([(0.0, 12000)]), speaker)
    async with Session(graph) as session:
        handle = session.say("hello there")
        await trio.sleep(0.2)
        speaker.duck()
        await trio.sleep(0.15)
        speaker.hold()
        heard = len(device.sound)
        assert speaker.position(handle.id) == heard / RATE == pytest.approx(0.25, abs=1e-4)
        await trio.sleep(0.65)
        speaker.resume()
        await handle
        assert now() == pytest.approx(1.35, abs=1e-4)
    # What was written ducked and has sounded: from 0.2 on, of which the first sounded at 0.3.
    assert device.sound[:4800].tolist() == counted(4800)
    assert device.sound[4800:heard].tolist() == [round(n * 10 ** (-15 / 20)) for n in range(4801, heard + 1)]
    assert device.sound[heard:].tolist() == counted(12000)[heard:]


@attrs.define(eq=False)
class Silent(Node):
    """A caller who says nothing, in blocks of 20 ms."""

    audio = Out(Audio, live=True)

    async def run(self, ports: Ports) -> None:
        for n in range(100):
            await ports.sleep_until((n + 1) * 20_000_000)
            await ports[self.audio].send(Audio(np.zeros(480, np.int16), RATE, 480 * n))


@pytest.mark.parametrize("rate", [RATE, 16000, 44100, 8000])
async def test_a_recording_has_what_sounded(autojump_clock: MockClock, tmp_path: Path, rate: int) -> None:
    """A voice that was held once and cut off then, with a device that is far ahead of the ear, is silent in between."""
    path = tmp_path / "call.wav"
    device, recorder, silent = Loudspeaker(lead=0.2), Recorder(str(path), rate=rate, step=0.02), Silent()
    speaker = Speaker(device, fade=0.0)
    graph = Graph().connect(Counting([(0.0, 24000)]), speaker).connect(speaker.audio, recorder.agent)
    async with Session(graph.connect(silent.audio, recorder.caller), executor=InlineExecutor()) as session:
        handle = session.say("hello there")
        await trio.sleep(0.513)
        speaker.hold()
        await trio.sleep(0.3)
        speaker.resume()
        await trio.sleep(0.517)
        session.interrupt()
        await handle
        await session.finished()
    with wave.open(str(path)) as file:
        agent = np.frombuffer(file.readframes(10 * rate), np.int16)[1::2]
    if rate == RATE:
        assert agent[agent != 0].tolist() == device.sound.tolist() == counted(len(device.sound))
    loud = np.flatnonzero(np.abs(agent) > 40) / rate
    edges = [loud[0], loud[np.argmax(np.diff(loud))], loud[np.argmax(np.diff(loud)) + 1], loud[-1]]
    assert edges == pytest.approx([0.2, 0.513, 1.013, 1.33], abs=0.003)


@pytest.mark.parametrize("lead", [0.0, 0.1])
async def test_a_hold_of_what_has_all_sounded_holds_nothing(autojump_clock: MockClock, lead: float) -> None:
    """A turn that ends in the very instant, or whose voice is slow, has nothing to be taken back."""
    device = Loudspeaker(lead=lead)
    speaker = Speaker(device)
    graph = Graph().connect(Counting([(0.0, 2400), (0.5, 2400)]), speaker)
    async with Session(graph) as session:
        handle = session.say("hello there")
        await trio.sleep(0.3)
        speaker.hold()
        speaker.resume()
        await handle
        assert now() == pytest.approx(0.6 + lead, abs=1e-6)
    assert device.sound.tolist() == counted(4800)
