"""Tools that come and go while a session runs: those of another program, say."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import attrs
import trio

from voiceflow.errors import VoiceflowError
from voiceflow.tools.function import Tool
from voiceflow.tools.toolbox import Toolbox

AnyTool = Tool[..., Any]
Offer = Callable[[Sequence[AnyTool]], None]
"""Replaces what a source offered before."""
Tell = Callable[..., None]
"""Tells of something that happened: its name, and values."""

_LOG = logging.getLogger("voiceflow.tools")


class ToolSource(ABC):
    """Where tools come from that are not known before a session opens, or change while it runs."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What it is called where something is said of it."""

    @abstractmethod
    async def run(self, offer: Offer, tell: Tell, *, task_status: trio.TaskStatus[None]) -> None:
        """Offer tools until it is cancelled; it has started when those are offered that a first prompt may have.

        Several sessions may run one source at once. What it raises before it has started ends the opening of the
        session; what it raises later, the session.
        """


def parted(tools: Iterable[AnyTool | ToolSource]) -> tuple[list[AnyTool], list[ToolSource]]:
    """Functions, and sources of others."""
    everything = list(tools)
    sources = [each for each in everything if isinstance(each, ToolSource)]
    return [each for each in everything if not isinstance(each, ToolSource)], sources


@attrs.define(eq=False)
class Supply:
    """What the model of a session may call: functions, and what sources offer at the moment.

    `supply` is called with all of it when it has changed.
    """

    functions: Sequence[AnyTool]
    sources: Sequence[ToolSource]
    supply: Callable[[Toolbox], object]
    tell: Tell
    _offered: dict[int, Sequence[AnyTool]] = attrs.field(factory=dict[int, Sequence[AnyTool]], init=False)
    _scopes: dict[int, trio.CancelScope] = attrs.field(factory=dict[int, trio.CancelScope], init=False)
    """Of the sources that are at work, by their `id`."""
    _coming: list[ToolSource] = attrs.field(factory=list[ToolSource], init=False)
    """Those that may be in use soon."""
    _kept: Sequence[ToolSource] = attrs.field(default=(), init=False)
    """Those that are at work and not in use: of who will go on."""
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False)
    _open: bool = attrs.field(default=False, init=False)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None, None]:
        """Start every source, all at once; they work until this is left, and what is called in them may end before.

        Raises:
            ValueError: two tools have the same name.
        """
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            async with trio.open_nursery() as starting:
                for source in self.sources:
                    starting.start_soon(nursery.start, self._work, source)
            self.change(self.functions, self.sources, self.toolbox(self.functions, self.sources))
            self._open = True
            # A call that must finish goes on when the session is cancelled, and so does who answers it.
            for scope in self._scopes.values():
                scope.shield = True
            try:
                yield
            finally:
                self._nursery = None
                for scope in self._scopes.values():
                    scope.cancel(reason="the session was left")

    @asynccontextmanager
    async def started(self, sources: Sequence[ToolSource]) -> AsyncGenerator[None, None]:
        """Have these at work as well, beside those that are; who is not in use when this is left is stopped."""
        self._coming += sources
        try:
            for source in sources:
                if id(source) not in self._scopes:
                    await self._running.start(self._work, source)
            yield
        finally:
            for source in sources:
                self._coming.remove(source)
            self._stop_others()

    def toolbox(self, functions: Sequence[AnyTool], sources: Sequence[ToolSource]) -> Toolbox:
        """All that these offer.

        Raises:
            ValueError: two tools have the same name.
        """
        return Toolbox([*functions, *self._all(sources)])

    def change(
        self,
        functions: Sequence[AnyTool],
        sources: Sequence[ToolSource],
        tools: Toolbox,
        keep: Sequence[ToolSource] = (),
    ) -> None:
        """From now on these are offered; `tools` is all of it. A source that is not among them any more is stopped, but
        for those to `keep`."""
        self.functions, self.sources, self._kept = functions, sources, keep
        self.supply(tools)
        self._stop_others()

    def _stop_others(self) -> None:
        for other in self._scopes.keys() - {id(source) for source in (*self.sources, *self._kept, *self._coming)}:
            self._scopes.pop(other).cancel(reason="its tools are not in use any more")
            self._offered.pop(other, None)

    @property
    def _running(self) -> trio.Nursery:
        if self._nursery is None:
            raise VoiceflowError("the session is over; no tools can be opened")
        return self._nursery

    async def _work(self, source: ToolSource, *, task_status: trio.TaskStatus[None]) -> None:
        with trio.CancelScope(shield=self._open) as scope:
            self._scopes[id(source)] = scope
            try:
                await source.run(
                    partial(self._offer, source), partial(self.tell, source.label), task_status=task_status
                )
            finally:
                if self._scopes.get(id(source)) is scope:
                    del self._scopes[id(source)]

    def _offer(self, source: ToolSource, tools: Sequence[AnyTool]) -> None:
        self._offered[id(source)] = tuple(tools)
        if self._open and any(each is source for each in self.sources):
            self.supply(self._lenient())

    def _all(self, sources: Iterable[ToolSource]) -> list[AnyTool]:
        return [tool for source in sources for tool in self._offered.get(id(source), ())]

    def _lenient(self) -> Toolbox:
        """In a call a name that is there twice is no reason to end it: who has it first keeps it."""
        found = {tool.name: tool for tool in self.functions}
        for tool in self._all(self.sources):
            if found.setdefault(tool.name, tool) is not tool:
                _LOG.warning("another tool is called %s already; the newer one is left out", tool.name)
        return Toolbox(found.values())
