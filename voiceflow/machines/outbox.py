"""What waits to be written to a far end that may be slow: bounded, and sound of a turn can be taken out again."""

from __future__ import annotations

from collections import deque

import attrs
from attrs import validators as are


@attrs.define(on_setattr=attrs.setters.NO_OP)  # what moves at every message has nothing to validate
class Outbox:
    """Messages in their order, `most` bytes of them at most.

    One that does not fit is not taken, and the box is `full` for good: who reads so slowly is let go.
    """

    most: int = attrs.field(default=1024 * 1024, validator=are.gt(0))
    full: bool = attrs.field(default=False, init=False)
    size: int = attrs.field(default=0, init=False)
    """Bytes that wait."""
    _waiting: deque[tuple[int | None, str | bytes]] = attrs.field(
        factory=deque[tuple[int | None, str | bytes]], init=False
    )

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: str | bytes, *, turn: int | None = None) -> bool:
        """Take a message, sound of `turn` if one is named. Whether there was room."""
        if self.full or self.size + len(message) > self.most:
            self.full = True
            return False
        self._waiting.append((turn, message))
        self.size += len(message)
        return True

    def forget(self, turn: int) -> None:
        """The sound of a turn that waits is not wanted any more."""
        self._waiting = deque(each for each in self._waiting if each[0] != turn)
        self.size = sum(len(message) for _, message in self._waiting)

    def take(self) -> str | bytes | None:
        """The message that waits longest, if any does."""
        if not self._waiting:
            return None
        _, message = self._waiting.popleft()
        self.size -= len(message)
        return message
