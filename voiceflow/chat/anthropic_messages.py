"""A conversation as Anthropic's Messages API has it, and back.

Source: "Create a message", "Tool use", "Prompt caching" and "Extended thinking" in Anthropic's API documentation. The
system stands apart, roles take turns beginning with the user, and the outputs of tools are the user's first words.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import attrs

from voiceflow.chat.alternating import Block, Form, alternating, says, told
from voiceflow.chat.foreign import Foreign
from voiceflow.chat.sent import Sent, arguments, encodable, sent, words
from voiceflow.items import Image, Item, Message, Part, Thought, ToolCall, ToolOutput

_CACHED = {"type": "ephemeral"}
_THOUGHTS = ("thinking", "redacted_thinking")
_NO_ID = re.compile(r"[^a-zA-Z0-9_-]")


@attrs.frozen
class AnthropicPrompt:
    """The fields `system` and `messages` of a request, both lists; an empty `system` may be left out."""

    system: list[dict[str, Any]]
    messages: list[dict[str, Any]]


def to_anthropic(items: Sequence[Item], *, cache: bool = False) -> AnthropicPrompt:
    """What a request says. See `sent` for what is in it.

    Roles take turns as `alternating` says. Thoughts are sent if they are signed. Characters that an id of a call must
    not have become underscores. With `cache`, the system and the last of the messages are marked: what stands before
    the marks, tools too, is kept by the server for the next request.
    """
    form = Form("assistant", "content", _text, partial(_blocks, ids=_Ids()))
    system, turns = alternating(sent(items), form)
    for turn in turns:
        if all(block["type"] in _THOUGHTS for block in turn["content"]):  # no thought stands alone
            turn["content"] = [_text("...")]
    if cache:
        for blocks in (system, turns[-1]["content"]):
            blocks[-1:] = [{**block, "cache_control": _CACHED} for block in blocks[-1:]]
    return AnthropicPrompt(system, turns)


@attrs.define
class _Ids:
    """Ids of calls as they may be, no two alike."""

    _given: dict[str, str] = attrs.field(factory=dict[str, str], init=False)

    def __getitem__(self, call: str) -> str:
        if call not in self._given:
            clean = _NO_ID.sub("_", call) or "_"
            while clean in self._given.values():
                clean += "_"
            self._given[call] = clean
        return self._given[call]


def _blocks(item: Sent, ids: _Ids) -> list[Block]:
    match item:
        case Message(role="assistant", parts=parts):
            return [_text(words(parts))] if says(item) else []
        case Message(parts=parts):
            return _content(parts)
        case ToolCall(name=name):
            use = {"type": "tool_use", "id": ids[item.call], "name": encodable(name)}
            return [{**use, "input": arguments(item.arguments)}]
        case ToolOutput(error=error):
            result = {"type": "tool_result", "tool_use_id": ids[item.call], "content": _content(item.parts)}
            return [{**result, "is_error": True} if error else result]
        case Thought(form="mark"):
            return []
        case Thought(form="redacted", signature=data):
            return [{"type": "redacted_thinking", "data": encodable(data)}]
        case Thought(text=text, signature=signature):
            block = {"type": "thinking", "thinking": encodable(text), "signature": encodable(signature)}
            return [block] if signature else []


def _content(parts: Iterable[Part]) -> list[dict[str, Any]]:
    return [
        _image(part) if isinstance(part, Image) else _text(encodable(part))
        for part in parts
        if isinstance(part, Image) or part.strip()
    ]


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _image(image: Image) -> dict[str, Any]:
    if isinstance(image.source, str):
        return {"type": "image", "source": {"type": "url", "url": image.source}}
    data = base64.b64encode(image.source).decode()
    return {"type": "image", "source": {"type": "base64", "media_type": image.media_type, "data": data}}


def from_anthropic(
    system: str | Iterable[Mapping[str, Any]], messages: Iterable[Mapping[str, Any]]
) -> tuple[Item, ...]:
    """The items that a request tells, without the user's words that were made up. Two messages in one stay one.

    Raises:
        ProviderError: a message is not as the protocol has it; not retryable.
    """
    given = Foreign([*messages], "messages", "Anthropic message", "messages of the Messages API")
    found: list[Item] = [Message("system", text) for text in _texts(attrs.evolve(given, value=system, at="system"))]
    for message in given.each("a list"):
        role = message["role"]
        if role.value not in ("user", "assistant"):
            raise role.wrong("user or assistant")
        found += told("user" if role.value == "user" else "assistant", _read_all(message["content"]))
    return tuple(found)


def _read_all(content: Foreign) -> list[Item | Part]:
    if isinstance(content.value, str):
        return [content.value]
    return [_read(block) for block in content.each("a text, or a list of blocks")]


def _read(block: Foreign) -> Item | Part:
    match block.fields:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "image", "source": {"type": "url", "url": str(url)}}:
            return block.image(url)
        case {"type": "image", "source": {"type": "base64", "media_type": str(kind), "data": str(data)}}:
            return block.image(f"data:{kind};base64,{data}")
        case {"type": "tool_use", "id": str(id), "name": str(name), "input": dict()}:
            return ToolCall(id, name, block["input"].json())
        case {"type": "tool_result", "tool_use_id": str(id)}:
            content = block["content"]
            parts = [part for part in _read_all(content) if isinstance(part, str | Image)] if content.value else []
            return ToolOutput(id, parts, bool(block["is_error"].value))
        case {"type": "thinking", "thinking": str(text), "signature": str(signature)}:
            return Thought(text, signature)
        case {"type": "redacted_thinking", "data": str(data)}:
            return Thought("", data, form="redacted")
        case _:
            raise block.wrong("a block of text, image, tool_use, tool_result, thinking or redacted_thinking")


def _texts(system: Foreign) -> list[str]:
    if isinstance(system.value, str):
        return [system.value] if system.value else []
    return [text for text in _read_all(attrs.evolve(system, value=[*cast(Any, system.value)])) if isinstance(text, str)]
