"""A provider's stream as the line of a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs
import trio

from voiceflow.frames import Samples
from voiceflow.machines.outbox import Outbox
from voiceflow.machines.telephony.dialect import Wire
from voiceflow.machines.telephony.ends import ServerEnd

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

_MARK = 0.1
"""Seconds of sound between two marks: so much is at most heard and not known, but for the clock that counts on."""
_IDLE = 0.06
"""Seconds without more, behind which what is held is sent, and marked: a voice that goes on sends every 20 ms."""


def _outbox(line: PhoneLine) -> Outbox:
    return Outbox(line.behind)


@attrs.define(eq=False)
class PhoneLine:
    """What a call sends to a provider: put aside at once, written by `write`. Marks are called by turn and position."""

    wire: ServerEnd
    behind: int
    box: Outbox = attrs.field(default=attrs.Factory(_outbox, takes_self=True), init=False)
    over: bool = attrs.field(default=False, init=False)
    """Whether what waits is the last."""
    _turn: int | None = attrs.field(default=None, init=False)
    _end: int = attrs.field(default=0, init=False)
    """The place in the turn behind what was played."""
    _run: int = attrs.field(default=0, init=False)
    """How often the provider was told to be silent: marks from before that say nothing of what was played since."""
    _unmarked: int = attrs.field(default=0, init=False)
    """Samples played since the last mark."""
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)

    def play(self, turn: int, position: int, samples: Samples) -> None:
        if self._deaf:
            return
        if turn != self._turn:
            self._settle()
        self._turn, self._end = turn, position + len(samples)
        self._put(self.wire.play(samples))
        self._unmarked += len(samples)
        if self._unmarked >= _MARK * self._rate:
            self._mark()

    def clear(self, turn: int) -> None:
        if self._deaf:
            return
        self.box.forget(turn)
        self._unmarked = 0
        self._run += 1
        cleared = self.wire.clear()
        self._turn = None
        self._put(cleared)

    def hold(self, turn: int) -> bool:
        self.clear(turn)
        return False  # of what is cleared a provider returns the marks as if it had sounded

    def tell(self, type: str, fields: Mapping[str, object]) -> None:
        pass  # nobody looks at a telephone

    def end(self, reason: str) -> None:
        if not self.over:
            self._settle()
            self.over = True
            self._news.set()

    def marked(self, name: str) -> tuple[int, int] | None:
        """The turn and the position that a mark stands for, if it is one of ours since the line was last silent."""
        parts = name.split(".")
        if len(name) >= 40 or len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            return None
        run, turn, position = map(int, parts)
        return (turn, position) if run == self._run else None

    @property
    def _deaf(self) -> bool:
        """Whether nobody is there who could hear it."""
        return self.over or self.wire.stopped

    @property
    def _rate(self) -> int:
        assert self.wire.format is not None
        return self.wire.format.rate

    def _settle(self) -> None:
        """Nothing comes for a while: what is held sounds, and the last of it is marked."""
        if self._turn is not None and self._unmarked and not self._deaf:
            self._put(self.wire.flush())
            self._mark()

    def _mark(self) -> None:
        held = self.wire.held
        self._put(self.wire.mark(f"{self._run}.{self._turn}.{self._end - held}"))
        self._unmarked = held

    def _put(self, messages: Iterable[Wire]) -> None:
        for message in messages:
            self.box.put(message, turn=self._turn)
        self._news.set()

    async def write(self, socket: WebSocket) -> bool:
        """Write what there is until the line ends. Whether the provider kept up."""
        while True:
            while not self.box.full and (message := self.box.take()) is not None:
                await (socket.send_bytes(message) if isinstance(message, bytes) else socket.send_text(message))
            if self.over or self.box.full:
                return not self.box.full
            self._news = trio.Event()
            with trio.move_on_after(_IDLE if self._unmarked else float("inf")) as scope:
                await self._news.wait()
            if scope.cancelled_caught:
                self._settle()
