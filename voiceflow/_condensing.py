"""Keeps a conversation within its window: summaries are written between turns, by the model that answers.

A summary has no right to the model's node: it is given up when a turn wants that, and begun again when it is free. What
is still too long then is left out of the prompt, which costs nothing but that.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import trio

from voiceflow._guessing import Guessing, Mark
from voiceflow._opening import Given
from voiceflow._rounds import SessionTools
from voiceflow._stages import standing
from voiceflow._turn import Turn
from voiceflow._wiring import Plan, Surroundings, plan
from voiceflow.chat.history import History
from voiceflow.chat.turns import visible
from voiceflow.chat.window import ContextWindow, SummaryPlan
from voiceflow.frames import Prompt
from voiceflow.graph import Graph
from voiceflow.items import Item
from voiceflow.machines.restart import RestartPolicy
from voiceflow.text_sink import TextSink

EARLY = 0.8
"""The part of the window that is full when a summary is written, so that it is there before something is left out."""


@attrs.define(eq=False)
class Condensing:
    """Writes summaries in the history of one session."""

    window: ContextWindow
    plan: Plan
    around: Surroundings
    history: History
    guessing: Guessing
    tools: SessionTools
    mark: Mark
    idle: Callable[[], bool]
    """Whether nothing is being said or waits to be said."""
    _wake: trio.Event = attrs.field(factory=trio.Event, init=False)

    def turn_ended(self) -> None:
        """Now it may be time."""
        self._wake.set()

    def due(self) -> SummaryPlan | None:
        """What is to be summarised."""
        early = attrs.evolve(self.window, tokens=max(1, int(EARLY * self.window.tokens)))
        return early.summary(visible(self.history.items))

    async def run(self) -> None:
        """As long as the session runs."""
        while True:
            await self._wake.wait()
            self._wake = trio.Event()
            due = self.due() if self.idle() else None
            models = [node for node in standing(self.plan.graph, "llm") if not node.scripted]
            if due is None or len(models) != 1:
                continue
            sink, began = TextSink(), self.around.clock.now()
            # A graph of its own: the model, and who reads what it writes. It is open, for it is the session's.
            alone = plan(Graph().connect(models[0], sink))
            async with self.guessing.between_turns() as scope:
                text = await self._written(alone, sink, due.prompt())
            if not scope.cancelled_caught and text:
                self.history.condense(due.ids, text)
                seconds = (self.around.clock.now() - began) / 1e9
                self.mark("context.summarised", items=len(due.ids), seconds=seconds)

    async def _written(self, alone: Plan, sink: TextSink, prompt: Prompt) -> str:
        """What the model writes, in a turn that is none of the conversation's; "" when it fails."""

        def none(*_: object) -> None:
            pass

        async def nobody(*_: object) -> None:
            pass

        def unwritten(item: Item) -> Item:
            return item

        around, way = self.around, alone.turns[Prompt]
        tools = SessionTools(self.tools.use, self.tools.runner, self.tools.agents, unwritten, lambda *_, **__: None)
        turn = Turn(0, alone, way, around, RestartPolicy(attempts=0), tools, none, nobody)
        await turn.run(Given(prompt))
        if turn.error is not None:
            self.mark("context.failed")
        return "" if turn.error is not None else sink.heard(0).strip()
