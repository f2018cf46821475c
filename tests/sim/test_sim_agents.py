"""Simulated callers of agents that hand over to each other and have tasks done: what must hold of every call holds."""

from __future__ import annotations

from collections import Counter

import attrs
import trio

from voiceflow import Session
from voiceflow.agents import Agent, CollectName
from voiceflow.sim import generate, simulate
from voiceflow.sim.conversation import Conversation
from voiceflow.sim.invariants import breaches
from voiceflow.tools import ToolContext, tool

SEEDS = range(7000, 7016)


class Desk(Agent):
    """Has the tools that the simulated model calls: one has the other desk go on, one has a name asked for."""

    async def on_enter(self, session: Session) -> None:
        session.say("Now it is me.")

    @tool
    async def look(self, where: str = "") -> Agent:
        """Have the other desk go on."""
        await trio.sleep(0.3)
        return Desk(f"You are not {self.instructions}", persona=False)

    @tool(effect="cancellable")
    async def ask(self, where: str = "") -> str:
        """Ask somebody."""
        await trio.sleep(0.8)
        return "yes"

    @tool(effect="must_finish", timeout=6)
    async def book(self, ctx: ToolContext, where: str = "") -> str:
        """Book something, in a name that is asked for."""
        return await CollectName(by_rule=True).run(ctx.session)


def called(seed: int) -> Conversation:
    """The call of a seed, in which the model calls tools in half of its replies."""
    script = generate(seed, seconds=15, faults=1)
    return simulate(attrs.evolve(script, setup=attrs.evolve(script.setup, calls=50)), agent=Desk("a desk"))


def test_hand_offs_in_the_middle_of_calls_break_no_rule() -> None:
    """Whoever interrupts, hangs up or says nothing meanwhile, and whatever goes wrong."""
    seen = Counter[str]()
    for seed in SEEDS:
        call = called(seed)
        assert breaches(call) == [], seed
        seen.update(type(item).__name__ for item in call.items)
        seen["interruptions"] += call.interruptions
    assert seen["HandOff"] > 5
    assert seen["ToolCall"] == seen["ToolOutput"] > 20
    assert seen["interruptions"] > 5


def test_the_same_seed_hands_over_at_the_same_time() -> None:
    """To the byte."""
    assert called(SEEDS[0]).trace() == called(SEEDS[0]).trace()
