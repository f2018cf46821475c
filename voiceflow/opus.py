"""Opus, by the libopus that PyAV carries: samples to packets of 20 ms, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import attrs
import numpy as np

from voiceflow.frames import Samples

if TYPE_CHECKING:
    from voiceflow.resampling import Resampler

RATES: Final = (8000, 12000, 16000, 24000, 48000)
"""Hz that Opus can be given."""
FRAME: Final = 0.02
"""Seconds of a packet."""
_DECODED: Final = 48000


@attrs.define(eq=False)
class OpusEncoder:
    """Mono int16 at `rate` Hz, one of `RATES`, as packets of 20 ms at about `bitrate` bits a second.

    Raises:
        ModuleNotFoundError: PyAV is not installed; the extra `rtc` brings it.
    """

    rate: int = attrs.field(default=48000, validator=attrs.validators.in_(RATES))
    bitrate: int = attrs.field(default=40000, validator=attrs.validators.ge(6000))
    _codec: Any = attrs.field(init=False, repr=False)
    _rest: Samples = attrs.field(factory=lambda: np.zeros(0, np.int16), init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        from av import CodecContext

        self._codec = cast(Any, CodecContext.create("libopus", "w"))
        self._codec.sample_rate, self._codec.bit_rate = self.rate, self.bitrate
        self._codec.layout, self._codec.format = "mono", "s16"
        self._codec.options = {"application": "voip", "frame_duration": "20"}

    @property
    def frame(self) -> int:
        """Samples of a packet."""
        return round(FRAME * self.rate)

    def push(self, samples: Samples) -> list[bytes]:
        """The packets that are whole with these samples; a rest waits for more."""
        from av import AudioFrame

        waiting = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        whole = len(waiting) // self.frame * self.frame
        packets = list[bytes]()
        for at in range(0, whole, self.frame):
            frame = AudioFrame.from_ndarray(waiting[None, at : at + self.frame].copy(), "s16", "mono")
            frame.sample_rate = self.rate
            packets += (bytes(packet) for packet in self._codec.encode(frame))
        self._rest = waiting[whole:].copy()
        return packets


@attrs.define(eq=False)
class OpusDecoder:
    """Packets as mono int16 at `rate` Hz.

    Raises:
        ModuleNotFoundError: PyAV is not installed; the extra `rtc` brings it.
    """

    rate: int = attrs.field(default=48000, validator=[attrs.validators.ge(8000), attrs.validators.le(48000)])
    _codec: Any = attrs.field(init=False, repr=False)
    _resampler: Resampler = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        from av import CodecContext

        from voiceflow.resampling import Resampler

        self._codec = cast(Any, CodecContext.create("libopus", "r"))
        self._codec.sample_rate, self._codec.layout, self._codec.format = _DECODED, "mono", "s16"
        self._resampler = Resampler(_DECODED, self.rate)

    def push(self, packet: bytes) -> Samples:
        """The samples of a packet.

        Raises:
            ValueError: it is none.
        """
        from av import Packet
        from av.error import FFmpegError

        try:
            frames = self._codec.decode(Packet(packet))
        except FFmpegError:
            raise ValueError("a packet of Opus; got other bytes") from None
        blocks = [frame.to_ndarray()[0].astype(np.int16, copy=False) for frame in frames]
        return self._resampler.push(np.concatenate(blocks) if blocks else np.zeros(0, np.int16))
