"""The two ends of a served call, in virtual time: what is heard far away, and what is said there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
import numpy as np
import pytest
import trio
from served import REPLY, build, loud
from trio.testing import MockClock
from world import Voice

from voiceflow import Audio, Chunker, Graph, In, Mark, Node, Ports, Samples, Session, Trace
from voiceflow.machines.far_player import FarPlayer
from voiceflow.observe.waterfall import Waterfall
from voiceflow.serve.ear import Ear
from voiceflow.serve.mouth import Mouth
from voiceflow.testing import check_sink

SECOND = 1_000_000_000

Way = tuple[
    trio.MemorySendChannel[tuple[float, Callable[[], object]]],
    trio.MemoryReceiveChannel[tuple[float, Callable[[], object]]],
]


@attrs.define(eq=False)
class Far:
    """A line to a player `transit` seconds away, which says what has sounded every 0.1 s, as long as it is `there`."""

    mouth: Mouth
    transit: float = 0.0
    there: bool = True
    answers: bool = True
    player: FarPlayer = attrs.field(factory=lambda: FarPlayer(24000))
    cleared: list[int] = attrs.field(factory=list[int])
    repeated: int = 0
    way: Way = attrs.field(factory=lambda: trio.open_memory_channel[tuple[float, Callable[[], object]]](1000))

    def play(self, turn: int, position: int, samples: Samples) -> None:
        self._later(lambda: self._take(turn, position, len(samples)))

    def _take(self, turn: int, position: int, count: int) -> None:
        self.repeated += count - self.player.push(turn, position, count, self.now())

    def clear(self, turn: int) -> None:
        self.cleared.append(turn)
        self._later(lambda: self.player.clear(turn, self.now()))

    def hold(self, turn: int) -> bool:
        self._later(lambda: self._stand(turn))
        return self.answers

    def _stand(self, turn: int) -> None:
        position = self.player.hold(turn, self.now())
        if self.answers:
            self._later(lambda: self.mouth.played(turn, position, self.player.missed, held=True))

    def tell(self, type: str, fields: Mapping[str, object]) -> None:
        pass

    def end(self, reason: str) -> None:
        pass

    def now(self) -> int:
        return round(trio.current_time() * SECOND)

    def _later(self, do: Callable[[], object]) -> None:
        if self.transit:
            self.way[0].send_nowait((trio.current_time() + self.transit, do))
        else:
            do()

    async def carry(self) -> None:
        """Nothing overtakes."""
        async for at, do in self.way[1]:
            await trio.sleep_until(at)
            do()

    async def acknowledge(self) -> None:
        while True:
            await trio.sleep(0.1)
            if self.there:
                turn, position = self.player.turn, self.player.position(self.now())
                self._later(lambda t=turn, p=position: self.mouth.played(t, p, self.player.missed))  # type: ignore[misc]


def _said(mouth: Mouth, voice: Voice) -> Graph:
    return Graph().connect(Chunker(), voice, mouth)


async def test_the_mouth_keeps_the_contract_of_a_sink(autojump_clock: MockClock) -> None:
    """Whether the far player says what has sounded, or nothing at all."""

    def silent() -> Mouth:
        mouth = Mouth()
        mouth.connect(Far(mouth, answers=False))
        return mouth

    await check_sink(silent)


async def test_the_mouth_keeps_it_with_a_player_that_gives_its_word(autojump_clock: MockClock) -> None:
    """100 ms away, there and back."""
    async with trio.open_nursery() as nursery:

        def far() -> Mouth:
            mouth = Mouth()
            line = Far(mouth, 0.05)
            nursery.start_soon(line.carry)
            mouth.connect(line)
            nursery.start_soon(line.acknowledge)
            return mouth

        await check_sink(far)
        nursery.cancel_scope.cancel()


async def test_what_is_said_far_away_is_whole_and_smooth(autojump_clock: MockClock) -> None:
    """All samples come, without a silence; the turn ends when the far end has heard it, a way later."""
    async with trio.open_nursery() as nursery:
        mouth = Mouth()
        line = Far(mouth, 0.05)
        nursery.start_soon(line.carry)
        mouth.connect(line)
        nursery.start_soon(line.acknowledge)
        async with Session(_said(mouth, Voice(2.0, 0.2))) as session:
            handle = await session.say("One two three.")
            assert (handle.heard, handle.interrupted) == ("One two three.", False)
        assert (line.player.end, line.player.underruns, line.player.position(line.now())) == (48000, 0, 48000)
        nursery.cancel_scope.cancel()


async def test_when_an_answer_was_heard_is_told_by_the_far_player(autojump_clock: MockClock) -> None:
    """From the last sample of the question: what the session took, the way to the player, and that of its word."""
    async with trio.open_nursery() as nursery:
        ear, mouth, times, heard = Ear(), Mouth(), Waterfall(), list[Mark]()
        line = Far(mouth, 0.05)
        nursery.start_soon(line.carry)
        mouth.connect(line)
        nursery.start_soon(line.acknowledge)
        async with Session(build(ear.audio, mouth), trace=Trace([times])) as session:
            session.on("turn.heard", heard.append)
            await _speak(ear, np.zeros(8000, np.int16))
            await _speak(ear, loud(0.5))
            await trio.sleep(2.0)
        answer = times.turns[1]
        assert answer.speech_end == pytest.approx(SECOND, abs=0.005 * SECOND)
        assert answer.response is not None
        assert answer.latency == pytest.approx(answer.response + 0.1, abs=0.001)
        assert [(mark.turn, mark.values["at"]) for mark in heard] == [(1, answer.sounded)]
        nursery.cancel_scope.cancel()


async def test_a_player_that_boasts_has_heard_nothing_before_it_left(autojump_clock: MockClock) -> None:
    """However much silence it says stood in front of what sounded: the latency is no less than the session's own."""
    ear, mouth, times = Ear(), Mouth(), Waterfall()
    line = Far(mouth)
    mouth.connect(line)
    async with Session(build(ear.audio, mouth), trace=Trace([times])) as session:
        await _speak(ear, np.zeros(8000, np.int16))
        await _speak(ear, loud(0.5))
        while session.agent != "speaking":  # noqa: ASYNC110  to the next instant of a clock that jumps
            await trio.sleep(0.02)
        mouth.played(1, 480, 2**53)
        await trio.sleep(2.0)
    answer = times.turns[1]
    assert answer.response is not None
    assert answer.latency == pytest.approx(answer.response, abs=0.001)


@attrs.define(eq=False)
class Outrun(Mouth):
    """Its far player's word for half of a turn comes when the turn has just been taken to its end."""

    async def play(self, ports: Ports) -> None:
        await super().play(ports)
        assert ports.turn is not None
        self.played(ports.turn, round(self.position(ports.turn) * self.rate) // 2)


async def test_word_that_comes_behind_the_end_of_a_turn_takes_nothing_back(autojump_clock: MockClock) -> None:
    """Under load the last mark but one may be that late: the history has all of the reply."""
    mouth = Outrun()
    mouth.connect(Far(mouth))
    async with Session(_said(mouth, Voice(1.0, 0.0))) as session:
        handle = await session.say("One two three four five six.")
        assert session.history[-1].text == handle.heard == "One two three four five six."
        assert (handle.seconds, round(trio.current_time(), 3)) == (1.0, 1.0)


async def test_an_interruption_clears_at_once_and_keeps_what_was_heard(autojump_clock: MockClock) -> None:
    """The history follows what the far player said, and nothing of the turn is sent any more."""
    async with trio.open_nursery() as nursery:
        mouth = Mouth()
        line = Far(mouth)
        mouth.connect(line)
        nursery.start_soon(line.acknowledge)
        async with Session(_said(mouth, Voice(4.0, 0.2))) as session:
            handle = session.say("one two three four five six seven eight.")
            await trio.sleep(2.25)
            session.interrupt()
            assert (line.cleared, handle.seconds) == ([1], 2.05)
            assert session.history[-1].text == handle.heard == "one two three four five six"
            sent = line.player.end
            await handle
            await trio.sleep(1.0)
            assert line.player.end == sent
            assert sent / 24000 < 2.25 - 0.2 + 0.06 + 0.021
        nursery.cancel_scope.cancel()


async def test_a_player_that_owes_its_word_is_sent_no_more(autojump_clock: MockClock) -> None:
    """A second of sound and the cushion beyond what it said; after five seconds it is taken to be gone."""
    async with trio.open_nursery() as nursery:
        mouth, lost = Mouth(), list[float]()
        line = Far(mouth)
        mouth.connect(line)
        mouth.on_lost = lambda: lost.append(trio.current_time())
        nursery.start_soon(line.acknowledge)
        async with Session(_said(mouth, Voice(8.0, 0.0))) as session:
            handle = session.say("One two three four five six seven eight.")
            await trio.sleep(2.05)
            line.there = False
            began = trio.current_time()
            await trio.sleep(4.0)
            assert line.player.end == round((2.0 + 1.06) * 24000)
            await trio.sleep(2.5)
            assert [round(at - began, 2) for at in lost] == [5.93]  # the last block that might leave was due at 0.93
            line.there = True
            await handle
            assert handle.heard == "One two three four five six seven eight."
        assert line.player.end == 8 * 24000
        nursery.cancel_scope.cancel()


async def test_a_line_that_was_cut_is_taken_up_where_it_was(autojump_clock: MockClock) -> None:
    """What was not known to have sounded is sent again, and the turn goes on; nothing is said twice or left out."""
    async with trio.open_nursery() as nursery:
        mouth = Mouth()
        line = Far(mouth)
        mouth.connect(line)
        nursery.start_soon(line.acknowledge)
        async with Session(_said(mouth, Voice(3.0, 0.0))) as session:
            handle = session.say("One two three.")
            await trio.sleep(1.05)
            mouth.disconnect()
            line.there = False
            assert session.agent == "speaking"
            await trio.sleep(3.0)
            assert line.player.end == round((1.05 + 0.06) * 50) * 480
            line.there = True
            mouth.connect(line)
            await handle
            assert line.repeated > 0
            assert (handle.heard, line.player.end) == ("One two three.", 72000)
            assert trio.current_time() < 7.2
        nursery.cancel_scope.cancel()


async def test_phrases_are_told_with_their_places(autojump_clock: MockClock) -> None:
    """When they are on their way, and again when their end is known."""
    mouth, told = Mouth(), list[Mark]()
    mouth.connect(Far(mouth))
    async with Session(_said(mouth, Voice(0.5, 0.1))) as session:
        session.on("phrase", told.append)
        await session.say("Good morning to you all. How are you today my friend?")
    places = [(mark.values["begin"], mark.values["end"]) for mark in told]
    assert places == [(0, None), (0, 12000), (12000, None), (12000, 24000)]
    assert {mark.turn for mark in told} == {1}


async def test_an_ear_and_a_mouth_hold_a_conversation(autojump_clock: MockClock) -> None:
    """What is spoken into the one is answered by the other; keys, a line that stalls, and a hang-up besides."""
    ear, mouth = Ear(), Mouth()
    line = Far(mouth)
    mouth.connect(line)
    async with Session(build(ear.audio, mouth)) as session:
        await _speak(ear, np.zeros(8000, np.int16))
        await _speak(ear, loud(0.5))
        await trio.sleep(3.0)
        assert [(m.role, m.text) for m in session.history] == [("user", "Hello there"), ("assistant", REPLY)]
        ear.hang_up()
        await session.finished()
    assert ear.arrivals.silent > 0


@attrs.define(eq=False)
class Deaf(Node):
    """Takes one block, then nothing until 6 s have passed, then all."""

    audio = In(Audio)
    taken: list[Audio] = attrs.field(factory=list[Audio])

    async def run(self, ports: Ports) -> None:
        self.taken.append(await ports[self.audio].receive())
        await ports.sleep_until(6 * SECOND)
        async for block in ports[self.audio]:
            self.taken.append(block)


async def test_a_burst_loses_nothing_and_what_nobody_takes_is_bounded(autojump_clock: MockClock) -> None:
    """Two seconds are kept besides what the wire holds; the first block behind the hole says how large it is."""
    ear, deaf = Ear(), Deaf()
    async with Session(Graph().connect(ear.audio, deaf)):
        for _ in range(50):
            ear.hear(np.ones(320, np.int16), 16000)
        await trio.sleep(0.98)
        for _ in range(200):
            await trio.sleep(0.02)
            ear.hear(np.ones(320, np.int16), 16000)
        await trio.sleep(2.0)
        ear.hang_up()
        await trio.sleep(0.1)
    holes = [(block.pts, block.gap) for block in deaf.taken if block.gap]
    assert len(holes) == 1
    assert sum(len(block.samples) + block.gap for block in deaf.taken) == deaf.taken[-1].end - deaf.taken[0].pts


async def _speak(ear: Ear, samples: Samples) -> None:
    """At 48 kHz, in blocks of 20 ms."""
    for at in range(0, len(samples), 320):
        await trio.sleep(0.02)
        ear.hear(np.repeat(samples[at : at + 320], 3), 48000)
