"""The audio sink: plays each turn block by block on absolute deadlines, and knows what the user has heard.

A reply's first sample sets the grid; every block has an instant at which it starts to sound, counted in samples
from there, so that late wake-ups never add up. Blocks go to the output `lead` seconds before that instant. All that
an interruption needs is synchronous.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs
import trio
from attrs import validators

from voiceflow._clock import SECOND
from voiceflow.audio_sink import AudioSink, Playback
from voiceflow.frames import Audio
from voiceflow.machines.cursor import Cursor
from voiceflow.output import Output as Output
from voiceflow.output import Silence as Silence
from voiceflow.services import Ports, Sender, Services

# A block that leaves later than this after its instant has been missed by any device: the grid moves.
_MISSED = 200_000_000


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

    def pts(self) -> int:
        """The place of the next sample on the session's clock: within a run, exactly behind the one before."""
        return round(self.base * self.cursor.rate / SECOND) + self.placed

    def rebase(self, at: int) -> None:
        self.base, self.placed = at, 0


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
    _heard_by: Sender[Audio] | None = attrs.field(default=None, init=False, repr=False)
    """Who listens along."""
    _held_at: int | None = attrs.field(default=None, init=False, repr=False)
    _released: trio.Event | None = attrs.field(default=None, init=False, repr=False)
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
        self._heard_by = ports[self.audio]
        self._held_at = self._released = None

    async def play(self, ports: Ports) -> None:
        playback = self._playback(ports.turn)
        inlet = ports[self.spoken]
        await self._emit_rest(playback, ports, down_to=self._count)
        asked = ports.now()
        async for spoken in inlet.taking():
            self._starved(playback, ports, asked)
            playback.take(spoken)
            inlet.commit()  # it is in our own keeping now, which outlives a crash of this loop
            await self._emit_rest(playback, ports, down_to=self._count)
            asked = ports.now()
        if len(playback.rest):
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

    def _silence(self, playback: _Playback) -> None:
        self.output.drop(self._fade if self.fade is None else self.fade)

    def ahead(self) -> float:
        """Seconds of sound that were synthesised and have not been heard."""
        playback = self._playing
        if playback is None:
            return 0.0
        return (playback.ledger.samples - playback.cursor.position(self._now())) / self.output.rate

    def fade_by(self, seconds: float) -> None:
        self._fade = seconds

    def hold(self) -> None:
        """Play nothing more until `resume`; what the output holds already sounds to its end."""
        if self._held_at is not None or self._ports is None:
            return
        self._held_at, self._released = self._ports.now() + self._lead, trio.Event()
        if self._playing is not None and self._playing.audible:
            self._playing.cursor.hold(self._held_at)

    def resume(self) -> None:
        self._gain.go_to(1.0)
        if self._held_at is None or self._ports is None or self._released is None:
            return
        now, silent = self._ports.now(), self._held_at
        self._held_at = None
        playing = self._playing if self._playing is not None and self._playing.audible else None
        if playing is not None:
            silent = min(silent, playing.slot())  # a slow voice may have left nothing to be held
        # An output that still holds some of it goes on without a gap; one that ran dry sounds its lead later.
        sounds = now if now < silent else now + self._lead
        if playing is not None:
            playing.cursor.resume(sounds)
            playing.base += max(0, sounds - max(silent, playing.base))
        self._released.set()

    @property
    def _lead(self) -> int:
        """Nanoseconds from a block's writing to its sound: what is written now sounds then."""
        return round(self.output.lead * SECOND)

    def _starved(self, playback: _Playback, ports: Ports, asked: int) -> None:
        """There is more to play. If the sound before it ran out while we waited, the grid starts again here."""
        now = ports.now()
        slot = playback.slot()
        if not playback.audible or playback.resting:
            playback.resting = False
            playback.rebase(max(slot if playback.audible else 0, now + self._lead))
        elif self._held_at is not None:
            return  # the grid stands; where it goes on is seen when playback does
        elif now > slot >= asked - _MISSED and now > asked:
            playback.dry = slot if playback.dry is None else playback.dry
            playback.rebase(now + self._lead)

    async def _emit_rest(self, playback: _Playback, ports: Ports, down_to: int) -> None:
        """Play what is in hand, block by block, while there are `down_to` samples of it."""
        while len(playback.rest) >= down_to:
            await self._emit(playback, ports)

    async def _emit(self, playback: _Playback, ports: Ports) -> None:
        """Hand one block to the output, `lead` seconds before its instant."""
        while True:
            await ports.sleep_until(playback.slot() - self._lead, output=True)
            if self._held_at is None or self._released is None:
                break
            await self._released.wait()
            if not playback.audible or playback.slot() < ports.now():
                playback.dry = None  # it was to be silent
                playback.rebase(ports.now() + self._lead)
        now = ports.now()
        if not playback.placed:
            # The first block of a run sounds its lead after it is whole, which may be later than its first chunk came.
            playback.rebase(max(playback.base, now + self._lead))
            if playback.dry is not None:
                ports.mark("speaker.underrun", seconds=(playback.base - playback.dry) / SECOND)
                playback.dry = None
        slot = playback.slot()
        if now - slot > _MISSED:
            ports.mark("speaker.late", seconds=(now - slot) / SECOND)
            slot = now + self._lead
            playback.rebase(slot)
        await self._send(playback, slot)

    async def _send(self, playback: _Playback, slot: int) -> None:
        pts = playback.pts()
        samples, playback.rest = playback.rest[: self._count], playback.rest[self._count :]
        if not playback.audible:
            await self._begin(playback, slot)
        playback.cursor.push(len(samples), slot)
        playback.placed += len(samples)
        samples = self._gain.apply(samples)
        await self.output.write(samples)
        assert self._heard_by is not None
        await self._heard_by.send(Audio(samples, self.output.rate, pts))

    async def _until_heard(self, playback: _Playback, ports: Ports) -> None:
        while True:
            end = playback.cursor.end()
            if end is not None:
                if end <= ports.now():
                    return
                await ports.sleep_until(end, output=True)
            elif self._released is not None:
                await self._released.wait()
