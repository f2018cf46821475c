"""A flow whose own rules fail, or whose points cannot be kept, in the middle of a call: the call goes on."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

from voiceflow import Graph, Mark, ProviderError, Session, TextSink, Trace
from voiceflow.flow import Ask, Do, End, Flow, FlowNode, MemoryCheckpoints, Pause, Route, Split
from voiceflow.testing import InlineExecutor


@attrs.frozen
class State:
    number: int | None = None
    price: int | None = None


def read(words: str) -> Mapping[str, Any]:
    if "boom" in words:
        raise KeyError("my secret is 42")
    return {"number": 1 if "one" in words else None}


def fails(state: object) -> bool:
    raise KeyError("my secret is 42")


def says_nothing(state: object) -> str:
    raise KeyError("my secret is 42")


async def price(state: State) -> Mapping[str, Any]:
    await trio.sleep(2)
    return {"price": 8}


NUMBER = Ask[State]("number", "Which?", read=read, then="end")
END = End[State]("end", "Bye.")


async def call(flow: Flow[State], *lines: str, **settings: Any) -> tuple[list[str], list[Mark]]:
    """What is heard in a call in which the caller says these lines, 5 s apart, and what its trace tells."""
    marks: list[Mark] = []
    graph = Graph().connect(FlowNode(flow, **settings), TextSink())
    async with Session(graph, trace=Trace([marks.append]), executor=InlineExecutor()) as session:
        await trio.sleep(1)
        for line in lines:
            assert (await session.send_text(line)).error is None
            await trio.sleep(5)
        heard = [message.text for message in session.history if message.role == "assistant"]
    assert "secret" not in str(marks)
    return heard, [mark for mark in marks if mark.name in ("flow.failed", "flow.unkept")]


def told(marks: list[Mark]) -> list[tuple[object, object]]:
    return [(mark.values["step"], mark.values["error"]) for mark in marks]


async def test_a_rule_that_fails_is_as_if_it_had_not_understood(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    """The caller is told so, its words are not read again, and the log has what it raised."""
    caplog.set_level(logging.ERROR, "voiceflow.flow")
    heard, marks = await call(Flow("f", State(), [NUMBER, END]), "boom", "one")
    assert heard == ["Which?", "Sorry, I did not get that.", "Bye."]
    assert told(marks) == [("number", "KeyError")]
    assert [record.message for record in caplog.records] == ["a rule of the flow f failed at number"]


@pytest.mark.parametrize(
    "steps",
    [
        [attrs.evolve(NUMBER, then=(Route[State]("end", fails), Route[State]("end"))), END],
        [NUMBER, End[State]("end", says_nothing)],
    ],
    ids=["a condition", "a text"],
)
async def test_a_route_that_fails_leaves_the_flow_where_it_was(autojump_clock: MockClock, steps: list[Any]) -> None:
    """Its question stays open."""
    heard, marks = await call(Flow("f", State(), steps, unclear="Pardon?"), "one", "hello")
    assert heard == ["Which?", "Pardon?", "Which?"]
    assert told(marks) == [("number", "KeyError")]


async def test_what_fails_behind_what_was_done_leads_elsewhere(autojump_clock: MockClock) -> None:
    """Between turns, too, beside a question: as if it had not been done."""
    routes = [Route[State]("number", fails), Route[State]("number")]
    priced = Do[State]("price", price, fields="price", otherwise="end", then=routes)
    heard, marks = await call(Flow("f", State(), [priced, NUMBER, END]), "hello")
    assert (heard, told(marks)) == (["Bye."], [("price", "KeyError")])
    joined = attrs.evolve(priced, then=(Route[State]("end", fails), Route[State]("end")))
    branches = [Split[State]("both", ["price", "number"], "end"), joined, NUMBER, END]
    heard, marks = await call(Flow("f", State(), branches), "hello", "one")
    assert (heard, told(marks)) == (["Which?", "Which?", "Bye."], [("both, price, number", "KeyError")])


async def test_what_was_done_and_leads_nowhere_is_not_waited_for(autojump_clock: MockClock) -> None:
    """A turn ends; who speaks is told to wait, and not kept waiting."""
    steps = [
        Do[State]("price", price, fields="price", otherwise="end", then="end", waiting="One moment."),
        End[State]("end", says_nothing),
    ]
    heard, marks = await call(Flow("f", State(), steps), "hello")
    assert heard == ["One moment."]
    assert told(marks) == [("price", "KeyError")] * 2


async def test_an_answer_from_outside_on_which_a_rule_fails_changes_nothing(autojump_clock: MockClock) -> None:
    """Who gave it may give another."""
    routes = [Route[State]("end", lambda state: 1 // ((state.price or 0) - 1) > 0), Route[State]("end")]
    node = FlowNode(Flow("f", State(), [Pause[State]("ask", "Wait.", fields="price", then=routes), END]))
    async with Session(Graph().connect(node, TextSink()), executor=InlineExecutor()) as session:
        await trio.sleep(1)
        node.answer("ask", {"price": 1})
        await trio.sleep(1)
        assert (node.point.at, node.state) == (("ask",), State())
        node.answer("ask", {"price": 3})
        await trio.sleep(1)
        assert [message.text for message in session.history] == ["Wait.", "Bye."]


class Full(MemoryCheckpoints):
    """Has no room for its second point."""

    def save(self, call: str, data: Mapping[str, Any], parent: int | None) -> int:
        if self.points(call) and data["threads"][0]["at"] == "price":
            raise ProviderError("checkpoints: no room", retryable=False)
        return super().save(call, data, parent)


async def test_a_point_that_cannot_be_kept_ends_no_call(autojump_clock: MockClock) -> None:
    """It is told, and the next one follows the last that was kept."""
    steps = [
        attrs.evolve(NUMBER, then=(Route[State]("price"),)),
        Do[State]("price", price, fields="price", otherwise="end", then="end"),
        END,
    ]
    full = Full()
    heard, marks = await call(Flow("f", State(), steps), "one", checkpoints=full)
    assert heard == ["Which?", "Bye."]
    assert [(mark.name, mark.values["error"]) for mark in marks] == [
        ("flow.unkept", "ProviderError: checkpoints: no room")
    ]
    assert [(point.parent, point.data["threads"][0]["at"]) for point in full.points("call")] == [
        (None, "number"),
        (1, "end"),
    ]
