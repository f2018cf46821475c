"""What a live view is shown of a call: its graph once, and its wires again and again."""

from __future__ import annotations

import attrs
import trio

from voiceflow import draw
from voiceflow._wire import WireStats
from voiceflow.errors import GraphError
from voiceflow.graph import Graph
from voiceflow.graph_json import to_json
from voiceflow.items import Message
from voiceflow.serve.call import Call
from voiceflow.serve.line import Line
from voiceflow.serve.news import waterfall
from voiceflow.serve.seat import Seat

_EVERY = 0.5
"""Seconds from one look at the wires to the next."""


def drawn(graph: Graph) -> dict[str, object]:
    """The graph as JSON and as a picture; None for what it cannot be."""
    try:
        exported: object = to_json(graph)
    except GraphError:
        exported = None
    return {"graph": exported, "svg": draw.svg(graph)}


@attrs.define
class Gauges:
    """Wires at one moment after the other: how full they are, and how long what is on them takes."""

    _sent: dict[str, int] = attrs.field(factory=dict[str, int], init=False)

    def look(self, wires: dict[str, WireStats]) -> list[dict[str, object]]:
        """One row for each wire."""
        rows = [self._row(name, stats) for name, stats in wires.items()]
        self._sent = {name: stats.sent for name, stats in wires.items()}
        return rows

    def _row(self, name: str, stats: WireStats) -> dict[str, object]:
        source, _, target = name.partition(" -> ")
        passed = stats.sent - self._sent.get(name, 0)
        # What lies there now took its age until now; what has passed while nothing lies there took no time.
        latency = stats.age if stats.depth else 0.0 if passed else None
        return {
            "from": source,
            "to": target,
            "depth": round(stats.depth, 3),
            "capacity": round(stats.capacity, 3),
            "age_ms": round(stats.age * 1000, 1),
            "latency_ms": None if latency is None else round(latency * 1000, 1),
            "dropped": stats.dropped,
        }


async def watching(call: Call | Seat, line: Line) -> None:
    """Tell a line of the call's wires until cancelled."""
    gauges = Gauges()
    while not call.over.is_set():
        line.tell("wires", {"wires": gauges.look(call.session.wires())})
        await trio.sleep(_EVERY)


def summary(call: Call) -> dict[str, object]:
    """One line of the list of calls."""
    answers = [turn.latency for turn in call.times.turns.values() if turn.latency is not None]
    return {
        "id": call.id,
        "kind": call.kind,
        "about": dict(call.about),
        "seconds": round(call.seconds, 1),
        "attached": call.attached,
        "user": call.session.user,
        "agent": call.session.agent,
        "drops": call.drops,
        "latency_ms": round(answers[-1] * 1000) if answers else None,
        "underruns": call.mouth.cushion.missed,
        "cushion_ms": round(call.mouth.cushion.seconds * 1000),
    }


def _said(call: Call, message: Message) -> dict[str, object]:
    told: dict[str, object] = {"role": message.role, "text": message.text, "interrupted": message.interrupted}
    names = call.speakers.get(message.sequence)
    return told if names is None else {**told, "speakers": names}


def details(call: Call) -> dict[str, object]:
    """A call with its graph, its wires, the times of its last turns, and what was said."""
    turns = [found for turn in sorted(call.times.turns) if (found := waterfall(call, turn)) is not None]
    history = [_said(call, each) for each in call.session.history]
    wires = Gauges().look(call.session.wires())
    return {**summary(call), **drawn(call.session.graph), "wires": wires, "turns": turns, "history": history}
