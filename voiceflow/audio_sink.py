"""What every sink of sound has: the turn that plays, what of it waits to leave, and how much of it was heard.

Whoever silences a voice, for good (`drop`) or for now (`hold`), does the same: what has left and not sounded is taken
back, and what plays is cancelled. A voice that was held is played again from the first sample that was not heard.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar, cast

import attrs
import numpy as np
import trio
from attrs import validators as are

from voiceflow.frames import Audio, Samples, Spoken
from voiceflow.machines.gain import Gain, from_decibels
from voiceflow.machines.ledger import Ledger
from voiceflow.node import Sink
from voiceflow.ports import In, Out, Signal
from voiceflow.resampling import Resampler
from voiceflow.services import Ports

if TYPE_CHECKING:
    from voiceflow._outbox import Outbox


_SILENCE = 0.02
"""Seconds of silence that are told behind what was taken back: a resampler keeps the end of it for itself."""


@attrs.frozen
class Activity:
    """What the agent's voice is doing: `turn` became audible, or ended, at `at` (nanoseconds since the start)."""

    turn: int
    what: Literal["audible", "ended"]
    at: int


class Sounded(Protocol):
    """How much of a turn has sounded, in samples at `rate` Hz: what a cursor knows."""

    @property
    def rate(self) -> int: ...
    @property
    def sent(self) -> int: ...
    def position(self, now: int) -> int: ...
    def place(self, sample: int) -> int: ...
    def take_back(self, heard: int) -> None: ...
    def drop(self, now: int) -> int: ...


C = TypeVar("C", bound=Sounded)


@attrs.define(eq=False)
class Playback(Generic[C]):
    """One turn on its way to the ear."""

    turn: int
    cursor: C
    ledger: Ledger = attrs.field(init=False)
    made: Samples = attrs.field(factory=lambda: np.zeros(0, np.int16), init=False)
    """What came, at the cursor's rate, but for what is known to have sounded: that is forgotten."""
    begin: int = attrs.field(default=0, init=False)
    """The place of its first sample in the turn."""
    audible: bool = attrs.field(default=False, init=False)
    ended: bool = attrs.field(default=False, init=False)
    _resampler: Resampler | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self.ledger = Ledger(self.cursor.rate)

    @property
    def waiting(self) -> int:
        """Samples that came and have not left, or were taken back."""
        return self.begin + len(self.made) - self.cursor.sent

    def next(self, count: int) -> Samples:
        """The first of those, at most `count`."""
        at = self.cursor.sent - self.begin
        return self.made[at : at + count]

    def forget(self, before: int) -> None:
        """What stands before this sample of the turn has sounded for sure, and is never taken back."""
        self.made = self.made[max(0, before - self.begin) :]
        self.begin = max(self.begin, before)

    def take(self, spoken: Spoken) -> None:
        """A chunk came."""
        samples = self._at_own_rate(spoken)
        self.ledger.add(spoken, len(samples))
        self.made = np.concatenate((self.made, samples)) if len(self.made) else samples

    def _at_own_rate(self, spoken: Spoken) -> Samples:
        """A chunk at the cursor's rate, behind what was still held of a chunk at another one."""
        if self._resampler is None or self._resampler.source_rate != spoken.rate:
            before, self._resampler = self._resampler, Resampler(spoken.rate, self.cursor.rate)
            if before is not None:
                return np.concatenate((before.end(), self._resampler.push(spoken.samples)))
        return self._resampler.push(spoken.samples)

    def close(self) -> None:
        """No more comes for now: what was held of the last chunk is to be heard, too."""
        if self._resampler is not None:
            self.made = np.concatenate((self.made, self._resampler.end()))
            self._resampler = None


P = TypeVar("P", bound=Playback[Any])


@attrs.define(eq=False)
class AudioSink(Sink, Generic[P]):
    """Plays `Spoken` audio, a turn at a time; who derives from it says how (`_play`, `_silence`) and on what (`_new`).

    Args:
        duck_to: decibels of a ducked voice, reached within `ramp` seconds.
    """

    duck_to: float = attrs.field(default=-15.0, validator=are.le(0), kw_only=True)
    ramp: float = attrs.field(default=0.03, validator=are.ge(0), kw_only=True)

    # With a chunk in the voice's hand and one in ours, synthesis is ahead of the ear by 0.34 s and two chunks at most.
    spoken = In(Spoken, seconds=0.3)
    audio = Out(Audio)
    activity = Signal(Activity)

    on_audible: Callable[[int], None] = attrs.field(default=lambda turn: None, init=False, repr=False)
    _ports: Ports | None = attrs.field(default=None, init=False, repr=False)
    _playing: P | None = attrs.field(default=None, init=False, repr=False)
    _gain: Gain = attrs.field(init=False, repr=False)
    _released: trio.Event | None = attrs.field(default=None, init=False, repr=False)
    """While playback is held: when it goes on."""
    _at_work: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False, repr=False)
    """What plays, until something is taken back."""

    def __attrs_post_init__(self) -> None:
        self._gain = self._full()

    @property
    def _rate(self) -> int:
        """Hz of what leaves."""
        raise NotImplementedError

    def _new(self, turn: int) -> P:
        """A turn of which nothing has come."""
        raise NotImplementedError

    def _silence(self, playback: P, *, for_good: bool) -> int:
        """Be silent at once. How many samples of the turn have sounded then."""
        raise NotImplementedError

    async def _play(self, playback: P, ports: Ports) -> None:
        """Play what waits and what comes, until the last sample of it is heard. Begins again when it was cancelled."""
        raise NotImplementedError

    def attach(self, ports: Ports) -> None:
        # Turns are counted from 1 in every session: nothing of the call before may be taken for one of this.
        self._ports, self._playing, self._gain, self._released = ports, None, self._full(), None

    async def play(self, ports: Ports) -> None:
        playback = self._playback(ports.turn)
        while True:
            if self._released is not None:
                await self._released.wait()
                continue
            with trio.CancelScope() as self._at_work:
                await self._play(playback, ports)
            if not self._at_work.cancelled_caught:
                return

    def drop(self, turn: int) -> None:
        if (playback := self._of(turn)) is not None:
            self._take_back(playback, for_good=True)
            playback.cursor.drop(self._now())
            self._end(playback)

    def hold(self) -> None:
        if self._released is not None or self._ports is None:
            return
        self._released = trio.Event()
        if self._playing is not None and not self._playing.ended:
            self._take_back(self._playing, for_good=False)

    def resume(self) -> None:
        self._gain.go_to(1.0)
        if self._released is not None:
            self._released.set()
            self._released = None

    def _take_back(self, playback: P, *, for_good: bool) -> None:
        """What has left and not sounded is not played, or is played later; nothing more leaves meanwhile."""
        if playback.cursor.sent:
            self._seat(playback, self._silence(playback, for_good=for_good))
        self._at_work.cancel(reason="what was played is taken back")

    def _seat(self, playback: P, heard: int) -> None:
        """So much has sounded and no more of what left: those who listen along are told of it as it was."""
        cursor = playback.cursor
        begin, end = cursor.place(min(heard, cursor.sent)), cursor.place(max(heard, cursor.sent))
        sounded = playback.made[cursor.sent - playback.begin : max(0, heard - playback.begin)]
        cursor.take_back(heard)
        if end > begin and self._ports is not None:
            missing = np.zeros(end - begin - len(sounded) + round(_SILENCE * cursor.rate), np.int16)
            # Nobody can wait here: what has no room on a wire stands in front of it, behind what was sent before.
            cast("Outbox", self._ports[self.audio]).put(Audio(np.concatenate((sounded, missing)), cursor.rate, begin))

    def finish(self, turn: int) -> None:
        if (playback := self._of(turn)) is not None:
            self._end(playback)

    def heard(self, turn: int) -> str:
        playback = self._of(turn)
        return "" if playback is None else playback.ledger.heard(playback.cursor.position(self._now()))

    def position(self, turn: int) -> float:
        """Seconds of the turn that have been heard."""
        playback = self._of(turn)
        return 0.0 if playback is None else playback.cursor.position(self._now()) / playback.cursor.rate

    def duck(self) -> None:
        self._gain.go_to(from_decibels(self.duck_to))

    def _full(self) -> Gain:
        return Gain(round(self.ramp * self._rate))

    def _now(self) -> int:
        assert self._ports is not None, "a turn plays in a session"
        return self._ports.now()

    def _of(self, turn: int) -> P | None:
        """The state of a turn, if it is the one that plays, or that played last."""
        return self._playing if self._playing is not None and self._playing.turn == turn else None

    def _playback(self, turn: int | None) -> P:
        """The turn's state: a new one, or the one it had before its player crashed."""
        assert turn is not None, "a sink plays turns"
        if self._playing is None or self._playing.turn != turn:
            self._playing = self._new(turn)
            self._gain.jump()
        return self._playing

    async def _begin(self, playback: P, at: int) -> None:
        """Its first sample is to sound at `at`."""
        playback.audible = True
        self._announce(playback, "audible", at)
        self.on_audible(playback.turn)
        await trio.lowlevel.checkpoint_if_cancelled()  # who was told may have wanted no more of it

    def _end(self, playback: P) -> None:
        if not playback.ended:
            playback.ended = True
            self._announce(playback, "ended", self._now())

    def _announce(self, playback: P, what: Literal["audible", "ended"], at: int) -> None:
        assert self._ports is not None
        self._ports[self.activity].set(Activity(playback.turn, what, at))
