"""What many calls ask of one model at about the same time, done together.

A network that has its weights at hand for one window has them for eight: eight together cost half as much each, and
what is done by another thread costs the calls' own nothing. Nobody stands beside them: who asks first gathers what the
others ask for in the meantime and has it all done; if that one is cancelled, the next in the row does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Hashable, Sequence
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar, cast

import attrs
import trio

A = TypeVar("A")
B = TypeVar("B")

GATHER = 0.005
"""Seconds for which who asks first waits for others: the most that all of them are later by, beside the work itself."""

FEW = 4
"""So many calls are better off each for itself: handing their work on would cost more than doing it together saves."""

_shared: trio.lowlevel.RunVar[dict[Hashable, Batches[Any, Any]]] = trio.lowlevel.RunVar("voiceflow batches")


class Compute(Protocol):
    """`Services.compute` of who asks."""

    def __call__(self, fn: Callable[..., Any], *args: object, model: str) -> Awaitable[Any]: ...


@attrs.define(eq=False)
class _Asked(Generic[A, B]):
    """One thing that was asked for."""

    item: A
    turn: trio.Event = attrs.field(factory=trio.Event)
    """Set when it is done, or when it is this one's turn to have all done."""
    result: tuple[B, ...] = ()
    """Empty until it is done."""


@attrs.define(eq=False)
class Batches(Generic[A, B]):
    """From many things at once to a result for each, by `run`, which is called in a thread and changes none of them.

    Get the one that all calls of an event loop share from `shared`; whose calls may ask has `joined` it.
    """

    run: Callable[[Sequence[A]], Sequence[B]]
    model: str
    """By which work is limited: one batch at a time."""
    members: int = attrs.field(default=0, init=False)
    _waiting: list[_Asked[A, B]] = attrs.field(factory=list[_Asked[A, B]], init=False)
    _led: bool = attrs.field(default=False, init=False)

    @property
    def worthwhile(self) -> bool:
        """Whether there are enough calls to ask together."""
        return self.members > FEW

    @contextmanager
    def joined(self) -> Generator[None, None, None]:
        """One more call is under way."""
        self.members += 1
        try:
            yield
        finally:
            self.members -= 1

    async def ask(self, item: A, compute: Compute) -> B:
        """What `run` makes of an item, alone or with others.

        An error of `run` is raised in the call whose turn it was; the others are tried again without it.
        """
        asked, leads = _Asked[A, B](item), not self._led
        self._waiting.append(asked)
        self._led = True
        try:
            if not leads:
                await asked.turn.wait()
            if not asked.result:
                await self._do_all(compute)
        finally:
            if not asked.result:
                self._waiting.remove(asked)
                if leads or asked.turn.is_set():
                    self._pass_on()
        return asked.result[0]

    async def _do_all(self, compute: Compute) -> None:
        await trio.sleep(GATHER)
        batch = list(self._waiting)
        results = await compute(self.run, [each.item for each in batch], model=self.model)
        for each, result in zip(batch, cast(Sequence[B], results), strict=True):
            each.result = (result,)
            each.turn.set()
        self._waiting = [each for each in self._waiting if not each.result]
        self._pass_on()

    def _pass_on(self) -> None:
        """It is the next one's turn, if there is one."""
        self._led = bool(self._waiting)
        if self._led:
            self._waiting[0].turn.set()


def shared(key: Hashable, make: Callable[[], Batches[A, B]]) -> Batches[A, B]:
    """What all calls of this event loop that say the same `key` share."""
    try:
        known = _shared.get()
    except LookupError:
        known = dict[Hashable, Batches[Any, Any]]()
        _shared.set(known)
    if key not in known:
        known[key] = make()
    return known[key]
