"""OpenAI's streamed responses: events into what a reply consists of.

Source: "Streaming events" under "Responses" in OpenAI's API reference. Kinds of events that are not in the table say
nothing more, or speak of tools that run at the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from voiceflow.machines.json_fields import as_count, as_text, inside
from voiceflow.machines.reply import (
    Finish,
    ReasoningDelta,
    ReplyEvent,
    ServerFault,
    TextDelta,
    ToolCallDelta,
    Usage,
    identifier,
    server_fault,
    typed,
)

_FINISHES = {"max_output_tokens": "length"}


@attrs.define
class ResponseStream:
    """Reads the data of one response's events, in order. `complete` becomes true with the one that ends it."""

    complete: bool = attrs.field(default=False, init=False)
    _calls: dict[int, bool] = attrs.field(factory=dict[int, bool], init=False)
    """The calls by their place in the output, and whether arguments have come."""

    def push(self, data: str) -> list[ReplyEvent]:
        """What one event says.

        Raises:
            MalformedChunk: `data` is not what the protocol allows.
        """
        kind, event = typed(data)
        return list(_EVENTS[kind](self, event)) if kind in _EVENTS else []

    def text(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        if text := as_text(event.get("delta")):
            yield TextDelta(text)

    def reasoning(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        if text := as_text(event.get("delta")):
            yield ReasoningDelta(text)

    def item(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        """An item of the output begins, or has ended; a call may come whole with either, without any pieces."""
        item, index = inside(event, "item"), as_count(event.get("output_index"))
        if item.get("type") == "function_call" and not self._calls.get(index):
            written = as_text(item.get("arguments"))
            self._calls[index] = bool(written)
            yield ToolCallDelta(index, as_text(item.get("call_id")), as_text(item.get("name")), written)

    def arguments(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        if written := as_text(event.get("delta")):
            index = as_count(event.get("output_index"))
            self._calls[index] = True
            yield ToolCallDelta(index, arguments=written)

    def completed(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        yield from self._end(event, "tool_calls" if self._calls else "stop")

    def incomplete(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        reason = inside(event, "response", "incomplete_details").get("reason")
        yield from self._end(event, _FINISHES.get(as_text(reason)) or identifier(reason) or "other")

    def failed(self, event: Mapping[str, Any]) -> Iterator[ServerFault]:
        yield server_fault(inside(event, "response").get("error"))

    def fault(self, event: Mapping[str, Any]) -> Iterator[ServerFault]:
        yield server_fault(event.get("error") or {"code": event.get("code")})

    def _end(self, event: Mapping[str, Any], reason: str) -> Iterator[ReplyEvent]:
        self.complete = True
        yield Finish(reason)
        if usage := inside(event, "response", "usage"):
            yield Usage(
                prompt=as_count(usage.get("input_tokens")),
                completion=as_count(usage.get("output_tokens")),
                cached=as_count(inside(usage, "input_tokens_details").get("cached_tokens")),
                reasoning=as_count(inside(usage, "output_tokens_details").get("reasoning_tokens")),
            )


_EVENTS: Mapping[str, Callable[[ResponseStream, Mapping[str, Any]], Iterator[ReplyEvent]]] = {
    "response.output_text.delta": ResponseStream.text,
    "response.refusal.delta": ResponseStream.text,  # a refusal is the model's answer in words
    "response.reasoning_text.delta": ResponseStream.reasoning,
    "response.reasoning_summary_text.delta": ResponseStream.reasoning,
    "response.output_item.added": ResponseStream.item,
    "response.output_item.done": ResponseStream.item,
    "response.function_call_arguments.delta": ResponseStream.arguments,
    "response.completed": ResponseStream.completed,
    "response.incomplete": ResponseStream.incomplete,
    "response.failed": ResponseStream.failed,
    "error": ResponseStream.fault,
}
