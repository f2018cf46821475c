"""Waiting for anything of a session to be otherwise."""

from __future__ import annotations

import attrs
import trio


@attrs.define(eq=False)
class Changes:
    """Wakes all who wait, each time; what has changed they look at themselves."""

    _next: trio.Event = attrs.field(factory=trio.Event, init=False)

    def tell(self) -> None:
        self._next.set()
        self._next = trio.Event()

    async def next(self) -> None:
        await self._next.wait()
