"""One stream of PortAudio: its callback thread on one side, the tasks of a session on the other."""

from __future__ import annotations

import ctypes
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any, Literal, Protocol, cast

import attrs
import numpy as np
import trio

from voiceflow import ProviderError, Samples, Services
from voiceflow.machines.capture import Capture, Captured
from voiceflow.machines.playout import Playout
from voiceflow.machines.reference import Reference

Kind = Literal["input", "output"]

_CLASSES = {"input": "RawInputStream", "output": "RawOutputStream"}
_NAMES = {"input": "microphone", "output": "loudspeaker"}

_KEPT = 1.0
"""Seconds of what was heard that wait for a program that does not come; then the oldest are lost."""

_DEAD = 3.0
"""Seconds without a sign of life after which a device is given up; a busy machine is late by tenths."""

_BUSY, _BAD_RATE = -9985, -9997
"""paDeviceUnavailable, paInvalidSampleRate (portaudio.h)."""


class _Handle(Protocol):
    latency: float
    active: bool

    def start(self) -> None: ...
    def abort(self) -> None: ...
    def close(self) -> None: ...


class _Times(Protocol):
    currentTime: float


class _Status(Protocol):
    input_overflow: bool
    output_underflow: bool


@attrs.frozen
class Device:
    """A device as PortAudio names it, with how many channels it takes and gives, and whether it is the default."""

    index: int
    name: str
    host: str
    inputs: int
    outputs: int
    rate: int
    default: tuple[bool, bool]
    """As a microphone, as a loudspeaker."""


def _library() -> Any:
    try:
        return import_module("sounddevice")
    except ImportError as error:
        raise ProviderError(
            "devices need the package sounddevice: pip install 'voiceflow[devices]'", retryable=False
        ) from error
    except OSError as error:
        raise ProviderError(
            "devices need the library PortAudio, which is not installed: apt-get install libportaudio2 "
            "libasound2-plugins (Debian, Ubuntu)",
            retryable=False,
        ) from error


@cache
def _hush() -> Any:
    """ALSA writes every underrun to the terminal, over what is shown there; they are counted and marked instead.

    The function is kept for as long as the library may call it.
    """

    def nothing(file: bytes, line: int, function: bytes, code: int, text: bytes) -> None:
        pass

    quiet = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)(
        nothing
    )
    with suppress(OSError, AttributeError):  # another sound system
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(quiet)
    return quiet


def devices() -> list[Device]:
    """Every device of this machine, as it was when PortAudio was loaded.

    Raises:
        ProviderError: the package or the library is missing; not retryable.
    """
    library = _library()
    hosts = library.query_hostapis()
    first = library.default.device
    return [
        Device(
            index,
            info["name"],
            hosts[info["hostapi"]]["name"],
            info["max_input_channels"],
            info["max_output_channels"],
            round(info["default_samplerate"]),
            (index == first[0], index == first[1]),
        )
        for index, info in enumerate(library.query_devices())
    ]


def _there(kind: Kind) -> str:
    """The devices that there are, for a message."""
    wanted = [d for d in devices() if (d.inputs or kind == "output") and (d.outputs or kind == "input")]
    if not wanted:
        return (
            f"this machine shows no {_NAMES[kind]}; connect one, or start PulseAudio or PipeWire "
            "(apt-get install pulseaudio libasound2-plugins)"
        )
    return "there are " + ", ".join(f"{d.index} {d.name!r} ({d.host}, {d.rate} Hz)" for d in wanted)


@attrs.define(eq=False)
class Stream:
    """A microphone or a loudspeaker: mono int16 at `rate` Hz, `block` seconds at a time.

    A pair that shares `reference` and `lock` pairs what is heard with what is played. (PortAudio's own streams of both
    were seen to end at their start when the two sides come late for each other.)
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
    underflows: int = attrs.field(default=0, init=False)
    """Times that the device itself had nothing to play."""
    _handle: _Handle | None = attrs.field(default=None, init=False)
    _wanted: bool = attrs.field(default=False, init=False)
    _opening: trio.Lock = attrs.field(factory=trio.Lock, init=False)
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)
    _token: trio.lowlevel.TrioToken | None = attrs.field(default=None, init=False)
    _waiting: bool = attrs.field(default=False, init=False)
    _due: float | None = attrs.field(default=None, init=False)
    """When the next block is to come, by the device's clock."""

    def __attrs_post_init__(self) -> None:
        self.latency = self.asked
        self.capture = Capture(round(_KEPT * self.rate))

    @property
    def running(self) -> bool:
        """Whether the device is open and gives or takes sound."""
        return self._handle is not None and self._handle.active

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None]:
        """The device runs inside of this.

        Raises:
            ProviderError: there is no such device (not retryable), or it is busy or gone (retryable).
        """
        self._wanted = True
        try:
            await self.revive(services)
            yield
        finally:
            self._wanted = False
            # Bounded: PortAudio gives up the device within a few blocks.
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(self._close)

    async def revive(self, services: Services) -> None:
        """Open the device, if it does not run: the first time, or after it was gone."""
        async with self._opening:
            if not self.running:
                self._token = trio.lowlevel.current_trio_token()
                await services.compute(self._reopen, model="portaudio", width=8)

    def _reopen(self) -> None:
        library = _library()
        _hush()
        self._close()
        self._due = None
        settings: dict[str, Any] = {"callback": getattr(self, f"_{self.kind}"), "finished_callback": self._ring}
        try:
            self._handle = cast(
                _Handle,
                getattr(library, _CLASSES[self.kind])(
                    samplerate=self.rate,
                    blocksize=round(self.block * self.rate),
                    device=self.device,
                    latency=self.asked,
                    channels=1,
                    dtype="int16",
                    **settings,
                ),
            )
            self._handle.start()
        except (library.PortAudioError, ValueError) as error:
            self._close()
            raise self._refused(error) from error
        self.latency = self._handle.latency
        if not self._wanted:  # nobody waits for it any more
            self._close()

    def _refused(self, error: Exception) -> ProviderError:
        code = error.args[1] if len(error.args) > 1 else None
        asked = "the default" if self.device is None else repr(self.device)
        what = f"the {_NAMES[self.kind]} ({asked}) cannot be opened at {self.rate} Hz"
        if code == _BUSY:
            return ProviderError(
                f"{what}: it is busy or gone; close what uses it, or choose another: {_there(self.kind)}",
                retryable=True,
            )
        why = str(error.args[0]) if error.args else type(error).__name__
        rate = "; give it a rate that it takes" if code == _BAD_RATE else ""
        return ProviderError(f"{what}: {why}{rate}; {_there(self.kind)}", retryable=False)

    def _close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            library = _library()
            try:
                handle.abort()
                handle.close()
            except library.PortAudioError:
                pass  # it was pulled out: there is nothing to close

    # In the thread of the callback.

    def _input(self, heard: Any, count: int, times: _Times, status: _Status) -> None:
        samples = np.frombuffer(bytes(heard), np.int16)
        # By when it came: PulseAudio's word on when it was heard was seen to be wrong by 0.2 to 0.7 s at first.
        now, gap = times.currentTime, 0
        if self._due is None or status.input_overflow:
            late = now - self._due - self.latency if self._due is not None else 0.0
            gap, self._due = max(0, round(late * self.rate)), now
        self._due += len(samples) / self.rate
        with self.lock:
            played = self.reference.pull(gap + count)[gap:] if self.reference else np.zeros(count, np.int16)
            self.capture.put(Captured(samples, played, gap))
        self._ring()

    def _output(self, out: Any, count: int, times: _Times, status: _Status) -> None:
        with self.lock:
            samples = self.playout.read(count)
            if self.reference is not None:
                self.reference.push(samples)
        self.underflows += status.output_underflow
        out[:] = samples.tobytes()
        if self._waiting:
            self._ring()

    def _ring(self) -> None:
        try:
            if self._token is not None:
                self._token.run_sync_soon(self._tell, idempotent=True)
        except trio.RunFinishedError:
            pass  # the session is over, and the device about to be

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
        """Hand over what is to be played, waiting for room. Raises `ProviderError` (retryable) when it is gone."""
        await trio.lowlevel.checkpoint()
        while True:
            news = self._news
            with self.lock:
                samples = samples[self.playout.write(samples) :]
                self._waiting = len(samples) > 0
            if not len(samples):
                return
            await self._wait(news)

    def drop(self, fade: float) -> None:
        """What waits is not played, but for a fade of so many seconds."""
        with self.lock:
            self.playout.drop(self.rate, fade)

    async def _wait(self, news: trio.Event) -> None:
        if self.running:
            with trio.move_on_after(_DEAD):
                return await news.wait()
        raise ProviderError(
            f"the {_NAMES[self.kind]} ({self.device or 'the default'}) gives no sign of life; was it pulled out, or "
            f"has the sound server ended? {_there(self.kind)}",
            retryable=True,
        )
