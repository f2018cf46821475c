"""Many conversations, on all cores, and what came of them."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from hashlib import blake2b
from statistics import median

import attrs

from voiceflow._frozen import frozen
from voiceflow.sim.conversation import Conversation, simulate
from voiceflow.sim.examine import examine, wires
from voiceflow.sim.generate import generate
from voiceflow.sim.invariants import RULES, Breach, breaches
from voiceflow.sim.script import Script

BATCH = 8
"""Conversations that a process is given at a time: some seconds of work."""


@attrs.frozen
class Outcome:
    """What came of the script of a seed."""

    seed: int
    turns: int
    interruptions: int
    seconds: float
    """Virtual; `cpu` are those of this process."""
    faults: dict[str, int]
    digest: str
    cpu: float = 0.0
    broken: tuple[Breach, ...] = ()


Look = Callable[[Conversation], Outcome]


def outcome(conversation: Conversation) -> Outcome:
    """What came of a conversation, before its rules are looked at."""
    return Outcome(
        conversation.script.seed,
        conversation.turns,
        conversation.interruptions,
        conversation.seconds,
        dict(conversation.faults.injected),
        conversation.digest(),
    )


def _timed(script: Script, examine: Callable[[Script, Look], tuple[Outcome, list[Breach]]]) -> Outcome:
    began = time.process_time()
    found, broken = examine(script, outcome)
    return attrs.evolve(found, cpu=time.process_time() - began, broken=tuple(broken))


def batch(seeds: Sequence[int], seconds: int, faults: float) -> list[Outcome]:
    """The conversations of these seeds, one after the other; none leaves a wire behind.

    Every wire counts that is no older than the last `gc.freeze`: `run` begins with one.
    """
    scripts = [generate(seed, seconds=seconds, faults=faults) for seed in seeds]
    before = wires()
    found = [_timed(script, _by_its_rules) for script in scripts]
    # Whose they are is seen when each is run alone.
    return found if wires() == before else [_timed(script, examine) for script in scripts]


def _by_its_rules(script: Script, look: Look) -> tuple[Outcome, list[Breach]]:
    conversation = simulate(script)
    return look(conversation), breaches(conversation)


@attrs.define
class Tally:
    """What came of many conversations."""

    outcomes: list[Outcome] = attrs.field(factory=list[Outcome])
    wall: float = 0.0
    """Seconds that it took."""

    @property
    def broken(self) -> list[Outcome]:
        """Those that break a rule, by seed."""
        return sorted((each for each in self.outcomes if each.broken), key=lambda each: each.seed)

    @property
    def faults(self) -> Counter[str]:
        """How many were injected, by part and kind."""
        total = Counter[str]()
        for each in self.outcomes:
            total.update(each.faults)
        return total

    @property
    def digest(self) -> str:
        """Of all traces: the same for the same seeds and the same program."""
        digests = "".join(each.digest for each in sorted(self.outcomes, key=lambda each: each.seed))
        return blake2b(digests.encode(), digest_size=8).hexdigest()

    def figures(self) -> dict[str, object]:
        """Everything that is told of a run, for JSON."""
        outcomes = self.outcomes
        turns, seeds = [each.turns for each in outcomes], [each.seed for each in outcomes]
        virtual, cpu = (sum(getattr(each, name) for each in outcomes) for name in ("seconds", "cpu"))
        return {
            "conversations": len(outcomes),
            "seeds": [min(seeds, default=0), max(seeds, default=0)],
            "turns": sum(turns),
            "median_turns": median(turns) if turns else 0,
            "interruptions": sum(each.interruptions for each in outcomes),
            "faults": dict(sorted(self.faults.items())),
            "rules": list(RULES),
            "broken": [{"seed": each.seed, "rules": [str(breach) for breach in each.broken]} for each in self.broken],
            "virtual_seconds": round(virtual, 3),
            "wall_seconds": round(self.wall, 3),
            "cpu_seconds": round(cpu, 3),
            "digest": self.digest,
        }


def run(
    seeds: Sequence[int],
    *,
    seconds: int = 60,
    faults: float = 2.0,
    workers: int | None = None,
    tell: Callable[[Sequence[Outcome]], object] = lambda outcomes: None,
    into: Tally | None = None,
) -> Tally:
    """The conversations of these seeds, on as many cores as there are or as said. `tell` hears of them as they end.

    `into` is filled on the way, for who may be interrupted.
    """
    tally, began = into if into is not None else Tally(), time.perf_counter()
    batches = [seeds[at : at + BATCH] for at in range(0, len(seeds), BATCH)]
    work = partial(batch, seconds=seconds, faults=faults)
    try:
        for outcomes in _spread(work, batches, min(workers or _cores(), len(batches))):
            tally.outcomes += outcomes
            tell(outcomes)
    finally:
        tally.wall += time.perf_counter() - began
    return tally


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _spread(
    work: Callable[[Sequence[int]], list[Outcome]], batches: Sequence[Sequence[int]], workers: int
) -> Iterator[list[Outcome]]:
    if workers <= 1:
        gc.collect()
        with frozen():  # nor is what is left of other work looked through after each batch, or taken for its wires
            yield from map(work, batches)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin) as pool:
        asked = [pool.submit(work, each) for each in batches]
        try:
            for done in as_completed(asked):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """In a process of its own: Ctrl-C is for the one that waits, and what is loaded by now is no garbage."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logging.getLogger("voiceflow").addHandler(logging.NullHandler())
    gc.collect()
    gc.freeze()


def _end_with_parent() -> None:
    """However that one ends, by a signal too: nobody is left to hear of what is simulated here."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
