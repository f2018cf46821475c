"""The agent's ear in a call from far away: a source that is fed from outside its graph."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs
import trio
from attrs import validators as are

from voiceflow._clock import SECOND
from voiceflow.frames import Audio, Samples
from voiceflow.machines.arrivals import Arrivals
from voiceflow.machines.blocks import Window
from voiceflow.machines.dtmf import Digit
from voiceflow.node import Node
from voiceflow.ports import Out
from voiceflow.resampling import Resampler
from voiceflow.services import Ports, Services

_KEPT = 2.0
"""Seconds of sound that wait to be heard: a stall of the line that brings a second at once, and as much again."""


@attrs.define(eq=False)
class Ear(Node):
    """What the caller says: mono int16 at `rate` Hz, whatever came on the line; and the keys that the caller presses.

    `hear` is called with samples as they come. They are put into their places by `Arrivals`: what is late loses
    nothing, after a second of nothing there is silence. Of what nobody takes the last two seconds are kept, and the
    block behind the hole says how large it is (`Audio.gap`). Ends when `hang_up` is called.
    """

    audio = Out(Audio)
    digits = Out(Digit)

    rate: int = attrs.field(default=16000, validator=[are.ge(8000), are.le(48000)])

    arrivals: Arrivals = attrs.field(init=False, repr=False)
    _services: Services | None = attrs.field(default=None, init=False, repr=False)
    _resampler: Resampler | None = attrs.field(default=None, init=False, repr=False)
    _ready: deque[Window] = attrs.field(factory=deque[Window], init=False, repr=False)
    _gap: int = attrs.field(default=0, init=False, repr=False)
    """Samples in front of what is ready that were not taken in time."""
    _keys: deque[Digit] = attrs.field(factory=deque[Digit], init=False, repr=False)
    _news: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _over: bool = attrs.field(default=False, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.arrivals = Arrivals(self.rate)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        self._services = services
        try:
            yield
        finally:
            self._services = None

    def hear(self, samples: Samples, rate: int) -> None:
        """Samples came, at `rate` Hz. What comes before the call begins, or after it, is not heard."""
        if self._services is None or self._over:
            return
        if self._resampler is None or self._resampler.source_rate != rate:
            self._resampler = Resampler(rate, self.rate)
        self._put(self.arrivals.push(self._resampler.push(samples), self._services.now()))
        self._news.set()

    def _put(self, windows: list[Window]) -> None:
        self._ready += windows
        if windows:
            oldest = windows[-1].end - round(_KEPT * self.rate)
            while self._ready[0].end <= oldest:
                self._gap += len(self._ready.popleft().samples)

    def press(self, keys: str) -> None:
        """The caller pressed keys, by a message."""
        if self._services is None:
            return
        at = self._services.now() * self.rate // SECOND
        self._keys += (Digit(key, at, at, self.rate) for key in keys)
        self._news.set()

    def hang_up(self) -> None:
        """The caller has gone."""
        self._over = True
        self._news.set()

    async def run(self, ports: Ports) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._tick, ports)
            await self._hand_on(ports)
            nursery.cancel_scope.cancel(reason="the caller has gone")

    async def _hand_on(self, ports: Ports) -> None:
        audio, digits = ports[self.audio], ports[self.digits]
        while not self._over:
            while self._ready:
                window = self._ready.popleft()
                gap, self._gap = self._gap, 0
                await audio.send(Audio(window.samples, self.rate, window.pts, gap))
            while self._keys:
                await digits.send(self._keys.popleft())
            self._news = trio.Event()
            await self._news.wait()

    async def _tick(self, ports: Ports) -> None:
        """Put in the silence that is due. While sound comes that moves on: one sleep lasts for many blocks."""
        while True:
            if (due := self.arrivals.due) is None:
                await self._news.wait()
            elif due > ports.now():
                await ports.sleep_until(due)
            else:
                self._put(self.arrivals.tick(ports.now()))
                self._news.set()
