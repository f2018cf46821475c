"""A node that takes nothing any more, and raises nothing, has failed: else whoever sends to it waits for ever.

A recogniser that hangs would hold up the voice activity detection before it, and nobody could interrupt. Who finds no
room opens the time; each frame that is taken begins it anew. While a node waits for room itself, it is not the one to
blame: that is the last of those who wait.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager

import attrs
import trio

from voiceflow._wire import Wire
from voiceflow.errors import ProviderError

# Seconds without room: so long nobody hears the user behind it, on top of what the wire held.
LIMIT = 5.0


@attrs.define(eq=False)
class Taking:
    """Of one node of a live session. Costs nothing while there is room on its wires."""

    node: str
    _full: int = attrs.field(default=0, init=False)
    """How many of its wires have no room for what was sent; `_held`: how often it waits for room itself."""
    _held: int = attrs.field(default=0, init=False)
    _scope: trio.CancelScope | None = attrs.field(default=None, init=False)
    """What cancels who is at work."""

    @contextmanager
    def at_work(self) -> Generator[None, None, None]:
        """It runs in here.

        Raises:
            ProviderError: it took nothing for too long while there was no room for more; retryable.
        """
        with trio.CancelScope() as scope:
            self._scope = scope
            self._begin()
            try:
                yield
            finally:
                self._scope = None
        if scope.cancelled_caught:
            raise ProviderError(
                f"{self.node}: expected it to take what is sent to it, got nothing taken from a full wire for "
                f"{LIMIT:g} s. Let its work be shorter than its inlet has room for (`In(..., seconds=...)`), or name "
                "who goes on by or_else.",
                retryable=True,
            )

    def full(self, change: int) -> None:
        """One more of its wires has no room, or one less (-1); or it took a frame from one that is full still (0)."""
        self._full += change
        self._begin()

    def held(self, change: int) -> None:
        """It begins to wait for room itself (1), or goes on (-1)."""
        self._held += change
        self._begin()

    def _begin(self) -> None:
        if self._scope is not None:
            self._scope.deadline = trio.current_time() + LIMIT if self._full and not self._held else math.inf


def watch(node: str, before: list[Wire], behind: list[Wire]) -> Taking:
    """Watch a node between its wires."""
    taking = Taking(node)
    for wire in before:
        wire.taker = taking
    for wire in behind:
        wire.givers = *wire.givers, taking
    return taking
