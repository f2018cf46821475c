"""What the steps of a flow have begun in a call: what they do, and whom they wait for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import trio

from voiceflow.flow.errand import Errand
from voiceflow.flow.standing import Standing
from voiceflow.machines.flow_point import Action, Await, Converse, Event, Late, Run, Speak

OnPause = Callable[[str, str], object]
"""Is called with the name of a step that waits for somebody outside, and what he is to be told."""


@attrs.define(eq=False)
class Work:
    """Begins what takes its time, beside the turns; what comes of it is posted as an event."""

    standing: Standing
    nursery: trio.Nursery = attrs.field(repr=False)
    on_pause: OnPause | None
    post: Callable[[Event], None] = attrs.field(repr=False)
    doing: int = attrs.field(default=0, init=False)
    """How many steps are doing what they do."""

    def begin(self, actions: Sequence[Action]) -> list[Speak | Converse]:
        """Begin what is begun by these, and give back what is to be said."""
        for action in actions:
            if isinstance(action, Run):
                self.doing += 1
                self.nursery.start_soon(self._do, action, name=f"flow {action.step}")
            elif isinstance(action, Await):
                self._pause(action)
        return [action for action in actions if isinstance(action, Speak | Converse)]

    async def _do(self, action: Run) -> None:
        standing = self.standing
        event = await Errand(standing.flow, action, standing.services, standing.keeper).run()
        self.doing -= 1
        self.post(event)

    def _pause(self, action: Await) -> None:
        self.standing.services.mark("flow.paused", step=action.step)
        if self.on_pause is not None:
            self.on_pause(action.step, action.about)
        if action.within is not None:
            self.nursery.start_soon(self._late, action.serial, action.within, name=f"flow {action.step}")

    async def _late(self, serial: int, within: float) -> None:
        await trio.sleep(within)
        self.post(Late(serial))
