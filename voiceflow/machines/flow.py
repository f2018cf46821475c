"""How a flow goes on: a pure machine, from a point and an event to a point and actions.

Nothing is changed by a step: any point that was kept can be gone on from, and twice as well.
"""

from __future__ import annotations

from typing import Any

import attrs

from voiceflow.machines.flow_point import Event, Point, Stepped, Thread
from voiceflow.machines.flow_steps import Course, Do, Pause
from voiceflow.machines.flow_work import Work


@attrs.frozen
class FlowMachine(Course):
    """A flow, of which points are gone on from."""

    def begin(self, state: Any) -> Point:
        """A flow that has not begun: the first turn begins it."""
        return Point((Thread((), self.start, "new", state),))

    def step(self, point: Point, event: Event) -> Stepped:
        """What comes of an event. One that is not waited for, or not any more, changes nothing.

        Raises:
            VoiceflowError: the flow goes in a circle in which nobody is asked, or states cannot be joined.
        """
        work = Work.at(self, point)
        work.happen(event)
        return work.done()

    def resume(self, point: Point) -> Stepped:
        """Go on from a point that was kept: what was being done, and what is waited for, is not known any more."""
        work = Work.at(self, point)
        for thread in point.threads:
            step = self.steps[thread.at]
            if thread.phase == "do" and isinstance(step, Do):
                if step.repeatable:
                    work.enter(thread, thread.at)
                else:
                    work.leave(thread, step.otherwise)
            elif thread.phase == "pause" and isinstance(step, Pause):
                work.tell(thread, step)
        return work.done()
