"""Ports: addresses on a node, and what a running node finds behind them."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from voiceflow import (
    Audio,
    Frame,
    In,
    Node,
    NodeFailed,
    Out,
    Phrase,
    Ports,
    Signal,
    Sink,
    Stage,
    StageNode,
    Text,
    Transcript,
    Watch,
)
from voiceflow._ports import LatestValue
from voiceflow.frames import Samples
from voiceflow.machines.restart import RestartPolicy
from voiceflow.testing import InlineExecutor, drive

PATIENT = RestartPolicy(attempts=1000, budget=1000, backoff=0.01)


@attrs.define(eq=False)
class Both(Node):
    """Two inlets, one outlet, a signal and a watch."""

    crashes: set[int] = attrs.Factory(set[int])
    actions: int = 0

    left = In(Text)
    right = In(Text)
    out = Out(Text)
    level = Signal(int)
    other = Watch(int)

    async def run(self, ports: Ports) -> None:
        async for inlet, frame in ports.merged(self.left, self.right):
            assert isinstance(frame, Text)
            self.act()
            await ports[self.out].send(Text(f"{inlet.name[0]}{frame.text}"))
            self.act()

    def act(self) -> None:
        self.actions += 1
        if self.actions in self.crashes:
            raise RuntimeError("the stub breaks here")


def test_a_port_is_a_declaration_on_the_class_and_an_address_on_a_node() -> None:
    """Which say in words what they are."""
    node = Both()
    assert (Both.left.name, Both.out.name, Both.level.name, Both.other.name) == ("left", "out", "level", "other")
    assert [repr(port) for port in (Both.left, Both.out, Both.level, Both.other)] == [
        "Both.left: In[Text]",
        "Both.out: Out[Text]",
        "Both.level: Signal[int]",
        "Both.other: Watch[int]",
    ]
    assert [repr(port) for port in (node.left, node.out, node.level, node.other)] == [
        "both.left: In[Text]",
        "both.out: Out[Text]",
        "both.level: Signal[int]",
        "both.other: Watch[int]",
    ]
    assert list(Both.inlets()) == ["left", "right"]
    assert (list(Both.outlets()), list(Both.signals()), list(Both.watches())) == (["out"], ["level"], ["other"])


def test_ports_are_inherited_and_may_be_declared_anew() -> None:
    """The base class's come first."""

    class More(Both):
        right = In(Text, items=3)
        third = In(Text)

    assert [(name, port.items) for name, port in More.inlets().items()] == [("left", 16), ("right", 3), ("third", 16)]


async def test_a_node_that_does_not_say_what_it_does_fails() -> None:
    """A node without run, a stage node without a stage, a stage without push, a sink without play."""

    class Empty(Node):
        pass

    class Stageless(StageNode):
        text = In(Text)

    class Pushless(StageNode):
        text = In(Text)

        def stage(self) -> Stage[Text]:
            return Stage()

    with pytest.raises(NodeFailed) as caught:
        await drive(Empty())
    assert isinstance(caught.value.__cause__, TypeError)
    for node in (Stageless(), Pushless()):
        with pytest.raises(NodeFailed, match="NotImplementedError"):
            await drive(node, {"text": [Text("a")]})
    sink = Sink()
    with pytest.raises(NotImplementedError):
        sink.drop(1)
    with pytest.raises(NotImplementedError):
        sink.heard(1)
    assert sink.position(1) == 0.0
    for command in (sink.duck, sink.hold, sink.resume):
        command()


@settings(max_examples=60, deadline=None)
@given(
    left=st.lists(st.integers(0, 3), max_size=8),
    right=st.lists(st.integers(0, 3), max_size=8),
    crashes=st.sets(st.integers(1, 40), max_size=8),
)
def test_several_inlets_are_merged_and_no_crash_loses_or_repeats(
    left: list[int], right: list[int], crashes: set[int]
) -> None:
    """Each inlet in its order, and all of them as they came."""

    async def main() -> None:
        def feed(pauses: list[int]) -> list[Frame | float]:
            return [each for n, pause in enumerate(pauses) for each in (float(pause), Text(str(n)))]

        node = Both(set(crashes))
        driven = await drive(node, {"left": feed(left), "right": feed(right)}, restarts=PATIENT)
        got = [frame.text for frame in driven["out"] if isinstance(frame, Text)]
        assert [text for text in got if text[0] == "l"] == [f"l{n}" for n in range(len(left))]
        assert [text for text in got if text[0] == "r"] == [f"r{n}" for n in range(len(right))]
        if not crashes:
            assert driven.timed["out"] == sorted(driven.timed["out"], key=lambda entry: entry[0])

    trio.run(main, clock=MockClock(autojump_threshold=0))


async def test_merged_inlets_may_be_left_in_the_middle(autojump_clock: MockClock) -> None:
    """Nothing is left to the collector, and the next iteration goes on behind the frame that was the last."""

    @attrs.define(eq=False)
    class Leaver(Both):
        async def run(self, ports: Ports) -> None:
            for _ in range(2):
                async for inlet, frame in ports.merged(self.left, self.right):
                    assert isinstance(frame, Text)
                    await ports[self.out].send(Text(inlet.name + frame.text))
                    break

    driven = await drive(Leaver(), {"left": [Text("1"), 1.0, Text("3")], "right": [0.5, Text("2")]})
    assert driven["out"] == [Text("left1"), Text("right2")]


async def test_a_value_wakes_those_who_wait_for_its_change() -> None:
    """All of them, each time; who comes later sees what it is now."""
    cell, seen = LatestValue(), list[object]()

    async def wait() -> None:
        seen.append(await cell.changed())

    cell.set(0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(wait)
        nursery.start_soon(wait)
        await wait_all_tasks_blocked()
        assert (seen, cell.value) == ([], 0)
        cell.set(1)
        cell.set(2)
    assert seen == [2, 2]


async def test_a_cancelled_wait_for_a_value_leaves_nothing() -> None:
    """The next value wakes nobody who has gone."""
    cell = LatestValue()
    with trio.move_on_after(0) as scope:
        await cell.changed()
    assert scope.cancelled_caught
    cell.set(1)
    assert cell.value == 1


class _Sorter(Stage[Text]):
    """Words to one outlet, audio to another, and its end said; flushes after 0.2 s."""

    idle = 200_000_000

    def __init__(self) -> None:
        self.flushed = 0

    def push(self, frame: Text) -> list[Frame]:
        if frame.text == "wrong":
            return [Transcript("nobody takes this", "final", 16000)]
        return [Phrase(frame.text), Audio(np.zeros(len(frame.text), np.int16), 16000)]

    def flush(self) -> list[Frame]:
        self.flushed += 1
        return [Phrase(f"flushed {self.flushed}")]

    def end(self) -> list[Frame]:
        return [Phrase("end")]


@attrs.define(eq=False)
class Sorter(StageNode):
    text = In(Text)
    phrases = Out(Phrase)
    audio = Out(Audio)

    def stage(self) -> Stage[Text]:
        return _Sorter()


@pytest.mark.parametrize("turn", [None, 1])
async def test_a_stage_is_pumped(autojump_clock: MockClock, turn: int | None) -> None:
    """Each frame leaves by the outlet of its kind; idle, it is flushed once; at the end it says the rest."""
    driven = await drive(Sorter(), {"text": [Text("one"), 1.0, Text("two"), 0.1, Text("three"), 1.0]}, turn=turn)
    phrases = [(t, f.text) for t, f in driven.timed["phrases"] if isinstance(f, Phrase)]
    assert phrases == [
        (0.0, "one"),
        (0.2, "flushed 1"),
        (1.0, "two"),
        (1.1, "three"),
        (1.3, "flushed 2"),
        (2.1, "end"),
    ]
    assert [len(f.samples) for f in driven["audio"] if isinstance(f, Audio)] == [3, 3, 5]


async def test_a_stage_that_gives_what_nobody_takes_says_so() -> None:
    """With the kind that came and the kinds that there are."""
    with pytest.raises(NodeFailed) as caught:
        await drive(Sorter(), {"text": [Text("wrong")]})
    assert str(caught.value.__cause__) == "sorter has no outlet for a Transcript; it has phrases, audio"


async def test_heavy_work_takes_the_time_that_a_test_states(autojump_clock: MockClock) -> None:
    """One call of a model at a time, as wide as its limiter."""

    @attrs.define(eq=False)
    class Heavy(Node):
        text = In(Text)
        out = Out(Text)

        async def run(self, ports: Ports) -> None:
            async for frame in ports[self.text]:
                done = await ports.compute(str.upper, frame.text, model="shouting")
                ports.mark("shouted", characters=len(done))
                await ports[self.out].send(Text(done))

    executor = InlineExecutor({"shouting": 0.25})
    driven = await drive(Heavy(), {"text": [Text("a"), Text("b")]}, executor=executor)
    assert driven.timed["out"] == [(0.25, Text("A")), (0.5, Text("B"))]
    assert [(mark.t, mark.name, mark.values) for mark in driven.marks] == [
        (250_000_000, "shouted", {"characters": 1}),
        (500_000_000, "shouted", {"characters": 1}),
    ]


def test_samples_are_checked_and_protected() -> None:
    """One-dimensional int16, that nobody downstream can write to."""
    samples: Samples = np.zeros(4, np.int16)
    block = Audio(samples, 16000, 10)
    assert (block.end, repr(block)[:20], block == Audio(samples.copy(), 16000, 10)) == (
        14,
        "Audio(samples=<4>, r",
        True,
    )
    assert block != Audio(np.ones(4, np.int16), 16000, 10)
    with pytest.raises(ValueError, match="read-only"):
        block.samples[0] = 1
    for wrong in (np.zeros(4, np.float32), np.zeros((2, 2), np.int16)):
        with pytest.raises(TypeError, match="audio is one-dimensional int16; got"):
            Audio(wrong, 16000)  # type: ignore[arg-type]
