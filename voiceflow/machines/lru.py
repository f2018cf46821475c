"""What was used last is kept: a bounded store that forgets what was not wanted for the longest time."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

import attrs

V = TypeVar("V")


@attrs.define
class Lru(Generic[V]):
    """Values by key, each with a weight on one or several scales; the sum on each scale stays within `room`."""

    room: tuple[int, ...]
    used: list[int] = attrs.field(init=False)
    evicted: int = attrs.field(default=0, init=False)
    _kept: OrderedDict[str, tuple[V, tuple[int, ...]]] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.used = [0] * len(self.room)
        self._kept = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def get(self, key: str) -> V | None:
        """The value, which is now the one that was used last; None if it is not kept."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: str, value: V, weight: tuple[int, ...]) -> bool:
        """Keep a value, forgetting as many of the others as it takes. Whether it fits at all.

        Raises:
            ValueError: the weight has not as many scales as the room, or one below 0.
        """
        if len(weight) != len(self.room) or min(weight) < 0:
            raise ValueError(f"a weight is {len(self.room)} numbers from 0 on; got {weight}")
        self.drop(key)
        if any(needed > room for needed, room in zip(weight, self.room, strict=True)):
            return False
        self._kept[key] = value, weight
        self._count(weight, 1)
        while any(used > room for used, room in zip(self.used, self.room, strict=True)):
            _, (_, oldest) = self._kept.popitem(last=False)
            self._count(oldest, -1)
            self.evicted += 1
        return True

    def drop(self, key: str) -> None:
        """Forget a value, if it is kept."""
        found = self._kept.pop(key, None)
        if found is not None:
            self._count(found[1], -1)

    def _count(self, weight: tuple[int, ...], sign: int) -> None:
        self.used = [used + sign * each for used, each in zip(self.used, weight, strict=True)]
