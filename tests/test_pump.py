"""A stage is pushed through by who sends to it, and is none the less a node of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import attrs
import pytest
import trio
from trio.testing import MockClock

from voiceflow import Frame, Graph, In, Node, NodeFailed, Out, Ports, Session, Stage, StageNode, Text
from voiceflow.machines.restart import RestartPolicy


@attrs.define(eq=False)
class Source(Node):
    """Sends numbers, waiting for nothing but room."""

    count: int
    every: float = 0.0
    sent: int = 0
    text = Out(Text)

    async def run(self, ports: Ports) -> None:
        for n in range(self.count):
            if self.every:
                await trio.sleep(self.every)
            await ports[self.text].send(Text(str(n)))
            self.sent += 1


@attrs.define(eq=False)
class Marked(Stage[Text]):
    """Adds its mark, and breaks when it is told to."""

    node: Mark

    def push(self, frame: Text) -> Iterable[Frame]:
        self.node.tasks.append(trio.lowlevel.current_task())
        self.node.pushed += 1
        if self.node.pushed in self.node.breaks:
            raise ArithmeticError(frame.text)
        return () if self.node.swallows else (Text(frame.text + self.node.mark),)


@attrs.define(eq=False)
class Mark(StageNode):
    mark: str = "!"
    breaks: set[int] = attrs.Factory(set[int])
    swallows: bool = False
    pushed: int = 0
    tasks: list[trio.lowlevel.Task] = attrs.Factory(list[trio.lowlevel.Task])

    words = In(Text, items=4)
    marked = Out(Text)

    def stage(self) -> Stage[Text]:
        return Marked(self)


@attrs.define(eq=False)
class End(Node):
    """Takes what comes, each in so many seconds."""

    seconds: float = 0.0
    got: list[tuple[float, str]] = attrs.Factory(list[tuple[float, str]])

    words = In(Text, items=4)

    async def run(self, ports: Ports) -> None:
        async for frame in ports[self.words]:
            await trio.sleep(self.seconds)
            self.got.append((round(trio.current_time(), 6), frame.text))


async def run(*nodes: Node, attempts: int = 3) -> None:
    policy = RestartPolicy(attempts=attempts, backoff=0.0)
    async with Session(Graph().connect(*nodes), restarts=policy) as session:
        await session.finished()


async def test_a_frame_goes_through_a_chain_of_stages_in_the_task_that_sends_it(autojump_clock: MockClock) -> None:
    """All but every fifth, which lets others run in between: that is as much as a wire holds."""
    one, two, end = Mark("."), Mark(","), End()
    await run(Source(100, every=0.01), one, two, end)
    assert [text for _, text in end.got] == [f"{n}.," for n in range(100)]
    ((sender, first),), ((same, then),) = (Counter(each.tasks).most_common(1) for each in (one, two))
    assert sender is same
    assert min(first, then) >= 60


async def test_an_error_of_a_stage_is_its_own(autojump_clock: MockClock) -> None:
    """The one that sends goes on; the stage is run again with the frame at which it broke."""
    source, stage, end = Source(6, every=0.01), Mark(breaks={3, 5}), End()
    await run(source, stage, end)
    assert [text for _, text in end.got] == [f"{n}!" for n in range(6)]
    assert (source.sent, stage.pushed) == (6, 8)


async def test_a_stage_that_always_breaks_is_given_up(autojump_clock: MockClock) -> None:
    """It is the stage that is told of, not who sent to it."""
    with pytest.raises(NodeFailed, match=r"^node 'mark' failed 3 times") as caught:
        await run(Source(6, every=0.01), Mark(breaks=set(range(2, 9))), End(), attempts=2)
    assert isinstance(caught.value.__cause__, ArithmeticError)


async def test_who_sends_waits_for_who_is_slow_behind_the_stages(autojump_clock: MockClock) -> None:
    """No more is on its way than the wires hold, and a frame for each node."""
    source, end = Source(40), End(seconds=1.0)
    async with Session(Graph().connect(source, Mark(), Mark(), end)) as session:
        await trio.sleep(5.5)
        assert len(end.got) == 5
        assert source.sent - len(end.got) <= 3 * 4 + 3 + 1
        await session.finished()
    assert [text for _, text in end.got] == [f"{n}!!" for n in range(40)]


async def test_a_source_that_never_waits_lets_others_run(autojump_clock: MockClock) -> None:
    """Though the stage behind it swallows all: no more passes in one step than is pushed through and the wire holds."""
    source = Source(1000)
    sent: list[int] = []

    class Look(trio.abc.Instrument):
        def before_task_step(self, task: object) -> None:
            sent.append(source.sent)

    look = Look()
    trio.lowlevel.add_instrument(look)
    await run(source, Mark(swallows=True))
    trio.lowlevel.remove_instrument(look)
    assert max(after - before for before, after in pairwise(sent)) <= 2 * 4 + 1
