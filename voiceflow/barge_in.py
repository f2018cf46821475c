"""Tells who takes the floor from who listens along, by sound alone, before there are words."""

from __future__ import annotations

import attrs
from attrs import validators as are

from voiceflow.frames import Audio, Interjection, Speech
from voiceflow.machines.barge_in import BargeIn
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import Ports


@attrs.define(eq=False, kw_only=True)
class BargeInDetector(Node):
    """Interrupts for a voice that still goes on after `after` seconds, and for nothing that is far away.

    Takes the audio and the verdicts of one VAD, and sends to `TurnTaking.interjections`. A voice goes on as long as it
    does not fall `fading` decibels under what was loud in it; one that begins `distance` decibels under what the caller
    was until now is nothing. What it does not confirm, the settings of the turn-taking may: give them a `min_duration`
    over `after`.

    Raises:
        ValueError: a setting is out of its range.
    """

    audio = In(Audio)
    speech = In(Speech, items=64)
    interjections = Out(Interjection)

    after: float = attrs.field(default=0.47, validator=[are.ge(0.3), are.le(5.0)])
    fading: float = attrs.field(default=10.0, validator=[are.ge(0.0), are.le(60.0)])
    distance: float = attrs.field(default=9.0, validator=[are.ge(0.0), are.le(60.0)])

    @property
    def name(self) -> str:
        return "barge_in"

    async def run(self, ports: Ports) -> None:
        machine: BargeIn | None = None
        async for _, frame in ports.merged(self.audio, self.speech):
            if isinstance(frame, Speech) and machine is not None:
                machine.turn(frame)
            if isinstance(frame, Audio):
                if machine is None or machine.rate != frame.rate:
                    machine = BargeIn(frame.rate, self.after, self.fading, self.distance)
                told = machine.push(frame)
                if told is not None:
                    await ports[self.interjections].send(Interjection(told))
