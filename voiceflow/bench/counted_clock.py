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


def _others() -> float:
    """CPU seconds of all other threads so far."""
    return time.process_time() - time.thread_time()


def at_work() -> bool:
    """Whether another thread of this process runs, or waits for a core alone. False where that is not told."""
    return any(_running(name) for name in _threads())


class Aside:
    """What the other threads that are at work now will have taken of a processor, in seconds."""

    def __init__(self) -> None:
        self._spent = {name: _spent(name) for name in _threads() if _running(name)}

    def seconds(self) -> float:
        """Until now. Nothing is told of a thread that has ended."""
        return sum(max(0.0, _spent(name) - before) for name, before in self._spent.items())


def _threads() -> list[str]:
    own = str(threading.get_native_id())
    try:
        return [name for name in os.listdir(_TASKS) if name != own]
    except FileNotFoundError:
        return []


def _spent(thread: str) -> float:
    try:
        return int((_TASKS / thread / "schedstat").read_bytes().split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
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
        seen, self._seen = self._seen, _others()
        if at_work():
            self.now = min(deadline, self.now + max(0.0, self._seen - seen))
            return 0.0 if self.now == deadline else _LOOK
        if deadline == math.inf:
            return _IDLE
        self.now = deadline
        return 0.0
