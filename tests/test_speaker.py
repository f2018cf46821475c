"""The speaker: every sample on its instant, none lost, and what was heard is known to the sample."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from line import Line, now
from loudspeaker import Loudspeaker
from trio.testing import MockClock
from world import Voice

from voiceflow import (
    Activity,
    Audio,
    Graph,
    In,
    Mark,
    Node,
    Out,
    Phrase,
    Ports,
    Samples,
    Session,
    Silence,
    Speaker,
    Spoken,
    Trace,
    Watch,
)
from voiceflow._ports import NodePorts

SAMPLE = 1 / 24000 + 1e-6
DUCKED = 178  # 1000 at -15 dB


@attrs.define(eq=False)
class Halting(Node):
    """Speaks each phrase in pieces: (seconds of waiting, seconds of sound, Hz)."""

    pieces: Sequence[tuple[float, float, int]]

    phrases = In(Phrase)
    spoken = Out(Spoken)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            for n, (wait, sound, rate) in enumerate(self.pieces):
                await trio.sleep(wait)
                samples = np.full(round(sound * rate), 1000, np.int16)
                await ports[self.spoken].send(Spoken(samples, rate, phrase, last=n + 1 == len(self.pieces)))


@attrs.define(eq=False)
class Ear(Node):
    """Hears the speaker's blocks, and notes what the voice does."""

    blocks: list[Audio] = attrs.field(factory=list[Audio])
    activities: list[Activity] = attrs.field(factory=list[Activity])

    audio = In(Audio, seconds=100)
    agent = Watch(Activity)

    async def run(self, ports: Ports) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch, ports)
            async for block in ports[self.audio]:
                self.blocks.append(block)
            nursery.cancel_scope.cancel(reason="the speaker is gone")

    async def _watch(self, ports: Ports) -> None:
        while True:
            self.activities.append(await ports[self.agent].changed())


def says(speaker: Speaker, *pieces: tuple[float, float, int]) -> Graph:
    return Graph().connect(Halting(pieces), speaker)


async def test_blocks_leave_on_their_grid(autojump_clock: MockClock) -> None:
    """20 ms each from the first sample on, the last piece as it is, and the turn ends with the last sample."""
    device = Line()
    async with Session(says(Speaker(device), (0.25, 0.05, 24000), (0.0, 0.0, 24000), (0.0, 0.033, 24000))) as session:
        assert (await session.say("hello")).heard == "hello"
        assert now() == 0.333
        assert device.opened == ["open"]
    assert device.times == [0.25, 0.27, 0.29, 0.31, 0.33]
    assert [len(block) for _, block in device.blocks] == [480, 480, 480, 480, 72]
    assert device.opened == ["open", "closed"]


async def test_blocks_come_by_the_lead_before_they_sound(autojump_clock: MockClock) -> None:
    """What is written now sounds a lead later; the position follows the ear, not the device."""
    device = Line(lead=0.05)
    speaker = Speaker(device)
    async with Session(says(speaker, (0.0, 0.2, 24000))) as session:
        handle = session.say("hello")
        await trio.sleep(0.1)
        assert (speaker.position(handle.id), speaker.ahead()) == (0.05, 0.15)
        await handle
        assert now() == 0.25
        assert (speaker.position(handle.id), speaker.ahead()) == (0.2, 0.0)
        assert (speaker.position(99), speaker.heard(99)) == (0.0, "")
    assert device.times == [0.0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18]


def test_a_speaker_of_no_session_has_played_nothing() -> None:
    """And takes its commands as a session's would."""
    speaker = Speaker()
    speaker.duck()
    speaker.hold()
    speaker.resume()
    speaker.drop(1)
    assert (speaker.position(1), speaker.ahead(), speaker.heard(1)) == (0.0, 0.0, "")


@pytest.mark.parametrize(
    ("name", "value"), [("block", 0.001), ("block", 2.0), ("duck_to", 3.0), ("ramp", -1.0), ("fade", 0.5)]
)
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    """With the name of the setting."""
    settings: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=name):
        Speaker(**settings)
    with pytest.raises(ValueError, match="rate"):
        Silence(rate=0)


async def test_an_underrun_is_counted_and_the_grid_starts_again(autojump_clock: MockClock) -> None:
    """The voice paused for 0.14 s more than it had given; the ear's position stands still for so long."""
    marks: list[Mark] = []
    device = Line()
    speaker = Speaker(device)
    graph = says(speaker, (0.0, 0.1, 24000), (0.24, 0.1, 24000))
    async with Session(graph, trace=Trace([marks.append])) as session:
        handle = session.say("hello")
        await trio.sleep(0.2)
        assert speaker.position(handle.id) == 0.1
        await handle
        assert now() == 0.34
    assert device.times == [0.0, 0.02, 0.04, 0.06, 0.08, 0.24, 0.26, 0.28, 0.3, 0.32]
    assert [mark.values for mark in marks if mark.name == "speaker.underrun"] == [{"seconds": 0.14}]


@pytest.mark.parametrize("lead", [0.0, 0.05])
async def test_an_underrun_lasts_until_a_whole_block_sounds(autojump_clock: MockClock, lead: float) -> None:
    """However many chunks that takes, and however long the device takes to let it be heard."""
    marks: list[Mark] = []
    speaker = Speaker(Line(lead=lead), block=0.1)
    graph = says(speaker, (0.0, 0.1, 24000), (0.25, 0.06, 24000), (0.05, 0.14, 24000))
    async with Session(graph, trace=Trace([marks.append])) as session:
        await session.say("hello")
        assert now() == 0.5 + lead
    # The first block sounds until 0.1 + lead, the next one from 0.3 + lead on.
    assert [mark.values for mark in marks if mark.name == "speaker.underrun"] == [{"seconds": 0.2}]


@pytest.mark.parametrize("lead", [0.0, 0.04])
async def test_a_hold_of_a_voice_that_had_run_out_ends_with_a_whole_lead(
    autojump_clock: MockClock, lead: float
) -> None:
    """What came meanwhile sounds from when it can be heard, and the turn ends when that has sounded."""
    device = Line(lead=lead)
    speaker = Speaker(device, block=0.1)
    async with Session(says(speaker, (0.0, 0.1, 24000), (0.2, 0.1, 24000))) as session:
        handle = session.say("hello")
        await trio.sleep(0.11 + lead)
        speaker.hold()
        await trio.sleep(0.19 - lead)
        speaker.resume()
        await handle
        assert now() == pytest.approx(0.4 + lead, abs=1e-9)
    assert device.times == [0.0, 0.3]


@pytest.mark.parametrize("lead", [0.0, 0.05])
async def test_a_run_sounds_from_when_its_first_block_is_whole(autojump_clock: MockClock, lead: float) -> None:
    """A voice whose chunks are shorter than a block, and slow, begins with the block and not with the chunk."""
    device = Line(lead=lead)
    speaker = Speaker(device, block=0.1)
    async with Session(says(speaker, (0.0, 0.06, 24000), (0.03, 0.04, 24000))) as session:
        handle = session.say("hello")
        await trio.sleep(0.08 + lead)
        assert speaker.position(handle.id) == 0.05
        await handle
        assert now() == 0.13 + lead
    assert device.times == [0.03]


async def test_a_last_piece_that_waits_for_the_end_is_heard_when_it_is_played(autojump_clock: MockClock) -> None:
    """It is shorter than a block, and only the end of the phrase, which comes late, says that no more follows."""
    marks: list[Mark] = []
    device = Line()
    speaker = Speaker(device, block=0.1)
    graph = says(speaker, (0.0, 0.15, 24000), (0.25, 0.0, 24000))
    async with Session(graph, trace=Trace([marks.append])) as session:
        await session.say("hello")
        assert now() == 0.3
    assert device.times == [0.0, 0.25]
    assert [mark.values for mark in marks if mark.name == "speaker.underrun"] == [{"seconds": 0.15}]


async def test_a_device_that_falls_behind_moves_the_grid(autojump_clock: MockClock) -> None:
    """Once a block would come 0.2 s too late: what was missed is said, and the position does not run ahead of it."""
    marks: list[Mark] = []
    device = Line(slow=0.05)
    speaker = Speaker(device)
    async with Session(Graph().connect(Voice(1.0, first=0.0), speaker), trace=Trace([marks.append])) as session:
        handle = session.say("hello")
        assert (await handle).heard == "hello"
        late = [mark.values["seconds"] for mark in marks if mark.name == "speaker.late"]
    assert late
    assert all(isinstance(seconds, float) and 0.2 < seconds <= 0.25 for seconds in late)
    assert device.samples == 24000


@attrs.define
class Creeping(trio.abc.Clock):
    """Virtual time that also passes while something is computed: 5 us whenever somebody looks."""

    now: float = 0.0

    def start_clock(self) -> None: ...

    def current_time(self) -> float:
        self.now += 5e-6
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        self.now = max(self.now, min(deadline, self.now + 10))
        return 0.0


@attrs.define(eq=False)
class Stalling(Line):
    """Stops all that runs for a while at one of its blocks."""

    clock: Creeping = attrs.Factory(Creeping)
    at: int = 1
    stall: float = 0.05

    async def write(self, samples: Samples) -> None:
        await super().write(samples)
        if self.calls == self.at:
            self.clock.now += self.stall


@pytest.mark.parametrize("at", [5, 6, 7, 8])
def test_a_stall_of_the_loop_is_made_up_for(at: int) -> None:
    """Wherever in a chunk it falls: what was synthesised in time is no underrun, and later blocks are not late."""
    marks: list[Mark] = []
    device = Stalling(at=at)

    async def call() -> None:
        voice = Voice(1.0, first=0.0, chunk=0.06)
        async with Session(Graph().connect(voice, Speaker(device)), trace=Trace([marks.append])) as session:
            assert (await session.say("hello")).heard == "hello"

    trio.run(call, clock=device.clock)
    first, *_, last = device.times
    assert len(device.times) == 50
    assert last - first == pytest.approx(0.98, abs=0.002)
    assert not [mark for mark in marks if mark.name == "speaker.underrun"]


@attrs.define(eq=False)
class Watched(Speaker):
    """Keeps the ports that it is given."""

    ports: list[Ports] = attrs.field(factory=list[Ports])

    def attach(self, ports: Ports) -> None:
        super().attach(ports)
        self.ports.append(ports)


async def test_a_block_that_nobody_listens_to_is_only_written(autojump_clock: MockClock) -> None:
    """It goes to the device; no frame is made of it."""
    device = Line()
    speaker = Watched(device)
    async with Session(Graph().connect(Voice(0.2, first=0.0), speaker)) as session:
        assert (await session.say("hello")).heard == "hello"
    (ports,) = speaker.ports
    assert isinstance(ports, NodePorts)
    assert ports.outboxes["audio"].total == 0
    assert device.samples == 4800


@pytest.mark.parametrize("rate", [16000, 22050, 24000, 44100])
@pytest.mark.parametrize("first", [0.0, 0.01, 0.123457, 1.000001])
async def test_positions_of_what_is_heard_are_those_of_the_session(
    autojump_clock: MockClock, rate: int, first: float
) -> None:
    """Sample 0 is the start of the session; within a reply each block begins where the one before ended."""
    ear, speaker = Ear(), Speaker(Line(rate=rate))
    graph = says(speaker, (first, 0.7131, rate)).connect(speaker.audio, ear)
    async with Session(graph) as session:
        await session.say("hello")
        assert now() == pytest.approx(first + round(0.7131 * rate) / rate, abs=2e-6)
    assert ear.blocks[0].pts == round(first * rate)
    assert [b.pts for b in ear.blocks[1:]] == [b.end for b in ear.blocks[:-1]]
    assert sum(len(b.samples) for b in ear.blocks) == round(0.7131 * rate)


async def test_activity_tells_when_the_voice_begins_and_ends(autojump_clock: MockClock) -> None:
    """Also of a turn that is interrupted, at that instant; a turn that is never heard only ends."""
    ear, speaker = Ear(), Speaker()
    graph = says(speaker, (0.5, 1.0, 24000)).connect(speaker.audio, ear).connect(speaker.activity, ear.agent)
    async with Session(graph) as session:
        await session.say("hello")
        session.say("hello")
        await trio.sleep(1.0)
        session.interrupt()
        session.say("hello")
        await trio.sleep(0.25)
        session.interrupt()
        await trio.lowlevel.checkpoint()
    assert [(a.turn, a.what, a.at / 1e9) for a in ear.activities] == [
        (1, "audible", 0.5),
        (1, "ended", 1.5),
        (2, "audible", 2.0),
        (2, "ended", 2.5),
        (3, "ended", 2.75),
    ]


# Another rate than the output's


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
async def test_a_voice_at_another_rate_is_resampled(autojump_clock: MockClock, rate: int) -> None:
    """No sample too many or too few, and all of the words were heard."""
    device = Line()
    async with Session(says(Speaker(device), (0.1, 0.4, rate), (0.0, 0.2, rate))) as session:
        assert (await session.say("hello there")).heard == "hello there"
        assert now() == 0.7
    assert device.samples == 14400


async def test_a_reply_in_voices_of_several_rates_is_heard_whole(autojump_clock: MockClock) -> None:
    """What the resampler of one voice still holds leaves before the next voice begins."""
    device = Line()
    pieces = [(0.1, 0.5, 16000), (0.0, 0.5, 48000), (0.0, 0.5, 24000), (0.0, 0.5, 16000)]
    async with Session(says(Speaker(device), *pieces)) as session:
        assert (await session.say("hello there")).heard == "hello there"
    assert device.samples == 48000


# Holding, ducking, dropping


@settings(max_examples=25, deadline=None)
@given(
    lead=st.sampled_from([0.0, 0.03, 0.2]),
    at=st.floats(0.0, 1.4, allow_nan=False),
    holds=st.lists(st.tuples(st.floats(0.0, 0.7), st.floats(0.0, 0.4)), min_size=1, max_size=3),
    pause=st.floats(0.0, 0.5),
)
@example(lead=0.0, at=1.0, holds=[(0.5, 0.0)], pause=0.0)
def test_holding_loses_nothing_and_the_position_never_jumps(
    lead: float, at: float, holds: list[tuple[float, float]], pause: float
) -> None:
    """Whenever it is held and however often, a device's lead and a voice that pauses included."""

    async def main() -> None:
        device = Loudspeaker(lead=lead)
        speaker = Speaker(device)
        async with Session(says(speaker, (0.2, 0.5, 24000), (pause, 0.5, 24000))) as session:
            handle = session.say("hello there")
            seen: list[tuple[float, float]] = [(0.0, 0.0)]

            async def look(seconds: float) -> None:
                until = trio.current_time() + seconds
                while trio.current_time() < until:
                    await trio.sleep(min(0.013, until - trio.current_time() + 1e-9))
                    seen.append((trio.current_time(), speaker.position(handle.id)))

            await look(at)
            for held, after in holds:
                speaker.hold()
                speaker.hold()
                await look(held)
                speaker.resume()
                speaker.resume()
                await look(after)
            await look(2.0 + pause)
            for (t, position), (later, further) in itertools.pairwise(seen):
                assert 0 <= further - position <= later - t + SAMPLE, (t, later, position, further)
            assert handle.done
            assert (handle.heard, speaker.position(handle.id)) == ("hello there", 1.0)
        assert device.sound.tolist() == [1000] * 24000

    trio.run(main, clock=MockClock(autojump_threshold=0))


async def test_a_hold_before_the_first_sample_holds_it_back(autojump_clock: MockClock) -> None:
    """It leaves when it is let go, and is not late."""
    marks: list[Mark] = []
    device = Line()
    speaker = Speaker(device)
    async with Session(says(speaker, (0.2, 0.1, 24000)), trace=Trace([marks.append])) as session:
        handle = session.say("hello")
        await trio.sleep(0.1)
        speaker.hold()
        await trio.sleep(0.9)
        assert (handle.state, speaker.position(handle.id), device.times) == ("thinking", 0.0, [])
        speaker.resume()
        await handle
        assert now() == 1.1
    assert device.times == [1.0, 1.02, 1.04, 1.06, 1.08]
    assert not [mark for mark in marks if mark.name in ("speaker.late", "speaker.underrun")]


async def test_a_hold_is_not_a_silence_of_the_voice(autojump_clock: MockClock) -> None:
    """What comes while playback is held, after all before it had sounded, is heard as soon as it is let go."""
    device = Line()
    speaker = Speaker(device)
    async with Session(says(speaker, (0.0, 0.1, 24000), (0.4, 0.1, 24000))) as session:
        handle = session.say("hello")
        await trio.sleep(0.3)
        speaker.hold()
        await trio.sleep(0.7)
        speaker.resume()
        await handle
        assert now() == 1.1
    assert device.times[5:] == [1.0, 1.02, 1.04, 1.06, 1.08]


async def test_a_held_end_waits(autojump_clock: MockClock) -> None:
    """A turn whose last sample was sent and has not sounded is not over while it is held."""
    speaker = Speaker(Line(lead=0.2), block=0.1)
    async with Session(says(speaker, (0.0, 1.0, 24000))) as session:
        handle = session.say("hello")
        await trio.sleep(0.7)
        speaker.hold()  # 0.5 s have sounded, the device gives back 0.2 s, and 0.3 s were not written
        await trio.sleep(1.3)
        assert (handle.done, speaker.position(handle.id)) == (False, 0.5)
        speaker.resume()  # what is written now sounds at 2.2
        await trio.sleep(0.2)
        assert speaker.position(handle.id) == 0.5
        await handle
        assert now() == 2.7


async def test_a_hold_within_the_last_block_keeps_the_turn_open(autojump_clock: MockClock) -> None:
    """All of it was sent; it is over when its rest has sounded after the hold."""
    speaker = Speaker(block=0.1)
    async with Session(says(speaker, (0.0, 1.0, 24000))) as session:
        handle = session.say("hello")
        await trio.sleep(0.95)
        speaker.hold()
        await trio.sleep(1.05)
        assert (handle.done, speaker.position(handle.id)) == (False, 0.95)
        speaker.resume()
        await handle
        assert now() == 2.05


async def test_ducking_is_a_ramp_down_and_up(autojump_clock: MockClock) -> None:
    """-15 dB within 30 ms, from the next block on; back in as many."""
    ear, speaker = Ear(), Speaker()
    async with Session(says(speaker, (0.0, 0.4, 24000)).connect(speaker.audio, ear)) as session:
        handle = session.say("hello")
        await trio.sleep(0.11)
        speaker.duck()
        await trio.sleep(0.1)
        speaker.resume()
        await handle
    heard = np.concatenate([block.samples for block in ear.blocks]).astype(int)
    assert set(heard[: 6 * 480]) == {1000}
    assert np.all(np.diff(heard[6 * 480 - 1 : 6 * 480 + 720]) < 0)
    assert set(heard[6 * 480 + 719 : 11 * 480]) == {DUCKED}
    assert np.all(np.diff(heard[11 * 480 - 1 : 11 * 480 + 720]) > 0)
    assert set(heard[11 * 480 + 719 :]) == {1000}


async def test_a_turn_after_a_ducked_one_begins_at_full_gain(autojump_clock: MockClock) -> None:
    """Nothing of what was cut off colours the next reply; one that begins ducked is ducked from its first sample."""
    ear, speaker = Ear(), Speaker()
    async with Session(says(speaker, (0.1, 0.4, 24000)).connect(speaker.audio, ear)) as session:
        session.say("hello")
        await trio.sleep(0.2)
        speaker.duck()
        await trio.sleep(0.1)
        session.interrupt()
        count = len(ear.blocks)
        await session.say("hello")
        assert {int(level) for block in ear.blocks[count + 1 :] for level in block.samples} == {1000}
        count = len(ear.blocks)
        speaker.duck()
        await session.say("hello")
        assert {int(level) for block in ear.blocks[count + 1 :] for level in block.samples} == {DUCKED}


async def test_only_what_is_cut_short_is_dropped(autojump_clock: MockClock) -> None:
    """The device fades what it holds of an interrupted turn; a turn that has ended sounds to its end in the device."""
    device = Line()
    async with Session(says(Speaker(device, fade=0.1), (0.0, 1.0, 24000))) as session:
        await session.say("hello")
        assert device.drops == []
        handle = session.say("hello")
        await trio.sleep(0.5)
        session.interrupt()
        await handle
    assert device.drops == [(1.5, 0.1)]
    assert len(device.blocks) in (50 + 25, 50 + 26)


async def test_a_device_that_fails_once_costs_a_block(autojump_clock: MockClock) -> None:
    """The reply goes on behind it; a device that is gone ends the turn with the error."""
    device = Line(fails=[4])
    speaker = Speaker(device)
    async with Session(says(speaker, (0.0, 0.2, 24000))) as session:
        handle = await session.say("hello there")
        assert (handle.heard, handle.error, handle.interrupted) == ("hello there", None, False)
        assert device.samples == 9 * 480
        device.fails = range(1000)
        handle = await session.say("hello there")
        assert "node 'speaker' failed 2 times" in str(handle.error)
        assert session.agent == "listening"
