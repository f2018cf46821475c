"""What of a conversation is sent, whatever the wire: every call with exactly one output, and one setup.

Servers refuse a call without an output, an output without a call, two calls with one id, and halves of characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, cast

import attrs

from voiceflow.chat.turns import beginning
from voiceflow.items import ConfigUpdate, Item, Message, Part, Summary, Thought, ToolCall, ToolOutput

Sent = Message | Thought | ToolCall | ToolOutput
"""The items that a model is told."""

NO_OUTPUT = "There is no output: the call was interrupted, or is not finished."
"""What stands for the output of a call that has none."""


def encodable(text: str) -> str:
    """Half of a surrogate pair is no character and has no encoding; it is replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def words(parts: Iterable[Part]) -> str:
    """Parts as a text that can be sent, where images have no place."""
    return encodable("".join(part if isinstance(part, str) else "[an image]" for part in parts))


def arguments(text: str) -> dict[str, Any]:
    """The arguments that a model wrote, as an object; an empty one where it wrote none.

    Servers refuse a conversation, or fail, with calls in it whose arguments are no object; what was wrong with them is
    told in the call's output.
    """
    try:
        found = json.loads(encodable(text))
    except (ValueError, RecursionError):
        return {}
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}


def sent(items: Sequence[Item]) -> tuple[Sent, ...]:
    """What a model is told, in order.

    - The instructions of the last `ConfigUpdate` that has some take the place of the system messages at the beginning,
      up to it. A `Summary` is a system message. Hand-offs, unknown kinds and messages without any content are not sent.
    - What one of several users said begins with their name.
    - The outputs of a batch of calls follow right after it, in the order of the calls. A call without an output has
      `NO_OUTPUT`, as an error; an output without a call, or a second one, is left out.
    - Every call has an id of its own: one that came before, or is empty, is given another, and its output too.
    """
    return tuple(_paired(_told(items)))


def summary_text(summary: Summary) -> str:
    """A summary as a model is told it."""
    return f"Summary of the conversation so far: {summary.text}"


def _told(items: Sequence[Item]) -> list[Sent]:
    setups = [
        place for place, item in enumerate(items) if isinstance(item, ConfigUpdate) and item.instructions is not None
    ]
    replaced = min(len(beginning(items)), setups[-1]) if setups else 0
    told: list[Sent] = []
    if setups and (latest := cast(ConfigUpdate, items[setups[-1]]).instructions):
        told.append(Message("system", latest))
    for item in items[replaced:]:
        if isinstance(item, Summary):
            told.append(Message("system", summary_text(item)))
        elif isinstance(item, Message) and item.parts:
            told.append(_named(item))
        elif isinstance(item, Thought | ToolCall | ToolOutput):
            told.append(item)
    return told


def _named(message: Message) -> Message:
    if not message.speakers:
        return message
    return attrs.evolve(message, text=(f"{', '.join(message.speakers)}: ", *message.parts), speakers=())


def _paired(items: Sequence[Sent]) -> list[Sent]:
    outputs = _outputs(items)
    taken: set[str] = set()
    found: list[Sent] = []
    batch: list[ToolOutput] = []
    for place, item in enumerate(items):
        if isinstance(item, ToolCall):
            call = _fresh(item.call, taken)
            found.append(attrs.evolve(item, call=call))
            output = outputs.get(place, ToolOutput("", NO_OUTPUT, error=True))
            batch.append(attrs.evolve(output, call=call))
            continue
        if not (isinstance(item, Thought) and _calls_next(items, place)):
            found += batch
            batch = []
        if not isinstance(item, ToolOutput):
            found.append(item)
    return found + batch


def _outputs(items: Sequence[Sent]) -> dict[int, ToolOutput]:
    """For the place of each call its output: the first one with its id that comes after it.

    Some servers begin to count anew in every reply: a call that is still open then will have no output.
    """
    waiting: dict[str, list[int]] = {}
    found: dict[int, ToolOutput] = {}
    reply: set[int] = set()
    for place, item in enumerate(items):
        if isinstance(item, ToolCall):
            still = [other for other in waiting.get(item.call, []) if other in reply]
            waiting[item.call] = [*still, place]
            reply.add(place)
        elif not isinstance(item, Thought):
            reply = set()
        if isinstance(item, ToolOutput) and waiting.get(item.call):
            found[waiting[item.call].pop(0)] = item
    return found


def _calls_next(items: Sequence[Item], place: int) -> bool:
    """Whether the next thing but thoughts is a call, of the batch that a thought stands in."""
    after = next((item for item in items[place + 1 :] if not isinstance(item, Thought)), None)
    return isinstance(after, ToolCall)


def _fresh(call: str, taken: set[str]) -> str:
    name, number = call or "call", 1
    while name in taken or not name:
        number += 1
        name = f"{call or 'call'}-{number}"
    taken.add(name)
    return name
