"""Whole conversations with tools, interrupted at any instant: what must hold in every one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock
from world import Clip, Planner, User, Voice

from voiceflow import (
    Chunker,
    Graph,
    Interruption,
    Mark,
    Session,
    Speaker,
    Speculation,
    Text,
    Trace,
    TurnSettings,
    TurnTaking,
)
from voiceflow.items import Item, Message, ToolCall, ToolOutput
from voiceflow.machines.turn_settings import Endpointing
from voiceflow.tools import Effect, Tool, ToolContext, tool

TURNS = 10
SLOT = 12.0
"""Seconds for a turn of the user, its answer, and a word in between."""
FILLER = "One moment."
SAID = ("Let me check.", "I will do that now.", "All of it is done.")
"""What the model writes in the three rounds of each answer."""


@attrs.define
class Counting:
    """Three tools, one for each effect, and how often each call of them began and came to its end."""

    begun: Counter[str] = attrs.Factory(Counter[str])
    ended: Counter[str] = attrs.Factory(Counter[str])

    def tools(self) -> list[Tool[..., Any]]:
        return [self._tool("read_only", 0.8), self._tool("cancellable", 1.2), self._tool("must_finish", 1.6)]

    def _tool(self, effect: Effect, seconds: float) -> Tool[..., Any]:
        @tool(name=effect, effect=effect)
        async def work(ctx: ToolContext) -> str:
            self.begun[ctx.call.call] += 1
            if effect == "cancellable":
                ctx.say(FILLER)
            await trio.sleep(seconds)
            self.ended[ctx.call.call] += 1
            return "done"

        return work


def _replies(turn: int) -> list[tuple[str, list[ToolCall]]]:
    first = [ToolCall(f"{turn}-{name}", name) for name in ("read_only", "cancellable", "must_finish")]
    return [(SAID[0], first), (SAID[1], [ToolCall(f"{turn}-again", "must_finish")]), (SAID[2], [])]


class Assistant(Planner):
    """Writes the round that the prompt asks for: that many of its own calls stand behind the user's last words."""

    async def run(self, ports: Any) -> None:
        async for prompt in ports[self.prompt]:
            users = [at for at, item in enumerate(prompt.items) if isinstance(item, Message) and item.role == "user"]
            since = {item.call for item in prompt.items[users[-1] :] if isinstance(item, ToolCall)}
            mine = {call for call in since if call.startswith(f"{ports.turn}-")}
            said, calls = _replies(ports.turn)[0 if not mine else 1 if len(mine) == 3 else 2]
            await ports.sleep_until(ports.now() + 100_000_000)
            await ports[self.text].send(Text(said))
            await ports.call_tools(prompt, calls)


@attrs.define
class Conversation:
    """Ten questions, 12 s apart; in each answer the user may speak again, that many seconds after the question."""

    barges: Sequence[float | None]
    speculate: bool
    counting: Counting = attrs.Factory(Counting)
    marks: list[Mark] = attrs.Factory(list[Mark])
    items: tuple[Item, ...] = ()

    def clips(self) -> list[Clip]:
        found: list[Clip] = []
        for turn, barge in enumerate(self.barges):
            at = turn * SLOT
            found.append(Clip(at + 0.2, at + 1.0, f"question {turn}"))
            if barge is not None:
                found.append(Clip(at + 1.0 + barge, at + 1.8 + barge, f"no {turn}"))
        return found

    async def run(self, during: Callable[[Session], Awaitable[None]] = Session.finished) -> None:
        turns = TurnTaking(
            TurnSettings(
                endpointing=Endpointing(mode="fixed", min_wait=0.5),
                interruption=Interruption(always={}, fade=0.0),
                speculation=Speculation(mode="llm" if self.speculate else "off"),
            )
        )
        user = User(self.clips(), until=TURNS * SLOT)
        graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
        graph.connect(turns, Assistant([]), Chunker(), Voice(0.6, chunk=0.2), Speaker(block=0.2))
        trace = Trace([self.marks.append])
        async with Session(graph, tools=self.counting.tools(), trace=trace) as session:
            await during(session)
        self.items = session.items


def _check(conversation: Conversation) -> None:
    items, counting = conversation.items, conversation.counting
    calls = [item for item in items if isinstance(item, ToolCall)]
    outputs = Counter(item.call for item in items if isinstance(item, ToolOutput))
    # Exactly one output for each call, behind it; and no call is made twice.
    assert outputs == Counter(call.call for call in calls)
    assert set(outputs.values()) <= {1}
    places = {item.call: at for at, item in enumerate(items) if isinstance(item, ToolCall)}
    assert all(at > places[item.call] for at, item in enumerate(items) if isinstance(item, ToolOutput))
    assert [item.sequence for item in items] == list(range(1, len(items) + 1))
    # A tool runs once for a call, and what must finish does.
    assert set(counting.begun.values()) <= {1}
    effects = {call.call: call.name for call in calls}
    assert all(counting.ended[call] == 1 for call in counting.begun if effects.get(call) == "must_finish")
    # Its output says how that went: the result, or that it was cancelled.
    for item in items:
        if isinstance(item, ToolOutput):
            assert (item.text == "done") == (counting.ended[item.call] == 1)
            assert item.error == (counting.ended[item.call] == 0)
    # What changes something was not called for a guess that was wrong: its call is in the history.
    assert all(call in effects for call in counting.begun if not call.endswith("read_only"))
    # The history is what was heard: the beginning of what was written, with the filler in its place.
    whole = " ".join((SAID[0], FILLER, SAID[1], SAID[2]))
    for item in items:
        if isinstance(item, Message) and item.role == "assistant":
            assert whole.startswith(item.text)
            assert item.interrupted or item.text == whole
    # The user loses no word, in their order.
    words = " ".join(item.text for item in items if isinstance(item, Message) and item.role == "user")
    assert words == " ".join(clip.text for clip in conversation.clips())
    # Every turn that was begun has ended, and the last one said all.
    names = Counter(mark.name for mark in conversation.marks)
    assert names["turn.started"] == names["turn.ended"]
    assert names["tool.started"] == names["tool.ended"] == sum(counting.begun.values())


barges = st.lists(st.none() | st.floats(0.1, 8.0).map(lambda at: round(at, 2)), min_size=TURNS, max_size=TURNS)


@example([0.7, 1.0, 1.5, 1.9, 2.3, 2.7, 3.2, 3.9, 5.0, 6.5], True)
@given(barges, st.booleans())
@settings(max_examples=10, deadline=None)
def test_ten_turns_with_three_tools_interrupted_anywhere(barges: list[float | None], speculate: bool) -> None:
    """Each call has one output, each tool runs once, the history is what was heard, and nothing of the user is lost."""
    conversation = Conversation(barges, speculate)
    trio.run(conversation.run, clock=MockClock(autojump_threshold=0))
    _check(conversation)


def test_the_user_interrupts_in_every_state_of_the_tools() -> None:
    """While all three run, two, the one that must finish, that of the second round, and none any more."""
    conversation = Conversation([None, 0.52, 1.1, 1.5, 2.5, 4.0, None, None, None, None], speculate=False)
    trio.run(conversation.run, clock=MockClock(autojump_threshold=0))
    _check(conversation)
    running: set[str] = set()
    states: list[set[str]] = []
    for mark in conversation.marks:
        if mark.name == "tool.started":
            running.add(str(mark.values["call"]).partition("-")[2])
        elif mark.name == "tool.ended":
            running.discard(str(mark.values["call"]).partition("-")[2])
        elif mark.name == "turn.interrupted":
            states.append(set(running))
    every = {"read_only", "cancellable", "must_finish"}
    assert states == [every, {"cancellable", "must_finish"}, {"must_finish"}, {"again"}, set()]


@given(st.integers(0, 80), st.booleans())
@settings(max_examples=15, deadline=None)
def test_a_session_that_is_left_anywhere_leaves_no_call_open(tenths: int, hang_up: bool) -> None:
    """Left, or hung up, at any instant of an answer: every call has its output, and what must finish has finished."""
    conversation = Conversation([None], speculate=False)

    async def leave(session: Session) -> None:
        await trio.sleep(tenths / 10)
        if hang_up:
            session.close(within=0.5)
            await session.finished()

    trio.run(conversation.run, leave, clock=MockClock(autojump_threshold=0))
    calls = Counter(item.call for item in conversation.items if isinstance(item, ToolCall))
    assert Counter(item.call for item in conversation.items if isinstance(item, ToolOutput)) == calls
    begun, ended = conversation.counting.begun, conversation.counting.ended
    assert begun == calls
    assert all(ended[call] == 1 for call in begun if not call.endswith(("read_only", "cancellable")))
    names = Counter(mark.name for mark in conversation.marks)
    assert names["turn.started"] == names["turn.ended"]
    assert names["tool.started"] == names["tool.ended"] == calls.total()
