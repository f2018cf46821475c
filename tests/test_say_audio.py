"""A session plays what is there already, and keeps account of it as of what a voice says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock
from world import Clip, Planner, User, Voice

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    GraphError,
    Interruption,
    Mark,
    NodeFailed,
    Samples,
    Session,
    Speaker,
    TextSink,
    Trace,
    TurnSettings,
    TurnTaking,
    Utterance,
)
from voiceflow.items import Message, ToolCall
from voiceflow.nodes.soundfile import write_audio
from voiceflow.testing import InlineExecutor
from voiceflow.tools import ToolContext, tool

RATE = 16000
TONE: Samples = np.rint(5000 * np.sin(np.arange(2 * RATE) * 0.1)).astype(np.int16)
"""Two seconds."""


def talking(**settings: Any) -> Graph:
    return Graph().connect(Chunker(), Voice(1.0), Speaker(**settings))


async def pieces() -> AsyncIterator[Audio]:
    for at in range(0, len(TONE), 1000):
        await trio.lowlevel.checkpoint()
        yield Audio(TONE[at : at + 1000], RATE)


@pytest.mark.parametrize("kind", ["samples", "bytes", "audio", "iterator", "async iterator", "file"])
async def test_a_recording_is_played_whole(autojump_clock: MockClock, tmp_path: Path, kind: str) -> None:
    """Whatever it comes as: from the first instant, for its two seconds, with its words in the history."""
    write_audio(tmp_path / "tone.wav", TONE, RATE)
    sources: dict[str, Any] = {
        "samples": TONE,
        "bytes": TONE.tobytes(),
        "audio": Audio(TONE, RATE),
        "iterator": iter([TONE[:100], TONE[100:]]),
        "async iterator": pieces(),
        "file": tmp_path / "tone.wav",
    }
    heard: list[Samples] = []
    speaker = Speaker()
    graph = (
        Graph().connect(Chunker(), Voice(1.0), speaker).tap(speaker.audio, lambda audio: heard.append(audio.samples))
    )
    marks: list[Mark] = []
    rate = None if kind in ("audio", "async iterator", "file") else RATE
    async with Session(graph, executor=InlineExecutor(), trace=Trace([marks.append])) as session:
        handle = await session.say("one two three four", audio=sources[kind], rate=rate)
    assert (handle.heard, handle.seconds, handle.interrupted) == ("one two three four", 2.0, False)
    assert session.history == (Message("assistant", "one two three four", 1),)
    assert [mark.t / 1e9 for mark in marks if mark.name in ("turn.audible", "turn.ended")] == [0.0, 2.0]
    assert sum(map(len, heard)) == 2 * speaker.output.rate
    assert max(int(np.abs(block).max()) for block in heard) > 4500


async def test_without_a_text_nothing_is_written_down(autojump_clock: MockClock) -> None:
    """A jingle is no part of the conversation."""
    async with Session(talking()) as session:
        handle = await session.say(audio=TONE, rate=RATE)
        assert (handle.heard, handle.seconds) == ("", 2.0)
    assert session.history == ()


async def test_a_sink_of_texts_cannot_play(autojump_clock: MockClock) -> None:
    """At once, with what is missing."""
    async with Session(Graph().connect(Planner([]), TextSink())) as session:
        with pytest.raises(GraphError, match=r"cannot play anything: .* takes a Spoken"):
            session.say("hello", audio=TONE, rate=RATE)
        with pytest.raises(ValueError, match="does not say its rate"):
            session.say("hello", audio=TONE)


async def test_it_is_interrupted_as_a_voice_is(autojump_clock: MockClock) -> None:
    """By the user: the history has the share that was heard, and the iterator is not read on."""
    read: list[int] = []

    def source() -> Iterator[Samples]:
        for at in range(100):
            read.append(at)
            yield TONE[:1600]

    turns = TurnTaking(TurnSettings(interruption=Interruption(always={}, fade=0.0)))
    user = User([Clip(1.5, 2.5)])
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, Planner([]), Chunker(), Voice(1.0), Speaker())
    async with Session(graph) as session:
        handle = session.say(" ".join(["word"] * 20), audio=source(), rate=RATE)
        behind = session.say("And then.")
        await handle
        assert trio.current_time() == pytest.approx(2.0)
        assert handle.interrupted
        assert 1.9 < handle.seconds <= 2.0
        assert behind.interrupted
        # What the listener had not heard was at most what the wires hold, 0.3 s, and the chunks in hand.
        assert len(read) <= 20 + 6
    assert session.history[0] == Message("assistant", handle.heard, 1, interrupted=True)
    assert handle.heard.count("word") < 20


async def test_one_that_breaks_off_is_not_begun_again(autojump_clock: MockClock) -> None:
    """What came of it was heard, the handle has the error, and what is said next is said."""

    def source() -> Iterator[Samples]:
        yield TONE[:RATE]
        raise OSError("the line is gone")

    marks: list[Mark] = []
    async with Session(talking(), trace=Trace([marks.append])) as session:
        handle = await session.say("one two three four", audio=source(), rate=RATE)
        assert isinstance(handle.error, NodeFailed)
        assert handle.seconds == pytest.approx(1.0)
        assert (await session.say("Sorry.")).heard == "Sorry."
    assert [mark.name for mark in marks].count("node.failed") == 1
    assert "line is gone" not in repr(marks)


async def test_a_file_that_is_not_there_is_an_error_of_its_own_turn(autojump_clock: MockClock, tmp_path: Path) -> None:
    """The session goes on."""
    async with Session(talking(), executor=InlineExecutor()) as session:
        handle = await session.say("hello", audio=tmp_path / "none.wav")
        assert handle.error is not None
        assert handle.heard == ""
        assert (await session.say("Sorry.")).heard == "Sorry."


async def test_one_that_breaks_off_in_a_reply_does_not_break_the_reply(
    autojump_clock: MockClock, tmp_path: Path
) -> None:
    """The handle has the error; the rest is said."""
    handles: list[Utterance] = []

    @tool
    async def search(ctx: ToolContext) -> str:
        handles.append(await ctx.session.say("music", audio=tmp_path / "none.wav"))
        return "found"

    model = Planner([("Hello.", [ToolCall("a", "search")]), ("Here it is.", [])])
    graph = Graph().connect(model, Chunker(), Voice(1.0), Speaker())
    async with Session(graph, tools=[search], executor=InlineExecutor()) as session:
        reply = await session.reply()
    assert (reply.heard, reply.error) == ("Hello. Here it is.", None)
    assert isinstance(handles[0].error, NodeFailed)


async def test_a_tool_plays_one_in_its_place(autojump_clock: MockClock) -> None:
    """Behind what was written before, in front of what is written after; in one message."""

    @tool
    async def search(ctx: ToolContext) -> str:
        assert (await ctx.session.say("music", audio=TONE, rate=RATE)).seconds == 0.0
        return "found"

    model = Planner([("Hello.", [ToolCall("a", "search")]), ("Here it is.", [])])
    graph = Graph().connect(model, Chunker(), Voice(1.0), Speaker())
    async with Session(graph, tools=[search]) as session:
        reply = await session.reply()
    assert reply.heard == "Hello. music Here it is."
    assert reply.seconds == 4.0
