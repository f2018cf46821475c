"""The turns of a conversation: each begins with what the user said."""

from __future__ import annotations

from collections.abc import Sequence

from voiceflow.items import ConfigUpdate, HandOff, Item, Message


def beginning(items: Sequence[Item]) -> Sequence[Item]:
    """The system messages, and changes of the setup, before anything was said."""
    for place, item in enumerate(items):
        if not isinstance(item, ConfigUpdate) and not (isinstance(item, Message) and item.role == "system"):
            return items[:place]
    return items


def visible(items: Sequence[Item]) -> Sequence[Item]:
    """Without what is hidden from the agent that speaks now."""
    last = next((item for item in reversed(items) if isinstance(item, HandOff)), None)
    if last is None or not last.hides:
        return items
    hidden = set(last.hides)
    return [item for item in items if item.id not in hidden]


def addressed(items: Sequence[Item]) -> tuple[Item, ...]:
    """What the agent that speaks now is told: the instructions that it has now, and then what is visible to it."""
    shown = visible(items)
    setups = [item.instructions for item in shown if isinstance(item, ConfigUpdate) and item.instructions is not None]
    head = beginning(shown)
    said = [item for item in head if isinstance(item, Message)]
    if setups:
        said = [Message("system", setups[-1])] if setups[-1] else []
    return (*said, *[item for item in shown[len(head) :] if not isinstance(item, ConfigUpdate | HandOff)])


def turn_starts(items: Sequence[Item]) -> list[int]:
    """Where a turn begins: a message of the user that does not follow upon another of theirs."""
    starts: list[int] = []
    before: Item | None = None
    for place, item in enumerate(items):
        if _is_user(item) and not _is_user(before):
            starts.append(place)
        before = item
    return starts


def recent_turns(items: Sequence[Item], turns: int) -> tuple[Item, ...]:
    """The beginning, and all from the start of the last so many turns on."""
    if turns < 0:
        raise ValueError(f"turns is a number from 0 up, got {turns}")
    head, starts = beginning(items), turn_starts(items)
    start = len(items) if turns == 0 else starts[-turns] if turns <= len(starts) else len(head)
    return (*head, *items[max(start, len(head)) :])


def _is_user(item: Item | None) -> bool:
    return isinstance(item, Message) and item.role == "user"
