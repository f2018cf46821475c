"""What a track carries that never stops: sound of turns as it comes, silence where there is none, and who else talks.

A track has a time line of its own, in samples since it began. Who listens at its far end knows where on it they are,
and is told, at each change, what the track carries from there on; so they know what they hear, and say it.
"""

from __future__ import annotations

from collections import deque

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples
from voiceflow.machines.mixer import added


@attrs.frozen
class Change:
    """From sample `at` of the track on there is `turn` from its sample `position` on, or silence behind that."""

    at: int
    turn: int
    position: int
    sounds: bool


@attrs.define
class Carrying:
    """The near end of a track: `push` what is to sound, `take` what is due. It holds at most `most` samples.

    What sounds `beside` that is added to it. It is kept back by `lag` samples when it begins, so that what comes a
    little late leaves no hole; what waits for longer than three times that is not wanted any more.
    """

    most: int = attrs.field(validator=are.gt(0))
    lag: int = attrs.field(default=0, validator=are.ge(0))
    at: int = attrs.field(default=0, init=False)
    """Samples of the track that were taken or skipped."""
    held: int = attrs.field(default=0, init=False)
    """Samples that wait."""
    _waiting: deque[tuple[int, int, Samples]] = attrs.field(factory=deque[tuple[int, int, Samples]], init=False)
    _told: Change | None = attrs.field(default=None, init=False)
    _others: Samples = attrs.field(factory=lambda: np.zeros(0, np.int16), init=False)
    _from: int = attrs.field(default=0, init=False)
    """Where on the track they begin."""

    def beside(self, samples: Samples) -> None:
        """Sound of somebody else, in its time."""
        if not len(self._others):
            self._from = self.at + self.lag
        self._others = np.concatenate((self._others, samples))[-max(3 * self.lag, len(samples)) :]

    def push(self, turn: int, position: int, samples: Samples) -> None:
        """Sound of a turn, from its sample `position` on. What waits too long is not wanted any more."""
        self._waiting.append((turn, position, samples))
        self.held += len(samples)
        while self.held > self.most:
            self.held -= len(self._waiting.popleft()[2])

    def clear(self, turn: int) -> None:
        """Nothing more of a turn is to sound."""
        self._waiting = deque(each for each in self._waiting if each[0] != turn)
        self.held = sum(len(samples) for _, _, samples in self._waiting)

    def skip(self, count: int) -> None:
        """So much of the track's time passes without anything in it."""
        self.at += count

    def take(self, count: int) -> tuple[Samples, list[Change]]:
        """The next `count` samples, and what changes within them."""
        block, changes, filled = np.zeros(count, np.int16), list[Change](), 0
        while filled < count and self._waiting:
            turn, position, samples = self._waiting.popleft()
            some, rest = samples[: count - filled], samples[count - filled :]
            if len(rest):
                self._waiting.appendleft((turn, position + len(some), rest))
            changes += self._sound(self.at + filled, turn, position)
            block[filled : filled + len(some)] = some
            filled += len(some)
        self.held -= filled
        if filled < count:
            changes += self._silence(self.at + filled)
        block = self._with_others(block)
        self.at += count
        return block, changes

    def _with_others(self, block: Samples) -> Samples:
        if not len(self._others) or self.at < self._from:
            return block
        some, self._others = self._others[: len(block)], self._others[len(block) :]
        return added((block, np.pad(some, (0, len(block) - len(some)))), len(block))

    def _sound(self, at: int, turn: int, position: int) -> list[Change]:
        told = self._told
        if told is not None and told.sounds and (told.turn, told.position - told.at) == (turn, position - at):
            return []
        return self._tell(Change(at, turn, position, True))

    def _silence(self, at: int) -> list[Change]:
        told = self._told
        if told is None or not told.sounds:
            return []
        return self._tell(Change(at, told.turn, told.position + at - told.at, False))

    def _tell(self, change: Change) -> list[Change]:
        self._told = change
        return [change]
