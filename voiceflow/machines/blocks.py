"""Cutting a stream of blocks of any length into windows of one length, each in its exact place."""

from __future__ import annotations

import attrs
import numpy as np

from voiceflow.frames import Samples


@attrs.frozen
class Window:
    """`samples`, the first one being sample `pts` of the stream."""

    samples: Samples = attrs.field(eq=attrs.cmp_using(eq=np.array_equal), repr=lambda s: f"<{len(s)}>")
    pts: int

    @property
    def end(self) -> int:
        """The sample after the last."""
        return self.pts + len(self.samples)


def _none() -> Samples:
    return np.zeros(0, np.int16)


@attrs.define(on_setattr=attrs.setters.NO_OP)  # what moves at every block has nothing to validate
class Blocks:
    """Windows of exactly `size` samples from blocks of any length; what they hold never depends on the blocks.

    A window shorter than `size` is the last one before the stream jumped or ended.
    """

    size: int = attrs.field(validator=attrs.validators.ge(1))
    _rest: Samples = attrs.field(init=False, factory=_none)
    _pts: int | None = attrs.field(init=False, default=None)

    @property
    def held(self) -> int:
        """Samples that wait for their window to fill: always less than `size`."""
        return len(self._rest)

    def push(self, samples: Samples, pts: int | None = None) -> list[Window]:
        """The windows that `samples` complete. `pts` is the place of the first; None says just behind the last.

        A `pts` elsewhere is a jump: what was held comes out first, as a short window.
        """
        expected = None if self._pts is None else self._pts + len(self._rest)
        here = (expected or 0) if pts is None else pts
        done = [] if expected is None or here == expected else self.end()
        if self._pts is None:
            self._pts = here
        return done + self._cut(np.concatenate([self._rest, samples]) if len(self._rest) else samples)

    def _cut(self, samples: Samples) -> list[Window]:
        assert self._pts is not None
        whole = len(samples) - len(samples) % self.size
        starts = range(0, whole, self.size)
        windows = [Window(samples[at : at + self.size], self._pts + at) for at in starts]
        self._rest = samples[whole:].copy()  # a view would keep the whole block alive
        self._pts += whole
        return windows

    def end(self) -> list[Window]:
        """What is held, as one short window, or nothing. The next `push` may begin anywhere."""
        rest, pts = self._rest, self._pts
        self._rest, self._pts = _none(), None
        return [Window(rest, pts)] if pts is not None and len(rest) else []
