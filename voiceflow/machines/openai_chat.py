"""The chat-completions protocol of OpenAI, of which very many servers speak some dialect: chunks into events.

Source: "Chat Completions", streaming, in OpenAI's API reference. Beyond it, what dialects are known to send:
`reasoning_content` (DeepSeek, llama.cpp, vLLM) or `reasoning` (Groq, Cerebras, OpenRouter) beside `content`; content
as a list of parts (Mistral); arguments of a call as an object; an `error` object in place of a chunk; usage on the last
chunk or on one of its own without choices; a stream without the closing `[DONE]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import attrs

from voiceflow.machines.json_fields import (
    MalformedChunk,
    as_count,
    as_json,
    as_object,
    as_text,
    inside,
    objects,
    parsed,
)
from voiceflow.machines.reply import (
    Finish,
    ReasoningDelta,
    ReplyEvent,
    TextDelta,
    ToolCallDelta,
    Usage,
    identifier,
    server_fault,
)


@attrs.define
class ChatStream:
    """Reads the data of one reply's events, in order.

    `complete` becomes true with a finish reason or with `[DONE]`: a stream that ends before was cut.
    """

    complete: bool = attrs.field(default=False, init=False)

    def push(self, data: str) -> list[ReplyEvent]:
        """The events of one chunk.

        Raises:
            MalformedChunk: `data` is not what the protocol allows.
        """
        if data.strip() == "[DONE]":
            self.complete = True
            return []
        chunk = parsed(data)
        if chunk.get("error"):
            return [server_fault(chunk["error"])]
        if chunk.get("object") == "error":  # vLLM's way
            return [server_fault(chunk)]
        events = [*self._choices(chunk.get("choices")), *_usage(chunk.get("usage"))]
        self.complete = self.complete or any(isinstance(event, Finish) for event in events)
        return events

    def _choices(self, choices: object) -> Iterator[ReplyEvent]:
        if choices is None:
            return
        if not isinstance(choices, list):
            raise MalformedChunk("a list of choices", f"{type(choices).__name__} as choices")
        for choice in map(as_object, cast(list[object], choices)):
            if choice is None:
                raise MalformedChunk("an object as a choice", "something else")
            if choice.get("index") in (None, 0):  # one reply is asked for; more cannot be spoken
                yield from _delta(inside(choice, "delta"))
                yield from _finish(choice.get("finish_reason"))


def _delta(delta: Mapping[str, Any]) -> Iterator[ReplyEvent]:
    reasoning = delta.get("reasoning_content") or delta.get("reasoning")
    if isinstance(reasoning, str) and reasoning:
        yield ReasoningDelta(reasoning)
    yield from _content(delta.get("content"))
    if refusal := as_text(delta.get("refusal")):  # a refusal is the model's answer in words
        yield TextDelta(refusal)
    for position, call in enumerate(objects(delta.get("tool_calls"), "tool calls")):
        yield _tool_call(position, call)


def _content(content: object) -> Iterator[ReplyEvent]:
    if content is None:
        return
    if isinstance(content, str):
        if content:
            yield TextDelta(content)
        return
    for part in objects(content, "text or a list of parts as content"):
        if text := as_text(part.get("text")):
            yield TextDelta(text)


def _tool_call(position: int, call: Mapping[str, Any]) -> ToolCallDelta:
    index, function = call.get("index"), inside(call, "function")
    return ToolCallDelta(
        index=index if isinstance(index, int) else position,
        id=as_text(call.get("id")),
        name=as_text(function.get("name")),
        arguments=_arguments(function.get("arguments")),
    )


def _arguments(written: object) -> str:
    """A piece of JSON; some servers send a whole object, which is written as JSON again."""
    return as_text(written) if as_object(written) is None else as_json(written)


def _finish(reason: object) -> Iterator[Finish]:
    if reason is not None:
        yield Finish(identifier(reason) or "other")


def _usage(usage: object) -> Iterator[Usage]:
    if (fields := as_object(usage)) is not None:
        prompt, completion = (inside(fields, f"{side}_tokens_details") for side in ("prompt", "completion"))
        yield Usage(
            prompt=as_count(fields.get("prompt_tokens")),
            completion=as_count(fields.get("completion_tokens")),
            cached=as_count(prompt.get("cached_tokens")),
            reasoning=as_count(completion.get("reasoning_tokens")),
        )
