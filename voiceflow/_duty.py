"""Which agent is on duty, and the way from one to the next.

A hand-off is got ready first: nodes and tools of the next agent are opened while the present one is on duty, and
whoever is cancelled in that has changed nothing. Then it is one synchronous step: the history has it, prompts are the
next agent's, tools and nodes are exchanged. What an agent does when it comes and goes follows in a task of its own, so
that no interruption can cut it short: for every agent that was on duty `on_enter` once, and then `on_exit` once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import attrs
import trio

from voiceflow._running import Running
from voiceflow._stages import STAGES, standing
from voiceflow._stay import EXIT, Move, Stay
from voiceflow._supervisor import overheard
from voiceflow.agents.agent import Agent
from voiceflow.agents.task import Task
from voiceflow.agents.transfer import Transfer
from voiceflow.chat.history import History
from voiceflow.chat.turns import visible
from voiceflow.errors import GraphError, VoiceflowError, describe
from voiceflow.frames import Message
from voiceflow.graph import Graph
from voiceflow.items import HandOff, Item, ToolCall, ToolOutput
from voiceflow.node import Node
from voiceflow.tools.context import ToolError
from voiceflow.tools.source import Supply, parted
from voiceflow.trace import Trace
from voiceflow.utterance import Utterance

T = TypeVar("T")


@attrs.define(eq=False)
class Duty:
    """The agents of a session, of whom the last is on duty; before it stand those who wait for the result of a task."""

    session: Any
    graph: Graph
    history: History
    trace: Trace
    supply: Supply
    within: float
    """Seconds that opening what an agent brings may take."""
    _stays: list[Stay] = attrs.field(factory=list[Stay], init=False)
    _own: dict[str, Node] = attrs.field(factory=dict[str, Node], init=False)
    """The graph's own stages, where an agent's stand in their place."""
    _running: Running | None = attrs.field(default=None, init=False)
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False)
    _over: bool = attrs.field(default=False, init=False)

    @property
    def agent(self) -> Agent:
        """Who is on duty."""
        return self._stays[-1].agent

    @property
    def coming(self) -> bool:
        """Whether an agent has still to come: the one that is on duty, or who waits for its result, which is there."""
        stay = self._stays[-1]
        return not stay.begun or (stay.task is not None and stay.task.over and len(self._stays) > 1)

    # From the first to the last

    @contextmanager
    def cast(self, agent: Agent, *, told: bool) -> Generator[None, None, None]:
        """This one begins: its nodes stand in the graph before that is opened. In the end the graph's own do again.

        `told`: the history says who it is.
        """
        self._stays.append(Stay(agent))
        for stage, old, new in self._exchanged(agent):
            self._own[stage] = old
            self.graph.replace(old, new)
        if not told and agent.setup:
            self.history.add("system", agent.setup)
        try:
            yield
        finally:
            for stage, own in self._own.items():
                for node in standing(self.graph, stage):
                    self.graph.replace(node, own)
            self._own.clear()

    def begin(self, running: Running, nursery: trio.Nursery, *, told: bool) -> None:
        """The session runs."""
        self._running, self._nursery = running, nursery
        if told:
            self.history.append(self.agent.config([tool.name for tool in self.session.tools]))
        nursery.start_soon(self._serve, self._stays[-1], (), name=f"agent {self.agent.name}")

    def stop(self) -> None:
        """The session is left: nobody takes over any more."""
        self._over = True
        for stay in self._stays:
            stay.end("the session was left")

    def let_go(self) -> None:
        """The call has ended."""
        self.session = self._running = self._nursery = None

    async def _serve(self, stay: Stay, before: Sequence[Stay]) -> None:
        for each in before:
            await each.left.wait()
        if stay.ended.is_set():
            return stay.left.set()
        stay.begun = True
        self._work.changed()
        try:
            with stay.scope:
                await self._call(stay.agent, stay.agent.on_enter)
                self._answer(stay)
            await stay.ended.wait()
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + EXIT):
                await self._call(stay.agent, stay.agent.on_exit)
            stay.left.set()
        return None

    async def _call(self, agent: Agent, call: Callable[[Any], Awaitable[None]]) -> None:
        """What it raises does not end the call: the session raises the first of it when it is left."""

        def failed(error: Exception) -> None:
            self.trace.error = self.trace.error or error
            self._tell("agent.failed", agent=agent.name, error=describe(error))

        with overheard(failed):
            await call(self.session)

    def _answer(self, stay: Stay) -> None:
        """Nobody waits in vain: who has said nothing by itself is asked, unless the user has the floor."""
        if stay.asked == self._work.asked and not (stay.by is not None and stay.by.interrupted):
            self.session.reply()

    # From one to the next

    async def hand_over(
        self, transfer: Transfer, by: Utterance | None = None, refusal: Callable[[], str] = lambda: ""
    ) -> None:
        """Another agent goes on.

        Raises:
            ToolError: there is a `refusal` when it is ready.
            GraphError, NodeFailed, Overrun, ValueError: what the agent brings cannot be used. Nothing has changed.
            VoiceflowError: another one took over meanwhile, or the session was left.
        """
        stay = Stay(transfer.agent, by, transfer)
        now = self._stays[-1]

        def go(move: Move) -> None:
            if why := refusal():
                raise ToolError(why)
            self._expect(now)
            self._change(stay, move, under=0)

        await self._move(transfer, go)

    async def perform(self, task: Task[T]) -> T:
        """Have a task done by its agent, and go on with the one that is on duty now.

        Raises:
            GaveUp: the task was given up, or another agent took over.
        """
        task.begin()
        stay = Stay(task, None, Transfer(task, task.context), task=task)
        now = self._stays[-1]

        def go(move: Move) -> None:
            self._expect(now)
            self._change(stay, move, under=len(self._stays))

        await self._move(Transfer(task, task.context), go)
        try:
            return await task.outcome()
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 2 * self.within):
                await self._return(stay)
            self._work.changed()

    async def _return(self, stay: Stay) -> None:
        """The agent that waits for this one goes on, if it still does."""
        if self._over or stay not in self._stays:
            return
        place = self._stays.index(stay) - 1

        def go(move: Move) -> None:
            if self._over or stay not in self._stays:
                return
            waits = self._stays[place]
            gone, self._stays = self._stays[place + 1 :], self._stays[: place + 1]
            for each in reversed(gone):
                each.end("its task is done")
            waits.asked = self._work.asked
            since = self.history.items[[item.id for item in self.history.items].index(stay.mark) :]
            worked = (item.id for item in since if isinstance(item, ToolCall | ToolOutput))
            self._write(stay.agent, move, (*stay.hid, *worked))

        await self._move(Transfer(self._stays[place].agent), go)

    async def _move(self, transfer: Transfer, go: Callable[[Move], None]) -> None:
        """Open what an agent brings, and `go`; what that raises, or a cancellation before, leaves all as it was."""
        running = self._work
        nodes = self._exchanged(transfer.agent)
        functions, sources = parted(transfer.agent.offers())
        for _, _, new in nodes:
            await running.lineup.closed(new)
        async with self.supply.started(sources):
            move = Move(transfer, nodes, functions, sources, self.supply.toolbox(functions, sources))
            await running.lineup.swap([(old, new) for _, old, new in nodes], self.within, partial(go, move))

    def _expect(self, now: Stay) -> None:
        if self._over:
            raise VoiceflowError("the session was left before another agent was ready")
        if self._stays[-1] is not now:
            raise VoiceflowError("another agent took over before this one was ready")

    def _change(self, stay: Stay, move: Move, under: int) -> None:
        """This one is on duty from now on, above the lowest so many; those above these end."""
        assert self._nursery is not None
        source, gone = self.agent, self._stays[under:]
        stay.hid, stay.asked = self._hidden(), self._work.asked
        self._stays[under:] = [stay]
        for each in gone:  # who waits for a task is cancelled before that is given up
            each.end("another agent took over")
        seen = visible(self.history.items)
        stay.mark = self._write(source, move, (*stay.hid, *move.transfer.hides(seen)))
        self._nursery.start_soon(self._serve, stay, tuple(reversed(gone)), name=f"agent {stay.agent.name}")

    def _write(self, source: Agent, move: Move, hides: Sequence[str]) -> str:
        """All at once: what the history says, what the model may call, what stands in the graph."""
        agent = move.transfer.agent
        item = self.history.hand_off(source.name, agent.name, hides)
        self.history.append(agent.config([tool.name for tool in move.tools]))
        waiting = [source for stay in self._stays for source in parted(stay.agent.offers())[1]]
        self.supply.change(move.functions, move.sources, move.tools, keep=waiting)
        for stage, old, _ in move.nodes:
            if getattr(agent, stage) is None:
                del self._own[stage]
            else:
                self._own.setdefault(stage, old)
        self._work.abandon_guess("another agent took over")
        self._tell("agent.handed_over", source=source.name, target=agent.name)
        return item.id

    def _hidden(self) -> tuple[str, ...]:
        last = next((item for item in reversed(self.history.items) if isinstance(item, HandOff)), None)
        return last.hides if last is not None else ()

    def said(self, message: Message, by: Utterance) -> None:
        """What is heard of a reply that handed over is its agent's: who came is told it as the rest of the context."""
        stay = self._stays[-1]
        if stay.by is not by or stay.transfer is None or not stay.transfer.hides([message]):
            return
        item: Item = self.history[stay.mark]
        assert isinstance(item, HandOff)
        self.history.replace(item.id, attrs.evolve(item, hides=(*item.hides, message.id)))

    # Stages

    def brings(self, node: Node) -> bool:
        """Whether a node is of the agent that is on duty, not of the graph."""
        return any(getattr(self.agent, stage) is node for stage in STAGES)

    def keeps(self, node: Node) -> bool:
        """Whether a turn's node is to stay open: the graph's own, or one of an agent that is on duty or waits."""
        waiting = (getattr(stay.agent, stage) for stay in self._stays for stage in STAGES)
        return node.lifetime == "turn" and any(each is node for each in (*self._own.values(), *waiting))

    def _exchanged(self, agent: Agent) -> list[tuple[str, Node, Node]]:
        """The stages that change when this agent comes: which, what stands there, and what will."""
        found: list[tuple[str, Node, Node]] = []
        for stage in STAGES:
            new = getattr(agent, stage) or self._own.get(stage)
            old = self._stage(stage, agent) if new is not None else None
            if old is not None and new is not None and old is not new:
                found.append((stage, old, new))
        return found

    def _stage(self, stage: str, agent: Agent) -> Node | None:
        there = standing(self.graph, stage)
        if len(there) > 1:
            names = ", ".join(map(self.graph.name_of, there))
            raise GraphError(
                f"the agent {agent.name} brings a node as its {stage}; expected one in the graph to take the place of, "
                f"got {names}. Leave its {stage} out, and swap the one that you mean in on_enter."
            )
        return there[0] if there else None

    def _tell(self, name: str, **values: object) -> None:
        self._work.tell("agents", name, values)

    @property
    def _work(self) -> Running:
        if self._running is None:
            raise VoiceflowError("the session is not running: use it inside `async with Session(graph) as session`")
        return self._running
