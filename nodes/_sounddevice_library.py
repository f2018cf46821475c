"""PortAudio, through sounddevice: which devices there are, how one is opened and closed, and what its errors mean."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any, Literal, Protocol, cast

import attrs

from voiceflow import ProviderError

Kind = Literal["input", "output"]

NAMES: dict[Kind, str] = {"input": "microphone", "output": "loudspeaker"}

_CLASSES: dict[Kind, str] = {"input": "RawInputStream", "output": "RawOutputStream"}

_BUSY, _BAD_RATE = -9985, -9997
"""paDeviceUnavailable, paInvalidSampleRate (portaudio.h)."""


class Handle(Protocol):
    """An open stream without a callback: it is read, or written to."""

    latency: float

    @property
    def read_available(self) -> int: ...
    @property
    def write_available(self) -> int: ...
    def read(self, frames: int) -> tuple[Any, bool]: ...
    def write(self, data: bytes) -> bool: ...
    def start(self) -> None: ...
    def abort(self) -> None: ...
    def close(self) -> None: ...


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
def _door() -> Lock:
    """PortAudio keeps a list of its streams, which two threads may not change at once."""
    return Lock()


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


def there(kind: Kind) -> str:
    """The devices that there are, for a message."""
    wanted = [d for d in devices() if (d.inputs or kind == "output") and (d.outputs or kind == "input")]
    if not wanted:
        return (
            f"this machine shows no {NAMES[kind]}; connect one, or start PulseAudio or PipeWire "
            "(apt-get install pulseaudio libasound2-plugins)"
        )
    return "there are " + ", ".join(f"{d.index} {d.name!r} ({d.host}, {d.rate} Hz)" for d in wanted)


def failures() -> tuple[type[Exception], ...]:
    """What a stream raises when its device is gone."""
    return (cast(type[Exception], _library().PortAudioError),)


def open_device(kind: Kind, device: str | int | None, *, rate: int, block: int, latency: float) -> Handle:
    """A stream of mono int16 that runs: blocks of `block` samples, and `latency` seconds held by the device.

    Raises:
        ProviderError: there is no such device (not retryable), or it is busy or gone (retryable).
    """
    library = _library()
    _hush()
    try:
        with _door():
            handle = cast(
                Handle,
                getattr(library, _CLASSES[kind])(
                    samplerate=rate, blocksize=block, device=device, latency=latency, channels=1, dtype="int16"
                ),
            )
            try:
                handle.start()
            except library.PortAudioError:
                handle.close()
                raise
    except (library.PortAudioError, ValueError) as error:
        raise _refused(kind, device, rate, error) from error
    return handle


def close_device(handle: Handle) -> None:
    with _door(), suppress(*failures()):  # it was pulled out: there is nothing to close
        handle.abort()
        handle.close()


def _refused(kind: Kind, device: str | int | None, rate: int, error: Exception) -> ProviderError:
    code = error.args[1] if len(error.args) > 1 else None
    asked = "the default" if device is None else repr(device)
    what = f"the {NAMES[kind]} ({asked}) cannot be opened at {rate} Hz"
    if code == _BUSY:
        return ProviderError(
            f"{what}: it is busy or gone; close what uses it, or choose another: {there(kind)}", retryable=True
        )
    why = str(error.args[0]) if error.args else type(error).__name__
    hint = "; give it a rate that it takes" if code == _BAD_RATE else ""
    return ProviderError(f"{what}: {why}{hint}; {there(kind)}", retryable=False)
