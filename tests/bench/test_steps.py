"""What a frame costs the scheduler: counts, so that a regression shows on any machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock
from world import Model, Voice

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    In,
    Node,
    Out,
    Phrase,
    Ports,
    Samples,
    Session,
    Silence,
    Speaker,
    Spoken,
    TextFilter,
)
from voiceflow.bench.hops import PassStage

RATE = 16000
BLOCK = np.zeros(RATE // 50, np.int16)
FEW, MANY = 100, 500
# Which of two ready tasks Trio runs first is drawn by lot, and so is whether one wake-up serves two frames.
SLACK = 0.1


class _Steps(trio.abc.Instrument):
    count = 0

    def before_task_step(self, task: Any) -> None:
        self.count += 1


def _steps(call: Callable[[int], Any], size: int) -> int:
    counter = _Steps()
    trio.run(call, size, clock=MockClock(autojump_threshold=0), instruments=[counter])
    return counter.count


def _steps_each(call: Callable[[int], Any]) -> float:
    """What one more frame costs: the difference of a long and a short run, so that opening and closing drop out."""
    return (_steps(call, MANY) - _steps(call, FEW)) / (MANY - FEW)


@attrs.define(eq=False)
class _Line(Node):
    """A caller's 20 ms blocks, in real time."""

    blocks: int
    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        for n in range(self.blocks):
            await ports.sleep_until((n + 1) * 20_000_000)
            await ports[self.audio].send(Audio(BLOCK, RATE, n * len(BLOCK)))


@attrs.define(eq=False)
class _End(Node):
    sound = In(Audio)

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.sound]:
            pass


async def _listen(blocks: int, stages: int) -> None:
    graph = Graph().connect(_Line(blocks), *(PassStage() for _ in range(stages)), _End())
    async with Session(graph) as session:
        await session.finished()


@pytest.mark.parametrize("stages", [1, 2, 5])
def test_a_block_costs_two_steps_however_many_stages_it_passes(stages: int) -> None:
    """The source's and the last node's; each stage lets others run once in as many blocks as its wire holds."""

    async def call(blocks: int) -> None:
        await _listen(blocks, stages)

    assert _steps_each(call) <= 2 + stages / 10 + SLACK


async def _speak(blocks: int) -> None:
    voice = Voice(seconds=blocks * 0.02, chunk=0.02)
    graph = Graph().connect(Model(last=0.1), TextFilter(), Chunker(), voice, Speaker())
    async with Session(graph) as session:
        await session.reply()


def test_a_block_that_is_played_costs_three_steps() -> None:
    """One for the voice that makes it, one for its instant, one where nobody listens to the speaker."""
    assert _steps_each(_speak) <= 3 + SLACK


async def _write(tokens: int) -> None:
    text = " ".join(["word"] * tokens) + "."
    graph = Graph().connect(Model([text], first=0.0), TextFilter(), Chunker(), Voice(seconds=0.1), Speaker())
    async with Session(graph) as session:
        await session.reply()


def test_a_token_costs_two_steps() -> None:
    """One for the model that writes it; the stages behind it take several at a time when they come at once."""
    assert _steps_each(_write) <= 2 + SLACK


@attrs.define
class _Creeping(trio.abc.Clock):
    """Whoever looks at it finds that time has passed, as on a real clock."""

    now: float = 0.0

    def start_clock(self) -> None:
        pass

    def current_time(self) -> float:
        self.now += 5e-6
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        self.now = self.now if deadline == math.inf else max(self.now, deadline)
        return 0.0


@attrs.define(eq=False)
class _Passes(trio.abc.Instrument):
    """Passes of the scheduler: so many, and at which of them a chunk was sent and a block written."""

    count: int = 0
    sent: list[int] = attrs.Factory(list[int])
    written: list[int] = attrs.Factory(list[int])

    def before_io_wait(self, timeout: float) -> None:
        self.count += 1


@attrs.define(eq=False)
class _Once(Node):
    """Says each phrase in one chunk."""

    passes: _Passes
    phrases = In(Phrase)
    spoken = Out(Spoken)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            self.passes.sent.append(self.passes.count)
            await ports[self.spoken].send(Spoken(np.ones(2400, np.int16), 24000, phrase, last=True))


@attrs.define(eq=False)
class _Written(Silence):
    passes: _Passes = attrs.field(factory=_Passes, kw_only=True)

    async def write(self, samples: Samples) -> None:
        self.passes.written.append(self.passes.count)


def test_the_first_sound_of_a_reply_leaves_when_the_speaker_has_it() -> None:
    """It waits for no pass of the scheduler but the one that wakes the speaker; the blocks after it have instants."""
    passes = _Passes()

    async def call() -> None:
        model, speaker = Model(["One two three."], first=0.0), Speaker(_Written(passes=passes))
        async with Session(Graph().connect(model, TextFilter(), Chunker(), _Once(passes), speaker)) as session:
            await session.reply()

    trio.run(call, clock=_Creeping(), instruments=[passes])
    assert passes.written[0] - passes.sent[0] == 1
    assert len(passes.written) == 5
