"""The caller who acts out a script, in virtual time, against what the agent's voice does."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from trio.testing import MockClock
from world import Model, Voice

from voiceflow import Audio, Caller, Chunker, Graph, In, Mark, Node, Ports, Samples, Session, Speaker, Step, Trace

RATE = 16000


def clip(seconds: float, level: int = 5000) -> Samples:
    return np.full(round(seconds * RATE), level, np.int16)


@attrs.define(eq=False)
class Line(Node):
    """What the other end of the line gets."""

    blocks: list[Audio] = attrs.field(factory=list[Audio])

    audio = In(Audio, seconds=10)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            self.blocks.append(block)


async def call(caller: Caller, *, answers: bool = True, seconds: float = 2.0) -> tuple[Line, dict[str, list[float]]]:
    """A call with an agent that answers 0.5 s after each clip, if it answers."""
    line, speaker, marks = Line(), Speaker(), list[Mark]()
    graph = Graph().connect(Model(), Chunker(), Voice(seconds), speaker)
    graph.connect(caller.audio, line).connect(speaker.activity, caller.agent)
    async with Session(graph, trace=Trace([marks.append])) as session:
        if answers:
            session.on("caller.ends", lambda mark: session.say("Yes."))
        await session.finished()
    times: dict[str, list[float]] = {}
    for mark in marks:
        times.setdefault(mark.name, []).append(mark.t / 1e9)
    return line, times


async def test_each_step_waits_for_its_trigger(autojump_clock: MockClock) -> None:
    """So long after the start, after a reply became audible, after a reply ended; then it hangs up."""
    steps = [
        Step(clip(1.0), "hello", "start", 0.5),
        Step(clip(0.5), "wait", "reply_audible", 1.0),
        Step(clip(0.5), "bye", "reply_ended", 1.5),
    ]
    line, times = await call(Caller(steps))
    assert times["caller.speaks"] == [0.5, 2.68, 7.38]
    assert times["caller.ends"] == [1.48, 3.16, 7.86]
    heard = np.concatenate([block.samples for block in line.blocks])
    assert [block.pts for block in line.blocks[1:]] == [block.end for block in line.blocks[:-1]]
    loud = np.flatnonzero(heard > 2500)
    starts = [int(at) for at in loud[np.flatnonzero(np.diff(loud, prepend=-9) > 1)]]
    assert starts == [round(t * RATE) for t in times["caller.speaks"]]
    assert 3.0 < float(np.std(heard[heard < 2500])) < 5.0


async def test_a_caller_whom_nobody_answers_speaks_anyway(autojump_clock: MockClock) -> None:
    """When its patience is over; and hangs up in the end."""
    steps = [Step(clip(1.0), "hello", "start", 0.0), Step(clip(0.5), "hello?", patience=3.0)]
    line, times = await call(Caller(steps, noise=0.0), answers=False)
    assert times["caller.speaks"] == [0.0, 3.98]
    assert line.blocks[-1].end / RATE == pytest.approx(4.46 + 20.0)
    assert not np.any(line.blocks[-1].samples)


async def test_a_caller_without_a_script_hangs_up(autojump_clock: MockClock) -> None:
    """It waits for a word of the agent, in vain."""
    line, _ = await call(Caller([]))
    assert line.blocks[-1].end / RATE == 20.0


async def test_a_clip_that_ends_within_a_block_is_padded(autojump_clock: MockClock) -> None:
    """Loud clips are clipped, not wrapped; blocks keep their length."""
    caller = Caller([Step(clip(0.03, 32767), "a", "start", 0.0)], block=0.02)
    line, times = await call(caller, answers=False)
    assert {len(block.samples) for block in line.blocks} == {320}
    first = np.concatenate([block.samples for block in line.blocks[:2]])
    assert first[:480].min() > 32700
    assert first[480:].max() < 100
    assert times["caller.ends"] == [0.02]


@pytest.mark.parametrize(("name", "value"), [("rate", 0), ("block", 0.001), ("block", 2.0), ("noise", -1.0)])
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    """With the name of the setting."""
    with pytest.raises(ValueError, match=name):
        Caller([], **{name: value})  # type: ignore[arg-type]
