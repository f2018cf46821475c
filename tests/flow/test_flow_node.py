"""A flow at work in a call: in virtual time, with a scripted model, and callers who interrupt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from world import Clip, User, Voice

from voiceflow import (
    Chunker,
    FallbackPolicy,
    Graph,
    GraphError,
    In,
    Interruption,
    Mark,
    Node,
    NodeFailed,
    Out,
    Ports,
    Prompt,
    ProviderError,
    Session,
    Speaker,
    Text,
    TextSink,
    Trace,
    TurnSettings,
    TurnTaking,
)
from voiceflow.agents import Agent
from voiceflow.flow import (
    Ask,
    Checkpoints,
    Do,
    End,
    FileCheckpoints,
    Flow,
    FlowNode,
    MemoryCheckpoints,
    Pause,
    PointError,
    Refused,
    Say,
    Split,
    SqliteCheckpoints,
)
from voiceflow.flow.points import from_json, to_json
from voiceflow.graph_json import to_json as graph_to_json
from voiceflow.items import Message, ToolCall, ToolOutput
from voiceflow.machines.turn_settings import Endpointing
from voiceflow.testing import InlineExecutor
from voiceflow.tools import tool


def few(order: Order, field: Any, value: int | None) -> None:
    if value is not None and value > 10:
        raise Refused("We have ten seats.")


@attrs.frozen
class Order:
    size: str | None = None
    guests: int | None = attrs.field(default=None, validator=few)
    sure: bool | None = None
    price: int = 0


def size(words: str) -> Mapping[str, Any]:
    return {"size": next((each for each in ("small", "large") if each in words), None)}


def sure(words: str) -> Mapping[str, Any]:
    return {"sure": "yes" in words}


def answer(said: str, **values: Any) -> str:
    return json.dumps({"response_to_user": said, "extracted_values": values})


@attrs.define(eq=False)
class Scripted(Node):
    """Writes `replies`, in pieces of 8 characters, one each `pace` s; an exception among them is raised there."""

    replies: Sequence[str | Exception | tuple[str, ToolCall]]
    pace: float = 0.1
    prompts: list[Prompt] = attrs.field(factory=list[Prompt], init=False)

    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            reply = self.replies[len(self.prompts)]
            self.prompts.append(prompt)
            if isinstance(reply, tuple):
                await ports[self.text].send(Text(reply[0]))
                await ports.call_tools(prompt, [reply[1]])
                continue
            told, error = (reply, None) if isinstance(reply, str) else (str(reply.args[0]), reply)
            for at in range(0, len(told), 8):
                await ports.sleep_until(ports.now() + round(self.pace * 1e9))
                await ports[self.text].send(Text(told[at : at + 8]))
            if error is not None:
                raise error


def typed(node: Node, trace: Trace | None = None, **settings: Any) -> Session:
    """A call in writing."""
    return Session(Graph().connect(node, TextSink()), trace=trace, executor=InlineExecutor(), **settings)


def spoken(node: Node, clips: Sequence[Clip], marks: list[Mark], until: float = 20.0) -> Session:
    """A call by voice: a phrase takes a second."""
    settings = TurnSettings(
        endpointing=Endpointing(mode="fixed", min_wait=0.5), interruption=Interruption(always={}, fade=0.0)
    )
    user, turns = User(clips, until=until), TurnTaking(settings)
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, node, Chunker(), Voice(1.0), Speaker(block=0.02))
    return Session(graph, trace=Trace([marks.append]), executor=InlineExecutor())


async def talk(session: Session, *lines: str) -> list[str]:
    """What the agent says to each of these lines."""
    return [(await session.send_text(line)).heard for line in lines]


def history(session: Session) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in session.history]


SIZE = Ask[Order]("size", "What size?", read=size, then="bye")
BYE = End[Order]("bye", lambda order: f"{order.size}. Bye.")
ORDER = Flow("order", Order(), [Say[Order]("hello", "Hello.", then="size"), SIZE, BYE])

MODEL = Ask[Order]("size", "What size?", also="guests", instructions="Be kind.", then="bye")
MODELLED = Flow("order", Order(), [MODEL, BYE])


async def test_a_flow_speaks_first_and_hangs_up_when_all_is_said(autojump_clock: trio.testing.MockClock) -> None:
    """The call is over behind the last word."""
    node = FlowNode(ORDER)
    async with typed(node) as session:
        await trio.sleep(1)
        assert await talk(session, "large") == ["large. Bye."]
        await session.finished()
    assert history(session) == [
        ("assistant", "Hello. What size?"),
        ("user", "large"),
        ("assistant", "large. Bye."),
    ]
    assert (node.state, node.point.ended) == (Order("large"), True)


async def test_without_a_greeting_the_first_words_of_the_caller_begin_it(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """And may answer the first question."""
    async with typed(FlowNode(ORDER, greets=False)) as session:
        assert await talk(session, "a small one") == ["Hello. small. Bye."]


async def test_by_voice_the_call_ends_at_the_end_of_speech(autojump_clock: trio.testing.MockClock) -> None:
    """The last phrase is heard to its end, and then nothing more is waited for."""
    marks: list[Mark] = []
    async with spoken(FlowNode(ORDER), [Clip(4.0, 4.6, "large")], marks, until=60.0) as session:
        await session.finished()
    ended = [mark.t / 1e9 for mark in marks if mark.name == "turn.ended"]
    assert history(session)[-1] == ("assistant", "large. Bye.")
    # 4.6 and 0.5 s of silence; two phrases of a second, each 0.2 s after it was asked for.
    assert len(ended) == 2
    assert trio.current_time() - 0.5 < ended[-1] < 8.0


async def test_a_model_speaks_before_its_answer_ends(autojump_clock: trio.testing.MockClock) -> None:
    """What it says is out as it is written; what it found out counts at the end; the next step follows at once."""
    model, pieces = Scripted([answer("Gladly!", size="large", guests=4)]), list[tuple[float, str]]()
    node = FlowNode(MODELLED, model=model, greets=False)
    sink = TextSink(lambda text: pieces.append((round(trio.current_time(), 3), text)))
    async with Session(Graph().connect(node, sink), executor=InlineExecutor()) as session:
        await talk(session, "hello")
    assert "".join(text for _, text in pieces) == "Gladly! large. Bye."
    first, end = pieces[0][0], pieces[-1][0]
    assert (first, end) == (0.3, 1.1)
    (prompt,) = model.prompts
    assert prompt.schema is not None
    assert prompt.schema["properties"]["extracted_values"]["required"] == ["size", "guests"]
    told = prompt.items[-1]
    assert isinstance(told, Message)
    assert told.role == "system"
    assert told.text.startswith("Be kind.\nFind out from the user:\n- size: a text or null\n- guests: a whole number")
    assert node.state == Order("large", 4)


async def test_an_answer_that_is_interrupted_has_found_out_nothing(autojump_clock: trio.testing.MockClock) -> None:
    """The state is as it was before; the history has what was heard; the model is told it all again."""
    long = "That is a very good choice. Many people take it. And we make it with love."
    replies = [answer(long, size="large"), answer("Small then.", size="small")]
    model, marks = Scripted(replies, pace=0.2), list[Mark]()
    node = FlowNode(MODELLED, model=model)
    states: list[Order] = []
    clips = [Clip(3.0, 3.6, "a large one"), Clip(5.4, 7.0, "no a small one")]
    async with spoken(node, clips, marks) as session:
        session.on("turn.interrupted", lambda mark: states.append(node.state))
        await session.finished()
    assert states == [Order()]
    assert node.state == Order("small")
    assert history(session)[:4] == [
        ("assistant", "What size?"),
        ("user", "a large one"),
        ("assistant", "That is a"),
        ("user", "no a small one"),
    ]
    users = [[item.text for item in prompt.messages if item.role == "user"] for prompt in model.prompts]
    assert users == [["a large one"], ["a large one", "no a small one"]]


async def test_a_step_that_nobody_heard_is_taken_again_with_all_that_was_said(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """The caller goes on talking before the answer sounds: "small" was not his whole answer."""
    both = Ask[Order](
        "both",
        "What size, are you sure?",
        fields=("size", "sure"),
        read=lambda words: {**size(words), **({"sure": True} if "sure" in words else {})},
        again="Pardon?",
        attempts=1,
        otherwise="bye",
        then="bye",
    )
    node, marks = FlowNode(Flow("order", Order(), [both, BYE])), list[Mark]()
    clips = [Clip(3.0, 3.6, "well"), Clip(4.2, 4.8, "small I am sure")]
    async with spoken(node, clips, marks) as session:
        await session.finished()
    assert node.state == Order("small", sure=True)
    assert history(session)[1:] == [("user", "well"), ("user", "small I am sure"), ("assistant", "small. Bye.")]


async def test_a_model_that_answers_in_plain_text_is_heard(autojump_clock: trio.testing.MockClock) -> None:
    """It has found out nothing, which the trace tells; the question stays open."""
    marks: list[Mark] = []
    model = Scripted(["We have two sizes.", answer("", size="large")])
    async with typed(FlowNode(MODELLED, model=model), Trace([marks.append])) as session:
        assert await talk(session, "which?", "large") == ["We have two sizes.", "large. Bye."]
    unread = [mark.values for mark in marks if mark.name == "flow.unread"]
    assert unread == [{"step": "size", "problem": "expected a JSON object, got plain text"}]


async def test_a_value_that_is_refused_is_told_behind_what_the_model_said(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """A model that was too sure is put right."""
    model = Scripted([answer("Gladly.", guests=12)])
    async with typed(FlowNode(MODELLED, model=model, greets=False)) as session:
        assert await talk(session, "for twelve") == ["Gladly. We have ten seats."]


async def test_a_fallback_goes_on_from_what_was_said(autojump_clock: trio.testing.MockClock) -> None:
    """It is told that; nothing is said twice, and what it finds out counts."""
    broken = Scripted([ProviderError(answer("For you, of ", size="x")[:36], retryable=True)])
    other = Scripted([answer("course.", size="large")])
    async with typed(FlowNode(MODELLED, model=broken.or_else(other), greets=False)) as session:
        assert await talk(session, "large") == ["For you, of course. large. Bye."]
    said, _, last = other.prompts[0].messages[-3:]
    assert (said.role, said.text) == ("assistant", "For you, of")
    assert last.text.startswith("You were cut off.")


async def test_a_model_that_failed_rests_while_its_fallback_answers(autojump_clock: trio.testing.MockClock) -> None:
    """For as long as the policy says; then it is tried again."""
    broken = Scripted([ProviderError("", retryable=True), answer("I am back.", size="large")])
    other = Scripted([answer("Yes?"), answer("Which one?"), answer("No.")])
    marks: list[Mark] = []
    model = broken.or_else(other, policy=FallbackPolicy(cooldown=30))
    async with typed(FlowNode(MODELLED, model=model, greets=False), Trace([marks.append])) as session:
        assert await talk(session, "hello", "a pizza") == ["Yes?", "Which one?"]
        await trio.sleep(31)
        assert await talk(session, "large") == ["I am back. large. Bye."]
    assert (len(broken.prompts), len(other.prompts)) == (2, 2)
    told = [(mark.values["provider"], mark.values["state"]) for mark in marks if mark.name == "node.provider"]
    assert told == [(1, "closed"), (0, "half-open")]


async def test_a_model_that_says_nothing_gives_way(autojump_clock: trio.testing.MockClock) -> None:
    """A stall is a failure, as it is of a model that stands in a graph."""
    silent = Scripted([answer("Well.")], pace=60).or_else(
        Scripted([answer("Yes.", size="large")]), policy=FallbackPolicy(patience=2)
    )
    async with typed(FlowNode(MODELLED, model=silent, greets=False)) as session:
        before = trio.current_time()
        assert await talk(session, "large") == ["Yes. large. Bye."]
        assert 2 <= trio.current_time() - before < 3


async def test_a_model_that_fails_leaves_the_flow_where_it_was(autojump_clock: trio.testing.MockClock) -> None:
    """The turn has failed, and the next one is as if it had not been."""
    error = ProviderError("", retryable=False)
    model = Scripted([error, error, answer("Yes.", size="large")])
    node = FlowNode(MODELLED, model=model)
    async with typed(node) as session:
        await trio.sleep(1)
        asked = node.point
        failed = await session.send_text("large")
        assert isinstance(failed.error, NodeFailed)
        assert node.point == asked
        assert await talk(session, "large") == ["Yes. large. Bye."]


@pytest.mark.parametrize("before", ["", "Let me look.", answer("Let me look.")])
async def test_the_model_of_a_flow_may_call_tools(before: str, autojump_clock: trio.testing.MockClock) -> None:
    """Those of the session, before it answers; what it says of that is said, and the answer is read behind it."""

    @tool(effect="read_only")
    async def stock() -> str:
        """What is there."""
        return "large ones"

    model = Scripted([(before, ToolCall("1", "stock")), answer("There are large ones.", guests=4)])
    node = FlowNode(MODELLED, model=model, greets=False)
    async with typed(node, tools=[stock]) as session:
        (said,) = await talk(session, "which?")
        assert " ".join(said.split()) == ("Let me look. " if before else "") + "There are large ones."
        assert [item.text for item in session.items if isinstance(item, ToolOutput)] == ["large ones"]
    assert node.state == Order(guests=4)


async def test_a_model_may_write_what_a_step_says(autojump_clock: trio.testing.MockClock) -> None:
    """In plain text; the next step follows."""
    flow = Flow("order", Order(), [Say[Order]("tell", instructions="Greet.", then="size"), SIZE, BYE])
    model = Scripted(["Welcome! {}"])
    async with typed(FlowNode(flow, model=model, greets=False)) as session:
        assert await talk(session, "hello") == ["Welcome! {} What size?"]
    assert (model.prompts[0].schema, model.prompts[0].items[-1]) == (None, Message("system", "Greet."))


# What is done


@attrs.define
class Kitchen:
    """Takes two seconds for a price."""

    begun: int = 0
    ended: int = 0

    async def price(self, order: Order) -> Mapping[str, Any]:
        self.begun += 1
        await trio.sleep(2.0)
        self.ended += 1
        return {"price": 7}

    def flow(self, run: Callable[[Order], Any] | None = None, **settings: Any) -> Flow[Order]:
        do = Do[Order]("price", run or self.price, fields="price", otherwise="sorry", then="bye", **settings)
        bye = End[Order]("bye", lambda order: f"{order.price} euros.")
        ask = attrs.evolve(SIZE, then="wait")
        return Flow(
            "order", Order(), [ask, Say[Order]("wait", "I look.", then="price"), do, bye, End("sorry", "Sorry.")]
        )


async def test_what_is_done_is_waited_for_in_the_turn(autojump_clock: trio.testing.MockClock) -> None:
    """What was said before is heard meanwhile."""
    kitchen, pieces = Kitchen(), list[tuple[float, str]]()
    sink = TextSink(lambda text: pieces.append((trio.current_time(), text)))
    graph = Graph().connect(FlowNode(kitchen.flow(), greets=False), sink)
    async with Session(graph, executor=InlineExecutor()) as session:
        await talk(session, "large")
    assert "".join(text for _, text in pieces) == "I look. 7 euros."
    assert [round(at, 3) for at, _ in pieces] == [0.0, 0.0, 2.0]


async def test_no_interruption_stops_what_is_done(autojump_clock: trio.testing.MockClock) -> None:
    """It is done once; a caller who speaks meanwhile is told to wait, and then how it went."""
    kitchen, marks = Kitchen(), list[Mark]()
    node = FlowNode(kitchen.flow())
    clips = [Clip(3.0, 3.6, "large"), Clip(4.6, 5.8, "hello there")]
    async with spoken(node, clips, marks) as session:
        await session.finished()
    assert (kitchen.begun, kitchen.ended, node.state.price) == (1, 1, 7)
    assert history(session)[1:] == [
        ("user", "large"),
        ("assistant", "I"),
        ("user", "hello there"),
        ("assistant", "One moment. 7 euros."),
    ]


def breaks(order: Order) -> Mapping[str, Any]:
    raise ZeroDivisionError("the words of a caller")


def a_number(order: Order) -> int:
    return 3


def another_field(order: Order) -> Mapping[str, Any]:
    return {"size": "x"}


def a_text(order: Order) -> Mapping[str, Any]:
    return {"price": "cheap"}


@pytest.mark.parametrize(
    ("run", "error"),
    [
        (a_text, "it gave what the state refuses: TypeError"),
        (breaks, "ZeroDivisionError"),
        (a_number, "it gave a int; expected values by field, or None"),
        (another_field, "it gave size; expected no other fields than price"),
    ],
)
async def test_what_fails_leads_elsewhere(
    run: Callable[[Order], Any], error: str, autojump_clock: trio.testing.MockClock
) -> None:
    """The trace tells what it was, without the words of an exception."""
    marks: list[Mark] = []
    async with typed(FlowNode(Kitchen().flow(run), greets=False), Trace([marks.append])) as session:
        assert await talk(session, "large") == ["I look. Sorry."]
    (failed,) = [mark.values for mark in marks if mark.name == "flow.failed"]
    assert failed == {"step": "price", "error": error}


async def test_what_takes_too_long_is_stopped(autojump_clock: trio.testing.MockClock) -> None:
    """After `within` seconds."""
    kitchen, marks = Kitchen(), list[Mark]()
    async with typed(FlowNode(kitchen.flow(within=1.5), greets=False), Trace([marks.append])) as session:
        assert await talk(session, "large") == ["I look. Sorry."]
    assert (kitchen.begun, kitchen.ended) == (1, 0)
    assert [mark.values["error"] for mark in marks if mark.name == "flow.failed"] == ["it took longer than 1.5 s"]


async def test_a_branch_works_while_another_asks(autojump_clock: trio.testing.MockClock) -> None:
    """They join when both are through; what comes then is said of itself, when the caller is not asked any more."""
    kitchen = Kitchen()
    steps = [
        Split[Order]("both", ["price", "size"], "bye"),
        Do[Order]("price", kitchen.price, fields="price", otherwise="bye", then="bye"),
        SIZE,
        End[Order]("bye", lambda order: f"{order.size} for {order.price}."),
    ]
    for before, lines in ((3.0, ["large for 7."]), (1.0, ["large for 7."])):
        node = FlowNode(Flow("order", Order(), steps))
        async with typed(node) as session:
            await trio.sleep(before)
            assert history(session) == [("assistant", "What size?")]
            assert await talk(session, "large") == lines
            await session.finished()


async def test_an_agent_may_bring_a_flow(autojump_clock: trio.testing.MockClock) -> None:
    """Which begins when the agent comes."""
    async with typed(Scripted(["I am a model."]), agent=Agent(name="first")) as session:
        assert await talk(session, "hello") == ["I am a model."]
        await session.hand_over(Agent(name="orders", llm=FlowNode(ORDER)))
        await session.finished()
        assert history(session)[-1] == ("assistant", "Hello. What size?")
        assert await talk(session, "large") == ["large. Bye."]


# People outside

ALLOW = Pause[Order]("sure", "I will ask my colleague.", about=lambda order: f"A {order.size} one?", then="bye")
PAUSED = Flow("order", Order(), [attrs.evolve(SIZE, then="sure"), ALLOW, End("bye", lambda order: f"{order.sure}.")])


async def test_somebody_outside_is_told_and_answers(autojump_clock: trio.testing.MockClock) -> None:
    """The flow speaks of itself when the answer comes; a wrong one is an error for who gave it."""
    asked: list[tuple[str, str]] = []
    node = FlowNode(PAUSED, on_pause=lambda step, about: asked.append((step, about)))
    async with typed(node) as session:
        await trio.sleep(1)
        with pytest.raises(LookupError, match="'sure' does not wait for an answer; in this call no step does"):
            node.answer("sure", {"sure": True})
        assert await talk(session, "large", "and?") == ["I will ask my colleague.", "I am still waiting for an answer."]
        assert asked == [("sure", "A large one?")]
        with pytest.raises(ValueError, match=r"'sure' waits for sure: true or false or null\. Wrong or missing: sure"):
            node.answer("sure", {"sure": "yes"})
        with pytest.raises(ValueError, match="Wrong or missing: size"):
            node.answer("sure", {"sure": True, "size": "small"})
        node.answer("sure", {"sure": True})
        await trio.sleep(1)
    assert history(session)[-1] == ("assistant", "True.")


async def test_who_does_not_answer_in_time_is_not_waited_for(autojump_clock: trio.testing.MockClock) -> None:
    """After `within` seconds the flow goes on of itself."""
    flow = Flow("order", Order(), [attrs.evolve(ALLOW, within=60.0, otherwise="bye"), End("bye", "Nobody is there.")])
    async with typed(FlowNode(flow)) as session:
        await session.finished()
        await trio.sleep(61)
    assert history(session) == [("assistant", "I will ask my colleague."), ("assistant", "Nobody is there.")]


# Points that are kept


@pytest.fixture(params=["memory", "file", "sqlite"])
def checkpoints(request: pytest.FixtureRequest, tmp_path: Path) -> Checkpoints:
    match request.param:
        case "memory":
            return MemoryCheckpoints()
        case "file":
            return FileCheckpoints(tmp_path / "calls")
        case _:
            return SqliteCheckpoints(tmp_path / "calls.db")


async def call(flow: Flow[Any], *lines: str, **settings: Any) -> tuple[list[str], FlowNode]:
    node = FlowNode(flow, **settings)
    async with typed(node) as session:
        await trio.sleep(1)
        said = [text for _, text in history(session)]
        return said + await talk(session, *lines), node


SURE = Ask[Order]("sure", "Sure?", read=sure, then="bye")
TWO = Flow("order", Order(), [attrs.evolve(SIZE, then="sure"), SURE, BYE])


async def test_what_was_found_out_last_is_kept_though_the_call_is_cancelled(
    checkpoints: Checkpoints, autojump_clock: trio.testing.MockClock
) -> None:
    """In the same step: nobody else has run since."""
    with trio.CancelScope() as scope:
        async with typed(FlowNode(TWO, checkpoints=checkpoints)) as session:
            await trio.sleep(1)
            session.on("flow.moved", lambda _: scope.cancel(reason="the caller is gone"))
            await session.send_text("large")
    assert len(checkpoints.points("call")) == 2


async def test_a_call_that_broke_off_is_gone_on_with(
    checkpoints: Checkpoints, autojump_clock: trio.testing.MockClock
) -> None:
    """From its last point; the open question is put again."""
    settings = {"checkpoints": checkpoints, "call": "a/b"}
    assert (await call(TWO, "large", **settings))[0] == ["What size?", "Sure?"]
    said, node = await call(TWO, "yes", **settings)
    assert (said, node.state) == (["Sure?", "large. Bye."], Order("large", sure=True))
    assert (checkpoints.calls(), [point.parent for point in checkpoints.points("a/b")]) == (["a/b"], [None, 1, 2])


async def test_one_can_go_back_in_time_and_fork(
    checkpoints: Checkpoints, autojump_clock: trio.testing.MockClock
) -> None:
    """An earlier point is gone on from, in the same call or in another; what came after it stays."""
    await call(TWO, "large", "yes", checkpoints=checkpoints, call="a")
    said, node = await call(TWO, "small", checkpoints=checkpoints, call="a", at=1)
    assert (said, node.state) == (["What size?", "Sure?"], Order("small"))
    assert [point.parent for point in checkpoints.points("a")] == [None, 1, 2, 1]
    checkpoints.fork("a", "b", 2)
    assert [point.parent for point in checkpoints.points("b")] == [None, 1]
    assert (await call(TWO, "yes", checkpoints=checkpoints, call="b"))[0] == ["Sure?", "large. Bye."]
    for wrong in (("a", "b", 1), ("c", "d", None), ("a", "d", 9)):
        with pytest.raises(LookupError):
            checkpoints.fork(*wrong)
    with pytest.raises(NodeFailed, match="could not be opened"):
        await call(TWO, checkpoints=checkpoints, call="a", at=9)


async def test_a_step_that_had_begun_is_not_done_twice(
    checkpoints: Checkpoints, autojump_clock: trio.testing.MockClock
) -> None:
    """What it did is not known: the flow goes on as after a failure."""
    kitchen = Kitchen()
    with trio.move_on_after(2.0):
        await call(kitchen.flow(), "large", checkpoints=checkpoints)
    assert (kitchen.begun, kitchen.ended) == (1, 0)
    said, _ = await call(kitchen.flow(), checkpoints=checkpoints)
    assert (said, kitchen.begun) == (["Sorry."], 1)


async def test_a_point_of_another_flow_is_refused(
    checkpoints: Checkpoints, autojump_clock: trio.testing.MockClock
) -> None:
    """With what is wrong: its name, a step that is gone, a step that is of another kind."""
    await call(TWO, "large", checkpoints=checkpoints)
    for flow, why in (
        (Flow("other", Order(), [SIZE, BYE]), "expected a point of the flow 'other', version 1; got one of 'order'"),
        (Flow("order", Order(), [SIZE, BYE]), "stands at 'sure', which it has not .any more.; there are size, bye"),
        (Flow("order", Order(), [End[Order]("sure")]), "stands at 'sure' as at a Ask, and that is a End now"),
    ):
        with pytest.raises(NodeFailed, match=why) as refused:
            await call(flow, checkpoints=checkpoints)
        assert isinstance(refused.value.__cause__, PointError)


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        ({"version": 2}, "expected a point of the flow 'order', version 1; got one of 'order', version 2"),
        ({"threads": []}, "has branches without their split"),
        ({"threads": [{"at": "size"}]}, r"got one that cannot be read \(KeyError\)"),
        ({"serial": None}, r"got one that cannot be read \(TypeError\)"),
    ],
)
def test_a_damaged_point_is_refused(damage: Mapping[str, Any], why: str) -> None:
    """Whatever is missing in it."""
    with pytest.raises(PointError, match=why):
        from_json(TWO, {**to_json(TWO, TWO.begin()), **damage})


def test_a_line_that_was_cut_short_was_never_written(tmp_path: Path) -> None:
    """Whatever the byte at which the machine stopped; the next point takes its place."""
    FileCheckpoints(tmp_path).save("a", {"x": 1}, None)
    whole = (tmp_path / "a.jsonl").read_bytes()
    for size in range(1, len(whole)):
        (tmp_path / "a.jsonl").write_bytes(whole + whole[:size])
        assert len(FileCheckpoints(tmp_path).points("a")) == 1
        assert FileCheckpoints(tmp_path).save("a", {"x": 2}, 1) == 2
        assert [point.data["x"] for point in FileCheckpoints(tmp_path).points("a")] == [1, 2]


def test_a_store_that_cannot_be_used_says_where(tmp_path: Path) -> None:
    """It is a provider that failed."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ProviderError, match=r"checkpoints: expected to read and write .*file, got FileExistsError"):
        FileCheckpoints(tmp_path / "file").save("a", {}, None)
    with pytest.raises(ProviderError, match="got OperationalError"):
        SqliteCheckpoints(tmp_path)


def test_a_flow_in_a_graph_has_what_it_needs() -> None:
    """A model where it wants one, which is one; and its fallbacks inside."""
    with pytest.raises(GraphError, match="the flow 'order', step 'size': it is for a model"):
        FlowNode(MODELLED)
    with pytest.raises(GraphError, match="the model of a flow is a turn's node from prompt"):
        FlowNode(MODELLED, model=Chunker())
    with pytest.raises(GraphError, match="is a Flow, which is no attrs class and cannot be written as JSON"):
        graph_to_json(Graph().add(FlowNode(ORDER)))
    node = FlowNode(ORDER).or_else(FlowNode(ORDER))
    with pytest.raises(GraphError, match="flow: another node would begin the flow anew; fallbacks stand inside"):
        Graph().connect(node, TextSink()).validate()
