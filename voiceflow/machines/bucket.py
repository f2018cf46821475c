"""Admission by token: so many a second on average, and so many at once."""

from __future__ import annotations

import attrs
from attrs import validators as are

_SECOND = 1_000_000_000


@attrs.define(on_setattr=attrs.setters.NO_OP)  # what moves at every message has nothing to validate
class Bucket:
    """Holds at most `burst` tokens and gets `rate` of them a second; begins full. Instants are integer nanoseconds."""

    rate: float = attrs.field(validator=are.gt(0.0))
    burst: float = attrs.field(validator=are.gt(0.0))
    _level: float = attrs.field(init=False)
    _at: int | None = attrs.field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._level = self.burst

    def take(self, tokens: float, now: int) -> bool:
        """Take so many, if they are there. Whether they were."""
        if self._at is not None:
            self._level = min(self.burst, self._level + max(0, now - self._at) * self.rate / _SECOND)
        self._at = now if self._at is None else max(self._at, now)
        if tokens > self._level:
            return False
        self._level -= tokens
        return True
