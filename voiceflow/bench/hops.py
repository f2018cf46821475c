"""One hop, measured: over a wire, through a node, through a stage, and the same on bare Trio channels."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from itertools import pairwise
from typing import Final, TypeVar

import attrs
import numpy as np
import trio

from voiceflow._wire import Wire
from voiceflow.frames import Audio, Frame, Samples
from voiceflow.graph import Graph
from voiceflow.node import Node, Stage, StageNode
from voiceflow.ports import In, Out
from voiceflow.services import EndOfStream, Ports
from voiceflow.session import Session

T = TypeVar("T")

FRAMES = 2000
RATE: Final = 16000
BLOCK: Final[Samples] = np.zeros(RATE // 50, np.int16)
_ROOM: Final = 20  # frames of 20 ms: the 0.4 s that an inlet holds


# One hop: a sender, a wire, a receiver


async def wire_hop() -> list[float]:
    wire = Wire("bench", _ROOM * 20_000_000, live=False)
    frame = Audio(BLOCK, RATE)

    async def send() -> None:
        for _ in range(FRAMES):
            await wire.send(frame)
        wire.close()

    began = time.perf_counter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        try:
            while True:
                await wire.receive()
        except EndOfStream:
            pass
    return [_each(began)]


async def channel_hop() -> list[float]:
    into, out = trio.open_memory_channel[Audio](_ROOM)
    frame = Audio(BLOCK, RATE)

    async def send() -> None:
        with into:
            for _ in range(FRAMES):
                await into.send(frame)

    began = time.perf_counter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        async for _ in out:
            pass
    return [_each(began)]


def _each(began: float) -> float:
    return (time.perf_counter() - began) / FRAMES * 1e6


# One more node between a source and the end of a session


@attrs.define(eq=False)
class _Source(Node):
    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        out = ports[self.audio]
        for n in range(FRAMES):
            await out.send(Audio(BLOCK, RATE, n * len(BLOCK)))


@attrs.define(eq=False)
class Pass(Node):
    sound = In(Audio)
    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        out = ports[self.audio]
        async for block in ports[self.sound]:
            await out.send(block)


class _Same(Stage[Audio]):
    def push(self, frame: Audio) -> Iterable[Frame]:
        return (frame,)


@attrs.define(eq=False)
class PassStage(StageNode):
    sound = In(Audio)
    audio = Out(Audio)

    def stage(self) -> Stage[Audio]:
        return _Same()


@attrs.define(eq=False)
class _End(Node):
    sound = In(Audio)

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.sound]:
            pass


def hop_of(kind: Callable[[], Node]) -> Callable[[], Awaitable[list[float]]]:
    """What 8 more of them cost, each."""

    async def measure() -> list[float]:
        return [(await _session(kind, 9) - await _session(kind, 1)) / 8]

    return measure


async def _session(kind: Callable[[], Node], count: int) -> float:
    nodes = [kind() for _ in range(count)]
    graph = Graph().connect(_Source(), nodes[0], *nodes[1:], _End())
    async with Session(graph) as session:
        began = time.perf_counter()
        await session.finished()
        return _each(began)


async def bare_hop() -> list[float]:
    return [(await _channels(9) - await _channels(1)) / 8]


async def _channels(count: int) -> float:
    ends = [trio.open_memory_channel[Audio](_ROOM) for _ in range(count + 1)]

    async def source() -> None:
        with ends[0][0] as out:
            for n in range(FRAMES):
                await out.send(Audio(BLOCK, RATE, n * len(BLOCK)))

    began = time.perf_counter()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(source)
        for (_, receive), (send, _) in pairwise(ends):
            nursery.start_soon(pass_on, receive, send)
        async for _ in ends[-1][1]:
            pass
    return _each(began)


async def pass_on(receive: trio.MemoryReceiveChannel[T], send: trio.MemorySendChannel[T]) -> None:
    """A stage of bare Trio."""
    with receive, send:
        async for frame in receive:
            await send.send(frame)
