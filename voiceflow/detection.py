"""What every voice activity detector has in common: windows out of the stream, edges into it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Protocol

import attrs
import numpy as np

from voiceflow.frames import Audio, Frame, Samples, Speech
from voiceflow.machines.blocks import Blocks
from voiceflow.machines.hysteresis import Hysteresis
from voiceflow.node import Stage
from voiceflow.resampling import Resampler, cut, position

Score = Callable[[Samples], float]
"""From the next window of a stream to the probability (0 to 1) that there is speech in it. May hold state."""

_Places = tuple[int, int, int]
"""Of a window's first sample, of the one after its last, and of the stream when it was complete."""


class Among(Protocol):
    """How windows of one call are scored together with those of others."""

    @property
    def worthwhile(self) -> bool:
        """Whether there are enough others; else each window is scored by itself, at once."""
        ...

    async def __call__(self, score: Any, windows: Sequence[Samples], /) -> list[float]:
        """What `score` would give for each of them, one after the other, and as it would be behind them."""
        ...


@attrs.define
class _Windows:
    """The windows of one unbroken stretch, at the detector's rate, with their places at the stream's own.

    The resampler is fed with steps of one length, so that what a verdict is and where it falls depends on the
    samples alone and not on the blocks that they came in.
    """

    rate: int
    target: int
    size: int
    begin: int
    _steps: Blocks = attrs.field(init=False)
    _blocks: Blocks = attrs.field(init=False)
    _resampler: Resampler = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # 5 ms: the lateness that this adds at other rates is at most one step.
        self._steps = Blocks(self.size if self.rate == self.target else max(1, self.rate // 200))
        self._blocks = Blocks(self.size)
        self._resampler = Resampler(self.rate, self.target, quality="fastest")

    def push(self, samples: Samples) -> Iterator[tuple[Samples, _Places]]:
        steps = self._steps.push(samples)
        if self.rate == self.target:  # a step is a window, and known at its end
            for step in steps:
                end = self.begin + step.end
                yield step.samples, (self.begin + step.pts, end, end)
            return
        for step in steps:
            for window in self._blocks.push(self._resampler.push(step.samples)):
                begin, end = (position(at, self.target, self.rate) for at in (window.pts, window.end))
                yield window.samples, (self.begin + begin, self.begin + min(end, step.end), self.begin + step.end)


class Detection(Stage[Audio]):
    """Passes audio on as it comes, and tells where speech begins, pauses, goes on and ends.

    Windows of `size` samples at `rate` Hz (None: the stream's own, `size` then being seconds) are scored and
    become edges by the thresholds and the durations (in seconds) given. `Speech` frames leave first, so that nothing
    slow behind the audio holds them up; begins and ends also stand in the audio, which is cut at the sample where the
    verdict fell. All places are samples of the stream that came.

    `score` makes the scoring of an unbroken stretch: it is called again where samples were lost. In many calls windows
    are scored `among` those of others, if that is given.
    """

    def __init__(
        self,
        score: Callable[[], Score],
        *,
        rate: int | None,
        size: float,
        start: float,
        end: float,
        min_speech: float,
        min_silence: float,
        among: Among | None = None,
    ) -> None:
        self._score, self._rate, self._size, self._among = score, rate, size, among
        self._thresholds, self._durations = (start, end), (min_speech, min_silence)
        self._machine: Hysteresis | None = None
        self._windows: _Windows | None = None
        self._scoring: Score = score()
        self._cut: list[tuple[Samples, _Places]] | None = None
        self._scores: list[float] = []
        """Of the windows of a frame that was prepared."""
        self._next = self._end = 0
        """Where the stream stands: what comes next, and what was judged."""
        self._open: Speech | None = None

    def follow(self, speech: Speech | None, left: Sequence[Frame]) -> Iterator[Frame]:
        """Speech that is open goes on."""
        self._open = speech if speech is not None and speech.active else None
        for frame in left:
            if self._open is None:
                yield frame
            elif isinstance(frame, Audio) and len(frame.samples):
                yield attrs.evolve(frame, speech=None)

    @property
    def prepare(self) -> Callable[[Audio], Awaitable[None]] | None:
        return self._prepare if self._among is not None and self._among.worthwhile else None

    async def _prepare(self, frame: Audio) -> None:
        assert self._among is not None
        self._cut = self._windows_of(frame)
        if self._cut:
            self._scores = await self._among(self._scoring, [samples for samples, _ in self._cut])

    def push(self, frame: Audio) -> Iterator[Frame]:
        if self._machine is None or self._machine.rate != frame.rate:
            yield from self.end() if self._machine is not None else ()
            self._machine = self._made(frame.rate, frame.pts)
        cut_, scores = self._cut, iter(self._scores)
        if cut_ is None:
            cut_ = self._windows_of(frame)
            scores = map(self._scoring, (samples for samples, _ in cut_))
        self._cut, self._scores, self._end = None, [], frame.end
        marks: list[tuple[int, Speech]] = []
        for (_, places), score in zip(cut_, scores, strict=True):
            open_ = self._machine.active
            edge = self._machine.push(score, *places)
            if edge:
                yield edge
            # A recogniser opens and closes an utterance by what stands in the audio: pauses are not its business.
            if edge and edge.active is not open_:
                marks.append((edge.known, edge))
        yield from cut(frame if frame.speech is None else attrs.evolve(frame, speech=None), marks)

    def _windows_of(self, frame: Audio) -> list[tuple[Samples, _Places]]:
        """The windows that a frame completes."""
        if self._windows is None or self._windows.rate != frame.rate or frame.pts != self._next:
            self._scoring = self._score()
            self._windows = self._unbroken(frame)
        self._next = frame.end
        return list(self._windows.push(frame.samples))

    def _made(self, rate: int, at: int) -> Hysteresis:
        """A machine for a stream that begins at sample `at`, in speech if speech is open."""
        machine = Hysteresis(rate, *self._thresholds, *(round(seconds * rate) for seconds in self._durations))
        speech, self._open = self._open, None
        if speech is not None:
            machine.go_on(speech.voiced, at if speech.voiced else speech.pts * rate // speech.rate)
        return machine

    def _unbroken(self, frame: Audio) -> _Windows:
        if self._rate is None:
            return _Windows(frame.rate, frame.rate, max(1, round(self._size * frame.rate)), frame.pts)
        return _Windows(frame.rate, self._rate, int(self._size), frame.pts)

    def end(self) -> Iterator[Frame]:
        if self._open is not None:
            self._end = self._open.known
            self._machine = self._made(self._open.rate, self._end)
        edge = self._machine.stop(self._end) if self._machine else None
        if edge:
            yield edge
            yield Audio(np.zeros(0, np.int16), edge.rate, self._end, speech=edge)
