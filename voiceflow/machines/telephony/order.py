"""Numbered blocks that may come out of order, put in order again."""

from __future__ import annotations

from typing import Generic, TypeVar

import attrs
from attrs import validators as are

T = TypeVar("T")

_FAR = 500
"""Blocks; a number that is so far off belongs to another count: 10 s of 20 ms blocks."""


@attrs.define
class Order(Generic[T]):
    """A block that is early waits until those before it have come, or until `patience` blocks wait.

    One that comes when its place has passed is dropped, and counted. Blocks without a number are given as they come.
    """

    patience: int = attrs.field(default=3, validator=are.ge(0))
    late: int = attrs.field(default=0, init=False)
    _next: int | None = attrs.field(default=None, init=False)
    _early: dict[int, T] = attrs.field(factory=dict[int, T], init=False, repr=False)

    def push(self, number: int | None, block: T) -> list[tuple[int, T]]:
        """What can be given now, in order, each with how many blocks are missing in front of it."""
        if number is None:
            return [*self.end(), (0, block)]
        if self._next is None or abs(number - self._next) > _FAR:
            given = self.end()
            self._next = number
            return [*given, *self._placed(number, block)]
        if number < self._next:
            self.late += 1
            return []
        return self._placed(number, block)

    def end(self) -> list[tuple[int, T]]:
        """All that waits; the next number begins a count."""
        given = [each for number in sorted(self._early) for each in self._skip_to(number)]
        self._next = None
        return given

    def _placed(self, number: int, block: T) -> list[tuple[int, T]]:
        if number in self._early:
            self.late += 1
            return []
        self._early[number] = block
        given = self._skip_to(min(self._early)) if len(self._early) > self.patience else []
        while self._next in self._early:
            given += self._skip_to(self._next)
        return given

    def _skip_to(self, number: int) -> list[tuple[int, T]]:
        missing, self._next = number - (self._next or 0), number + 1
        return [(missing, self._early.pop(number))]
