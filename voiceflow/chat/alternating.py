"""What the wires share on which the system stands apart, and user and model take turns, the user first and last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import attrs

from voiceflow.chat.sent import Sent, words
from voiceflow.chat.turns import beginning
from voiceflow.items import Image, Item, Message, Part, Role, ToolOutput, as_parts

BEGINNING = "(the conversation begins)"
"""What the user is made to say where the model speaks first: greets a caller."""
GO_ON = "(go on)"
"""What the user is made to say where the model spoke last: it would be continued in mid-sentence."""

_OPEN, _CLOSE = "<system>", "</system>"

Block = dict[str, Any]


def _always(item: Sent, blocks: Sequence[Block]) -> bool:
    return True


@attrs.frozen
class Form:
    """How such a wire writes a turn: what the model's role is called, and the field that holds the blocks.

    `blocks` says what was said, called or thought, but for what the system says; `joins` whether it may stand in one
    turn with what the same role said before.
    """

    model: str
    content: str
    text: Callable[[str], Block]
    blocks: Callable[[Sent], list[Block]]
    joins: Callable[[Sent, Sequence[Block]], bool] = _always


def alternating(items: Sequence[Sent], form: Form) -> tuple[list[Block], list[Block]]:
    """The blocks of the system, and the turns.

    System messages at the beginning are the system; one further on is said by the user, inside <system>. Two messages
    of one role are one turn.
    """
    head = beginning(items)
    turns: list[Block] = []
    for item in items[len(head) :]:
        role, blocks = _role(item, form), _blocks(item, form)
        if blocks and turns and turns[-1]["role"] == role and form.joins(item, turns[-1][form.content]):
            turns[-1][form.content] += blocks
        elif blocks:
            turns.append({"role": role, form.content: blocks})
    if not turns or turns[0]["role"] != "user":
        turns.insert(0, {"role": "user", form.content: [form.text(BEGINNING)]})
    if turns[-1]["role"] != "user":
        turns.append({"role": "user", form.content: [form.text(GO_ON)]})
    return [form.text(words(item.parts)) for item in head if isinstance(item, Message) and says(item)], turns


def _role(item: Sent, form: Form) -> str:
    user = isinstance(item, ToolOutput) or (isinstance(item, Message) and item.role != "assistant")
    return "user" if user else form.model


def _blocks(item: Sent, form: Form) -> list[Block]:
    if isinstance(item, Message) and item.role == "system":
        return [form.text(f"{_OPEN}{words(item.parts)}{_CLOSE}")] if says(item) else []
    return form.blocks(item)


def says(message: Message) -> bool:
    """Whether there is anything in it but white space."""
    return bool(message.text.strip() or message.images)


def told(role: Role, blocks: Iterable[Item | Part]) -> list[Item]:
    """The items that one turn tells: texts and images in a row are a message, unless they were made up."""
    found: list[Item] = []
    said: list[Part] = []
    for block in blocks:
        if isinstance(block, str | Image) and not _is_system(block):
            said.append(block)
            continue
        found += _spoken(role, said)
        said = []
        if isinstance(block, str):
            found.append(Message("system", block[len(_OPEN) : -len(_CLOSE)]))
        elif not isinstance(block, Image):
            found.append(block)
    return found + _spoken(role, said)


def _spoken(role: Role, said: list[Part]) -> list[Item]:
    parts = as_parts(said)
    return [] if not parts or parts in ((BEGINNING,), (GO_ON,)) else [Message(role, parts)]


def _is_system(part: Part) -> bool:
    return isinstance(part, str) and part.startswith(_OPEN) and part.endswith(_CLOSE)
