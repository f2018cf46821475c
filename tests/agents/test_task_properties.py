"""A tool that awaits a task while the user speaks at any instant, or leaves: what must hold in every such call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
from voiceflow.agents import Agent, CollectName, GaveUp
from voiceflow.items import HandOff, Item, Message, ToolCall, ToolOutput
from voiceflow.machines.turn_settings import Endpointing
from voiceflow.tools import ToolContext, tool

WORDS = ("a table please", "I'm Ann Lee", "yes", "no", "four of us")


class Booking(Node):
    """Has a table booked when the user spoke last, and else says that all is well."""

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            await ports.sleep_until(ports.now() + 200_000_000)
            last = next((item for item in reversed(prompt.items) if isinstance(item, Message | ToolOutput)), None)
            asked = isinstance(last, Message) and last.role == "user"
            await ports[self.text].send(Text("One moment." if asked else "All is well."))
            await ports.call_tools(prompt, [ToolCall(f"{ports.now()}", "book")] if asked else [])


@attrs.define
class Call:
    """The user says these words, with so many seconds between them."""

    words: Sequence[str]
    pauses: Sequence[float]
    speculate: bool
    leave: float | None
    names: list[str] = attrs.Factory(list[str])
    gave_up: list[str] = attrs.Factory(list[str])
    marks: list[Mark] = attrs.Factory(list[Mark])
    items: tuple[Item, ...] = ()
    active: str = ""

    def clips(self) -> list[Clip]:
        found: list[Clip] = []
        at = 0.2
        for word, pause in zip(self.words, self.pauses, strict=False):
            found.append(Clip(at, at + 0.8, word))
            at += 0.8 + pause
        return found

    def book(self) -> Any:
        @tool(effect="must_finish", timeout=100)
        async def book(ctx: ToolContext) -> str:
            """Book a table."""
            try:
                self.names.append(await CollectName(by_rule=True, attempts=2).run(ctx.session))
            except GaveUp as error:
                self.gave_up.append(error.why)
                raise
            return f"for {self.names[-1]}"

        return book

    async def run(self) -> None:
        turns = TurnTaking(
            TurnSettings(
                endpointing=Endpointing(mode="fixed", min_wait=0.5),
                interruption=Interruption(always={}, fade=0.0),
                speculation=Speculation(mode="llm" if self.speculate else "off"),
            )
        )
        user = User(self.clips(), until=60.0)
        graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
        graph.connect(turns, Booking(), Chunker(), Voice(0.8, chunk=0.2), Speaker(block=0.2))
        agent = Agent("main", name="Main", tools=[self.book()])
        session = Session(graph, agent=agent, trace=Trace([self.marks.append]))
        async with session:
            with trio.move_on_after(self.leave or 70.0):
                await session.finished()
        self.items, self.active = session.items, session.active.name


def _check(call: Call) -> None:
    calls = [item.call for item in call.items if isinstance(item, ToolCall)]
    outputs = [item for item in call.items if isinstance(item, ToolOutput)]
    assert Counter(item.call for item in outputs) == Counter(calls)
    # Each task has one end, and what the tool was told is what came of it.
    assert [item.text for item in outputs if not item.error] == [f"for {name}" for name in call.names]
    assert set(call.names) <= {"Ann Lee", "Yes", "No", "Four Of Us", "A Table Please"}
    moves = [(item.source, item.target) for item in call.items if isinstance(item, HandOff)]
    # To the task and back, over and over; only the end of the session comes between.
    assert moves == [("Main", "CollectName"), ("CollectName", "Main")] * (len(moves) // 2) + (
        [("Main", "CollectName")] if len(moves) % 2 else []
    )
    assert call.active == ("CollectName" if len(moves) % 2 else "Main")
    assert len(call.names) + len(call.gave_up) == (len(moves) + 1) // 2
    said = " ".join(clip.text for clip in call.clips())
    words = " ".join(item.text for item in call.items if isinstance(item, Message) and item.role == "user")
    assert words == said if call.leave is None else said.startswith(words)
    names = Counter(mark.name for mark in call.marks)
    assert names["tool.started"] == names["tool.ended"]
    assert names["agent.failed"] == 0


@settings(max_examples=10)
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    pauses=st.lists(st.floats(0.6, 5.0), min_size=6, max_size=6),
    speculate=st.booleans(),
    leave=st.none() | st.floats(0.5, 15.0),
)
@example(["a table please", "I'm Ann Lee", "yes"], [4.0] * 6, False, None)
@example(["a table please", "I'm Ann Lee", "yes"], [0.8] * 6, True, None)
@example(["a table please", "I'm Ann Lee"], [4.0] * 6, False, 7.0)
def test_a_task_in_a_tool_has_one_end(
    words: list[str], pauses: list[float], speculate: bool, leave: float | None
) -> None:
    """Whatever the user says, and whenever."""
    call = Call(words, pauses, speculate, leave)
    trio.run(call.run, clock=MockClock(autojump_threshold=0))
    _check(call)
