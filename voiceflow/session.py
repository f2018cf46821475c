"""A call: a graph at work, from its first sample to its last.

    async with Session(graph) as session:
        await session.finished()

Entering checks the graph, opens every node (models load, worker processes start) and begins to run. Leaving stops
the talking, gives those who listen to the agent time to hear it out, and cancels what still runs. A node that is given
up ends the session with its one error.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

import trio

from voiceflow._calling_back import silence
from voiceflow._clock import Clock
from voiceflow._conductor import Conductor
from voiceflow._duty import Duty
from voiceflow._executor import Executor, ThreadExecutor
from voiceflow._opening import Given, Opening, Playing, in_words
from voiceflow._running import Running
from voiceflow._supervisor import one_error
from voiceflow._timers import timers
from voiceflow._wire import WireStats
from voiceflow._wiring import Surroundings, plan
from voiceflow.agents.agent import Agent
from voiceflow.agents.task import Task
from voiceflow.agents.transfer import Context, Transfer
from voiceflow.chat.history import History
from voiceflow.chat.window import ContextWindow
from voiceflow.errors import GraphError, VoiceflowError
from voiceflow.events import Events
from voiceflow.frames import Message, Phrase, Prompt
from voiceflow.graph import Graph
from voiceflow.items import ConfigUpdate, Image, Item
from voiceflow.machines.restart import RestartPolicy
from voiceflow.node import Node
from voiceflow.recorded import Recorded, Source
from voiceflow.tools.function import Tool
from voiceflow.tools.runner import ToolRunner
from voiceflow.tools.source import Supply, ToolSource, parted
from voiceflow.tools.toolbox import Toolbox
from voiceflow.tools.use import ToolUse
from voiceflow.trace import Mark, Trace
from voiceflow.utterance import Utterance

T = TypeVar("T")


class Session:
    """Runs one call over `graph`.

    Args:
        agent: who is on duty first.
        instructions, tools: in the place of `agent`, where it is no more than that. The instructions are the system
            message that the conversation starts with. Tools are what the model may call: functions, and sources of
            tools such as `McpServer`, which are opened and closed with the session. `ctx.session` is this session.
        tool_use: how often in a turn, and what is said when the model then says nothing.
        window: how much of the conversation the model is sent; without one, all of it. Between turns the model writes a
            summary in the place of what is old; what is too long all the same is left out.
        trace: where marks go; one is made when none is given.
        executor: what heavy work runs with; threads and processes by default.
        restarts: how often a node of the session may crash.
        turn_restarts: how often a node may crash within one turn.
        open_within, close_within: seconds that opening the nodes, and leaving, may take. A tool that must finish is
            waited for besides, no longer than its timeout.

    Raises:
        ValueError: two tools have the same name, or `agent` is given and `instructions` or `tools` are too.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        agent: Agent | None = None,
        instructions: str = "",
        tools: Iterable[Tool[..., Any] | ToolSource] = (),
        tool_use: ToolUse | None = None,
        window: ContextWindow | None = None,
        trace: Trace | None = None,
        executor: Executor | None = None,
        restarts: RestartPolicy | None = None,
        turn_restarts: RestartPolicy | None = None,
        open_within: float = 60.0,
        close_within: float = 5.0,
    ) -> None:
        self.graph = graph
        self.trace = trace or Trace()
        if agent is not None and (instructions or tools):
            raise ValueError("an agent has its own instructions and tools; got an agent, and some besides")
        self._named = agent is not None
        agent = agent or Agent(instructions, tools=tools)
        self._executor = executor or ThreadExecutor()
        functions, sources = parted(agent.offers())
        self._runner = ToolRunner(functions, session=self, executor=self._executor)
        self._tool_use = tool_use or ToolUse()
        self._window = window
        self._restarts = restarts or RestartPolicy()
        self._turn_restarts = turn_restarts or RestartPolicy(attempts=1)
        self._open_within = open_within
        self._close_within = close_within
        self._history = History()
        self._clock: Clock | None = None
        supply = Supply(functions, sources, self._offer, self._tell_of_tools)
        self._duty = Duty(self, graph, self._history, self.trace, supply, open_within)
        self._agent = agent
        self._running: Running | None = None
        self._context: AbstractAsyncContextManager[None] | None = None

    async def __aenter__(self) -> Self:
        if self._context is not None:
            raise VoiceflowError("a session runs once; make another one for another call")
        self._context = self._run()
        await self._context.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        assert self._context is not None
        return await self._context.__aexit__(kind, error, trace)

    @property
    def history(self) -> tuple[Message, ...]:
        """The conversation: what the user said, and what the user heard, in order."""
        return tuple(self._history.messages)

    @property
    def items(self) -> tuple[Item, ...]:
        """The conversation with all that is not said: what was called, and what came of it."""
        return self._history.items

    @property
    def context(self) -> History:
        """The conversation, to be asked for the setup at a point, say, and written down. Only the session writes it."""
        return self._history

    @property
    def active(self) -> Agent:
        """The agent on duty."""
        return self._duty.agent if self._context is not None else self._agent

    @property
    def tools(self) -> tuple[Tool[..., Any], ...]:
        """What the model may call now."""
        return tuple(self._runner.tools)

    @property
    def user(self) -> str:
        """What the user is doing, by the turn-taking."""
        return self._work.conductor.machine.user if self._work.conductor else "listening"

    @property
    def agent(self) -> str:
        """What the agent is doing: idle, listening, thinking or speaking."""
        return self._work.conductor.machine.agent if self._work.conductor else "idle"

    def on(self, name: str, call: Callable[[Mark], object]) -> Callable[[], None]:
        """Call `call(mark)` at every mark called `name`, such as "turn.ended"; call what is returned to stop.

        What it raises does not disturb the call: the session raises the first of it when it is left.
        """
        return self.trace.subscribe(lambda mark: call(mark) if mark.name == name else None)

    def say(
        self,
        text: str = "",
        *,
        audio: Source | None = None,
        rate: int | None = None,
        interruptible: bool = True,
    ) -> Utterance:
        """Say a text, after what waits to be said; or play a recording, for which the text stands in the history.

        Called by a node that writes a reply, or by a tool that its model called, it is part of that reply: spoken
        behind what was written so far, before what will be, heard and interrupted with it, and in one message with it.
        It may be awaited there.

        Args:
            audio: what is played instead of a voice that speaks the text: the path of a sound file, or anything else
                that `Recorded` takes. An iterator is read as it is played, once.
            rate: Hz of samples and bytes, which do not say it.

        Raises:
            GraphError: the graph has no way to say it.
            TypeError, ValueError: `audio` is nothing that can be played, or lacks its rate.
        """
        agenda = self._conductor.agenda
        if audio is None:
            opening = in_words(text, agenda.can)
        else:
            recording = Playing(Recorded(audio, rate=rate), Phrase(text))
            opening = recording if agenda.can(recording) else None
        if opening is None:
            raise self._cannot("say", "Text") if audio is None else self._cannot("play", "Spoken")
        return agenda.say(opening, interruptible=interruptible)

    def reply(self, instructions: str = "", *, interruptible: bool = True) -> Utterance:
        """Let the model speak, told `instructions` for this once. Raises `GraphError` when the graph has no model."""

        agenda = self._conductor.agenda

        def prompt() -> Opening:
            return Given(agenda.minutes.prompt(*([Message("system", instructions)] if instructions else [])))

        if not agenda.can(Given(Prompt(()))):
            raise self._cannot("answer", "Prompt")
        return agenda.enqueue("answer", prompt, interruptible=interruptible)

    async def send_text(self, text: str) -> Utterance:
        """Take a typed text as a turn of the user, and wait until the answer to it is done.

        Raises:
            ValueError: there are no words in it.
            VoiceflowError: the session was left before it was answered.
        """
        if not text.strip():
            raise ValueError("a turn has words; got an empty text")
        return await self._conductor.take_text(text)

    def show(self, *images: Image) -> None:
        """The user shows images: they stand in front of what the user says next, at most the last five of them.

        A model that takes no images is told that there were some.

        Raises:
            GraphError: the graph has no model.
        """
        agenda = self._conductor.agenda
        if not agenda.can(Given(Prompt(()))):
            raise self._cannot("see", "Prompt")
        agenda.show(images)

    async def swap(self, old: Node, new: Node) -> None:
        """Put `new` where `old` is while the call goes on: a recogniser, model, voice, VAD, turn detector or denoiser.

        `new` is opened first, while `old` works on. What `old` has in hand it finishes, or `new` is given it again:
        nothing is lost, said twice, or out of order. A turn under way keeps its nodes; the next one has `new`. `old` is
        closed when it is not needed any more. Who is cancelled in here before `new` is open has changed nothing.

        Raises:
            GraphError: `old` is not in the graph (any more), `new` does not fit where it is, or the session needs `old`
                to its end: a source, the turn-taking, the sink.
            NodeFailed: `new` cannot be opened. `old` stays.
            Overrun: opening it takes longer than `open_within`. `old` stays.
            VoiceflowError: the session is over, or was left before `new` was open.
        """
        await self._work.lineup.swap([(old, new)], self._open_within)

    async def hand_over(self, agent: Agent, *, context: Context = "whole") -> None:
        """Another agent goes on. A tool does this by returning the agent, or a `Transfer` to it.

        What `agent` brings is opened first, while the present one is on duty. A reply under way is said to its end.

        Raises:
            GraphError: a node that it brings does not fit into the graph.
            NodeFailed, Overrun: one cannot be opened. The present agent stays.
            ValueError: two of its tools have the same name, or `context` is none.
            VoiceflowError: another agent took over meanwhile, or the session was left.
        """
        await self._duty.hand_over(Transfer(agent, context))

    async def task(self, task: Task[T]) -> T:
        """Have a task done: its agent is on duty until there is a result, and then the present one again.

        A tool that awaits one goes on when the reply that called it is over, and so is declared
        `@tool(effect="must_finish", timeout=...)`; its output is answered when it comes.

        Raises:
            GaveUp: the task has no result.
            VoiceflowError: the tool that awaits it would end with its reply, or a node would wait for its own turn. And
                whatever `hand_over` raises.
        """
        if not self._runner.let_go():
            self._conductor.agenda.within.may_wait()
        return await self._duty.perform(task)

    def events(self, *names: str) -> Events:
        """Marks of these names as they come, for `async for`; "state" tells what the user and the agent do."""
        events = Events(frozenset(names))
        events.read(self.trace)
        self._work.readers.append(events)
        if self._work.ended:
            events.close()
        return events

    @contextmanager
    def muted(self) -> Generator[None, None, None]:
        """Do not listen to the user while this is open: what is said now is not heard later either."""
        conductor = self._conductor
        conductor.mute(1)
        try:
            yield
        finally:
            conductor.mute(-1)

    def close(self, *, within: float = 0.0) -> None:
        """End the call, from anywhere in it: what is said and waits is said to its end, for at most `within` seconds.

        Then nothing more is said, `finished()` returns, and leaving the session takes no longer than its
        `close_within`.
        """
        self._work.hang_up(within)

    def interrupt(self, *, force: bool = False) -> bool:
        """Stop what is being said. Whether something was."""
        current = self._conductor.agenda.current
        return current is not None and current.interrupt(force=force)

    async def finished(self) -> None:
        """Wait until every source has ended and nothing is left to say, or the session is left."""
        await self._work.finished()

    def wires(self) -> dict[str, WireStats]:
        """Every wire of the session and of the reply that is being said at this moment, by its name."""
        ports = self._work.open_ports()
        return {inbox.wire.name: inbox.wire.stats() for each in ports for inbox in each.inboxes.values()}

    @property
    def _work(self) -> Running:
        if self._running is None:
            raise VoiceflowError("the session is not running: use it inside `async with Session(graph) as session`")
        return self._running

    @property
    def _conductor(self) -> Conductor:
        conductor = self._work.conductor
        if conductor is None:
            raise GraphError("this graph has nothing to answer with; connect a Speaker or a TextSink to the end of it")
        return conductor

    def _cannot(self, do: str, wanted: str) -> GraphError:
        return GraphError(
            f"this graph cannot {do} anything: no turn node takes a {wanted}; "
            "connect an LLM for answers, a chunker and a TTS (or a TextSink) for text, a Speaker for sound"
        )

    @asynccontextmanager
    async def _run(self) -> AsyncGenerator[None, None]:
        with self._letting_go(), self.graph.in_use(), self._duty.cast(self._agent, told=self._named):
            layout, self._clock = plan(self.graph), Clock()
            around = Surroundings(self._clock, self.trace, self._executor)
            settings = self._restarts, self._turn_restarts, self._runner, self._tool_use
            running = Running(self.graph, layout, around, self._history, *settings, self._duty, self._window)
            with one_error(), running.told_to_the_end():
                async with timers(), self._work_of(running):
                    yield
                if self.trace.error is not None:
                    raise self.trace.error

    @contextmanager
    def _letting_go(self) -> Generator[None, None, None]:
        """In the end nothing holds this session that it holds itself: it is freed when nobody else does."""
        try:
            yield
        finally:
            self._duty.let_go()
            silence(self._duty.supply)
            self._runner.session = None
            if self._running is not None:
                self._running.let_go()

    @asynccontextmanager
    async def _work_of(self, running: Running) -> AsyncGenerator[None, None]:
        # What must finish outlives the turn that called it, and ends before the session does.
        async with self._duty.supply.open(), self._runner.open(), trio.open_nursery() as nursery:
            await running.open(nursery, self._open_within)
            self._running = running
            running.start()
            self._duty.begin(running, nursery, told=self._named)
            try:
                yield
            finally:
                running.stop()
            await running.close(self._close_within)

    def _offer(self, tools: Toolbox) -> None:
        self._runner.tools = tools
        names = tuple(tool.name for tool in tools)
        # Those of a hand-off are in the history by then.
        if self._named and self._running is not None and self._history.config().tools != names:
            self._history.append(ConfigUpdate(tools=names))

    def _tell_of_tools(self, source: str, name: str, **values: object) -> None:
        assert self._clock is not None
        self.trace.mark(self._clock.now(), None, "tools", name, {"source": source, **values})
