"""One agent hands over to another: what the next one is told, may call and speaks with, and who comes and goes when."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from cast_of_agents import Cast, Reply, call
from trio.testing import MockClock
from world import Voice

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    In,
    Mark,
    Node,
    Out,
    Ports,
    ProviderError,
    Services,
    Session,
    Speaker,
    TextSink,
    Trace,
    Transcript,
    TurnSettings,
    TurnTaking,
)
from voiceflow.agents import PERSONA, Agent, Context, Task, Transfer
from voiceflow.chat import from_json, to_json
from voiceflow.items import ConfigUpdate, HandOff, Item, Message, ToolCall, ToolOutput
from voiceflow.machines.turn_settings import Endpointing
from voiceflow.tools import Effect, ToolContext, ToolSource, tool


@attrs.define(eq=False)
class Told(Agent):
    """Writes down when it comes and goes."""

    log: list[tuple[str, str, float]] = attrs.field(factory=list[tuple[str, str, float]], kw_only=True)
    greeting: str = attrs.field(default="", kw_only=True)

    async def on_enter(self, session: Session) -> None:
        self.log.append(("enter", self.name, trio.current_time()))
        if self.greeting:
            session.say(self.greeting)

    async def on_exit(self, session: Session) -> None:
        self.log.append(("exit", self.name, trio.current_time()))


def pair(
    context: Context | None = None, *, effect: Effect = "cancellable", seconds: float = 0.0, **of_second: Any
) -> tuple[Told, Told]:
    """A first agent whose tool `pass_on` hands over to the second, after so many seconds."""
    first = Told("first")
    second = Told("second", name="Second", log=first.log, **of_second)

    @tool(effect=effect)
    async def pass_on() -> Agent | Transfer:
        """Have the other one go on."""
        await trio.sleep(seconds)
        return second if context is None else Transfer(second, context)

    first.name, first.tools = "First", (pass_on,)
    return first, second


@attrs.define
class Story:
    """A call, and all that happened in it."""

    session: Session
    model: Cast
    marks: list[Mark]
    log: list[tuple[str, str, float]]

    def times(self, name: str) -> list[float]:
        return [mark.t / 1e9 for mark in self.marks if mark.name == name]

    @property
    def kinds(self) -> list[str]:
        return [item.role if isinstance(item, Message) else type(item).__name__ for item in self.session.items]

    @property
    def comings(self) -> list[str]:
        return [f"{name} {what}" for what, name, _ in self.log]


async def told(
    agents: tuple[Told, Told],
    roles: Mapping[str, Sequence[Reply]],
    during: Callable[[Session], Awaitable[object]] | None = None,
) -> Story:
    """A question, and what comes of it; the voice takes a second for each phrase, 0.2 s after it came."""
    model, marks = Cast(roles), list[Mark]()
    graph = Graph().connect(model, Chunker(), Voice(1.0), Speaker())
    async with Session(graph, agent=agents[0], trace=Trace([marks.append])) as session:
        if during is None:
            await session.send_text("What does it cost?")
        else:
            await during(session)
        await session.finished()
    return Story(session, model, marks, agents[0].log)


MOMENT: Reply = ("One moment.", [call("pass_on")])


async def test_a_tool_that_returns_an_agent_hands_over_to_it(autojump_clock: MockClock) -> None:
    """The reply is said to its end; the next agent, who says nothing by itself, answers with its own instructions."""
    story = await told(pair(), {"first": [MOMENT], "second": [("Ten euros.", [])]})
    written = "ConfigUpdate user ToolCall HandOff ConfigUpdate ToolOutput assistant assistant"
    assert story.kinds == written.split()
    assert [item.text for item in story.session.history] == ["What does it cost?", "One moment.", "Ten euros."]
    assert story.session.active.name == "Second"
    assert story.comings == ["First enter", "First exit", "Second enter", "Second exit"]
    # Asked at 0.0, written and called at 0.1, heard 0.3 to 1.3; then asked again, heard 1.6 to 2.6.
    assert story.times("agent.handed_over") == [0.1]
    assert story.times("turn.audible") == [0.3, 1.6]
    first, second = story.model.prompts
    assert [spec.name for spec in first.tools] == ["pass_on"]
    assert second.tools == ()
    assert second.items == (
        Message("system", "second"),
        Message("user", "What does it cost?", 2),
        ToolCall("a", "pass_on", "{}", 3),
        ToolOutput("a", "Second goes on from here.", sequence=6),
        Message("assistant", "One moment.", 7),
    )


async def test_the_setup_at_any_point_is_known(autojump_clock: MockClock) -> None:
    """Instructions and tools, of who was on duty then; also when it is read from JSON."""
    story = await told(pair(), {"first": [MOMENT]})
    history = from_json(to_json(story.session.context))
    assert history.items == story.session.items
    before = next(item.id for item in history.items if isinstance(item, HandOff))
    assert history.config(before) == ConfigUpdate("first", ("pass_on",))
    assert history.config() == ConfigUpdate("second", ())


def _from_the_user(item: Item) -> bool:
    return isinstance(item, Message) and item.role == "user"


@pytest.mark.parametrize(
    ("context", "seen"),
    [
        ("whole", ["second", "Hello.", "Yes.", "What does it cost?", "One moment."]),
        ("none", ["second"]),
        (1, ["second", "What does it cost?", "One moment."]),
        (_from_the_user, ["second", "Hello.", "What does it cost?"]),
    ],
)
async def test_the_next_agent_is_told_what_it_is_to_know(
    autojump_clock: MockClock, context: Context, seen: list[str]
) -> None:
    """All, nothing, the last turns, or what is chosen, the reply that handed over too. The history keeps all of it."""
    roles: dict[str, list[Reply]] = {"first": [("Yes.", []), MOMENT], "second": [("Ten euros.", [])]}

    async def ask(session: Session) -> None:
        await session.send_text("Hello.")
        await session.send_text("What does it cost?")

    story = await told(pair(context), roles, ask)
    assert [item.text for item in story.model.prompts[-1].messages] == seen
    assert len(story.session.history) == 5


async def test_an_agent_that_greets_is_not_asked_for_more(autojump_clock: MockClock) -> None:
    """What it says when it comes is what the user hears."""
    story = await told(pair(greeting="Good day."), {"first": [MOMENT]})
    assert [item.text for item in story.session.history[1:]] == ["One moment.", "Good day."]
    assert len(story.model.prompts) == 1


async def test_an_interrupted_hand_off_is_an_error_and_changes_nothing(autojump_clock: MockClock) -> None:
    """The tool is at work for 5 s when the user stops it."""

    async def interrupt(session: Session) -> None:
        session.reply()
        await trio.sleep(2)
        assert session.interrupt()
        await trio.sleep(10)

    story = await told(pair(seconds=5.0), {"first": [MOMENT]}, interrupt)
    assert [item.error for item in story.session.items if isinstance(item, ToolOutput)] == [True]
    assert story.session.active.name == "First"
    assert story.comings == ["First enter", "First exit"]
    assert "HandOff" not in story.kinds


async def test_what_must_finish_hands_over_no_more_when_its_reply_was_interrupted(autojump_clock: MockClock) -> None:
    """Its output says so."""

    async def interrupt(session: Session) -> None:
        session.reply()
        await trio.sleep(2)
        assert session.interrupt()
        await trio.sleep(10)

    story = await told(pair(seconds=5.0, effect="must_finish"), {"first": [MOMENT]}, interrupt)
    outputs = [(item.text, item.error) for item in story.session.items if isinstance(item, ToolOutput)]
    assert outputs == [("There was no hand-off: the user interrupted.", True)]
    assert story.session.active.name == "First"


async def test_an_interruption_behind_the_hand_off_leaves_the_next_on_duty(autojump_clock: MockClock) -> None:
    """It came, once; it does not speak up, for the user has the floor."""

    async def interrupt(session: Session) -> None:
        session.reply()
        await trio.sleep(0.7)
        assert session.interrupt()
        await trio.sleep(10)

    story = await told(pair(), {"first": [MOMENT]}, interrupt)
    assert story.session.active.name == "Second"
    assert story.comings == ["First enter", "First exit", "Second enter", "Second exit"]
    assert [item.text for item in story.session.history] == ["One"]


async def test_of_two_hand_offs_in_one_reply_one_is_done(autojump_clock: MockClock) -> None:
    """The other is an error for the model."""
    agents = pair()
    calls = [call("pass_on", "a"), call("pass_on", "b")]
    story = await told(agents, {"first": [("One moment.", calls)]})
    assert [item.error for item in story.session.items if isinstance(item, ToolOutput)] == [False, True]
    assert story.kinds.count("HandOff") == 1
    assert story.comings == ["First enter", "First exit", "Second enter", "Second exit"]


async def test_a_program_hands_over_as_well(autojump_clock: MockClock) -> None:
    """While nobody speaks, and back again: each time it comes it is told so."""
    first, second = pair()

    async def there_and_back(session: Session) -> None:
        await session.finished()
        await session.hand_over(second)
        await session.finished()
        await session.hand_over(first)

    story = await told(
        (first, second), {"second": [("Ten euros.", [])], "first": [("Back again.", [])]}, there_and_back
    )
    assert [item.text for item in story.session.history] == ["Ten euros.", "Back again."]
    assert story.comings == [f"{who} {what}" for who in ("First", "Second", "First") for what in ("enter", "exit")]


async def test_a_tool_may_hand_over_in_mid_work(autojump_clock: MockClock) -> None:
    """What its agent wrote is said to its end, and no more is asked of its model."""
    second = Agent("second", name="Second")

    @tool
    async def pass_on(ctx: ToolContext) -> str:
        await ctx.session.hand_over(second)
        return "done"

    first = Told("first", tools=[pass_on])
    story = await told((first, first), {"first": [MOMENT], "second": [("Ten euros.", [])]})
    assert [item.text for item in story.session.history[1:]] == ["One moment.", "Ten euros."]
    assert story.session.active is second


# What agents bring


@attrs.define(eq=False)
class Opened(Cast):
    """A model that must be opened, and may fail in that."""

    log: list[str] = attrs.field(factory=list[str])
    label: str = "model"
    fails: bool = False

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        if self.fails:
            raise ProviderError("there is no such model", retryable=False)
        self.log.append(f"{self.label} opened")
        try:
            yield
        finally:
            self.log.append(f"{self.label} closed")


async def test_an_agent_brings_its_own_model_and_the_next_has_that_of_the_graph(autojump_clock: MockClock) -> None:
    """That is kept open meanwhile. Where the graph has no voice, none is put in its place."""
    log: list[str] = []
    own = Opened({"first": [("Mine.", [])]}, log=log, label="own")
    other = Opened({"second": [("Theirs.", [])]}, log=log, label="other")
    first, second = Agent("first"), Agent("second", llm=other, tts=Voice(1.0))
    async with Session(Graph().connect(own, TextSink()), agent=first) as session:
        assert (await session.send_text("Who is it?")).heard == "Mine."
        await session.hand_over(second)
        await session.finished()
        await trio.sleep(1)
        await session.hand_over(first)
        await session.finished()
    assert [item.text for item in session.history] == ["Who is it?", "Mine.", "Theirs.", "Yes."]
    assert log == ["own opened", "other opened", "other closed", "own closed"]


async def test_the_first_agents_model_stands_in_the_graph_from_the_beginning(autojump_clock: MockClock) -> None:
    """The graph's own is not opened before another agent wants it."""
    log: list[str] = []
    own, other = Opened({}, log=log, label="own"), Opened({}, log=log, label="other")
    graph = Graph().connect(own, TextSink())
    async with Session(graph, agent=Agent("first", llm=other)) as session:
        await session.send_text("Who is it?")
        assert log == ["other opened"]
        await session.hand_over(Agent("second"))
        await session.finished()
    assert log == ["other opened", "own opened", "other closed", "own closed"]


async def test_a_graph_is_given_back_as_it_was(autojump_clock: MockClock) -> None:
    """Whoever was on duty in the end, another session over it begins with its own nodes."""
    own, other = Cast({}), Cast({})
    graph = Graph().connect(own, TextSink())
    for agents in ([Agent(llm=other)], [Agent(), Agent(llm=other)]):
        async with Session(graph, agent=agents[0]) as session:
            for agent in agents[1:]:
                await session.hand_over(agent)
            assert next(iter(graph.nodes.values())) is other
        assert next(iter(graph.nodes.values())) is own


async def test_what_cannot_be_opened_leaves_the_agent_on_duty(autojump_clock: MockClock) -> None:
    """The tool that would hand over has failed, and its model says so."""
    agents = pair(llm=Opened({}, fails=True))
    story = await told(agents, {"first": [MOMENT, ("That is not possible.", [])]})
    assert [item.error for item in story.session.items if isinstance(item, ToolOutput)] == [True]
    assert [item.text for item in story.session.history[1:]] == ["One moment. That is not possible."]
    assert story.session.active is agents[0]
    assert story.comings == ["First enter", "First exit"]


class Seconds(Node):
    """A second of silence, over and over, for 12 s."""

    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        for at in range(12):
            await ports.sleep_until((at + 1) * 10**9)
            await ports[self.audio].send(Audio(np.zeros(8000, np.int16), 8000, at * 8000))


@attrs.define(eq=False)
class Ears(Node):
    """Hears one word, every fourth second."""

    word: str

    audio = In(Audio)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            if block.pts // 8000 % 4 == 1:
                await ports[self.transcripts].send(
                    Transcript(self.word, "final", 8000, block.pts, block.pts + len(block.samples))
                )


async def test_an_agent_brings_its_own_ears_and_voice(autojump_clock: MockClock) -> None:
    """From the hand-off on, and no longer than it is on duty; every second is heard once."""
    own, other = Voice(0.5), Voice(0.5)
    first, second = pair(stt=Ears("two"), tts=other)

    @tool
    async def pass_back() -> Agent:
        return first

    second.tools = (pass_back,)
    back = [("One moment.", [call("pass_back", "b")])]
    turns = TurnTaking(TurnSettings(endpointing=Endpointing(mode="fixed", min_wait=0.5)))
    model = Cast({"first": [MOMENT], "second": [("Ten euros.", []), *back]})
    graph = Graph().connect(Seconds(), Ears("one"), turns).connect(turns, model, Chunker(), own, Speaker())
    async with Session(graph, agent=first) as session:
        await session.finished()
    said = ["one", "One moment.", "Ten euros.", "two", "One moment.", "Yes.", "one", "Yes."]
    assert [item.text for item in session.history] == said
    assert (round(own.made, 6), round(other.made, 6)) == (1.5, 1.0)


@attrs.define(eq=False)
class Source(ToolSource):
    """One tool, for as long as it runs."""

    name: str
    log: list[str]

    @property
    def label(self) -> str:
        return self.name

    async def run(self, offer: Any, tell: Any, *, task_status: trio.TaskStatus[None]) -> None:
        @tool(name=self.name)
        async def look() -> str:
            return "here"

        self.log.append(f"{self.name} opened")
        offer([look])
        task_status.started()
        try:
            await trio.sleep_forever()
        finally:
            self.log.append(f"{self.name} closed")


async def test_sources_of_tools_come_and_go_with_their_agents(autojump_clock: MockClock) -> None:
    """One that both have stays open."""
    log: list[str] = []
    one, both, two = (Source(name, log) for name in ("one", "both", "two"))

    @tool(name="both")
    def twin() -> None: ...

    async with Session(Graph().connect(Cast({}), TextSink()), agent=Agent(tools=[one, both])) as session:
        assert sorted(log) == ["both opened", "one opened"]
        assert [each.name for each in session.tools] == ["one", "both"]
        await session.hand_over(Agent(tools=[both, two]))
        assert [each.name for each in session.tools] == ["both", "two"]
        await session.finished()
        assert log[2:] == ["two opened", "one closed"]
        with pytest.raises(ValueError, match="two tools are called both"):
            await session.hand_over(Agent(tools=[both, twin]))
        assert [each.name for each in session.tools] == ["both", "two"]


async def test_sources_of_an_agent_that_waits_for_a_task_stay_open(autojump_clock: MockClock) -> None:
    """So that its calls there go on, and coming back takes no time; they are closed with it."""
    log: list[str] = []
    mine, its = Source("mine", log), Source("its", log)
    asks = Task[str](tools=[its], name="Asks")

    async with (
        Session(Graph().connect(Cast({}), TextSink()), agent=Agent(tools=[mine])) as session,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(session.task, asks)
        await trio.testing.wait_all_tasks_blocked()
        assert log == ["mine opened", "its opened"]
        assert [each.name for each in session.tools] == ["its"]
        asks.complete("")
        await session.finished()
        assert session.active is not asks
        assert [each.name for each in session.tools] == ["mine"]
        assert log == ["mine opened", "its opened", "its closed"]
    assert log[3:] == ["mine closed"]


async def test_tools_that_change_are_part_of_the_setup(autojump_clock: MockClock) -> None:
    """The history tells from when on which were offered."""

    class Changing(Source):
        async def run(self, offer: Any, tell: Any, *, task_status: trio.TaskStatus[None]) -> None:
            made = [tool(name=name)(_nothing) for name in ("a", "b")]
            offer(made[:1])
            task_status.started()
            await trio.sleep(5)
            offer(made)
            await trio.sleep_forever()

    source = Changing("changing", [])
    async with Session(Graph().connect(Cast({}), TextSink()), agent=Agent("first", tools=[source])) as session:
        await trio.sleep(6)
        assert [item.tools for item in session.items if isinstance(item, ConfigUpdate)] == [("a",), ("a", "b")]
        await session.hand_over(Agent("second"))
        assert [item.tools for item in session.items if isinstance(item, ConfigUpdate)][2:] == [()]


def _nothing() -> None:
    """Do nothing."""


async def test_methods_that_are_tools_are_offered(autojump_clock: MockClock) -> None:
    """Of the agent's class and of those it comes from, with the agent itself."""

    class Clerk(Agent):
        @tool
        async def greet(self) -> str:
            """Say hello."""
            return f"hello from {self.name}"

    class Chief(Clerk):
        @tool
        def leave(self) -> None:
            """Go."""

    chief = Chief("Be brief.")
    model = Cast({"Be brief.": [("", [call("greet")])]})
    async with Session(Graph().connect(model, TextSink()), agent=chief) as session:
        await session.send_text("Hello.")
        assert [each.name for each in session.tools] == ["greet", "leave"]
    assert [item.text for item in session.items if isinstance(item, ToolOutput)] == ["hello from Chief"]


async def test_what_an_agent_raises_when_it_comes_is_raised_when_the_session_is_left(autojump_clock: MockClock) -> None:
    """The call goes on until then."""

    class Broken(Agent):
        async def on_enter(self, session: Any) -> None:
            raise KeyError("kaboom")

    session = Session(Graph().connect(Cast({}), TextSink()), agent=Broken("first"))
    with pytest.raises(KeyError):
        async with session:
            assert (await session.send_text("Hello.")).heard == "Yes."
    assert len(session.history) == 2


async def test_an_agent_that_never_takes_leave_does_not_hold_up_the_next(autojump_clock: MockClock) -> None:
    """It has 5 s."""

    class Slow(Agent):
        async def on_exit(self, session: Any) -> None:
            await trio.sleep_forever()

    async with Session(Graph().connect(Cast({}), TextSink()), agent=Slow("first")) as session:
        await session.hand_over(Agent("second"))
        await trio.sleep(6)
        assert [item.text for item in session.history] == ["Yes."]
    assert trio.current_time() == 6.0


def test_settings_are_checked() -> None:
    """By name and value."""
    with pytest.raises(ValueError, match="an agent has its own instructions"):
        Session(Graph(), agent=Agent(), instructions="Be brief.")
    with pytest.raises(ValueError, match="context is 'whole', 'none', a number of turns"):
        Transfer(Agent(), "half")  # type: ignore[arg-type]


def test_the_persona_stands_before_the_instructions() -> None:
    """Only if it is wanted."""
    assert Agent("Sell pizza.", persona=True).setup == f"{PERSONA}\n\nSell pizza."
    assert Agent("Sell pizza.").setup == "Sell pizza."
    assert Agent(persona=True).setup == PERSONA
