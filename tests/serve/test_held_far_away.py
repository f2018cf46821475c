"""A voice that is held at the other end of a line: silent at once, and on again from the first sample not heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import numpy as np
import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_hold import STEPS, Counting, Tape, counted
from trio.testing import MockClock

from voiceflow import Graph, Samples, Session
from voiceflow.serve.mouth import Mouth

SECOND = 1_000_000_000
RATE = 24000
COUNT = 13001

Sent = tuple[float, Callable[[], object]]
Way = tuple[trio.MemorySendChannel[Sent], trio.MemoryReceiveChannel[Sent]]


def way() -> Way:
    return trio.open_memory_channel[Sent](1000)


@attrs.define(eq=False)
class Headset:
    """A line to a player `there` seconds away, which plays all that comes, and `back` seconds later says what sounded.

    It looks at no position: what is sent twice sounds twice. Who does not answer a hold leaves that to the clock.
    """

    mouth: Mouth
    there: float = 0.0
    back: float = 0.0
    answers: bool = True
    runs: list[tuple[int, int, Samples]] = attrs.field(factory=list[tuple[int, int, Samples]])
    """What plays: the instant of the first sample, its place in the turn, the samples."""
    held: list[float] = attrs.field(factory=list[float])
    """When it fell silent because it was told to."""
    ways: tuple[Way, Way] = attrs.field(factory=lambda: (way(), way()))

    def play(self, turn: int, position: int, samples: Samples) -> None:
        self._send(0, lambda: self.runs.append((max(self.now, self._end), position, samples)))

    def clear(self, turn: int) -> None:
        self._send(0, self._cut)

    def hold(self, turn: int) -> bool:
        self._send(0, lambda: self._stand(turn))
        return self.answers

    def _stand(self, turn: int) -> None:
        self._cut()
        self.held.append(trio.current_time())
        if self.answers:
            position = self.position
            self._send(1, lambda: self.mouth.played(turn, position, held=True))

    def _cut(self) -> None:
        cut = [(at, place, samples[: self._sounded(at)]) for at, place, samples in self.runs]
        self.runs = [run for run in cut if len(run[2])]

    def _sounded(self, at: int) -> int:
        return max(0, (self.now - at) * RATE // SECOND)

    @property
    def position(self) -> int:
        """How far the turn has sounded."""
        begun = [run for run in self.runs if run[0] <= self.now]
        return max((place + min(len(samples), self._sounded(at)) for at, place, samples in begun), default=0)

    @property
    def sound(self) -> list[int]:
        whole: list[int] = np.concatenate([np.zeros(0, np.int16), *(run[2] for run in self.runs)]).tolist()
        return whole

    @property
    def now(self) -> int:
        return round(trio.current_time() * SECOND)

    @property
    def _end(self) -> int:
        return self.runs[-1][0] + len(self.runs[-1][2]) * SECOND // RATE if self.runs else 0

    def tell(self, type: str, fields: Mapping[str, object]) -> None:
        pass

    def end(self, reason: str) -> None:
        pass

    def _send(self, direction: int, do: Callable[[], object]) -> None:
        after = (self.there, self.back)[direction]
        if after:
            self.ways[direction][0].send_nowait((trio.current_time() + after, do))
        else:
            do()

    async def carry(self, direction: int) -> None:
        """Nothing overtakes."""
        async for at, do in self.ways[direction][1]:
            await trio.sleep_until(at)
            do()

    async def acknowledge(self, every: float) -> None:
        while True:
            await trio.sleep(every)
            if self.runs:
                position = self.position
                self._send(1, lambda p=position: self.mouth.played(1, p))  # type: ignore[misc]


@settings(max_examples=50, deadline=None)
@given(
    there=st.sampled_from([0.0, 0.005, 0.07]),
    back=st.sampled_from([0.0, 0.013, 0.2]),
    every=st.sampled_from([0.05, 0.1, 60.0]),
    pause=st.sampled_from([0.0, 0.3]),
    steps=STEPS,
    dropped=st.booleans(),
    answers=st.booleans(),
)
@example(0.07, 0.2, 0.05, 0.0, [("look", 0.31), ("hold", 0.01), ("resume", 0.01), ("hold", 0.1)], False, True)
@example(0.07, 0.2, 0.05, 0.0, [("look", 0.31), ("hold", 0.31)], False, True)
def test_every_sample_sounds_once_and_in_its_order(
    there: float,
    back: float,
    every: float,
    pause: float,
    steps: list[tuple[str, float]],
    dropped: bool,
    answers: bool,
) -> None:
    """However far away, however seldom the player gives its word, and whenever it is held, let go and dropped.

    What is recorded, and taken for heard, is what sounded. Of who does not answer the clock knows that as exactly only
    where there is no way between.
    """
    there, back = (there, back) if answers else (0.0, 0.0)
    mouth, tape, handles = Mouth(duck_to=0.0), Tape(), list[float]()
    line = Headset(mouth, there, back, answers)
    mouth.connect(line)

    async def main() -> None:
        graph = Graph().connect(Counting([(0.1, 7000), (pause, 6001)]), mouth).connect(mouth.audio, tape)
        async with trio.open_nursery() as nursery:
            for direction in (0, 1):
                nursery.start_soon(line.carry, direction)
            nursery.start_soon(line.acknowledge, every)
            async with Session(graph) as session:
                handle = session.say("hello there")
                for step, wait in steps:
                    if step != "look":
                        getattr(mouth, step)()
                    await trio.sleep(wait)
                if dropped:
                    session.interrupt()
                else:
                    mouth.resume()
                await handle
                handles.append(handle.seconds)
                await trio.sleep(1.0)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=MockClock(autojump_threshold=0))
    assert line.sound == counted(len(line.sound))
    if not dropped:
        assert (len(line.sound), handles) == (COUNT, [COUNT / RATE])
        assert tape.recorded[tape.recorded > 0].tolist() == line.sound


async def test_a_hold_in_the_step_of_the_word_that_was_waited_for_lets_nothing_out(autojump_clock: MockClock) -> None:
    """The voice that waited for it, and is woken, goes on only when it is let go; as does what came of it meanwhile."""
    mouth = Mouth()
    line = Headset(mouth)
    mouth.connect(line)
    async with Session(Graph().connect(Counting([(0.0, 32000)]), mouth)) as session:
        handle = session.say("hello there")
        await trio.sleep(0.05)
        mouth.played(1, line.position)
        await trio.sleep(1.5)
        assert len(line.sound) == pytest.approx(1.11 * RATE, abs=480)  # a second, and the cushion, beyond that word
        mouth.played(1, line.position)
        mouth.hold()
        before = len(line.sound)
        await trio.sleep(1.0)
        assert len(line.sound) == before
        mouth.resume()
        for _ in range(3):
            await trio.sleep(0.1)
            mouth.played(1, line.position)
        await handle
    assert line.sound == counted(32000)
