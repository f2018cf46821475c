"""Where a node of the session stands, on wires that outlive it: a swap is a restart with another node.

What was in flight is finished by the old one or replayed to the new one, by how the old one takes its frames. One that
receives has dealt with all but the frame in its hand: its streams end behind that, and it ends as it would with
the call. One that keeps frames until it is done with them (a recogniser its utterance) is stopped, and what it kept is
given to the new one, as after a crash.
"""

from __future__ import annotations

from contextlib import nullcontext

import attrs
import trio

from voiceflow._ports import NodePorts
from voiceflow._supervisor import attempt, give_way, run_node
from voiceflow._taking import Taking
from voiceflow.machines.restart import RestartPolicy, Restarts
from voiceflow.node import Node
from voiceflow.services import Ports


@attrs.define(eq=False)
class Place:
    """One node after the other, on the same wires."""

    node: Node
    """Who stands here, or will as soon as the one before has ended."""
    ports: NodePorts
    policy: RestartPolicy
    taking: Taking | None = None
    """Where others must not be held up by who stands here."""
    done: bool = attrs.field(default=False, init=False)
    """Whether the work here has ended by itself, or was stopped."""
    _stopped: str = attrs.field(default="", init=False)
    """Why it was stopped."""
    _stint: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)

    async def serve(self, node: Node) -> None:
        """Run `node` until it ends, or until another is to stand here.

        Raises:
            NodeFailed: it is given up.
        """
        self.ports.fit(node)
        self._stint, ended = trio.CancelScope(), False
        if self._stopped:
            self.stop(self._stopped)
        try:
            with self._stint:
                ended = await attempt(node, self.ports, Restarts(self.policy), self._run, lambda: self.node is node)
        finally:
            if self.node is node:
                self.done = True
                self.ports.close()
        if not self.done:
            self.ports.hand_over(finished=ended)

    async def _run(self, node: Node, ports: Ports) -> None:
        with nullcontext() if self.taking is None else self.taking.at_work():
            await run_node(node, ports)

    def give(self, node: Node) -> None:
        """Let `node` stand here as soon as the one that does has ended."""
        self.node = node
        give_way(self.ports, self._stint, "another node takes its place")

    def stop(self, why: str) -> None:
        """The call is over, whether the node here has begun or not."""
        self._stopped = why
        self._stint.cancel(reason=why)
