"""Runs what a model calls: all calls of a reply at once, and for each exactly one output, whatever happens.

The calls of a turn run inside it: when it is cancelled they are, and that is their output. What must finish runs beside
the turns, in the nursery of the runner: a cancelled turn is over at once, and the output comes when it comes.
"""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, cast

import attrs
import trio

from voiceflow._executor import Executor, ThreadExecutor
from voiceflow.errors import VoiceflowError, describe
from voiceflow.items import Part, ToolCall, ToolOutput
from voiceflow.tools.context import ToolContext, ToolError
from voiceflow.tools.function import Tool
from voiceflow.tools.mismatch import Mismatch
from voiceflow.tools.output import LIMIT, cut, told
from voiceflow.tools.toolbox import Toolbox, UnknownTool

_THREADS = 8  # sync tools of one name that work at the same time
_LOG = logging.getLogger("voiceflow.tools")
"""Where what a tool raised is told in full: neither the model nor a trace hears the words of it."""


@attrs.frozen
class ToolStarted:
    """A call has begun."""

    call: ToolCall


@attrs.frozen
class ToolProgress:
    """A call is at work: `part` of it is done, from 0 to 1, if that is known."""

    call: ToolCall
    part: float | None
    note: str


@attrs.frozen
class ToolDone:
    """A call has its output. `value` is what the tool gave, `problem` what went wrong, in words that quote nobody."""

    call: ToolCall
    output: ToolOutput
    seconds: float
    value: Any = attrs.field(default=None, repr=False)
    problem: str = ""


@attrs.frozen
class ToolLetGo:
    """A call goes on when the reply that made it is over: its output comes when it comes."""

    call: ToolCall


ToolEvent = ToolStarted | ToolProgress | ToolLetGo | ToolDone


def _toolbox(tools: Iterable[Tool[..., Any]]) -> Toolbox:
    return tools if isinstance(tools, Toolbox) else Toolbox(tools)


def _nothing(*_: object) -> None:
    pass


async def _as_it_is(value: object) -> object:
    return value


@attrs.define(eq=False)
class ToolRunner:
    """Runs calls of `tools`. Made by `ToolRunner.open`, which is left when all that must finish has.

    `tell` is called with every `ToolEvent`, at once, in order, and in the task that the tool runs in; `ToolDone` comes
    exactly once for each call. `say` is what `ctx.say` does, `session` is what `ctx.session` is. Outputs are cut after
    `limit` characters.
    """

    tools: Toolbox = attrs.field(converter=_toolbox)
    tell: Callable[[ToolEvent], object] = attrs.field(default=_nothing, kw_only=True, repr=False)
    say: Callable[[str], object] = attrs.field(default=_nothing, kw_only=True, repr=False)
    session: Any = attrs.field(default=None, kw_only=True, repr=False)
    executor: Executor = attrs.field(factory=ThreadExecutor, kw_only=True, repr=False)
    limit: int = attrs.field(default=LIMIT, kw_only=True, validator=attrs.validators.ge(1))
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False, repr=False)
    _works: dict[trio.lowlevel.Task, _Work] = attrs.field(factory=dict[Any, Any], init=False, repr=False)
    """Those that are at work, by their tasks."""

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[ToolRunner, None]:
        """Where calls can run. Leaving waits for what must finish, each within its timeout; also when cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                yield self
            finally:
                self._nursery = None

    async def run(
        self,
        calls: Sequence[ToolCall],
        *,
        tools: Toolbox | None = None,
        tell: Callable[[ToolEvent], object] | None = None,
        say: Callable[[str], object] | None = None,
        settle: Callable[[object], Awaitable[object]] = _as_it_is,
    ) -> tuple[ToolDone, ...]:
        """Run the calls of one reply, all at once, and give their outputs in the order of the calls.

        `tools`, `tell` and `say` stand for those of the runner in these calls, whatever task or thread they run in.
        `settle` is given what a tool returned, and gives what the model is told instead; what it raises is the tool's.
        A call that was let go is left out. Cancelled, it has told the output of each call that can be cancelled; the
        others go on, and tell theirs.
        """
        nursery = self._nursery
        if nursery is None:
            raise RuntimeError("the runner is not open: use it inside `async with runner.open()`")
        box = self.tools if tools is None else tools
        works = [_Work(self, box, call, tell or self.tell, say or self.say, settle) for call in calls]
        async with trio.open_nursery() as here:
            for work in works:
                (nursery if work.must_finish else here).start_soon(work.run, name=f"tool {work.call.name}")
            for work in works:
                await work.over.wait()  # or let go
        return tuple(done for work in works if (done := work.done) is not None)

    def let_go(self) -> bool:
        """The tool that this task works for goes on when its reply is over. Whether it works for one.

        Raises:
            VoiceflowError: an interruption would stop the tool, or the end of the reply.
        """
        work = self._mine()
        if work is None:
            return False
        if not work.must_finish:
            raise VoiceflowError(
                f"the tool {work.call.name} would wait for what is said after the reply that called it, and ends with "
                'that; declare it @tool(effect="must_finish", timeout=...), with as many seconds as it may take'
            )
        if not work.over.is_set():
            work.tell(ToolLetGo(work.call))
            work.over.set()
        return True

    def _mine(self) -> _Work | None:
        """The call that this task works for."""
        task: trio.lowlevel.Task | None = trio.lowlevel.current_task()
        while task is not None and task not in self._works:
            task = None if task.parent_nursery is None else task.parent_nursery.parent_task
        return None if task is None else self._works[task]

    @contextmanager
    def working(self, work: _Work) -> Generator[None, None, None]:
        """This task works for a call while this is open."""
        task = trio.lowlevel.current_task()
        self._works[task] = work
        try:
            yield
        finally:
            del self._works[task]


def _alone(failures: tuple[Exception, ...]) -> Exception:
    """What a tool raised, out of the nurseries that it came through."""
    while len(failures) == 1 and isinstance(failures[0], ExceptionGroup):
        inner = cast(ExceptionGroup[Exception], failures[0])
        failures = inner.exceptions
    return failures[0] if len(failures) == 1 else ExceptionGroup("several", failures)


@attrs.define(eq=False)
class _Work:
    """One call, from its beginning to its output."""

    runner: ToolRunner
    tools: Toolbox
    call: ToolCall
    tell: Callable[[ToolEvent], object]
    say: Callable[[str], object]
    settle: Callable[[object], Awaitable[object]]
    tool: Tool[..., Any] | None = attrs.field(default=None, init=False)
    arguments: dict[str, Any] = attrs.field(factory=dict[str, Any], init=False)
    refusal: str = attrs.field(default="", init=False)
    done: ToolDone | None = attrs.field(default=None, init=False)
    over: trio.Event = attrs.field(factory=trio.Event, init=False)
    _started: float = attrs.field(factory=trio.current_time, init=False)

    def __attrs_post_init__(self) -> None:
        try:
            self.tool = self.tools[self.call.name]
            self.arguments = self.tool.arguments(self.call.arguments)
        except (UnknownTool, Mismatch) as error:
            self.refusal = f"{error}. Call it again as it should be." if isinstance(error, Mismatch) else str(error)

    @property
    def must_finish(self) -> bool:
        return self.tool is not None and self.tool.effect == "must_finish" and not self.refusal

    async def run(self) -> None:
        self.tell(ToolStarted(self.call))
        if self.refusal or self.tool is None:
            self._finish(self.refusal, problem="the call is not as the tool wants it" if self.tool else "no such tool")
            return
        context = ToolContext(self.call, self.runner.session, self.say, self._tell_progress)
        try:
            # What must finish is stopped by its timeout alone, which is what bounds the shield.
            with trio.CancelScope(shield=self.must_finish), self.runner.working(self):
                await self._work(self.tool, context)
        finally:
            context.close()
            if self.done is None:
                self._finish("The call was cancelled: the user interrupted.", problem="cancelled")

    async def _work(self, tool: Tool[..., Any], context: ToolContext) -> None:
        given = {tool.context: context} if tool.context is not None else {}
        limit = f"{tool.timeout:g} s" if tool.timeout is not None else ""
        value: Any = None
        failures: tuple[Exception, ...] = ()
        scope = trio.move_on_after(tool.timeout if tool.timeout is not None else math.inf)
        try:
            with scope:
                await trio.lowlevel.checkpoint_if_cancelled()  # what is not wanted any more is not begun
                value = await self.settle(await self._call(tool, {**self.arguments, **given}))
        # A tool is anybody's code: the runner is its supervisor, and the call goes on. What it raises while it is
        # cancelled comes in one group with the cancellation, which goes on its way.
        except* Exception as group:
            failures = group.exceptions
        if scope.cancelled_caught:
            self._finish(f"Expected a result within {limit}, got none.", problem=f"no result within {limit}")
        elif failures:
            self._failed(_alone(failures))
        else:
            self._gave(value)

    async def _call(self, tool: Tool[..., Any], given: dict[str, Any]) -> Any:
        if tool.is_async:
            return await tool.function(**given)
        return await self.runner.executor.compute(
            lambda: tool.function(**given), model=f"tool {tool.name}", width=_THREADS
        )

    def _gave(self, value: object) -> None:
        try:
            parts = told(value, self.runner.limit)
        except (TypeError, ValueError, RecursionError) as error:
            self._finish("The tool gave something that cannot be written down.", problem=type(error).__name__)
        else:
            self._finish(*parts, value=value)

    def _failed(self, error: Exception) -> None:
        if not isinstance(error, ToolError):
            _LOG.error("the tool %s failed", self.call.name, exc_info=error)
        if isinstance(error, ToolError):
            self._finish(cut(str(error), self.runner.limit), problem="ToolError")
        else:
            self._finish(f"The tool failed with {describe(error)}.", problem=describe(error))

    def _finish(self, *parts: Part, value: object = None, problem: str = "") -> None:
        output = ToolOutput(self.call.call, parts, bool(problem))
        self.done = ToolDone(self.call, output, trio.current_time() - self._started, value, problem)
        self.over.set()
        self.tell(self.done)

    def _tell_progress(self, part: float | None, note: str) -> None:
        self.tell(ToolProgress(self.call, part, note))
