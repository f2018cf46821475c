"""The conversation so far: one writer, one monotonic sequence."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

import attrs

from voiceflow.chat.turns import addressed, beginning, recent_turns
from voiceflow.frames import Prompt
from voiceflow.items import ConfigUpdate, HandOff, Item, Message, Part, Role, Summary

AnyItem = TypeVar("AnyItem", bound=Item)

_SETTINGS = ("instructions", "tools", "model")


def _origin() -> str:
    return secrets.token_hex(4)


@attrs.define
class History:
    """Items in the order of the conversation; it alone gives them sequence numbers, ids and times.

    `now` is what tells the time, in nanoseconds; without it items have none. `origin` begins every id, and is unlike
    that of any other history; a fork's begins with that of the history it comes from.
    """

    origin: str = attrs.field(factory=_origin, kw_only=True)
    now: Callable[[], int] | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)
    _items: list[Item] = attrs.field(factory=list[Item], init=False)
    _next: int = attrs.field(default=1, init=False)
    _forks: int = attrs.field(default=0, init=False, eq=False)

    @property
    def items(self) -> tuple[Item, ...]:
        """All of it, as it is now."""
        return tuple(self._items)

    @property
    def messages(self) -> list[Message]:
        """What was said: the items without tools, hand-offs and the like."""
        return [item for item in self._items if isinstance(item, Message)]

    def __getitem__(self, id: str) -> Item:
        """The item with this id. Raises `KeyError` if there is none."""
        return self._items[self._place(id)]

    # Writing

    def add(self, role: Role, text: str | Iterable[Part], *, interrupted: bool = False) -> Message:
        """Put a message at the end, with the next sequence number."""
        return self.append(Message(role, text, interrupted=interrupted))

    def append(self, item: AnyItem) -> AnyItem:
        """Put an item at the end; what is there now has its sequence number, its id and its time."""
        return self._put(len(self._items), item)

    def insert(self, item: AnyItem, *, before: str) -> AnyItem:
        """Put an item before the one with this id. Raises `KeyError` if there is none."""
        return self._put(self._place(before), item)

    def insert_by_time(self, item: AnyItem) -> AnyItem:
        """Put an item behind all that are not later than it; behind all if it has no time."""
        if item.time is None:
            return self.append(item)
        place = len(self._items)
        while place and (time := self._items[place - 1].time) is not None and time > item.time:
            place -= 1
        return self._put(place, item)

    def replace(self, id: str, item: AnyItem) -> AnyItem:
        """Put an item in the place of another, whose sequence number, id and time it takes over."""
        place = self._place(id)
        was = self._items[place]
        new = attrs.evolve(item, sequence=was.sequence, id=was.id, time=was.time)
        self._items[place] = new
        return new

    def remove(self, ids: Collection[str]) -> None:
        """Take the items with these ids out, as far as they are there."""
        gone = set(ids)
        self._items = [item for item in self._items if item.id not in gone]

    def condense(self, ids: Collection[str], text: str) -> Summary | None:
        """Put one summary in the place of the items with these ids; None, and no change, if none is there."""
        gone = {item.id for item in self._items} & set(ids)
        if not gone:
            return None
        place = next(place for place, item in enumerate(self._items) if item.id in gone)
        covers = tuple(item.id for item in self._items if item.id in gone)
        summary = self._put(place, Summary(text, covers))
        self.remove(gone)
        return summary

    def _put(self, place: int, item: AnyItem) -> AnyItem:
        id = item.id or f"{self.origin}-{self._next}"
        if item.id and any(other.id == id for other in self._items):
            raise ValueError("an item is in a history once; got one whose id is there already: see replace")
        time = self.now() if item.time is None and self.now is not None else item.time
        new = attrs.evolve(item, sequence=self._next, id=id, time=time)
        self._next += 1
        self._items.insert(place, new)
        return new

    def _place(self, id: str) -> int:
        for place, item in enumerate(self._items):
            if item.id == id:
                return place
        raise KeyError(f"no item has the id {id!r}")

    # Reading

    def prompt(self, *extra: Message) -> Prompt:
        """What a turn starts from: what the agent that speaks now is told, and what is said to the model alone."""
        return Prompt((*addressed(self._items), *extra))

    def config(self, at: str | None = None) -> ConfigUpdate:
        """How the agent is set up at the end, or before the item with the id `at`: all updates so far in one.

        The instructions are those of the system messages that it begins with, until an update has others.
        """
        items = self._items if at is None else self._items[: self._place(at)]
        head = [item.text for item in beginning(self._items) if isinstance(item, Message)]
        found = ConfigUpdate("\n\n".join(head) if head else None)
        for item in items:
            if isinstance(item, ConfigUpdate):
                told = {name: value for name in _SETTINGS if (value := getattr(item, name)) is not None}
                found = attrs.evolve(found, **told)
        return found

    # Several histories

    def fork(
        self, *, keep: Callable[[Item], bool] | None = None, recent: int | None = None, brief: str = ""
    ) -> History:
        """A history that begins as this one and goes its own way.

        `keep` chooses the items, `recent` all of the last so many turns and the system messages before; a `brief` is a
        summary in the place of what is left out, and leaves everything but the system messages out by itself.
        """
        if recent is None and brief:
            recent = 0
        items = self.items if recent is None else recent_turns(self.items, recent)
        items = tuple(item for item in items if keep is None or keep(item))
        self._forks += 1
        fork = History(origin=f"{self.origin}.{self._forks}", now=self.now)
        fork._items, fork._next = list(items), self._next
        if brief:
            kept = {item.id for item in items}
            covers = tuple(item.id for item in self._items if item.id not in kept)
            fork._put(len(beginning(items)), Summary(brief, covers))
        return fork

    def merge(self, other: History, *, keep: Callable[[Item], bool] | None = None) -> None:
        """Take over the items of another history that are not here yet, in the order of their times."""
        for item in self._news(other):
            if keep is None or keep(item):
                self.insert_by_time(item)

    def merge_result(self, other: History) -> Message | None:
        """Of what is not here yet, take over what its assistant said last, alone; None if it said nothing."""
        for item in reversed(self._news(other)):
            if isinstance(item, Message) and item.role == "assistant":
                return self.append(item)
        return None

    def merge_summary(self, other: History, text: str) -> Summary:
        """A summary in the place of all that is not here yet, at the end."""
        return self.append(Summary(text, tuple(item.id for item in self._news(other))))

    def hand_off(self, source: str, target: str, hides: Iterable[str] = ()) -> HandOff:
        """From here on another agent speaks, who is not told the items with the ids `hides`."""
        return self.append(HandOff(source, target, hides=hides))

    def _news(self, other: History) -> list[Item]:
        known = {item.id for item in self._items}
        for item in self._items:
            known |= set(item.covers) if isinstance(item, Summary) else set()
        return [item for item in other.items if item.id not in known]

    @classmethod
    def restored(
        cls, items: Iterable[Item], *, next_sequence: int = 1, now: Callable[[], int] | None = None
    ) -> History:
        """A history as it was: the items have their sequence numbers, ids and times.

        It goes on with numbers that none of them has, and with ids that nobody has.

        Raises:
            ValueError: two items have the same id, or one has none.
        """
        history = cls(now=now)
        history._items = list(items)
        ids = {item.id for item in history._items}
        if len(ids) < len(history._items) or "" in ids:
            raise ValueError("every item has an id of its own; got one twice, or none")
        history._next = max([next_sequence, *(item.sequence + 1 for item in history._items)])
        return history

    @property
    def next_sequence(self) -> int:
        """The number that the next item will have."""
        return self._next
