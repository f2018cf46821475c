"""What holds the event loop up during a call: every delay, and whether we computed, or waited for a core or the GIL.

    python benchmarks/loop_lag.py                      30 s of the demo's caller and the embedded cascade
    python benchmarks/loop_lag.py --over 1.5           delays from 1.5 ms on

A delay is a round of the loop (all tasks that were ready) or a wake-up after its time. Of each it says what was this
thread's CPU time, what the kernel counts as waiting for a core, and the rest: the GIL, a lock, or a late timer. Linux.
"""

from __future__ import annotations

import argparse
import gc
import os
import threading
import time
from collections.abc import Mapping

import attrs
import trio

from voiceflow import Session, Trace
from voiceflow._frozen import frozen
from voiceflow.bench import shipped
from voiceflow.commands.demo import INSTRUCTIONS
from voiceflow.observe.lag import LoopLag

STEP = 0.001  # seconds: a task that runs for longer is named


@attrs.frozen
class Moment:
    """The clocks of one instant, in seconds."""

    wall: float
    cpu: float
    queued: float
    """Spent ready to run, without a core."""


@attrs.frozen
class Delay:
    """One of the loop's delays, in seconds, and who was at work in it."""

    what: str
    seconds: float
    cpu: float
    queued: float
    names: tuple[str, ...]

    def __str__(self) -> str:
        rest = max(0.0, self.seconds - self.cpu - self.queued)
        parts = [f"{part * 1e3:6.1f}" for part in (self.seconds, self.cpu, self.queued, rest)]
        return f"{self.what:5} {' '.join(parts)}  {', '.join(self.names)}"


class Watch(trio.abc.Instrument):
    """Keeps every delay of more than `over` seconds. To be made in the loop's own thread."""

    def __init__(self, over: float) -> None:
        self.over = over
        self.delays: list[Delay] = []
        self._queue = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        self._round = self._idle = self._step = self._now()
        self._names: list[str] = []
        gc.callbacks.append(self._collected)

    def close(self) -> None:
        gc.callbacks.remove(self._collected)
        os.close(self._queue)

    def _now(self) -> Moment:
        queued = int(os.pread(self._queue, 100, 0).split()[1]) / 1e9
        return Moment(time.perf_counter(), time.thread_time(), queued)

    def _collected(self, phase: str, info: Mapping[str, int]) -> None:
        if phase == "stop":
            self._names.append(f"collection of generation {info['generation']}")

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self._step = Moment(time.perf_counter(), time.thread_time(), 0.0)

    def after_task_step(self, task: trio.lowlevel.Task) -> None:
        if (took := time.perf_counter() - self._step.wall) > STEP:
            frame = getattr(task.coro, "cr_frame", None)
            node = frame.f_locals.get("name", "") if frame is not None else ""
            cpu = time.thread_time() - self._step.cpu
            self._names.append(f"{node or task.name} {took * 1e3:.1f} ({cpu * 1e3:.1f} CPU)")

    def before_io_wait(self, timeout: float) -> None:
        self._idle = now = self._now()
        self._keep("round", now.wall - self._round.wall, self._round, now)

    def after_io_wait(self, timeout: float) -> None:
        self._round = now = self._now()
        self._keep("wake", now.wall - self._idle.wall - timeout, self._idle, now)

    def _keep(self, what: str, seconds: float, begin: Moment, end: Moment) -> None:
        if seconds > self.over:
            self.delays.append(Delay(what, seconds, end.cpu - begin.cpu, end.queued - begin.queued, tuple(self._names)))
        self._names.clear()


async def run(seconds: float, over: float) -> None:
    lag = LoopLag()
    with lag.beside():
        async with Session(shipped.build(), instructions=INSTRUCTIONS, trace=Trace()) as session:
            watch = Watch(over)
            trio.lowlevel.add_instrument(watch)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(lag.measure)
                with frozen(), trio.move_on_after(seconds):
                    await session.finished()
                nursery.cancel_scope.cancel(reason="seen enough")
            trio.lowlevel.remove_instrument(watch)
            watch.close()
    print("   ms:  total    CPU queued   rest")
    for delay in watch.delays:
        print(delay)
    queued, computing = sum(each.queued for each in watch.delays), max((each.cpu for each in watch.delays), default=0.0)
    print(f"{len(watch.delays)} delays over {over * 1e3:g} ms, of which {queued * 1e3:.0f} ms waiting for a core")
    print(f"longest computing {computing * 1e3:.1f} ms; {lag}; load {os.getloadavg()[0]:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="how much of the call (default: %(default)s)")
    parser.add_argument("--over", type=float, default=2.5, help="ms from which a delay is told (default: %(default)s)")
    args = parser.parse_args()
    trio.run(run, args.seconds, args.over / 1e3)


if __name__ == "__main__":
    main()
