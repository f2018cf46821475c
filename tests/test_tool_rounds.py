"""Tools in a session: what is called runs, each call has one output, and the user always hears something."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock
from world import Clip, Planner, User, Voice

from voiceflow import (
    Chunker,
    Graph,
    Mark,
    Session,
    Speaker,
    Speculation,
    Text,
    TextFilter,
    TextSink,
    Trace,
    TurnSettings,
    TurnTaking,
    Utterance,
)
from voiceflow._rounds import TOO_MANY
from voiceflow.chat import from_json
from voiceflow.items import Image, Item, Message, Thought, ToolCall, ToolOutput
from voiceflow.machines.takeover import GO_ON
from voiceflow.machines.turn_settings import Endpointing, SpeculationMode
from voiceflow.tools import Effect, Tool, ToolContext, ToolError, ToolUse, tool

AnyTool = Tool[..., Any]
CANCELLED = "The call was cancelled: the user interrupted."


def call(name: str, arguments: str = "{}", id: str = "a") -> ToolCall:
    return ToolCall(id, name, arguments)


@attrs.define
class Story:
    """One answer, and all that happened."""

    session: Session
    model: Planner
    marks: list[Mark]
    reply: Utterance

    def times(self, name: str) -> list[float]:
        return [mark.t / 1e9 for mark in self.marks if mark.name == name]

    @property
    def outputs(self) -> list[tuple[str, str, bool]]:
        return [(item.call, item.text, item.error) for item in self.session.items if isinstance(item, ToolOutput)]

    @property
    def kinds(self) -> list[str]:
        return [item.role if isinstance(item, Message) else type(item).__name__ for item in self.session.items]


async def answered(
    tools: Sequence[AnyTool],
    *replies: tuple[str, Sequence[ToolCall]],
    during: Callable[[Session], Awaitable[None]] | None = None,
    crash_at: int | None = None,
    use: ToolUse | None = None,
) -> Story:
    """A reply in a graph whose voice takes a second for each phrase, 0.2 s after it came."""
    marks: list[Mark] = []
    model = Planner(replies, crash_at=crash_at)
    graph = Graph().connect(model, TextFilter(), Chunker(), Voice(1.0), Speaker())
    async with Session(graph, tools=tools, tool_use=use, trace=Trace([marks.append])) as session:
        reply = session.reply()
        if during is not None:
            await during(session)
        await reply
        await session.finished()
    return Story(session, model, marks, reply)


@tool
async def look(seconds: float = 1.0) -> str:
    """Look out of the window."""
    await trio.sleep(seconds)
    return "sunny"


# What is said


async def test_text_before_a_call_is_spoken_while_the_tool_runs(autojump_clock: MockClock) -> None:
    """Also without a full stop, and it is not glued to what comes after; all of it is one message."""
    story = await answered([look], ("Let me check", [call("look", '{"seconds": 5}')]), ("It is sunny.", []))
    # Written at 0.1 to 0.3, heard 0.5 to 1.5; called 0.3 to 5.3; written again 5.6, heard 5.8 to 6.8.
    assert story.times("turn.audible") == [0.5]
    assert story.times("tool.ended") == [5.3]
    assert story.times("turn.ended") == [6.8]
    assert story.session.items == (
        ToolCall("a", "look", '{"seconds": 5}', 1),
        ToolOutput("a", "sunny", sequence=2),
        Message("assistant", "Let me check It is sunny.", 3),
    )


async def test_the_model_is_told_what_it_said_called_and_was_given(autojump_clock: MockClock) -> None:
    """Its next prompt goes on with these, and offers the same tools."""
    calls = [call("look", '{"seconds": 2}', "a"), call("look", '{"seconds": 1}', "b")]
    story = await answered([look], ("Let me check.", calls), ("It is sunny.", []))
    first, second = story.model.prompts
    assert first.tools == second.tools == (look,)
    assert second.items == (
        *first.items,
        Message("assistant", "Let me check."),
        *calls,
        ToolOutput("a", "sunny"),
        ToolOutput("b", "sunny"),
    )


async def test_calls_of_one_reply_run_side_by_side(autojump_clock: MockClock) -> None:
    """Two of two seconds take two; their outputs are written down as they come."""
    calls = [call("look", '{"seconds": 2}', "a"), call("look", '{"seconds": 1}', "b")]
    story = await answered([look], ("", calls), ("Done.", []))
    assert story.times("tool.started") == [0.3, 0.3]
    assert story.times("tool.ended") == [1.3, 2.3]
    assert story.kinds == ["ToolCall", "ToolCall", "ToolOutput", "ToolOutput", "assistant"]
    assert [output[0] for output in story.outputs] == ["b", "a"]


async def test_a_filler_is_spoken_in_its_place(autojump_clock: MockClock) -> None:
    """`ctx.say`, `ctx.session.say`, and the latter awaited: behind what was written, before what will be."""
    waited: list[str] = []

    @tool
    async def search(ctx: ToolContext) -> str:
        ctx.say("One moment.")
        waited.append((await ctx.session.say("I am looking.")).heard)
        return "found"

    story = await answered([search], ("Hello.", [call("search")]), ("Here it is.", []))
    assert story.reply.heard == "Hello. One moment. I am looking. Here it is."
    assert waited == ["I am looking."]


async def test_a_sync_tool_says_fillers_from_its_thread() -> None:
    """They are of the turn that called it."""

    @tool
    def search(ctx: ToolContext) -> str:
        ctx.say("One moment. ")
        return "found"

    written: list[str] = []
    model = Planner([("", [call("search")]), ("Here it is.", [])], 0.0, 0.0)
    async with Session(Graph().connect(model, TextSink(written.append)), tools=[search]) as session:
        assert (await session.reply()).heard == "One moment. Here it is."


@pytest.mark.parametrize(
    ("raised", "use", "line"),
    [
        (False, None, "That is done."),
        (True, None, "Sorry, that did not work."),
        (False, ToolUse(done="Okay."), "Okay."),
        (False, ToolUse(done=""), ""),
    ],
)
async def test_a_model_that_has_nothing_to_say(
    autojump_clock: MockClock, raised: bool, use: ToolUse | None, line: str
) -> None:
    """The user hears a line, by how the last call went."""

    @tool
    async def switch(on: bool) -> None:
        if not on:
            raise ToolError("It cannot be switched off.")

    arguments = '{"on": false}' if raised else '{"on": true}'
    story = await answered([switch], ("", [call("switch", arguments)]), ("", []), use=use)
    assert story.reply.heard == line


async def test_a_model_that_fails_after_its_call_leaves_no_silence(autojump_clock: MockClock) -> None:
    """The line is spoken, and the reply has its error."""

    class Broken(Planner):
        async def run(self, ports: Any) -> None:
            async for prompt in ports[self.prompt]:
                self.prompts.append(prompt)
                if len(self.prompts) > 1:
                    raise ConnectionError
                await ports.call_tools(prompt, [call("look")])

    graph = Graph().connect(Broken([]), Chunker(), Voice(1.0), Speaker())
    async with Session(graph, tools=[look]) as session:
        reply = await session.reply()
    assert reply.heard == "That is done."
    assert reply.error is not None


# One output for each call


@pytest.mark.parametrize(
    ("wanted", "error", "told"),
    [
        (call("lok"), True, "expected the name of a tool, got 'lok'. Near it are: look"),
        (call("look", "{"), True, "expected a JSON object"),
        (call("look", "[1]"), True, "expected"),
        (call("look", '{"seconds": "one"}'), True, "seconds: expected"),
        (call("look", '{"minutes": 1}'), True, "minutes: expected no such argument"),
        (call("break_"), True, "The tool failed with ZeroDivisionError."),
        (call("hang"), True, "Expected a result within 3 s, got none."),
        (call("flood"), False, "9980000 more characters are left out"),
        (call("loop"), True, "The tool gave something that cannot be written down."),
        (call("strange"), True, "The tool gave something that cannot be written down."),
        (call("look", '{"seconds": ' + "[" * 10**5 + "]" * 10**5 + "}"), True, "a JSON object that is not too deep"),
        (call("look", f'{{"{"k" * 10**5}": 1}}'), True, "kkk ...: expected no such argument"),
        (call("sum_up", json.dumps({"numbers": ["one"] * 10**5})), True, "; 99980 more things are wrong"),
        (call("x" * 10**6), True, "expected the name of a tool"),
        (call("rows"), False, "[the rest is left out]"),
        (call("picture"), True, "The tool failed with ValueError."),
        (call("remember"), True, "expected a version up to 1, got 9. Read it with a later voiceflow."),
    ],
    ids=lambda value: value.name[:9] if isinstance(value, ToolCall) else "",
)
async def test_whatever_happens_there_is_one_output_and_an_answer(
    autojump_clock: MockClock, wanted: ToolCall, error: bool, told: str
) -> None:
    """The model is told, asked again, and heard."""

    @tool
    async def break_() -> float:
        return 1 / 0

    @tool(timeout=3)
    async def hang() -> None:
        await trio.sleep_forever()

    @tool
    async def flood() -> str:
        return "x" * 10_000_000

    @tool
    async def loop() -> list[Any]:
        found: list[Any] = []
        found.append(found)
        return found

    @tool
    async def strange() -> object:
        return object()

    @tool
    async def sum_up(numbers: list[int]) -> int:
        return sum(numbers)

    @tool
    async def rows() -> list[dict[str, int]]:
        return [{"number": number} for number in range(10**5)]

    @tool
    async def picture() -> Image:
        return Image(b"no picture at all")

    @tool
    async def remember() -> int:
        later: dict[str, Any] = {
            "voiceflow": "history",
            "version": 9,
            "readable_by": 9,
            "next_sequence": 1,
            "items": [],
        }
        return len(from_json(json.dumps(later)).items)

    tools: list[AnyTool] = [look, break_, hang, flood, loop, strange, sum_up, rows, picture, remember]
    story = await answered(tools, ("", [wanted]), ("I see.", []))
    [(id, text, failed)] = story.outputs
    assert (id, failed) == ("a", error)
    assert told in text
    assert len(text) < 21_000
    assert story.reply.heard == "I see."
    assert story.reply.error is None


async def test_a_model_that_calls_without_tools_is_answered(autojump_clock: MockClock) -> None:
    """A session without any has the same loop."""
    story = await answered([], ("", [call("look")]), ("I cannot.", []))
    assert story.outputs == [("a", "expected the name of a tool, got 'look'. There are: none.", True)]
    assert story.reply.heard == "I cannot."


async def test_calls_without_end_are_ended(autojump_clock: MockClock) -> None:
    """Ten rounds run; then the model is told to answer, and if it calls again the reply is over, with a line."""
    runs: list[int] = []

    @tool
    async def again() -> int:
        runs.append(1)
        return len(runs)

    story = await answered([again], *[("", [call("again", id=f"{n}")]) for n in range(20)])
    assert len(runs) == 10
    assert [text for _, text, _ in story.outputs] == [*map(str, range(1, 11)), TOO_MANY, TOO_MANY]
    assert story.reply.heard == "Sorry, that did not work."
    assert len(story.model.prompts) == 12


async def test_no_tool_runs_twice_when_the_model_breaks_off(autojump_clock: MockClock) -> None:
    """The next incarnation has the last prompt, and repeats no character of what was said."""
    runs: list[int] = []

    @tool
    async def once() -> str:
        runs.append(1)
        return "ok"

    replies: list[tuple[str, list[ToolCall]]] = [("Let me check.", [call("once")]), ("It is sunny.", [])]
    story = await answered([once], *replies, crash_at=1)
    assert runs == [1]
    assert story.times("node.failed") != []
    assert story.reply.heard == "Let me check. It is sunny."
    assert story.reply.error is None
    assert story.kinds == ["ToolCall", "ToolOutput", "assistant"]


async def test_what_was_called_is_dealt_with_when_the_call_returns(autojump_clock: MockClock) -> None:
    """A model's node that breaks right behind it is given the next prompt, not the last one again."""

    class Breaking(Planner):
        async def run(self, ports: Any) -> None:
            prompt = await ports[self.prompt].receive()
            self.prompts.append(prompt)
            if len(self.prompts) == 1:
                await ports.call_tools(prompt, [call("look")])
                raise ConnectionError
            await ports[self.text].send(Text("It is sunny."))

    model = Breaking([])
    async with Session(Graph().connect(model, Chunker(), Voice(1.0), Speaker()), tools=[look]) as session:
        assert (await session.reply()).heard == "It is sunny."
    assert [len(prompt.items) for prompt in model.prompts] == [0, 2]


# Interruption


async def test_an_interrupted_tool_that_says_something_late_is_not_heard(autojump_clock: MockClock) -> None:
    """Its turn is over: neither is it said in another one, nor after it."""

    @tool(effect="must_finish")
    async def book(ctx: ToolContext) -> str:
        await trio.sleep(5)
        ctx.say("It is booked.")
        return "booked"

    async def interrupt(session: Session) -> None:
        await trio.sleep(2)
        assert session.interrupt()

    story = await answered([book], ("One moment.", [call("book")]), during=interrupt)
    assert story.reply.interrupted
    assert story.reply.heard == "One moment."
    assert story.outputs == [("a", "booked", False)]
    assert story.times("turn.ended") == [2.0]
    assert story.times("tool.ended") == [5.3]
    assert story.kinds == ["ToolCall", "assistant", "ToolOutput"]


async def test_a_tool_that_must_finish_may_wait_for_what_it_says(autojump_clock: MockClock) -> None:
    """It is of the turn wherever it runs; after an interruption it speaks for itself."""
    heard: list[str] = []

    @tool(effect="must_finish")
    async def book(ctx: ToolContext) -> str:
        heard.append((await ctx.session.say("One moment.")).heard)
        await trio.sleep(5)
        heard.append((await ctx.session.say("It is booked.")).heard)
        return "booked"

    async def interrupt(session: Session) -> None:
        await trio.sleep(2)
        session.interrupt()
        await trio.sleep(6)

    story = await answered([book], ("", [call("book")]), during=interrupt)
    assert heard == ["One moment.", "It is booked."]
    assert story.times("turn.ended") == [2.0, 7.7]  # said 0.5 to 1.5, booked at 6.5, said 6.7 to 7.7


async def test_leaving_waits_for_what_must_finish(autojump_clock: MockClock) -> None:
    """The rest is cancelled; when the session is left every call has its output."""

    @tool(effect="must_finish")
    async def book() -> str:
        await trio.sleep(20)
        return "booked"

    @tool(timeout=None)
    async def ask_a_person() -> None:
        await trio.sleep_forever()

    model = Planner([("", [call("book"), call("ask_a_person", id="b")])])
    async with Session(Graph().connect(model, TextSink()), tools=[book, ask_a_person]) as session:
        session.reply()
        await trio.sleep(1)
    assert trio.current_time() == pytest.approx(20.3)
    outputs = [item for item in session.items if isinstance(item, ToolOutput)]
    assert [(item.call, item.text) for item in outputs] == [("b", CANCELLED), ("a", "booked")]


async def test_a_tool_hangs_up_when_all_is_said(autojump_clock: MockClock) -> None:
    """What was written before the call, and after it, is heard; then nothing more is."""

    @tool
    async def hang_up(ctx: ToolContext) -> None:
        ctx.session.close(within=10)

    story = await answered([hang_up], ("Thank you.", [call("hang_up")]), ("Goodbye.", []))
    assert story.reply.heard == "Thank you. Goodbye."
    assert not story.reply.interrupted
    assert story.outputs == [("a", "Done.", False)]


# Replies that are begun early


async def guessed(
    tools: Sequence[AnyTool], clips: Sequence[Clip], replies: Sequence[tuple[str, Sequence[ToolCall]]]
) -> tuple[tuple[Item, ...], list[Mark]]:
    marks: list[Mark] = []
    mode: SpeculationMode = "llm"
    settings = TurnSettings(
        endpointing=Endpointing(mode="fixed", min_wait=0.5), speculation=Speculation(mode=mode, tries=1)
    )
    user, turns = User(clips), TurnTaking(settings)
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, Planner(replies), Chunker(), Voice(1.0), Speaker())
    async with Session(graph, tools=tools, trace=Trace([marks.append])) as session:
        await session.finished()
    return session.items, marks


def times(marks: Sequence[Mark], name: str) -> list[float]:
    return [mark.t / 1e9 for mark in marks if mark.name == name]


@tool(effect="read_only")
async def read() -> str:
    await trio.sleep(0.1)
    return "read"


async def test_only_what_changes_nothing_runs_before_the_commit(autojump_clock: MockClock) -> None:
    """What reads is called and read by then; all of it is in the history, behind what the user said."""
    clips = [Clip(0.5, 2.0, "what is it", 0.1)]
    items, marks = await guessed([read, look], clips, [("", [call("read")]), ("", [call("look", id="b")])])
    assert times(marks, "guess.begun") == [2.1]
    assert times(marks, "turn.committed") == [2.5]
    # Asked at 2.1, called at 2.4 and done at 2.5; asked again then, and called at 2.8, when it is certain.
    assert times(marks, "tool.started") == [2.4, 2.8]
    assert items == (
        Message("user", "what is it", 1),
        ToolCall("a", "read", sequence=2),
        ToolOutput("a", "read", sequence=3),
        ToolCall("b", "look", sequence=4),
        ToolOutput("b", "sunny", sequence=5),
        Message("assistant", "Fine.", 6),
    )


async def test_a_tool_that_changes_something_waits_for_the_commit(autojump_clock: MockClock) -> None:
    """It is called at 2.4, and runs at 2.5."""
    items, marks = await guessed([look], [Clip(0.5, 2.0, "what is it", 0.1)], [("", [call("look")])])
    assert times(marks, "guess.begun") == [2.1]
    assert times(marks, "tool.started") == times(marks, "turn.committed") == [2.5]
    assert [type(item).__name__ for item in items] == ["Message", "ToolCall", "ToolOutput", "Message"]


async def test_a_guess_that_was_wrong_leaves_nothing(autojump_clock: MockClock) -> None:
    """What it read is in no history, and what it would have changed was not changed."""
    clips = [Clip(0.5, 2.0, "what is it", 0.1), Clip(2.45, 3.0, "over there", 0.1)]
    replies = [("", [call("read"), call("look", id="b")])]
    items, marks = await guessed([look], clips, replies)
    assert len(times(marks, "guess.begun")) == len(times(marks, "guess.abandoned")) == 1
    assert times(marks, "tool.started") == []
    assert [(item.role, item.text) for item in items if isinstance(item, Message)] == [
        ("user", "what is it over there"),
        ("assistant", "Fine."),
    ]
    assert len(items) == 2


async def test_what_a_wrong_guess_read_is_forgotten(autojump_clock: MockClock) -> None:
    """It did run, and the call has no place in the conversation."""
    clips = [Clip(0.5, 2.0, "what is it", 0.1), Clip(2.45, 3.0, "over there", 0.1)]
    items, marks = await guessed([read], clips, [("", [call("read")])])
    assert times(marks, "tool.started") == [2.4]
    assert len(times(marks, "guess.abandoned")) == 1
    assert [type(item).__name__ for item in items] == ["Message", "Message"]


def test_the_settings_are_checked() -> None:
    """By name, range and value."""
    with pytest.raises(ValueError, match="rounds is 1 to 100; got 0"):
        ToolUse(rounds=0)
    with pytest.raises(ValueError, match="two tools are called look"):
        Session(Graph(), tools=[look, tool(name="look")(look.function)])


async def test_nothing_is_called_for_a_turn_that_ended_in_that_instant(autojump_clock: MockClock) -> None:
    """The model's node has been woken and has its calls, and is cancelled before it runs."""
    began: list[int] = []
    complete = trio.Event()

    @tool(effect="read_only")
    async def order() -> None:
        began.append(1)

    class Waiting(Planner):
        async def run(self, ports: Any) -> None:
            prompt = await ports[self.prompt].receive()
            await complete.wait()
            await ports.call_tools(prompt, [call("order")])

    async with Session(Graph().connect(Waiting([]), TextSink()), tools=[order]) as session:
        reply = session.reply()
        await trio.sleep(1)
        complete.set()
        assert session.interrupt()
        await reply
    assert began == []
    assert session.items == ()


async def test_the_user_is_not_listened_to_while_a_tool_runs(autojump_clock: MockClock) -> None:
    """By the policy `while_tool_runs`: what is said from 4.0 to 5.0 does not interrupt the call from 3.3 to 6.3."""
    settings = TurnSettings(
        endpointing=Endpointing(mode="fixed", min_wait=0.5), speculation=Speculation(mode="off"), mute="while_tool_runs"
    )
    marks: list[Mark] = []
    user, turns = User([Clip(0.5, 2.5, "what is it"), Clip(4.0, 5.0, "hello?")]), TurnTaking(settings)
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, Planner([("", [call("look", '{"seconds": 3}')])]), Chunker(), Voice(1.0), Speaker())
    async with Session(graph, tools=[look], trace=Trace([marks.append])) as session:
        await session.finished()
    assert times(marks, "tool.started") + times(marks, "tool.ended") == [3.3, 6.3]
    muted = [(mark.t / 1e9, mark.values["muted"]) for mark in marks if mark.name == "muted"]
    assert muted == [(3.3, True), (6.3, False)]
    assert [message.text for message in session.history] == ["what is it", "Fine."]


@pytest.mark.parametrize("effect", ["cancellable", "must_finish"])
async def test_a_tool_cannot_wait_for_what_comes_after_its_own_reply(autojump_clock: MockClock, effect: Effect) -> None:
    """It is told so instead of waiting for ever, wherever it runs; to begin it without waiting is fine."""

    @tool(effect=effect)
    async def think(ctx: ToolContext) -> None:
        ctx.session.reply()
        await ctx.session.reply()

    story = await answered([think], ("", [call("think")]), ("I see.", []))
    [(_, text, error)] = story.outputs
    assert error
    assert "go on without waiting" in text
    assert story.reply.heard == "I see."


async def test_another_model_takes_over_in_the_middle_of_the_rounds(autojump_clock: MockClock) -> None:
    """`or_else`: it is given the round that the first one broke off in, and no tool runs twice."""
    first, second = Planner([("Let me check.", [call("look")]), ("", [])], crash_at=1), Planner([])
    graph = Graph().connect(first.or_else(second), TextFilter(), Chunker(), Voice(1.0), Speaker())
    async with Session(graph, tools=[look]) as session:
        reply = await session.reply()
    assert reply.heard == "Let me check. Fine."
    assert [type(item).__name__ for item in second.prompts[0].items] == ["Message", "ToolCall", "ToolOutput"]
    assert len([item for item in session.items if isinstance(item, ToolCall)]) == 1


async def test_another_model_takes_over_in_the_middle_of_its_answer(autojump_clock: MockClock) -> None:
    """The word in which the first one broke off is not heard; what the second calls is asked with all that was said."""
    first = Planner([("Let me check.", [call("look")]), ("It is sunny.", [])], crash_at=1)
    second = Planner([("Wait.", [call("look", id="b")])])
    graph = Graph().connect(first.or_else(second), TextFilter(), Chunker(), Voice(1.0), Speaker())
    async with Session(graph, tools=[look]) as session:
        reply = await session.reply()
    assert reply.heard == "Let me check. It Wait. Fine."
    told = [item.text for item in second.prompts[1].items if isinstance(item, Message)]
    assert told == ["Let me check.", "It ", GO_ON.text, "Wait."]


async def test_a_tool_swaps_the_model_that_called_it(autojump_clock: MockClock) -> None:
    """The reply under way is that of the one that called; the next is the other's."""
    other = Planner([("Hello.", [])])

    @tool
    async def change(ctx: ToolContext) -> None:
        await ctx.session.swap(model, other)

    model = Planner([("", [call("change")]), ("Changed.", [])])
    async with Session(Graph().connect(model, Chunker(), Voice(1.0), Speaker()), tools=[change]) as session:
        with trio.fail_after(20):
            assert (await session.reply()).heard == "Changed."
            assert (await session.reply()).heard == "Hello."
    assert [type(item).__name__ for item in other.prompts[0].items] == ["ToolCall", "ToolOutput", "Message"]


async def test_what_a_model_signed_is_kept_with_its_text(autojump_clock: MockClock) -> None:
    """With the text before a call in the next prompt; with a whole reply in the history, and not with half of one."""

    class Signing(Planner):
        async def run(self, ports: Any) -> None:
            async for prompt in ports[self.prompt]:
                self.prompts.append(prompt)
                said, calls = self.replies[len(self.prompts) - 1]
                await ports[self.text].send(Text(said))
                await ports.call_tools(prompt, [Thought("", f"s{len(self.prompts)}", form="mark"), *calls])

    model = Signing([("One moment.", [call("look")]), ("It is sunny.", []), ("Goodbye.", []), ("Well then.", [])])
    graph = Graph().connect(model, Chunker(), Voice(1.0), Speaker())
    async with Session(graph, tools=[look]) as session:
        await session.reply()
        await session.reply()
        cut = session.reply()
        await trio.sleep(0.9)
        cut.interrupt()
        await cut
    assert [item.signature for item in model.prompts[1].messages] == ["s1"]
    assert [(item.text, item.signature) for item in session.history] == [
        ("One moment. It is sunny.", ""),
        ("Goodbye.", "s3"),
        ("Well", ""),
    ]
    assert not any(isinstance(item, Thought) for item in session.items)
