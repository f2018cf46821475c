"""One caller for whole agents, whatever they are made with: clips of speech in real time, and when they are answered.

Runs in the interpreter of any framework: it needs NumPy alone, and waits for nothing itself.
"""

from __future__ import annotations

import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.int16]

RATE = 16000
BLOCK = 0.02  # seconds
FIRST, PAUSE, PATIENCE = 1.5, 1.5, 15.0  # seconds before the first clip, behind an answer, and for one that never comes
_VOICED = 0.03  # of a clip's peak: the RMS of a block that is speech
_AUDIBLE = 300  # the least sample, of 32767, that counts as the agent's voice
_NOISE = 4.0  # RMS of the line


@dataclass
class Answer:
    """What became of a clip. `response`: seconds from its last voiced block to the first sound of the agent."""

    clip: int
    response: float | None = None
    early: bool = False
    """Whether the agent was heard before the caller had ended."""


def last_voiced(clip: Sound) -> int:
    """The sample behind the last block of speech."""
    size = round(RATE * BLOCK)
    blocks = clip[: len(clip) // size * size].reshape(-1, size).astype(np.float64)
    loud = np.flatnonzero(np.sqrt((blocks**2).mean(axis=1)) > _VOICED * np.abs(blocks).max())
    return int(loud[-1] + 1) * size


@dataclass
class Talk:
    """Says a clip, hears the answer out, says the next."""

    clips: Sequence[Sound]
    answers: list[Answer] = field(default_factory=list[Answer])
    over: bool = False
    _at: int = 0
    """The next sample of the clip that is spoken."""
    _began: float = 0.0
    _count: int = 0
    _ended: float | None = None
    _last: float | None = None
    _random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))

    def __post_init__(self) -> None:
        self._speech = [last_voiced(clip) for clip in self.clips]

    def block(self) -> Sound:
        """The line's next 20 ms. They end when they are due, however late they are asked for."""
        self._began = self._began or time.perf_counter()
        now, size = self._began + self._count * BLOCK, round(RATE * BLOCK)
        self._count += 1
        if self._waits() and self._turns(now):
            if len(self.answers) == len(self.clips):
                self.over = True
            else:
                self.answers.append(Answer(len(self.answers)))
                self._at, self._ended, self._last = 0, None, None
        sound = self._random.normal(0.0, _NOISE, size)
        if self.answers:
            part = self.clips[len(self.answers) - 1][self._at : self._at + size]
            sound[: len(part)] += part
            self._at += size
            if self._ended is None and self._at >= self._speech[len(self.answers) - 1]:
                self._ended = now
        return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)

    def _waits(self) -> bool:
        return not self.answers or self._at >= len(self.clips[len(self.answers) - 1])

    def _turns(self, now: float) -> bool:
        """Whether it is time for the next clip."""
        if not self.answers or self._ended is None:
            return now >= self._began + FIRST
        return now >= (self._ended + PATIENCE if self._last is None else self._last + PAUSE)

    def heard(self, samples: Sound) -> None:
        """A block of the agent's begins to sound now."""
        if not self.answers or not len(samples) or int(np.abs(samples).max()) < _AUDIBLE:
            return
        answer, self._last = self.answers[-1], time.perf_counter()
        if self._ended is None:
            answer.early = True
        elif answer.response is None and not answer.early:
            answer.response = self._last - self._ended


def read(path: Path) -> Sound:
    """A WAV file of 16 kHz mono int16."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE, 1, 2):
            raise ValueError(f"{path} is not 16 kHz, mono, 16 bit")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)
