"""One stream of PortAudio: a thread of its own that serves the device, and the tasks of a session on the other side."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from threading import Event, Lock, Thread
from time import monotonic_ns

import attrs
import numpy as np
import trio

from voiceflow import ProviderError, Samples
from voiceflow.machines.capture import Capture, Captured
from voiceflow.machines.playout import Playout
from voiceflow.machines.reference import Reference
from voiceflow.machines.refill import Refill
from voiceflow.nodes._sounddevice_library import NAMES, Handle, Kind, close_device, failures, open_device, there

_SECOND = 1_000_000_000

_KEPT = 1.0
"""Seconds of what was heard that wait for a program that does not come; then the oldest are lost."""

_DEAD = 3.0
"""Seconds without a sign of life after which a device is given up; a busy machine is late by tenths."""

_CLOSING = 5.0
"""Seconds for a device to be closed in; one that hangs is left to its thread."""

_SOON = 0.002
"""Seconds until a device that is late is asked again."""


@attrs.define(eq=False)
class _Service:
    """One opening of a device, from its thread's start to its end."""

    token: trio.lowlevel.TrioToken
    stop: Event = attrs.field(factory=Event)
    running: bool = False
    failure: ProviderError | None = None
    opened: trio.Event = attrs.field(factory=trio.Event)
    ended: trio.Event = attrs.field(factory=trio.Event)


@attrs.define(eq=False)
class Stream:
    """A microphone or a loudspeaker: mono int16 at `rate` Hz, `block` seconds at a time.

    A pair that shares `reference` and `lock` pairs what is heard with what is played. The device is opened, served and
    closed by one thread, which waits for it without a callback: PortAudio would begin a loudspeaker with a single
    block in it, which a sound server swallows at once (see `Refill`), and ends the thread of a callback by cancelling
    it in the middle of whatever it does.
    """

    kind: Kind
    device: str | int | None
    rate: int
    block: float
    asked: float
    """Seconds that the device is asked to hold."""
    playout: Playout = attrs.field(factory=lambda: Playout(1))
    reference: Reference | None = None
    lock: Lock = attrs.field(factory=Lock)
    latency: float = attrs.field(init=False)
    """Seconds that it holds, as PortAudio says once it is open."""
    capture: Capture = attrs.field(init=False)
    late: int = attrs.field(default=0, init=False)
    """Samples by which sound came later because the device had nothing to play, in all."""
    _size: int = attrs.field(init=False)
    _service: _Service | None = attrs.field(default=None, init=False)
    _ran: bool = attrs.field(default=False, init=False)
    _opening: trio.Lock = attrs.field(factory=trio.Lock, init=False)
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)
    _waiting: bool = attrs.field(default=False, init=False)
    _in_hand: int = attrs.field(default=0, init=False)
    """Samples that are to be put and were not yet."""

    def __attrs_post_init__(self) -> None:
        self.latency = self.asked
        self.capture = Capture(round(_KEPT * self.rate))
        self._size = round(self.block * self.rate)

    @property
    def running(self) -> bool:
        """Whether the device is open and gives or takes sound."""
        return self._service is not None and self._service.running

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """The device runs inside of this.

        Raises:
            ProviderError: there is no such device (not retryable), or it is busy or gone (retryable).
        """
        try:
            await self.revive()
            yield
        finally:
            await self._close()

    async def revive(self) -> None:
        """Open the device, if it does not run: the first time, or after it was gone."""
        async with self._opening:
            if self.running:
                return
            await self._close()
            service = self._service = _Service(trio.lowlevel.current_trio_token())
            # From here, and not by a worker: the thread has the event loop's priority, and it is to have no less.
            Thread(target=self._serve, args=(service,), name=f"voiceflow {NAMES[self.kind]}", daemon=True).start()
            await service.opened.wait()
            if service.failure is not None:
                # One that has been there may come back, whatever PortAudio says of it now.
                raise ProviderError(str(service.failure), retryable=self._ran or service.failure.retryable)
            self._ran = True

    async def _close(self) -> None:
        service, self._service = self._service, None
        if service is not None:
            service.stop.set()
            with trio.move_on_after(_CLOSING, shield=True):
                await service.ended.wait()

    # In the thread of the device.

    def _serve(self, service: _Service) -> None:
        try:
            handle = open_device(self.kind, self.device, rate=self.rate, block=self._size, latency=self.asked)
        except ProviderError as error:
            service.failure = error
        else:
            self._run(service, handle)
        finally:
            self._call(service, service.opened.set)
            self._call(service, service.ended.set)

    def _run(self, service: _Service, handle: Handle) -> None:
        self.latency, service.running = handle.latency, True
        self._call(service, service.opened.set)
        try:
            (self._listen if self.kind == "input" else self._play)(service, handle)
        except failures():
            pass  # it is gone, which whoever waits for it is told by `running`
        finally:
            service.running = False
            close_device(handle)
            self._call(service, self._tell)

    def _listen(self, service: _Service, handle: Handle) -> None:
        due: float | None = None
        """When the next block is to come."""
        while not service.stop.is_set():
            there_are = handle.read_available
            if there_are < self._size:
                service.stop.wait(max(_SOON, (self._size - there_are) / self.rate))
                continue
            heard, overflowed = handle.read(self._size)
            # By when it came: PulseAudio's word on when it was heard was seen to be wrong by 0.2 to 0.7 s at first.
            now, gap = monotonic_ns() / _SECOND, 0
            if due is None or overflowed:
                late = now - due - self.latency if due is not None else 0.0
                gap, due = max(0, round(late * self.rate)), now
            due += self._size / self.rate
            self._heard(np.frombuffer(bytes(heard), np.int16), gap)
            self._call(service, self._tell)

    def _heard(self, samples: Samples, gap: int) -> None:
        with self.lock:
            played = np.zeros(len(samples), np.int16)
            if self.reference is not None:
                played = self.reference.pull(gap + len(samples))[gap:]
            self.capture.put(Captured(samples, played, gap))

    def _play(self, service: _Service, handle: Handle) -> None:
        refill, before = Refill(self.rate, max(self._size, handle.write_available), self._size), self.late
        while not service.stop.is_set():
            free = handle.write_available
            dose = refill.due(free, monotonic_ns())
            if not dose.silence and not dose.sound:
                service.stop.wait(max(_SOON, refill.wait(free)))
                continue
            late = handle.write(self._dose(dose.missed, dose.silence, dose.sound).tobytes())
            if late and not dose.silence:  # which it was given because it had run dry
                refill.ran_dry()
            self.late = before + refill.late
            if self._waiting:
                self._call(service, self._tell)

    def _dose(self, missed: int, silence: int, sound: int) -> Samples:
        with self.lock:
            samples = np.concatenate((np.zeros(silence, np.int16), self.playout.read(sound)))
            if self.reference is not None:
                self.reference.push(np.concatenate((np.zeros(missed, np.int16), samples)))
        return samples

    def _call(self, service: _Service, what: Callable[[], object]) -> None:
        with suppress(trio.RunFinishedError):  # the session is over, and the device about to be
            service.token.run_sync_soon(what, idempotent=True)

    # In the tasks of the session.

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def take(self) -> Captured:
        """The next block that was heard. Raises `ProviderError` (retryable) when the device is gone."""
        while True:
            news = self._news
            with self.lock:
                block = self.capture.take()
            if block is not None:
                return block
            await self._wait(news)

    def forget(self) -> None:
        """What was heard by now is of no use."""
        with self.lock:
            self.capture.clear()

    async def put(self, samples: Samples) -> None:
        """Hand over what is to be played, opening the device and waiting for room where it must, until a drop.

        Raises:
            ProviderError: it is gone (retryable), or cannot be opened.
        """
        self._in_hand = len(samples)
        try:
            await self.revive()
            await trio.lowlevel.checkpoint()
            while self._in_hand:
                news = self._news
                with self.lock:
                    samples = samples[self.playout.write(samples) :]
                    self._in_hand = len(samples)
                    self._waiting = self._in_hand > 0
                if self._in_hand:
                    await self._wait(news)
        finally:
            self._in_hand = 0

    def drop(self, fade: float) -> int:
        """What waits is not played, but for a fade of so many seconds. How many samples that were put will not sound.

        Those that `put` has in hand are some of them: it puts no more.
        """
        with self.lock:
            unheard, self._in_hand = self.playout.drop(self.rate, fade) + self._in_hand, 0
        self._tell()
        return unheard

    async def _wait(self, news: trio.Event) -> None:
        if self.running:
            with trio.move_on_after(_DEAD):
                return await news.wait()
        raise ProviderError(
            f"the {NAMES[self.kind]} ({self.device or 'the default'}) gives no sign of life; was it pulled out, or "
            f"has the sound server ended? {there(self.kind)}",
            retryable=True,
        )
