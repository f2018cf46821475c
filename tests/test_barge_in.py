"""An interruption at any instant takes no time, and what was heard is a prefix of what was said."""

from __future__ import annotations

import attrs
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock
from world import Model, Voice

from voiceflow import Audio, Chunker, Graph, In, Node, Ports, Session, Speaker
from voiceflow.frames import Spoken

WORDS = " ".join(f"word{n}" for n in range(12)) + ". " + " ".join(f"more{n}" for n in range(12)) + "."
LEAD = 0.3 + 0.04 + 0.04 + 0.04  # the wire, a chunk in the voice's hand and one in the speaker's, and two blocks


@attrs.define(eq=False)
class Ear(Node):
    """Keeps what leaves the speaker, with the instant at which it came."""

    audio = In(Audio, seconds=60)
    blocks: list[tuple[float, Audio]] = attrs.field(factory=list[tuple[float, Audio]], init=False)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            self.blocks.append((trio.current_time(), block))


@attrs.define(eq=False)
class Levels(Voice):
    """Says the number of its turn in the level of its samples."""

    turns: int = 0

    async def run(self, ports: Ports) -> None:
        self.turns += 1
        self.level = self.turns * 100
        await super().run(ports)


@settings(max_examples=60, deadline=None)
@given(at=st.floats(0.001, 6.0, allow_nan=False))
def test_a_barge_in_is_exact(at: float) -> None:
    """Nothing leaves after the instant; the turn has ended in it; the next one holds nothing of the old."""
    trio.run(_barge_in, at, clock=MockClock(autojump_threshold=0))


async def _barge_in(at: float) -> None:
    ear, voice, speaker = Ear(), Levels(seconds=2.5), Speaker()
    graph = Graph().connect(Model([WORDS]), Chunker(), voice, speaker).connect(speaker.audio, ear)
    async with Session(graph) as session:
        first = session.reply()
        await trio.sleep(at)
        made, position = voice.made, speaker.position(first.id)
        session.interrupt()
        when, count = trio.current_time(), len(ear.blocks)
        await first
        assert trio.current_time() == when
        assert first.interrupted or first.heard == WORDS
        assert WORDS.startswith(first.heard)
        assert made - position <= LEAD + 1e-9
        second = session.reply()
        await second
        assert second.heard == WORDS
        # The block that left in the instant of the interruption may still be on its way to the ear.
        late = ear.blocks[count:]
        stale = [block for _, block in late if block.samples.max() == 100]
        assert all(block.end / block.rate <= when + 0.02 + 1e-6 for block in stale), (when, stale)
        assert {int(block.samples.max()) for t, block in late if t > when + 1e-6} == {200}


async def test_synthesis_waits_for_the_ear(autojump_clock: MockClock) -> None:
    """However long the reply, the voice is never ahead of the ear by more than the wires hold."""
    voice, speaker = Voice(seconds=30.0), Speaker()
    ahead: list[float] = []
    graph = Graph().connect(Model(), Chunker(), voice, speaker)
    graph.tap(speaker.audio, lambda block: ahead.append(voice.made - speaker.position(1)))
    async with Session(graph) as session:
        await session.reply()
    assert 0.3 < max(ahead) <= LEAD + 1e-9


async def test_what_a_turn_leaves_behind_is_nothing(autojump_clock: MockClock) -> None:
    """A hundred interrupted turns leave no task, and the session still answers."""
    graph = Graph().connect(Model([WORDS]), Chunker(), Voice(seconds=2.5), Speaker())
    async with Session(graph) as session:
        before = trio.lowlevel.current_statistics().tasks_living
        for _ in range(100):
            utterance = session.reply()
            await trio.sleep(1.0)
            assert utterance.interrupt()
            await utterance
        await trio.testing.wait_all_tasks_blocked()
        assert trio.lowlevel.current_statistics().tasks_living == before
        assert (await session.reply()).heard == WORDS


def test_spoken_is_what_the_speaker_takes() -> None:
    """The wire into the speaker is bounded in seconds."""
    assert Speaker().spoken.kind is Spoken
    assert Speaker().spoken.seconds == 0.3
