"""Faults that replies, tools and fallbacks of voice agents are known for, each as a test that it is none here."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock
from world import Clip, Model, Planner, User, Voice

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    In,
    Mark,
    Message,
    Node,
    NodeFailed,
    Out,
    Ports,
    Prompt,
    ProviderError,
    Services,
    Session,
    Speaker,
    Speculation,
    Speech,
    Text,
    TextSink,
    Trace,
    Transcript,
    TurnSettings,
    TurnTaking,
)
from voiceflow.items import ToolCall, ToolOutput
from voiceflow.knowledge import Knowledge, Passage
from voiceflow.testing import InlineExecutor
from voiceflow.tools import tool

GONE = ProviderError("it is gone", retryable=False)


@attrs.define(eq=False)
class Breaking(Model):
    """A model that writes so many words and breaks off, for good."""

    words: int = 0

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            self.prompts.append(prompt)
            for word in self.replies[0].split()[: self.words]:
                await ports[self.text].send(Text(f"{word} "))
            raise GONE


@attrs.define(eq=False)
class Mute(Voice):
    """A voice that is gone when it is to say its phrase number `at`, half-way."""

    at: int = 0

    async def run(self, ports: Ports) -> None:
        number = 0
        async for phrase in ports[self.phrases]:
            await self.say(ports, phrase, 0.5 if number == self.at else 1.0)
            if number == self.at:
                raise GONE
            number += 1


@attrs.define(eq=False)
class Hung(Node):
    """Takes its prompt and is never heard of again."""

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            await trio.sleep_forever()


def spoken(model: Node, voice: Node | None = None, *, marks: list[Mark] | None = None, tools: Any = ()) -> Session:
    graph = Graph().connect(model, Chunker(), voice or Voice(1.0), Speaker())
    trace = None if marks is None else Trace([marks.append])
    return Session(graph, tools=tools, trace=trace, executor=InlineExecutor())


async def test_a_model_that_fails_leaves_no_turn_open(autojump_clock: MockClock) -> None:
    """The fault: no end reached the voice; the agent thought for ever, its handle was never done, and text short of a
    sentence was not spoken.
    """
    async with spoken(Breaking(["One two three four."], words=2)) as session:
        reply = await session.reply()
        assert (reply.heard, reply.state, session.agent) == ("One two", "done", "listening")
        assert isinstance(reply.error, NodeFailed)


async def test_a_voice_that_fails_is_told_and_only_what_it_said_is_kept(autojump_clock: MockClock) -> None:
    """The fault: the error was swallowed, and what was not spoken stood in the history as said."""
    marks: list[Mark] = []
    async with spoken(Model(["One two three four. Five six seven eight."]), Mute(2.0, at=1), marks=marks) as session:
        reply = await session.reply()
        assert isinstance(reply.error, NodeFailed)
        assert reply.heard == "One two three four. Five six"
        assert [message.text for message in session.history] == [reply.heard]
    assert [mark.name for mark in marks if mark.name == "turn.failed"] == ["turn.failed"]


@tool
def sync(seconds: float = 0.0) -> str:
    """A function that is not asynchronous."""
    return f"{seconds:g}"


@tool
async def raising() -> str:
    """Raises what is no error of ours."""
    raise RuntimeError


@pytest.mark.parametrize(
    ("called", "error", "told"),
    [
        ("nothing_of_the_kind", True, "expected the name of a tool"),
        ("raising", True, "The tool failed with RuntimeError."),
        ("sync", False, "0"),
    ],
)
async def test_the_first_call_of_a_reply_is_answered_whatever_it_is(
    autojump_clock: MockClock, called: str, error: bool, told: str
) -> None:
    """The fault: an unknown, a raising or a sync tool that was called first had no output, and the turn hung."""
    async with spoken(Planner([("Wait.", [ToolCall("a", called)])]), tools=[sync, raising]) as session:
        reply = await session.reply()
        [output] = [item for item in session.items if isinstance(item, ToolOutput)]
    assert (output.call, output.error) == ("a", error)
    assert output.text.startswith(told)
    assert (reply.heard, reply.error) == ("Wait. Fine.", None)


async def test_two_calls_of_one_reply_both_run_and_what_follows_is_streamed(autojump_clock: MockClock) -> None:
    """The fault: of two calls the first alone ran, and what the model wrote then was held back to its end."""

    class Slow(Planner):
        async def run(self, ports: Ports) -> None:
            async for prompt in ports[self.prompt]:
                if any(isinstance(item, ToolOutput) for item in prompt.items):
                    await ports[self.text].send(Text("Both are done. "))
                    await trio.sleep(20.0)
                    await ports[self.text].send(Text("That was all."))
                    continue
                await ports.call_tools(prompt, [ToolCall("a", "sync"), ToolCall("b", "sync", '{"seconds": 2}')])

    marks: list[Mark] = []
    async with spoken(Slow([]), marks=marks, tools=[sync]) as session:
        reply = await session.reply()
        outputs = {item.call: item.text for item in session.items if isinstance(item, ToolOutput)}
    assert outputs == {"a": "0", "b": "2"}
    assert reply.heard == "Both are done. That was all."
    [begun] = [mark.t for mark in marks if mark.name == "turn.audible"]
    assert begun < 1e9  # the model goes on writing until 20.0


async def test_who_is_not_listened_to_interrupts_nothing(autojump_clock: MockClock) -> None:
    """The fault: to wait for a reply unheard was asked of callbacks that were bound already: the user interrupted.

    What is said behind an utterance that nobody may interrupt waits for it, and is no error.
    """
    turns, user = TurnTaking(), User([Clip(0.5, 2.5, "stop now please")], until=12.0)
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, Model(["I have stopped."]), Chunker(), Voice(4.0), Speaker())
    async with Session(graph) as session:
        first = session.say("This is important, to the very end.", interruptible=False)
        second = session.say("So is this.")
        with session.muted():
            await first
            await second
        assert (first.heard, first.interrupted) == ("This is important, to the very end.", False)
        assert (second.heard, second.interrupted) == ("So is this.", False)
        assert [message.role for message in session.history] == ["assistant", "assistant"]


async def test_a_fallback_says_nothing_again(autojump_clock: MockClock) -> None:
    """The fault: the next model began anew behind what was said: "Hello worHello world"; the next voice was given what
    was left of an iterator that the first had emptied.
    """
    said = "One two three four. Five six seven eight."
    for first in range(9):
        model = Breaking([said], words=first).or_else(Model([said]))
        async with spoken(model, Mute(2.0).or_else(Voice(2.0))) as session:
            reply = await session.reply()
        assert (reply.heard, reply.error) == (said, None)


async def test_a_provider_that_hangs_fails_over_and_so_does_the_next_one(autojump_clock: MockClock) -> None:
    """The fault: nothing had a deadline, so that a hung provider was waited for without end; and after it had come
    back once, nobody listened to its errors any more.
    """
    for _ in range(2):
        model = Hung().or_else(Hung(), Model(["It is fine."]))
        async with spoken(model) as session:
            for turn in range(3):
                began = trio.current_time()
                assert (await session.reply()).heard == "It is fine."
                waited = trio.current_time() - began
                assert waited > 8.0 if turn == 0 else waited < 2.0
            await trio.sleep(120.0)  # all have rested: each is probed, hangs again, and is left again
            began = trio.current_time()
            assert (await session.reply()).heard == "It is fine."
            assert trio.current_time() - began > 8.0


@attrs.define(eq=False)
class Caller(Node):
    """Three blocks of sound a second, of which every third ends an utterance."""

    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        for number in range(6):
            await ports.sleep_until(number * 400_000_000)
            verdict = Speech(number % 3 != 2, number * 1600, number * 1600, 16000)
            await ports[self.audio].send(Audio(np.zeros(1600, np.int16), 16000, number * 1600, speech=verdict))
        await ports.sleep_until(20_000_000_000)


@attrs.define(eq=False)
class Hybrid(Node):
    """Tells its utterance at the end; it breaks behind its first final, before it is done with the sound of it."""

    word: str
    breaks: bool

    audio = In(Audio)
    speech = Out(Speech)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        inlet, begun = ports[self.audio], 0
        async for block in inlet.taking():
            assert block.speech is not None
            await ports[self.speech].send(block.speech)
            if block.speech.active:
                continue
            final = Transcript(f"{self.word} {block.pts // 4800}", "final", 16000, begun, block.end)
            begun = block.end
            await ports[self.transcripts].send(final)
            if self.breaks:
                raise GONE
            inlet.commit()


@attrs.define(eq=False, kw_only=True)
class Shelf(Knowledge):
    """Has one passage, and counts how often it was asked."""

    queries: list[str] = attrs.field(factory=list[str], init=False)

    async def retrieve(self, query: str, services: Services) -> Sequence[Passage]:
        self.queries.append(query)
        return (Passage("Ten euros."),)


@pytest.mark.parametrize("mode", ["off", "llm"])
@pytest.mark.parametrize("breaks", [False, True])
async def test_documents_are_asked_once_for_each_question(autojump_clock: MockClock, mode: Any, breaks: bool) -> None:
    """The fault: with one recogniser behind another each question was looked up twice.

    Neither a recogniser that breaks behind its final, nor a model that breaks, nor a guess asks again.
    """
    shelf, turns = Shelf(), TurnTaking(TurnSettings(speculation=Speculation(mode=mode)))
    stt, sink = Hybrid("first", breaks).or_else(Hybrid("second", breaks=False)), TextSink()
    told = Model(["It is ten."])
    model = Breaking(["It is ten."], words=2).or_else(told) if breaks else told
    graph = Graph().connect(Caller(), stt).connect(stt.speech, turns.speech).connect(stt.transcripts, turns)
    graph.connect(turns, shelf, model, sink)
    async with Session(graph) as session:
        await session.finished()
        users = [message.text for message in session.history if message.role == "user"]
        answers = [message.text for message in session.history if message.role == "assistant"]
    assert shelf.queries == users == ["first 0", "second 1" if breaks else "first 1"]
    assert answers == ["It is ten."] * 2
    # What was found is told for its own question alone, and stays in no history.
    for prompt in told.prompts:
        notes = [item for item in prompt.items if isinstance(item, Message) and "Ten euros." in item.text]
        assert len(notes) == 1
    assert not any("Ten euros." in message.text for message in session.history)


async def test_what_is_swapped_in_is_listened_to_and_once(autojump_clock: MockClock) -> None:
    """The fault: a VAD that was swapped in had no listener, so that nobody was heard any more; of each swap of a model
    something was left that came to life again with the next.
    """
    turns, models = TurnTaking(), [Model([f"It is {number}."]) for number in range(3)]
    stt, other = Hybrid("first", breaks=False), Hybrid("second", breaks=False)
    graph = Graph().connect(Caller(), stt).connect(stt.speech, turns.speech).connect(stt.transcripts, turns)
    graph.connect(turns, models[0], TextSink())
    async with Session(graph) as session:
        await trio.sleep(1.0)
        await session.swap(stt, other)
        for old, new in pairwise(models):
            await session.swap(old, new)
        await session.finished()
        told = [(message.role, message.text) for message in session.history]
    assert [text for role, text in told if role == "user"] == ["first 0", "second 1"]
    assert [text for role, text in told if role == "assistant"][-1] == "It is 2."
    assert sum(len(model.prompts) for model in models) == 2
