"""What a node sent, so that a restart repeats nothing.

`Outbox` keeps account of what was sent since the last commit, and swallows as much from the front of what the next
incarnation sends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import trio

from voiceflow._inbox import KEPT
from voiceflow._wire import Wire
from voiceflow.frames import Audio, Frame, Spoken, Text
from voiceflow.machines.ledger import Ledger
from voiceflow.machines.progress import progress, tail
from voiceflow.machines.takeover import WholeWords

# Frames that are sent to nobody between two checkpoints: as many as a wire of audio holds.
UNHEARD = 16

Hook = Callable[[Any], Any]


@attrs.define(eq=False)
class Outbox:
    """The sending end of one outlet: its hooks, its wires, and what to swallow after a restart."""

    wires: list[Wire]
    hooks: list[Hook] = attrs.Factory(list[Hook])
    live: bool = False
    first: Callable[[], object] | None = None
    """Called once, when the first frame leaves."""
    sent: list[Frame] = attrs.field(factory=list[Frame], init=False)
    """What was sent since the last commit, but for audio, of which only the length counts; the last `KEPT` of it."""
    last: Frame | None = attrs.field(default=None, init=False)
    """The last of what was sent before that."""
    progress: int = attrs.field(default=0, init=False)
    total: int = attrs.field(default=0, init=False)
    """All that ever left, as `progress` counts it."""
    debt: int = attrs.field(default=0, init=False)
    unheard: int = attrs.field(default=0, init=False)
    words: WholeWords | None = attrs.field(default=None, init=False)
    """What a model writes, if another one may have to go on with it."""
    sound: Ledger | None = attrs.field(default=None, init=False)
    """What a voice has said."""

    async def send(self, frame: Any) -> None:
        if self.debt:
            frame = self._after_debt(frame)
            if frame is None:
                await trio.lowlevel.checkpoint()
                return
        if self.words is not None and isinstance(frame, Text) and not frame.spans:
            frame = Text(self.words.push(frame.text))
            if not frame.text:
                await trio.lowlevel.checkpoint()
                return
        if self.first is not None:
            self._tell_first(self.first)
        if self.hooks or len(self.wires) > 1:
            await self._send_to_all(frame)
            return
        if self.wires:
            await trio.lowlevel.checkpoint_if_cancelled()
            if not self.wires[0].takes(frame):
                await self.wires[0].wait_for_room(frame)
        else:
            await self._nobody_hears()
        self._count(frame)

    @property
    def is_heard(self) -> bool:
        """Whether anybody is given what is sent, or looks at it on its way."""
        return bool(self.wires or self.hooks)

    @property
    def is_clear(self) -> bool:
        """Whether a frame can be `put`: it need not wait, and nobody looks at it on its way."""
        if self.debt or self.hooks or self.words is not None:
            return False
        for wire in self.wires:  # noqa: SIM110  `all` takes twice the time, at every block of every stage
            if wire.queue and not wire.is_clear:  # nothing waits where nothing is on its way
                return False
        return True

    def put(self, frame: Frame) -> None:
        """Send a frame at once."""
        if self.first is not None:
            self._tell_first(self.first)
        for wire in self.wires:
            wire.put(frame)
        self._count(frame)

    def put_settled(self, frame: Frame) -> None:
        """The same, where what it was made of is dealt with: nothing of it will be asked for again."""
        if self.first is not None:
            self._tell_first(self.first)
        for wire in self.wires:
            if not wire.takes(frame):
                wire.wait(frame)
        if not isinstance(frame, Audio):
            self.last = frame
            self.total += progress(frame) or 0

    def _tell_first(self, tell: Callable[[], object]) -> None:
        self.first = None
        tell()

    def _count(self, frame: Frame) -> None:
        if isinstance(frame, Audio):
            step = len(frame.samples)
        else:
            step = progress(frame) or 0
            self.sent.append(frame)
            if len(self.sent) > KEPT:
                del self.sent[0]
            if isinstance(frame, Spoken):
                self.sound = self.sound or Ledger(frame.rate)
                self.sound.add(frame, step * self.sound.rate // frame.rate)
        self.progress += step
        self.total += step

    async def _nobody_hears(self) -> None:
        """A sender that waits for nothing else lets others run now and then, as a full wire would make it."""
        self.unheard += 1
        if self.unheard % UNHEARD:
            await trio.lowlevel.checkpoint_if_cancelled()
        else:
            await trio.lowlevel.checkpoint()

    def _after_debt(self, frame: Frame) -> Frame | None:
        step = progress(frame)
        if step is None:
            return None  # an interim, of an utterance whose final has left already
        if self._ends(frame):
            self.debt = min(self.debt, step)  # the rest of it was of this phrase, which has become shorter
        elif step <= self.debt:
            self.debt -= step
            self.progress += step
            return None
        rest = tail(frame, self.debt)
        self.progress += self.debt
        self.debt = 0
        return rest

    def _ends(self, frame: Frame) -> bool:
        """Whether this is the end of the phrase in which a voice broke."""
        return isinstance(frame, Spoken) and frame.last and not any(getattr(each, "last", True) for each in self.sent)

    async def _send_to_all(self, frame: Frame) -> None:
        """Send what the hooks make of a frame on every wire. Who is stopped in the middle has sent all of it."""
        frames = [frame]
        for hook in self.hooks:
            frames = [out for each in frames for out in hook(each)]
        pairs, sent = [(wire, each) for each in frames for wire in self.wires], 0
        try:
            for wire, each in pairs:
                await wire.send(each)
                sent += 1
            if not self.wires:
                await self._nobody_hears()
        finally:
            # Those who have it would be given it twice by the next incarnation, were it not counted.
            for wire, each in pairs[sent:] if sent else ():
                wire.put(each)
            if sent or not pairs:
                self._count(frame)

    def settle(self) -> None:
        """The inputs of what was sent are committed."""
        if self.sent:
            self.last = self.sent[-1]
            self.sent.clear()
        self.progress = 0

    def rewind(self) -> None:
        """The next incarnation begins again: swallow what it repeats. A live source has nothing to repeat."""
        self.debt = 0 if self.live else self.debt + self.progress
        self.progress = 0
        if self.words is not None:
            self.words.broke()

    def pass_on(self, written: str = "") -> None:
        """Another goes on with what is left to do: nothing of what it sends was sent before."""
        if self.words is None and written:
            last = next(frame.text for frame in reversed(self.sent) if isinstance(frame, Text) and frame.text)
            self.words = WholeWords(last[-1])
        if self.words is not None:
            self.words.broke(written)
        self.sound, self.debt = None, 0
        self.settle()

    def finish_word(self) -> None:
        """What was written so far is whole."""
        if self.words is not None and (rest := self.words.end()):
            frame, frames = Text(rest), [Text(rest)]
            for hook in self.hooks:
                frames = [out for each in frames for out in hook(each)]
            for wire in self.wires:
                for each in frames:
                    wire.put(each)
            self._count(frame)

    def resume(self) -> None:
        """The next incarnation goes on after what was sent."""
        self.progress += self.debt
        self.debt = 0

    def close(self) -> None:
        """Nothing is sent any more, nor again: what was sent is let go of as in an inbox."""
        self.sent.clear()
        self.sound = self.first = None
        for wire in self.wires:
            wire.close()
