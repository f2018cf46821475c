"""Every kind of chunk that the libraries of those who run the servers know: what of it is read, and what passed over.

The chunks are made of the libraries' own types, so that a kind which a new version of one brings is looked at here.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

import pytest
from wires import ANTHROPIC, CHAT, GEMINI, RESPONSES, Event, Wire, content

pytestmark = pytest.mark.slow

DEEP = 3
"""How far into a chunk every choice is taken; further in it is the first."""


def samples(hint: Any, depth: int = 0) -> list[Any]:
    """Values of a type of pydantic's: all that there are of a choice, and one of anything else."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return samples(args[0], depth)
    if origin is Literal:
        return list(args)
    if origin in (Union, types.UnionType):
        return [value for each in args if each is not types.NoneType for value in samples(each, depth)]
    if origin is list:
        return [[value] for value in samples(args[0], depth + 1)]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return [member.value for member in hint]
    if hasattr(cast("object", hint), "model_fields"):
        return _objects(hint, depth)
    plain: dict[Any, Any] = {bool: False, int: 0, float: 0.0, dict: {"x": "y"}}
    return [plain.get(origin or hint, "x")]


def _objects(model: Any, depth: int) -> list[Any]:
    """One with the first value of each field, and one more for each other value of each."""
    if depth > 2 * DEEP:
        return [{}]
    fields = {field.alias or name: samples(field.annotation, depth + 1) for name, field in model.model_fields.items()}
    plain = {name: values[0] for name, values in fields.items()}
    others = fields.items() if depth < DEEP else ()
    return [plain, *({**plain, name: value} for name, values in others for value in values[1:])]


def kind_of(chunk: Event) -> str:
    """Its type, and that of what is in it."""
    parts: list[Any] = [chunk, *(chunk.get(name) for name in ("delta", "content_block", "item"))]
    return "/".join(cast(Event, part)["type"] for part in parts if isinstance(part, dict) and "type" in part)


def read(wire: Wire, chunks: Iterable[tuple[str, Event]]) -> Mapping[str, set[str]]:
    """The events of each kind of chunk, in one word; of those that have any."""
    found: dict[str, set[str]] = {}
    for kind, chunk in chunks:
        events = wire.stream().push(json.dumps(chunk))
        if events:
            found.setdefault(kind, set()).add(" ".join(type(event).__name__ for event in events))
    return found


def test_responses_of_openai() -> None:
    """Tools that the server runs itself, and sound, are its own matter."""
    from openai.types.responses import ResponseStreamEvent

    chunks = [(kind_of(each), each) for each in samples(ResponseStreamEvent)]
    assert len({each["type"] for _, each in chunks}) >= 50
    call, ended = {"ToolCallDelta"}, {"Finish Usage"}
    assert read(RESPONSES, chunks) == {
        "response.output_text.delta": {"TextDelta"},
        "response.refusal.delta": {"TextDelta"},
        "response.reasoning_text.delta": {"ReasoningDelta"},
        "response.reasoning_summary_text.delta": {"ReasoningDelta"},
        "response.output_item.added/function_call": call,
        "response.output_item.done/function_call": call,
        "response.function_call_arguments.delta": call,
        "response.completed": ended,
        "response.incomplete": ended,
        "response.failed": {"ServerFault"},
        "error": {"ServerFault"},
    }


def test_messages_of_anthropic() -> None:
    """A block may begin with what is in it. Pieces of input belong to a call that was begun: alone they are no call."""
    from anthropic.types import RawMessageStreamEvent

    chunks = [(kind_of(each), each) for each in samples(RawMessageStreamEvent)]
    assert read(ANTHROPIC, chunks) == {
        "content_block_start/text": {"TextDelta"},
        "content_block_start/thinking": {"ReasoningDelta Signature"},
        "content_block_start/redacted_thinking": {"RedactedReasoning"},
        "content_block_start/tool_use": {"ToolCallDelta"},
        "content_block_delta/text_delta": {"TextDelta"},
        "content_block_delta/thinking_delta": {"ReasoningDelta"},
        "content_block_delta/signature_delta": {"Signature"},
        "message_delta": {"Finish"},
    }


def test_chat_completions() -> None:
    """Each field of a delta by itself, and each reason of an end."""
    from openai.types.chat import ChatCompletionChunk
    from openai.types.chat.chat_completion_chunk import Choice, ChoiceDelta

    def chunk(choice: Event) -> Event:
        return {"object": "chat.completion.chunk", "choices": [choice]}

    deltas = samples(ChoiceDelta)
    chunks = [(name, chunk({"index": 0, "delta": {name: each[name]}})) for each in deltas for name in each]
    reasons = [each for each in samples(Choice) if each["finish_reason"]]
    chunks += [("finish_reason", chunk({**each, "delta": {}})) for each in reasons]
    chunks += [("usage", {**each, "choices": []}) for each in samples(ChatCompletionChunk)]
    assert read(CHAT, chunks) == {
        "content": {"TextDelta"},
        "refusal": {"TextDelta"},
        "tool_calls": {"ToolCallDelta"},
        "finish_reason": {"Finish"},
        "usage": {"Usage"},
    }


def test_contents_of_gemini() -> None:
    """Each kind of part by itself, and each reason of an end, of which some are faults."""
    from google.genai.types import FinishReason, Part

    [part, *_] = samples(Part)
    chunks = [(name, content({name: value})) for name, value in part.items()]
    assert len(chunks) >= 10
    assert read(GEMINI, chunks) == {
        "text": {"TextDelta"},
        "functionCall": {"ToolCallDelta"},
        "thoughtSignature": {"Signature"},
    }
    ends = [
        ("finish", content(finish=reason.value)) for reason in FinishReason if not reason.value.endswith("SPECIFIED")
    ]
    assert read(GEMINI, ends) == {"finish": {"Finish", "ServerFault"}}
