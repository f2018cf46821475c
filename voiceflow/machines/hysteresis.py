"""From one probability a window to where speech begins, pauses, goes on and ends.

    quiet --p >= start--> rising --lasted min_speech: BEGINS--> speaking --p < end: PAUSES--> falling
      ^                     |                                      ^                            |
      |<------ p < end -----+                                      +----- p >= start: GOES ON --+
      +<---------------------------------- lasted min_silence: ENDS ----------------------------+

Two thresholds keep a wavering probability from making edges; two durations keep clicks from being speech and
the pauses between words from being ends. Edges are back-dated: speech begins with the first window over
`start`, and pauses and ends with the last window before the fall; only the verdict is late. Time is counted in
samples alone, so that a stretch of audio that was lost is simply time that has passed.
"""

from __future__ import annotations

from enum import Enum, auto

import attrs
from attrs import validators as are

from voiceflow.frames import Speech


class Phase(Enum):
    """Where the machine stands."""

    QUIET = auto()
    RISING = auto()
    SPEAKING = auto()
    FALLING = auto()


def _not_over_start(machine: Hysteresis, setting: attrs.Attribute[float], value: float) -> None:
    if not 0.0 <= value <= machine.start:
        raise ValueError(f"end is a probability of at most start ({machine.start}); got {value}")


@attrs.define(on_setattr=attrs.setters.NO_OP)  # what moves at every window has nothing to validate
class Hysteresis:
    """Windows with probabilities in, `Speech` edges out; an utterance begins, pauses and goes on at will, and ends.

    `start` and `end` are the probabilities from which speech is believed and below which it is doubted;
    `min_speech` and `min_silence` are samples at `rate` Hz. A pause is `active` and not `voiced`, an end
    neither. Every edge has `pts <= known`, and neither ever goes back.
    """

    rate: int = attrs.field(validator=are.ge(1))
    start: float = attrs.field(default=0.5, validator=[are.gt(0.0), are.le(1.0)])
    end: float = attrs.field(default=0.35, validator=_not_over_start)
    min_speech: int = attrs.field(default=0, validator=are.ge(0))
    min_silence: int = attrs.field(default=0, validator=are.ge(0))

    phase: Phase = attrs.field(init=False, default=Phase.QUIET)
    _onset: int = attrs.field(init=False, default=0)
    _last: int = attrs.field(init=False, default=0)

    @property
    def active(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self.phase in (Phase.SPEAKING, Phase.FALLING)

    def go_on(self, voiced: bool, last: int) -> None:
        """Go on with an utterance that began elsewhere; its last voiced sample until now is the one before `last`."""
        self.phase = Phase.SPEAKING if voiced else Phase.FALLING
        self._last = last

    def push(self, probability: float, pts: int, end: int, known: int | None = None) -> Speech | None:
        """The edge that the window from sample `pts` to `end` (the one after its last) decides, if any.

        `known` is where the stream stood when the window was judged; None says at the window's end.
        """
        before, open_ = self.phase, self.active
        self.phase = self._next(probability, pts, end)
        voiced = self.phase is Phase.SPEAKING
        if voiced:
            self._last = end
        if self.phase is before or not (open_ or self.active):
            return None
        at = self._last if not voiced else pts if open_ else self._onset
        return Speech(self.active, at, end if known is None else known, self.rate, probability, voiced)

    def _next(self, probability: float, pts: int, end: int) -> Phase:
        loud, soft = probability >= self.start, probability < self.end
        phase = self.phase
        if phase is Phase.QUIET and loud:
            self._onset, phase = pts, Phase.RISING
        elif phase is Phase.RISING and soft:
            phase = Phase.QUIET
        elif phase is Phase.SPEAKING and soft:
            phase = Phase.FALLING
        elif phase is Phase.FALLING and loud:
            phase = Phase.SPEAKING
        if phase is Phase.RISING and end - self._onset >= self.min_speech:
            return Phase.SPEAKING
        if phase is Phase.FALLING and end - self._last >= self.min_silence:
            return Phase.QUIET
        return phase

    def stop(self, known: int) -> Speech | None:
        """The stream ended at sample `known`: the end of the utterance that is open, if any."""
        open_, self.phase = self.active, Phase.QUIET
        return Speech(False, self._last, known, self.rate, 0.0, False) if open_ else None
