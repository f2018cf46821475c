"""The instants that tasks wait for, all in one heap: a sleep of Trio's opens a cancel scope, and that is what it costs.

One task holds the only scope. Its deadline is the first of the instants, so that Trio, or a virtual clock, knows how
long there is nothing to do; it is moved on before it passes, as an instrument wakes who is due whenever the loop has
waited. Sessions share the timers of their run. Where there is no session, a sleep has a scope of its own.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from heapq import heapify, heappop, heappush
from itertools import count

import attrs
import trio

Abort = Callable[[object], trio.lowlevel.Abort]

# Instants that nobody waits for any more stand in the heap until they pass, but for more than this and half of it all.
STALE = 100


@attrs.define(eq=False)
class Timers(trio.abc.Instrument):
    """Who sleeps, and until when."""

    users: int = 0
    """How many sessions need them."""
    ended: trio.Event = attrs.field(factory=trio.Event, init=False)
    instants: list[tuple[float, int]] = attrs.field(factory=list[tuple[float, int]], init=False)
    """A heap: when, and the number of who sleeps."""
    _asleep: dict[int, trio.lowlevel.Task] = attrs.field(factory=dict[int, trio.lowlevel.Task], init=False)
    _numbers: Iterator[int] = attrs.field(factory=count, init=False)
    _scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)

    async def run(self) -> None:
        """Until no session needs them."""
        trio.lowlevel.add_instrument(self)
        try:
            while self.users:
                with self._scope:
                    await trio.sleep_forever()
                # An instant fell between the instrument's look at the clock and Trio's own.
                self._scope = trio.CancelScope()
                self._ring(trio.current_time())
        finally:
            trio.lowlevel.remove_instrument(self)
            self._ring(math.inf)
            self.ended.set()

    def end(self) -> None:
        """No session needs them."""
        self._scope.cancel(reason="no session needs the timers")

    async def sleep(self, deadline: float) -> None:
        """Until then, or until the timers end."""
        await trio.lowlevel.wait_task_rescheduled(self.enter(deadline))

    def enter(self, deadline: float) -> Abort:
        """This task is to be woken then, or when the timers end. With what is returned it begins to wait."""
        number = next(self._numbers)
        self._asleep[number] = trio.lowlevel.current_task()
        heappush(self.instants, (deadline, number))
        if self.instants[0][1] == number:
            self._scope.deadline = deadline

        def abort(_: object) -> trio.lowlevel.Abort:
            self._forget(number)
            return trio.lowlevel.Abort.SUCCEEDED

        return abort

    def after_io_wait(self, timeout: float) -> None:
        if self.instants and self.instants[0][0] <= (now := trio.current_time()):
            self._ring(now)

    def _ring(self, now: float) -> None:
        """Wake who is due. The first instant for which somebody still sleeps then is the scope's deadline."""
        heap, asleep = self.instants, self._asleep
        while heap and (heap[0][0] <= now or heap[0][1] not in asleep):
            task = asleep.pop(heappop(heap)[1], None)
            if task is not None:
                trio.lowlevel.reschedule(task)
        self._scope.deadline = heap[0][0] if heap else math.inf

    def _forget(self, number: int) -> None:
        """This one was cancelled."""
        del self._asleep[number]
        if len(self.instants) > 2 * len(self._asleep) + STALE:
            self.instants[:] = [each for each in self.instants if each[1] in self._asleep]
            heapify(self.instants)
        self._ring(-math.inf)


OF_THE_RUN: trio.lowlevel.RunVar[Timers | None] = trio.lowlevel.RunVar("voiceflow timers", None)


@asynccontextmanager
async def timers() -> AsyncGenerator[None, None]:
    """While this is open, the sleeps of the runtime cost no scope."""
    here = OF_THE_RUN.get()
    if here is None:
        here = Timers()
        OF_THE_RUN.set(here)
        trio.lowlevel.spawn_system_task(here.run, name="voiceflow timers")
    here.users += 1
    try:
        yield
    finally:
        here.users -= 1
        if not here.users:
            OF_THE_RUN.set(None)
            here.end()
            with trio.CancelScope(shield=True):  # for the one step that it takes
                await here.ended.wait()
