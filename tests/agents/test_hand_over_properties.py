"""Three agents that pass a call on to one another, interrupted at any instant: what must hold in every such call."""

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
from voiceflow.agents import Agent, Context, Transfer
from voiceflow.items import ConfigUpdate, HandOff, Item, Message, ToolCall, ToolOutput
from voiceflow.machines.turn_settings import Endpointing
from voiceflow.tools import Effect, tool

TURNS = 3
SLOT = 10.0


@attrs.define(eq=False)
class Passing(Agent):
    """Passes the call on when it is asked, and writes down when it comes and goes."""

    log: list[tuple[str, str]] = attrs.field(kw_only=True)
    takes: float = attrs.field(kw_only=True)
    """Seconds that it needs to come, and to go."""

    async def on_enter(self, session: Session) -> None:
        self.log.append(("enter", self.name))
        await trio.sleep(self.takes)

    async def on_exit(self, session: Session) -> None:
        await trio.sleep(self.takes)
        self.log.append(("exit", self.name))


@attrs.define(eq=False)
class Calling(Node):
    """Writes, and calls `pass_on` and `look`, when the user spoke last; else it writes alone."""

    prompts: list[tuple[int, Prompt]] = attrs.field(factory=list[tuple[int, Prompt]], init=False)

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            self.prompts.append((ports.now(), prompt))
            await ports.sleep_until(ports.now() + 200_000_000)
            last = next((item for item in reversed(prompt.items) if isinstance(item, Message | ToolCall)), None)
            asked = isinstance(last, Message) and last.role == "user"
            await ports[self.text].send(Text("One moment." if asked else "All is well."))
            number = len(self.prompts)
            calls = [ToolCall(f"{number}-{name}", name) for name in ("pass_on", "look")]
            await ports.call_tools(prompt, calls if asked else [])


@attrs.define
class Call:
    """Questions 10 s apart; in each answer the user may speak again, that many seconds after the question."""

    barges: Sequence[float | None]
    effects: Sequence[Effect]
    delays: Sequence[float]
    contexts: Sequence[Context]
    takes: float
    speculate: bool
    leave: float | None = None
    """When the session is left in the middle of everything."""
    log: list[tuple[str, str]] = attrs.Factory(list[tuple[str, str]])
    marks: list[Mark] = attrs.Factory(list[Mark])
    model: Calling = attrs.Factory(Calling)
    items: tuple[Item, ...] = ()
    active: str = ""

    def agents(self) -> list[Passing]:
        agents = [Passing(f"I am {name}.", name=name, log=self.log, takes=self.takes) for name in "ABC"]
        for at, agent in enumerate(agents):
            agent.tools = (self._pass_on(agents[(at + 1) % 3], at), self._look(at))
        return agents

    def _pass_on(self, target: Agent, at: int) -> Any:
        @tool(effect=self.effects[at])
        async def pass_on() -> Transfer:
            """Have the next one go on."""
            await trio.sleep(self.delays[at])
            return Transfer(target, self.contexts[at])

        return pass_on

    def _look(self, at: int) -> Any:
        @tool(effect=self.effects[at - 1])
        async def look() -> str:
            """Look."""
            await trio.sleep(self.delays[at - 1])
            return "here"

        return look

    def clips(self) -> list[Clip]:
        found: list[Clip] = []
        for turn, barge in enumerate(self.barges):
            at = turn * SLOT
            found.append(Clip(at + 0.2, at + 1.0, f"question {turn}"))
            if barge is not None:
                found.append(Clip(at + 1.0 + barge, at + 1.8 + barge, f"no {turn}"))
        return found

    async def run(self) -> None:
        turns = TurnTaking(
            TurnSettings(
                endpointing=Endpointing(mode="fixed", min_wait=0.5),
                interruption=Interruption(always={}, fade=0.0),
                speculation=Speculation(mode="llm" if self.speculate else "off"),
            )
        )
        user = User(self.clips(), until=TURNS * SLOT)
        graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
        graph.connect(turns, self.model, Chunker(), Voice(0.8, chunk=0.2), Speaker(block=0.2))
        session = Session(graph, agent=self.agents()[0], trace=Trace([self.marks.append]))
        async with session:
            # One who takes over in the last instant of the line is still to come: for longer than that takes.
            with trio.move_on_after(self.leave or TURNS * SLOT + 1.0):
                await session.finished()
        self.active = session.active.name
        self.items = session.items


def _check(call: Call) -> None:
    items = call.items
    calls = {item.call: item.name for item in items if isinstance(item, ToolCall)}
    outputs = [item for item in items if isinstance(item, ToolOutput)]
    # Exactly one output for each call; one that says that another goes on for each hand-off, and an error else.
    assert Counter(item.call for item in outputs) == Counter(list(calls))
    passed = [item for item in outputs if calls[item.call] == "pass_on" and not item.error]
    moves = [item for item in items if isinstance(item, HandOff)]
    assert [item.text for item in passed] == [f"{move.target} goes on from here." for move in moves]
    # One agent is on duty: each hand-off is from who got the one before, and the setup follows at once.
    chain = ["A", *(move.target for move in moves)]
    assert [move.source for move in moves] == chain[:-1]
    assert call.active == chain[-1]
    for at, item in enumerate(items):
        if isinstance(item, HandOff):
            assert items[at + 1] == ConfigUpdate(
                f"I am {item.target}.", ("pass_on", "look"), sequence=item.sequence + 1
            )
    # They come and go one after the other, each once; who was succeeded before it came does neither.
    assert [what for what, _ in call.log] == ["enter", "exit"] * (len(call.log) // 2)
    assert all(call.log[at][1] == call.log[at + 1][1] for at in range(0, len(call.log), 2))
    came = [name for what, name in call.log if what == "enter"]
    rest = iter(chain)
    assert all(name in rest for name in came)
    assert call.leave is not None or came[-1] == chain[-1]
    # Every prompt is that of who was on duty when it was asked; within one instant the order is not told.
    moved = [mark.t for mark in call.marks if mark.name == "agent.handed_over"]
    for t, prompt in call.model.prompts:
        on_duty = chain[sum(each < t for each in moved) : 1 + sum(each <= t for each in moved)]
        assert prompt.messages[0].text in {f"I am {name}." for name in on_duty}
    # The user loses no word, and nothing is left in the air.
    said = " ".join(clip.text for clip in call.clips())
    words = " ".join(item.text for item in items if isinstance(item, Message) and item.role == "user")
    assert words == said if call.leave is None else said.startswith(words)
    names = Counter(mark.name for mark in call.marks)
    assert names["tool.started"] == names["tool.ended"]
    assert names["agent.failed"] == 0
    assert [item.sequence for item in items] == list(range(1, len(items) + 1))


effects: st.SearchStrategy[Effect] = st.sampled_from(["read_only", "cancellable", "must_finish"])
contexts: st.SearchStrategy[Context] = st.sampled_from(["whole", "none", 1])
delays = st.sampled_from([0.0, 0.3, 1.0, 3.0])


@settings(max_examples=15)
@given(
    barges=st.lists(st.none() | st.floats(0.6, 6.0), min_size=TURNS, max_size=TURNS),
    effects=st.lists(effects, min_size=3, max_size=3),
    delays=st.lists(delays, min_size=3, max_size=3),
    contexts=st.lists(contexts, min_size=3, max_size=3),
    takes=st.sampled_from([0.0, 0.5]),
    speculate=st.booleans(),
    leave=st.none() | st.floats(0.5, 12.0),
)
@example([None] * 3, ["cancellable"] * 3, [0.3] * 3, ["whole"] * 3, 0.0, False, None)
@example([1.0, 1.2, 1.4], ["must_finish"] * 3, [1.0] * 3, ["none"] * 3, 0.5, True, 2.3)
@example([0.8, 0.9, 2.0], ["read_only"] * 3, [0.3] * 3, [1] * 3, 0.0, True, None)
def test_a_call_is_passed_on_whole_or_not_at_all(
    barges: list[float | None],
    effects: list[Effect],
    delays: list[float],
    contexts: list[Context],
    takes: float,
    speculate: bool,
    leave: float | None,
) -> None:
    """Whatever the user does, and whenever."""
    call = Call(barges, effects, delays, contexts, takes, speculate, leave)
    trio.run(call.run, clock=MockClock(autojump_threshold=0))
    _check(call)
