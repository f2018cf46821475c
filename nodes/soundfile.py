"""Sound files by libsndfile as callers: WAV, FLAC, Ogg, MP3 and more; any width, rate and number of channels."""

from __future__ import annotations

import os
from typing import Any

import attrs
from attrs import validators as are

from voiceflow import Audio, Node, Out, Ports
from voiceflow.machines.blocks import Blocks, Window
from voiceflow.sound_file import RATES, Reader
from voiceflow.sound_file import read_audio as read_audio
from voiceflow.sound_file import write_audio as write_audio


def _possible(node: object, setting: attrs.Attribute[Any], value: int | None) -> None:
    if value is not None and value not in RATES:
        raise ValueError(f"rate is {RATES[0]} to {RATES[-1]} Hz, or None for the file's own; got {value}")


@attrs.define(eq=False)
class FileSource(Node):
    """A sound file as a caller: mono int16 blocks of `block` seconds at `rate` Hz (None: the file's own rate).

    With `realtime` block k leaves (k + 1) * block seconds after the session's start, by absolute deadlines, as
    from a microphone; without it, as fast as it is taken. Nothing is ever dropped. The file is read as it
    goes, never whole. Marks: `file.cut` (`missing` samples of the file's own, None if nobody knows) when the file
    breaks off, of which all that is there is played; `file.repaired` (`samples`) when some were no number or infinite
    and became silence.

    Raises:
        ProviderError: from `run`: there is no such file, it is no sound file, or it holds no samples; not retryable.
    """

    audio = Out(Audio)

    path: str = attrs.field(converter=os.fspath)
    block: float = attrs.field(default=0.02, kw_only=True, validator=[are.ge(0.001), are.le(10.0)])
    realtime: bool = attrs.field(default=True, kw_only=True)
    rate: int | None = attrs.field(default=16000, kw_only=True, validator=_possible)

    async def run(self, ports: Ports) -> None:
        reader = await ports.compute(Reader, self.path, self.rate, model="soundfile", width=8)
        try:
            blocks = Blocks(max(1, round(self.block * reader.rate)))
            while (piece := await ports.compute(reader.read, model="soundfile", width=8)) is not None:
                await self._send(ports, blocks.push(piece), reader.rate)
            await self._send(ports, blocks.end(), reader.rate)
        finally:
            reader.close()
        _report(ports, reader)

    async def _send(self, ports: Ports, windows: list[Window], rate: int) -> None:
        for window in windows:
            if self.realtime:
                await ports.sleep_until(window.end * 1_000_000_000 // rate)
            await ports[self.audio].send(Audio(window.samples, rate, window.pts))


def _report(ports: Ports, reader: Reader) -> None:
    if reader.missing != 0:
        ports.mark("file.cut", missing=reader.missing)
    if reader.bad:
        ports.mark("file.repaired", samples=reader.bad)
