"""The time of one agent on duty, and a hand-off that is ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import trio

from voiceflow.agents.agent import Agent
from voiceflow.agents.task import Task
from voiceflow.agents.transfer import Transfer
from voiceflow.node import Node
from voiceflow.tools.source import AnyTool, ToolSource
from voiceflow.tools.toolbox import Toolbox
from voiceflow.utterance import Utterance

EXIT = 5.0  # seconds that an agent has for taking leave


@attrs.define(eq=False)
class Stay:
    """The time of one agent on duty."""

    agent: Agent
    by: Utterance | None = None
    """The reply in which it was handed over to."""
    transfer: Transfer | None = None
    mark: str = ""
    """The id of the item that tells of it."""
    hid: tuple[str, ...] = ()
    """What was hidden from the agent before."""
    asked: int | None = None
    """How much had been asked of the agenda when it came, if it is to answer when it says nothing by itself."""
    task: Task[Any] | None = None
    """What it is on duty for, if somebody waits for the result."""
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    ended: trio.Event = attrs.field(factory=trio.Event, init=False)
    begun: bool = attrs.field(default=False, init=False)
    left: trio.Event = attrs.field(factory=trio.Event, init=False)
    """It has taken leave."""

    def end(self, why: str) -> None:
        self.scope.cancel(reason=why)
        self.ended.set()
        if self.task is not None:
            self.task.stop()


@attrs.frozen(eq=False)
class Move:
    """A hand-off that is ready."""

    transfer: Transfer
    nodes: Sequence[tuple[str, Node, Node]]
    functions: Sequence[AnyTool]
    sources: Sequence[ToolSource]
    tools: Toolbox
