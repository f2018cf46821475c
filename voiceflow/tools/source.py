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
    _scopes: list[trio.CancelScope] = attrs.field(factory=list[trio.CancelScope], init=False)
    _open: bool = attrs.field(default=False, init=False)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None, None]:
        """Start every source, all at once; they work until this is left, and what is called in them may end before.

        Raises:
            ValueError: two tools have the same name.
        """
        async with trio.open_nursery() as nursery:
            async with trio.open_nursery() as starting:
                for place, source in enumerate(self.sources):
                    starting.start_soon(nursery.start, self._work, place, source)
            self.supply(Toolbox([*self.functions, *self._all()]))
            self._open = True
            # A call that must finish goes on when the session is cancelled, and so does who answers it.
            for scope in self._scopes:
                scope.shield = True
            try:
                yield
            finally:
                for scope in self._scopes:
                    scope.cancel(reason="the session was left")

    async def _work(self, place: int, source: ToolSource, *, task_status: trio.TaskStatus[None]) -> None:
        with trio.CancelScope() as scope:
            self._scopes.append(scope)
            await source.run(partial(self._offer, place), partial(self.tell, source.label), task_status=task_status)

    def _offer(self, place: int, tools: Sequence[AnyTool]) -> None:
        self._offered[place] = tuple(tools)
        if self._open:
            self.supply(self._toolbox())

    def _all(self) -> list[AnyTool]:
        return [tool for place in sorted(self._offered) for tool in self._offered[place]]

    def _toolbox(self) -> Toolbox:
        """In a call a name that is there twice is no reason to end it: who has it first keeps it."""
        found = {tool.name: tool for tool in self.functions}
        for tool in self._all():
            if found.setdefault(tool.name, tool) is not tool:
                _LOG.warning("another tool is called %s already; the newer one is left out", tool.name)
        return Toolbox(found.values())
