"""Gemini's streamed content: chunks into what a reply consists of.

Source: "GenerateContentResponse", "Function calling", "Thinking" and "Thought signatures" in the documentation of the
Gemini API. Every chunk is a whole response of its own: calls come whole, and what it cost so far with each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from voiceflow.machines.json_fields import as_count, as_json, as_object, as_text, inside, objects, parsed
from voiceflow.machines.reply import (
    Finish,
    ReasoningDelta,
    ReplyEvent,
    ServerFault,
    Signature,
    TextDelta,
    ToolCallDelta,
    Usage,
    identifier,
    server_fault,
)

_FILTERED = {
    *("SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "ESCALATION", "MODEL_ARMOR"),
}
_FINISHES = {"STOP": "stop", "MAX_TOKENS": "length", **dict.fromkeys(_FILTERED, "content_filter")}
_FAULTS = {"MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "MISSING_THOUGHT_SIGNATURE"}
"""Reasons to finish that are no reply: the model wrote what is none, or was asked in a way that it cannot answer."""


@attrs.define
class ContentStream:
    """Reads the data of one answer's events, in order.

    `complete` becomes true with a finish reason, or when the prompt is blocked, which is told as "content_filter". What
    it cost is told once, with that.
    """

    complete: bool = attrs.field(default=False, init=False)
    _calls: int = attrs.field(default=0, init=False)

    def push(self, data: str) -> list[ReplyEvent]:
        """What one chunk says.

        Raises:
            MalformedChunk: `data` is not what the protocol allows.
        """
        chunk, over = parsed(data), self.complete
        if chunk.get("error"):
            return [server_fault(chunk["error"])]
        events = [
            event
            for candidate in objects(chunk.get("candidates"), "a list of candidates")
            if not candidate.get("index")  # one reply is asked for; more cannot be spoken
            for event in self._candidate(candidate)
        ]
        if inside(chunk, "promptFeedback").get("blockReason"):
            events.append(Finish("content_filter"))
        self.complete = over or any(isinstance(event, Finish) for event in events)
        return [*events, *_usage(inside(chunk, "usageMetadata"))] if self.complete and not over else events

    def _candidate(self, candidate: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        for part in objects(inside(candidate, "content").get("parts"), "a list of parts"):
            yield from self._part(part)
        reason = identifier(candidate.get("finishReason"))
        if reason in _FAULTS:
            yield ServerFault(code=reason)
        elif reason not in ("", "FINISH_REASON_UNSPECIFIED"):
            called = reason == "STOP" and self._calls
            yield Finish("tool_calls" if called else _FINISHES.get(reason, reason))

    def _part(self, part: Mapping[str, Any]) -> Iterator[ReplyEvent]:
        text, signature = as_text(part.get("text")), as_text(part.get("thoughtSignature"))
        if (call := as_object(part.get("functionCall"))) is not None:
            index, self._calls = self._calls, self._calls + 1
            written = as_json(inside(call, "args"))
            yield ToolCallDelta(index, as_text(call.get("id")), as_text(call.get("name")), written, signature)
        elif part.get("thought"):
            yield from [ReasoningDelta(text)] if text else []
        else:
            yield from [TextDelta(text)] if text else []
            yield from [Signature("text", signature)] if signature else []


def _usage(usage: Mapping[str, Any]) -> Iterator[Usage]:
    if usage:
        prompt, tools, thought, said, cached = (
            as_count(usage.get(f"{name}TokenCount"))
            for name in ("prompt", "toolUsePrompt", "thoughts", "candidates", "cachedContent")
        )
        yield Usage(prompt + tools, said + thought, cached, thought)
