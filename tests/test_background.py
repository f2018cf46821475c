"""Sounds under the voice: in their samples, and the voice in its own, whatever is heard, dropped and stored."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trio
from line import Line, now
from loudspeaker import Loudspeaker
from trio.testing import MockClock
from world import Clip, Model, User, Voice

from voiceflow import (
    Audio,
    Background,
    Chunker,
    Endpointing,
    Graph,
    Interruption,
    Mark,
    NodeFailed,
    PhraseSettings,
    ProviderError,
    Session,
    Silence,
    Speaker,
    Speculation,
    Trace,
    TurnSettings,
    TurnTaking,
)
from voiceflow.draw import mermaid
from voiceflow.graph_json import from_json, to_json
from voiceflow.nodes.soundfile import write_audio
from voiceflow.testing import InlineExecutor, check_sink

RATE = 24000
LEVEL = 100
HUM = Audio(np.full(RATE, LEVEL, np.int16), RATE)
"""A background without a wave: what is not it is the voice, or a ramp."""


def plain(output: Line | Loudspeaker, **settings: Any) -> Background:
    """Under a voice it is as loud as without, and it begins at once."""
    found: dict[str, Any] = {"gain": 0.0, "duck": 0.0, "fade": 0.0, **settings}
    return Background(output, HUM, **found)


def says(background: Background, *, seconds: float = 1.0, first: float = 0.2) -> tuple[Graph, Speaker]:
    speaker = Speaker(background, fade=0.0)
    return Graph().connect(Voice(seconds, first=first), speaker), speaker


async def test_the_voice_stands_at_its_sample_over_the_background(autojump_clock: MockClock) -> None:
    """It sounds a block later than without, and the background goes on before, under and behind it."""
    line = Line()
    graph, _ = says(plain(line))
    async with Session(graph) as session:
        await trio.sleep(0.123)
        assert (await session.say("hello")).heard == "hello"
        assert now() == 1.343
        await trio.sleep(0.1)
    assert set(line.between(0, 0.343)) == {LEVEL}
    assert set(line.between(0.343, 1.343)) == {1000 + LEVEL}
    assert set(line.between(1.343, 1.4)) == {LEVEL}
    assert [at for at, _ in line.blocks] == [round(0.02 * n, 6) for n in range(73)]
    assert line.opened == ["open", "closed"]


@pytest.mark.parametrize(("lead", "drops"), [(0.0, []), (0.05, [(0.5, 0.0)])])
async def test_what_was_heard_is_the_voice_alone(
    autojump_clock: MockClock, lead: float, drops: list[tuple[float, float]]
) -> None:
    """The position counts samples of the voice that have sounded; background before it counts for nothing."""
    line = Line(lead=lead)
    graph, speaker = says(plain(line))
    async with Session(graph) as session:
        handle = session.say("hello")
        await trio.sleep(0.5)
        voice = sum(sample == 1000 + LEVEL for sample in line.between(0.0, 0.5 - lead))
        assert speaker.position(handle.id) == round(0.28 - lead, 6) == voice / RATE
        session.interrupt()
        assert handle.interrupted
        assert speaker.position(handle.id) == round(0.28 - lead, 6)
        await trio.sleep(0.2)
    assert line.drops == drops


async def test_an_interruption_stops_the_voice_and_not_the_background(autojump_clock: MockClock) -> None:
    """Not one sample of it is mixed afterwards; the background comes back from what the output forgot, in 20 ms."""
    line = Line()
    graph, _ = says(plain(line))
    async with Session(graph) as session:
        session.say("hello")
        await trio.sleep(0.51)
        session.interrupt()
        await trio.sleep(0.49)
    assert set(line.between(0.22, 0.52)) == {1000 + LEVEL}
    back = np.array(line.between(0.52, 0.54))
    assert np.abs(back - [LEVEL * n / 480 for n in range(1, 481)]).max() <= 0.5
    assert set(line.between(0.54, 1.0)) == {LEVEL}


async def test_a_turn_that_nobody_has_heard_takes_no_background_along(autojump_clock: MockClock) -> None:
    """The output is not told to forget anything: none of it is a voice's."""
    line = Line(lead=0.05)
    graph, _ = says(plain(line), first=0.5)
    async with Session(graph) as session:
        session.say("hello")
        await trio.sleep(0.51)  # its first block waits to be mixed
        session.interrupt()
        await trio.sleep(0.49)
    assert line.drops == []
    assert set(line.between(0.0, 1.0)) == {LEVEL}


async def test_the_fade_of_an_interruption_goes_on_in_the_mixture(autojump_clock: MockClock) -> None:
    """Where the output holds less than the fade is long: falling from the ear's sample on, whatever the block."""
    line = Line()
    background = Background(line)
    speaker = Speaker(background, fade=0.1)
    async with Session(Graph().connect(Voice(1.0), speaker)) as session:
        session.say("hello")
        await trio.sleep(0.51)
        session.interrupt()
        await trio.sleep(0.49)
    # Nothing else sounds: the mixture is written from the voice's block on, at 0.22.
    ear = round((0.51 - 0.22) * RATE)
    held = round((0.52 - 0.22) * RATE)
    sound = line.sound
    assert set(sound[:held].tolist()) == {1000}
    # The speaker was a block ahead: so much of the fade there is to hear.
    assert sound[held:].tolist() == [round(1000 * 10 ** (-3 * n / 2400)) for n in range(held - ear, held - ear + 480)]
    assert line.drops == [(0.51, 0.1)]


async def test_holding_stops_the_voice_alone(autojump_clock: MockClock) -> None:
    """The background goes on, and the voice from where it was: not a sample of it comes twice or is left out."""
    device = Loudspeaker()
    graph, speaker = says(plain(device))
    async with Session(graph) as session:
        handle = session.say("hello")
        await trio.sleep(0.5)
        speaker.hold()
        await trio.sleep(1.0)
        assert speaker.position(handle.id) == 0.28
        speaker.resume()
        await handle
        await trio.sleep(0.1)
        assert speaker.position(handle.id) == 1.0
    assert sum(device.sound > LEVEL) == RATE
    held = device.between(0.5, 1.52)
    assert held[: 2 * 480].max() <= LEVEL
    assert set(held[2 * 480 :].tolist()) == {LEVEL}


async def test_the_background_is_lower_under_the_voice(autojump_clock: MockClock) -> None:
    """-20 dB are a tenth: reached, kept and left within the times that are set."""
    line = Line()
    graph, _ = says(plain(line, duck=-20.0, attack=0.1, hold=0.2, release=0.5))
    async with Session(graph) as session:
        await session.say("hello")
        await trio.sleep(1.0)
    begin, end = round(0.22 * RATE), round(1.22 * RATE)
    under = line.sound.astype(int)
    under[begin:end] -= 1000
    assert set(under[:begin].tolist()) == {LEVEL}
    assert under[begin : begin + 2400].tolist() == [round(LEVEL - 90 * n / 2400) for n in range(1, 2401)]
    assert set(under[begin + 2400 : end + 4800].tolist()) == {10}
    release = under[end + 4800 : end + 16800]
    assert np.abs(release - [10 + 90 * n / 12000 for n in range(1, 12001)]).max() <= 0.5
    assert set(under[end + 16800 :].tolist()) == {LEVEL}


async def test_without_a_sound_nothing_is_written_but_the_voice(autojump_clock: MockClock) -> None:
    """An output that is told of silence by hearing nothing stays so."""
    line = Line()
    graph, _ = says(Background(line))
    async with Session(graph) as session:
        await trio.sleep(0.5)
        await session.say("hello")
        await trio.sleep(0.5)
    assert line.blocks[0][0] == 0.72
    assert line.sound.tolist() == [1000] * RATE


# Thinking


def conversation(background: Background, clips: list[Clip], **voice: Any) -> Graph:
    settings = TurnSettings(
        endpointing=Endpointing(mode="fixed", min_wait=0.5),
        interruption=Interruption(always={}, fade=0.0),
        speculation=Speculation(mode="off"),
    )
    user, turns = User(clips, until=8.0), TurnTaking(settings)
    graph = Graph().connect(user.speech, turns.speech).connect(user.transcripts, turns.transcripts)
    return graph.connect(
        turns, Model(), Chunker(PhraseSettings(idle_after=10**9)), Voice(**voice), Speaker(background, fade=0.0)
    )


def musing(line: Line, **settings: Any) -> Background:
    found: dict[str, Any] = {"thinking_gain": 0.0, "fade": 0.0, "duck": 0.0, **settings}
    return Background(line, thinking=HUM, **found)


async def follow(background: Background, graph: Graph) -> None:
    async with Session(graph) as session:
        background.follow(session)
        await session.finished()


async def test_thinking_sounds_from_the_commit_to_the_first_sample_of_the_reply(autojump_clock: MockClock) -> None:
    """The user has spoken from 0.5 to 2.5; it is committed at 3.0, and audible from 3.5 on."""
    line = Line()
    background = musing(line)
    await follow(background, conversation(background, [Clip(0.5, 2.5, "tell me a story")]))
    assert line.blocks[0][0] == 3.02
    assert set(line.sound[: RATE // 2].tolist()) == {LEVEL}
    assert line.sound[RATE // 2 :].tolist() == [1000] * (2 * RATE)


async def test_thinking_fades_under_the_reply(autojump_clock: MockClock) -> None:
    """From the reply's first sample on, and it began as gently."""
    line = Line()
    background = musing(line, fade=0.1)
    await follow(background, conversation(background, [Clip(0.5, 2.5, "tell me a story")]))
    sound, half = line.sound.astype(int), RATE // 2
    assert np.abs(sound[:2400] - [LEVEL * n / 2400 for n in range(1, 2401)]).max() <= 0.5
    assert set(sound[2400:half].tolist()) == {LEVEL}
    assert np.abs(sound[half : half + 2400] - [1000 + LEVEL - LEVEL * n / 2400 for n in range(1, 2401)]).max() <= 0.5
    assert set(sound[half + 2400 :].tolist()) == {1000}


async def test_a_reply_that_comes_before_thinking_sounds_is_alone(autojump_clock: MockClock) -> None:
    """`thinking_after` is longer than the reply took."""
    line = Line()
    background = musing(line, thinking_after=0.6)
    await follow(background, conversation(background, [Clip(0.5, 2.5, "tell me a story")]))
    assert line.sound.tolist() == [1000] * (2 * RATE)


async def test_thinking_ends_with_a_reply_that_nobody_hears(autojump_clock: MockClock) -> None:
    """The user goes on at 3.1, and interrupts it at 3.6; the next one is committed at 4.6."""
    line = Line()
    background = musing(line)
    clips = [Clip(0.5, 2.5, "tell me a story"), Clip(3.1, 4.1, "about a dog")]
    graph = conversation(background, clips, first=1.0)
    ended: list[float] = []
    async with Session(graph) as session:
        background.follow(session)
        session.on("turn.interrupted", lambda mark: ended.append(mark.t / 1e9))
        await session.finished()
    assert ended == [3.6]
    thought = [at for at, samples in line.blocks if LEVEL in samples]
    assert (thought[0], thought[29], thought[30]) == (3.02, 3.6, 4.62)


async def test_who_follows_no_more_hears_no_thinking(autojump_clock: MockClock) -> None:
    """And one may think by hand."""
    line = Line()
    background = musing(line)
    graph = conversation(background, [Clip(0.5, 2.5, "tell me a story")])
    async with Session(graph) as session:
        background.follow(session)()
        background.think()
        await trio.sleep(0.5)
        background.answer()
        await session.finished()
    assert set(line.sound[: RATE // 2].tolist()) == {LEVEL}
    assert [at for at, block in line.blocks if LEVEL in block][-1] == 0.5


def test_a_background_of_no_session_does_nothing() -> None:
    """It takes its commands all the same."""
    background = musing(Line())
    background.think()
    background.answer()
    background.drop(0.1)
    assert (background.rate, background.lead) == (RATE, 0.02)


# Trouble


async def test_an_output_that_fails_is_told_to_the_turn_and_tried_again(autojump_clock: MockClock) -> None:
    """As without a background: the turn is restarted, what was heard stays heard."""
    line, marks = Line(fails=(30,), error=partial(ProviderError, "the line is down", retryable=True)), list[Mark]()
    graph, _ = says(plain(line))
    async with Session(graph, trace=Trace([marks.append])) as session:
        assert (await session.say("hello")).heard == "hello"
        await trio.sleep(0.1)
    assert [mark.name for mark in marks if mark.name.startswith("node.")] == ["node.failed", "node.restarted"]
    assert (
        sum(sample > LEVEL for sample in line.sound.tolist()) == RATE - 2 * 480
    )  # one that the line lost, one that told the turn


async def test_an_output_that_fails_for_good_fails_the_turns(autojump_clock: MockClock) -> None:
    """Each of them, and the call goes on."""
    line = Line(fails=(30,), error=partial(ProviderError, "the line is down", retryable=False))
    graph, _ = says(plain(line))
    async with Session(graph) as session:
        for _ in range(2):
            handle = await session.say("hello")
            assert isinstance(handle.error, NodeFailed)
    assert line.calls == 30


async def test_a_slow_output_holds_the_voice_back(autojump_clock: MockClock) -> None:
    """No more than two blocks of it wait behind what the output has missed, 0.2 s at most, which is told."""
    line, marks = Line(slow=0.05), list[Mark]()
    background = plain(line)
    graph, _ = says(background)
    async with Session(graph, trace=Trace([marks.append])) as session:
        handle = session.say("hello")
        most = 0
        while not handle.done:
            most = max(most, background._mixer.waiting)  # pyright: ignore[reportPrivateUsage]
            await trio.sleep(0.01)
        assert 2 * 480 < most <= 0.2 * RATE + 3 * 480
        await trio.sleep(1.0)
        assert "background.late" in {mark.name for mark in marks}
    assert sum(sample > LEVEL for sample in line.sound.tolist()) == RATE


async def test_a_sound_file_that_is_not_there_is_told_before_the_call(autojump_clock: MockClock) -> None:
    """With its path."""
    graph = Graph().connect(Voice(), Speaker(Background(Line(), "nowhere.ogg")))
    with pytest.raises(NodeFailed, match=r"nowhere\.ogg"):
        async with Session(graph, executor=InlineExecutor()):
            pass


@pytest.mark.parametrize("rate", [8000, 24000, 44100])
async def test_a_sound_file_at_any_rate_will_do(autojump_clock: MockClock, tmp_path: Path, rate: int) -> None:
    """It is as long and as loud as it was recorded, and loops at its own length."""
    wave = np.round(8000 * np.sin(2 * np.pi * 400 * np.arange(rate // 2) / rate)).astype(np.int16)
    write_audio(tmp_path / "tone.wav", wave, rate)
    line = Line()
    graph = Graph().connect(Voice(), Speaker(Background(line, tmp_path / "tone.wav", gain=-6.0206, fade=0.0)))
    async with Session(graph, executor=InlineExecutor()):
        await trio.sleep(1.5)
    expected = 4000 * np.sin(2 * np.pi * 400 * np.arange(RATE) / RATE)
    middle = slice(2400, 9600)
    assert np.abs(line.sound[:RATE][middle] - expected[middle]).max() < 40
    assert line.sound[12000:24000].tolist() == line.sound[:12000].tolist()


async def test_the_speaker_keeps_its_contract(autojump_clock: MockClock) -> None:
    """With sounds, without, and with an output that holds some of it."""
    await check_sink(lambda: Speaker(Background(Silence(), HUM, thinking=HUM)))
    await check_sink(lambda: Speaker(Background(Silence(lead=0.25))))


def test_a_graph_with_a_background_can_be_written_down() -> None:
    """Its settings are plain values, where the sounds are files."""
    graph = Graph().connect(Voice(), Speaker(Background(Silence(), "office.ogg", thinking="keys.ogg", duck=-9.0)))
    data = to_json(graph)
    assert to_json(from_json(data)) == data
    assert "Speaker" in mermaid(graph)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("gain", 21.0), ("thinking_gain", -97.0), ("duck", 1.0), ("attack", -1.0), ("hold", 11.0)),
        *(("release", -0.1), ("fade", -1.0), ("thinking_after", -1.0), ("seam", -1.0), ("block", 0.001)),
    ],
)
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    """With the name of the setting."""
    settings: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=name):
        Background(Silence(), **settings)
