"""What was played, for whoever takes it out of what is heard: two streams of samples paired by their counts.

A loudspeaker and a microphone call back when they like, in bursts when the machine is busy; what they count in the
long run is the same. So the k-th sample heard stays paired with one and the same sample played, come what may: what is
asked for before it was played is left out when it comes, and what was played last stands for it meanwhile.

A burst that nothing makes up for, as of what a device had gathered before it began, would shift the pairing for good:
one side is ahead of the other at every moment then, by which it is known, and the pairing begins anew.
"""

from __future__ import annotations

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples


@attrs.define
class Reference:
    """Played samples that wait to be paired, `margin` samples behind the loudspeaker at least.

    The margin is less than what the two devices hold, or an echo would come before its reference. When one side is
    ahead of the other by more than `slack` samples, one of them has stood still: the pairing begins anew. So it does
    when for `slack` samples heard there was always less played than asked for, or always more than twice the margin.
    """

    margin: int = attrs.field(validator=are.ge(0))
    slack: int = attrs.field(validator=are.ge(1))
    settle: int = attrs.field(default=0, validator=are.ge(0))
    """Samples heard before the pairing begins: devices come in bursts when they start. What was played last stands for
    what is paired with them, so that an agent which speaks first is known to sound."""
    jumps: int = attrs.field(default=0, init=False)
    """Times that the pairing began anew, after the first."""
    _held: Samples = attrs.field(init=False, factory=lambda: np.zeros(0, np.int16), repr=False)
    _owed: int = attrs.field(default=0, init=False)
    """Samples that were given as silence before they were played."""
    _playing: bool = attrs.field(default=False, init=False)
    _settled: int = attrs.field(default=0, init=False)
    _paired: bool = attrs.field(default=False, init=False)
    """Whether both sides run; until then the last samples played wait for the first that is heard."""
    _last: Samples = attrs.field(init=False, factory=lambda: np.zeros(0, np.int16), repr=False)
    """What was played last, as much of it as the margin."""
    _watched: int = attrs.field(default=0, init=False)
    """Samples heard since this was looked at:"""
    _most: int | None = attrs.field(default=None, init=False)
    """How far the loudspeaker was ahead at most, before some was asked for,"""
    _least: int | None = attrs.field(default=None, init=False)
    """and at least, after that."""

    def push(self, samples: Samples) -> None:
        """These were given to the loudspeaker."""
        if not self._playing:
            self._playing = True
            self._held = self._last = np.zeros(self.margin, np.int16)
        recent = np.concatenate((self._last, samples))
        self._last = recent[len(recent) - self.margin :]
        paid = min(self._owed, len(samples))
        self._owed -= paid
        self._held = np.concatenate((self._held, samples[paid:]))
        if self._paired and len(self._held) > self.margin + self.slack:
            self._begin_anew()
        if not self._paired:
            self._held = self._last

    def pull(self, count: int) -> Samples:
        """What is paired with the next `count` samples that were heard."""
        out = np.zeros(count, np.int16)
        if not self._playing:
            return out
        latest = self._last[max(0, len(self._last) - count) :]
        out[count - len(latest) :] = latest
        if self._settled < self.settle:
            self._settled += count
            return out
        self._paired = True
        ahead = len(self._held) - self._owed
        given = min(count, len(self._held))
        out[:given] = self._held[:given]
        self._held = self._held[given:]
        self._owed += count - given
        if self._owed > self.slack:
            self._playing = False
            self._begin_anew()
        else:
            self._watch(ahead, count)
        return out

    def _watch(self, ahead: int, count: int) -> None:
        """The loudspeaker was so far ahead when so many samples were asked for."""
        self._most = ahead if self._most is None else max(ahead, self._most)
        self._least = ahead - count if self._least is None else min(ahead - count, self._least)
        self._watched += count
        if self._watched >= self.slack:
            if self._most < 0 or self._least > 2 * self.margin:
                self._begin_anew()
            self._watched, self._most, self._least = 0, None, None

    def _begin_anew(self) -> None:
        self._paired, self._settled, self._owed, self._held = False, 0, 0, self._last
        self._watched, self._most, self._least = 0, None, None
        self.jumps += 1
