"""Chat completions as servers that speak them in their own way send them: the same reply by all."""

from __future__ import annotations

from typing import Any

import pytest
from wires import chat, sse

from voiceflow.chat_completions import Answer
from voiceflow.items import ToolCall
from voiceflow.machines.reply import Finish, ReasoningDelta, ReplyEvent, TextDelta, Usage

HELLO = [TextDelta("Hello"), TextDelta(" there.")]
SAID = (chat(content="Hello"), chat(content=" there."))
STOP = chat("stop")
COUNTS = {"prompt_tokens": 20, "completion_tokens": 9}
EMPTY: dict[str, Any] = {**chat(), "choices": []}


def read(stream: bytes) -> tuple[list[ReplyEvent], tuple[Any, ...]]:
    """What is said, and what is called."""
    answer = Answer("llm at host")
    return list(answer.push(stream)), answer.end()


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        pytest.param(sse(*SAID, STOP, "[DONE]"), [*HELLO, Finish("stop")], id="no usage"),
        pytest.param(sse(chat(role="assistant"), *SAID, STOP), [*HELLO, Finish("stop")], id="a role alone"),
        pytest.param(sse(EMPTY, *SAID, EMPTY, STOP), [*HELLO, Finish("stop")], id="chunks without choices"),
        pytest.param(sse(*SAID, STOP), [*HELLO, Finish("stop")], id="no [DONE]"),
        pytest.param(sse(*SAID, "[DONE]"), HELLO, id="no finish reason"),
        pytest.param(
            sse(*SAID, {**STOP, "usage": COUNTS}), [*HELLO, Finish("stop"), Usage(20, 9)], id="usage beside the reason"
        ),
        pytest.param(
            sse(*SAID, STOP, {**EMPTY, "usage": COUNTS}), [*HELLO, Finish("stop"), Usage(20, 9)], id="usage by itself"
        ),
        pytest.param(
            sse({**SAID[0], "usage": None}, SAID[1], STOP), [*HELLO, Finish("stop")], id="usage that is null till then"
        ),
        pytest.param(
            sse(chat(reasoning_content="Hm.", content=None), *SAID, STOP),
            [ReasoningDelta("Hm."), *HELLO, Finish("stop")],
            id="reasoning_content",
        ),
        pytest.param(
            sse(chat(reasoning="Hm.", content=""), *SAID, STOP),
            [ReasoningDelta("Hm."), *HELLO, Finish("stop")],
            id="reasoning",
        ),
        pytest.param(
            b": waiting\n\n" + sse(*SAID, STOP, end="\r\n"),
            [*HELLO, Finish("stop")],
            id="comments, CR LF",
        ),
        pytest.param(
            b"".join(sse(each).replace(b"data: ", b"data:") for each in (*SAID, STOP)),
            [*HELLO, Finish("stop")],
            id="no space after the colon",
        ),
    ],
)
def test_a_reply_in_a_dialect(stream: bytes, said: list[ReplyEvent]) -> None:
    """What is missing is not missed, and what is more is read past."""
    assert read(stream) == (said, ())


@pytest.mark.parametrize("finish", ["tool_calls", "stop"])
@pytest.mark.parametrize(
    "calls",
    [
        [{"id": "a", "function": {"name": "look", "arguments": '{"at": 1}'}}],
        [{"index": 0, "id": "a", "function": {"name": "look", "arguments": {"at": 1}}}],
        [{"index": 0, "id": "a", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}],
    ],
    ids=["no index", "arguments as an object", "whole"],
)
def test_a_call_in_a_dialect(calls: list[Any], finish: str) -> None:
    """Whatever the finish reason says."""
    assert read(sse(chat(tool_calls=calls), chat(finish), "[DONE]"))[1] == (ToolCall("a", "look", '{"at": 1}'),)
