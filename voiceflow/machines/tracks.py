"""Several mono tracks that grow at their own pace, joined into rows of one recording."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow.frames import Samples

Rows = NDArray[np.int16]
"""Shape (samples, tracks)."""


@attrs.define
class Tracks:
    """Places blocks by their sample and gives complete rows, in order, each once.

    A row is complete when every track has reached it, or when one is `lag` samples past it: what the others
    have not brought by then is silence, and what they bring for it later is dropped and counted. Where blocks of a
    track overlap, the later one to come stands.
    """

    count: int = attrs.field(validator=attrs.validators.ge(1))
    lag: int = attrs.field(validator=attrs.validators.ge(0))
    given: int = attrs.field(init=False, default=0)
    dropped: int = attrs.field(init=False, default=0)
    _blocks: list[list[tuple[int, Samples]]] = attrs.field(init=False)
    _ends: list[int] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._blocks = [[] for _ in range(self.count)]
        self._ends = [0] * self.count

    @property
    def end(self) -> int:
        """The sample after the last of the longest track."""
        return max(self._ends)

    def behind(self, track: int) -> int:
        """How many samples `track` is behind the longest."""
        return self.end - self._ends[track]

    def put(self, track: int, pts: int, samples: Samples) -> None:
        """`samples` from sample `pts` on; what has left already, or lies before sample 0, is dropped."""
        late = min(len(samples), max(0, self.given - pts))
        self.dropped += late
        if late < len(samples):
            self._blocks[track].append((pts + late, samples[late:]))
            self._ends[track] = max(self._ends[track], pts + len(samples))

    @property
    def ready(self) -> int:
        """How many rows are complete."""
        return max(min(self._ends), self.end - self.lag) - self.given

    def take(self, most: int, *, all: bool = False) -> Rows:
        """The next rows, at most `most`: those that are complete, or with `all` up to the longest track's end."""
        count = max(0, min(most, self.end - self.given if all else self.ready))
        rows = np.zeros((count, self.count), np.int16)
        for track, blocks in enumerate(self._blocks):
            for pts, samples in blocks:
                at = pts - self.given
                piece = samples[max(0, -at) : max(0, count - at)]
                rows[max(0, at) : max(0, at) + len(piece), track] = piece
        self.given += count
        self._blocks = [[block for block in blocks if block[0] + len(block[1]) > self.given] for blocks in self._blocks]
        return rows
