"""Which of several providers works next: an account of their failures, and of how slow they are.

Each has a breaker. It is *closed* while its provider works, *open* while that one rests after a failure, and
*half-open* when the rest is over: then one piece of work is its probe. A probe that succeeds closes it; one that fails
opens it again, and `failures` in a row put the provider out for good, as one failure does that says it will never work.
What is tried while it rests, because nobody else is left, counts for nothing; and the last that is left is never put
out for having failed too often.
"""

from __future__ import annotations

from typing import Literal

import attrs
from attrs import validators as must

from voiceflow.errors import ProviderError

_SECOND = 1_000_000_000

State = Literal["closed", "open", "half-open", "out"]


@attrs.frozen
class FallbackPolicy:
    """When a provider is left for the next one that `or_else` named, and when it is tried again.

    A failure lets it rest for `cooldown` seconds, or as long as it said; after `failures` in a row it is not tried
    again in this session. `patience` is how many seconds it may owe something useful while another is ready, with work
    in hand and nothing that keeps it waiting: a model its next text, a voice its next sound, a recogniser its final
    when it told words and their speaker has ended. The last that is left has the time that it takes. `latency`:
    seconds from the work to the first of that; one that is slower in `turns` turns in a row rests too. None: however
    slow.
    """

    cooldown: float = attrs.field(default=60.0, validator=must.ge(0))
    failures: int = attrs.field(default=3, validator=must.ge(1))
    patience: float = attrs.field(default=4.0, validator=must.gt(0))
    latency: float | None = attrs.field(default=None, validator=must.optional(must.gt(0)))
    turns: int = attrs.field(default=3, validator=must.ge(1))


@attrs.define
class Breaker:
    """Of one provider."""

    failures: int = 0
    """In a row, but for those while it rested."""
    slow: int = 0
    """Turns in a row."""
    rests_until: int | None = None
    """In nanoseconds; None when it works."""
    out: bool = False

    def state(self, now: int) -> State:
        if self.out:
            return "out"
        if self.rests_until is None:
            return "closed"
        return "open" if now < self.rests_until else "half-open"


@attrs.define
class Providers:
    """The account of the providers of one node, in their order. Times in nanoseconds."""

    count: int = 1
    policy: FallbackPolicy = attrs.Factory(FallbackPolicy)
    current: int = attrs.field(default=0, init=False)
    """The one that was chosen last."""
    breakers: list[Breaker] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.breakers = [Breaker() for _ in range(self.count)]

    def choose(self, now: int) -> int:
        """Who works next: the first that does not rest; else the one whose rest ends first; else the last for good."""
        self.current = self._best(now)
        return self.current

    def _best(self, now: int) -> int:
        return min(range(self.count), key=lambda number: self._rank(number, now))

    def _rank(self, number: int, now: int) -> tuple[int, int]:
        breaker = self.breakers[number]
        match breaker.state(now):
            case "closed" | "half-open":
                return 0, number
            case "open":
                return 1, breaker.rests_until or 0
            case "out":
                return 2, -number

    def has_ready(self, now: int) -> bool:
        """Whether one is there that does not rest."""
        return any(breaker.state(now) in ("closed", "half-open") for breaker in self.breakers)

    def is_hopeless(self, error: BaseException, now: int) -> bool:
        """Whether nobody is left to try, now that the current one failed so."""
        again = not isinstance(error, ProviderError) or error.retryable or self._best(now) != self.current
        return not again or all(breaker.out for breaker in self.breakers)

    def better_at(self, now: int) -> int | None:
        """When one that stands before the current may be tried again, if one rests."""
        rests = [breaker.rests_until for breaker in self.breakers[: self.current] if not breaker.out]
        return min((until for until in rests if until is not None and until > now), default=None)

    def relief_at(self, now: int) -> int | None:
        """From when another than the current can take over; None when all the others are out."""
        rests = [
            breaker.rests_until or 0
            for number, breaker in enumerate(self.breakers)
            if number != self.current and not breaker.out
        ]
        return max(now, min(rests)) if rests else None

    def failed(self, error: BaseException, now: int) -> None:
        """The current one failed."""
        breaker, rest = self.breakers[self.current], self.policy.cooldown
        if isinstance(error, ProviderError) and error.quota:
            rest = rest if error.wait is None else error.wait
        else:
            breaker.failures += breaker.state(now) in ("closed", "half-open")
        others = any(not other.out for other in self.breakers if other is not breaker)
        never = isinstance(error, ProviderError) and error.failure == "permanent"
        breaker.out = never or (others and breaker.failures >= self.policy.failures)
        self._rest(breaker, now, rest)

    def worked(self, now: int) -> None:
        """The current one has done a piece of work. One that rests all the same rests on."""
        breaker = self.breakers[self.current]
        breaker.failures = 0
        if breaker.state(now) != "open":
            breaker.rests_until, breaker.out = None, False

    def took(self, seconds: float, now: int) -> bool:
        """In this turn, the current one took so long to its first output. Whether it is left for being slow."""
        breaker, limit = self.breakers[self.current], self.policy.latency
        breaker.slow = breaker.slow + 1 if limit is not None and seconds > limit else 0
        if breaker.slow < self.policy.turns:
            return False
        self._rest(breaker, now, self.policy.cooldown)
        return self.has_ready(now)

    def _rest(self, breaker: Breaker, now: int, seconds: float) -> None:
        breaker.slow = 0
        breaker.rests_until = now + round(seconds * _SECOND)
