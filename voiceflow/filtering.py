"""What every filter on fixed windows has in common: as many samples out as came in, each in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
import numpy as np

from voiceflow.frames import Audio, Frame, Samples, Speech
from voiceflow.machines.blocks import Blocks
from voiceflow.node import Stage
from voiceflow.resampling import Resampler, cut

Filter = Callable[[Samples], Samples]
"""From the next window of a stream to as many samples. May hold state, and may answer late by a fixed delay."""


class _Stretch:
    """One unbroken stretch at one rate, on its way through the filter and back."""

    def __init__(self, rate: int, target: int, size: int, delay: int, filter: Filter) -> None:
        self._into, self._back = Resampler(rate, target), Resampler(target, rate)
        self._windows, self._filter, self._size = Blocks(size), filter, size
        self._skip, self._taken, self._given = delay, 0, 0

    def push(self, samples: Samples) -> Samples:
        self._taken += len(samples)
        return self._through(self._into.push(samples))

    def end(self) -> Samples:
        """The rest: silence pushes out what the filter and the resamplers hold, and is cut off again."""
        out = [self._through(self._into.end())]
        while self._given < self._taken:
            out.append(self._through(np.zeros(self._size, np.int16)))
        return np.concatenate(out)

    def _through(self, samples: Samples) -> Samples:
        out = [np.zeros(0, np.int16)]
        for window in self._windows.push(samples):
            answer = self._filter(window.samples)
            out.append(self._back.push(answer[self._skip :]))
            self._skip -= min(self._skip, len(answer))
        done = np.concatenate(out)[: self._taken - self._given]
        self._given += len(done)
        return done


class Filtering(Stage[Audio]):
    """Audio through a filter that takes windows of `size` samples at `rate` Hz and answers `delay` samples late.

    Any rate in, the same rate out; each sample keeps its place, and gaps and verdicts theirs. A sample leaves when
    less than `size + delay` samples more have come, and at other rates what the two resamplers hold
    (3 ms each at 16 kHz). `filter` makes the filter of an unbroken stretch: it is called again where samples were
    lost or the rate changed.
    """

    def __init__(self, filter: Callable[[], Filter], *, rate: int, size: int, delay: int) -> None:
        self._filter, self._rate, self._size, self._delay = filter, rate, size, delay
        self._stretch: _Stretch | None = None
        self._came = Audio(np.zeros(0, np.int16), rate)
        self._left = 0
        self._verdicts: list[tuple[int, Speech]] = []

    def push(self, frame: Audio) -> Iterator[Frame]:
        if self._stretch is None or frame.rate != self._came.rate or frame.pts != self._came.end:
            yield from self.end()
            self._left = frame.pts
            self._stretch = _Stretch(frame.rate, self._rate, self._size, self._delay, self._filter())
        self._came = frame
        if frame.speech:
            self._verdicts.append((frame.end, frame.speech))
        yield from self._place(self._stretch.push(frame.samples), frame.gap)

    def end(self) -> Iterator[Frame]:
        if self._stretch is not None:
            rest, self._stretch = self._stretch.end(), None
            yield from self._place(rest, 0)

    def _place(self, samples: Samples, gap: int) -> Iterator[Audio]:
        audio = attrs.evolve(self._came, samples=samples, pts=self._left, gap=gap, speech=None)
        self._left = audio.end
        due = [verdict for verdict in self._verdicts if verdict[0] <= audio.end]
        self._verdicts = self._verdicts[len(due) :]
        yield from cut(audio, due)
