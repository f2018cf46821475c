"""A conversation as OpenAI's chat completions have it, and back.

Source: "Create chat completion", `messages`, in OpenAI's API reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, cast

from voiceflow.chat.sent import Sent, arguments, encodable, sent, words
from voiceflow.errors import ProviderError
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
    return tuple(chain.from_iterable(_read(message, place) for place, message in enumerate(messages)))


_ROLES: Mapping[object, Role] = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}


def _read(message: Mapping[str, Any], place: int) -> list[Item]:
    at, role = f"messages[{place}]", message.get("role")
    parts = _parts(message.get("content"), at)
    if role == "tool":
        return [ToolOutput(_text(message.get("tool_call_id"), f"{at}.tool_call_id"), parts)]
    if role not in _ROLES:
        raise _wrong(f"{at}.role", "system, developer, user, assistant or tool")
    said: list[Item] = [Message(_ROLES[role], parts)] if parts else []
    calls: list[Mapping[str, Any]] = message.get("tool_calls") or []
    return [*said, *(_read_call(call, f"{at}.tool_calls[{number}]") for number, call in enumerate(calls))]


def _read_call(call: Mapping[str, Any], at: str) -> ToolCall:
    function = call.get("function")
    if not isinstance(function, dict):
        raise _wrong(f"{at}.function", "an object")
    fields = cast(Mapping[str, Any], function)
    written = fields.get("arguments", "{}")
    text = json.dumps(written) if isinstance(written, dict) else _text(written, f"{at}.function.arguments")
    return ToolCall(_text(call.get("id"), f"{at}.id"), _text(fields.get("name"), f"{at}.function.name"), text)


def _parts(content: object, at: str) -> tuple[Part, ...]:
    if content is None or isinstance(content, str):
        return as_parts(content or "")
    if not isinstance(content, list):
        raise _wrong(f"{at}.content", "a text, or a list of parts")
    listed = cast(list[Mapping[str, Any]], content)
    return as_parts(_part(part, f"{at}.content[{place}]") for place, part in enumerate(listed))


def _part(part: Mapping[str, Any], at: str) -> Part:
    if part.get("type") == "text":
        return _text(part.get("text"), f"{at}.text")
    if part.get("type") != "image_url":
        raise _wrong(f"{at}.type", "text or image_url")
    where = cast(Mapping[str, Any], part.get("image_url") or {})
    try:
        return Image(_text(where.get("url"), f"{at}.image_url.url"), where.get("detail") or "auto")
    except ValueError as error:
        raise _wrong(f"{at}.image_url.url", f"an image ({error})") from None


def _text(value: object, at: str) -> str:
    if not isinstance(value, str):
        raise _wrong(at, "a text")
    return value


def _wrong(at: str, expected: str) -> ProviderError:
    return ProviderError(
        f"chat completion, {at}: expected {expected}, got something else. Give messages of a chat completion.",
        retryable=False,
    )
