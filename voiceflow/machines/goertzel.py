"""How much of a few known frequencies is in a window: the sums of Goertzel's algorithm, for all of them at once.

The window is weighted (Hann), so that a frequency is not seen in its neighbours: two of equal strength that lie four
or more periods of the window apart are told from each other by 30 dB and more.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow.frames import Samples

Amplitudes = NDArray[np.complex128]


@attrs.define(eq=False)
class Bank:
    """Measures windows of `size` samples at `rate` Hz."""

    frequencies: Sequence[float]
    rate: int
    size: int
    _weights: NDArray[np.float64] = attrs.field(init=False, repr=False)
    _waves: Amplitudes = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        times = np.arange(self.size) / self.rate
        self._weights = 0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(self.size) + 0.5) / self.size)
        turns = np.exp(-2j * np.pi * np.outer(times, np.asarray(self.frequencies)))
        self._waves = turns * (2 * self._weights / self._weights.sum())[:, None]

    def measure(self, window: Samples) -> Amplitudes:
        """For each frequency the amplitude of a sine there, with its phase at the window's first sample."""
        # Not a matrix product: for so little, a library's threads cost a hundred times what they compute.
        found: Amplitudes = np.einsum("i,ij->j", window.astype(np.float64), self._waves)
        return found

    def power(self, window: Samples) -> float:
        """Of all that is in the window, weighted as the rest is: half the square of its amplitude for a sine."""
        weighted = window.astype(np.float64) * self._weights
        return float(weighted @ weighted / (self._weights @ self._weights))

    def offsets(self, before: Amplitudes, now: Amplitudes, hop: int) -> NDArray[np.float64]:
        """Hz by which the tones that were measured lie above the frequencies of the bank.

        By how far their phases came from one window to the one `hop` samples later; within half a turn of it.
        """
        expected = np.exp(2j * np.pi * np.asarray(self.frequencies) * hop / self.rate)
        turned: NDArray[np.float64] = np.angle(now * np.conj(before * expected))
        return turned * self.rate / (2 * np.pi * hop)
