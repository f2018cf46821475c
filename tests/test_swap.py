"""Swapping a stage in a live call loses, repeats and reorders nothing; who cannot take over changes nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

import attrs
import numpy as np
import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from parts import FLITE
from reference_call import STAGES, Call, Denoise, Judge, Opens, Recogniser, Talker, Vad, Writer
from trio.testing import MockClock
from world import RATE

from voiceflow import (
    Audio,
    Graph,
    GraphError,
    In,
    Mark,
    Node,
    NodeFailed,
    Out,
    Overrun,
    Ports,
    ProviderError,
    Samples,
    Services,
    Session,
    Speaker,
    Speech,
    StageNode,
    Text,
    Transcript,
    TurnTaking,
    VoiceflowError,
)
from voiceflow.detection import Detection
from voiceflow.draw import mermaid
from voiceflow.graph_json import to_json
from voiceflow.nodes.pocketsphinx import PocketSphinx
from voiceflow.nodes.silero import Silero
from voiceflow.nodes.soundfile import FileSource

Swaps = list[tuple[float, str, float]]


def call(*swaps: tuple[float, str, Node]) -> Call:
    """The reference call with these swaps in it."""

    async def main() -> Call:
        return await Call()(*swaps)

    return trio.run(main, clock=MockClock(autojump_threshold=0))


@cache
def undisturbed() -> Call:
    return call()


def instants() -> st.SearchStrategy[float]:
    """Any, and those at which blocks come."""
    return st.floats(0.0, 4.9) | st.integers(0, 245).map(lambda n: n * 0.02)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(instants(), st.sampled_from(sorted(STAGES)), st.sampled_from([0.0, 0.3])), min_size=1, max_size=4
    )
)
@example([(0.6, "recogniser", 0.0)])
@example([(0.64, "vad", 0.0), (0.64, "vad", 0.0), (0.65, "vad", 0.0)])
@example([(0.65, "recogniser", 0.0), (0.65, "recogniser", 0.0), (0.66, "recogniser", 0.0)])
@example([(1.02, "judge", 0.0), (1.03, "judge", 0.0)])
@example([(2.78, stage, 0.0) for stage in sorted(STAGES)])
def test_a_call_is_the_same_whatever_is_swapped_and_when(swaps: Swaps) -> None:
    """To the sample and to the word, if who comes is like who goes; and everything that was opened is closed."""
    usual = undisturbed()
    nodes = [(at, name, STAGES[name](opens=opens)) for at, name, opens in swaps]
    held = call(*nodes)
    assert held.history == usual.history
    assert np.array_equal(held.heard, usual.heard)
    assert list(held.speech()) == list(usual.speech())
    swapped = [values["new"] for _, name, values in held.marks if name == "node.swapped"]
    assert len(swapped) == len(swaps) - len(held.late)
    for node in (*usual.nodes.values(), *(node for _, _, node in nodes)):
        assert isinstance(node, Opens)
        assert (node.opened, node.closed) == (1, 1)


def test_the_reference_call_is_an_interrupted_one() -> None:
    """What the others compare with is worth it."""
    usual = undisturbed()
    assert [(role, interrupted) for role, _, interrupted in usual.history] == [
        ("user", False),
        ("assistant", True),
        ("user", False),
        ("assistant", False),
    ]
    assert list(usual.speech()) == 2 * [(True, True), (True, False), (False, False)]


RAMP = np.arange(4000, dtype=np.int16)


@attrs.define(eq=False)
class Ramp(Node):
    """A quarter of a second, in blocks of one length."""

    block: int

    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        for at in range(0, len(RAMP), self.block):
            await ports.sleep_until((at + self.block) * 10**9 // RATE)
            await ports[self.audio].send(Audio(RAMP[at : at + self.block], RATE, at))


@settings(max_examples=30, deadline=None)
@given(
    at=st.lists(st.floats(0.0, 0.25), min_size=1, max_size=4),
    block=st.integers(50, 700),
    size=st.integers(10, 400),
    delay=st.integers(0, 500),
)
def test_a_filter_gives_every_sample_once_and_in_its_place(at: list[float], block: int, size: int, delay: int) -> None:
    """However much of them it holds when it is swapped."""

    async def main() -> None:
        blocks: list[Audio] = []
        denoise = Denoise(size, delay)
        graph = Graph().connect(Ramp(block), denoise).tap(denoise.clean, blocks.append)
        async with Session(graph) as session, trio.open_nursery() as nursery:
            nursery.start_soon(swap_at, session, sorted(at), lambda: Denoise(size, delay))
            await session.finished()
        assert [block.pts for block in blocks[1:]] == [block.end for block in blocks[:-1]]
        assert np.array_equal(np.concatenate([block.samples for block in blocks]), RAMP)

    trio.run(main, clock=MockClock(autojump_threshold=0))


async def swap_at(session: Session, times: list[float], make: Callable[[], Node]) -> None:
    for at in times:
        await trio.sleep_until(at)
        await session.swap(session.graph.nodes["denoise"], make())


@attrs.define(eq=False)
class Plain(Opens):
    """Passes on what comes, after `pause` seconds, and is no stage."""

    pause: float = 0.0

    noisy = In(Audio, seconds=0.05)
    clean = Out(Audio)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.noisy]:
            await trio.sleep(self.pause)
            await ports[self.clean].send(block)


@pytest.mark.parametrize("new", [Denoise(160, 400), Plain()])
async def test_what_a_filter_holds_leaves_whoever_comes_next_and_however_long_it_takes(
    autojump_clock: MockClock, new: Node
) -> None:
    """Also when those behind it take more time than a node has for its end."""
    blocks: list[Audio] = []
    denoise, slow = Denoise(160, 400), Plain(pause=0.6)
    graph = Graph().connect(Ramp(800), denoise).connect(denoise, slow).tap(slow.clean, blocks.append)
    async with Session(graph) as session:
        await trio.sleep(0.17)
        await session.swap(denoise, new)
        await session.finished()
    assert np.array_equal(np.concatenate([block.samples for block in blocks]), RAMP)


async def test_one_that_was_closed_can_come_back(autojump_clock: MockClock) -> None:
    """A node is in one place at a time, and not for one time only."""
    held = Call()
    async with Session(held.graph) as session:
        first, second = held.nodes["vad"], Vad()
        assert isinstance(first, Vad)
        await session.swap(first, second)
        await trio.sleep(0.6)
        await session.swap(second, first)
        await session.finished()
    assert len(session.history) == 4
    assert (first.opened, first.closed) == (2, 2)


# Who cannot take over


@attrs.define(eq=False)
class Written(Opens):
    """Transcripts are texts to it."""

    audio = In(Audio)
    transcripts = Out(Text)


@attrs.define(eq=False)
class Deaf(Opens):
    transcripts = Out(Transcript)


@attrs.define(eq=False)
class Hungry(Opens):
    """Wants more than there is."""

    audio = In(Audio)
    hints = In(Speech)
    transcripts = Out(Transcript)


@pytest.mark.parametrize(
    ("place", "node", "problem"),
    [
        ("recogniser", Written(), "recogniser.transcripts is joined to turns.transcripts: .* Transcript, got Text"),
        ("recogniser", Deaf(), "Deaf .* place of recogniser: expected a port 'audio' for Audio, .* got none"),
        ("recogniser", Hungry(), "recogniser.hints takes Speech and is not connected"),
        ("recogniser", Writer(), "Writer .* recogniser: expected a node that lives for a session, got .* a turn"),
        ("vad", Vad(min_silence=5.0), "vad and turns: .*"),
    ],
)
async def test_who_does_not_fit_is_not_even_opened(
    autojump_clock: MockClock, place: str, node: Opens, problem: str
) -> None:
    """The message names the node, the port, what was expected and what came; the graph stays as it was."""
    held = Call()
    async with Session(held.graph) as session:
        before = to_json(session.graph)
        with pytest.raises(GraphError, match=problem):
            await session.swap(held.nodes[place], node)
        assert to_json(session.graph) == before
    assert node.opened == 0


@pytest.mark.parametrize("name", ["caller", "turns", "speaker"])
async def test_the_ends_of_a_call_stay(autojump_clock: MockClock, name: str) -> None:
    """They know what was said and heard so far."""
    held = Call()
    async with Session(held.graph) as session:
        with pytest.raises(GraphError, match=f"{type(held.graph.nodes[name]).__name__} stays for the whole call"):
            await session.swap(held.graph.nodes[name], Recogniser())


async def test_a_node_stands_in_one_place(autojump_clock: MockClock) -> None:
    """Who is in the graph, or not closed yet, cannot be swapped in; who is not in it cannot be swapped out."""
    held, gone = Call(), Recogniser()
    async with Session(held.graph) as session:
        stt = held.nodes["recogniser"]
        with pytest.raises(GraphError, match="this Recogniser is not in the graph; it has denoise"):
            await session.swap(gone, Recogniser())
        with pytest.raises(GraphError, match="at work in the session already"):
            await session.swap(stt, stt)
        await session.swap(stt, gone)
        with pytest.raises(GraphError, match="this Recogniser is not in the graph"):
            await session.swap(stt, Recogniser())


async def test_one_that_cannot_be_opened_changes_nothing(autojump_clock: MockClock) -> None:
    """The error is the caller's; the call goes on with the old one."""
    held = Call()
    broken = Recogniser(opens=0.1, broken=ProviderError("no such model", retryable=False))
    async with Session(held.graph) as session:
        with pytest.raises(NodeFailed, match="'recogniser' could not be opened: no such model"):
            await session.swap(held.nodes["recogniser"], broken)
        assert session.graph.nodes["recogniser"] is held.nodes["recogniser"]
        await session.finished()
    assert len(session.history) == 4


async def test_one_that_hangs_while_it_opens_changes_nothing(autojump_clock: MockClock) -> None:
    """After `open_within` seconds."""
    held = Call()
    async with Session(held.graph, open_within=2.0) as session:
        with pytest.raises(Overrun, match="opening Recogniser took longer than 2 s; recogniser stays as it is"):
            await session.swap(held.nodes["recogniser"], Recogniser(opens=9.0))
        await session.finished()
    assert len(session.history) == 4


async def test_who_is_left_while_it_opens_is_told(autojump_clock: MockClock) -> None:
    """Leaving does not wait for it; and after that there is nothing to swap."""
    held = Call()
    told: list[str] = []

    async def swap() -> None:
        with pytest.raises(VoiceflowError) as caught:
            await session.swap(held.nodes["recogniser"], Recogniser(opens=9.0))
        told.append(str(caught.value))

    session = Session(held.graph)
    async with trio.open_nursery() as nursery:
        async with session:
            nursery.start_soon(swap)
            await trio.sleep(1.0)
        assert trio.current_time() < 2.0
    assert told == ["the session was left before Recogniser took the place of recogniser"]


async def test_who_gives_up_before_it_is_open_has_changed_nothing(autojump_clock: MockClock) -> None:
    """And what was being opened is closed."""
    held, slow = Call(), Vad(opens=1.0)
    async with Session(held.graph) as session:
        with trio.move_on_after(0.5) as scope:
            await session.swap(held.nodes["vad"], slow)
        assert scope.cancelled_caught
        assert session.graph.nodes["vad"] is held.nodes["vad"]
        await session.finished()
    assert len(session.history) == 4
    assert slow.opened == 0


async def test_the_call_is_over(autojump_clock: MockClock) -> None:
    """There is nothing to swap when a session was closed, or has not begun."""
    held = Call()
    session = Session(held.graph)
    with pytest.raises(VoiceflowError, match="not running"):
        await session.swap(held.nodes["vad"], Vad())
    async with session:
        session.close()
        await session.finished()
        with pytest.raises(VoiceflowError, match="the session is over"):
            await session.swap(held.nodes["vad"], Vad())


# What is in flight


async def test_another_recogniser_hears_the_open_utterance_from_its_beginning(autojump_clock: MockClock) -> None:
    """With what was heard of it before it was known to be speech."""
    held = Call()
    async with Session(held.graph) as session:
        await trio.sleep(0.65)
        await session.swap(held.nodes["recogniser"], Recogniser())
        await session.finished()
    assert session.history[0].text == "hello there"


async def test_one_that_just_crashed_can_be_swapped(autojump_clock: MockClock) -> None:
    """While it waits to be restarted, the next one goes on at once, with what was in flight."""

    @attrs.define(eq=False)
    class Broken(Recogniser):
        async def run(self, ports: Ports) -> None:
            async for block in ports[self.audio].taking():
                if block.end > 0.5 * RATE:
                    raise ConnectionError("the stub breaks here")

    held = Call()
    held.nodes["recogniser"] = broken = Broken()
    held.graph.replace(held.graph.nodes["recogniser"], broken)
    failures: list[float] = []
    async with Session(held.graph) as session:
        session.on("node.failed", lambda mark: failures.append(mark.t / 1e9))
        await trio.sleep(0.55)  # the second failure was at 0.52, the third is to come at 0.62
        await session.swap(broken, Recogniser())
        await session.finished()
    assert failures == [0.52, 0.52]
    assert session.history[0].text == "hello there"


async def test_one_that_hangs_is_stopped_and_its_frame_given_to_the_next(autojump_clock: MockClock) -> None:
    """After 0.2 s, which is less than the wire before it holds."""

    @attrs.define(eq=False)
    class Stuck(Judge):
        async def run(self, ports: Ports) -> None:
            async for block in ports[self.audio]:
                if block.speech is not None and not block.speech.active:
                    await trio.sleep_forever()

    held, began = Call(), list[float]()
    stuck = Stuck()
    held.graph.replace(held.nodes["judge"], stuck)
    async with Session(held.graph) as session:
        session.on("prediction", lambda mark: began.append(mark.t / 1e9))
        await trio.sleep(1.05)  # speech ended at 0.7, which was known at 1.02
        await session.swap(stuck, Judge())
        await session.finished()
    assert began[0] == pytest.approx(1.05 + 0.2 + 0.05)
    assert len(session.history) == 4


async def test_a_turn_ends_with_the_nodes_it_began_with(autojump_clock: MockClock) -> None:
    """The next one has the new ones; the old are closed when the turn has ended, not before."""
    levels: list[int] = []
    held = Call()
    speaker = held.graph.nodes["speaker"]
    assert isinstance(speaker, Speaker)
    held.graph.tap(speaker.audio, lambda block: levels.append(int(block.samples.max())))
    old, new = held.nodes["talker"], Talker(level=2000)
    assert isinstance(old, Talker)
    async with Session(held.graph) as session:
        first = session.say("One.")
        await trio.sleep(0.25)
        await session.swap(old, new)
        await trio.sleep(0.01)
        assert (new.opened, old.closed) == (1, 0)
        second = session.say("Two.")
        await first
        await trio.sleep(0.01)
        assert old.closed == 1
        await second
    assert levels.index(2000) > max(n for n, level in enumerate(levels) if level == 1000)


async def test_who_is_closed_badly_does_not_disturb_the_call(autojump_clock: MockClock) -> None:
    """One that raises is told of; one that hangs is left after 5 s."""

    @attrs.define(eq=False)
    class Bad(Judge):
        seconds: float = 0.0

        @asynccontextmanager
        async def open(self, services: Services) -> AsyncGenerator[None, None]:
            yield
            await trio.sleep(self.seconds)
            raise OSError("the socket is gone")

    marks: list[Mark] = []
    held = Call()
    async with Session(held.graph) as session:
        session.on("node.failed", marks.append)
        node = held.nodes["judge"]
        for bad in (Bad(), Bad(seconds=100.0), Judge()):
            await session.swap(node, bad)
            node = bad
        await session.finished()
    assert [mark.values for mark in marks] == [{"error": "OSError", "failures": 0}]
    assert len(session.history) == 4


async def test_the_graph_and_the_trace_tell_of_it(autojump_clock: MockClock) -> None:
    """The name is the place's; what stands there is another."""

    @attrs.define(eq=False)
    class Better(Vad):
        speech = Out(Speech)

    held = Call()
    swaps: list[Mark] = []
    async with Session(held.graph) as session:
        session.on("node.swapped", swaps.append)
        await session.swap(held.nodes["vad"], Better())
    assert [(mark.node, mark.values) for mark in swaps] == [("vad", {"old": "Vad", "new": "Better"})]
    assert session.graph is held.graph
    assert "Better" in json.dumps(to_json(session.graph))
    assert "vad<br>Better" in mermaid(session.graph)


def test_what_the_new_one_has_more_of_leads_nowhere() -> None:
    """More outlets than the old one had do no harm."""

    @attrs.define(eq=False)
    class Talkative(Recogniser):
        notes = Out(Text)

        async def run(self, ports: Ports) -> None:
            await ports[self.notes].send(Text("here I am"))
            await super().run(ports)

    held = call((0.6, "recogniser", Talkative()))
    assert held.history == undisturbed().history


# Speech that is open


@attrs.define(eq=False)
class OtherVad(Opens):
    """A VAD that is not made of our parts: speech begins with the first loud block, and ends with the stream."""

    input = In(Audio)
    audio = Out(Audio)
    speech = Out(Speech)

    async def run(self, ports: Ports) -> None:
        began, end = False, 0
        async for block in ports[self.input]:
            end, verdict = block.end, None
            if not began and int(np.abs(block.samples).max()) > 1000:
                began, verdict = True, Speech(True, block.pts, block.end, RATE)
                await ports[self.speech].send(verdict)
            await ports[self.audio].send(attrs.evolve(block, speech=verdict))
        if began:
            await ports[self.speech].send(Speech(False, end, end, RATE, voiced=False))


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(instants(), st.sampled_from([Vad, OtherVad])), min_size=1, max_size=3))
@example([(0.65, OtherVad)])
@example([(0.65, OtherVad), (0.66, Vad)])
def test_every_begin_of_speech_has_one_end(swaps: list[tuple[float, Callable[[], Node]]]) -> None:
    """Whatever kinds of VAD follow each other, and whenever."""
    verdicts = list(call(*((at, "vad", make()) for at, make in swaps)).speech())
    open_ = False
    for active, voiced in verdicts:
        assert active or open_
        assert active or not voiced
        open_ = active
    assert not open_


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 240))
@example(32)
def test_a_vad_that_crashes_leaves_no_speech_open(block: int) -> None:
    """The next incarnation goes on with what was open."""

    @attrs.define(eq=False)
    class Breaks(StageNode):
        windows: int = attrs.field(default=0, init=False)

        input = In(Audio)
        audio = Out(Audio)
        speech = Out(Speech)

        def stage(self) -> Detection:
            return Detection(
                lambda: self.score, rate=None, size=0.02, start=0.5, end=0.5, min_speech=0.06, min_silence=0.3
            )

        def score(self, window: Samples) -> float:
            self.windows += 1
            if self.windows == block:
                raise ArithmeticError
            return float(window.max() > 1000)

    held = call((0.0, "vad", Breaks()))
    assert [name for _, name, _ in held.marks].count("node.restarted") == 1
    assert held.history == undisturbed().history
    assert list(held.speech()) == list(undisturbed().speech())


@pytest.mark.slow
@pytest.mark.parametrize("make", [PocketSphinx, Silero])
async def test_real_parts_hear_a_sentence_in_the_middle_of_which_they_are_swapped(
    make: Callable[[], Node], tmp_path: Path
) -> None:
    """Word for word, once; where speech is found before it is known to be some, the new recogniser has it too."""
    FLITE.need()
    words, path = "can you tell me something about the city of london", tmp_path / "a.wav"
    await trio.run_process(["flite", "-voice", "rms", "-t", words, "-o", str(path)])
    source, vad, stt = FileSource(str(path)), Silero(), PocketSphinx()
    heard: list[Transcript] = []
    graph = Graph().connect(source, vad, stt, TurnTaking()).tap(stt.transcripts, heard.append)
    async with Session(graph) as session:
        old: Node = stt if make is PocketSphinx else vad
        for at in (0.3, 1.0):
            await trio.sleep(at)
            new = make()
            await session.swap(old, new)
            old = new
        await session.finished()
    assert [said.text for said in heard if said.stage == "final"] == [words]
