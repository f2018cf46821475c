"""Writes the points of one call down, one after the other, while the call goes on."""

from __future__ import annotations

from collections import deque
from typing import Any

import attrs
import trio

from voiceflow.errors import ProviderError, describe
from voiceflow.flow.checkpoints import Checkpoints
from voiceflow.flow.flow import Flow
from voiceflow.flow.points import from_json, to_json
from voiceflow.machines.flow_point import Point
from voiceflow.services import Services

_LAST = 2.0  # seconds for what is still to be written when the call is over


@attrs.define(eq=False)
class Keeper:
    """Keeps the points of one call; without a store it has nothing to do.

    A point that cannot be kept is left out, and the trace says so.
    """

    flow: Flow[Any]
    store: Checkpoints | None
    call: str
    services: Services
    _parent: int | None = attrs.field(default=None, init=False)
    _points: deque[Point] = attrs.field(factory=deque[Point], init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)
    _written: trio.Event = attrs.field(factory=trio.Event, init=False)
    _keeping: trio.CancelScope = attrs.field(factory=lambda: trio.CancelScope(shield=True), init=False)
    """Of who writes: a call that is cancelled has what came last written all the same."""

    async def load(self, at: int | None) -> Point | None:
        """The point to go on from, if the call is known."""
        if self.store is None:
            return None
        kept = await self.services.compute(self.store.load, self.call, at, model="checkpoints")
        if kept is None:
            return None
        self._parent = kept.number
        return from_json(self.flow, kept.data)

    def put(self, point: Point) -> None:
        """Have it written down, soon."""
        if self.store is None:
            return
        self._points.append(point)
        self._changed.set()

    async def keep(self) -> None:
        """Write down what comes, until closed."""
        with self._keeping:
            while True:
                await self._changed.wait()
                self._changed = trio.Event()
                await self._write()

    async def flush(self) -> None:
        """Wait until all is written down."""
        while self._points:
            await self._written.wait()

    async def close(self) -> None:
        """Write down the rest, also when cancelled."""
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _LAST):
            await self.flush()
        self._keeping.cancel(reason="the session closes")

    async def _write(self) -> None:
        while self._points and self.store is not None:
            data = to_json(self.flow, self._points[0])
            try:
                self._parent = await self.services.compute(
                    self.store.save, self.call, data, self._parent, model="checkpoints"
                )
            except ProviderError as error:  # a full disk is no reason to hang up; the next point may have room
                self.services.mark("flow.unkept", error=describe(error))
            self._points.popleft()
        self._written.set()
        self._written = trio.Event()
