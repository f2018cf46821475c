"""Sound that is there already, to be said as it is: a file, samples, bytes, or pieces of these as they come."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from typing import Any, cast

import attrs
import numpy as np

from voiceflow.frames import Audio, Phrase, Samples, Spoken
from voiceflow.services import Services
from voiceflow.sound_file import RATES, Reader

Piece = Audio | Samples | bytes | bytearray
Source = str | os.PathLike[str] | Piece | Iterable[Piece] | AsyncIterable[Piece]
Send = Callable[[Spoken], Awaitable[None]]

_CHUNK = 0.1
"""Seconds of sound that are sent at once: what an interruption wastes beside what the wires hold."""

_SILENT_RATE = 24000
"""Hz of a recording without a sample."""

# What a sound file begins with: WAV, RF64, AIFF, FLAC, Ogg, MP3 with a tag, AU, CAF.
_MAGIC = (b"RIFF", b"RF64", b"FORM", b"fLaC", b"OggS", b"ID3", b".snd", b"caff")

_WANTED = (
    "audio is the path of a sound file, Audio, one-dimensional int16 samples, bytes, or an iterator of the last three"
)


def _known(recorded: Recorded, field: attrs.Attribute[Any], source: object) -> None:
    if isinstance(source, bytes | bytearray | np.ndarray):
        _check(cast(object, source), recorded.rate, "audio")
    elif not isinstance(source, str | os.PathLike | Audio | Iterable | AsyncIterable):
        raise TypeError(f"{_WANTED}; got {type(source).__name__}")


def _possible(recorded: Recorded, field: attrs.Attribute[Any], rate: int | None) -> None:
    if rate is not None and rate not in RATES:
        raise ValueError(f"rate is {RATES[0]} to {RATES[-1]} Hz; got {rate}")


def _is_file(data: bytes) -> bool:
    return data.startswith(_MAGIC)


def _check(piece: object, rate: int | None, where: str) -> None:
    """Raise what is wrong with a piece that has no rate of its own."""
    if isinstance(piece, np.ndarray):
        samples = cast(np.ndarray[Any, np.dtype[Any]], piece)
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise TypeError(
                f"{where} is one-dimensional int16; got {samples.dtype} of shape {samples.shape}. "
                "Mix to mono and scale to int16 first"
            )
    elif not isinstance(piece, bytes | bytearray):
        raise TypeError(f"{_WANTED}; got {type(piece).__name__} as {where}")
    elif where == "audio" and _is_file(bytes(piece[:4])):
        return
    elif where == "audio" and len(piece) % 2:
        raise ValueError(
            f"audio as bytes is 16-bit samples, low byte first, mono; got {len(piece)} bytes, an odd number"
        )
    if rate is None:
        raise ValueError(
            f"{where} as {type(cast(object, piece)).__name__} does not say its rate: give it, as in rate=16000"
        )


@attrs.define(eq=False)
class Recorded:
    """A recording to be said instead of being synthesised.

    Args:
        source: the path of a sound file, in any format that libsndfile reads; or the bytes of such a file; or `Audio`;
            or int16 samples; or bytes of 16-bit samples, low byte first, mono; or an iterator, synchronous or not, of
            the last three. An iterator is read as it is said, once; one that blocks should be asynchronous.
        rate: Hz of samples and bytes, which do not say it. Files and `Audio` know their own.

    Raises:
        TypeError: `source` is none of these.
        ValueError: the rate is lacking or impossible, or bytes end in half a sample.
    """

    rate: int | None = attrs.field(default=None, kw_only=True, validator=_possible)
    source: Source = attrs.field(validator=_known, repr=lambda source: type(source).__name__)

    async def speak(self, phrase: Phrase, services: Services, send: Send) -> None:
        """Send the recording as what is said for `phrase`: chunks of 0.1 s at most, the last of which says so.

        Marks: `recorded.cut` (`bytes`) when an iterator of bytes ends in half a sample.

        Raises:
            ProviderError: there is no such file, or it is no sound file; not retryable.
            TypeError, ValueError: an iterator gave something else, or samples without a rate.
        """
        sending = _Sending(phrase, send, self.rate)
        await self._pieces(services, sending)
        await send(Spoken(np.zeros(0, np.int16), sending.sent_rate, phrase, last=True))

    async def _pieces(self, services: Services, sending: _Sending) -> None:
        source = self.source
        if isinstance(source, str | os.PathLike):
            await self._file(os.fspath(source), services, sending)
        elif isinstance(source, bytes | bytearray) and _is_file(bytes(source[:4])):
            await self._content(bytes(source), services, sending)
        elif isinstance(source, Audio | bytes | bytearray | np.ndarray):
            await sending.put(cast(object, source), "audio")
        else:
            await self._stream(source, services, sending)

    async def _file(self, path: str, services: Services, sending: _Sending) -> None:
        reader = await services.compute(Reader, path, self.rate, model="soundfile", width=8)
        try:
            while (piece := await services.compute(reader.read, model="soundfile", width=8)) is not None:
                await sending.put(Audio(piece, reader.rate), "audio")
        finally:
            reader.close()

    async def _content(self, data: bytes, services: Services, sending: _Sending) -> None:
        path = await services.compute(_written, data, model="soundfile", width=8)
        try:
            await self._file(path, services, sending)
        finally:
            os.unlink(path)

    async def _stream(self, source: Any, services: Services, sending: _Sending) -> None:
        count = 0
        if isinstance(source, AsyncIterable):
            async for piece in cast(AsyncIterable[Piece], source):
                count += 1
                await sending.put(piece, f"item {count}")
        else:
            for piece in cast(Iterable[Piece], source):
                count += 1
                await sending.put(piece, f"item {count}")
        if sending.rest:
            services.mark("recorded.cut", bytes=len(sending.rest))


def _written(data: bytes) -> str:
    """The path of a file with this content, which a decoder can seek in."""
    descriptor, path = tempfile.mkstemp(suffix=".sound")
    with open(descriptor, "wb") as file:
        file.write(data)
    return path


@attrs.define
class _Sending:
    """Pieces of any length on their way out, in chunks."""

    phrase: Phrase
    send: Send
    rate: int | None
    sent_rate: int = _SILENT_RATE
    """Hz of what was sent last."""
    rest: bytes = b""
    """Half a sample, which the next bytes complete."""

    async def put(self, piece: object, where: str) -> None:
        rate = self.rate
        if isinstance(piece, Audio):
            samples, rate = piece.samples, piece.rate
        else:
            _check(piece, rate, where)
            samples = self._samples(cast(Any, piece))
        assert rate is not None
        self.sent_rate = rate
        size = max(1, round(_CHUNK * rate))
        for at in range(0, len(samples), size):
            await self.send(Spoken(samples[at : at + size], rate, self.phrase))

    def _samples(self, piece: Any) -> Samples:
        if isinstance(piece, np.ndarray):
            return cast(Samples, piece)
        data = self.rest + bytes(piece)
        whole = len(data) // 2 * 2
        self.rest = data[whole:]
        return np.frombuffer(data[:whole], "<i2").astype(np.int16)
