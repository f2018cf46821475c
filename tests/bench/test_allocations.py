"""What a call holds of Python's memory, and that no frame leaves anything behind: counts, which no machine changes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Awaitable, Callable
from itertools import pairwise

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock

from voiceflow import Caller, Graph, Session, Speaker, Step
from voiceflow.bench import reference
from voiceflow.chat.window import ContextWindow

MANY = 11


@attrs.frozen
class Counts:
    """What Python's allocator has given out, and what its collector knows."""

    blocks: int
    objects: int

    @classmethod
    def now(cls) -> Counts:
        gc.collect()
        return cls(sys.getallocatedblocks(), len(gc.get_objects()))

    def more_than(self, other: Counts) -> tuple[int, int]:
        return self.blocks - other.blocks, self.objects - other.objects


async def _looked_at(build: Callable[[], Graph], calls: int, instants: tuple[float, ...]) -> list[Counts]:
    """So many calls at once, looked at at these seconds of theirs."""
    found: list[Counts] = []
    async with trio.open_nursery() as nursery:

        async def call() -> None:
            async with Session(build()) as session:
                await session.finished()

        for _ in range(calls):
            nursery.start_soon(call)
        for before, at in zip((0.0, *instants), instants, strict=False):
            await trio.sleep(at - before)
            found.append(Counts.now())
        nursery.cancel_scope.cancel(reason="seen enough")
    return found


def _counts(build: Callable[[], Graph], calls: int, *instants: float) -> list[Counts]:
    return trio.run(_looked_at, build, calls, instants, clock=MockClock(autojump_threshold=0))


@pytest.mark.parametrize(
    ("at", "blocks", "objects"),
    [(1.0, 1500, 1050), (3.0, 2300, 1500)],  # 1350 and 950, 2060 and 1350 as it is
    ids=["the caller speaks", "the agent speaks"],
)
def test_a_call_holds_so_much(at: float, blocks: int, objects: int) -> None:
    """The difference of eleven calls and one, so that what all share drops out."""
    _counts(lambda: reference.graph(2), 1, at)  # what is made once is made
    (one,), (many,) = (_counts(lambda: reference.graph(2), calls, at) for calls in (1, MANY))
    more_blocks, more_objects = many.more_than(one)
    assert more_blocks / (MANY - 1) <= blocks
    assert more_objects / (MANY - 1) <= objects


def _silent() -> Graph:
    """The reference agent and a caller who says nothing for long."""
    caller = Caller([Step(np.full(320, 4000, np.int16), "", "start", 60.0)], noise=0.0)
    speaker = Speaker()
    return reference.agent(caller.audio, speaker).connect(speaker.activity, caller.agent)


def test_a_frame_leaves_nothing_behind() -> None:
    """Of 250 blocks that were heard in five seconds none is held, nor anything that was made for it.

    Tables grow ever more seldom; what a frame leaves behind is there in every stretch.
    """
    _counts(_silent, 1, 2.0)
    seen = _counts(_silent, MANY, 10.0, 15.0, 20.0, 25.0, 30.0)
    stretches = [later.more_than(before) for before, later in pairwise(seen)]
    assert min(abs(blocks) for blocks, _ in stretches) / MANY <= 2.5
    assert min(abs(objects) for _, objects in stretches) / MANY <= 1.25


async def _garbage_of(turns: int) -> int:
    """What a call that is not over has left to the collector."""
    async with Session(reference.graph(turns)) as session:
        gc.collect()
        gc.disable()
        try:
            await session.finished()
            return gc.collect()
        finally:
            gc.enable()


def test_a_turn_leaves_no_circle_behind() -> None:
    """Answers that were heard out, and ones that were cut off: all they had is let go of at once."""
    assert trio.run(_garbage_of, 3, clock=MockClock(autojump_threshold=0)) == 0


async def _garbage_of_a_call(call: Callable[[], Awaitable[None]]) -> int:
    """What one that has ended, and that nobody holds, has left to the collector."""
    await call()  # what is made once is made
    gc.collect()
    gc.disable()
    try:
        await call()
        return gc.collect()
    finally:
        gc.enable()


async def _whole_call() -> None:
    async with Session(reference.graph(2)) as session:
        await session.finished()
    assert [message.role for message in session.history] == ["user", "assistant"] * 3


async def _call_left_in_the_middle() -> None:
    async with Session(reference.graph(2), window=ContextWindow(tokens=50)) as session:
        await trio.sleep(3.0)
        handle = session.say("One two three.")
    assert handle.state == "done"


@pytest.mark.parametrize("call", [_whole_call, _call_left_in_the_middle])
def test_a_call_leaves_no_circle_behind(call: Callable[[], Awaitable[None]]) -> None:
    """Session, graph, nodes and wires: all of it is freed as soon as nobody holds it."""
    assert trio.run(_garbage_of_a_call, call, clock=MockClock(autojump_threshold=0)) == 0
