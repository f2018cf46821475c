"""The audio sink: plays each turn block by block on absolute deadlines, and knows what the user has heard.

A reply's first sample sets the grid; every block has an instant at which it starts to sound, counted in samples
from there, so that late wake-ups never add up. Blocks go to the output `lead` seconds before that instant. All that
an interruption needs is synchronous. What was held goes on as a reply begins: on a grid of its own.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import attrs
from attrs import validators

from voiceflow._clock import SECOND
from voiceflow.audio_sink import AudioSink, Playback
from voiceflow.frames import Audio
from voiceflow.machines.cursor import Cursor
from voiceflow.output import Output as Output
from voiceflow.output import Silence as Silence
from voiceflow.services import Ports, Services

if TYPE_CHECKING:
    from voiceflow._outbox import Outbox

# A block that leaves later than this after its instant has been missed by any device: the grid moves.
_MISSED = 200_000_000

# A chunk that is there when it is asked for is had sooner than this: nobody has waited for it.
_AT_ONCE = 1_000_000

_KEPT = 0.6
"""Seconds of what was written, besides the lead, that an output may give back: a device may be late, and store some."""


@attrs.define(eq=False)
class _Playback(Playback[Cursor]):
    """One turn on its way to a device."""

    base: int = 0
    """The instant of the first sample of the present run."""
    placed: int = 0
    """Samples put on the grid since `base`."""
    dry: int | None = None
    """The instant at which the sound ran out though there was more to come, until that is on the grid."""
    resting: bool = False
    """All that came has sounded: what comes next is no underrun, however late."""

    def slot(self) -> int:
        """The instant at which the next sample is to sound."""
        return self.base + self.placed * SECOND // self.cursor.rate

    def rebase(self, at: int) -> None:
        self.base, self.placed = at, 0

    def rest(self) -> None:
        """Nothing sounds: what comes next has no place on the grid yet, and is late for none."""
        self.rebase(0)
        self.resting, self.dry = True, None


@attrs.define(eq=False)
class Speaker(AudioSink[_Playback]):
    """Plays `Spoken` audio through an output.

    Args:
        output: where the blocks go; nothing is played by default.
        block: seconds of sound in one block.
        duck_to: decibels of a ducked voice, reached within `ramp` seconds.
        fade: seconds of fade-out after an interruption, over what the output holds already; None for what the
            turn-taking has (`Interruption.fade`, 0.03).
    """

    output: Output = attrs.Factory(Silence)
    block: float = attrs.field(default=0.02, validator=[validators.ge(0.005), validators.le(1.0)])
    fade: float | None = attrs.field(
        default=None, validator=validators.optional(validators.and_(validators.ge(0.0), validators.le(0.4)))
    )

    _fade: float = attrs.field(default=0.03, init=False, repr=False)
    _heard_by: Outbox = attrs.field(init=False, repr=False)
    """Who listens along."""
    _count: int = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._count = max(1, round(self.block * self.output.rate))

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        async with self.output.open(services):
            yield

    def attach(self, ports: Ports) -> None:
        super().attach(ports)
        self._heard_by = cast("Outbox", ports[self.audio])

    async def _play(self, playback: _Playback, ports: Ports) -> None:
        inlet = ports[self.spoken]
        await self._emit_rest(playback, ports, down_to=self._count)
        asked = ports.now()
        async for spoken in inlet.taking():
            self._starved(playback, ports, asked)
            playback.forget(playback.cursor.sent - self._kept)
            playback.take(spoken)
            inlet.commit()  # it is in our own keeping now, which outlives a crash of this loop
            await self._emit_rest(playback, ports, down_to=self._count)
            asked = ports.now()
        if playback.waiting:
            self._starved(playback, ports, asked)
        playback.close()
        await self._emit_rest(playback, ports, down_to=1)
        await self._until_heard(playback, ports)
        playback.resting = True

    @property
    def _rate(self) -> int:
        return self.output.rate

    def _new(self, turn: int) -> _Playback:
        return _Playback(turn, Cursor(self.output.rate))

    def _silence(self, playback: _Playback, *, for_good: bool) -> int:
        # What fades sounds, and would sound again when a held voice goes on: that one ends without.
        fade = (self._fade if self.fade is None else self.fade) if for_good else 0.0
        unheard, cursor = self.output.drop(fade), playback.cursor
        playback.rest()
        if unheard is None:
            return cursor.position(self._now() + round(fade * SECOND))
        return max(playback.begin, cursor.sent - unheard)

    def ahead(self) -> float:
        """Seconds of sound that were synthesised and have not been heard."""
        playback = self._playing
        if playback is None:
            return 0.0
        return (playback.ledger.samples - playback.cursor.position(self._now())) / self.output.rate

    def fade_by(self, seconds: float) -> None:
        self._fade = seconds

    @property
    def _lead(self) -> int:
        """Nanoseconds from a block's writing to its sound: what is written now sounds then."""
        return round(self.output.lead * SECOND)

    @property
    def _kept(self) -> int:
        """Samples of what left that may yet be taken back."""
        return round((_KEPT + self.output.lead) * self.output.rate)

    def _starved(self, playback: _Playback, ports: Ports, asked: int) -> None:
        """There is more to play. If the sound before it ran out while we waited, the grid starts again here."""
        now = ports.now()
        slot = playback.slot()
        if not playback.audible or playback.resting:
            playback.resting = False
            playback.rebase(max(slot if playback.audible else 0, now + self._lead))
        elif now > slot >= asked - _MISSED and now - asked > _AT_ONCE:
            playback.dry = slot if playback.dry is None else playback.dry
            playback.rebase(now + self._lead)
        elif not playback.placed:
            playback.rebase(max(slot, now + self._lead))  # its first block is not whole before this chunk

    async def _emit_rest(self, playback: _Playback, ports: Ports, down_to: int) -> None:
        """Play what is in hand while there are `down_to` samples of it: each block its lead before its instant."""
        while playback.waiting >= down_to:
            due = playback.slot() - self._lead
            # All else that falls on an instant comes first; where a run begins with what just came, it may be past.
            if playback.placed or playback.resting or ports.now() <= due:
                await ports.sleep_until(due, output=True)
            slot, samples = self._seated(playback, ports), playback.next(self._count)
            if not playback.audible:
                await self._begin(playback, slot)
            cursor, at = playback.cursor, playback.cursor.sent
            cursor.push(len(samples), slot)
            playback.placed += len(samples)
            playback.resting = False
            samples = self._gain.apply(samples)
            pts = cursor.place(at) if self._heard_by.is_heard else None
            await self.output.write(samples)
            if pts is not None:
                await self._heard_by.send(Audio(samples, cursor.rate, pts))

    def _seated(self, playback: _Playback, ports: Ports) -> int:
        """The instant at which a block that leaves now is to sound."""
        now, slot = ports.now(), playback.slot()
        if not playback.placed:
            # The first block of a run sounds its lead after it is whole, which may be later than its first chunk came.
            slot = max(slot, now + self._lead)
            playback.rebase(slot)
            if playback.dry is not None:
                ports.mark("speaker.underrun", seconds=(slot - playback.dry) / SECOND)
                playback.dry = None
        elif now - slot > _MISSED:
            ports.mark("speaker.late", seconds=(now - slot) / SECOND)
            slot = now + self._lead
            playback.rebase(slot)
        return slot

    async def _until_heard(self, playback: _Playback, ports: Ports) -> None:
        while (end := playback.cursor.end()) > ports.now():
            await ports.sleep_until(end, output=True)
