"""A conversation as the input of OpenAI's Responses API.

Source: "Create a model response", `input`, in OpenAI's API reference. Calls and outputs are items beside the messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from voiceflow.chat.sent import Sent, arguments, encodable, sent, words
from voiceflow.items import Image, Item, Message, Part, ToolCall, ToolOutput


def to_responses(items: Sequence[Item]) -> list[dict[str, Any]]:
    """The `input` of a request. See `sent` for what is in it.

    Images can stand in what the user says and in what tools give; others are told as "[an image]". Thoughts and
    signatures are not sent. Arguments that are no JSON object are sent as an empty one.
    """
    return [told for item in sent(items) for told in _told(item)]


def _told(item: Sent) -> list[dict[str, Any]]:
    match item:
        case Message(role="user", parts=parts):
            return [{"type": "message", "role": "user", "content": _content(parts)}]
        case Message(role=role, parts=parts):
            return [{"type": "message", "role": role, "content": words(parts)}]
        case ToolCall():
            written = encodable(item.arguments) if arguments(item.arguments) else "{}"
            call = {"type": "function_call", "call_id": encodable(item.call), "name": encodable(item.name)}
            return [{**call, "arguments": written}]
        case ToolOutput(parts=parts):
            return [{"type": "function_call_output", "call_id": encodable(item.call), "output": _content(parts)}]
        case _:
            return []


def _content(parts: tuple[Part, ...]) -> str | list[dict[str, Any]]:
    if not any(isinstance(part, Image) for part in parts):
        return words(parts)
    return [
        {"type": "input_text", "text": encodable(part)}
        if isinstance(part, str)
        else {"type": "input_image", "image_url": part.url, "detail": part.detail}
        for part in parts
    ]
