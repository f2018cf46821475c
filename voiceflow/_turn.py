"""One turn of the agent: a nursery with wires of its own, inside a cancel scope."""

from __future__ import annotations

import attrs
import trio

from voiceflow._clock import SECOND
from voiceflow._ports import NodePorts
from voiceflow._supervisor import Run, run_node, supervise
from voiceflow._wiring import Plan, Surroundings, TurnPlan, connect_up, entrance
from voiceflow.errors import NodeFailed
from voiceflow.frames import Frame, Prompt, Spoken, Text
from voiceflow.machines.restart import RestartPolicy, Restarts
from voiceflow.node import Node, Ports, Sink
from voiceflow.ports import Out


async def _play(node: Node, ports: Ports) -> None:
    assert isinstance(node, Sink)
    await node.play(ports)


def _once_committed(run: Run) -> Run:
    async def wait_and_run(node: Node, ports: Ports) -> None:
        await ports.committed()
        await run(node, ports)

    return wait_and_run


@attrs.define(eq=False)
class Opening(Node):
    """What a turn starts from, sent as a node would send it: through the hooks there, and again if they raise."""

    frame: Frame

    begins = Out(Frame)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        await ports[self.begins].send(self.frame)


@attrs.define
class Cost:
    """What a turn has made: `tokens` of text (the pieces in which its model wrote it), `seconds` of sound."""

    tokens: int = 0
    seconds: float = 0.0


@attrs.define(eq=False)
class Turn:
    """The nodes of a turn at work on one opening frame."""

    id: int
    plan: Plan
    way: TurnPlan
    around: Surroundings
    policy: RestartPolicy
    held: frozenset[str] = frozenset()
    """The nodes that do nothing before the turn is committed, when it is a guess."""
    gate: trio.Event | None = None
    """Set when it is committed; None for what was never a guess."""
    ports: dict[str, NodePorts] = attrs.field(factory=dict[str, NodePorts], init=False)
    error: NodeFailed | None = attrs.field(default=None, init=False)
    """Why a stage was given up, if one was."""
    _scopes: dict[str, trio.CancelScope] = attrs.field(factory=dict[str, trio.CancelScope], init=False)

    async def run(self, opening: Frame) -> None:
        """From the opening to the last sample heard. All that was begun has ended when this returns."""
        self.ports, fed = connect_up(
            self.plan.graph, self.around, self.way.nodes, self.way.edges, self.way.entries, self.id, self.gate
        )
        self._scopes = {name: trio.CancelScope() for name in self.ports}
        async with trio.open_nursery() as nursery:
            for name in self.ports:
                nursery.start_soon(self._run_node, name, name=f"turn {self.id} {name}")
            await self._open(opening, entrance(self.plan, self.around, opening, fed, self.id))

    async def _open(self, opening: Frame, ports: NodePorts) -> None:
        try:
            await supervise(Opening(opening), ports, Restarts(self.policy))
        except NodeFailed as error:
            self.error = error

    async def _run_node(self, name: str) -> None:
        node = self.plan.graph.nodes[name]
        run: Run = _play if isinstance(node, Sink) else run_node
        if name in self.held:
            run = _once_committed(run)
        with self._scopes[name]:
            try:
                await supervise(node, self.ports[name], Restarts(self.policy), run)
            except NodeFailed as error:
                self._give_up(node, error)

    def cost(self) -> Cost:
        """What its model wrote and its voice made until now."""
        made = Cost()
        for name, ports in self.ports.items():
            node = self.plan.graph.nodes[name]
            model = any(port.kind is Prompt for port in node.inlets().values())
            for outlet, outbox in ports.outboxes.items():
                wires, kind = outbox.wires, ports.kinds[outlet]
                if kind is Text and model:
                    made.tokens += max((wire.sent for wire in wires), default=0)
                elif kind is Spoken:
                    made.seconds += max((wire.carried for wire in wires), default=0) / SECOND
        return made

    def _give_up(self, node: Node, error: NodeFailed) -> None:
        """What was made before the failure is still said; what would only feed the failed stage is stopped."""
        self.error = self.error or error
        for above in self.plan.graph.upstream(node):
            name = self.plan.graph.name_of(above)
            if name in self._scopes:
                self._scopes[name].cancel(reason=f"{error.node} was given up")
