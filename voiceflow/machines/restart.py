"""When a crashed node may run again: at once, then after growing pauses, within a budget for its lifetime."""

from __future__ import annotations

import attrs
from attrs import validators

_SECOND = 1_000_000_000


@attrs.frozen
class RestartPolicy:
    """How often and how soon a node is restarted.

    The first failure is answered at once, the next of the same run of failures after `backoff` seconds, then
    `factor` times that, up to `ceiling`. `healthy` seconds without a failure end a run of failures. More than
    `attempts` failures in a run, or more than `budget` in all, and the node is given up.
    """

    attempts: int = attrs.field(default=3, validator=validators.ge(0))
    budget: int = attrs.field(default=20, validator=validators.ge(0))
    backoff: float = attrs.field(default=0.1, validator=validators.ge(0))
    factor: float = attrs.field(default=2.0, validator=validators.ge(1))
    ceiling: float = attrs.field(default=5.0, validator=validators.ge(0))
    healthy: float = attrs.field(default=30.0, validator=validators.gt(0))


@attrs.define
class Restarts:
    """The account of one node's failures."""

    policy: RestartPolicy
    failures: int = 0
    """In all."""
    streak: int = 0
    """In the present run of failures."""
    _last: int | None = None
    _pause: float = 0.0
    """Seconds before the incarnation that came last."""

    def failed(self, now: int) -> int | None:
        """The pause before the next incarnation, in nanoseconds; None to give the node up."""
        if self._last is not None and now - self._last >= self.policy.healthy * _SECOND:
            self.streak = 0
        self._last = now
        self.failures += 1
        self.streak += 1
        if self.streak > self.policy.attempts or self.failures > self.policy.budget:
            return None
        if self.streak == 1:
            return 0
        pause = self.policy.backoff if self.streak == 2 else self._pause * self.policy.factor
        self._pause = min(pause, self.policy.ceiling)
        return round(self._pause * _SECOND)

    def passed_on(self) -> int:
        """Another provider is ready to go on: at once, and that uses up nothing."""
        self.failures += 1
        return 0
