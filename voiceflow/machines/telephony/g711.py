"""G.711: the two codecs of telephone networks, a byte a sample at 8 kHz.

Both are logarithmic: a sign, a segment of three bits whose steps are twice those of the one below, and four bits within
it. Mu-law (PCMU) works on 14 bits and stores every byte inverted, A-law (PCMA) on 13 bits with every second bit
inverted. To encode is to look up one of 65,536 samples, to decode one of 256 bytes.

Source: ITU-T G.711 (11/88), tables 1a to 2b.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voiceflow.frames import Samples

_Ints = NDArray[np.int64]

_MU_BIAS, _MU_CLIP = 33, 8158
"""Of 14 bits: the bias makes each segment begin at a power of two."""


def _mu_expanded() -> Samples:
    byte: _Ints = ~np.arange(256) & 0xFF
    segment, step = byte >> 4 & 7, byte & 15
    size: _Ints = ((step << 1) + _MU_BIAS << segment) - _MU_BIAS
    return (np.where(byte & 0x80, -size, size) * 4).astype(np.int16)


def _a_expanded() -> Samples:
    byte: _Ints = np.arange(256) ^ 0x55
    segment, step = byte >> 4 & 7, byte & 15
    size: _Ints = np.where(segment == 0, (step << 1) + 1, (step << 1) + 33 << np.maximum(segment - 1, 0))
    return (np.where(byte & 0x80, size, -size) * 8).astype(np.int16)


def _segment(size: _Ints, first: int) -> _Ints:
    """Which segment each size is in: segment 1 begins at `first`, a power of two, and each above at twice that."""
    exponent = np.floor(np.log2(np.maximum(size, 1))).astype(np.int64)
    return np.maximum(exponent - first.bit_length() + 2, 0)


def _mu_compressed() -> NDArray[np.uint8]:
    samples: _Ints = np.arange(-32768, 32768)
    size = np.minimum(np.abs(samples) // 4, _MU_CLIP) + _MU_BIAS
    segment = _segment(size, 64)
    byte = ~(np.where(samples < 0, 0x80, 0) | segment << 4 | size >> segment + 1 & 15)
    return np.roll((byte & 0xFF).astype(np.uint8), 32768)


def _a_compressed() -> NDArray[np.uint8]:
    samples: _Ints = np.arange(-32768, 32768)
    size = np.minimum(np.abs(samples) // 16, 2047)
    segment = _segment(size, 16)
    byte = np.where(samples >= 0, 0x80, 0) | segment << 4 | size >> np.maximum(segment - 1, 0) & 15
    return np.roll(((byte ^ 0x55) & 0xFF).astype(np.uint8), 32768)


_EXPANDED = {"mu": _mu_expanded(), "a": _a_expanded()}
_COMPRESSED = {"mu": _mu_compressed(), "a": _a_compressed()}
"""A sample's place is its 16 bits read without a sign."""


def encode_mulaw(samples: Samples) -> bytes:
    """PCMU: int16 samples of 16 bits, of which the upper 14 count, as one byte each."""
    return _COMPRESSED["mu"][samples.view(np.uint16)].tobytes()


def decode_mulaw(data: bytes) -> Samples:
    """PCMU back to int16 samples, one of each byte."""
    return _EXPANDED["mu"][np.frombuffer(data, np.uint8)]


def encode_alaw(samples: Samples) -> bytes:
    """PCMA: int16 samples of 16 bits, of which the upper 12 and the sign count, as one byte each."""
    return _COMPRESSED["a"][samples.view(np.uint16)].tobytes()


def decode_alaw(data: bytes) -> Samples:
    """PCMA back to int16 samples, one of each byte."""
    return _EXPANDED["a"][np.frombuffer(data, np.uint8)]
