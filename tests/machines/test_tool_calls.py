"""Tool calls out of pieces, as OpenAI sends them and as others do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.items import ToolCall
from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.openai_chat import ChatStream
from voiceflow.machines.reply import Finish, ReasoningDelta, ReplyEvent, TextDelta, ToolCallDelta, Usage
from voiceflow.machines.tool_calls import ToolCalls


def chunk(*calls: dict[str, Any], finish: str | None = None, **delta: Any) -> str:
    fields = {**delta, **({"tool_calls": list(calls)} if calls else {})}
    return json.dumps({"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]})


def piece(arguments: Any = None, **fields: Any) -> dict[str, Any]:
    name = {"name": fields.pop("name")} if "name" in fields else {}
    written = {} if arguments is None else {"arguments": arguments}
    return {**fields, "function": {**name, **written}}


def gathered(*chunks: str) -> tuple[list[ReplyEvent], tuple[ToolCall, ...]]:
    stream, calls = ChatStream(), ToolCalls()
    passed = [event for each in chunks for event in stream.push(each) if calls.push(event) is not None]
    return passed, calls.end()


def test_text_around_calls_is_not_held_back() -> None:
    """It comes out of the very push that it went into."""
    calls = ToolCalls()
    events: list[ReplyEvent] = [
        TextDelta("One moment."),
        ToolCallDelta(0, "a", "look", ""),
        TextDelta(" I look"),
        ToolCallDelta(0, "", "", '{"at":'),
        ReasoningDelta("hm"),
        ToolCallDelta(0, "", "", " 1}"),
        Finish("tool_calls"),
        Usage(1, 2),
    ]
    passed = [calls.push(event) for event in events]
    assert passed == [None if isinstance(event, ToolCallDelta) else event for event in events]
    assert calls.end() == (ToolCall("a", "look", '{"at": 1}'),)
    assert calls.end() == ()


A = {"id": "a", "type": "function", "name": "look"}
B = {"id": "b", "type": "function", "name": "book"}
BOTH = (ToolCall("a", "look", '{"at":1}'), ToolCall("b", "book", '{"at":2}'))


@pytest.mark.parametrize(
    ("chunks", "calls"),
    [
        pytest.param(
            [
                *(chunk(piece("", index=0, **A)), chunk(piece('{"at"', index=0)), chunk(piece(":1}", index=0))),
                *(chunk(piece("", index=1, **B)), chunk(piece('{"at":2}', index=1)), chunk(finish="tool_calls")),
            ],
            BOTH,
            id="as OpenAI does",
        ),
        pytest.param(
            [
                chunk(piece("", index=0, **A), piece("", index=1, **B)),
                *(
                    chunk(piece('{"at"', index=0), piece('{"at":', index=1)),
                    chunk(piece("2}", index=1), piece(":1}", index=0)),
                ),
            ],
            BOTH,
            id="several at once, interleaved",
        ),
        pytest.param(
            [chunk(piece('{"at":1}', index=0, **A)), chunk(piece('{"at":2}', index=0, **B), finish="stop")],
            BOTH,
            id="one index for all, and a finish reason that is wrong",
        ),
        pytest.param([chunk(piece('{"at":1}', **A)), chunk(piece('{"at":2}', **B))], BOTH, id="no index"),
        pytest.param([chunk(piece('{"at":1}', **A), piece('{"at":2}', **B))], BOTH, id="no index, all at once"),
        pytest.param(
            [
                chunk(piece('{"at"', index=0, **A)),
                chunk(piece(":1}", index=0, **A)),
                chunk(piece('{"at":2}', index=1, **B)),
            ],
            BOTH,
            id="id and name in every piece",
        ),
        pytest.param(
            [chunk(piece({"at": 1}, index=0, **A))], (ToolCall("a", "look", '{"at": 1}'),), id="arguments as an object"
        ),
        pytest.param(
            [chunk(piece('{"at":1}', name="look")), chunk(piece('{"at":2}', name="book"))],
            (ToolCall("call-1", "look", '{"at":1}'), ToolCall("call-2", "book", '{"at":2}')),
            id="no ids",
        ),
        pytest.param(
            [chunk(piece('{"at":1', name="look")), chunk(piece("}", name="look"))],
            (ToolCall("call-1", "look", '{"at":1}'),),
            id="no ids, and the name in every piece",
        ),
        pytest.param([chunk(piece(None, index=0, **A))], (ToolCall("a", "look"),), id="no arguments"),
        pytest.param([chunk(piece("{", index=0, **A))], (ToolCall("a", "look", "{"),), id="cut"),
        pytest.param([chunk(piece("{}", index=0))], (ToolCall("call-1", "", "{}"),), id="no name"),
        pytest.param([chunk(content="hi", finish="tool_calls")], (), id="a finish reason without calls"),
        pytest.param([chunk(content="hi", tool_calls=None), chunk(content="", tool_calls=[])], (), id="empty lists"),
    ],
)
def test_calls_of_a_dialect(chunks: list[str], calls: tuple[ToolCall, ...]) -> None:
    """Piece by piece."""
    assert gathered(*chunks)[1] == calls


@given(st.lists(st.tuples(st.sampled_from(["look", "book"]), st.text(max_size=9)), max_size=4), st.data())
def test_calls_are_the_same_however_they_are_cut(wanted: list[tuple[str, str]], data: st.DataObject) -> None:
    """And however the pieces of several are mixed, with text between."""
    waiting = [
        [
            ToolCallDelta(at, f"id{at}", name),
            *(ToolCallDelta(at, arguments=letter) for letter in json.dumps({"x": text})),
        ]
        for at, (name, text) in enumerate(wanted)
    ]
    calls, said = ToolCalls(), 0
    started = 0
    while any(waiting):
        able = [at for at, pieces in enumerate(waiting) if pieces and at <= started]
        at = data.draw(st.sampled_from(able))
        started = max(started, at + 1)
        assert calls.push(waiting[at].pop(0)) is None
        said += calls.push(TextDelta("x")) == TextDelta("x")
    assert said == sum(1 + len(json.dumps({"x": text})) for _, text in wanted)
    assert calls.end() == tuple(
        ToolCall(f"id{at}", name, json.dumps({"x": text})) for at, (name, text) in enumerate(wanted)
    )


@given(
    st.lists(
        st.builds(
            ToolCallDelta,
            st.integers(-1, 2),
            st.sampled_from(["", "a", "b"]),
            st.sampled_from(["", "look", "book"]),
            st.sampled_from(["", "{", "}", "{}", '"']),
        )
    )
)
def test_no_piece_is_lost(deltas: list[ToolCallDelta]) -> None:
    """Whatever a server sends, every character of arguments is in some call, and calls with an id are apart."""
    calls = ToolCalls()
    for delta in deltas:
        calls.push(delta)
    found = calls.end()
    written = "".join(sorted("".join(delta.arguments for delta in deltas)))
    kept = "".join(sorted("".join(call.arguments for call in found)))
    assert len(kept) - len(written) in range(0, 2 * len(found) + 1, 2)
    ids = [call.call for call in found]
    assert len(set(ids)) == len(ids)


def test_a_flood_is_stopped() -> None:
    """Within the limit of all calls together."""
    calls = ToolCalls(limit=100)
    calls.push(ToolCallDelta(0, "a", "look", "x" * 90))
    with pytest.raises(MalformedChunk, match="at most 100 characters"):
        calls.push(ToolCallDelta(1, "b", "look", "x" * 90))
