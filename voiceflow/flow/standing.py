"""Where the flow of a call stands, and what it has heard of the caller.

What the rules of a flow raise ends no call: they are anybody's code, and run in the middle of one. The flow stays where
it is, what was said counts as heard, and the trace tells which step it was.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import attrs

from voiceflow.errors import describe
from voiceflow.flow.flow import Flow
from voiceflow.flow.keeper import Keeper
from voiceflow.items import Item, Message
from voiceflow.machines.flow_point import Done, Event, Failed, Point, Stepped
from voiceflow.services import Services

_LOG = logging.getLogger("voiceflow.flow")


@attrs.frozen
class Heard:
    """Where the flow stood, and up to which item it had heard the caller, before what nobody has heard anything of."""

    point: Point
    before: int
    upto: int


@attrs.define(eq=False)
class Standing:
    """The flow's point in a call, the last item of the caller that it has heard, and what can be taken back."""

    flow: Flow[Any]
    keeper: Keeper
    services: Services = attrs.field(repr=False)
    point: Point
    upto: int = attrs.field(default=0, init=False)
    unheard: Heard | None = attrs.field(default=None, init=False)

    def step(self, event: Event) -> Stepped | None:
        """What comes of an event; nothing has changed yet. None if a rule of the flow failed on it."""
        try:
            return self.flow.step(self.point, event)
        except Exception as error:  # anybody's rules, in the middle of a call
            at = ", ".join(self.point.at)
            _LOG.error("a rule of the flow %s failed at %s", self.flow.name, at, exc_info=error)
            self.services.mark("flow.failed", step=at, error=describe(error))
        # What is done is over, whatever comes of it: nobody waits for it any more.
        return self.step(Failed(event.serial)) if isinstance(event, Done) else None

    def keep(self, point: Point) -> None:
        """Stand there from now on."""
        if point != self.point:
            self.point = point
            self.keeper.put(point)
            self.services.mark("flow.moved", steps=list(point.at))

    def heard(self, upto: int) -> None:
        """The caller was heard up to this item."""
        self.upto = max(self.upto, upto)

    def take_back(self, items: Sequence[Item]) -> None:
        """Nobody heard anything of the last step: the caller went on talking, and it is taken again with all of it."""
        unheard, self.unheard = self.unheard, None
        if unheard is None:
            return
        answered = any(isinstance(i, Message) and i.role == "assistant" and i.sequence > unheard.upto for i in items)
        if not answered:
            self.keep(unheard.point)
            self.upto = unheard.before

    def said(self, items: Sequence[Item]) -> tuple[str, int]:
        """What the caller has said that was not heard yet, and the number of the last of it."""
        users = [item for item in items if isinstance(item, Message) and item.role == "user"]
        new = [item for item in users if item.sequence > self.upto]
        return " ".join(item.text for item in new), max((item.sequence for item in new), default=self.upto)
