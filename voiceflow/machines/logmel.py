"""Whisper's log-mel features in numpy: what an audio model of that family wants to see of a sound.

A frame is 400 samples under a periodic Hann window, taken every 160 samples around its centre, the signal being
mirrored at both ends; its power spectrum is summed in triangles that are evenly spaced on Slaney's mel scale. The
logarithm is floored 8 decades below the loudest value and mapped to about -1 to 1.

Every frame of a stretch of equal samples (the silence in front of a short turn) is the same, so it is computed once.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
HOP = 160
WINDOW = 400

_BINS = WINDOW // 2 + 1
_FLOOR = 1e-10
_DECADES = 8.0
_TOGETHER = 16
"""Frames in one product with the filters: for a larger one BLAS wakes further threads, and these then spin for some
100 ms on cores that others want."""

Floats = NDArray[np.float32]


def mel_frequency(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's mel scale: 3 mels in 200 Hz up to 1 kHz (15 mels), above that 27 mels in each factor of 6.4.

    Source: M. Slaney, Auditory Toolbox, Interval Research technical report 1998-010.
    """
    ratio = np.maximum(hertz, 1000.0) / 1000.0
    return np.where(hertz < 1000.0, hertz * 3 / 200, 15 + np.log(ratio) * 27 / np.log(6.4))


def mel_hertz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `mel_frequency`."""
    return np.where(mels < 15.0, mels * 200 / 3, 1000.0 * np.exp((mels - 15) * np.log(6.4) / 27))


@cache
def mel_filters(mels: int) -> Floats:
    """Triangles of equal area: float32 [mels, 201], rows of weights for the bins of 400 samples at 16 kHz."""
    bins = np.linspace(0, RATE / 2, _BINS)
    corners = mel_hertz(np.linspace(0, mel_frequency(np.array(RATE / 2)), mels + 2))
    low, middle, high = (corners[i : mels + i, None] for i in range(3))
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    weights = np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)
    return weights.astype(np.float32)


@cache
def _hann() -> Floats:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def normalised(signal: Floats) -> Floats:
    """The signal with zero mean and unit variance (1e-7 is added to the variance, so that silence stays finite)."""
    mean = signal.mean(dtype=np.float64)
    variance = signal.var(dtype=np.float64)
    return ((signal - np.float32(mean)) / np.float32(np.sqrt(variance + 1e-7))).astype(np.float32, copy=False)


def log_mel(signal: Floats, mels: int = 80, *, constant: int = 0) -> Floats:
    """The features of a signal at 16 kHz: float32 [mels, len(signal) // 160].

    `constant` says how many of the first samples are known to be equal: their frames are computed once.

    Raises:
        ValueError: the signal is too short to be mirrored (200 samples or fewer).
    """
    half = WINDOW // 2
    if len(signal) <= half:
        raise ValueError(f"log-mel features need more than {half} samples; got {len(signal)}. Pad with zeros in front.")
    frames = len(signal) // HOP
    alike = min(max(0, (constant - half) // HOP + 1), frames)  # frames that see nothing but the constant
    skip = max(0, alike - 1)
    mirrored = np.pad(signal, half, mode="reflect")
    cut = np.lib.stride_tricks.sliding_window_view(mirrored, WINDOW)[skip * HOP : frames * HOP : HOP]
    spectrum = np.fft.rfft(cut * _hann())
    power = (np.square(spectrum.real) + np.square(spectrum.imag)).astype(np.float32, copy=False)
    filters = mel_filters(mels)
    energy = np.hstack([filters @ power[at : at + _TOGETHER].T for at in range(0, len(power), _TOGETHER)])
    decades = np.log10(np.maximum(energy, np.float32(_FLOOR)))
    floored = np.maximum(decades, decades.max() - np.float32(_DECADES))
    scaled = ((floored + 4) / 4).astype(np.float32, copy=False)
    return np.concatenate((np.repeat(scaled[:, :1], skip, axis=1), scaled), axis=1) if skip else scaled
