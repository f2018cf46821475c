"""The chat-completions protocol of OpenAI, of which very many servers speak some dialect: chunks into events.

Source: "Chat Completions", streaming, in OpenAI's API reference. Beyond it, what dialects are known to send:
`reasoning_content` (DeepSeek, llama.cpp, vLLM) or `reasoning` (Groq, Cerebras, OpenRouter) beside `content`; content
as a list of parts (Mistral); arguments of a call as an object; an `error` object in place of a chunk; usage on the last
chunk or on one of its own without choices; a stream without the closing `[DONE]`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import attrs

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class MalformedChunk(ValueError):
    """What came is no chunk of a chat completion. `expected` and `got` quote nothing of it."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.expected, self.got = expected, got


@attrs.frozen
class TextDelta:
    """A piece of the reply, to be spoken."""

    text: str


@attrs.frozen
class ReasoningDelta:
    """A piece of what the model thinks before it answers; never to be spoken."""

    text: str


@attrs.frozen
class ToolCallDelta:
    """A piece of the tool call number `index`: `id` and `name` come once, `arguments` is JSON in pieces."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@attrs.frozen
class Usage:
    """What the reply cost, in tokens. `cached` are those of the prompt that were not computed again."""

    prompt: int
    completion: int
    cached: int = 0
    reasoning: int = 0


@attrs.frozen
class Finish:
    """Why the reply ended: "stop", "length", "tool_calls", "content_filter", or a dialect's own word."""

    reason: str


@attrs.frozen
class ServerFault:
    """The server says that it failed: its `code` and `type`, "" if it gave none that is a plain identifier.

    Its message is left out: servers quote the request, and the key, in it.
    """

    code: str = ""
    type: str = ""

    def __str__(self) -> str:
        return "/".join(word for word in (self.type, self.code) if word) or "an error without a code"


ChatEvent = TextDelta | ReasoningDelta | ToolCallDelta | Usage | Finish | ServerFault


def server_fault(error: object) -> ServerFault:
    """The fault that an `error` value stands for: an object, or a bare string in some dialects."""
    fields = _object(error) or {}
    return ServerFault(code=_identifier(fields.get("code")), type=_identifier(fields.get("type")))


@attrs.define
class ChatStream:
    """Reads the data of one reply's events, in order.

    `complete` becomes true with a finish reason or with `[DONE]`: a stream that ends before was cut.
    """

    complete: bool = attrs.field(default=False, init=False)

    def push(self, data: str) -> list[ChatEvent]:
        """The events of one chunk.

        Raises:
            MalformedChunk: `data` is not what the protocol allows.
        """
        if data.strip() == "[DONE]":
            self.complete = True
            return []
        chunk = _parsed(data)
        if chunk.get("error"):
            return [server_fault(chunk["error"])]
        if chunk.get("object") == "error":  # vLLM's way
            return [server_fault(chunk)]
        events = [*self._choices(chunk.get("choices")), *_usage(chunk.get("usage"))]
        self.complete = self.complete or any(isinstance(event, Finish) for event in events)
        return events

    def _choices(self, choices: object) -> Iterator[ChatEvent]:
        if choices is None:
            return
        if not isinstance(choices, list):
            raise MalformedChunk("a list of choices", f"{_kind(choices)} as choices")
        for choice in map(_object, cast(list[object], choices)):
            if choice is None:
                raise MalformedChunk("an object as a choice", "something else")
            if choice.get("index") in (None, 0):  # one reply is asked for; more cannot be spoken
                yield from _delta(_object(choice.get("delta")) or {})
                yield from _finish(choice.get("finish_reason"))


def _parsed(data: str) -> Mapping[str, Any]:
    try:
        chunk = _object(json.loads(data))
    except (json.JSONDecodeError, RecursionError):
        raise MalformedChunk("a chunk in JSON", f"{len(data)} characters that are none") from None
    if chunk is None:
        raise MalformedChunk("a chunk that is a JSON object", "another JSON value")
    return chunk


def _delta(delta: Mapping[str, Any]) -> Iterator[ChatEvent]:
    reasoning = delta.get("reasoning_content") or delta.get("reasoning")
    if isinstance(reasoning, str) and reasoning:
        yield ReasoningDelta(reasoning)
    yield from _content(delta.get("content"))
    if refusal := _string(delta.get("refusal")):  # a refusal is the model's answer in words
        yield TextDelta(refusal)
    for position, call in enumerate(_items(delta.get("tool_calls"), "tool calls")):
        yield _tool_call(position, call)


def _content(content: object) -> Iterator[ChatEvent]:
    if content is None:
        return
    if isinstance(content, str):
        if content:
            yield TextDelta(content)
        return
    for part in _items(content, "text or a list of parts as content"):
        if text := _string(part.get("text")):
            yield TextDelta(text)


def _tool_call(position: int, call: Mapping[str, Any]) -> ToolCallDelta:
    index, function = call.get("index"), _object(call.get("function")) or {}
    return ToolCallDelta(
        index=index if isinstance(index, int) else position,
        id=_string(call.get("id")),
        name=_string(function.get("name")),
        arguments=_arguments(function.get("arguments")),
    )


def _arguments(written: object) -> str:
    """A piece of JSON; some servers send a whole object, which is written as JSON again."""
    return _string(written) if _object(written) is None else json.dumps(written)


def _finish(reason: object) -> Iterator[Finish]:
    if reason is not None:
        yield Finish(_identifier(reason) or "other")


def _usage(usage: object) -> Iterator[Usage]:
    if (fields := _object(usage)) is not None:
        prompt, completion = (_object(fields.get(f"{side}_tokens_details")) or {} for side in ("prompt", "completion"))
        yield Usage(
            prompt=_count(fields.get("prompt_tokens")),
            completion=_count(fields.get("completion_tokens")),
            cached=_count(prompt.get("cached_tokens")),
            reasoning=_count(completion.get("reasoning_tokens")),
        )


def _items(value: object, expected: str) -> Sequence[Mapping[str, Any]]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise MalformedChunk(expected, _kind(value))
    return [item for item in map(_object, cast(list[object], value)) if item is not None]


def _object(value: object) -> Mapping[str, Any] | None:
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else None


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _identifier(value: object) -> str:
    word = str(value) if isinstance(value, (str, int)) else ""
    return word if _IDENTIFIER.fullmatch(word) and not word.lower().startswith("sk-") else ""


def _kind(value: object) -> str:
    return type(value).__name__
