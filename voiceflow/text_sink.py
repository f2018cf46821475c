"""A sink for graphs that answer in writing: what was written is what was read."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import trio

from voiceflow.frames import Text
from voiceflow.node import Sink
from voiceflow.ports import In
from voiceflow.services import Ports


@attrs.define(eq=False)
class TextSink(Sink):
    """Hands each piece of a reply to `write` as it comes."""

    write: Callable[[str], object] = lambda text: None

    text = In(Text)

    on_audible: Callable[[int], None] = attrs.field(default=lambda turn: None, init=False, repr=False)
    _turn: int | None = attrs.field(default=None, init=False)
    _written: list[str] = attrs.field(factory=list[str], init=False, repr=False)

    def attach(self, ports: Ports) -> None:
        self._turn, self._written = None, []

    async def play(self, ports: Ports) -> None:
        if self._turn != ports.turn:  # else it is the one that broke off here
            self._turn, self._written = ports.turn, []
        async for piece in ports[self.text]:
            if piece.text and not self._written and ports.turn is not None:
                self.on_audible(ports.turn)
                await trio.lowlevel.checkpoint_if_cancelled()
            self.write(piece.text)
            self._written += [piece.text] if piece.text else []

    def drop(self, turn: int) -> None:
        pass

    def heard(self, turn: int) -> str:
        return "".join(self._written) if turn == self._turn else ""
