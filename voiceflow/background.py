"""Sounds under the agent's voice: an office, a line's hum, keys that are struck while the agent thinks.

They are mixed in front of an output, by an output: `Speaker(Background(DeviceOutput(), "office.ogg"))`. The speaker
writes its voice there as it would write it to the device, and knows of nothing else; so what was heard, dropped and
stored is counted in samples of the voice, as ever. The mixture is written on a grid of its own. A voice that is
written at some instant sounds `lead` later, which is the output's own and one block, at exactly that sample.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import attrs
import numpy as np
import trio
from attrs import validators as are

from voiceflow._clock import OUTPUT, SECOND, Clock, sleep_until
from voiceflow.errors import ProviderError
from voiceflow.frames import Audio, Samples
from voiceflow.machines.gain import from_decibels
from voiceflow.machines.mixer import Mixer, Track, seamless
from voiceflow.output import Output
from voiceflow.resampling import Resampler
from voiceflow.services import Services
from voiceflow.sound_file import read_audio
from voiceflow.trace import Mark

if TYPE_CHECKING:
    from voiceflow.session import Session

_MISSED = 200_000_000
"""Nanoseconds: a block that leaves later than that was missed by any device, and the grid moves."""

_ROOM = 2
"""Blocks of voice that wait to be mixed: what a speaker that paces itself has there. With more, it waits."""

_RETRY = 0.5
"""Seconds after which an output that failed is tried again."""

_RECALLED = 100
"""Pieces that are remembered for when an output gives some back: of the least block, half a second and more."""

_REOPENED = 0.02
"""Seconds within which the sounds come back behind an interruption, for which the output forgot what it held."""


Place = tuple[int, int]
"""The first sample of a piece on the mixture's grid, and the one behind its last."""


def _recent() -> deque[Place]:
    return deque(maxlen=_RECALLED)


def _back(pieces: deque[Place], count: int) -> int:
    """Where on the grid the last `count` samples of these pieces begin."""
    for begin, end in reversed(pieces):
        if count <= end - begin:
            return end - count
        count -= end - begin
    return 0


def _path(sound: str | os.PathLike[str] | Audio | None) -> str | Audio | None:
    return sound if sound is None or isinstance(sound, Audio) else os.fspath(sound)


def _samples(sound: str | Audio, rate: int) -> Samples:
    """A sound at `rate` Hz."""
    if isinstance(sound, str):
        return read_audio(sound, rate)
    resampler = Resampler(sound.rate, rate)
    return np.concatenate((resampler.push(sound.samples), resampler.end()))


@attrs.define(eq=False)
class Background:
    """An output that plays sounds under what is written to it, on another output.

    Args:
        output: where the mixture goes.
        sound: loops as long as the session is open: the path of a sound file, or `Audio` at any rate.
        thinking: loops from `think` to `answer`; with `follow`, from the moment that a user's turn is committed to the
            first audible sample of the reply.
        gain, thinking_gain: decibels, 0 being as loud as it was recorded.
        duck: decibels by which both are lower under the voice; reached in `attack` seconds, kept until `hold` seconds
            after the voice's last sample, left within `release` seconds.
        fade: seconds in which a sound begins and ends.
        thinking_after: seconds of thinking that stay silent.
        seam: seconds of a loop's end that go over into its beginning, for recordings whose ends do not meet.
        block: seconds of the mixture that are written at a time.

    Marks: `background.late` (`seconds`) when a voice came too late for its place, or the machine did.

    Raises:
        ProviderError: from `open`: a sound file cannot be read; as the output does, from `open` and `write`.
        ValueError: a setting is out of its range.
    """

    output: Output
    sound: str | Audio | None = attrs.field(default=None, converter=_path)
    thinking: str | Audio | None = attrs.field(default=None, converter=_path, kw_only=True)
    gain: float = attrs.field(default=-20.0, kw_only=True, validator=[are.ge(-96.0), are.le(20.0)])
    thinking_gain: float = attrs.field(default=-20.0, kw_only=True, validator=[are.ge(-96.0), are.le(20.0)])
    duck: float = attrs.field(default=-12.0, kw_only=True, validator=[are.ge(-96.0), are.le(0.0)])
    attack: float = attrs.field(default=0.05, kw_only=True, validator=[are.ge(0.0), are.le(5.0)])
    hold: float = attrs.field(default=0.3, kw_only=True, validator=[are.ge(0.0), are.le(10.0)])
    release: float = attrs.field(default=0.5, kw_only=True, validator=[are.ge(0.0), are.le(10.0)])
    fade: float = attrs.field(default=0.3, kw_only=True, validator=[are.ge(0.0), are.le(10.0)])
    thinking_after: float = attrs.field(default=0.0, kw_only=True, validator=[are.ge(0.0), are.le(60.0)])
    seam: float = attrs.field(default=0.0, kw_only=True, validator=[are.ge(0.0), are.le(10.0)])
    block: float = attrs.field(default=0.02, kw_only=True, validator=[are.ge(0.005), are.le(0.2)])

    _mixer: Mixer = attrs.field(factory=Mixer, init=False, repr=False)
    _musing: Track | None = attrs.field(default=None, init=False, repr=False)
    _clock: Clock | None = attrs.field(default=None, init=False, repr=False)
    """Its epoch is the instant of the mixture's sample 0; None while the output is not open."""
    _turn: int | None = attrs.field(default=None, init=False, repr=False)
    """The answer that is thought about."""
    _voiced: deque[Place] = attrs.field(factory=_recent, init=False, repr=False)
    """The pieces of the voice,"""
    _written: deque[Place] = attrs.field(factory=_recent, init=False, repr=False)
    """and what the output was given of the mixture."""
    _mixed: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _error: ProviderError | None = attrs.field(default=None, init=False, repr=False)
    _late: int = attrs.field(default=0, init=False, repr=False)

    @property
    def rate(self) -> int:
        """Hz of the samples it takes: the output's."""
        return self.output.rate

    @property
    def lead(self) -> float:
        """Seconds from `write` to the sound."""
        return self.output.lead + self._count / self.rate

    @property
    def _count(self) -> int:
        return max(1, round(self.block * self.rate))

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        room = await self._track(services, self.sound, self.gain)
        self._musing = await self._track(services, self.thinking, self.thinking_gain)
        attack, hold, release = (round(seconds * self.rate) for seconds in (self.attack, self.hold, self.release))
        tracks = [track for track in (room, self._musing) if track is not None]
        self._mixer = Mixer(from_decibels(self.duck), attack, hold, release, tracks)
        self._error, self._turn, self._late = None, None, 0
        self._voiced, self._written = _recent(), _recent()
        if room is not None:
            room.start(0)
        async with self.output.open(services), trio.open_nursery() as nursery:
            self._clock = Clock()
            nursery.start_soon(self._play, self._clock, services)
            try:
                yield
            finally:
                self._clock = None
                nursery.cancel_scope.cancel(reason="the session closes")

    async def _track(self, services: Services, sound: str | Audio | None, gain: float) -> Track | None:
        if sound is None:
            return None
        if isinstance(sound, Audio) and sound.rate == self.rate:
            samples = sound.samples
        else:
            samples = await services.compute(_samples, sound, self.rate, model="soundfile", width=8)
        seam = min(round(self.seam * self.rate), len(samples) // 2)
        return Track(seamless(samples, seam), from_decibels(gain), fade=round(self.fade * self.rate))

    async def write(self, samples: Samples) -> None:
        """Place a block of the voice. Waits only while the output is behind.

        Raises:
            ProviderError: the output failed since the last block.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        self._raise_error()
        begin = self._mixer.put(self._next(), samples)
        self._voiced.append((begin, begin + len(samples)))
        while self._mixer.waiting > _ROOM * self._count:
            await self._mixed.wait()
            self._raise_error()

    def drop(self, fade: float) -> int | None:
        """Forget the voice, after a fade. Where the output holds some of it, the sounds under that go with it.

        Returns how many samples of the voice will not sound.
        """
        if self._clock is None:
            return None
        ear = self._next() - round(self.lead * self.rate)
        silent = ear + round(fade * self.rate)
        self._mixer.drop(ear, silent - ear)
        if self._mixer.voiced > ear:
            unheard = self.output.drop(fade)
            self._mixer.reopen(round(_REOPENED * self.rate))
            if unheard is not None:
                silent = _back(self._written, unheard)
        lost = sum(end - max(begin, min(end, silent)) for begin, end in self._voiced)
        self._voiced.clear()
        return lost

    def think(self) -> None:
        """Begin to play the sound of thinking."""
        if self._musing is not None and self._clock is not None:
            self._musing.start(self._next() + round(self.thinking_after * self.rate))

    def answer(self) -> None:
        """Fade it out, from the sample on that is written now."""
        if self._musing is not None and self._clock is not None:
            self._musing.stop(self._next())

    def follow(self, session: Session) -> Callable[[], None]:
        """Let the session's turns say when the agent thinks; call what is returned to stop."""

        def committed(mark: Mark) -> None:
            self._turn = mark.turn
            self.think()

        def over(mark: Mark) -> None:
            if mark.turn == self._turn:
                self.answer()

        ends = ("turn.audible", "turn.interrupted", "turn.dropped", "turn.ended")
        stops = [session.on("turn.committed", committed), *(session.on(name, over) for name in ends)]

        def stop() -> None:
            for each in stops:
                each()

        return stop

    def _next(self) -> int:
        """The sample at which what is written now stands: a block ahead of the one whose time it is."""
        assert self._clock is not None, "an output is opened before it is written to"
        return round(self._clock.now() * self.rate / SECOND) + self._count

    def _raise_error(self) -> None:
        if self._error is not None:
            error = self._error
            self._error = None if error.retryable else error
            raise ProviderError(str(error), retryable=error.retryable) from error

    async def _play(self, clock: Clock, services: Services) -> None:
        """Give the output block after block, each at its instant."""
        while self._error is None or self._error.retryable:
            due = self._mixer.given * SECOND // self.rate
            await sleep_until(clock.when(due) + OUTPUT)
            await trio.lowlevel.checkpoint()  # a voice that is as late as we are may still come in time
            if clock.now() - due > _MISSED:
                services.mark("background.late", seconds=(clock.now() - due) / SECOND)
                clock.epoch += (clock.now() - due) / SECOND
            sounding = not self._mixer.silent(self._count)
            block = self._mixer.take(self._count)
            self._tell(services)
            if sounding:
                self._written.append((self._mixer.given - len(block), self._mixer.given))
                await self._give(block)

    async def _give(self, block: Samples) -> None:
        try:
            await self.output.write(block)
        except ProviderError as error:  # the voice is told, as it would be without us
            self._error = error
        self._mixed.set()
        self._mixed = trio.Event()
        if self._error is not None:
            await trio.sleep(_RETRY)

    def _tell(self, services: Services) -> None:
        late, self._late = self._mixer.late - self._late, self._mixer.late
        if late:
            services.mark("background.late", seconds=late / self.rate)
