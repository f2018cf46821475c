"""Calls over a graph in real time, one after the other, each with its figures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import attrs
import trio

from voiceflow._draw import Drawing
from voiceflow._frozen import frozen
from voiceflow.bench.counted import CountedExecutor
from voiceflow.bench.figures import CallFigures, Distribution, Lag, Report
from voiceflow.bench.process import GcPauses, Usage, made_with, memory
from voiceflow.bench.readers import TurnReader, WireReader
from voiceflow.draw import drawing
from voiceflow.errors import VoiceflowError
from voiceflow.graph import Graph
from voiceflow.observe.lag import Lateness, LoopLag
from voiceflow.session import Session
from voiceflow.trace import Mark, Trace


@attrs.define(eq=False)
class Bench:
    """Runs `calls` calls over graphs that `build` makes, a new one for each.

    Args:
        graph: what the report calls them.
        seconds: hang up after so long; None waits until the graph's sources have ended.
        watch: called with every mark, to show progress.
        virtual: under a virtual clock: heavy work takes as long as it took of a processor, and the loop is never late.
    """

    build: Callable[[], Graph]
    graph: str
    calls: int = 3
    instructions: str = ""
    seconds: float | None = None
    watch: Callable[[int, Mark], object] = lambda call, mark: None
    virtual: bool = False
    done: list[CallFigures] = attrs.field(factory=list[CallFigures], init=False)
    lag: LoopLag = attrs.field(factory=LoopLag, init=False)
    gc: GcPauses = attrs.field(factory=GcPauses, init=False)
    drawing: Drawing = attrs.field(default=Drawing(()), init=False)
    _made_with: dict[str, str] = attrs.field(factory=made_with, init=False)
    _memory: float = attrs.field(factory=memory, init=False)

    async def run(self) -> None:
        """All calls. What was cut short is in the report too."""
        with self.gc.watching():
            for number in range(1, self.calls + 1):
                await self._call(number)

    async def _call(self, number: int) -> None:
        call = _Call(self, number)
        try:
            await call.run()
        except VoiceflowError as error:
            call.failed = str(error)
            raise
        finally:
            if call.began is not None:
                self.done.append(call.figures())

    def report(self) -> Report:
        """What there is by now."""
        loop, beside = self.lag.loop, self.lag.bystander
        lag = Lag(*_lateness(loop), Distribution.of(self.gc.seconds), *_lateness(beside))
        made = self._made_with | {"clock": "virtual" if self.virtual else "real"}
        return Report(self.graph, self.calls, made, tuple(self.done), lag, self._memory, self.drawing)


def _lateness(of: Lateness) -> tuple[float, float, float]:
    return of.quantile(0.99), of.quantile(0.999), of.worst


@attrs.define(eq=False)
class _Call:
    """One call at work."""

    bench: Bench
    number: int
    turns: TurnReader = attrs.field(factory=TurnReader, init=False)
    wires: WireReader = attrs.field(factory=WireReader, init=False)
    asked: float = attrs.field(factory=trio.current_time, init=False)
    began: float | None = attrs.field(default=None, init=False)
    ended: float = attrs.field(default=0.0, init=False)
    workers: float = attrs.field(factory=lambda: Usage.now().workers, init=False)
    own: float = attrs.field(default=0.0, init=False)
    failed: str = attrs.field(default="", init=False)

    async def run(self) -> None:
        graph = self.bench.build()
        self.bench.drawing = drawing(graph)
        self.turns.listen_to(graph)
        trace = Trace([self.turns, lambda mark: self.bench.watch(self.number, mark)])
        # A bystander starts before the call: starting it takes milliseconds of the loop.
        with nullcontext() if self.bench.virtual else self.bench.lag.beside():
            await self._open(graph, trace)

    async def _open(self, graph: Graph, trace: Trace) -> None:
        executor = CountedExecutor() if self.bench.virtual else None
        async with Session(graph, instructions=self.bench.instructions, trace=trace, executor=executor) as session:
            self.began, before = trio.current_time(), Usage.now().own
            try:
                with frozen():
                    await self._talk(session)
            finally:
                self.ended, self.own = trio.current_time(), Usage.now().own - before

    async def _talk(self, session: Session) -> None:
        seconds = self.bench.seconds
        async with trio.open_nursery() as nursery:
            if not self.bench.virtual:
                nursery.start_soon(self.bench.lag.measure)
            nursery.start_soon(self.wires.watch, session)
            with trio.move_on_after(float("inf") if seconds is None else seconds):
                await session.finished()
            self.wires.look(session)
            nursery.cancel_scope.cancel(reason="the call is over")

    def figures(self) -> CallFigures:
        assert self.began is not None
        return CallFigures(
            seconds=self.ended - self.began,
            opening=self.began - self.asked,
            turns=self.turns.turns(),
            wires=self.wires.wires,
            cpu=self.own,
            workers_cpu=Usage.now().workers - self.workers,
            memory=memory(),
            failed=self.failed,
        )
