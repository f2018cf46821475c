"""The test servers' wires and the nodes' requests, held to the libraries of those who run the real servers.

Each library reads what a test server sends, and so does our node: same text, calls and cost. The server sees both
requests: same path, same headers, and what our node says is what the library's own types allow.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import trio
from model_server import Play, Request, answer, failure, said, serving, values, whole
from pydantic import TypeAdapter
from wires import ANTHROPIC, CHAT, GEMINI, RESPONSES, SAID, Wire

from voiceflow import Message, Prompt
from voiceflow.items import Image, ToolCall, ToolOutput
from voiceflow.nodes.anthropic import Anthropic
from voiceflow.nodes.gemini import Gemini
from voiceflow.nodes.openai import OpenAI
from voiceflow.nodes.openai_responses import OpenAIResponses
from voiceflow.served_model import ServedModel
from voiceflow.testing import drive
from voiceflow.tools import tool

pytestmark = pytest.mark.slow

KEY = "some-key"


@tool
def look(at: str, closely: bool = False) -> str:
    """Look at something."""
    return f"seen {at} {closely}"


@tool
def book() -> str:
    """Book it."""
    return "booked"


PICTURE = Image("https://example.org/cat.png")
PROMPT = Prompt((Message("system", "Be brief."), Message("user", ["What is this?", PICTURE])), (look, book))


@attrs.frozen
class Read:
    """What was read of a reply: its text, its calls with ids where the server gave some, and its cost in tokens."""

    text: str
    calls: list[tuple[str, str, Any]]
    prompt: int
    completion: int
    cached: int


def chat(url: str) -> Read:
    import openai

    messages: Any = [{"role": "user", "content": "Hello?"}]
    told: Any = {"include_usage": True}
    client = openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0)
    with client, client.chat.completions.stream(model="small", messages=messages, stream_options=told) as stream:
        done = stream.get_final_completion()
    message, usage = done.choices[0].message, done.usage
    assert usage
    assert usage.prompt_tokens_details
    calls = [(each.id, each.function.name, json.loads(each.function.arguments)) for each in message.tool_calls or []]
    cached = usage.prompt_tokens_details.cached_tokens or 0
    return Read(message.content or "", calls, usage.prompt_tokens, usage.completion_tokens, cached)


def responses(url: str) -> Read:
    import openai

    client = openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0)
    with client, client.responses.stream(model="small", input="Hello?") as stream:
        done = stream.get_final_response()
    usage = done.usage
    assert usage
    called = [each for each in done.output if each.type == "function_call"]
    calls = [(each.call_id, each.name, json.loads(each.arguments)) for each in called]
    cached = usage.input_tokens_details.cached_tokens
    return Read(done.output_text, calls, usage.input_tokens, usage.output_tokens, cached)


def claude(url: str) -> Read:
    import anthropic

    messages: Any = [{"role": "user", "content": "Hello?"}]
    client = anthropic.Anthropic(base_url=url, api_key=KEY, max_retries=0)
    with client, client.messages.stream(model="small", max_tokens=9, messages=messages) as stream:
        done = stream.get_final_message()
    usage = done.usage
    cached = usage.cache_read_input_tokens or 0
    prompt = usage.input_tokens + cached + (usage.cache_creation_input_tokens or 0)
    text = "".join(block.text for block in done.content if block.type == "text")
    calls = [(block.id, block.name, block.input) for block in done.content if block.type == "tool_use"]
    return Read(text, calls, prompt, usage.output_tokens, cached)


def gemini(url: str) -> Read:
    from google.genai import Client
    from google.genai.types import HttpOptions

    client = Client(api_key=KEY, http_options=HttpOptions(base_url=url, api_version="v1beta"))
    chunks = list(client.models.generate_content_stream(model="small", contents="Hello?"))
    client.close()
    parts = [part for chunk in chunks for part in (chunk.parts or [])]
    text = "".join(part.text or "" for part in parts if not part.thought)
    called = [part.function_call for part in parts if part.function_call]
    calls = [(each.id or "", each.name or "", each.args) for each in called]
    usage = chunks[-1].usage_metadata
    assert usage
    completion = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
    return Read(text, calls, usage.prompt_token_count or 0, completion, usage.cached_content_token_count or 0)


def chat_takes(body: Any) -> None:
    from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming

    TypeAdapter(CompletionCreateParamsStreaming).validate_python(body)


def responses_take(body: Any) -> None:
    from openai.types.responses.response_create_params import ResponseCreateParamsStreaming

    TypeAdapter(ResponseCreateParamsStreaming).validate_python(body)


def claude_takes(body: Any) -> None:
    from anthropic.types.message_create_params import MessageCreateParamsStreaming

    TypeAdapter(MessageCreateParamsStreaming).validate_python(body)


def gemini_takes(body: Any) -> None:
    from google.genai.types import Content, GenerationConfig, Tool

    kinds: dict[str, Any] = {"contents": list[Content], "systemInstruction": Content, "tools": list[Tool]}
    kinds["generationConfig"] = GenerationConfig
    assert body.keys() <= kinds.keys()
    for name, value in body.items():
        TypeAdapter[Any](kinds[name]).validate_python(value)


@attrs.frozen
class Pair:
    """A library and our node, the headers that both send, and what the library says that a request may be.

    `unnamed` are the calls for which the server gives no id.
    """

    wire: Wire
    read: Callable[[str], Read]
    kind: Callable[..., ServedModel]
    version: str
    headers: list[str]
    takes: Callable[[Any], None]
    unnamed: tuple[str, ...] = ()


PAIRS = [
    Pair(CHAT, chat, OpenAI, "v1", ["authorization"], chat_takes),
    Pair(ANTHROPIC, claude, Anthropic, "v1", ["anthropic-version"], claude_takes),
    Pair(GEMINI, gemini, Gemini, "v1beta", ["x-goog-api-key"], gemini_takes, ("book",)),
    Pair(RESPONSES, responses, OpenAIResponses, "v1", ["authorization"], responses_take),
]


async def both(pair: Pair, *plays: Play) -> tuple[Read, Read, list[Request]]:
    """What the library and our node read of the same answer, and what both asked."""
    async with serving(*plays) as server:
        root = server.url.removesuffix("/v1")
        theirs = await trio.to_thread.run_sync(pair.read, root)
        llm = pair.kind("small", base_url=f"{root}/{pair.version}", key_env="SOME_KEY", prewarm=False)
        driven = await drive(llm, {"prompt": [PROMPT]}, tools=[look, book])
    usage: dict[str, Any] = values(driven, "llm.usage")[0]
    calls = [
        ("" if item.name in pair.unnamed else item.call, item.name, json.loads(item.arguments))
        for item in driven.items
        if isinstance(item, ToolCall)
    ]
    text = said(driven).partition("\n\n")[0]
    return theirs, Read(text, calls, usage["prompt"], usage["completion"], usage["cached"]), server.requests


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.wire.name)
async def test_the_library_and_the_node_read_the_same(pair: Pair) -> None:
    """Text, calls and cost of a reply with all that its wire has; both ask in the same place."""
    busy, plain = whole(answer(pair.wire.busy)), whole(answer(pair.wire.plain))
    theirs, ours, requests = await both(pair, busy, busy, plain)
    assert theirs == ours == Read(SAID, [(*ours.calls[0][:2], {"at": "ä"}), (*ours.calls[1][:2], {})], 20, 9, 16)
    assert [name for _, name, _ in ours.calls] == ["look", "book"]
    [asked, first, second] = requests
    assert (asked.method, asked.path) == (first.method, first.path) == (second.method, second.path)
    for name in pair.headers:
        assert asked.headers[name] == first.headers[name]
    for request in (first, second):
        pair.takes(request.body)


@pytest.mark.parametrize("tools", [PROMPT.tools, ()], ids=["tools", "none any more"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.wire.name)
async def test_what_follows_tools_is_what_the_library_takes(pair: Pair, tools: Any) -> None:
    """Outputs with and without images, errors, and what nobody answered; also for an agent that has no tools."""
    items = (
        *(
            ToolCall("a", "look", '{"at": "ä", "closely": null}'),
            ToolCall("b", "look", "no JSON"),
            ToolCall("c", "book"),
        ),
        *(ToolOutput("a", ["seen", PICTURE]), ToolOutput("b", "no", error=True), Message("assistant", "Done.")),
        Message("user", "Thanks."),
    )
    async with serving(whole(answer(pair.wire.plain))) as server:
        llm = pair.kind("small", base_url=server.url, key_env="SOME_KEY", prewarm=False, max_tokens=9)
        await drive(llm, {"prompt": [Prompt((*PROMPT.items, *items), tools)]})
    pair.takes(server.requests[0].body)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.wire.name)
async def test_an_error_in_mid_stream_is_one_for_the_library(pair: Pair) -> None:
    """Where it reads the stream. Our node tells it as a fault that may pass, without the server's words."""
    stream = pair.wire.begun + pair.wire.fault
    async with serving(whole(answer(stream))) as server:
        root = server.url.removesuffix("/v1")
        with pytest.raises(Exception, match=r"secret|Didn't receive a `response.completed`") as caught:
            await trio.to_thread.run_sync(pair.read, root)
        assert "site-packages" in str(caught.traceback[-1].path)
        failed = await failure(pair.kind("small", base_url=f"{root}/{pair.version}", key_env="SOME_KEY", prewarm=False))
    assert failed.retryable
