"""Any crash schedule of any stage loses, repeats and reorders nothing; past the budget there is one clear error."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock
from world import Clip, Model, User, Voice

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    In,
    Node,
    NodeFailed,
    Out,
    Ports,
    Session,
    Speaker,
    Speech,
    Text,
    TextFilter,
    Transcript,
    TurnTaking,
)
from voiceflow.frames import Frame, Phrase, Spoken
from voiceflow.machines.restart import RestartPolicy, Restarts
from voiceflow.testing import drive

PATIENT = RestartPolicy(attempts=1000, budget=1000, backoff=0.01)
FRAMES: dict[str, Callable[[int], Frame]] = {
    "text": lambda n: Text(f"word{n} "),
    "audio": lambda n: Audio(np.full(100 + n, n, np.int16), 16000, pts=sum(range(100, 100 + n))),
    "spoken": lambda n: Spoken(np.full(50 + n, n, np.int16), 16000, Phrase(str(n)), last=True),
    "final": lambda n: Transcript(str(n), "final", 16000),
    "phrase": lambda n: Phrase(str(n)),
}


@attrs.define(eq=False)
class Flaky(Node):
    """Hands frames on in `pieces`, and crashes at the actions whose numbers stand in `crashes`."""

    crashes: set[int]
    batch: int
    actions: int = 0

    frames = In(Frame)
    same = Out(Frame)

    def act(self) -> None:
        self.actions += 1
        if self.actions in self.crashes:
            raise RuntimeError("the stub breaks here")

    async def run(self, ports: Ports) -> None:
        inlet = ports[self.frames]
        kept = 0
        async for frame in inlet.taking():
            self.act()
            await ports[self.same].send(frame)
            self.act()
            kept += 1
            if kept == self.batch:
                inlet.commit()
                kept = 0


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(sorted(FRAMES)),
    count=st.integers(0, 20),
    crashes=st.sets(st.integers(1, 60), max_size=12),
    batch=st.integers(1, 4),
)
def test_no_crash_schedule_loses_repeats_or_reorders(kind: str, count: int, crashes: set[int], batch: int) -> None:
    """Whatever a node deals with at a time, and wherever it breaks."""

    async def main() -> list[Frame]:
        frames = [FRAMES[kind](n) for n in range(count)]
        driven = await drive(Flaky(crashes, batch), {"frames": frames}, restarts=PATIENT)
        assert driven["same"] == frames
        return frames

    trio.run(main, clock=MockClock(autojump_threshold=0))


async def test_half_a_piece_that_left_is_not_said_again(autojump_clock: MockClock) -> None:
    """When the next incarnation cuts its output differently, the piece that straddles the crash is trimmed."""

    @attrs.define(eq=False)
    class Cutter(Node):
        sizes: list[int]

        text = In(Text)
        out = Out(Text)

        async def run(self, ports: Ports) -> None:
            size = self.sizes.pop(0)
            async for frame in ports[self.text]:
                for start in range(0, len(frame.text), size):
                    await ports[self.out].send(Text(frame.text[start : start + size]))
                    if self.sizes and start:
                        raise RuntimeError("the stub breaks here")

    driven = await drive(Cutter([3, 5]), {"text": [Text("abcdefghijkl")]}, restarts=PATIENT)
    assert [frame.text for frame in driven["out"] if isinstance(frame, Text)] == ["abc", "def", "ghij", "kl"]


async def test_interims_may_be_told_again(autojump_clock: MockClock) -> None:
    """A recogniser that is restarted in mid-utterance loses no final, however many interims went before."""

    @attrs.define(eq=False)
    class Recogniser(Node):
        lives: int = 0

        audio = In(Audio)
        transcripts = Out(Transcript)

        async def run(self, ports: Ports) -> None:
            self.lives += 1
            inlet, heard = ports[self.audio], 0
            async for _ in inlet.taking():
                heard += 1
                await ports[self.transcripts].send(Transcript("so far", "interim", 16000))
                if self.lives == 1 and heard == 3:
                    raise RuntimeError("the stub breaks here")
            await ports[self.transcripts].send(Transcript(f"{heard} blocks", "final", 16000))

    blocks = [Audio(np.zeros(10, np.int16), 16000, n * 10) for n in range(5)]
    driven = await drive(Recogniser(), {"audio": blocks}, restarts=PATIENT)
    finals = [f.text for f in driven["transcripts"] if isinstance(f, Transcript) and f.stage == "final"]
    assert finals == ["5 blocks"]


async def test_no_interim_is_told_again_behind_its_final(autojump_clock: MockClock) -> None:
    """A recogniser that breaks after a final, and before it has dealt with the sound, repeats none of it."""

    @attrs.define(eq=False)
    class Recogniser(Node):
        lives: int = 0

        audio = In(Audio)
        transcripts = Out(Transcript)

        async def run(self, ports: Ports) -> None:
            self.lives += 1
            async for block in ports[self.audio].taking():
                await ports[self.transcripts].send(Transcript("so far", "interim", 16000))
                await ports[self.transcripts].send(Transcript(f"all of {block.pts}", "final", 16000))
                if self.lives == 1 and block.pts:
                    raise RuntimeError("the stub breaks here")

    blocks = [Audio(np.zeros(10, np.int16), 16000, n * 10) for n in range(3)]
    driven = await drive(Recogniser(), {"audio": blocks}, restarts=PATIENT)
    texts = [f.text for f in driven["transcripts"] if isinstance(f, Transcript)]
    assert texts == ["so far", "all of 0", "so far", "all of 10", "so far", "all of 20"]


@settings(max_examples=40, deadline=None)
@given(fail_at=st.integers(0, 5), node=st.sampled_from(["model", "voice", "chunker"]))
def test_a_turn_survives_a_crash_of_any_stage(fail_at: int, node: str) -> None:
    """The reply is heard whole and once, whichever stage breaks once, wherever."""

    async def main() -> None:
        said = "One two three four. Five six seven eight."
        model, voice = Model([said], last=1.0), Voice(seconds=1.0)
        graph = Graph().connect(model, TextFilter(), Chunker(), voice, Speaker())
        countdown = [fail_at]

        def breaks(frame: Frame) -> list[Frame]:
            countdown[0] -= 1
            if countdown[0] == -1:
                raise RuntimeError("the stub breaks here")
            return [frame]

        outlet = {"model": model.text, "voice": voice.spoken, "chunker": _named(graph, "chunker").phrases}[node]
        graph.transform(outlet, breaks)
        async with Session(graph) as session:
            utterance = await session.reply()
        assert utterance.heard == said
        assert utterance.error is None

    trio.run(main, clock=MockClock(autojump_threshold=0))


def _named(graph: Graph, name: str) -> Chunker:
    node = graph.nodes[name]
    assert isinstance(node, Chunker)
    return node


async def test_a_turn_that_keeps_failing_ends_and_the_call_goes_on(autojump_clock: MockClock) -> None:
    """What was written before the failure is said, the handle has the error, and the next question is answered."""
    model = Model(["Hello. I break here."], fail_at=2)
    user = User([Clip(0.5, 1.5, "hello"), Clip(6.5, 7.5, "again")])
    graph = Graph().connect(user.speech, TurnTaking()).add(user)
    turns = graph.nodes["turns"]
    assert isinstance(turns, TurnTaking)
    graph.connect(user.transcripts, turns).connect(turns, model, Chunker(), Voice(), Speaker())
    failures: list[object] = []
    async with Session(graph) as session:
        session.on("turn.failed", lambda mark: failures.append(mark.values["error"]))
        await session.finished()
        assert session.agent == "listening"
    assert len(failures) == 2
    assert "node 'model' failed 2 times and is given up; the last error was ConnectionError" in str(failures[0])
    assert [(m.role, m.text) for m in session.history][:2] == [("user", "hello"), ("assistant", "Hello. I")]


async def test_a_session_whose_node_is_given_up_ends_with_that_error(autojump_clock: MockClock) -> None:
    """One error, which names the node and how often it failed; no group around it."""

    @attrs.define(eq=False)
    class Broken(Node):
        speech = Out(Speech)

        async def run(self, ports: Ports) -> None:
            raise ZeroDivisionError

    with pytest.raises(NodeFailed, match=r"node 'broken' failed 4 times .* ZeroDivisionError") as caught:
        async with Session(Graph().add(Broken())) as session:
            await session.finished()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


async def test_restarts_come_at_once_and_then_after_growing_pauses(autojump_clock: MockClock) -> None:
    """The first at once, then 0.1 s, 0.2 s; the fourth failure in a run is the last."""
    at: list[float] = []

    @attrs.define(eq=False)
    class Broken(Node):
        async def run(self, ports: Ports) -> None:
            at.append(round(trio.current_time(), 6))
            raise ZeroDivisionError

    with pytest.raises(NodeFailed):
        await drive(Broken(), restarts=RestartPolicy())
    assert at == [0.0, 0.0, 0.1, 0.3]


def test_a_long_healthy_time_ends_a_run_of_failures() -> None:
    """The budget for a lifetime is counted on."""
    restarts = Restarts(RestartPolicy(attempts=1, budget=3))
    minute = 60_000_000_000
    assert [restarts.failed(n * minute) for n in range(4)] == [0, 0, 0, None]
