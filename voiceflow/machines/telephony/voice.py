"""The agent as it is heard by telephone: when it speaks, and for how long."""

from __future__ import annotations

from typing import Literal

import attrs
import numpy as np

from voiceflow.frames import Samples

BLOCK = 0.02
"""Seconds of sound in each piece of a call."""
_AUDIBLE = 300
"""Of a sample, about -40 dB of full scale: comfort noise is below, a quiet voice above."""
_PAUSE = 25
"""Blocks of silence, half a second, behind which the agent has spoken."""


@attrs.define
class Voice:
    """When the agent speaks, by what is heard of it."""

    count: int = 0
    """Blocks so far."""
    voiced: int = 0
    """Those that were to be heard."""
    since: int | None = None
    """The block with which it began to speak, if it does."""
    last: int = -1
    """The last that was to be heard."""

    def push(self, samples: Samples) -> Literal["begins", "ends"] | None:
        """What this block changes."""
        at, self.count = self.count, self.count + 1
        if len(samples) and int(np.max(np.abs(samples.astype(np.int32)))) > _AUDIBLE:
            self.voiced, self.last = self.voiced + 1, at
            if self.since is None:
                self.since = at
                return "begins"
        elif self.since is not None and at - self.last >= _PAUSE:
            self.since = None
            return "ends"
        return None

    @property
    def seconds(self) -> float:
        """For how long it was to be heard."""
        return self.voiced * BLOCK

    @property
    def silent(self) -> float:
        """Seconds for which nothing has been heard."""
        return (self.count - 1 - self.last) * BLOCK
