"""What a tool returns so that another agent goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import attrs

from voiceflow.agents.agent import Agent
from voiceflow.chat.turns import recent_turns
from voiceflow.items import Item

Context = Literal["whole", "none"] | int | Callable[[Item], bool]
"""What the next agent is told of the conversation so far: all, nothing, the last so many turns, or the items chosen."""


def _is_context(transfer: Transfer, field: attrs.Attribute[Context], value: object) -> None:
    if value in ("whole", "none") or callable(value) or (isinstance(value, int) and value >= 0):
        return
    raise ValueError(f"context is 'whole', 'none', a number of turns, or a function of an item; got {value!r}")


@attrs.frozen
class Transfer:
    """Another agent goes on. `said` is the output of the tool, which a model that sees the call is told.

    Raises:
        ValueError: `context` is none.
    """

    agent: Agent
    context: Context = attrs.field(default="whole", validator=_is_context)
    said: str = ""

    @classmethod
    def of(cls, value: object) -> Transfer | None:
        """What a tool returned, if that is an agent or how to hand over to one."""
        return value if isinstance(value, Transfer) else cls(value) if isinstance(value, Agent) else None

    def hides(self, items: Sequence[Item]) -> tuple[str, ...]:
        """The ids of those of `items` that the next agent is not told."""
        kept = {item.id for item in self._kept(items)}
        return tuple(item.id for item in items if item.id not in kept)

    def _kept(self, items: Sequence[Item]) -> Sequence[Item]:
        if self.context == "whole":
            return items
        if self.context == "none":
            return ()
        if callable(self.context):
            return [item for item in items if self.context(item)]
        return recent_turns(items, self.context)


@attrs.frozen
class Ended:
    """What a tool returns when its agent has nothing more to say: its model is not asked again."""

    said: str = "Done."
