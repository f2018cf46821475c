"""Anthropic's streamed messages: events into what a reply consists of.

Source: "Streaming messages" in Anthropic's API documentation. Kinds of events, blocks and deltas that are not in the
tables are passed over, as it asks for: `ping`, blocks of tools that run at the server, citations, what is to come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from voiceflow.machines.json_fields import as_count, as_json, as_object, as_text, inside
from voiceflow.machines.reply import (
    Finish,
    ReasoningDelta,
    RedactedReasoning,
    ReplyEvent,
    ServerFault,
    Signature,
    TextDelta,
    ToolCallDelta,
    Usage,
    identifier,
    server_fault,
    typed,
)

_FINISHES = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


@attrs.define
class MessageStream:
    """Reads the data of one message's events, in order. `complete` becomes true with a stop reason or the last event.

    What it cost is told once, with the last event.
    """

    complete: bool = attrs.field(default=False, init=False)
    _calls: set[int] = attrs.field(factory=set[int], init=False)
    _usage: dict[str, Any] = attrs.field(factory=dict[str, Any], init=False)

    def push(self, data: str) -> list[ReplyEvent]:
        """What one event says.

        Raises:
            MalformedChunk: `data` is not what the protocol allows.
        """
        kind, event = typed(data)
        return list(_EVENTS[kind](self, event)) if kind in _EVENTS else []

    def start(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        self._count(inside(event, "message", "usage"))
        yield from ()

    def block(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        """A block begins, as a rule an empty one."""
        block, index = inside(event, "content_block"), as_count(event.get("index"))
        if block.get("type") == "tool_use":
            self._calls.add(index)
            written = as_json(block["input"]) if as_object(block.get("input")) else ""
            yield ToolCallDelta(index, as_text(block.get("id")), as_text(block.get("name")), written)
        elif block.get("type") == "redacted_thinking" and (data := as_text(block.get("data"))):
            yield RedactedReasoning(data)
        elif block.get("type") in ("text", "thinking"):
            yield from _said(block)

    def delta(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        delta, index = inside(event, "delta"), as_count(event.get("index"))
        yield from _said(delta)
        # Tools that run at the server are called in such pieces too, and are no business of ours.
        if index in self._calls and (written := as_text(delta.get("partial_json"))):
            yield ToolCallDelta(index, arguments=written)

    def finish(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        self._count(inside(event, "usage"))
        reason = inside(event, "delta").get("stop_reason")
        if reason is not None:
            self.complete = True
            yield Finish(_FINISHES.get(as_text(reason)) or identifier(reason) or "other")

    def stop(self, event: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        self.complete = True
        if self._usage:
            usage, self._usage = self._usage, {}
            written, cached, new = (
                as_count(usage.get(f"{name}input_tokens")) for name in ("cache_creation_", "cache_read_", "")
            )
            thought = as_count(inside(usage, "output_tokens_details").get("thinking_tokens"))
            yield Usage(written + cached + new, as_count(usage.get("output_tokens")), cached, thought)

    def fault(self, event: Mapping[str, Any]) -> Iterator[ServerFault]:
        yield server_fault(event.get("error"))

    def _count(self, usage: Mapping[str, Any]) -> None:
        """Figures are of the whole message so far: later ones take the place of earlier ones."""
        self._usage |= {name: value for name, value in usage.items() if value is not None}


def _said(fields: Mapping[str, Any]) -> Iterator[ReplyEvent]:
    for name, kind in _SAID:
        if text := as_text(fields.get(name)):
            yield kind(text)


_SAID: tuple[tuple[str, Callable[[str], ReplyEvent]], ...] = (
    ("text", TextDelta),
    ("thinking", ReasoningDelta),
    ("signature", lambda signature: Signature("reasoning", signature)),
)
_EVENTS: Mapping[str, Callable[[MessageStream, Mapping[str, Any]], Iterator[ReplyEvent]]] = {
    "message_start": MessageStream.start,
    "content_block_start": MessageStream.block,
    "content_block_delta": MessageStream.delta,
    "message_delta": MessageStream.finish,
    "message_stop": MessageStream.stop,
    "error": MessageStream.fault,
}
