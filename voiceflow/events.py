"""The marks of a call as a stream, for a task that waits for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

import attrs
import trio

from voiceflow.trace import Mark, Trace

# Marks that wait for a reader who is slow: a minute of a lively call. Older ones are dropped, and counted.
_KEPT = 1000


@attrs.define(eq=False)
class Events:
    """Marks of the `names` that are wanted (of all, if none is given), from the moment at which it was made.

        async for mark in session.events("state"):
            print(mark.values["user"], mark.values["agent"])

    Iterating ends when the call is over. One task iterates. A reader that is slower than the call loses its oldest
    marks: `dropped` counts them. `with session.events() as events` stops collecting at the end of the block.
    """

    names: frozenset[str]
    dropped: int = attrs.field(default=0, init=False)
    _waiting: deque[Mark] = attrs.field(factory=lambda: deque[Mark](maxlen=_KEPT), init=False)
    _more: trio.Event = attrs.field(factory=trio.Event, init=False)
    _over: bool = attrs.field(default=False, init=False)
    _stop: Callable[[], None] | None = attrs.field(default=None, init=False)

    def read(self, trace: Trace) -> None:
        """Collect from a trace."""
        self._stop = trace.subscribe(self._take)

    def _take(self, mark: Mark) -> None:
        if self.names and mark.name not in self.names:
            return
        self.dropped += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(mark)
        self._more.set()

    def close(self) -> None:
        """Collect no more; what waits can still be read."""
        self._over = True
        if self._stop is not None:
            self._stop()
        self._more.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Mark:
        await trio.lowlevel.checkpoint()
        while not self._waiting:
            if self._over:
                raise StopAsyncIteration
            self._more = trio.Event()
            await self._more.wait()
        return self._waiting.popleft()
