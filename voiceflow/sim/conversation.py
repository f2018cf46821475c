"""One simulated conversation: the script acted out on the real runtime, in virtual time, and all that came of it.

Session, turn-taking, turns, text filter, chunker and speaker are those that every call runs; simulated are the
caller, the providers and the device.
"""

from __future__ import annotations

import json
import math
import threading
import traceback
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import cast

import attrs
import trio
from trio.testing import MockClock

from voiceflow._wire import WireStats
from voiceflow.agents import Agent
from voiceflow.errors import VoiceflowError
from voiceflow.frames import Message
from voiceflow.graph import Graph
from voiceflow.items import Item, ToolCall, ToolOutput
from voiceflow.node import Node
from voiceflow.session import Session
from voiceflow.sim.codes import Book
from voiceflow.sim.ear import Ear
from voiceflow.sim.errands import Errands
from voiceflow.sim.faults import Faults
from voiceflow.sim.hearing import Detector, Vad
from voiceflow.sim.line import Line, LineSource
from voiceflow.sim.order import ordered_by
from voiceflow.sim.recognising import Recogniser
from voiceflow.sim.script import PATIENCE, Act, Script, When
from voiceflow.sim.speaking import Model, Voice
from voiceflow.speaker import Speaker
from voiceflow.testing import InlineExecutor
from voiceflow.text_stages import Chunker, TextFilter
from voiceflow.tools.source import AnyTool, ToolSource
from voiceflow.trace import Mark, Trace
from voiceflow.turn_taking import TurnTaking
from voiceflow.utterance import Utterance

PATIENT = 400.0
"""Virtual seconds after the caller is gone by which every call is over: longer than all deadlines together."""


@attrs.define(eq=False)
class Conversation:
    """What came of a script."""

    script: Script
    model: Node | None = None
    """Who answers, if not the simulated model."""
    tools: Sequence[AnyTool | ToolSource] | None = None
    """What it may call, if not the simulated errands."""
    agent: Agent | None = None
    """Who is on duty first, with tools of its own."""
    book: Book = attrs.field(factory=Book, init=False)
    line: Line = attrs.field(init=False)
    faults: Faults = attrs.field(init=False)
    ear: Ear = attrs.field(init=False)
    marks: list[Mark] = attrs.field(factory=list[Mark], init=False)
    history: tuple[Message, ...] = attrs.field(default=(), init=False)
    utterances: list[Utterance] = attrs.field(factory=list[Utterance], init=False)
    """What the program said."""
    wires: dict[str, WireStats] = attrs.field(factory=dict[str, WireStats], init=False)
    """Those of the session, and of all its replies: each as full as it ever was."""
    error: str = attrs.field(default="", init=False)
    """What ended the session, if it did not end by itself."""
    crash: str = attrs.field(default="", init=False)
    """What broke, where nothing may."""
    items: tuple[Item, ...] = attrs.field(default=(), init=False)
    """All of the history, tool calls and their outputs too."""
    hung: bool = attrs.field(default=False, init=False)
    """Whether it had to be stopped."""
    over: int = attrs.field(default=0, init=False)
    """When all of it had ended: nanoseconds, to a microsecond."""
    left: tuple[int, int] = attrs.field(default=(0, 0), init=False)
    """Tasks and threads that were there afterwards and not before."""

    def __attrs_post_init__(self) -> None:
        self.line = Line(self.book)
        self.faults = Faults(self.script.faults)
        self.ear = Ear(self.book, self.faults, lead=self.script.setup.lead / 1000)

    @property
    def turns(self) -> int:
        """How many turns the caller had."""
        return sum(mark.name == "turn.committed" for mark in self.marks)

    @property
    def interruptions(self) -> int:
        return sum(mark.name == "turn.interrupted" for mark in self.marks)

    @property
    def seconds(self) -> float:
        """Virtual seconds that it took."""
        return self.marks[-1].t / 1e9 if self.marks else 0.0

    def look_at(self, wires: Mapping[str, WireStats]) -> None:
        """Keep how full the wires have been."""
        for name, wire in wires.items():
            before = self.wires.get(name, wire)
            peak, dropped = max(before.peak, wire.peak), max(before.dropped, wire.dropped)
            self.wires[name] = attrs.evolve(wire, peak=peak, dropped=dropped)

    def trace(self) -> str:
        """All that happened, a line each, and nothing that the script does not decide: equal bytes, equal calls."""
        lines = [
            f"{mark.t} {mark.turn} {mark.node} {mark.name} {json.dumps(dict(mark.values), sort_keys=True, default=str)}"
            for mark in self.marks
        ]
        lines += [f"heard {each.code} {each.start} {each.end}" for each in self.ear.heard]
        lines += [f"{item.sequence} {item.role} {item.interrupted} {item.text!r}" for item in self.history]
        lines += [str(item) for item in self.items if isinstance(item, ToolCall | ToolOutput)]
        return "\n".join([*lines, f"error {self.error}", f"faults {sorted(self.faults.injected.items())}", ""])

    def digest(self) -> str:
        """The trace in 16 hex digits."""
        return blake2b(self.trace().encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


def simulate(
    script: Script,
    *,
    model: Node | None = None,
    tools: Sequence[AnyTool | ToolSource] | None = None,
    agent: Agent | None = None,
) -> Conversation:
    """Run a script. The same script gives the same trace, to the byte.

    Args:
        model: who answers, instead of the simulated model.
        tools: what it may call, instead of the simulated errands; nothing in them may wait for what is outside.
        agent: who is on duty first, instead of one with these tools.

    Raises:
        GraphError: a setting is out of its range.
    """
    conversation = Conversation(script, model, tools, agent)
    threads = threading.active_count()
    with ordered_by(script.seed):
        try:
            trio.run(_run, conversation, clock=MockClock(autojump_threshold=0))
        except Exception as error:  # whatever breaks is what a simulation is there to find
            conversation.crash = _where(error)
    # An idle thread of an earlier call may have ended meanwhile.
    conversation.left = conversation.left[0], max(0, threading.active_count() - threads)
    return conversation


def _where(error: BaseException) -> str:
    """An error, and the line of ours that raised it."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "voiceflow" in frame.filename]
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{type(error).__name__}: {error}{place}"


async def _run(conversation: Conversation) -> None:
    before, began = trio.lowlevel.current_statistics().tasks_living, trio.current_time()
    setup = conversation.script.setup
    with trio.move_on_after(setup.seconds + PATIENT) as scope:
        try:
            await _call(conversation, scope)
        except VoiceflowError as error:
            conversation.error = f"{type(error).__name__}: {error}"
    conversation.over = round((trio.current_time() - began) * 1e6) * 1000
    conversation.hung = scope.cancelled_caught and setup.ending != "cancel"
    conversation.left = trio.lowlevel.current_statistics().tasks_living - before, 0


async def _call(conversation: Conversation, scope: trio.CancelScope) -> None:
    setup = conversation.script.setup
    trace = Trace([conversation.marks.append])
    errands = Errands(conversation.script.seed, conversation.faults, setup.tool_latency)
    tools = errands.tools() if conversation.tools is None else conversation.tools
    agent, tools = conversation.agent, tools if conversation.agent is None else ()
    session = Session(_graph(conversation), agent=agent, tools=tools, trace=trace, executor=InlineExecutor())
    try:
        async with session, trio.open_nursery() as nursery:
            await _Player(conversation, session, nursery, trace).play()
            conversation.line.gone = True
            match setup.ending:
                case "cancel":
                    scope.cancel(reason="the simulated program is stopped")
                    await trio.sleep_forever()
                case "close":
                    session.close(within=setup.close_within / 1000)
                    await session.finished()
                case "gone":
                    await session.finished()
                case "leave":
                    pass
            conversation.look_at(session.wires())
            nursery.cancel_scope.cancel(reason="the call is over")
    finally:
        conversation.history, conversation.items = session.history, session.items


def _graph(conversation: Conversation) -> Graph:
    script, book, faults = conversation.script, conversation.book, conversation.faults
    setup, seed = script.setup, script.seed
    line = LineSource(conversation.line, faults, setup.block)
    stt: Node = Recogniser(book, seed, faults, setup.stt_latency)
    llm = conversation.model or Model(seed, faults, setup.llm_latency, setup.token_latency, setup.calls)
    tts: Node = Voice(book, seed, faults, setup.timed, setup.tts_latency)
    if setup.fallback:
        stt = stt.or_else(Recogniser(book, seed))
        llm = llm.or_else(Model(seed, calls=setup.calls, ids="b"))
        tts = tts.or_else(Voice(book, seed, timed=setup.timed))
    turns = TurnTaking(setup.turn_settings())
    speaker = Speaker(conversation.ear, block=setup.speaker_block / 1000)
    graph = Graph()
    if setup.vad:
        vad = Vad(faults, setup.vad_silence / 1000)
        graph.connect(line, vad, stt, turns).connect(vad.speech, turns.speech)
        heard = vad.audio
    else:
        graph.connect(line, stt, turns)
        heard = line.audio
    if setup.detector:
        detector = Detector(seed, faults, setup.detector_latency)
        graph.connect(heard, detector.audio).connect(stt, detector).connect(detector, turns)
    return graph.connect(turns, llm, TextFilter(), Chunker(), tts, speaker)


@attrs.define(eq=False)
class _Player:
    """Acts the script out."""

    conversation: Conversation
    session: Session
    nursery: trio.Nursery
    trace: Trace
    _seen: set[str] = attrs.field(factory=set[str], init=False)
    """What the agent did since the act before was over."""
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)
    _epoch: float = attrs.field(factory=trio.current_time, init=False)

    async def play(self) -> None:
        """All acts, or as many as there is time for."""
        self.trace.subscribe(self._look)
        script = self.conversation.script
        with trio.move_on_at(self._epoch + script.setup.seconds):
            for act in script.acts:
                await self._wait_for(act.on)
                await trio.sleep(act.after / 1000)
                await self._do(act)
            await trio.sleep_forever()

    def _look(self, mark: Mark) -> None:
        if mark.name in ("history", "turn.interrupted"):  # a reply is over, and its wires are still there
            self.conversation.look_at(self.session.wires())
        if mark.name in ("turn.audible", "turn.ended"):
            self._seen.add(mark.name)
            self._news.set()
            self._news = trio.Event()

    async def _wait_for(self, on: When) -> None:
        wanted = {"then": None, "audible": "turn.audible", "ended": "turn.ended"}[on]
        with trio.move_on_after(PATIENCE / 1000):
            while wanted is not None and wanted not in self._seen:
                await self._news.wait()
        self._seen.clear()

    def _now(self) -> int:
        return math.ceil((trio.current_time() - self._epoch) * 1000)

    async def _do(self, act: Act) -> None:
        match act.do:
            case "speak" | "noise":
                until = self.conversation.line.speak(act, self._now())
                await trio.sleep_until(self._epoch + until / 1000)
            case "type":
                self.nursery.start_soon(self._type, act.text)
            case "say" | "protect":
                said = self.session.say(act.text, interruptible=act.do == "say")
                self.conversation.utterances.append(said)
            case "stop" | "force":
                self.session.interrupt(force=act.do == "force")
            case "mute":
                self.nursery.start_soon(self._mute, act.ms)

    async def _type(self, text: str) -> None:
        try:
            await self.session.send_text(text)
        except VoiceflowError:
            self._seen.add("left")  # the session was left before it was answered, as its contract says

    async def _mute(self, ms: int) -> None:
        with self.session.muted():
            await trio.sleep(ms / 1000)
