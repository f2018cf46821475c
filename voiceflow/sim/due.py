"""What leaves a simulated part at a time of its own."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import attrs
import trio

from voiceflow.frames import Frame
from voiceflow.services import Ports

T = TypeVar("T")


@attrs.define
class Later:
    """Frames that leave at their time, in order of it."""

    _heap: list[tuple[int, int, Frame | Exception]] = attrs.field(
        factory=list[tuple[int, int, "Frame | Exception"]], init=False
    )
    _count: int = attrs.field(default=0, init=False)

    def after(self, due: int) -> int:
        """That time, or the last at which something leaves, if that is later: what is sent in its order."""
        return max([due, *(entry[0] for entry in self._heap)])

    def put(self, due: int, frame: Frame | Exception) -> None:
        """Let a frame leave, or the node break, at `due` nanoseconds."""
        self._count += 1
        heapq.heappush(self._heap, (due, self._count, frame))

    @property
    def empty(self) -> bool:
        return not self._heap

    async def receive(
        self, ports: Ports, receive: Callable[[], Awaitable[T]], send: Callable[[Any], Awaitable[None]]
    ) -> T:
        """The next frame that comes; what is due meanwhile is sent."""
        while self._heap:
            with trio.move_on_after(max(0, self._heap[0][0] - ports.now()) / 1e9):
                return await receive()
            await self._send_next(send)
        return await receive()

    async def drain(self, ports: Ports, send: Callable[[Any], Awaitable[None]]) -> None:
        """Send what is left, each at its time."""
        while self._heap:
            await ports.sleep_until(self._heap[0][0])
            await self._send_next(send)

    async def _send_next(self, send: Callable[[Any], Awaitable[None]]) -> None:
        frame = heapq.heappop(self._heap)[2]
        if isinstance(frame, Exception):
            raise frame
        await send(frame)
