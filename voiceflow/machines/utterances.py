"""Cutting a caller's signal into utterances for a recogniser: by a VAD's verdicts in band, or by pauses.

    closed --speech began--> open (with the lead-in that a ring of the last second holds) --speech ended--> closed

A VAD's verdict comes late and says where speech began: the ring gives back what was heard since, and `pre_roll`
before. Where no VAD speaks, loudness over the noise decides. An utterance that lasts is parted at a pause.

A lull is told long before that ends an utterance, so that a recogniser can get ready meanwhile: it goes by loudness
alone, which needs no model and is as quick as one.
"""

from __future__ import annotations

import math
from collections import deque
from copy import copy
from itertools import groupby
from typing import Literal

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Audio, Samples, Speech
from voiceflow.machines.blocks import Blocks
from voiceflow.machines.hysteresis import Hysteresis

Segmentation = Literal["auto", "vad", "pauses"]

_WINDOW = 0.02  # seconds: the loudness of two periods of a voice of 100 Hz
_RISE = 4.0 * _WINDOW  # dB a window: the noise is followed up at 4 dB a second, and down at once
_OVER = 12.0  # dB over the noise that are taken for speech; half as much keeps it
_NOISE = (-75.0, -50.0)  # dB below full scale: the least noise that is believed, and what is assumed at first
_MIN_SPEECH = 0.1  # seconds: less is a click
_BREATH = 0.2  # seconds of quiet where a long utterance may be parted
_DECISION = 1.0  # seconds that a VAD may take to decide: what the ring holds beside the pre-roll
_BACK = 0.1  # seconds of loud sound that end a lull: less is a click
_SOFT = 0.05  # seconds of voice beyond what had come when a lull was told that change nothing: a breath
_BRIDGED = 1.0  # seconds of lost audio that are filled with silence; a longer gap ends an utterance


@attrs.frozen
class Begin:
    """An utterance begins at sample `start`; the samples that follow are those from `pts` (at most `start`) on."""

    start: int
    pts: int


@attrs.frozen
class Voice:
    """The next samples of the utterance that is open."""

    samples: Samples = attrs.field(eq=attrs.cmp_using(eq=np.array_equal), repr=lambda s: f"<{len(s)}>")


@attrs.frozen
class Lull:
    """The voice rests since sample `at`: the utterance may be over, and nothing is said until it is, or `Resumed`."""

    at: int


@attrs.frozen
class Resumed:
    """It was not over at the lull that was told last."""


@attrs.frozen
class End:
    """The utterance ended at sample `end`: where speech ended, which may lie before the last sample that was given."""

    end: int


Part = Begin | Voice | Lull | Resumed | End


@attrs.define
class Loudness:
    """Where sound stands out of the noise, as a probability: half at 12 dB over it."""

    noise: float = _NOISE[1]

    def push(self, window: Samples) -> float:
        """Follow one window of 20 ms."""
        rms = float(np.std(window.astype(np.float64))) / 32768.0
        level = 20.0 * math.log10(rms) if rms > 0.0 else _NOISE[0]
        self.noise = max(_NOISE[0], min(level, self.noise + _RISE))
        return min(1.0, max(0.0, (level - self.noise) / (2 * _OVER)))


@attrs.define
class Utterances:
    """Blocks of audio in, the parts of utterances out, every sample at most once and in order.

    `segmentation` "vad" goes by the verdicts in band alone; "pauses" by loudness alone; "auto" by loudness until a
    first verdict comes, and by verdicts from then on. All seconds count at `rate` Hz. From `parted` seconds on, an
    utterance is parted at the next pause, and at `longest` seconds anywhere. After `lull` seconds of quiet a `Lull` is
    told; None tells none.
    """

    rate: int = attrs.field(validator=are.ge(100))
    segmentation: Segmentation = "auto"
    pre_roll: float = 0.3
    pause: float = 0.6
    parted: float = 20.0
    longest: float = 28.0
    lull: float | None = None

    _ring: deque[Samples] = attrs.field(init=False, factory=lambda: deque[Samples]())
    _held: int = attrs.field(init=False, default=0)
    _at: int | None = attrs.field(init=False, default=None)
    _since: int | None = attrs.field(init=False, default=None)
    _quiet: int | None = attrs.field(init=False, default=None)
    _loud_from: int | None = attrs.field(init=False, default=None)
    _start: int = attrs.field(init=False, default=0)
    _lull: Lull | None = attrs.field(init=False, default=None)
    _judged: bool = attrs.field(init=False, default=False)
    _loudness: Loudness = attrs.field(init=False, factory=Loudness)
    _windows: Blocks = attrs.field(init=False)
    _edges: Hysteresis = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._windows = Blocks(round(_WINDOW * self.rate))
        self._edges = Hysteresis(
            self.rate,
            start=0.5,
            end=0.25,
            min_speech=round(_MIN_SPEECH * self.rate),
            min_silence=round(self.pause * self.rate),
        )

    @property
    def open(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self._since is not None

    @property
    def held(self) -> int:
        """How many of the last samples are held, as the lead-in of an utterance that may begin."""
        return self._held

    def fork(self) -> Utterances:
        """One that goes on from here by itself: what to start from again after a crash."""
        other = copy(self)
        other._ring = self._ring.copy()
        other._loudness, other._windows, other._edges = copy(self._loudness), copy(self._windows), copy(self._edges)
        return other

    def push(self, audio: Audio) -> list[Part]:
        """The parts that `audio` brings, whatever its length. Its verdict, if any, falls at its end."""
        parts = self._moved(audio)
        for at in range(0, len(audio.samples), self._windows.size):
            parts += self._step(audio.samples[at : at + self._windows.size])
        if audio.speech is not None:
            self._judged = self._judged or self.segmentation == "auto"
            if self._by_verdict:
                parts += self._turned(audio.speech)
        return _joined(parts)

    @property
    def _by_verdict(self) -> bool:
        return self.segmentation == "vad" or self._judged

    def _step(self, samples: Samples) -> list[Part]:
        assert self._at is not None
        edge = self._loud(samples, self._at)
        self._at += len(samples)
        if not self.open:
            self._keep(samples)
        parts: list[Part] = [Voice(samples)] if self.open else []
        return parts + self._rested() + ([] if self._by_verdict else self._turned(edge)) + self._long()

    def end(self) -> list[Part]:
        """The stream ended: what is open ends with it."""
        if self._at is None:
            return []
        edge = self._edges.stop(self._at)
        return self._close(edge.pts if edge is not None and not self._by_verdict else self._at)

    def _loud(self, samples: Samples, pts: int) -> Speech | None:
        """The begin or end that loudness tells in at most one window of samples."""
        found: Speech | None = None
        for window in self._windows.push(samples, pts):
            edge = self._edges.push(self._loudness.push(window.samples), window.pts, window.end)
            if edge is not None:
                self._quiet, self._loud_from = (None, edge.pts) if edge.voiced else (edge.pts, None)
                found = edge
        return found

    def _rested(self) -> list[Part]:
        """A lull that begins, or ends, with the samples until now."""
        if self._since is None or self.lull is None:
            return []
        assert self._at is not None
        if self._lull is None:
            quiet = self._quiet
            if quiet is None or quiet <= self._start or self._at - quiet < self.lull * self.rate:
                return []
            self._lull = Lull(quiet)
            return [self._lull]
        if self._loud_from is None or self._at - self._loud_from < _BACK * self.rate:
            return []
        self._lull = None
        return [Resumed()]

    def _moved(self, audio: Audio) -> list[Part]:
        """The stream jumped: bridge what was lost, so that places stay true; or end, and forget what was before."""
        if self._at is None:
            self._at = audio.pts
        lost, here = audio.pts - self._at, self._at
        if not lost:
            return []
        self._at = audio.pts
        if self.open and 0 < lost <= _BRIDGED * self.rate:
            return [Voice(np.zeros(lost, np.int16))]
        self._forget()
        self._edges.stop(here)
        return self._close(here)

    def _forget(self) -> None:
        self._ring.clear()
        self._held = 0

    def _turned(self, speech: Speech | None) -> list[Part]:
        if speech is None or speech.active is self.open:
            return []
        return self._begin(speech.pts) if speech.active else self._close(speech.pts)

    def _begin(self, start: int) -> list[Part]:
        assert self._at is not None
        held = np.concatenate([np.zeros(0, np.int16), *self._ring])
        first = self._at - len(held)
        self._forget()
        skipped = min(len(held), max(0, start - round(self.pre_roll * self.rate) - first))
        self._since = first + skipped
        self._start = min(max(start, self._since), self._at)
        begin = Begin(self._start, self._since)
        return [begin, Voice(held[skipped:])] if skipped < len(held) else [begin]

    def _close(self, end: int) -> list[Part]:
        if self._since is None:
            return []
        assert self._at is not None
        since, self._since = self._since, None
        lull, self._lull = self._lull, None
        end = max(end, since)
        if lull is not None and end > lull.at + ((self.lull or 0.0) + _SOFT) * self.rate:
            return [Resumed(), End(end)]  # who ends it heard a voice that was not loud
        return [End(end)]

    def _long(self) -> list[Part]:
        if self._since is None:
            return []
        assert self._at is not None
        lasted = self._at - self._since
        quiet = self._quiet is not None and self._at - self._quiet >= _BREATH * self.rate
        if lasted < self.parted * self.rate or not (quiet or lasted >= self.longest * self.rate):
            return []
        return [*self._close(self._at), *self._begin(self._at)]

    def _keep(self, samples: Samples) -> None:
        self._ring.append(samples)
        self._held += len(samples)
        while self._held - len(self._ring[0]) >= (self.pre_roll + _DECISION) * self.rate:
            self._held -= len(self._ring.popleft())


def _joined(parts: list[Part]) -> list[Part]:
    """The same with samples that follow each other in one part."""
    joined: list[Part] = []
    for is_voice, group in groupby(parts, lambda part: isinstance(part, Voice)):
        if is_voice:
            joined.append(Voice(np.concatenate([part.samples for part in group if isinstance(part, Voice)])))
        else:
            joined += group
    return joined
