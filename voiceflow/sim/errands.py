"""Tools that the simulated model calls: one of each effect, which take their time and fail as the script says."""

from __future__ import annotations

import itertools
from random import Random
from typing import Any

import attrs
import trio

from voiceflow.items import ToolCall
from voiceflow.sim.faults import Faults, latency
from voiceflow.tools import Tool, ToolContext, tool

SECRET = "kaboom"
"""What a tool that breaks says: it stands in the log and nowhere else."""


@attrs.define(eq=False)
class Errands:
    """The tools of one conversation. A job is a call that runs."""

    seed: int
    faults: Faults
    median: int = 300
    _jobs: itertools.count[int] = attrs.field(factory=itertools.count, init=False)

    def tools(self) -> list[Tool[..., Any]]:
        """What the model may call."""

        @tool
        async def look(where: str = "") -> str:
            """Look something up."""
            return await self._work()

        @tool(effect="cancellable")
        async def ask(where: str = "") -> str:
            """Ask somebody."""
            return await self._work()

        @tool(effect="must_finish")
        async def book(ctx: ToolContext, where: str = "") -> str:
            """Book something."""
            ctx.say("One moment please.")
            return await self._work()

        return [look, ask, book]

    async def _work(self) -> str:
        job = next(self._jobs)
        random, fault = Random(f"{self.seed} tool {job}"), self.faults.of("tool", job)
        slow = 8 if fault is not None and fault.kind == "slow" else 1
        await trio.sleep(latency(random, self.median * slow) / 1e9)
        if fault is not None and fault.kind == "stall":
            await trio.sleep(fault.ms / 1000)
        if fault is not None and fault.kind == "error":
            raise RuntimeError(SECRET)
        return f"result {job}"


def called(random: Random, id: str, percent: int) -> list[ToolCall]:
    """What a model calls at the end of a reply, under ids that begin so: mostly nothing, and some of it wrong."""
    if random.randrange(100) >= percent:
        return []
    names, arguments = ("look", "ask", "book", "book", "nowhere"), ("{}", '{"where": "here"}', '{"where": 5}', "{")
    count = random.choice((1, 1, 2))
    return [
        ToolCall(f"{id}-{number}", random.choice(names), random.choices(arguments, (8, 8, 1, 1))[0])
        for number in range(count)
    ]
