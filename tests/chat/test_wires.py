"""Conversations as OpenAI, Anthropic and Gemini have them: what their own libraries take, and back again."""

from __future__ import annotations

import json
from contextlib import suppress
from functools import partial
from typing import Any

import attrs
import pytest
from anthropic.types import MessageParam, TextBlockParam
from google.genai.types import Content
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionMessageParam
from openai.types.responses import ResponseInputParam
from pydantic import TypeAdapter
from strategies import IMAGES, TEXT, histories, png

from voiceflow import ProviderError
from voiceflow.chat import (
    History,
    from_anthropic,
    from_gemini,
    from_openai,
    to_anthropic,
    to_gemini,
    to_openai,
    to_responses,
)
from voiceflow.chat.sent import sent
from voiceflow.items import Image, Item, Message, Part, Thought, ToolCall, ToolOutput

OPENAI: TypeAdapter[Any] = TypeAdapter(list[ChatCompletionMessageParam])
ANTHROPIC: TypeAdapter[Any] = TypeAdapter(list[MessageParam])
RESPONSES: TypeAdapter[Any] = TypeAdapter(ResponseInputParam)
SYSTEM: TypeAdapter[Any] = TypeAdapter(list[TextBlockParam])
PICTURE = Image(png())
SAID = TEXT.filter(lambda text: bool(text.strip()) and not text.startswith(("(", "<")))


@st.composite
def conversations(draw: st.DrawFn) -> list[Item]:
    """What every wire can say: roles take turns, calls have their outputs, and the user begins and ends."""
    items: list[Item] = [Message("system", draw(SAID))] if draw(st.booleans()) else []
    for turn in range(draw(st.integers(0, 3))):
        items.append(_user(draw))
        calls = [f"c{turn}{number}" for number in range(draw(st.integers(0, 2)))]
        given = st.dictionaries(TEXT, TEXT | st.integers(), max_size=2).map(json.dumps)
        if draw(st.booleans()) and len(calls) > 0:
            items.append(Message("assistant", draw(SAID)))
        items += [ToolCall(call, draw(st.sampled_from(["look", "book"])), draw(given)) for call in calls]
        items += [ToolOutput(call, draw(SAID)) for call in calls]
        items.append(Message("assistant", draw(SAID)))
    return [*items, _user(draw)]


def _user(draw: st.DrawFn) -> Message:
    parts = st.lists(SAID | IMAGES.map(lambda image: attrs.evolve(image, detail="auto")), min_size=1, max_size=3)
    return Message("user", draw(parts.filter(lambda parts: bool(Message("user", parts).parts))))


def dumped(value: object) -> None:
    """It can be sent: JSON in UTF-8."""
    json.dumps(value, ensure_ascii=False).encode()


@settings(max_examples=50)
@given(histories())
def test_what_is_sent_to_openai_is_what_its_library_takes(history: History) -> None:
    """Tools are answered right after the message that calls them."""
    messages = to_openai(history.items)
    OPENAI.validate_python(messages)
    dumped(messages)
    for place, message in enumerate(messages):
        calls = [call["id"] for call in message.get("tool_calls", [])]
        answers = [other.get("tool_call_id") for other in messages[place + 1 : place + 1 + len(calls)]]
        assert calls == answers
        assert all(
            isinstance(json.loads(call["function"]["arguments"]), dict) for call in message.get("tool_calls", [])
        )


@settings(max_examples=50)
@given(histories())
def test_what_is_sent_as_input_of_a_response_is_what_its_library_takes(history: History) -> None:
    """Every call is answered right after its batch, and by an id of its own."""
    told = to_responses(history.items)
    RESPONSES.validate_python(told)
    dumped(told)
    calls: list[str] = []
    for item in told:
        if item["type"] == "function_call":
            calls.append(item["call_id"])
            assert isinstance(json.loads(item["arguments"]), dict)
        elif calls:
            assert (item["type"], item["call_id"]) == ("function_call_output", calls.pop(0))
    assert calls == []


@settings(max_examples=50)
@given(histories(), st.booleans())
def test_what_is_sent_to_anthropic_is_what_its_library_takes(history: History, cache: bool) -> None:
    """Roles take turns from the user to the user; outputs come first; no text is blank."""
    prompt = to_anthropic(history.items, cache=cache)
    ANTHROPIC.validate_python(prompt.messages)
    SYSTEM.validate_python(prompt.system)
    dumped(attrs.asdict(prompt))
    roles = [message["role"] for message in prompt.messages]
    assert roles == ["user", *["assistant", "user"] * (len(roles) // 2)]
    called: list[str] = []
    for message in prompt.messages:
        kinds = [block["type"] for block in message["content"]]
        assert kinds
        assert [b["tool_use_id"] for b in message["content"][: len(called)] if b["type"] == "tool_result"] == called
        assert kinds.count("tool_result") == len(called)
        called = [block["id"] for block in message["content"] if block["type"] == "tool_use"]
        assert all(block["text"].strip() for block in message["content"] if block["type"] == "text")
    marks = str(prompt).count("cache_control")
    assert marks == (bool(prompt.system) + 1 if cache else 0)


@settings(max_examples=50)
@given(histories())
def test_what_is_sent_to_gemini_is_what_its_library_takes(history: History) -> None:
    """After a turn with calls comes one with as many responses, and nothing of the user's but images."""
    prompt = to_gemini(history.items)
    read = [Content.model_validate(content) for content in prompt.contents]
    Content.model_validate(prompt.system or {})
    dumped(attrs.asdict(prompt))
    assert (read[0].role, read[-1].role) == ("user", "user")
    called: list[str | None] = []
    for content in read:
        assert content.parts
        answers = [part.function_response.id for part in content.parts if part.function_response]
        assert answers == called
        assert not (called and any(part.text for part in content.parts))
        called = [part.function_call.id for part in content.parts if part.function_call]


def same(items: list[Item]) -> list[Item]:
    """With arguments as JSON writes them."""
    return [
        attrs.evolve(item, arguments=json.dumps(json.loads(item.arguments))) if isinstance(item, ToolCall) else item
        for item in items
    ]


@settings(max_examples=50)
@given(conversations())
def test_what_was_sent_can_be_read(items: list[Item]) -> None:
    """By all three, and is what it was."""
    assert list(from_openai(to_openai(items))) == items
    prompt = to_anthropic(items, cache=True)
    assert list(from_anthropic(prompt.system, prompt.messages)) == same(items)
    gemini = to_gemini(items)
    assert list(from_gemini(gemini.system, gemini.contents)) == same(items)


def test_the_assistant_greets_and_has_the_last_word() -> None:
    """Where the user must begin and end, they are made to, and it is not read back."""
    items: list[Item] = [Message("assistant", "Good morning."), Message("user", "Hi."), Message("assistant", "So?")]
    prompt, gemini = to_anthropic(items), to_gemini(items)
    assert [block["text"] for m in prompt.messages for block in m["content"]] == [
        *("(the conversation begins)", "Good morning.", "Hi.", "So?", "(go on)")
    ]
    assert list(from_anthropic(prompt.system, prompt.messages)) == items
    assert list(from_gemini(gemini.system, gemini.contents)) == items


def test_a_system_message_in_the_middle() -> None:
    """OpenAI has a place for it; to the others the user says it, marked."""
    items: list[Item] = [Message("system", "Be brief."), Message("user", "Bye."), Message("system", "Say goodbye.")]
    assert [message["role"] for message in to_openai(items)] == ["system", "user", "system"]
    prompt, gemini = to_anthropic(items), to_gemini(items)
    assert prompt.messages[0]["content"][1]["text"] == "<system>Say goodbye.</system>"
    assert list(from_anthropic(prompt.system, prompt.messages)) == items
    assert list(from_gemini(gemini.system, gemini.contents)) == items


def test_signatures_go_back_to_who_signed() -> None:
    """Gemini's with the call or the text, Anthropic's with the thought; nobody else sees them."""
    items: list[Item] = [
        Message("user", "Look."),
        Thought("I should look.", "signed by Claude"),
        Thought("unsigned"),
        ToolCall("a", "look", "{}", signature="c2lnbmVk"),
        ToolOutput("a", "a cat"),
        Message("assistant", "A cat.", signature="YWxzbw=="),
        Message("user", "Thanks."),
    ]
    gemini = to_gemini(items)
    assert [part.get("thoughtSignature") for content in gemini.contents for part in content["parts"]] == [
        *(None, "c2lnbmVk", None, "YWxzbw==", None)
    ]
    assert list(from_gemini(gemini.system, gemini.contents)) == [items[0], *items[3:]]
    assert to_anthropic(items).messages[1]["content"] == [
        {"type": "thinking", "thinking": "I should look.", "signature": "signed by Claude"},
        {"type": "tool_use", "id": "a", "name": "look", "input": {}},
    ]
    assert not any(word in json.dumps(to_openai(items)) for word in ("sign", "YWxzbw==", "c2lnbmVk"))
    assert to_gemini([Message("assistant", "A cat.", signature="no base64")]).contents[1]["parts"] == [
        {"text": "A cat."}
    ]


def test_a_thought_that_nobody_may_read_goes_back_as_it_came() -> None:
    """To Anthropic, and to nobody else."""
    items: list[Item] = [Message("user", "Look."), Thought("", "x1", form="redacted"), ToolCall("a", "look")]
    items.append(ToolOutput("a", "a cat"))
    prompt = to_anthropic(items)
    assert prompt.messages[1]["content"][0] == {"type": "redacted_thinking", "data": "x1"}
    assert list(from_anthropic(prompt.system, prompt.messages)) == items
    assert "x1" not in json.dumps(to_openai(items)) + json.dumps(to_gemini(items).contents)


def test_an_image_goes_where_the_wire_allows_it() -> None:
    """From the user, or from a tool; elsewhere it is told of."""
    data = PICTURE.url.partition(",")[2]
    items: list[Item] = [
        Message("user", ["What is this?", PICTURE]),
        Message("assistant", ["This:", PICTURE]),
        ToolCall("a", "look"),
        ToolOutput("a", ["seen", Image("https://example.org/cat.png")]),
    ]
    url = {"url": PICTURE.url, "detail": "auto"}
    messages = to_openai(items)
    assert messages[0]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": url},
    ]
    assert messages[1]["content"] == "This:[an image]"
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "user"]
    content = to_anthropic(items).messages
    source = {"type": "base64", "media_type": "image/png", "data": data}
    assert content[0]["content"][1] == {"type": "image", "source": source}
    assert content[2]["content"][0]["content"][1]["source"] == {"type": "url", "url": "https://example.org/cat.png"}
    contents = to_gemini(items).contents
    assert contents[0]["parts"][1] == {"inlineData": {"mimeType": "image/png", "data": data}}
    assert contents[2]["parts"][1] == {"fileData": {"fileUri": "https://example.org/cat.png"}}


def test_the_input_of_a_response() -> None:
    """Messages, calls and outputs side by side; images where they may stand."""
    items: list[Item] = [
        *(
            Message("system", "Be brief."),
            Message("user", ["What is this?", Image("https://example.org/cat.png", "low")]),
        ),
        *(Thought("Hm.", "signed"), ToolCall("a", "look", "no JSON"), ToolOutput("a", ["seen", PICTURE])),
        Message("assistant", ["This:", PICTURE]),
    ]
    url = "https://example.org/cat.png"
    assert to_responses(items) == [
        {"type": "message", "role": "system", "content": "Be brief."},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "What is this?"},
                {"type": "input_image", "image_url": url, "detail": "low"},
            ],
        },
        {"type": "function_call", "call_id": "a", "name": "look", "arguments": "{}"},
        {
            "type": "function_call_output",
            "call_id": "a",
            "output": [
                {"type": "input_text", "text": "seen"},
                {"type": "input_image", "image_url": PICTURE.url, "detail": "auto"},
            ],
        },
        {"type": "message", "role": "assistant", "content": "This:[an image]"},
    ]


def test_ids_that_anthropic_refuses() -> None:
    """Become others, still unlike each other, and the outputs with them."""
    items: list[Item] = [
        *(ToolCall("a.1", "look"), ToolCall("a 1", "look"), ToolCall("a_1", "look")),
        *(ToolOutput("a 1", "2"), ToolOutput("a.1", "1"), ToolOutput("a_1", "3")),
    ]
    messages = to_anthropic(items).messages
    assert [block["id"] for block in messages[1]["content"]] == ["a_1", "a_1_", "a_1__"]
    assert [(b["tool_use_id"], b["content"][0]["text"]) for b in messages[2]["content"]] == [
        *(("a_1", "1"), ("a_1_", "2"), ("a_1__", "3"))
    ]


def test_gemini_without_ids() -> None:
    """Responses belong to the calls of their name, in order."""
    call: dict[str, Any] = {"functionCall": {"name": "look", "args": {}}}
    answers: list[dict[str, Any]] = [
        {"functionResponse": {"name": "look", "response": {"cats": each}}} for each in (1, 2)
    ]
    contents = [{"role": "model", "parts": [call, call]}, {"role": "user", "parts": answers}]
    assert from_gemini(None, contents) == (
        *(ToolCall("call-0", "look"), ToolCall("call-1", "look")),
        *(ToolOutput("call-0", '{"cats": 1}'), ToolOutput("call-1", '{"cats": 2}')),
    )


def test_old_ways_of_openai_are_read() -> None:
    """Its developer is the system, and some servers write arguments as an object."""
    function = {"name": "look", "arguments": {"at": 1}}
    messages: list[dict[str, Any]] = [
        {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
        {"role": "assistant", "tool_calls": [{"id": "a", "function": function}]},
    ]
    assert from_openai(messages) == (Message("system", "Be brief."), ToolCall("a", "look", '{"at": 1}'))


BAD: list[Any] = [
    {"role": "robot", "content": "secret"},
    {"role": "user", "content": 7},
    {"role": "user", "content": [{"type": "sound", "text": "secret"}]},
    {"role": "user", "content": [{"type": "text", "text": 7}]},
    {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "secret"}}]},
    {
        "role": "user",
        "content": [{"type": "image", "source": {"type": "base64", "media_type": "a/b", "data": "secret"}}],
    },
    {"role": "tool", "content": "secret"},
    {"role": "assistant", "tool_calls": [{"id": "a"}]},
    {"role": ["user"], "content": "secret"},
    None,
    "secret",
]


@pytest.mark.parametrize("message", BAD)
def test_what_is_no_message_is_told(message: dict[str, Any]) -> None:
    """Where it is wrong, and nothing of what it says."""
    with pytest.raises(ProviderError, match=r"messages\[0\].*expected") as caught:
        from_openai([message])
    assert "secret" not in str(caught.value)
    with pytest.raises(ProviderError, match=r"messages\[0\].*expected") as caught:
        from_anthropic("", [message])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("part", [{}, {"text": 7}, {"inlineData": {"mimeType": "a/b", "data": "secret"}}, None])
def test_what_is_no_content_is_told(part: object) -> None:
    """Where it is wrong."""
    with pytest.raises(ProviderError, match=r"contents\[0\].parts.*expected") as caught:
        from_gemini(None, [{"parts": part and [part]}])
    assert "secret" not in str(caught.value)


_USED = {"type": "tool_use", "id": "a", "name": "f"}


def _call_of(value: object) -> dict[str, Any]:
    return {"id": "a", "function": {"name": "f", "arguments": {"x": value}}}


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(
        [
            *(
                "user",
                "model",
                "assistant",
                "tool",
                "text",
                "image",
                "image_url",
                "tool_use",
                "tool_result",
                "url",
                "base64",
            ),
            *("url", "base64", "data:image/png;base64,AAAA", "https://example.org", "image/png", "AAAA"),
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [
                    *(
                        "role",
                        "content",
                        "parts",
                        "type",
                        "text",
                        "image_url",
                        "url",
                        "tool_calls",
                        "function",
                        "name",
                        "id",
                    ),
                    *(
                        "arguments",
                        "source",
                        "media_type",
                        "data",
                        "input",
                        "tool_use_id",
                        "functionCall",
                        "functionResponse",
                    ),
                    *(
                        "args",
                        "response",
                        "inlineData",
                        "mimeType",
                        "fileData",
                        "fileUri",
                        "thoughtSignature",
                        "detail",
                    ),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=14,
)


@given(st.lists(ANYTHING, max_size=2), ANYTHING)
@settings(max_examples=150)
def test_whatever_a_program_wrote_is_read_or_told_to_be_wrong(messages: Any, system: Any) -> None:
    """By the one error."""
    for read in (
        from_openai,
        partial(from_anthropic, ""),
        partial(from_gemini, {"parts": [system]}),
        partial(from_gemini, {"parts": system}),
    ):
        with suppress(ProviderError):
            assert isinstance(read(messages), tuple)


def test_what_is_nested_without_end_is_told() -> None:
    """Where it stands."""
    deep: list[Any] = []
    for _ in range(10**5):
        deep = [deep]
    for read, message in (
        (from_openai, {"role": "assistant", "tool_calls": [_call_of(deep)]}),
        (partial(from_anthropic, ""), {"role": "assistant", "content": [{**_USED, "input": {"x": deep}}]}),
        (partial(from_gemini, None), {"parts": [{"functionCall": {"name": "f", "args": {"x": deep}}}]}),
    ):
        with pytest.raises(ProviderError, match="expected what JSON can say, and not too deep"):
            read([message])


@given(st.text(st.characters()))
def test_any_text_can_be_sent(text: str) -> None:
    """Halves of surrogate pairs are replaced."""
    parts: list[Part] = [text, PICTURE]
    items: list[Item] = [Message("user", parts), ToolCall(text, text, text), ToolOutput(text, text)]
    for value in (
        to_openai(items),
        to_responses(items),
        attrs.asdict(to_anthropic(items)),
        attrs.asdict(to_gemini(items)),
    ):
        dumped(value)
    assert len(sent(items)) == 3
