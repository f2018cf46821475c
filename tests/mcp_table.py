"""What tests of MCP servers have in the place of a session."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from voiceflow.items import ToolCall, ToolOutput
from voiceflow.tools import Tool, ToolEvent, ToolRunner
from voiceflow.tools.source import Supply, ToolSource


async def until(there: Callable[[], bool]) -> None:
    """Another process has no event to wait for."""
    while not there():  # noqa: ASYNC110
        await trio.sleep(0.01)


@attrs.define
class Table:
    """What a session would have: a runner, whose tools are those of the moment, and what was told."""

    runner: ToolRunner
    told: list[tuple[str, Mapping[str, Any]]] = attrs.field(factory=list[tuple[str, Mapping[str, Any]]])
    events: list[ToolEvent] = attrs.field(factory=list[ToolEvent])

    def tell(self, source: str, name: str, **values: object) -> None:
        self.told.append((name, values))

    async def call(self, name: str, arguments: str = "{}") -> ToolOutput:
        [done] = await self.runner.run([ToolCall("a", name, arguments)])
        return done.output

    async def until(self, name: str, times: int = 1) -> None:
        await until(lambda: [each for each, _ in self.told].count(name) >= times)


@asynccontextmanager
async def table(*sources: ToolSource, functions: tuple[Tool[..., Any], ...] = ()) -> AsyncGenerator[Table, None]:
    runner = ToolRunner(functions)
    laid = Table(runner)
    runner.tell = laid.events.append
    with trio.fail_after(30):
        supply = Supply(functions, sources, lambda tools: setattr(runner, "tools", tools), laid.tell)
        async with supply.open(), runner.open():
            yield laid
