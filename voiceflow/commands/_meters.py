"""The live screen of a call with two meters under it: how loud the microphone is, and how loud the agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from voiceflow.frames import Audio
from voiceflow.machines.echo import PushToTalk
from voiceflow.machines.levels import LevelMeter
from voiceflow.observe.screen import Screen, bar

if TYPE_CHECKING:
    from rich.text import Text

_WIDTH = 24
_EVERY = 0.08
"""Seconds between two pictures: the eye sees no more, and a terminal far away takes no more."""


@attrs.define(eq=False)
class Meters(Screen):
    """A `Screen` that is also shown what the microphone hears and what the agent says.

    With a `hand` it says whether the microphone is open.
    """

    hand: PushToTalk | None = None
    _you: LevelMeter = attrs.field(factory=lambda: LevelMeter(16000), init=False)
    _it: LevelMeter = attrs.field(factory=lambda: LevelMeter(16000), init=False)
    _shown: float = attrs.field(default=0.0, init=False)

    def hears(self, audio: Audio) -> None:
        """A block from the microphone. These come all the time, and carry the time of both meters."""
        seconds = len(audio.samples) / audio.rate
        self._you.fall_for(seconds)
        self._it.fall_for(seconds)
        self._you.rise_to(audio.samples)
        if audio.end / audio.rate >= self._shown + _EVERY:
            self._shown = audio.end / audio.rate
            self._show()

    def plays(self, audio: Audio) -> None:
        """A block of the agent's voice."""
        self._it.rise_to(audio.samples)

    def now(self) -> Text:
        line = super().now()
        closed = self.hand is not None and not self.hand.held
        line.append("\n")
        _meter(line, "mic closed" if closed else "you", self._you, "cyan")
        _meter(line, "agent", self._it, "green")
        return line


def _meter(line: Text, name: str, meter: LevelMeter, style: str) -> None:
    filled = bar(meter.share * _WIDTH, 1.0)
    line.append(f"  {name:>10} ", "dim").append(filled, style if meter.level < -3 else "bold red")
    line.append("·" * (_WIDTH - len(filled)), "dim")
