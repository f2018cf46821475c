"""Microphones and loudspeakers by PortAudio, through sounddevice. Wants `voiceflow[devices]` and libportaudio2."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import attrs

from voiceflow import Audio, Node, Out, Ports, Samples, Services
from voiceflow.machines.blocks import Blocks, Window
from voiceflow.machines.capture import Captured
from voiceflow.machines.echo import EchoControl
from voiceflow.machines.playout import Playout
from voiceflow.machines.reference import Reference
from voiceflow.nodes._sounddevice import Stream
from voiceflow.nodes._sounddevice_library import Device as Device
from voiceflow.nodes._sounddevice_library import devices as devices
from voiceflow.resampling import Resampling

_SECOND = 1_000_000_000
_LATENCY = 0.06
"""Seconds that a device is asked to hold: so long may its callback wait for Python, which shares one lock."""

_ROOM = 0.5
"""Seconds that a loudspeaker's store holds beyond its buffer: several blocks of a speaker, and a fade."""


def _within(low: float, high: float, unit: str) -> Callable[[object, attrs.Attribute[Any], float], None]:
    def check(owner: object, setting: attrs.Attribute[Any], value: float) -> None:
        if not low <= value <= high:
            raise ValueError(f"{setting.name} is {low} to {high} {unit}; got {value}")

    return check


_rates = _within(4000, 192000, "Hz")
_blocks = _within(0.005, 0.2, "seconds")
_buffers = _within(0.0, 1.0, "seconds")


def _input_of(microphone: Microphone) -> Stream:
    return Stream("input", microphone.device, microphone.rate, microphone.block, microphone.latency)


def _output_of(output: DeviceOutput) -> Stream:
    playout = Playout(round((output.buffer + _ROOM) * output.rate), round(output.buffer * output.rate))
    return Stream("output", output.device, output.rate, output.block, output.latency, playout)


@attrs.define(eq=False)
class Microphone(Node):
    """What a microphone hears: mono int16 blocks of about `block` seconds at `rate` Hz, as they come.

    `device` is a name or a part of one, or an index of `devices()`; None is the default. The first block's `pts` is
    the instant at which it came, in samples since the session began; from there on the device's own samples
    count. What the device or a late program lost stands in `Audio.gap`, and in the trace as `device.overflow`
    (`samples`). Ends only when it is cancelled.

    Raises:
        ProviderError: when it is opened: sounddevice or PortAudio is missing, there is no such device (not
            retryable), or it is busy; from `run`: it was pulled out (retryable: it is looked for again).
    """

    audio = Out(Audio, live=True)

    device: str | int | None = None
    rate: int = attrs.field(default=16000, kw_only=True, validator=_rates)
    block: float = attrs.field(default=0.02, kw_only=True, validator=_blocks)
    latency: float = attrs.field(default=_LATENCY, kw_only=True, validator=_buffers)

    echo: EchoControl | None = attrs.field(default=None, kw_only=True, repr=False)
    """What takes the agent's voice out; of use where the stream has a loudspeaker too."""
    stream: Stream = attrs.field(default=attrs.Factory(_input_of, takes_self=True), kw_only=True, repr=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None]:
        if self.echo is not None:
            await services.compute(self.echo.open, model="echo")
        async with self.stream.open():
            yield

    async def run(self, ports: Ports) -> None:
        stream = self.stream
        await stream.revive()
        stream.forget()
        ear = _Ear(stream.rate, self.rate, self.echo)
        while True:
            taken = await stream.take()
            if taken.gap:
                ports.mark("device.overflow", samples=taken.gap)
            for audio in ear.push(taken, ports.now()):
                await ports[self.audio].send(audio)


class _Ear:
    """From blocks of a device to audio of a graph: each sample in its place, and without the agent's own voice."""

    def __init__(self, source_rate: int, rate: int, echo: EchoControl | None) -> None:
        self._source_rate = source_rate
        self._rate = rate
        self._echo = echo
        self._pts: int | None = None
        self._end = 0
        inner = echo.rate if echo is not None else rate
        self._heard, self._played, self._out = Resampling(inner), Resampling(inner), Resampling(rate)
        size = echo.frame if echo is not None else 1
        self._frames = Blocks(size), Blocks(size)
        self._early = echo.delay if echo is not None else 0
        """Samples that the echo control gives before the first real one."""

    def push(self, taken: Captured, now: int) -> list[Audio]:
        """What a block gives, which came at `now`."""
        if self._pts is None:
            self._pts = max(0, round(now * self._source_rate / _SECOND) - len(taken.heard))
        else:
            self._pts += taken.gap
        heard = Audio(taken.heard, self._source_rate, self._pts, taken.gap)
        played = attrs.evolve(heard, samples=taken.played)
        self._pts = heard.end
        if self._echo is None:
            return [frame for frame in self._heard.push(heard) if isinstance(frame, Audio)]
        return self._without_echo(self._echo, heard, played)

    def _without_echo(self, echo: EchoControl, heard: Audio, played: Audio) -> list[Audio]:
        pairs = zip(
            _windows(self._heard, self._frames[0], heard), _windows(self._played, self._frames[1], played), strict=True
        )
        found: list[Audio] = []
        for ours, theirs in pairs:
            if len(ours.samples) == echo.frame:  # a shorter one stands before a gap, and joins it
                found += self._placed(echo.process(ours.samples, theirs.samples), ours.pts - echo.delay, echo.rate)
        return found

    def _placed(self, samples: Samples, pts: int, rate: int) -> list[Audio]:
        early, self._early = min(self._early, len(samples)), max(0, self._early - len(samples))
        samples, pts = samples[early:], pts + early
        gap = max(0, pts - self._end) if self._end else 0
        self._end = pts + len(samples)
        return (
            [f for f in self._out.push(Audio(samples, rate, pts, gap)) if isinstance(f, Audio)] if len(samples) else []
        )


def _windows(resampling: Resampling, frames: Blocks, audio: Audio) -> list[Window]:
    return [
        window
        for frame in resampling.push(audio)
        if isinstance(frame, Audio)
        for window in frames.push(frame.samples, frame.pts)
    ]


@attrs.define(eq=False)
class DeviceOutput:
    """A loudspeaker as the output of a `Speaker`: mono int16 at `rate` Hz.

    `device` as for a `Microphone`. A reply begins behind `buffer` seconds of silence, by which the program may be late
    with any later block. `lead` is that and what the device takes: seconds from `write` to the air. When the program
    was later than that, the trace says `device.underrun` (`seconds` of silence that were heard instead); when the
    machine was so busy that the device itself had nothing to play, `device.underflow` (likewise). Nothing is lost.

    Raises:
        ProviderError: as a `Microphone`.
    """

    device: str | int | None = None
    rate: int = attrs.field(default=24000, kw_only=True, validator=_rates)
    buffer: float = attrs.field(default=0.06, kw_only=True, validator=_buffers)
    block: float = attrs.field(default=0.02, kw_only=True, validator=_blocks)
    latency: float = attrs.field(default=_LATENCY, kw_only=True, validator=_buffers)

    stream: Stream = attrs.field(default=attrs.Factory(_output_of, takes_self=True), kw_only=True, repr=False)
    _services: Services | None = attrs.field(default=None, init=False, repr=False)
    _told: tuple[int, int] = attrs.field(default=(0, 0), init=False, repr=False)
    """Samples missed, and those by which the device was late, that the trace knows of."""

    @property
    def lead(self) -> float:
        """Seconds from `write` to the air, to half a block of the device."""
        return self.buffer + self.stream.latency + self.block / 2

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None]:
        self._services = services
        async with self.stream.open():
            yield

    async def write(self, samples: Samples) -> None:
        """Hand over a block; waits only while the store (half a second beyond the buffer) is full."""
        assert self._services is not None, "an output is opened before it is written to"
        await self.stream.put(samples)
        self._tell(self._services)

    def drop(self, fade: float) -> int:
        """Play no more of what was written, but for a fade of so many seconds; what the device holds still sounds.

        Returns how many samples will not sound.
        """
        return self.stream.drop(fade)

    def _tell(self, services: Services) -> None:
        missed, late = self.stream.playout.missed, self.stream.late
        if missed > self._told[0]:
            services.mark("device.underrun", seconds=(missed - self._told[0]) / self.rate)
        if late > self._told[1]:
            services.mark("device.underflow", seconds=(late - self._told[1]) / self.rate)
        self._told = missed, late


@attrs.define(eq=False)
class LocalAudio:
    """A microphone and a loudspeaker in one room, so that the agent does not hear itself.

    `microphone` goes into a graph, `loudspeaker` into its `Speaker`. Both run at `rate` Hz; `echo` stands between what
    is heard and the graph, and is given what the loudspeaker was given to play meanwhile, sample by sample; None lets
    everything pass.

    Raises:
        ProviderError: as a `Microphone`, when it is opened.
    """

    input: str | int | None = None
    output: str | int | None = None
    echo: EchoControl | None = attrs.field(default=None, kw_only=True)
    rate: int = attrs.field(default=48000, kw_only=True, validator=_rates)
    block: float = attrs.field(default=0.02, kw_only=True, validator=_blocks)
    latency: float = attrs.field(default=_LATENCY, kw_only=True, validator=_buffers)
    buffer: float = attrs.field(default=0.06, kw_only=True, validator=_buffers)
    microphone: Microphone = attrs.field(init=False)
    loudspeaker: DeviceOutput = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # The margin is what the loudspeaker alone holds, so that the echo comes later than its reference by what the
        # microphone holds and the way through the air; a busy machine is ahead or behind by tenths of a second.
        half_a_second = round(0.5 * self.rate)
        reference = Reference(round(self.latency * self.rate), half_a_second, settle=half_a_second)
        self.loudspeaker = DeviceOutput(
            self.output, rate=self.rate, buffer=self.buffer, block=self.block, latency=self.latency
        )
        playing = self.loudspeaker.stream
        playing.reference = reference
        heard = Stream("input", self.input, self.rate, self.block, self.latency, reference=reference, lock=playing.lock)
        self.microphone = Microphone(self.input, block=self.block, latency=self.latency, echo=self.echo, stream=heard)
