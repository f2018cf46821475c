"""Whether a voice under the agent's insists: as near as the caller's, and not dying away after half a second.

    silent --begin--> listening --near, and loud `after` seconds or later--> judged: it insists
      ^                  |   +----far---------------------------------> judged: it is nothing
      +------- end ------+-------------------------------------------------+

A listening sound ("okay", "of course") is over or dies away while a VAD still counts it: its verdict on the end comes
later. Who takes the floor goes on. So loudness is asked, in frames of 10 ms: a voice insists at the first instant from
`after` on at which none of its last frames is more than `fading` under what is loud in it, the upper quartile of its
frames at its highest. Somebody else in the room is speech to a VAD too: a voice that begins more than `distance` under
the caller's until now is nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Audio, Samples, Speech

FRAMES = 100  # a second
_SYLLABLE = 20  # frames of a voice from which it is known what is loud in it
_BEGINNING = 30  # frames of a voice by which its distance is told
_LAST = 5  # frames that must all be loud: a stop between two sounds is not much longer
_RANGE = 15.0  # dB under the loudest frame that still count for how loud a voice is
_WEIGHT = 0.3  # of the last utterance in how loud the caller is
_BEFORE = 100  # frames that are held while nobody speaks: a VAD tells a begin late


@attrs.define
class BargeIn:
    """Blocks, and a VAD's verdicts on them as they come; at most one judgement an utterance, True if it insists.

    `after` is seconds from the begin of speech, `fading` and `distance` are decibels; the blocks are at `rate` Hz.
    """

    rate: int = attrs.field(validator=are.ge(FRAMES))
    after: float = 0.47
    fading: float = 10.0
    distance: float = 9.0

    caller: float | None = attrs.field(default=None, init=False)
    """How loud the caller is, in decibels; None before anything was said."""
    _levels: list[float] = attrs.field(factory=list[float], init=False)
    _first: int = attrs.field(default=0, init=False)
    """The sample at which the first of the levels begins."""
    _rest: Samples = attrs.field(factory=lambda: np.zeros(0, np.int16), init=False)
    _onset: int | None = attrs.field(default=None, init=False)
    """The level with which the open utterance begins."""
    _judged: bool | None = attrs.field(default=None, init=False)
    _loud: float = attrs.field(default=0.0, init=False)
    """The highest that the upper quartile of the open utterance has been."""
    _voiced: bool = attrs.field(default=False, init=False)

    @property
    def _size(self) -> int:
        return self.rate // FRAMES

    def push(self, audio: Audio) -> bool | None:
        """The judgement that this block brings, if any."""
        if audio.pts != self._first + len(self._levels) * self._size + len(self._rest):
            self._start_anew(audio.pts)
        samples = np.concatenate((self._rest, audio.samples))
        whole = len(samples) // self._size * self._size
        self._rest = samples[whole:]
        told: bool | None = None
        for level in levels(samples[:whole], self._size):
            self._levels.append(level)
            told = self._judge() if told is None else told
        if self._onset is None and len(self._levels) > 2 * _BEFORE:
            self._forget(len(self._levels) - _BEFORE)
        return told

    def turn(self, speech: Speech) -> None:
        """The VAD's next verdict: nothing is judged within a pause."""
        self._voiced = speech.voiced
        at = max(0, (speech.pts - self._first) // self._size)
        if speech.active and self._onset is None:
            self._onset, self._judged, self._loud = at, None, 0.0
        elif not speech.active and self._onset is not None:
            self._learn(self._levels[self._onset : at])
            self._onset = None

    def _judge(self) -> bool | None:
        if self._onset is None or self._judged is not None or not self._voiced:
            return None
        voice = self._levels[self._onset :]
        if len(voice) >= _SYLLABLE:
            self._loud = max(self._loud, float(np.percentile(voice, 75)))
        if len(voice) >= _BEGINNING and self._is_far(voice[:_BEGINNING]):
            self._judged = False
        elif len(voice) >= self.after * FRAMES and min(voice[-_LAST:]) >= self._loud - self.fading:
            self._judged = True
        return self._judged

    def _is_far(self, voice: Sequence[float]) -> bool:
        return self.caller is not None and loudness(voice) < self.caller - self.distance

    def _learn(self, voice: Sequence[float]) -> None:
        """Take note of how loud the caller was, if it was the caller."""
        if voice and self._judged is not False:
            before = loudness(voice) if self.caller is None else self.caller
            self.caller = before + _WEIGHT * (loudness(voice) - before)

    def _forget(self, count: int) -> None:
        del self._levels[:count]
        self._first += count * self._size

    def _start_anew(self, at: int) -> None:
        """Samples were lost: what was going on is not known any more."""
        self._levels.clear()
        self._rest, self._first, self._onset = self._rest[:0], at, None


def levels(samples: Samples, size: int) -> list[float]:
    """Decibels of each frame of so many samples, 0 being silence."""
    frames = samples.reshape(-1, size).astype(np.float64)
    return [float(level) for level in 10 * np.log10(np.mean(frames**2, axis=1) + 1)]


def loudness(voice: Sequence[float]) -> float:
    """Decibels of what is loud among some levels."""
    loud = [level for level in voice if level > max(voice) - _RANGE]
    return float(10 * np.log10(np.mean(10 ** (np.array(loud) / 10))))
