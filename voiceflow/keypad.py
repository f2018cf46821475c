"""A telephone's keys in a graph: found in the audio, and collected to numbers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager

import attrs
import trio
from attrs import validators as are

from voiceflow._clock import SECOND
from voiceflow.errors import VoiceflowError
from voiceflow.frames import Audio, Frame
from voiceflow.machines.digits import Collected as Collected
from voiceflow.machines.digits import Collector
from voiceflow.machines.digits import CollectSettings as CollectSettings
from voiceflow.machines.dtmf import Digit as Digit
from voiceflow.machines.dtmf import DtmfDetector
from voiceflow.node import Node, Stage, StageNode
from voiceflow.ports import In, Out
from voiceflow.services import Ports, Services


class _Finding(Stage[Audio]):
    def __init__(self, level: float) -> None:
        self._level = level
        self._machine: DtmfDetector | None = None

    def push(self, frame: Audio) -> Iterable[Frame]:
        if self._machine is None or self._machine.rate != frame.rate:
            self._machine = DtmfDetector(frame.rate, self._level)
        return self._machine.push(frame.samples, frame.pts)


@attrs.define(eq=False)
class Dtmf(StageNode):
    """Finds keys in the audio of a call, at any rate from 8 kHz on; connect it beside the VAD.

    `level` is the weakest tone that counts, in decibels of a full-scale sine. Where a telephone's provider tells of
    keys by messages, its source has an outlet for them, and this is not needed.
    """

    audio = In(Audio)
    digits = Out(Digit)

    level: float = attrs.field(default=-32.0, validator=[are.ge(-60.0), are.le(0.0)])

    def stage(self) -> Stage[Audio]:
        return _Finding(self.level)


@attrs.define(eq=False)
class Keypad(Node):
    """Hears the keys that a caller presses, and collects them when it is asked to.

    `on_key(key)` is called for every key. Marks: `key` for each, without saying which: it may be part of a secret.
    """

    digits = In(Digit, items=32)

    on_key: Callable[[str], object] = attrs.field(default=lambda key: None, repr=False)
    _services: Services | None = attrs.field(default=None, init=False, repr=False)
    _collector: Collector | None = attrs.field(default=None, init=False, repr=False)
    _first: Callable[[], object] = attrs.field(default=lambda: None, init=False, repr=False)
    _news: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        self._services = services
        try:
            yield
        finally:
            self._hang_up()

    async def run(self, ports: Ports) -> None:
        async for digit in ports[self.digits]:
            ports.mark("key")
            self._press(digit.digit, ports.now())
        self._hang_up()

    def _hang_up(self) -> None:
        """No key will come any more."""
        self._services = None
        if self._collector is not None:
            self._collector.cancel()
            self._tell()

    async def collect(
        self, settings: CollectSettings | None = None, *, first: Callable[[], object] = lambda: None
    ) -> Collected:
        """Collect a number from the keys that come from now on. `first()` is called at the first that counts.

            await keypad.collect(CollectSettings(most=4), first=session.interrupt)

        Raises:
            VoiceflowError: the session is not running, the caller has hung up, or another collection is under way.
        """
        services = self._services
        if services is None:
            raise VoiceflowError("keys are collected while the caller is there, from a keypad that is in the graph")
        if self._collector is not None:
            raise VoiceflowError("another collection is under way; one at a time")
        collector = self._collector = Collector(settings or CollectSettings(), services.now())
        self._first = first
        try:
            while collector.done is None:
                due, now = collector.due(), services.now()
                with trio.move_on_after(float("inf") if due is None else max(0, due - now) / SECOND):
                    await self._news.wait()
                collector.tick(services.now())
            return collector.done
        finally:
            self._collector = None

    def _press(self, key: str, now: int) -> None:
        collector = self._collector
        if collector is not None:
            before = collector.begun
            collector.press(key, now)
            self._tell()
            if collector.begun and not before:
                self._first()
        self.on_key(key)

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()
