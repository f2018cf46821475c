"""A level that moves in straight lines, the same however its samples are asked for."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]


@attrs.define
class Ramp:
    """Stands at `level`, or is on its way to `target`, where it is after so many samples.

    The n-th sample of a move over N lies n / N of the way; a value is computed from the move's beginning, so that
    nothing adds up, and cutting the stream differently changes none of them.
    """

    level: float = 1.0
    target: float = attrs.field(default=attrs.Factory(lambda self: self.level, takes_self=True))
    _from: float = attrs.field(default=attrs.Factory(lambda self: self.level, takes_self=True), init=False)
    _over: int = attrs.field(default=0, init=False)
    _done: int = attrs.field(default=0, init=False)

    @property
    def moving(self) -> bool:
        return self._done < self._over

    def go_to(self, target: float, over: int) -> None:
        """Begin to move, from wherever it is; `over` 0 is there at once."""
        self._from, self.target, self._over, self._done = self.level, target, over, 0
        if over == 0:
            self.level = target

    def take(self, count: int) -> Curve:
        """The level at each of the next `count` samples."""
        curve = np.full(count, self.target)
        steps = min(count, self._over - self._done)
        if steps > 0:
            share = np.arange(self._done + 1, self._done + steps + 1) / self._over
            curve[:steps] = self._from + (self.target - self._from) * share
            self._done += steps
            self.level = float(curve[steps - 1]) if self.moving else self.target
        return curve
