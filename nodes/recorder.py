"""Recording a call to disk as it goes: caller left, agent right, aligned by sample count."""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Iterable
from contextlib import suppress
from importlib import import_module
from pathlib import PurePath
from threading import Lock
from typing import Protocol, cast

import attrs
from attrs import validators as are

from voiceflow import Audio, Frame, In, Node, Ports, ProviderError
from voiceflow.machines.tracks import Rows, Tracks
from voiceflow.resampling import Resampling

_FORMATS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG"}
_WAV_ROWS = (2**32 - 64) // 4  # its sizes have 32 bits; 18 hours at 16 kHz


class _Writer(Protocol):
    def write(self, rows: Rows) -> object: ...
    def close(self) -> None: ...


class _Wave:
    """A WAV file whose header is right after every write, so that a killed process leaves a file that plays."""

    def __init__(self, path: str, rate: int) -> None:
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115
        self._bytes = 0
        try:
            self._all(struct.pack("<4sI4s4sIHHIIHH4sI", *_HEAD, rate, rate * 4, 4, 16, b"data", 0))
        except OSError:
            self._file.close()
            raise

    def write(self, rows: Rows) -> None:
        try:
            self._bytes += self._all(rows.astype("<i2").tobytes())
        except OSError:
            # Whole rows of what fitted stay: the header lies within the file and needs no new room.
            self._bytes = (self._file.seek(0, os.SEEK_END) - _HEADER) // 4 * 4
            self._file.truncate(_HEADER + self._bytes)
            raise
        finally:
            self._sizes()

    def close(self) -> None:
        self._file.close()

    def _all(self, data: bytes) -> int:
        rest = memoryview(data)
        while len(rest):
            rest = rest[self._file.write(rest) :]
        return len(data)

    def _sizes(self) -> None:
        for at, size in ((4, 36 + self._bytes), (40, self._bytes)):
            self._file.seek(at)
            self._file.write(struct.pack("<I", size))
        self._file.seek(0, os.SEEK_END)


_HEAD = (b"RIFF", 36, b"WAVE", b"fmt ", 16, 1, 2)
_HEADER = 44


class _File:
    """The file on disk. Written from threads, one at a time; closed from anywhere."""

    def __init__(self, path: str, rate: int) -> None:
        self._path, self._rate, self._lock, self._seconds = path, rate, Lock(), 0.0
        self._writer: _Writer | None = None
        format = _FORMATS[PurePath(path).suffix.lower()]
        self._failures: tuple[type[Exception], ...] = (OSError,)
        try:
            self._writer = _Wave(path, rate) if format == "WAV" else self._encoded(format)
        except self._failures as error:
            refusal = self._refusal("cannot be opened", error)
            _take_away_empty(path)
            raise refusal from error

    def _encoded(self, format: str) -> _Writer:
        try:
            library = import_module("soundfile")
        except (ImportError, OSError) as error:
            raise ProviderError(
                "recording FLAC or Ogg needs the package soundfile: pip install soundfile, or record WAV",
                retryable=False,
            ) from error
        self._failures = (OSError, library.LibsndfileError)
        with open(self._path, "wb"):
            pass  # libsndfile does not say why it cannot open one
        return cast(_Writer, library.SoundFile(os.fsencode(self._path), "w", self._rate, 2, format=format))

    def write(self, rows: Rows) -> None:
        """Write and keep the file playable.

        Raises:
            ProviderError: the disk did not take it. The file is closed, and plays to where it came.
        """
        with self._lock:
            if self._writer is None:
                return
            try:
                self._writer.write(rows)
                self._seconds += len(rows) / self._rate
            except self._failures as error:
                writer, self._writer = self._writer, None
                writer.close()
                refusal = self._refusal("cannot be written on", error)
                _take_away_empty(self._path)
                raise refusal from error

    def close(self) -> None:
        # A write that was abandoned in its thread ends by itself, and must not find the file closed under it.
        with self._lock:
            writer, self._writer = self._writer, None
            if writer:
                writer.close()

    def _refusal(self, what: str, error: Exception) -> ProviderError:
        why = error.strerror if isinstance(error, OSError) and error.strerror else _room(self._path)
        return ProviderError(
            f"recording {self._path}: {what} after {self._seconds:.1f} s ({why}); the call goes on without being "
            "recorded. Check the path, its permissions and the room on the disk",
            retryable=False,
        )


def _room(path: str) -> str:
    """What a disk has against more of a file, which libsndfile does not tell."""
    try:
        full = not os.statvfs(path).f_bavail
    except OSError as error:
        return error.strerror or str(error)
    return os.strerror(errno.ENOSPC) if full else "the disk takes no more of it"


def _take_away_empty(path: str) -> None:
    """A file that holds not even a header: it was made in vain."""
    with suppress(OSError):
        found = os.stat(path)
        if stat.S_ISREG(found.st_mode) and found.st_size < _HEADER:
            os.unlink(path)


def _known_suffix(node: object, setting: attrs.Attribute[str], value: str) -> None:
    if PurePath(value).suffix.lower() not in _FORMATS:
        raise ValueError(f"path ends in one of {', '.join(_FORMATS)}; got {value!r}")


@attrs.define(eq=False)
class Recorder(Node):
    """Writes a stereo file at `rate` Hz, the caller on the left and the agent on the right, as the call goes.

    Each block stands where its `pts`, counted from the session's start, says; what nobody sent is silence. The
    suffix of `path` says WAV, FLAC or Ogg. When one side is `lag` seconds behind the other, silence is assumed for
    it, and what it brings for that time later is dropped (mark `recorder.late`, with `samples`); so little more
    than `lag` seconds are in memory. After `limit` seconds no more is recorded (mark `recorder.limit`).

    What both sides have brought is written `step` seconds at a time. A process that is killed leaves a file that plays,
    and lacks those and, where one side brings nothing, the `lag`. When the disk refuses (full, no such folder), the
    file is closed and plays to where it came, `run` raises one ProviderError, which the trace shows, and the one that
    stands behind it takes both sides and records nothing: the call goes on.
    """

    caller = In(Audio)
    agent = In(Audio)

    path: str = attrs.field(converter=os.fspath, validator=_known_suffix)
    rate: int = attrs.field(default=16000, kw_only=True, validator=[are.ge(8000), are.le(192000)])
    limit: float | None = attrs.field(default=None, kw_only=True, validator=are.optional(are.gt(0.0)))
    lag: float = attrs.field(default=2.0, kw_only=True, validator=[are.ge(0.1), are.le(60.0)])
    step: float = attrs.field(default=0.5, kw_only=True, validator=[are.ge(0.02), are.le(10.0)])

    async def run(self, ports: Ports) -> None:
        file = await ports.compute(_File, self.path, self.rate, model="recorder", width=8)
        await _Recording(self, ports, file).run()

    @property
    def providers(self) -> tuple[Node, ...]:
        # Beginning again would write over what is on the disk.
        return self, _Discarding()


@attrs.define(eq=False)
class _Discarding(Node):
    """What a recorder is once it has failed: it takes both sides, so that they never wait."""

    caller = In(Audio)
    agent = In(Audio)

    async def run(self, ports: Ports) -> None:
        async for _ in ports.merged(self.caller, self.agent):
            pass


class _Recording:
    """One run of a recorder: from blocks to rows on the disk."""

    def __init__(self, node: Recorder, ports: Ports, file: _File) -> None:
        self._inlets = (node.caller, node.agent)
        self._ports, self._file, self._rate = ports, file, node.rate
        self._tracks = Tracks(2, round(node.lag * node.rate))
        self._idle = self._tracks.lag // 2
        self._step = round(node.step * node.rate)
        self._sides = (Resampling(node.rate), Resampling(node.rate))
        self._room = _WAV_ROWS if node.limit is None else min(_WAV_ROWS, round(node.limit * node.rate))

    async def run(self) -> None:
        try:
            async for inlet, frame in self._ports.merged(*self._inlets):
                await self._take(self._inlets.index(inlet), cast(Audio, frame))
            self._put(0, self._sides[0].end())
            self._put(1, self._sides[1].end())
            while len(rows := self._tracks.take(self._rate, all=True)):
                await self._write(rows)
        finally:
            # Cancelled, too, a call is recorded to its end; a minute bounds how long that can take.
            with suppress(ProviderError):
                self._file.write(self._within(self._tracks.take(60 * self._rate, all=True)))
            self._file.close()
            if self._tracks.dropped:
                self._ports.mark("recorder.late", samples=self._tracks.dropped)

    async def _take(self, side: int, audio: Audio) -> None:
        self._put(side, self._sides[side].push(audio))
        self._let_go()
        while self._tracks.ready >= self._step:
            await self._write(self._tracks.take(self._rate))

    def _put(self, side: int, frames: Iterable[Frame]) -> None:
        for frame in frames:
            if isinstance(frame, Audio):
                self._tracks.put(side, frame.pts, frame.samples)

    def _let_go(self) -> None:
        """A side that has paused would hold its last milliseconds until their place has been given away."""
        for side, stage in enumerate(self._sides):
            if self._tracks.behind(side) > self._idle:
                self._put(side, stage.end())

    async def _write(self, rows: Rows) -> None:
        rows = self._within(rows)
        if len(rows):
            await self._ports.compute(self._file.write, rows, model="recorder", width=8)

    def _within(self, rows: Rows) -> Rows:
        """As much of `rows` as there is room for."""
        if 0 < self._room < len(rows):
            self._ports.mark("recorder.limit")
        rows = rows[: self._room]
        self._room -= len(rows)
        return rows
