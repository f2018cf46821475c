"""The wires by which models reply, as bytes: whole streams with all that their protocols have, and what they say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import attrs

from voiceflow.machines.anthropic_messages import MessageStream
from voiceflow.machines.gemini_content import ContentStream
from voiceflow.machines.openai_chat import ChatStream
from voiceflow.machines.openai_responses import ResponseStream
from voiceflow.machines.reply import (
    Finish,
    ReasoningDelta,
    RedactedReasoning,
    ReplyEvent,
    ReplyStream,
    Signature,
    TextDelta,
    ToolCallDelta,
    Usage,
)

Event = dict[str, Any]
SAID: Final = "Grüße \U0001f600, I look."
"""What is said before the calls of every `busy` stream."""


def sse(*data: Event | str, end: str = "\n") -> bytes:
    """Data lines alone, as chat completions and Gemini have them."""
    lines = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in data]
    return "".join(f"data: {line}{end}{end}" for line in lines).encode()


def named(*events: Event) -> bytes:
    """Events with their names, as Anthropic and OpenAI's responses have them."""
    return b"".join(f"event: {event['type']}\n".encode() + sse(event) for event in events)


@attrs.frozen
class Wire:
    """One protocol: a plain reply, one with everything in it, and what that one says."""

    name: str
    stream: Callable[[], ReplyStream]
    plain: bytes
    busy: bytes
    says: tuple[ReplyEvent, ...]
    fault: bytes = attrs.field(repr=False)
    """An error in mid-stream that may pass."""
    begun: bytes = attrs.field(repr=False)
    """The first text of a reply, and no more."""


def chat(finish: str | None = None, **delta: Any) -> Event:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "small", "choices": [choice]}


def _function(index: int, arguments: str, **first: str) -> Event:
    if not first:
        return chat(tool_calls=[{"index": index, "function": {"arguments": arguments}}])
    function = {"name": first["name"], "arguments": arguments}
    return chat(tool_calls=[{"index": index, "id": first["id"], "type": "function", "function": function}])


_CHAT_USAGE: Event = {
    **chat(),
    "choices": [],
    "usage": {
        "prompt_tokens": 20,
        "completion_tokens": 9,
        "total_tokens": 29,
        "prompt_tokens_details": {"cached_tokens": 16},
        "completion_tokens_details": {"reasoning_tokens": 4},
    },
}
_LAST: Final = (Finish("tool_calls"), Usage(20, 9, 16, 4))

CHAT: Final = Wire(
    "chat completions",
    ChatStream,
    plain=sse(
        chat(role="assistant", content=""), chat(content="Hello"), chat(content=" there."), chat("stop"), "[DONE]"
    ),
    busy=b": ping\n\n"
    + sse(chat(role="assistant", content=""), chat(reasoning_content="Hm."), end="\r\n")
    + sse(chat(content="Grüße \U0001f600,"), chat(content=" I look."))
    + sse(_function(0, "", id="a", name="look"), _function(0, '{"at'), _function(0, '": "ä"}'))
    + b": ping\n\n"
    + sse(_function(1, "{}", id="b", name="book"), chat("tool_calls"), _CHAT_USAGE, "[DONE]"),
    says=(
        ReasoningDelta("Hm."),
        *(TextDelta("Grüße \U0001f600,"), TextDelta(" I look.")),
        *(ToolCallDelta(0, "a", "look"), ToolCallDelta(0, arguments='{"at'), ToolCallDelta(0, arguments='": "ä"}')),
        ToolCallDelta(1, "b", "book", "{}"),
        *_LAST,
    ),
    fault=sse({"error": {"message": "secret", "type": "server_error", "code": "server_error"}}),
    begun=sse(chat(content="Hello")),
)


def block(index: int, **content: Any) -> Event:
    return {"type": "content_block_start", "index": index, "content_block": content}


def piece(index: int, kind: str, **delta: str) -> Event:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **delta}}


def over(index: int) -> Event:
    return {"type": "content_block_stop", "index": index}


_MESSAGE: Event = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 3,
            "cache_creation_input_tokens": 1,
            "cache_read_input_tokens": 16,
            "output_tokens": 1,
        },
    },
}
_PING: Event = {"type": "ping"}
_MESSAGE_STOP: Event = {"type": "message_stop"}


def stopped(reason: str, **usage: Any) -> Event:
    return {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage}


_THINKING: Event = {"output_tokens": 9, "output_tokens_details": {"thinking_tokens": 4}}

ANTHROPIC: Final = Wire(
    "Anthropic messages",
    MessageStream,
    plain=named(
        *(_MESSAGE, block(0, type="text", text=""), _PING, piece(0, "text_delta", text="Hello")),
        *(piece(0, "text_delta", text=" there."), over(0), stopped("end_turn", output_tokens=9), _MESSAGE_STOP),
    ),
    busy=named(
        *(_MESSAGE, block(0, type="thinking", thinking="", signature=""), _PING),
        *(piece(0, "thinking_delta", thinking="Hm."), piece(0, "signature_delta", signature="c2ln"), over(0)),
        *(block(1, type="redacted_thinking", data="eHh4"), over(1)),
        *(block(2, type="text", text=""), piece(2, "text_delta", text="Grüße \U0001f600,"), _PING),
        *(piece(2, "text_delta", text=" I look."), over(2)),
        *(block(3, type="server_tool_use", id="srv", name="web_search", input={}), _PING),
        *(piece(3, "input_json_delta", partial_json='{"query": "x"}'), over(3)),
        *(block(4, type="tool_use", id="a", name="look", input={}), piece(4, "input_json_delta", partial_json="")),
        *(piece(4, "input_json_delta", partial_json='{"at'), piece(4, "input_json_delta", partial_json='": "ä"}')),
        *(over(4), block(5, type="tool_use", id="b", name="book", input={})),
        *(piece(5, "input_json_delta", partial_json="{}"), over(5)),
        *(stopped("tool_use", **_THINKING), _MESSAGE_STOP),
    ),
    says=(
        *(ReasoningDelta("Hm."), Signature("reasoning", "c2ln"), RedactedReasoning("eHh4")),
        *(TextDelta("Grüße \U0001f600,"), TextDelta(" I look.")),
        *(ToolCallDelta(4, "a", "look"), ToolCallDelta(4, arguments='{"at'), ToolCallDelta(4, arguments='": "ä"}')),
        *(ToolCallDelta(5, "b", "book"), ToolCallDelta(5, arguments="{}")),
        *_LAST,
    ),
    fault=named({"type": "error", "error": {"type": "overloaded_error", "message": "secret"}, "request_id": "r"}),
    begun=named(_MESSAGE, block(0, type="text", text=""), piece(0, "text_delta", text="Hello")),
)


def content(*parts: Event, finish: str | None = None, **fields: Any) -> Event:
    candidate: Event = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
    ending = {} if finish is None else {"finishReason": finish}
    return {"candidates": [{**candidate, **ending}], "modelVersion": "gemini", "responseId": "r", **fields}


def tokens(**counts: int) -> Event:
    return {f"{name}TokenCount": count for name, count in counts.items()}


_LOOK: Event = {"functionCall": {"id": "a", "name": "look", "args": {"at": "ä"}}, "thoughtSignature": "c2ln"}
_SPENT: Final = tokens(prompt=20, candidates=5, thoughts=4, cachedContent=16, total=29)

GEMINI: Final = Wire(
    "Gemini contents",
    ContentStream,
    plain=sse(
        content({"text": "Hello"}, usageMetadata=tokens(prompt=20, candidates=1, total=21)),
        content({"text": " there."}, finish="STOP", usageMetadata=tokens(prompt=20, candidates=9, total=29)),
        end="\r\n",
    ),
    busy=sse(
        content({"text": "Hm.", "thought": True}, usageMetadata=tokens(prompt=20, total=20)),
        content({"text": "Grüße \U0001f600,"}, {"text": " I look."}, usageMetadata=tokens(prompt=20, candidates=3)),
        content({"executableCode": {"language": "PYTHON", "code": "1"}}),
        end="\r\n",
    )
    + sse(  # no comments: Google's own library takes none
        content({"text": "", "thoughtSignature": "YWxzbw=="}),
        content(_LOOK, usageMetadata=tokens(prompt=20, candidates=4)),
        content({"functionCall": {"name": "book", "args": {}}}, {"text": ""}, finish="STOP", usageMetadata=_SPENT),
    ),
    says=(
        ReasoningDelta("Hm."),
        *(TextDelta("Grüße \U0001f600,"), TextDelta(" I look."), Signature("text", "YWxzbw==")),
        *(ToolCallDelta(0, "a", "look", '{"at": "\\u00e4"}', "c2ln"), ToolCallDelta(1, "", "book", "{}")),
        *_LAST,
    ),
    fault=sse({"error": {"code": 503, "message": "secret", "status": "UNAVAILABLE"}}),
    begun=sse(content({"text": "Hello"})),
)


def event(kind: str, **fields: Any) -> Event:
    return {"type": f"response.{kind}", "sequence_number": 0, **fields}


def response(status: str, *output: Event, **fields: Any) -> Event:
    about = {"id": "resp_1", "object": "response", "created_at": 1, "model": "small", "parallel_tool_calls": True}
    return {"response": {**about, "tool_choice": "auto", "tools": [], "status": status, "output": [*output], **fields}}


def call(status: str, arguments: str, call_id: str, name: str) -> Event:
    told = {"type": "function_call", "id": f"fc_{call_id}", "call_id": call_id, "name": name}
    return {**told, "arguments": arguments, "status": status}


def _at(index: int) -> Event:
    return {"output_index": index, "item_id": f"item{index}", "content_index": 0}


def _text_item(status: str, *texts: str) -> Event:
    parts: list[Event] = [{"type": "output_text", "text": text, "annotations": []} for text in texts]
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": parts}


_PART: Event = {"part": {"type": "output_text", "text": "", "annotations": []}}
_RESPONSE_USAGE: Event = {
    "input_tokens": 20,
    "input_tokens_details": {"cached_tokens": 16, "cache_write_tokens": 0},
    "output_tokens": 9,
    "output_tokens_details": {"reasoning_tokens": 4},
    "total_tokens": 29,
}
_REASONING: Event = {"type": "reasoning", "id": "rs_1", "summary": []}
_CREATED: Final = (
    event("created", **response("in_progress")),
    event("in_progress", **response("in_progress")),
)
_HELLO: Final = (
    event("output_item.added", output_index=0, item=_text_item("in_progress")),
    event("content_part.added", **_at(0), **_PART),
    event("output_text.delta", **_at(0), delta="Hello", logprobs=[]),
)

RESPONSES: Final = Wire(
    "OpenAI responses",
    ResponseStream,
    plain=named(
        *(*_CREATED, *_HELLO, event("output_text.delta", **_at(0), delta=" there.", logprobs=[])),
        event("output_text.done", **_at(0), text="Hello there.", logprobs=[]),
        event("output_item.done", output_index=0, item=_text_item("completed", "Hello there.")),
        event("completed", **response("completed", _text_item("completed", "Hello there."), usage=_RESPONSE_USAGE)),
    ),
    busy=named(*_CREATED, event("output_item.added", output_index=0, item=_REASONING))
    + b": ping\n\n"
    + named(
        event("reasoning_summary_part.added", **_at(0), summary_index=0, part={"type": "summary_text", "text": ""}),
        event("reasoning_summary_text.delta", **_at(0), summary_index=0, delta="Hm."),
        event("reasoning_summary_text.done", **_at(0), summary_index=0, text="Hm."),
        event("output_item.done", output_index=0, item=_REASONING),
        event("output_item.added", output_index=1, item=_text_item("in_progress")),
        event("content_part.added", **_at(1), **_PART),
        event("output_text.delta", **_at(1), delta="Grüße \U0001f600,", logprobs=[]),
        event("output_text.delta", **_at(1), delta=" I look.", logprobs=[]),
        event("output_text.done", **_at(1), text=SAID, logprobs=[]),
        event("content_part.done", **_at(1), part={"type": "output_text", "text": SAID, "annotations": []}),
        event("output_item.done", output_index=1, item=_text_item("completed", SAID)),
        event("output_item.added", output_index=2, item=call("in_progress", "", "a", "look")),
        event("function_call_arguments.delta", output_index=2, item_id="fc_a", delta='{"at'),
        event("function_call_arguments.delta", output_index=2, item_id="fc_a", delta='": "ä"}'),
        event("function_call_arguments.done", output_index=2, item_id="fc_a", name="look", arguments='{"at": "ä"}'),
        event("output_item.done", output_index=2, item=call("completed", '{"at": "ä"}', "a", "look")),
        event("output_item.added", output_index=3, item=call("in_progress", "", "b", "book")),
        event("function_call_arguments.delta", output_index=3, item_id="fc_b", delta="{}"),
        event("function_call_arguments.done", output_index=3, item_id="fc_b", name="book", arguments="{}"),
        event("output_item.done", output_index=3, item=call("completed", "{}", "b", "book")),
        event(
            "completed",
            **response(
                "completed",
                *(_REASONING, _text_item("completed", SAID)),
                *(call("completed", '{"at": "ä"}', "a", "look"), call("completed", "{}", "b", "book")),
                usage=_RESPONSE_USAGE,
            ),
        ),
    ),
    says=(
        ReasoningDelta("Hm."),
        *(TextDelta("Grüße \U0001f600,"), TextDelta(" I look.")),
        *(ToolCallDelta(2, "a", "look"), ToolCallDelta(2, arguments='{"at'), ToolCallDelta(2, arguments='": "ä"}')),
        *(ToolCallDelta(3, "b", "book"), ToolCallDelta(3, arguments="{}")),
        *_LAST,
    ),
    fault=named({"type": "error", "code": "server_error", "message": "secret", "param": None, "sequence_number": 1}),
    begun=named(*_CREATED, *_HELLO),
)

WIRES: Final = (CHAT, ANTHROPIC, GEMINI, RESPONSES)
