"""What was heard and waits to be taken: a bounded store between a device that never waits and a program that may."""

from __future__ import annotations

from collections import deque

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples

_same = attrs.cmp_using(eq=np.array_equal)


def _show(samples: Samples) -> str:
    return f"<{len(samples)}>"


@attrs.frozen
class Captured:
    """A block as the device gave it: `heard`, and what it was given to play meanwhile, as long.

    `gap` samples were lost in front of it.
    """

    heard: Samples = attrs.field(eq=_same, repr=_show)
    played: Samples = attrs.field(eq=_same, repr=_show)
    gap: int = 0


@attrs.define
class Capture:
    """At most `capacity` samples (one block at least): the oldest are lost first, and counted in front of the rest."""

    capacity: int = attrs.field(validator=are.ge(1))
    level: int = attrs.field(default=0, init=False)
    lost: int = attrs.field(default=0, init=False)
    _blocks: deque[Captured] = attrs.field(factory=deque[Captured], init=False, repr=False)

    def put(self, block: Captured) -> None:
        self._blocks.append(block)
        self.level += len(block.heard)
        while self.level > self.capacity and len(self._blocks) > 1:
            oldest = self._blocks.popleft()
            size = len(oldest.heard)
            self.level -= size
            self.lost += size
            self._blocks[0] = attrs.evolve(self._blocks[0], gap=self._blocks[0].gap + oldest.gap + size)

    def take(self) -> Captured | None:
        """The oldest block, if there is one."""
        if not self._blocks:
            return None
        block = self._blocks.popleft()
        self.level -= len(block.heard)
        return block

    def clear(self) -> None:
        """Forget what waits: it was heard before anybody listened."""
        self._blocks.clear()
        self.level = 0
