from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.openai_chat import ChatStream
from voiceflow.machines.reply import Finish, ReasoningDelta, ReplyEvent, ServerFault, TextDelta, ToolCallDelta, Usage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELD = st.sampled_from(["delta", "finish_reason", "index", "content", "tool_calls", "function", "reasoning", "text"])
NEARLY = st.recursive(JSON, lambda inner: st.lists(inner) | st.dictionaries(FIELD, inner), max_leaves=8)


def delta(**fields: object) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": fields, "finish_reason": None}]})


def events(*chunks: str) -> list[ReplyEvent]:
    stream = ChatStream()
    return [event for chunk in chunks for event in stream.push(chunk)]


def test_a_whole_reply() -> None:
    """Role and empty text say nothing; text, finish reason and usage come as they came."""
    finish: dict[str, object] = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": None}
    details = {"prompt_tokens_details": {"cached_tokens": 8}, "completion_tokens_details": {"reasoning_tokens": 1}}
    usage: dict[str, object] = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3, **details}}
    stream = ChatStream()
    assert stream.push(delta(role="assistant", content="")) == []
    assert stream.push(delta(content="Hel")) == [TextDelta("Hel")]
    assert stream.push(delta(content="lo", refusal=None)) == [TextDelta("lo")]
    assert not stream.complete
    assert stream.push(json.dumps(finish)) == [Finish("stop")]
    assert stream.complete
    assert stream.push(json.dumps(usage)) == [Usage(prompt=9, completion=3, cached=8, reasoning=1)]
    assert stream.push("[DONE]") == []


def test_done_alone_completes_a_reply() -> None:
    """Some servers give no finish reason."""
    stream = ChatStream()
    stream.push(delta(content="x"))
    stream.push(" [DONE]")
    assert stream.complete


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_is_apart_from_text(name: str) -> None:
    """Under either name, also beside text."""
    assert events(delta(**{name: "hm", "content": "Yes"})) == [ReasoningDelta("hm"), TextDelta("Yes")]


def test_content_in_parts_gives_the_text_parts() -> None:
    """A part that is thought has no text of its own."""
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "Yes"}]
    assert events(delta(content=parts)) == [TextDelta("Yes")]


def test_a_refusal_is_text() -> None:
    """It is what the model answers."""
    assert events(delta(refusal="I'd rather not.")) == [TextDelta("I'd rather not.")]


@given(st.data(), st.dictionaries(st.text(max_size=5), st.integers(), max_size=4))
def test_the_arguments_of_a_tool_call_may_be_split_anywhere(data: st.DataObject, arguments: dict[str, int]) -> None:
    """The pieces in their order are the whole."""
    text = json.dumps(arguments)
    cut = data.draw(st.integers(0, len(text)))
    first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": text[:cut]}}
    found = events(delta(tool_calls=[first]), delta(tool_calls=[{"index": 0, "function": {"arguments": text[cut:]}}]))
    assert found == [ToolCallDelta(0, "c1", "f", text[:cut]), ToolCallDelta(0, "", "", text[cut:])]


def test_parallel_tool_calls_keep_their_numbers() -> None:
    """Where a server gives none, the place in the list is the number."""
    calls = [{"index": 1, "id": "b", "function": {"name": "g"}}, {"id": "c", "function": {"name": "h"}}]
    assert events(delta(tool_calls=calls)) == [ToolCallDelta(1, "b", "g"), ToolCallDelta(1, "c", "h")]


def test_only_the_first_choice_is_read() -> None:
    """Two answers cannot be spoken at once."""
    assert events(json.dumps({"choices": [{"index": 1, "delta": {"content": "b"}}]})) == []


@pytest.mark.parametrize(
    ("chunk", "fault"),
    [
        ({"error": {"message": "w", "type": "server_error", "code": 500}}, ServerFault("500", "server_error")),
        ({"error": "w"}, ServerFault()),
        ({"object": "error", "message": "w", "code": 400, "type": "BadRequest"}, ServerFault("400", "BadRequest")),
        ({"error": {"code": "two words", "type": "sk-abc"}}, ServerFault()),
    ],
)
def test_an_error_in_place_of_a_chunk_is_a_fault_without_its_words(chunk: object, fault: ServerFault) -> None:
    """Only plain identifiers that look like no key are kept."""
    assert events(json.dumps(chunk)) == [fault]


@pytest.mark.parametrize(
    "data", ["", "{", "7", "[]", '"x"', "null", '{"choices": 7}', '{"choices": [7]}', "[" * 10**5, "1" * 5000]
)
def test_what_is_no_chunk_is_refused_without_quoting_it(data: str) -> None:
    """The error says what was expected and what came."""
    with pytest.raises(MalformedChunk, match=r"expected .*, got ") as caught:
        events(data)
    assert '"x"' not in str(caught.value)


@given(st.one_of(NEARLY, NEARLY.map(lambda value: {"choices": [{"index": 0, "delta": value}], "usage": value})))
def test_nothing_that_json_can_hold_breaks_the_reader(value: object) -> None:
    """Events of known kinds, or the one error."""
    try:
        found = events(json.dumps(value))
    except MalformedChunk:
        return
    assert all(isinstance(event, ReplyEvent) for event in found)
