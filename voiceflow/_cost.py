"""What the nodes of a turn have made, heard or not: its model's text and its voice's sound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from voiceflow._clock import SECOND
from voiceflow._ports import NodePorts
from voiceflow.frames import Frame, Prompt, Spoken, Text
from voiceflow.node import Node


@attrs.frozen
class Cost:
    """What a turn has made: `tokens` of text (the pieces in which its model wrote it), `seconds` of sound."""

    tokens: int = 0
    seconds: float = 0.0


def cost(nodes: Mapping[str, Node], ports: Iterable[NodePorts]) -> Cost:
    """Of a turn at work on these ports."""
    made = [(nodes[each.node], each) for each in ports]
    written = sum(tokens(each) for node, each in made if is_model(node))
    sounding = sum(_carried(each) for node, each in made if _is_voice(node))
    return Cost(written, sounding / SECOND)


def tokens(ports: NodePorts) -> int:
    """The pieces of text that a model has written."""
    return sum(max((wire.sent for wire in ports.outboxes[name].wires), default=0) for name in _of_kind(ports, Text))


def _carried(ports: NodePorts) -> int:
    return sum(
        max((wire.carried for wire in ports.outboxes[name].wires), default=0) for name in _of_kind(ports, Spoken)
    )


def _of_kind(ports: NodePorts, kind: type[Frame]) -> Iterable[str]:
    return (outlet for outlet, each in ports.kinds.items() if each is kind)


def is_model(node: Node) -> bool:
    """Whether it answers prompts with text."""
    return _takes(node, Prompt) and any(port.kind is Text for port in node.outlets().values())


def _is_voice(node: Node) -> bool:
    """Whether it makes sound out of something else."""
    return not is_model(node) and not _takes(node, Spoken)


def _takes(node: Node, kind: type[Frame]) -> bool:
    return any(port.kind is kind for port in node.inlets().values())
