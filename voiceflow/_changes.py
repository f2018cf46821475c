"""Waiting for anything of a session to be otherwise."""

from __future__ import annotations

import attrs
import trio


@attrs.define(eq=False)
class Changes:
    """Wakes all who wait, each time; what has changed they look at themselves."""

    _next: trio.Event | None = attrs.field(default=None, init=False)
    """None while nobody waits, as mostly."""

    def tell(self) -> None:
        if self._next is not None:
            self._next.set()
            self._next = None

    async def next(self) -> None:
        if self._next is None:
            self._next = trio.Event()
        await self._next.wait()
