"""One turn of the agent: a nursery with wires of its own, inside a cancel scope."""

from __future__ import annotations

from functools import partial

import attrs
import trio

from voiceflow._ports import NodePorts
from voiceflow._supervisor import supervise
from voiceflow._wiring import Plan, Surroundings, TurnPlan, connect_up
from voiceflow.frames import Frame
from voiceflow.machines.restart import RestartPolicy, Restarts
from voiceflow.node import Node, Ports, Sink


async def _play(node: Node, ports: Ports) -> None:
    assert isinstance(node, Sink)
    await node.play(ports)


@attrs.define(eq=False)
class Turn:
    """The nodes of a turn at work on one opening frame."""

    id: int
    plan: Plan
    way: TurnPlan
    around: Surroundings
    policy: RestartPolicy
    ports: dict[str, NodePorts] = attrs.field(factory=dict, init=False)

    async def run(self, opening: Frame) -> None:
        """From the opening to the last sample heard. All that was begun has ended when this returns or raises."""
        self.ports, fed = connect_up(
            self.plan.graph, self.around, self.way.nodes, self.way.edges, self.way.entries, self.id
        )
        async with trio.open_nursery() as nursery:
            for name, ports in self.ports.items():
                node = self.plan.graph.nodes[name]
                run = _play if isinstance(node, Sink) else None
                start = partial(supervise, run=run) if run else supervise
                nursery.start_soon(start, node, ports, Restarts(self.policy), name=f"turn {self.id} {name}")
            for wire in fed:
                await wire.send(opening)
                wire.close()
