"""Whole sound files, and sound files piece by piece, by libsndfile: WAV, FLAC, Ogg, MP3 and many more.

Any width, rate and number of channels; what comes out is mono int16.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import PurePath
from threading import Lock
from types import ModuleType
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from voiceflow.errors import ProviderError
from voiceflow.frames import Samples
from voiceflow.resampling import Resampler, int16

_CHUNK = 0.5
"""Seconds that are read at a time: a few milliseconds of work, seldom enough for its thread not to matter."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

RATES = range(1000, 384001)
"""Hz of files that are believed."""


class _SoundFile(Protocol):
    samplerate: int
    channels: int
    frames: int
    format: str

    def read(self, *, out: NDArray[np.float32]) -> NDArray[np.float32]: ...
    def close(self) -> None: ...


def _library() -> ModuleType:
    try:
        return import_module("soundfile")
    except (ImportError, OSError) as error:  # OSError: the package is there, libsndfile is not
        raise ProviderError("sound files need the package soundfile: pip install soundfile", retryable=False) from error


def _refused(path: str, why: str) -> ProviderError:
    return ProviderError(f"sound file {path}: {why}", retryable=False)


@cache
def _straight(library: ModuleType) -> type:
    """The package's class, without the seek behind every read that it makes: an MP3 decoder loses its thread by it."""

    def seekable(file: object) -> bool:
        return False

    return type("Straight", (library.SoundFile,), {"seekable": seekable})


def _open(path: str) -> _SoundFile:
    library = _library()
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):  # a pipe would never end to open
            what = "is a directory" if stat.S_ISDIR(found.st_mode) else "is not a regular file"
            raise _refused(path, f"{what}; give the path of a sound file")
        with open(path, "rb"):
            pass  # libsndfile does not say why it cannot open one
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _refused(path, f"cannot be opened: {why}; check the path and its permissions") from error
    if not found.st_size:
        raise _refused(path, "is empty (0 bytes); record or copy it again")
    try:
        # As bytes: soundfile knows no names that are no UTF-8.
        file = cast(_SoundFile, _straight(library)(os.fsencode(path)))
    except library.LibsndfileError as error:
        raise _refused(
            path, f"is not a sound file that libsndfile reads ({error.error_string}); convert it to WAV or FLAC"
        ) from error
    if file.samplerate not in RATES:
        file.close()
        raise _refused(path, f"says a rate of {file.samplerate} Hz; {RATES[0]} to {RATES[-1]} Hz is expected")
    return file


class Reader:
    """One sound file as mono int16 at `rate` Hz (None: its own), a piece at a time, from any thread, one at a time.

    `bad` counts samples that were no number or infinite, and became silence; `missing` tells at the end how many
    samples the file lacks of those that it says it has (None: they are lacking, nobody knows how many).
    """

    def __init__(self, path: str, rate: int | None) -> None:
        self._file = _open(path)
        self.path, self.rate = path, rate or self._file.samplerate
        self.bad, self.missing = 0, 0 if _complete(path) else None
        self._resampler = Resampler(self._file.samplerate, self.rate)
        self._read_frames = 0
        self._lock, self._closed, self._ended = Lock(), False, False

    def read(self) -> Samples | None:
        """The next piece, perhaps of no samples; None at the end."""
        with self._lock:
            piece = None if self._ended else self._piece()
        if self._closed:
            self.close()
        return piece

    def close(self) -> None:
        """Close the file: now, or when the thread that an abandoned `read` runs in is done with it."""
        self._closed = True
        if self._lock.acquire(blocking=False):
            try:
                self._file.close()
            finally:
                self._lock.release()

    def _piece(self) -> Samples:
        frames = self._read(round(_CHUNK * self._file.samplerate))
        self._read_frames += len(frames)
        if not self._ended:
            return self._resampler.push(self._mono(frames))
        if not self._read_frames:
            raise _refused(self.path, "holds 0 samples; record or copy it again")
        if self._read_frames < self._file.frames < 2**62:  # beyond, the length is unknown
            self.missing = self._file.frames - self._read_frames
        return np.concatenate([self._resampler.push(self._mono(frames)), self._resampler.end()])

    def _read(self, count: int) -> NDArray[np.float32]:
        marker = np.float32(7e37)  # no decoder gives this
        out = np.full((count, self._file.channels), marker, np.float32)
        try:
            frames = self._file.read(out=out)
        except _library().LibsndfileError:
            # The stream breaks off in this piece: keep what was decoded before the break.
            frames = out[: int(np.count_nonzero(out[:, 0] != marker))]
            self.missing = None
        self._ended = len(frames) < count
        return frames

    def _mono(self, frames: NDArray[np.float32]) -> Samples:
        bad = ~np.isfinite(frames)
        if bad.any():
            self.bad += int(np.count_nonzero(bad))
            frames[bad] = 0.0
        return int16(frames[:, 0] if frames.shape[1] == 1 else frames.mean(axis=1, dtype=np.float32))


def _complete(path: str) -> bool:
    """Whether the file has all the bytes that its first header says, as far as that can be told."""
    with open(path, "rb") as file:
        head = file.read(8)
        size = file.seek(0, os.SEEK_END)
        if head[:4] == b"OggS":
            file.seek(max(0, size - 65536))
            tail = file.read()
            last = tail.rfind(b"OggS")
            return last >= 0 and last + 5 < len(tail) and bool(tail[last + 5] & 4)  # the flag of the last page
    said = int.from_bytes(head[4:8], "little")
    # A writer that was streaming or was killed leaves one of these, and then nothing is known.
    return head[:4] != b"RIFF" or said in (0, 8, 0xFFFFFFFF) or said + 8 <= size + 1


def read_audio(path: str | os.PathLike[str], rate: int | None = 16000) -> Samples:
    """A whole sound file as mono int16 at `rate` Hz (None: its own rate).

    Channels are averaged; samples beyond full scale are clipped, those that are no number are silence; of a
    file that breaks off, what is there.

    Raises:
        ProviderError: there is no such file, it is no sound file, or it holds no samples; not retryable.
    """
    reader = Reader(os.fspath(path), rate)
    try:
        pieces: list[Samples] = []
        while (piece := reader.read()) is not None:
            pieces.append(piece)
        return np.concatenate(pieces)
    finally:
        reader.close()


def write_audio(path: str | os.PathLike[str], samples: Samples, rate: int) -> None:
    """Write int16 `samples`, mono or of shape (samples, channels), as the format that the suffix of `path` names.

    A file that is there already is replaced once the disk has taken all of the new one, and kept where it does not.

    Raises:
        ProviderError: libsndfile does not write such a file, or the disk does not take it; not retryable.
    """
    name = os.fspath(path)
    encoded = _encoded(name, samples, rate)
    try:
        if os.path.exists(name) and not os.path.isfile(name):  # a device, a pipe
            with open(name, "wb") as file:
                file.write(encoded)
        else:
            _replace(os.path.realpath(name), encoded)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise _refused(name, f"cannot be written: {error.strerror}; make room there or write elsewhere") from error
        raise _refused(name, f"cannot be written: {error.strerror}; check the path and its permissions") from error


def _replace(path: str, content: memoryview) -> None:
    """Write a file beside the one at `path`, and put it in its place."""
    beside = f"{path}.part"
    try:
        with open(beside, "wb") as file:
            file.write(content)
        os.replace(beside, path)
    except OSError:
        with suppress(OSError):
            os.unlink(beside)
        raise


def check_format(path: str | os.PathLike[str]) -> None:
    """See, before there is anything to write, that the suffix of `path` names a format that `write_audio` writes.

    Raises:
        ProviderError: it does not; not retryable.
    """
    _encoded(os.fspath(path), np.zeros(1, np.int16), 16000)


def _encoded(path: str, samples: Samples, rate: int) -> memoryview:
    """The bytes of the file, made in memory: libsndfile does not say what the system has against a file."""
    library, encoded = _library(), BytesIO()
    try:
        library.write(encoded, samples, rate, format=PurePath(path).suffix[1:])
    except (library.LibsndfileError, TypeError, ValueError) as error:
        why = getattr(error, "error_string", error)
        raise _refused(path, f"cannot be written: {why}; use .wav, .flac or .ogg") from error
    return encoded.getbuffer()
