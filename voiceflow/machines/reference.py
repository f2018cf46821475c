"""What was played, for whoever takes it out of what is heard: two streams of samples paired by their counts.

A loudspeaker and a microphone call back when they like, in bursts when the machine is busy; what they count in the
long run is the same. So the k-th sample heard stays paired with one and the same sample played, come what may: what is
asked for before it was played is silence, and is left out when it comes.
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
    ahead of the other by more than `slack` samples, one of them has stood still: the pairing begins anew.
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

    def push(self, samples: Samples) -> None:
        """These were given to the loudspeaker."""
        if not self._playing:
            self._playing = True
            self._held = np.zeros(self.margin, np.int16)
        paid = min(self._owed, len(samples))
        self._owed -= paid
        self._held = np.concatenate((self._held, samples[paid:]))
        if self._paired and len(self._held) > self.margin + self.slack:
            self._paired, self._settled = False, 0
            self.jumps += 1
        if not self._paired:
            self._held = self._held[len(self._held) - self.margin :]

    def pull(self, count: int) -> Samples:
        """What is paired with the next `count` samples that were heard."""
        out = np.zeros(count, np.int16)
        if not self._playing:
            return out
        if self._settled < self.settle:
            self._settled += count
            latest = self._held[max(0, len(self._held) - count) :]
            out[count - len(latest) :] = latest
            return out
        self._paired = True
        given = min(count, len(self._held))
        out[:given] = self._held[:given]
        self._held = self._held[given:]
        self._owed += count - given
        if self._owed > self.slack:
            self._playing, self._paired, self._owed, self._settled = False, False, 0, 0
            self.jumps += 1
        return out
