"""What a node took and has not dealt with, so that a restart loses nothing.

`Inbox` keeps the frames that were taken from a wire until they are committed, and gives them again after `rewind`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import attrs
import trio

from voiceflow._wire import Wire
from voiceflow.frames import Frame
from voiceflow.machines.progress import progress
from voiceflow.services import EndOfStream

# Frames that are kept for a replay at most: 160 s of 20 ms blocks, or the tokens of a very long reply. A node that
# commits less often than that forgets its oldest, which is counted, rather than growing without bound.
KEPT = 8000


def _nobody() -> None:
    pass


@attrs.define(eq=False)
class Inbox:
    """The receiving end of one inlet."""

    wire: Wire
    committed: Callable[[], None] = _nobody
    """Called at each commit: what was sent before it need not be accounted for any more."""
    pending: deque[Frame] = attrs.field(factory=deque[Frame], init=False)
    cursor: int = attrs.field(default=0, init=False)
    forgotten: int = attrs.field(default=0, init=False)
    keeps: bool = attrs.field(default=False, init=False)
    """Whether the node takes without committing: what is in flight with it is here, and can be given to another."""

    @property
    def replays(self) -> bool:
        """Whether the next frame was given before."""
        return self.cursor < len(self.pending)

    async def take(self) -> Any:
        self.keeps = True
        try:
            return await self._next()
        except EndOfStream:
            if self.wire.bell.cut:
                await trio.sleep_forever()  # it is about to be stopped: what it keeps is not at its end
            raise

    async def receive(self) -> Any:
        self.keeps = False
        self.commit()
        return await self._next()

    async def _next(self) -> Any:
        if self.replays:
            await trio.lowlevel.checkpoint_if_cancelled()
            return self.again()
        return self.keep(await self.wire.receive())

    def again(self) -> Frame:
        """The next frame of a replay."""
        self.cursor += 1
        self.wire.took()
        return self.pending[self.cursor - 1]

    def keep(self, frame: Frame) -> Frame:
        """A frame that was just taken from the wire."""
        self.pending.append(frame)
        if len(self.pending) > KEPT:
            self.pending.popleft()
            self.forgotten += 1
        self.cursor = len(self.pending)
        return frame

    def commit(self, held: int = 0) -> None:
        kept = self._lasting(held) if held else 0
        if self.cursor > kept:
            for _ in range(self.cursor - kept):
                self.pending.popleft()
            self.cursor = kept
            self.committed()

    def _lasting(self, held: int) -> int:
        """How many of the last frames that were taken bring so much."""
        for n in range(1, self.cursor + 1):
            held -= progress(self.pending[self.cursor - n]) or 0
            if held <= 0:
                return n
        return self.cursor

    def rewind(self) -> None:
        self.cursor = 0

    def close(self) -> None:
        """Nothing is received any more. What is let go of here need not wait for a garbage collection."""
        self.pending.clear()
        self.cursor = 0
        self.committed = _nobody
        self.wire.stop_listening()

    def __aiter__(self) -> AsyncIterator[Any]:
        return Stream(self.receive)

    def taking(self) -> AsyncIterator[Any]:
        return Stream(self.take)


@attrs.frozen
class Stream:
    """Iterates until the stream ends."""

    next: Callable[[], Awaitable[Any]]

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self.next()
        except EndOfStream:
            raise StopAsyncIteration from None
