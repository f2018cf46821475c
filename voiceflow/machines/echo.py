"""That the agent does not hear itself: what may stand between a loudspeaker and the microphone beside it.

    played by the loudspeaker ----+
                                  v
    heard by the microphone --> EchoControl --> what the graph hears

The reference does not travel over a wire of the graph, which has no loops: whoever owns both devices pairs what was
heard with what was given to the loudspeaker meanwhile, block by block on the device's own clock.
"""

from __future__ import annotations

from typing import Protocol

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples
from voiceflow.machines.gain import from_decibels


class EchoControl(Protocol):
    """Keeps what is played out of what is heard. One instance serves one pair of devices at a time."""

    @property
    def rate(self) -> int:
        """Hz of what it takes and gives."""
        ...

    @property
    def frame(self) -> int:
        """Samples that it takes at a time, and gives."""
        ...

    @property
    def delay(self) -> int:
        """Samples by which what it gives is behind what it takes."""
        ...

    def open(self) -> None:
        """Make ready, from the beginning; may take a second, and is called in a thread.

        Raises:
            ProviderError: what it needs is not installed.
        """
        ...

    def process(self, heard: Samples, played: Samples) -> Samples:
        """One frame of what is heard, and of what is played meanwhile, to a frame without the latter."""
        ...


@attrs.define
class HalfDuplex:
    """Silence for as long as the agent sounds, and `tail` seconds beyond: no echo at all, and no interrupting.

    The tail bridges what the devices hold and the room adds (mostly 0.1 to 0.3 s), and the pauses between phrases.
    Sound is what exceeds `threshold` dB of full scale.
    """

    tail: float = attrs.field(default=0.4, validator=[are.ge(0), are.le(5)])
    threshold: float = attrs.field(default=-60.0, validator=are.le(0))
    rate: int = attrs.field(default=16000, validator=are.gt(0))
    frame: int = attrs.field(init=False)
    delay: int = attrs.field(default=0, init=False)
    _closed: int = attrs.field(default=0, init=False)
    """Samples for which the microphone stays closed."""

    def __attrs_post_init__(self) -> None:
        self.frame = self.rate // 100

    @property
    def closed(self) -> bool:
        return self._closed > 0

    def open(self) -> None:
        self._closed = 0

    def process(self, heard: Samples, played: Samples) -> Samples:
        if np.abs(played.astype(np.int32)).max(initial=0) > 32768 * from_decibels(self.threshold):
            self._closed = len(played) + round(self.tail * self.rate)
        if self._closed <= 0:
            return heard
        self._closed -= len(heard)
        return np.zeros_like(heard)


@attrs.define
class PushToTalk:
    """Silence but for when `held`: the user says when there is something to be heard."""

    rate: int = attrs.field(default=16000, validator=are.gt(0))
    frame: int = attrs.field(init=False)
    delay: int = attrs.field(default=0, init=False)
    held: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.frame = self.rate // 100

    def open(self) -> None:
        self.held = False

    def process(self, heard: Samples, played: Samples) -> Samples:
        return heard if self.held else np.zeros_like(heard)
