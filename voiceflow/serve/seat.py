"""A seat in a room: to the socket of a caller it is what a call is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import trio

from voiceflow.frames import Samples
from voiceflow.machines.call_messages import OTHERS
from voiceflow.machines.conference import Heard
from voiceflow.resampling import Resampler
from voiceflow.serve.line import Line
from voiceflow.serve.mouth import Mouth
from voiceflow.session import Session

if TYPE_CHECKING:
    from voiceflow.serve.rooms import OpenRoom

RATE_IN: Final = 16000
RATE_OUT: Final = 24000
"""Hz of what every caller in a room sends and is sent, whatever they ask for; a peer's track brings its own."""


def _from_line(seat: Seat) -> Resampler:
    return Resampler(seat.rate_in, RATE_IN)


@attrs.define(eq=False)
class Seat:
    """One caller in a room, from `Rooms.join` until the line is gone. It can do what the caller of a `Call` can."""

    room: OpenRoom
    name: str
    rate_in: int = RATE_IN
    """Hz of what it is given to hear."""
    line: Line | None = attrs.field(default=None, init=False)
    muted: bool = attrs.field(default=False, init=False)
    position: int = attrs.field(default=0, init=False)
    """Samples of the others that were sent."""
    to_line: Resampler = attrs.field(factory=partial(Resampler, RATE_IN, RATE_OUT), init=False)
    from_line: Resampler = attrs.field(default=attrs.Factory(_from_line, takes_self=True), init=False)
    secret: str = attrs.field(default="", init=False)
    """None: who was cut joins again by the same name."""

    @property
    def id(self) -> str:
        return self.room.call.id

    @property
    def session(self) -> Session:
        return self.room.call.session

    @property
    def mouth(self) -> Mouth:
        return self.room.call.mouth

    @property
    def over(self) -> trio.Event:
        return self.room.call.over

    @property
    def ending(self) -> bool:
        return self.room.call.ending

    @property
    def reason(self) -> str:
        return self.room.call.reason

    def attach(self, line: Line) -> None:
        """The caller can be told and played to from now on."""
        self.line = line
        self.room.attached(self)

    def detach(self, line: Line) -> None:
        """The caller is gone."""
        if self.line in (None, line):
            self.room.leave(self)

    def hang_up(self, reason: str) -> None:
        """The caller leaves; the room goes on."""
        self.room.leave(self)
        if self.line is not None:
            self.line.end(reason)

    def hear(self, samples: Samples) -> None:
        heard = self.from_line.push(samples)
        if not self.muted:
            self.room.hear(self, heard)

    def played(self, turn: int, position: int, missed: int = 0, *, held: bool = False) -> None:
        """What one has heard of the agent is taken for heard."""
        if turn != OTHERS:
            self.room.call.played(turn, position, missed, held=held)

    def press(self, keys: str) -> None:
        self.room.call.press(keys)

    def show(self, picture: str) -> None:
        self.room.call.show(picture)

    def type(self, text: str) -> None:
        self.room.call.type(text)
        self.room.speakers.typed(self.name, text)
        self.room.tell_others(self, "transcript", {"text": text, "final": True, "speaker": self.name})

    def mute(self, on: bool) -> None:
        self.muted = on

    def say(self, text: str, to: str | None) -> None:
        """A message to another caller, or to all others. Raises `ValueError` when nobody of this name is there."""
        self.room.obey(self.room.machine.say(self.name, text, to))

    def address(self, to: str | None) -> None:
        """The agent hears this one alone, or everybody. Raises as `say`."""
        self.room.obey(self.room.machine.hear(to))

    def hear_others(self, heard: Heard) -> None:
        """Send what the others said; nothing of silence."""
        samples = self.to_line.push(heard.without(self.name))
        if self.line is not None and samples.any():
            self.line.play(OTHERS, self.position, samples)
        self.position += len(samples)
