"""The runtime's smallest moves, each beside the same on bare Trio channels, in turns within one run."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from itertools import pairwise

import attrs
import numpy as np
import trio

from voiceflow.bench import hops
from voiceflow.bench.figures import Distribution
from voiceflow.bench.process import made_with
from voiceflow.bench.tables import Section
from voiceflow.frames import Frame, Message, Phrase, Prompt, Spoken, Text
from voiceflow.graph import Graph
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import Ports
from voiceflow.session import Session
from voiceflow.speaker import Silence, Speaker

SECONDS = 15
ROUNDS = 15
CANCELS = 20  # of each kind, in each round


@attrs.frozen
class Pair:
    """A measure in microseconds, ours and bare Trio's, value by value."""

    name: str
    ours: tuple[float, ...]
    bare: tuple[float, ...]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.bare)

    @property
    def p99_ratio(self) -> float | None:
        """None where there are too few values to have a 99th percentile."""
        ours, bare = Distribution.of(self.ours), Distribution.of(self.bare)
        return ours.p99 / bare.p99 if ours.n >= 100 and ours.p99 and bare.p99 else None


async def run(results: list[Pair], tell: Callable[[str], object] = print) -> None:
    """Fill `results`; what was measured before a Ctrl-C is in them."""
    for name, ours, bare in _MEASURES:
        tell(f"{name} ...")
        mine: list[float] = []
        theirs: list[float] = []
        for _ in range(ROUNDS):
            theirs += await bare()
            mine += await ours()
        results.append(Pair(name, tuple(mine), tuple(theirs)))


def table(results: Iterable[Pair]) -> Section:
    rows = [_row(pair) for pair in results]
    header = ("µs", "n", "p50", "bare", "ratio", "p99", "bare p99", "ratio")
    return Section("The runtime beside bare Trio channels", header, rows, "bare and ours in turns, within one run")


def _row(pair: Pair) -> tuple[str, ...]:
    ours, bare = Distribution.of(pair.ours), Distribution.of(pair.bare)
    p99 = pair.p99_ratio
    tails = (f"{ours.p99:.1f}", f"{bare.p99:.1f}", f"{p99:.2f}") if p99 is not None else ("-", "-", "-")
    return (pair.name, str(ours.n), f"{ours.p50:.1f}", f"{bare.p50:.1f}", f"{pair.ratio:.2f}", *tails)


def to_json(results: Iterable[Pair]) -> str:
    rows = {
        pair.name: {
            "ours": attrs.asdict(Distribution.of(pair.ours)),
            "bare": attrs.asdict(Distribution.of(pair.bare)),
            "ratio": pair.ratio,
            "ratio of p99": pair.p99_ratio,
        }
        for pair in results
    }
    return json.dumps({"voiceflow bench micro": 1, "made_with": made_with(), "microseconds": rows}, indent=1)


# A turn of six stages, cancelled while it speaks: until every task has ended


@attrs.define(eq=False)
class _Writer(Node):
    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            while True:
                await ports[self.text].send(Text("word "))


@attrs.define(eq=False)
class _PassText(Node):
    words = In(Text)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for text in ports[self.words]:
            await ports[self.text].send(text)


@attrs.define(eq=False)
class _Cutter(Node):
    words = In(Text)
    phrases = Out(Phrase)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for text in ports[self.words]:
            await ports[self.phrases].send(Phrase(text.text))


@attrs.define(eq=False)
class _Voice(Node):
    blocks: int
    phrases = In(Phrase)
    spoken = Out(Spoken)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            await ports[self.spoken].send(Spoken(np.tile(hops.BLOCK, self.blocks), hops.RATE, phrase, last=True))


def six_stages(blocks: int = 1) -> Graph:
    """A graph whose turns have six stages and no end; every token is so many blocks of 20 ms.

    The speaker plays at the voice's rate: bare actors resample nothing either.
    """
    speaker = Speaker(output=Silence(hops.RATE))
    return Graph().connect(_Writer(), _PassText(), _PassText(), _Cutter(), _Voice(blocks), speaker)


async def _turn_cancel() -> list[float]:
    took: list[float] = []
    async with Session(six_stages()) as session:
        for _ in range(CANCELS):
            utterance = session.reply()
            await trio.sleep(0.005)
            began = time.perf_counter()
            utterance.interrupt()
            await utterance
            took.append((time.perf_counter() - began) * 1e6)
    return took


async def _bare_cancel() -> list[float]:
    took: list[float] = []
    for _ in range(CANCELS):
        scope, ended = trio.CancelScope(), trio.Event()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bare_turn, scope, ended)
            await trio.sleep(0.005)
            began = time.perf_counter()
            scope.cancel(reason="bench")
            await ended.wait()
            took.append((time.perf_counter() - began) * 1e6)
    return took


async def bare_turn(scope: trio.CancelScope, ended: trio.Event, blocks: int = 1) -> None:
    """The same of bare Trio: tasks and memory channels in a scope, which tells when they have ended."""
    ends = [trio.open_memory_channel[Frame](16) for _ in range(5)]
    with scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_bare_writer, ends[0][0])
            for (_, receive), (send, _) in pairwise(ends):
                nursery.start_soon(hops.pass_on, receive, send)
            nursery.start_soon(_bare_player, ends[-1][1], blocks)
    ended.set()


async def _bare_writer(send: trio.MemorySendChannel[Frame]) -> None:
    with send:
        while True:
            await send.send(Prompt((Message("user", "go on"),)))


async def _bare_player(receive: trio.MemoryReceiveChannel[Frame], blocks: int) -> None:
    with receive:
        async for _ in receive:
            for _ in range(blocks):
                await trio.sleep(0.02)


_Measure = Callable[[], Awaitable[list[float]]]
_MEASURES: tuple[tuple[str, _Measure, _Measure], ...] = (
    ("wire hop, per frame", hops.wire_hop, hops.channel_hop),
    ("one more node, per frame", hops.hop_of(hops.Pass), hops.bare_hop),
    ("one more stage node, per frame", hops.hop_of(hops.PassStage), hops.bare_hop),
    ("cancel of a turn of 6 stages to all ended", _turn_cancel, _bare_cancel),
)
