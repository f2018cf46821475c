"""What the nodes of a turn have made, heard or not: its model's text and its voice's sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from voiceflow._clock import SECOND
from voiceflow._outbox import Outbox
from voiceflow._ports import NodePorts
from voiceflow._wiring import Plan
from voiceflow.frames import Frame, Spoken, Text


@attrs.frozen
class Cost:
    """What a turn has made: `tokens` of text (the pieces in which its model wrote it), `seconds` of sound."""

    tokens: int = 0
    seconds: float = 0.0


def cost(plan: Plan, ports: Iterable[NodePorts]) -> Cost:
    """Of a turn at work on these ports."""
    written, sounding = 0, 0
    for each in ports:
        if each.node in plan.models:
            written += tokens(each)
        elif each.node in plan.voices:
            sounding += sum(max((wire.carried for wire in box.wires), default=0) for box in _outboxes(each, Spoken))
    return Cost(written, sounding / SECOND)


def tokens(ports: NodePorts) -> int:
    """The pieces of text that a model has written."""
    return sum(max((wire.sent for wire in box.wires), default=0) for box in _outboxes(ports, Text))


def _outboxes(ports: NodePorts, kind: type[Frame]) -> Iterator[Outbox]:
    return (ports.outboxes[outlet] for outlet, each in ports.kinds.items() if each is kind)
