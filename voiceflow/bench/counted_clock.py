"""A virtual clock for calls some of whose work is done beyond the loop: it stands still for nobody but those at work.

A model that is asked over a socket computes in a thread of its own. Trio's own virtual clock would go on to the next
timer meanwhile, and again to the next, as fast as the machine can. This one looks first whether another thread of the
process is at work or ready to be; then as much time passes as these took of a processor.
"""

from __future__ import annotations

import math
import os
import threading
import time
from pathlib import Path
from typing import Final

import attrs
import trio

_TASKS: Final = Path("/proc/self/task")
_LOOK: Final = 0.0005
"""Real seconds until it looks again, while another thread is at work."""
_IDLE: Final = 0.05
"""The same where there is no timer to go on to."""
_GIVEN: Final = 0.0001
"""Real seconds for which the interpreter is let go of: who waits for it looks like one that sleeps, and has it then."""


def _others() -> float:
    """CPU seconds of all other threads so far."""
    return time.process_time() - time.thread_time()


def at_work() -> bool:
    """Whether another thread of this process computes, or waits for a core alone. False where that is not told."""
    if not _TASKS.is_dir() or _TASKS.stat().st_nlink <= 3:  # itself, its parent, and a folder for each thread
        return False
    # Each look at a file lets go of the interpreter, and who has it then keeps it for milliseconds: clocks come first.
    before = _others()
    time.sleep(_GIVEN)
    return _others() - before > _GIVEN / 2 or any(_running(name) for name in _threads())


class Work:
    """What is computed from now on, also by threads that are begun for it; of those at work before, nothing."""

    def __init__(self) -> None:
        before = {name: _spent(name) for name in _threads()}
        time.sleep(_GIVEN if before else 0.0)
        others = [name for name, spent in before.items() if _spent(name) > spent or _running(name)]
        self._began = time.process_time()
        self._others = {name: _spent(name) for name in others}

    def seconds(self) -> float:
        """What it has taken of a processor until now. Nothing is told of a thread that has ended."""
        others = sum(max(0.0, _spent(name) - before) for name, before in self._others.items())
        return max(0.0, time.process_time() - self._began - others)


def _threads() -> list[str]:
    own = str(threading.get_native_id())
    try:
        return [name for name in os.listdir(_TASKS) if name != own]
    except FileNotFoundError:
        return []


def _spent(thread: str) -> float:
    # The clock of a thread, by its number as pthread_getcpuclockid makes it: it is true to the moment, where the files
    # of /proc are as of the scheduler's last tick.
    try:
        return time.clock_gettime(~int(thread) << 3 | 6)
    except OSError:
        return 0.0


def _running(thread: str) -> bool:
    try:
        return (_TASKS / thread / "stat").read_bytes().rpartition(b") ")[2][:1] == b"R"
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return False


@attrs.define(eq=False)
class CountedClock(trio.abc.Clock):
    """Goes on to the next timer when no other thread is at work, else by what those took of a processor.

    To be made and used in one thread. Other threads at work are seen on Linux.
    """

    now: float = 0.0
    _seen: float = attrs.field(factory=_others, init=False)

    def start_clock(self) -> None:
        self._seen = _others()

    def current_time(self) -> float:
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """What Trio asks when no task is ready: how long to wait for I/O in real time, before it looks again."""
        if deadline <= self.now:
            return 0.0
        works = at_work()
        seen, self._seen = self._seen, _others()
        if works:
            self.now = min(deadline, self.now + max(0.0, self._seen - seen))
            return 0.0 if self.now == deadline else _LOOK
        if deadline == math.inf:
            return _IDLE
        self.now = deadline
        return 0.0
