"""The session's clock: integer nanoseconds since its epoch, and the order of things that fall on one instant.

At equal times, what the user does comes before timers, and timers before output. Timers are therefore set a little
late and output a little later: less than the microsecond to which times are rounded before they are compared.
"""

from __future__ import annotations

import attrs
import trio

from voiceflow._timers import OF_THE_RUN

SECOND = 1_000_000_000
MICROSECOND = 1_000
TIMER = 100e-9
OUTPUT = 300e-9


async def sleep_until(deadline: float) -> None:
    """As `trio.sleep_until`, for a fraction of what that costs where a session is open.

    A cancel from outside is one, also when it comes after the deadline and before the task has run.
    """
    timers = OF_THE_RUN.get()
    if timers is not None:
        await trio.lowlevel.wait_task_rescheduled(timers.enter(deadline))
    if timers is None or timers.ended.is_set():
        await trio.sleep_until(deadline)
    await trio.lowlevel.checkpoint_if_cancelled()


@attrs.define
class Clock:
    """Counts from `epoch` (seconds of Trio's clock), which is set when the session begins to run."""

    epoch: float = attrs.field(factory=trio.current_time)

    def now(self) -> int:
        """Nanoseconds since the epoch, rounded to a microsecond."""
        return round((trio.current_time() - self.epoch) * 1_000_000) * MICROSECOND

    def when(self, t: int) -> float:
        """The instant `t` on Trio's clock, at the next whole microsecond: `now()` is not before `t` then."""
        return self.epoch + -(-t // MICROSECOND) * MICROSECOND / SECOND
