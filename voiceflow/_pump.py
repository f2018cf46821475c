"""A stage at work between the one inlet of its node and the outlets.

While a stage waits, what comes is pushed through it by the task that sends it: nobody is woken, and a chain of stages
costs one step of the scheduler. What may have to wait is left to the stage's own task: outlets that are full, what is
swallowed after a restart, what is prepared first, and every now and then a frame, so that a sender who never waits lets
others run. An error of the stage is raised in its own task in any case.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
import outcome
import trio

from voiceflow._clock import SECOND
from voiceflow._inbox import Inbox
from voiceflow._outbox import Outbox
from voiceflow.frames import Frame
from voiceflow.node import Stage
from voiceflow.services import EndOfStream


class Routes(dict[type[Frame], Outbox]):
    """By which outlet frames leave, by their kind: looked up once for each, in what a node's ports have just then."""

    __slots__ = "_kinds", "_node", "_outboxes"

    def __init__(self, node: str, kinds: Mapping[str, type[Frame]], outboxes: Mapping[str, Outbox]) -> None:
        super().__init__()
        self._node, self._kinds, self._outboxes = node, kinds, outboxes

    def __missing__(self, kind: type[Frame]) -> Outbox:
        for name, taken in self._kinds.items():
            if issubclass(kind, taken):
                outbox = self[kind] = self._outboxes[name]
                return outbox
        raise TypeError(f"{self._node} has no outlet for a {kind.__name__}; it has {', '.join(self._kinds) or 'none'}")


@attrs.define(eq=False)
class Pump:
    """What a stage remembers of a turn is made again by replaying all of it: then `keeps` is true.

    A session has no end to replay from: there a restarted stage begins with the frame at which it broke.
    """

    stage: Stage[Any]
    inbox: Inbox
    outboxes: Iterable[Outbox]
    routes: Mapping[type[Frame], Outbox]
    keeps: bool
    _passed: int = attrs.field(default=0, init=False)
    """How much was pushed through since the stage's own task ran last, in the units of a wire."""
    _settled: bool = attrs.field(default=False, init=False)
    """Whether what the stage before had left is dealt with."""
    _idle: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)

    async def run(self) -> list[Frame]:
        """Until the inlet has ended. What is left to give when it ends because the node is swapped."""
        wire, fresh = self.inbox.wire, False
        wire.through = self._through
        try:
            while True:
                frame = await self._receive(fresh=fresh)
                fresh = frame is not None
                if frame is not None and (prepare := self.stage.prepare) is not None:
                    await prepare(frame)
                await self.route(self.stage.flush() if frame is None else self.stage.push(frame))
        except EndOfStream:
            left = self.stage.end()
            if wire.bell.cut:
                return list(left)
            await self.route(left)
            return []
        finally:
            wire.through = None

    async def _receive(self, *, fresh: bool) -> Any:
        """The next frame, or None if none comes for as long as the stage says, and one came before."""
        receive, self._passed = self.inbox.take if self.keeps else self.inbox.receive, 0
        if self.stage.idle is None:
            return await receive()
        with trio.CancelScope(deadline=self._flush_at() if fresh else math.inf) as self._idle:
            return await receive()
        return None

    def _flush_at(self) -> float:
        return trio.current_time() + (math.inf if self.stage.idle is None else self.stage.idle / SECOND)

    def _through(self, frame: Frame, cost: int) -> bool:
        """Push a frame through the stage in the task that sends it. Not if the stage is at work, or would wait."""
        wire = self.inbox.wire
        self._passed += cost
        if wire.bell.task is None or self._passed > wire.capacity or self.stage.prepare is not None:
            return False
        for outbox in self.outboxes:
            if not outbox.is_clear:
                return False
        try:
            made = [(self.routes[type(each)], each) for each in self.stage.push(frame)]
        except BaseException as error:  # it is raised in the stage's own task, which the supervisor watches
            self.inbox.keep(frame)
            wire.bell.ring(outcome.Error(error))
            return True
        if self.keeps:
            self.inbox.keep(frame)
            for outbox, each in made:
                outbox.put(each)
        else:
            if not self._settled:
                self._settled = True
                self.inbox.committed()
            for outbox, each in made:
                outbox.put_settled(each)
        if self.stage.idle is not None:
            self._idle.deadline = self._flush_at()
        return True

    async def route(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            await self.routes[type(frame)].send(frame)
