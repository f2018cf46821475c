"""What the runtime computes for a call: the reference call, many at once, on a clock that does not wait.

    python benchmarks/hot_path.py              # CPU a call-second
    python benchmarks/hot_path.py --profile    # and where it goes: the functions with the most time of their own

The clock goes on to the next timer at once, in whole milliseconds as the system's does: timers fall together as they
do in real time, and nothing that idles is counted.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import math
import pstats
import time

import attrs
import trio

from voiceflow import Session
from voiceflow.bench import reference

APART = 0.19  # seconds between the beginnings of two calls


@attrs.define
class Ticks(trio.abc.Clock):
    """Virtual time in milliseconds."""

    now: float = 0.0

    def start_clock(self) -> None:
        pass

    def current_time(self) -> float:
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        if deadline == math.inf:
            return 1.0
        self.now = max(self.now, deadline, math.ceil(deadline * 1000) / 1000)
        return 0.0


@attrs.define
class Calls:
    """Calls one after the other, and what those that are complete took."""

    count: int
    turns: int
    seconds: float = 0.0

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            for number in range(self.count):
                nursery.start_soon(self._call, number * APART)

    async def _call(self, begin: float) -> None:
        await trio.sleep_until(begin)
        async with Session(reference.graph(self.turns)) as session:
            began = trio.current_time()
            await session.finished()
            self.seconds += trio.current_time() - began


def cpu(calls: Calls) -> float:
    """Microseconds of CPU a call-second."""
    began = time.process_time()
    trio.run(calls.run, clock=Ticks())
    return (time.process_time() - began) / calls.seconds * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=25, help="calls at once")
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true")
    args = parser.parse_args()
    cpu(Calls(1, 1))
    gc.freeze()
    taken = sorted(cpu(Calls(args.n, args.turns)) for _ in range(args.rounds))
    print("CPU a call-second, us:", " ".join(f"{each:.0f}" for each in taken))
    if args.profile:
        with cProfile.Profile() as profile:
            cpu(Calls(args.n, args.turns))
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
