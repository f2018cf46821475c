"""Replies of models by every wire: read the same however they come, and whatever else comes told as what it is."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
import wires
from hypothesis import given, settings
from hypothesis import strategies as st
from wires import ANTHROPIC, CHAT, GEMINI, RESPONSES, WIRES, Wire, named, sse

from voiceflow import ProviderError
from voiceflow.chat_completions import Answer
from voiceflow.items import ToolCall
from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.reply import (
    Finish,
    ReasoningDelta,
    ReplyEvent,
    ServerFault,
    Signature,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from voiceflow.machines.tool_calls import ToolCalls

each_wire = pytest.mark.parametrize("wire", WIRES, ids=lambda wire: wire.name)
FIELDS = [
    *("type", "delta", "index", "content_block", "text", "partial_json", "usage", "message", "stop_reason", "input"),
    *("candidates", "content", "parts", "functionCall", "args", "finishReason", "promptFeedback", "usageMetadata"),
    *("response", "item", "output_index", "error", "code", "details", "reason", "choices", "tool_calls", "function"),
]
KINDS = [
    *("message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop", "error"),
    *("response.output_item.added", "response.output_item.done", "response.function_call_arguments.delta"),
    *("response.completed", "response.incomplete", "response.failed", "response.output_text.delta", "tool_use"),
    *("text_delta", "function_call", "STOP", "SAFETY", "MALFORMED_FUNCTION_CALL", "end_turn"),
]
NEARLY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(KINDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)


def read(wire: Wire, *pieces: bytes) -> list[ReplyEvent]:
    """All that a stream says, which must be whole."""
    answer = Answer("llm at host", wire.stream())
    found = [event for piece in pieces for event in answer.push(piece)]
    answer.end()
    return found


def failure(wire: Wire, stream: bytes) -> str:
    """What a stream is an error for; nothing if it is a reply."""
    try:
        read(wire, stream)
    except ProviderError as error:
        return str(error)
    return ""


JSON = "a chunk in JSON"


def refused(wire: Wire, data: str) -> str:
    """What a reader expected in place of this; nothing if it took it, and gave events of known kinds."""
    try:
        assert all(isinstance(event, ReplyEvent) for event in wire.stream().push(data))
    except MalformedChunk as error:
        return error.expected
    return ""


def events(wire: Wire, *data: object) -> list[ReplyEvent]:
    stream = wire.stream()
    return [event for each in data for event in stream.push(json.dumps(each))]


@each_wire
def test_a_reply_with_all_that_its_wire_has(wire: Wire) -> None:
    """Keep-alives, reasoning, text, calls side by side, the reason of the end and the cost, in their order."""
    assert read(wire, wire.busy) == [*wire.says]
    assert "".join(event.text for event in wire.says if isinstance(event, TextDelta)) == wires.SAID


@each_wire
def test_the_calls_are_the_same_by_every_wire(wire: Wire) -> None:
    """But for ids that a server does not give, and the marks of those that sign."""
    calls = ToolCalls()
    said = [event for event in read(wire, wire.busy) if calls.push(event) is not None]
    assert not any(isinstance(event, ToolCallDelta) for event in said)
    [look, book] = calls.end()
    assert (look.call, look.name, json.loads(look.arguments)) == ("a", "look", {"at": "ä"})
    assert (book.name, book.arguments) == ("book", "{}")
    assert look.signature == ("c2ln" if wire is GEMINI else "")


@each_wire
def test_byte_by_byte_is_the_same(wire: Wire) -> None:
    """Also within a character and between CR and LF."""
    for stream in (wire.plain, wire.busy):
        assert read(wire, *(stream[at : at + 1] for at in range(len(stream)))) == read(wire, stream)


@each_wire
def test_a_cut_at_every_byte_is_the_same(wire: Wire) -> None:
    """Wherever the one cut falls."""
    whole = read(wire, wire.plain)
    for cut in range(len(wire.plain) + 1):
        assert read(wire, wire.plain[:cut], wire.plain[cut:]) == whole


@settings(max_examples=60)
@given(st.sampled_from(WIRES), st.data())
def test_any_cuts_are_the_same(wire: Wire, data: st.DataObject) -> None:
    """Pieces of any sizes, empty ones too."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire.busy)), max_size=20)))
    pieces = [wire.busy[start:end] for start, end in pairwise([0, *cuts, len(wire.busy)])]
    assert read(wire, *pieces) == [*wire.says]


@settings(max_examples=60)
@given(st.sampled_from(WIRES), st.data())
def test_any_cuts_of_an_error_in_mid_stream_are_the_same(wire: Wire, data: st.DataObject) -> None:
    """What was said before it is said, and then comes the one error, which is not told before all of it is there."""
    stream = wire.begun + wire.fault
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    answer = Answer("llm at host", wire.stream())
    pieces = (stream[start:end] for start, end in pairwise([0, *cuts, len(stream)]))
    events = (event for piece in pieces for event in answer.push(piece))
    assert next(events) == TextDelta("Hello")
    with pytest.raises(ProviderError, match=r"got (server_error|overloaded_error|UNAVAILABLE)"):
        next(events)


@settings(max_examples=60)
@given(st.sampled_from(WIRES), st.data())
def test_a_stream_that_is_cut_is_told(wire: Wire, data: st.DataObject) -> None:
    """Up to where the model says that it has ended, the end of the connection is a fault that may pass."""
    ends = [event for event in wire.says if isinstance(event, Finish)]
    cut = data.draw(st.integers(0, len(wire.busy)))
    answer = Answer("llm at host", wire.stream())
    found = list(answer.push(wire.busy[:cut]))
    if ends[0] in found:
        answer.end()
        return
    with pytest.raises(ProviderError, match="expected the reply to be ended") as caught:
        answer.end()
    assert caught.value.retryable


@settings(max_examples=150)
@given(st.sampled_from(WIRES), st.data())
def test_no_bytes_break_a_reader(wire: Wire, data: st.DataObject) -> None:
    """What is spoilt is read past, or is the one kind of error, which quotes nothing of it."""
    stream = bytearray(wire.busy)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(stream) - 1))
        stream[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=6))
    told = failure(wire, bytes(stream))
    assert told == "" or told.startswith("llm at host: expected ")
    assert "look" not in told


@settings(max_examples=100)
@given(st.sampled_from(WIRES), NEARLY, st.dictionaries(st.sampled_from(FIELDS), NEARLY), st.sampled_from(KINDS))
def test_nothing_that_json_can_hold_breaks_a_reader(wire: Wire, value: Any, fields: dict[str, Any], kind: str) -> None:
    """Events of known kinds, or the one error."""
    refused(wire, json.dumps(value))
    refused(wire, json.dumps({**fields, "type": kind}))


NESTED = (
    '{"type": "content_block_start", "content_block": {"type": "tool_use", "input": {"x": DEEP}},'
    ' "choices": [{"delta": {"tool_calls": [{"function": {"arguments": {"x": DEEP}}}]}}],'
    ' "candidates": [{"content": {"parts": [{"functionCall": {"name": "f", "args": {"x": DEEP}}}]}}]}'
)


@each_wire
@pytest.mark.parametrize("depth", [*range(850, 1000, 10), 10**5])
def test_json_that_is_nested_without_end_is_refused(wire: Wire, depth: int) -> None:
    """Where it can be read it may still be too deep to be written."""
    assert refused(wire, NESTED.replace("DEEP", "[" * depth + "]" * depth)) in (
        "",
        "JSON that is nested a few deep",
        JSON,
    )


@each_wire
def test_an_error_in_mid_stream_is_told_by_its_code(wire: Wire) -> None:
    """After what was said, and without the server's words."""
    answer = Answer("llm at host", wire.stream())
    pieces = answer.push(wire.begun + wire.fault)
    assert next(pieces) == TextDelta("Hello")
    with pytest.raises(ProviderError, match=r"got (server_error|overloaded_error|UNAVAILABLE)") as caught:
        next(pieces)
    assert caught.value.retryable
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("wire", "fault"),
    [
        (ANTHROPIC, named({"type": "error", "error": {"type": "authentication_error"}})),
        (ANTHROPIC, named({"type": "error", "error": {"type": "invalid_request_error"}})),
        (GEMINI, sse({"error": {"code": 400, "status": "INVALID_ARGUMENT"}})),
        (GEMINI, sse({"error": {"code": 403, "status": "PERMISSION_DENIED"}})),
        (GEMINI, sse(wires.content(finish="MISSING_THOUGHT_SIGNATURE"))),
        (RESPONSES, named(wires.event("failed", **wires.response("failed", error={"code": "invalid_prompt"})))),
        (CHAT, sse({"error": {"code": "context_length_exceeded"}})),
    ],
)
def test_what_the_same_request_meets_again_is_not_retried(wire: Wire, fault: bytes) -> None:
    """The words of all the servers stand in one table."""
    with pytest.raises(ProviderError) as caught:
        read(wire, fault)
    assert not caught.value.retryable


@pytest.mark.parametrize(
    ("wire", "fault", "told"),
    [
        (GEMINI, sse(wires.content(finish="MALFORMED_FUNCTION_CALL")), "MALFORMED_FUNCTION_CALL"),
        (RESPONSES, named(wires.event("failed", **wires.response("failed", error={"code": "server_error"}))), "server"),
        (RESPONSES, named(wires.event("failed", **wires.response("failed", error=None))), "an error without a code"),
        (RESPONSES, named({"type": "error", "error": {"code": "rate_limit_exceeded"}}), "rate_limit_exceeded"),
        (ANTHROPIC, sse({"error": "secret"}), "an error without a code"),
    ],
)
def test_a_reply_that_the_server_gave_up_may_be_asked_for_again(wire: Wire, fault: bytes, told: str) -> None:
    """A model that wrote half a call, too: the next time it may not."""
    with pytest.raises(ProviderError, match=f"got {told}") as caught:
        read(wire, fault)
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        *(("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"), ("refusal", "content_filter")),
        *(("pause_turn", "pause_turn"), ("two words", "other"), (7, "7"), ([], "other")),
    ],
)
def test_why_a_message_of_anthropic_ended(reason: Any, told: str) -> None:
    """In the words of all wires; a new one as it is, if it is a word."""
    assert events(ANTHROPIC, wires.stopped(reason)) == [Finish(told)]


@pytest.mark.parametrize(
    ("reason", "told"),
    [("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter"), ("SPII", "content_filter")],
)
def test_why_an_answer_of_gemini_ended(reason: str, told: str) -> None:
    """Filters have many names; a reason that is none does not end it."""
    assert events(GEMINI, wires.content({"text": "x"}, finish=reason)) == [TextDelta("x"), Finish(told)]
    assert events(GEMINI, wires.content(finish="LATER")) == [Finish("LATER")]
    assert events(GEMINI, wires.content(finish="FINISH_REASON_UNSPECIFIED")) == []


def test_a_prompt_that_gemini_blocks_is_an_answer_that_was_filtered() -> None:
    """It has no candidates."""
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": wires.tokens(prompt=4)}
    assert read(GEMINI, sse(blocked)) == [Finish("content_filter"), Usage(4, 0)]
    assert events(GEMINI, {"promptFeedback": {"safetyRatings": []}}) == []


def test_only_the_first_candidate_of_gemini_is_read() -> None:
    """Two answers cannot be spoken at once."""
    assert events(GEMINI, {"candidates": [{"index": 1, "content": {"parts": [{"text": "b"}]}}]}) == []


def test_a_text_that_gemini_signs_is_followed_by_its_signature() -> None:
    """Thoughts come without: they are not sent back."""
    signed = {"thoughtSignature": "c2ln"}
    assert events(GEMINI, wires.content({"text": "x", **signed}, {"text": "y", "thought": True, **signed})) == [
        *(TextDelta("x"), Signature("text", "c2ln"), ReasoningDelta("y"))
    ]


@pytest.mark.parametrize(("reason", "told"), [("max_output_tokens", "length"), ("content_filter", "content_filter")])
def test_why_a_response_is_incomplete(reason: str, told: str) -> None:
    """A refusal is the model's answer in words."""
    refused = wires.event("refusal.delta", output_index=0, delta="I'd rather not.")
    ended = wires.event("incomplete", **wires.response("incomplete", incomplete_details={"reason": reason}))
    assert events(RESPONSES, refused, ended) == [TextDelta("I'd rather not."), Finish(told)]


def test_a_call_in_a_response_may_come_whole() -> None:
    """With the item's beginning, or with its end alone."""
    whole = wires.call("completed", '{"x": 1}', "a", "look")
    done = wires.event("output_item.done", output_index=0, item=whole)
    begun = wires.event("output_item.added", output_index=0, item=whole)
    hollow = wires.event("output_item.added", output_index=0, item={**whole, "arguments": ""})
    for sent in ([done], [begun, done], [hollow, done]):
        calls = ToolCalls()
        for event in events(RESPONSES, *sent):
            calls.push(event)
        assert calls.end() == (ToolCall("a", "look", '{"x": 1}'),)


@given(st.sampled_from([ANTHROPIC, RESPONSES]), st.data(), st.dictionaries(st.text(max_size=5), st.integers()))
def test_arguments_may_be_split_anywhere(wire: Wire, data: st.DataObject, written: dict[str, int]) -> None:
    """The pieces in their order are the whole."""
    text = json.dumps(written)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    if wire is ANTHROPIC:
        sent = [wires.block(0, type="tool_use", id="a", name="f", input={})]
        sent += [wires.piece(0, "input_json_delta", partial_json=piece) for piece in pieces]
    else:
        sent = [wires.event("output_item.added", output_index=0, item=wires.call("in_progress", "", "a", "f"))]
        sent += [wires.event("function_call_arguments.delta", output_index=0, delta=piece) for piece in pieces]
    calls = ToolCalls()
    for event in events(wire, *sent):
        calls.push(event)
    assert calls.end() == (ToolCall("a", "f", text),)


def test_a_call_of_anthropic_may_begin_with_its_input() -> None:
    """As some servers that speak its protocol send it."""
    begun = wires.block(0, type="tool_use", id="a", name="f", input={"x": 1})
    assert events(ANTHROPIC, begun) == [ToolCallDelta(0, "a", "f", '{"x": 1}')]
    assert events(ANTHROPIC, wires.block(0, type="text", text="Hi")) == [TextDelta("Hi")]


@pytest.mark.parametrize("wire", [ANTHROPIC, RESPONSES], ids=lambda wire: wire.name)
def test_events_of_no_kind_are_another_wire(wire: Wire) -> None:
    """New kinds are passed over; the chunks of a chat completion are not."""
    assert events(wire, {"type": "tomorrow", "delta": {"text": "x"}}) == []
    assert wire.stream().push("[DONE]") == []
    with pytest.raises(MalformedChunk, match="an event with a type"):
        events(wire, wires.chat(content="x"))


def test_what_a_message_cost_is_told_once_and_where_nothing_is_known_not_at_all() -> None:
    """Later figures take the place of earlier ones, but for those that are missing."""
    started = {"type": "message_start", "message": {"usage": {"input_tokens": 5, "output_tokens": 1}}}
    again = wires.stopped("end_turn", output_tokens=3, input_tokens=None)
    stop = {"type": "message_stop"}
    assert events(ANTHROPIC, started, again, stop, stop) == [Finish("stop"), Usage(5, 3)]
    assert events(ANTHROPIC, stop) == []


def test_where_google_tells_what_was_wrong() -> None:
    """Among the details, if there; the status is the kind."""
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    error: wires.Event = {"code": 400, "status": "INVALID_ARGUMENT", "details": [7, {"fieldViolations": []}, detail]}
    assert events(GEMINI, {"error": error}) == [ServerFault("API_KEY_INVALID", "INVALID_ARGUMENT")]
