"""A spoken conversation of ten turns with an agent's three tools and a Model Context Protocol server, in virtual time.

The server is one of the protocol's own library, in this process. Whenever the user interrupts, what must hold of every
call holds of this one.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from mcp.server.mcpserver import MCPServer
from mcp.types import ToolAnnotations
from mcp_table import until
from world import Planner, Voice

from voiceflow import (
    Chunker,
    Graph,
    In,
    Message,
    Node,
    Out,
    Ports,
    Prompt,
    Session,
    Speaker,
    Speech,
    Text,
    Transcript,
    TurnSettings,
    TurnTaking,
)
from voiceflow.agents import Agent
from voiceflow.items import ToolCall, ToolOutput
from voiceflow.machines.turn_settings import Endpointing
from voiceflow.mcp import McpServer
from voiceflow.mcp.connection import Connection
from voiceflow.sim import Act, Script, Setup, simulate
from voiceflow.sim.conversation import Conversation
from voiceflow.sim.invariants import breaches
from voiceflow.tools import Tool, ToolContext, tool
from voiceflow.tools.source import Offer, Tell

pytestmark = pytest.mark.real_time

ROUGH = Path(__file__).parent / "mcp_rough.py"
TURNS = 10
LASTS = {"look": 0.8, "ask": 1.2, "book": 1.6, "forecast": 2.0, "reserve": 0.8}
"""Seconds of each tool; the last two are the server's, and the last of all must finish."""
FIRST = ("look", "ask", "book", "forecast")
"""What the model calls at once, and then "reserve"."""
STATES = [
    {"look", "ask", "book", "forecast"},
    {"ask", "book", "forecast"},
    {"book", "forecast"},
    {"forecast"},
    {"reserve"},
    set[str](),
]
"""What may be running when the user interrupts."""


def served() -> MCPServer:
    """A server with two tools."""
    server = MCPServer("weather")

    @server.tool()
    async def forecast(seconds: float) -> str:
        """Tell the weather."""
        await trio.sleep(seconds)
        return "sunny"

    @server.tool(annotations=ToolAnnotations(destructive_hint=True))
    async def reserve(seconds: float) -> str:
        """Reserve a table."""
        await trio.sleep(seconds)
        return "done"

    return server


class Here(McpServer):
    """A server in this process: the same connection, without a program at the other end."""

    async def run(self, offer: Offer, tell: Tell, *, task_status: trio.TaskStatus[None]) -> None:
        class Inside(Connection):
            def _end(self) -> Any:
                return self

            def open(self) -> MCPServer:
                return served()

        await Inside(self, offer, tell).run(task_status=task_status)


def functions() -> list[Tool[..., Any]]:
    """One of each effect."""

    @tool
    async def look(seconds: float) -> str:
        """Look something up."""
        await trio.sleep(seconds)
        return "found"

    @tool(effect="cancellable")
    async def ask(seconds: float, ctx: ToolContext) -> str:
        """Ask somebody."""
        ctx.say("One moment.")
        await trio.sleep(seconds)
        return "yes"

    @tool(effect="must_finish")
    async def book(seconds: float) -> str:
        """Book something."""
        await trio.sleep(seconds)
        return "booked"

    return [look, ask, book]


@attrs.define(eq=False)
class Assistant(Node):
    """Says something in each of the three rounds of an answer; calls four tools in the first, one in the second.

    How long they take stands in the calls: as `LASTS` says, but for what `lasts` has for a question of that number.
    """

    lasts: Mapping[int, Mapping[str, float]] = attrs.Factory(dict[int, Mapping[str, float]])

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            mine = {item.call for item in prompt.items if isinstance(item, ToolCall) and self._is_of(item, ports)}
            await trio.sleep(0.1)
            said, names = (("Let me check.", FIRST), ("I will do that now.", ("reserve",)), ("It is done.", ()))[
                (len(mine) + 3) // 4
            ]
            await ports[self.text].send(Text(said))
            lasts = {**LASTS, **self.lasts.get(_number(prompt), {})}
            calls = [ToolCall(f"{ports.turn}-{name}", name, f'{{"seconds": {lasts[name]}}}') for name in names]
            await ports.call_tools(prompt, calls)

    @staticmethod
    def _is_of(call: ToolCall, ports: Ports) -> bool:
        return call.call.startswith(f"{ports.turn}-")


def _number(prompt: Prompt) -> int:
    """Of what the user said last."""
    [*_, last] = (item.text for item in prompt.items if isinstance(item, Message) and item.role == "user")
    return int(last.rpartition("k")[2].split()[0]) if "k" in last else -1


def conversation(
    barges: Sequence[int | None], speculation: str, lasts: Mapping[int, Mapping[str, float]] | None = None
) -> Conversation:
    """The user asks ten times, and after some of that interrupts so many milliseconds after the question."""
    acts: list[Act] = []
    for turn in range(TURNS):
        acts.append(Act("speak", "ended" if turn else "then", 600, ("tell", "me", f"k{turn}")))
        if barges[turn] is not None:
            acts.append(Act("speak", "then", barges[turn] or 0, ("no", f"k{turn + 50}", "please", "now")))
    settings: dict[str, Any] = {"endpointing": "fixed", "speculation": speculation}
    script = Script(3, Setup(seconds=100, calls=100, stt_latency=80, **settings), acts)
    server = Here(command=("in this process",), name="weather")
    agent = Agent("You take bookings.", tools=[*functions(), server])
    return simulate(script, model=Assistant(lasts or {}), agent=agent)


def running_at_interruptions(found: Conversation) -> list[set[str]]:
    """The tools of the reply that ran whenever it was interrupted."""
    running: set[tuple[str, str]] = set()
    states: list[set[str]] = []
    for mark in found.marks:
        if mark.name in ("tool.started", "tool.ended"):
            turn, _, name = str(mark.values["call"]).partition("-")
            (running.add if mark.name == "tool.started" else running.discard)((turn, name))
        elif mark.name == "turn.interrupted":
            states.append({name for turn, name in running if turn == str(mark.turn)})
    return states


def check(found: Conversation) -> None:
    """All that must hold of a call, and of its tools that each ran once and ended as its effect says."""
    assert breaches(found) == []
    assert found.turns >= TURNS
    outputs = {item.call: item for item in found.items if isinstance(item, ToolOutput)}
    calls = [item for item in found.items if isinstance(item, ToolCall)]
    assert sorted(outputs) == sorted(call.call for call in calls)
    results = {"look": "found", "ask": "yes", "book": "booked", "forecast": "sunny", "reserve": "done"}
    for call in calls:
        output = outputs[call.call]
        assert output.error or output.text == results[call.name]
        assert not output.error or call.name not in ("book", "reserve"), output


@pytest.mark.parametrize("speculation", ["off", "llm"])
def test_the_user_interrupts_in_every_state_of_the_tools(speculation: str) -> None:
    """While all four run, three, two, the server's alone, the one of the second round, and none."""
    barges = [None, 500, 900, 1350, 1750, 2600, 150, 4000, 3300, None]
    found = conversation(barges, speculation)
    check(found)
    states = running_at_interruptions(found)
    assert [state for state in STATES if state not in states] == [], states


SUBSETS = [frozenset(names) for count in range(5) for names in combinations(FIRST, count)]
"""Any of the four that are called at once may be running when the user interrupts: 16 states."""


@pytest.mark.parametrize("half", [0, 1])
def test_the_user_interrupts_whichever_of_the_tools_are_running(half: int) -> None:
    """Each may be done or not by itself. Which one is shortest or longest does not matter, nor where it runs."""
    wanted = SUBSETS[half * 8 : half * 8 + 8]
    quick = dict.fromkeys(LASTS, 0.02)
    lasts = {turn: {**quick, **dict.fromkeys(each, 6.0), "reserve": 6.0} for turn, each in enumerate(wanted)}
    lasts |= dict.fromkeys(range(8, 100), quick)
    found = conversation([700] * 8 + [None, None], "off", lasts)
    check(found)
    states = [state - {"reserve"} for state in running_at_interruptions(found)]
    assert [state for state in wanted if state not in states] == [], states


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 4000, 800))
def test_nor_does_it_matter_when(first: int) -> None:
    """Ten interruptions, each a little later than the one before."""
    found = conversation([first + 80 * turn for turn in range(TURNS)], "llm")
    check(found)


@attrs.define(eq=False)
class Caller(Node):
    """Says what it is given to say, 0.2 s each, with a VAD and a recogniser that make no mistake."""

    words: trio.MemoryReceiveChannel[str]

    speech = Out(Speech)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        async for words in self.words:
            start = ports.now() * 16 // 1_000_000
            await ports[self.speech].send(Speech(True, start, start, 16000))
            await trio.sleep(0.2)
            await ports[self.speech].send(Speech(False, start + 3200, start + 3200, 16000))
            await ports[self.transcripts].send(Transcript(words, "final", 16000, start, start + 3200))


@pytest.mark.slow
async def test_a_program_that_dies_in_the_middle_of_a_call_takes_nothing_with_it(tmp_path: Path) -> None:
    """Over stdio, in real time: the caller hears of it, is answered on, and the next question finds it back at work."""
    program = [sys.executable, "-I", str(ROUGH), str(tmp_path)]
    soup = '{"text": "soup"}'
    answers = {
        "what is there": ("One moment.", ToolCall("first", "echo", soup), "There is soup."),
        "book it": ("Let me book that.", ToolCall("second", "die"), "That did not work."),
        "and now": ("Let me look again.", ToolCall("third", "echo", soup), "There is soup still."),
    }
    replies: list[tuple[str, list[ToolCall]]] = []
    for before, call, after in answers.values():
        replies += [(before, [call]), (after, [])]
    ask, asked = trio.open_memory_channel[str](0)
    caller, turns = Caller(asked), TurnTaking(TurnSettings(endpointing=Endpointing(mode="fixed", min_wait=0.3)))
    graph = Graph().connect(caller.speech, turns).connect(caller.transcripts, turns)
    graph.connect(turns, Planner(replies), Chunker(), Voice(0.2, chunk=0.1), Speaker(block=0.1))
    server, told = McpServer(command=program, name="rough", retry=0.1), list[str]()
    async with Session(graph, tools=[server]) as session:
        with trio.fail_after(30):
            for words, (before, _, after) in answers.items():
                await ask.send(words)
                told.extend([words, f"{before} {after}"])
                await until(lambda: [message.text for message in session.history] == told)
                await until(lambda: bool(session.tools))
    outputs = {item.call: (item.error, item.text) for item in session.items if isinstance(item, ToolOutput)}
    gone = (True, "The server rough is gone, and with it what it was doing.")
    assert outputs == {"first": (False, soup), "second": gone, "third": (False, soup)}
    assert (tmp_path / "starts").read_text() == ".."
