"""A conversation as OpenAI's chat completions have it, and back.

Source: "Create chat completion", `messages`, in OpenAI's API reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from voiceflow.chat.foreign import Foreign
from voiceflow.chat.sent import Sent, arguments, encodable, sent, words
from voiceflow.items import Image, Item, Message, Part, Role, ToolCall, ToolOutput, as_parts


def to_openai(items: Sequence[Item]) -> list[dict[str, Any]]:
    """The `messages` of a request. See `sent` for what is in them.

    What the assistant said just before its calls is in one message with them. Images can only stand in what the user
    says: those of a tool's output follow in a message of the user's, others are told as "[an image]". Thoughts and
    signatures are not sent. Arguments that are no JSON object are sent as an empty one.
    """
    messages: list[dict[str, Any]] = []
    pictures: list[dict[str, Any]] = []
    for item in sent(items):
        if not isinstance(item, ToolOutput):
            messages += pictures
            pictures = []
        _put(item, messages)
        if isinstance(item, ToolOutput) and item.images:
            pictures.append({"role": "user", "content": _content(("From the tool:", *item.images))})
    return messages + pictures


def _put(item: Sent, messages: list[dict[str, Any]]) -> None:
    match item:
        case Message(role="user", parts=parts):
            messages.append({"role": "user", "content": _content(parts)})
        case Message(role=role, parts=parts):
            messages.append({"role": role, "content": words(parts)})
        case ToolCall():
            if not messages or messages[-1]["role"] != "assistant":
                messages.append({"role": "assistant", "content": None})
            messages[-1].setdefault("tool_calls", []).append(_call(item))
        case ToolOutput():
            messages.append({"role": "tool", "tool_call_id": encodable(item.call), "content": words(item.parts)})
        case _:
            pass


def _call(call: ToolCall) -> dict[str, Any]:
    whole = bool(arguments(call.arguments))
    function = {"name": encodable(call.name), "arguments": encodable(call.arguments) if whole else "{}"}
    return {"id": encodable(call.call), "type": "function", "function": function}


def _content(parts: tuple[Part, ...]) -> str | list[dict[str, Any]]:
    if not any(isinstance(part, Image) for part in parts):
        return words(parts)
    return [
        {"type": "text", "text": encodable(part)}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": part.url, "detail": part.detail}}
        for part in parts
    ]


def from_openai(messages: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """The items that messages of a request tell; "developer" is the system. Errors of tools have no place there.

    Raises:
        ProviderError: a message is not as the protocol has it; not retryable.
    """
    given = Foreign([*messages], "messages", "chat completion", "messages of a chat completion")
    return tuple(chain.from_iterable(_read(message) for message in given.each("a list")))


_ROLES: Mapping[object, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


def _read(message: Foreign) -> list[Item]:
    role, parts = message["role"], _parts(message["content"])
    if role.value == "tool":
        return [ToolOutput(message["tool_call_id"].text, parts)]
    if not isinstance(role.value, str) or role.value not in _ROLES:
        raise role.wrong("system, developer, user, assistant or tool")
    said: list[Item] = [Message(_ROLES[role.value], parts)] if parts else []
    calls = message["tool_calls"]
    return [*said, *map(_read_call, calls.each("a list of calls") if calls.value else ())]


def _read_call(call: Foreign) -> ToolCall:
    function = call["function"]
    written = function["arguments"]
    missing = "arguments" not in function.fields
    text = "{}" if missing else written.json() if isinstance(written.value, dict) else written.text
    return ToolCall(call["id"].text, function["name"].text, text)


def _parts(content: Foreign) -> tuple[Part, ...]:
    if content.value is None or isinstance(content.value, str):
        return as_parts(content.value or "")
    return as_parts(map(_part, content.each("a text, or a list of parts")))


def _part(part: Foreign) -> Part:
    kind = part["type"]
    if kind.value == "text":
        return part["text"].text
    if kind.value != "image_url":
        raise kind.wrong("text or image_url")
    where = part["image_url"]
    detail = where["detail"].value
    return where["url"].image(where["url"].text, detail if detail in ("low", "high") else "auto")
