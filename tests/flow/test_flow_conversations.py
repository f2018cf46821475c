"""Whole calls that a flow leads, with callers who speak at any time, guesses, and a model: what holds in all."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock
from world import Clip, User, Voice

from voiceflow import (
    Chunker,
    Graph,
    In,
    Interruption,
    Mark,
    Node,
    Out,
    Ports,
    Prompt,
    Session,
    Speaker,
    Speculation,
    Text,
    Trace,
    TurnSettings,
    TurnTaking,
)
from voiceflow.flow import Ask, Do, End, Flow, FlowNode, MemoryCheckpoints, Route
from voiceflow.flow.points import from_json, to_json
from voiceflow.machines.turn_settings import Endpointing
from voiceflow.testing import InlineExecutor

SIZES = ("small", "large")


@attrs.frozen
class Order:
    size: str | None = None
    sure: bool | None = None
    price: int = 0


def size(words: str) -> Mapping[str, Any]:
    return {"size": next((each for each in reversed(words.split()) if each in SIZES), None)}


def sure(words: str) -> Mapping[str, Any]:
    return {"sure": "yes" in words} if "yes" in words or "no" in words else {}


@attrs.define(eq=False)
class Reader(Node):
    """A model that finds a size in what the caller has said, and takes its time to tell so."""

    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            users = [message.text for message in prompt.messages if message.role == "user"]
            answer = {"response_to_user": "Well, let me see about that.", "extracted_values": size(" ".join(users))}
            document = json.dumps(answer)
            for at in range(0, len(document), 12):
                await ports.sleep_until(ports.now() + 100_000_000)
                await ports[self.text].send(Text(document[at : at + 12]))


@attrs.define
class Call:
    """One call: what the caller says, and when; whether a model asks for the size, and whether it is guessed."""

    clips: Sequence[Clip]
    modelled: bool
    guesses: bool
    done: Counter[str] = attrs.Factory(Counter[str])
    marks: list[Mark] = attrs.Factory(list[Mark])
    unsaid: list[Order] = attrs.Factory(list[Order])
    """States that had a size which the caller had not said, as far as was certain then."""

    async def price(self, order: Order) -> Mapping[str, Any]:
        self.done["begun"] += 1
        await trio.sleep(1.5)
        self.done["ended"] += 1
        return {"price": 5 if order.size == "small" else 7}

    def flow(self) -> Flow[Order]:
        again = Route[Order]("size", lambda order: not order.sure, forget=["size", "sure"])
        return Flow(
            "order",
            Order(),
            [
                Ask[Order]("size", "What size?", read=None if self.modelled else size, then="price"),
                Do[Order]("price", self.price, fields="price", otherwise="end", then="sure"),
                Ask[Order]("sure", lambda it: f"{it.size} for {it.price}?", read=sure, then=[again, "end"]),
                End[Order]("end", "Goodbye.", hang_up=False),
            ],
        )

    async def run(self) -> tuple[FlowNode, Session]:
        node = FlowNode(self.flow(), model=Reader() if self.modelled else None, checkpoints=MemoryCheckpoints())
        turns = TurnTaking(
            TurnSettings(
                endpointing=Endpointing(mode="fixed", min_wait=0.5),
                interruption=Interruption(always={}, fade=0.0),
                speculation=Speculation(mode="llm" if self.guesses else "off"),
            )
        )
        user = User(self.clips, until=40.0)
        graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
        graph.connect(turns, node, Chunker(), Voice(0.8, chunk=0.2), Speaker(block=0.2))
        session = Session(graph, trace=Trace([self.marks.append]), executor=InlineExecutor())

        def look(mark: Mark) -> None:
            said = " ".join(message.text for message in session.history if message.role == "user")
            if node.state.size is not None and node.state.size not in said:
                self.unsaid.append(node.state)

        async with session:
            session.on("flow.moved", look)
            await session.finished()
        return node, session


WORDS = st.sampled_from(["small", "a large one", "yes", "no", "hm"])
CLIPS = st.lists(st.tuples(st.floats(0.3, 4.0), st.floats(0.3, 1.2), WORDS), min_size=1, max_size=6)


def _clips(gaps: Sequence[tuple[float, float, str]]) -> list[Clip]:
    clips, at = list[Clip](), 0.0
    for gap, length, text in gaps:
        start = round(at + gap, 2)
        at = round(start + length, 2)
        clips.append(Clip(start, at, text))
    return clips


@given(CLIPS, st.booleans(), st.booleans())
@settings(max_examples=20, deadline=None)
@example([(3.0, 0.5, "small"), (0.9, 0.6, "a large one"), (4.0, 0.5, "yes")], False, True)
@example([(3.0, 0.5, "small"), (1.6, 1.0, "a large one"), (4.0, 0.5, "yes")], True, True)
def test_whoever_speaks_whenever_the_flow_holds(
    gaps: list[tuple[float, float, str]], modelled: bool, guesses: bool
) -> None:
    """Nothing is known that was not said, what is done is done to its end, and all points can be read."""
    call = Call(_clips(gaps), modelled, guesses)
    node, session = trio.run(call.run, clock=MockClock(autojump_threshold=0))
    assert call.unsaid == []
    assert call.done["begun"] == call.done["ended"]
    # The price is that of the size that it was made for.
    if node.point.thread("do") is None and node.state.price and node.state.size:
        assert node.state.price == (5 if node.state.size == "small" else 7)
    # The caller loses no word, and every reply has ended.
    words = " ".join(message.text for message in session.history if message.role == "user")
    assert words == " ".join(clip.text for clip in call.clips)
    names = Counter(mark.name for mark in call.marks)
    assert names["turn.failed"] == names["node.failed"] == 0
    # Each point comes from one before it, and is what was written down.
    assert node.checkpoints is not None
    points = node.checkpoints.points("call")
    assert all(point.parent is None or point.parent < point.number for point in points)
    assert [point.parent for point in points[1:]] == [point.number for point in points[:-1]]
    read = [from_json(node.flow, json.loads(json.dumps(point.data))) for point in points]
    assert [to_json(node.flow, point) for point in read] == [point.data for point in points]
    assert not read or read[-1] == node.point
