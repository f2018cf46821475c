"""A node that takes nothing any more, and raises nothing: whom it holds up, and for how long."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock
from world import Model, Voice

from voiceflow import Audio, Chunker, Graph, In, Node, NodeFailed, Out, Ports, Session, Speaker, Transcript, TurnTaking
from voiceflow.nodes.energy import Energy
from voiceflow.sim import Act, Fault, Script, Setup, simulate
from voiceflow.sim.conversation import Conversation
from voiceflow.sim.invariants import breaches
from voiceflow.sim.script import Part

FOREVER = 10**7
"""Milliseconds of a stall that nobody waits for."""
RATE = 16000
BLOCK = 320


def stalled(part: Part, after: int = 20_000, *, fallback: bool = False) -> Conversation:
    """The agent speaks all the while; a part stalls for ever at the user's first word; later the user cuts in."""
    said = Act("say", "then", 500, ("on",) * 200)
    talk = (said, Act("speak", "audible", 0, ("yeah",)), Act("noise", "then", after, ms=2_000))
    setup = Setup(seconds=24 + after // 1000, detector=True, fallback=fallback)
    return simulate(Script(5, setup, talk, (Fault(part, "stall", 0, 0, FOREVER),)))


@pytest.mark.parametrize("fallback", [False, True])
@pytest.mark.parametrize("part", ["stt", "detector", "vad"])
def test_who_stalls_for_ever_holds_nobody_up_for_long(part: Part, fallback: bool) -> None:
    """It is restarted, or another goes on; who interrupts then is heard as at any time, and no rule is broken."""
    call = stalled(part, fallback=fallback)
    begin = call.line.stretches[1].start * 1_000_000
    (cut,) = (mark for mark in call.marks if mark.name == "turn.interrupted")
    (failed,) = (mark for mark in call.marks if mark.name == "node.failed")
    assert call.faults.injected == {f"{part}.stall": 1}
    assert failed.node == part
    assert cut.t == begin + 500_000_000
    assert breaches(call) == []


@pytest.mark.parametrize("after", [17_000, 17_500, 18_210, 19_990, 24_000])
def test_who_interrupts_is_heard_at_every_instant_after_that(after: int) -> None:
    """From the second in which what the wire did not hold is heard on."""
    call = stalled("stt", after)
    begin = call.line.stretches[1].start * 1_000_000
    (cut,) = (mark for mark in call.marks if mark.name == "turn.interrupted")
    assert cut.t == begin + 500_000_000


@attrs.define(eq=False)
class Ear(Node):
    """A live source: noise all the time, in blocks of 20 ms."""

    audio = Out(Audio, live=True)

    async def run(self, ports: Ports) -> None:
        samples = np.tile(np.array([4000, -4000], np.int16), BLOCK // 2)
        for n in range(10_000):
            await ports.sleep_until((n + 1) * 20_000_000)
            await ports[self.audio].send(Audio(samples, RATE, n * BLOCK))


@attrs.define(eq=False)
class Denoise(Node):
    """Passes on; takes each block as long as the `pauses` say, by their numbers."""

    pauses: dict[int, float] = attrs.field(factory=dict[int, float])

    input = In(Audio)
    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.input]:
            await trio.sleep(self.pauses.get(block.pts // BLOCK, 0.0))
            await ports[self.audio].send(block)


@attrs.define(eq=False)
class Hearing(Node):
    """A recogniser to which each block from the `first` on is work for so many `seconds`."""

    seconds: float
    first: int = 0

    audio = In(Audio, seconds=1.0)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio].taking():
            if block.pts // BLOCK >= self.first:
                await trio.sleep(self.seconds)
            ports[self.audio].commit()


async def _failures(graph: Graph, seconds: float) -> list[tuple[float, str]]:
    failed: list[tuple[float, str]] = []
    with trio.move_on_after(seconds):
        async with Session(graph) as session:
            session.on("node.failed", lambda mark: failed.append((mark.t / 1e9, mark.node)))
            await session.finished()
    return failed


def _listens(*stages: Node) -> Graph:
    source, *others = stages
    return Graph().connect(source, *others, TurnTaking(), Model(), Chunker(), Voice(), Speaker())


async def test_one_that_stays_stuck_is_given_up_by_name(autojump_clock: MockClock) -> None:
    """It holds 1 s, and 5 s more it may; who waits for it is not to blame, nor who waits for that."""
    failed: list[tuple[float, str]] = []
    session = Session(_listens(Ear(), Denoise(), Energy(), Hearing(10.0**6, 50)))
    session.on("node.failed", lambda mark: failed.append((mark.t / 1e9, mark.node)))
    with pytest.raises(NodeFailed, match="nothing taken from a full wire for 5 s") as caught:
        async with session:
            await session.finished()
    assert caught.value.node == "hearing"
    # The 51st block is in its hand at 1.02 s, 50 more are on the wire at 2.02 s, and for the next there is no room.
    assert [(round(at, 2), node) for at, node in failed] == [
        (7.04, "hearing"),
        (12.04, "hearing"),
        (17.14, "hearing"),
        (22.34, "hearing"),
    ]


async def test_a_denoiser_that_stands_still_fails_too(autojump_clock: MockClock) -> None:
    """Before it is a live source, which drops what has no room, and waits for nobody."""
    failed = await _failures(_listens(Ear(), Denoise({50: 10.0**6}), Energy(), Hearing(0.0)), 8.0)
    assert [node for _, node in failed] == ["denoise"]


async def test_who_is_slow_and_takes_on_has_not_failed(autojump_clock: MockClock) -> None:
    """A block in 4.9 s is not 5 s without one: back-pressure is no failure."""
    assert await _failures(_listens(Ear(), Denoise(), Energy(), Hearing(4.9)), 100.0) == []


async def test_who_transcribes_may_take_its_time(autojump_clock: MockClock) -> None:
    """Nobody is to be heard meanwhile, where no one takes turns."""
    assert await _failures(Graph().connect(Ear(), Denoise(), Energy(), Hearing(60.0)), 200.0) == []
