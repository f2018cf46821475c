"""How much of a conversation a model is sent: first a summary in the place of what is old, then nothing.

All of it is pure. The summary is written by whoever has a model, beside the turns: `ContextWindow.summary` says of what
items and with what prompt, and `History.condense` puts it in their place, whatever was said in the meantime.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
from attrs import validators as must

from voiceflow.chat.turns import beginning, turn_starts
from voiceflow.frames import Prompt
from voiceflow.items import ConfigUpdate, HandOff, Item, Message, Summary, Thought, ToolCall, ToolOutput

_ITEM = 4  # tokens that a chat template puts around an item
_IMAGE = 300  # about what a picture of 512 by 512 costs; providers differ by a factor of three
_TASK = (
    "Summarise this conversation for the assistant, who will go on with it and will not see it. Keep every fact, name, "
    "number, decision and open question. Write what is known, not who said it when. At most 200 words."
)


def estimate(item: Item) -> int:
    """About how many tokens an item is: four bytes of UTF-8 each, 4 around it, and 300 for an image."""
    match item:
        case Message() | ToolOutput():
            return _ITEM + _tokens(item.text) + _IMAGE * len(item.images)
        case ToolCall():
            return _ITEM + _tokens(item.name + item.arguments)
        case Thought():
            return _ITEM + _tokens(item.text) if item.signature else 0
        case Summary():
            return _ITEM + _tokens(item.text)
        case _:
            return 0


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // 4)


@attrs.frozen
class Fitted:
    """What is left of a conversation: `tokens` as they are counted; `fits` is false if what must stay is too long."""

    items: tuple[Item, ...]
    dropped: tuple[Item, ...]
    tokens: int
    fits: bool


@attrs.frozen
class SummaryPlan:
    """A summary is wanted of `items`. Its text goes to `History.condense(plan.ids, text)`."""

    items: tuple[Item, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of what it will stand for."""
        return tuple(item.id for item in self.items)

    def prompt(self, task: str = _TASK) -> Prompt:
        """What to ask a model for it."""
        lines = [line for item in self.items if (line := _line(item))]
        return Prompt((Message("system", task), Message("user", "\n".join(lines))))


@attrs.frozen
class ContextWindow:
    """A budget of `tokens`, and of `items` if it is given.

    A summary takes all but the last `keep_turns` turns. `count` tells the tokens of an item; `estimate` needs no
    tokenizer, and is right within a third or so for most languages and models.
    """

    tokens: int = attrs.field(default=8000, validator=must.ge(1))
    items: int | None = attrs.field(default=None, kw_only=True, validator=must.optional(must.ge(1)))
    keep_turns: int = attrs.field(default=3, kw_only=True, validator=must.ge(1))
    count: Callable[[Item], int] = attrs.field(default=estimate, kw_only=True, repr=False)

    def summary(self, items: Sequence[Item]) -> SummaryPlan | None:
        """What to summarise so that it fits again, or None: it fits, or there is nothing old in it.

        System messages, setups and hand-offs stay, and so does a call whose output is among the last turns.
        """
        if self._fits(sum(map(self.count, items)), len(items)):
            return None
        starts = turn_starts(items)
        end = starts[-self.keep_turns] if len(starts) > self.keep_turns else 0
        inside = range(len(beginning(items)), end)
        old = [
            place
            for unit in units(items)
            if all(place in inside for place in unit)
            for place in unit
            if not isinstance(items[place], ConfigUpdate | HandOff) and not _is_system(items[place])
        ]
        if not any(not isinstance(items[place], Summary) for place in old):
            return None
        return SummaryPlan(tuple(items[place] for place in sorted(old)))

    def fitted(self, items: Sequence[Item]) -> Fitted:
        """Without its oldest items, as many as it takes; a call goes with its output, and with its whole batch.

        System messages, setups, hand-offs, summaries and the last message of the user stay in any case.
        """
        sizes = [self.count(item) for item in items]
        tokens, left = sum(sizes), len(items)
        last = max((place for place, item in enumerate(items) if _is_user(item)), default=-1)
        gone: set[int] = set()
        for unit in units(items):
            if self._fits(tokens, left):
                break
            if last in unit or any(_stays(items[place]) for place in unit):
                continue
            gone |= set(unit)
            tokens, left = tokens - sum(sizes[place] for place in unit), left - len(unit)
        return Fitted(
            tuple(item for place, item in enumerate(items) if place not in gone),
            tuple(item for place, item in enumerate(items) if place in gone),
            tokens,
            self._fits(tokens, left),
        )

    def _fits(self, tokens: int, items: int) -> bool:
        return tokens <= self.tokens and (self.items is None or items <= self.items)


def units(items: Sequence[Item]) -> list[tuple[int, ...]]:
    """The places of what stays or goes together, by their first: calls of one batch, their outputs, their thoughts."""
    found: list[list[int]] = []
    open_calls: dict[str, list[int]] = {}
    batch: list[int] | None = None
    for place, item in enumerate(items):
        unit: list[int] | None = None
        if isinstance(item, Thought | ToolCall):
            unit = batch
        elif isinstance(item, ToolOutput):
            unit = open_calls.pop(item.call, None)
        if unit is None:
            unit = []
            found.append(unit)
        unit.append(place)
        if isinstance(item, ToolCall):
            open_calls[item.call] = unit
        batch = unit if isinstance(item, Thought | ToolCall) else None
    return [tuple(unit) for unit in found]


def _stays(item: Item) -> bool:
    return isinstance(item, Summary | ConfigUpdate | HandOff) or _is_system(item)


def _is_system(item: Item) -> bool:
    return isinstance(item, Message) and item.role == "system"


def _is_user(item: Item) -> bool:
    return isinstance(item, Message) and item.role == "user"


def _line(item: Item) -> str:
    match item:
        case Message():
            return f"{item.role}: {item.text}{' [an image]' * len(item.images)}"
        case ToolCall():
            return f"tool called: {item.name} {item.arguments}"
        case ToolOutput():
            return f"tool {'error' if item.error else 'output'}: {item.text}{' [an image]' * len(item.images)}"
        case Summary():
            return f"before that: {item.text}"
        case _:
            return ""
