"""The nodes that ask a server's model, each by its own protocol: all that is the same for all of them."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import pytest
import trio
from model_server import (
    PROMPT,
    SECRET,
    WORDS,
    Play,
    Server,
    answer,
    cut,
    endless,
    failure,
    hang,
    marks,
    reset,
    said,
    serving,
    values,
    whole,
)
from wires import ANTHROPIC, CHAT, GEMINI, RESPONSES, SAID, Wire

from voiceflow import FallbackPolicy, Message, Prompt
from voiceflow.items import ToolCall, ToolOutput
from voiceflow.machines.restart import RestartPolicy
from voiceflow.nodes.anthropic import Anthropic
from voiceflow.nodes.gemini import Gemini
from voiceflow.nodes.openai import OpenAI
from voiceflow.nodes.openai_responses import OpenAIResponses
from voiceflow.served_model import ServedModel
from voiceflow.testing import Driven, check_llm, drive
from voiceflow.tools import Tool, tool


@tool
def look(at: str) -> str:
    """Look at something."""
    return f"seen {at}"


@tool
def book() -> str:
    """Book it."""
    return "booked"


TOOLS: list[Tool[..., Any]] = [look, book]


@attrs.frozen
class Served:
    """One of the nodes, and the wire that it reads."""

    kind: Callable[..., ServedModel]
    wire: Wire
    path: str
    key: tuple[str, str]

    def node(self, server: Server, **settings: Any) -> ServedModel:
        quick: dict[str, Any] = {"prewarm": False, "backoff": 0.001, "key_env": "SOME_KEY"}
        return self.kind("small", base_url=server.url, **(quick | settings))

    def plain(self) -> Play:
        return whole(answer(self.wire.plain))


BEARER = ("authorization", f"Bearer {SECRET}")
ALL = [
    Served(OpenAI, CHAT, "/v1/chat/completions", BEARER),
    Served(partial(Anthropic, version="2023-06-01"), ANTHROPIC, "/v1/messages", ("x-api-key", SECRET)),
    Served(Gemini, GEMINI, "/v1/models/small:streamGenerateContent?alt=sse", ("x-goog-api-key", SECRET)),
    Served(OpenAIResponses, RESPONSES, "/v1/responses", BEARER),
]
each = pytest.mark.parametrize("served", ALL, ids=lambda served: served.wire.name)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", SECRET)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


async def test_anthropic_keeps_the_contract_of_a_language_model() -> None:
    """Prompts of any text, none, and cancelled ones."""
    async with serving(whole(answer(ANTHROPIC.plain))) as server:
        await check_llm(lambda: Anthropic("small", base_url=server.url, key_env="SOME_KEY"))


async def test_gemini_keeps_the_contract_of_a_language_model() -> None:
    """Prompts of any text, none, and cancelled ones."""
    async with serving(whole(answer(GEMINI.plain))) as server:
        await check_llm(lambda: Gemini("small", base_url=server.url, key_env="SOME_KEY"))


async def test_responses_keep_the_contract_of_a_language_model() -> None:
    """Prompts of any text, none, and cancelled ones."""
    async with serving(whole(answer(RESPONSES.plain))) as server:
        await check_llm(lambda: OpenAIResponses("small", base_url=server.url, key_env="SOME_KEY"))


@each
async def test_tools_are_called_and_the_model_is_asked_again(served: Served) -> None:
    """What is said before the calls is text, what is thought is not, and what it cost is marked."""
    async with serving(whole(answer(served.wire.busy)), served.plain()) as server:
        prompt = attrs.evolve(PROMPT, tools=tuple(TOOLS))
        driven = await drive(served.node(server), {"prompt": [prompt]}, tools=TOOLS)
    assert said(driven).split("\n\n") == [SAID, "Hello there."]
    calls = [item for item in driven.items if isinstance(item, ToolCall)]
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [("look", {"at": "ä"}), ("book", {})]
    # They work side by side, and any of them may be the first.
    assert sorted(item.text for item in driven.items if isinstance(item, ToolOutput)) == ["booked", "seen ä"]
    assert values(driven, "llm.finish") == [{"reason": "tool_calls"}, {"reason": "stop"}]
    assert values(driven, "llm.usage")[0] == {"prompt": 20, "completion": 9, "cached": 16, "reasoning": 4}
    [first, second] = [json.dumps(request.body, ensure_ascii=False) for request in server.requests]
    assert all(told in first for told in ("Look at something.", WORDS, "Be brief."))
    assert all(told in second for told in ("seen ä", "booked", SAID))
    assert "seen ä" not in first


@each
async def test_the_key_is_in_its_header_and_nowhere_else(served: Served) -> None:
    """In no URL, body, repr or mark; where none is wanted, none is sent."""
    async with serving(served.plain()) as server:
        llm = served.node(server)
        driven = await drive(llm, {"prompt": [PROMPT]})
        await drive(served.node(server, key_env=None), {"prompt": [PROMPT]})
    [request, without] = server.requests
    name, value = served.key
    assert (request.method, request.path) == ("POST", served.path)
    assert request.headers[name] == value
    assert SECRET not in request.path + json.dumps(request.body) + repr(llm) + repr(driven)
    assert SECRET not in str([text for header, text in request.headers.items() if header != name])
    assert name not in without.headers


@each
async def test_one_connection_is_used_for_every_prompt(served: Served) -> None:
    """As long as the session lasts."""
    async with serving(served.plain()) as server:
        driven = await drive(served.node(server), {"prompt": [PROMPT, PROMPT, PROMPT]})
    assert said(driven) == "Hello there." * 3
    assert (len(server.requests), server.connections) == (3, 1)


@each
@pytest.mark.parametrize("status", [429, 500, 529])
async def test_a_busy_server_is_asked_again(served: Served, status: int) -> None:
    """Before the first token."""
    async with serving(whole(answer(b"<html>", status, "text/html")), served.plain()) as server:
        driven = await drive(served.node(server), {"prompt": [PROMPT]})
    assert said(driven) == "Hello there."
    assert marks(driven)[0] == "llm.retry"


@each
async def test_what_is_no_reply_is_a_clear_error(served: Served) -> None:
    """A page, another protocol's stream, half a line, nothing, a cut reply, and a fault that the server tells."""
    other = RESPONSES if served.wire is not RESPONSES else CHAT
    plays: list[tuple[Play, bool, str]] = [
        (whole(answer(b"<html>", 200, "text/html")), False, "got text/html"),
        (whole(answer(b"<html>", 401, "text/html")), False, "got 401"),
        (whole(answer(other.plain)), True, "expected "),
        (cut(endless(b'data: {"type')), True, "got half an event"),
        (cut(endless(b"")), True, "got the end of the stream"),
        (reset, True, "is no HTTP"),
        (whole(answer(served.wire.fault)), True, "expected the rest of the reply"),
    ]
    for play, retryable, told in plays:
        async with serving(play) as server:
            error = await failure(served.node(server, retries=0))
        assert (error.retryable, told in str(error)) == (retryable, True), error


@each
async def test_the_kind_of_a_refusal_is_told_without_its_words(served: Served) -> None:
    """In each server's own form."""
    bodies = [
        {"error": {"message": SECRET, "type": "some_kind", "code": None}},
        {"type": "error", "error": {"type": "some_kind", "message": SECRET}, "request_id": "r"},
        {"error": {"code": 403, "message": SECRET, "status": "some_kind"}},
        [{"error": {"code": 403, "message": SECRET, "status": "some_kind"}}],
    ]
    for body in bodies:
        async with serving(whole(answer(json.dumps(body).encode(), 403, "application/json"))) as server:
            error = await failure(served.node(server))
        assert not error.retryable
        assert "got 403 (some_kind" in str(error)
        assert len(server.requests) == 1


@each
async def test_a_fault_in_mid_reply_is_no_reason_to_begin_again(served: Served) -> None:
    """Something was said; the node fails, and its next incarnation repeats no character."""
    driven = Driven({})
    broken = cut(endless(served.wire.begun + served.wire.fault))
    async with serving(broken, served.plain()) as server:
        assert (await failure(served.node(server), driven)).retryable
        assert (said(driven), len(server.requests)) == ("Hello", 1)
    async with serving(broken, served.plain()) as server:
        again = await drive(served.node(server), {"prompt": [PROMPT]}, restarts=RestartPolicy(attempts=2))
    assert said(again) == "Hello there."


@each
async def test_what_is_no_text_does_not_hold_off_the_deadline(served: Served) -> None:
    """Comments are sent by servers that are stuck, too; the socket is closed."""
    async with serving(hang(endless(b": ping\n\nevent: ping\n\n"))) as server:
        error = await failure(served.node(server, first_token=0.05))
        await server.left()
    assert error.retryable
    assert "first text within 0.05 s" in str(error)


@each
async def test_cancelling_closes_the_socket_at_once(served: Served) -> None:
    """The server sees the end of the connection, not the end of its own patience."""
    async with serving(hang(endless(served.wire.begun))) as server:
        driven = Driven({})
        async with trio.open_nursery() as nursery:

            async def run() -> None:
                await drive(served.node(server), {"prompt": [PROMPT]}, into=driven)

            nursery.start_soon(run)
            await driven.gave("text", 1)
            nursery.cancel_scope.cancel(reason="barge-in")
        await server.left()
    gc.collect()


FAILING: dict[str, Callable[[Wire], Play]] = {
    "hangs": lambda wire: hang(b""),
    "hangs in mid-reply": lambda wire: hang(endless(wire.begun)),
    "is cut in mid-reply": lambda wire: cut(endless(wire.begun)),
    "tells a fault in mid-reply": lambda wire: whole(answer(wire.begun + wire.fault)),
    "refuses": lambda wire: whole(answer(b"{}", 401, "application/json")),
}


@pytest.mark.slow
@each
@pytest.mark.parametrize("how", FAILING)
async def test_another_server_goes_on_where_one_fails(served: Served, how: str) -> None:
    """By another protocol: the answer is there once, also the word in which the first broke off; that one is left."""
    other = ALL[ALL.index(served) - 1]
    async with serving(FAILING[how](served.wire)) as server, serving(other.plain()) as second:
        first = served.node(server, retries=0)
        node = first.or_else(other.node(second), policy=FallbackPolicy(patience=0.2))
        driven = await drive(node, {"prompt": [PROMPT]}, restarts=RestartPolicy())
        await server.left()
    assert said(driven) == "Hello there."
    assert len(second.requests) == 1
    assert marks(driven).count("llm.finish") == 1
    gc.collect()


@each
async def test_a_key_that_is_missing_is_told_by_its_variable(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the session opens; each service has a variable of its own by default."""
    for node in (served.kind("small", key_env="SOME_KEY"), served.kind("small")):
        assert node.key_env
        monkeypatch.delenv(node.key_env, raising=False)
        assert f"environment variable {node.key_env}" in str(await failure(node))


@each
async def test_settings_are_sent_in_the_words_of_the_protocol(served: Served) -> None:
    """What is not set is the server's own; `extra` goes into objects, and takes out with None."""
    words: dict[str, dict[str, Any]] = {
        "chat completions": {"temperature": 0.5, "top_p": 0.9, "max_tokens": 9},
        "Anthropic messages": {"temperature": 0.5, "top_p": 0.9, "max_tokens": 9},
        "Gemini contents": {"generationConfig": {"temperature": 0.5, "topP": 0.9, "maxOutputTokens": 9}},
        "OpenAI responses": {"temperature": 0.5, "top_p": 0.9, "max_output_tokens": 9},
    }
    async with serving(served.plain()) as server:
        await drive(served.node(server), {"prompt": [PROMPT]})
        await drive(served.node(server, temperature=0.5, top_p=0.9, max_tokens=9), {"prompt": [PROMPT]})
        extra = {"generationConfig": {"x": {"y": 1}}, "stream": None}
        await drive(served.node(server, temperature=0.5, extra=extra), {"prompt": [PROMPT]})
    [bare, full, more] = [request.body for request in server.requests]
    assert not {"temperature", "top_p", "topP", "generationConfig", "tools", "seed"} & bare.keys()
    assert full.items() >= words[served.wire.name].items()
    assert more["generationConfig"]["x"] == {"y": 1}
    assert ("temperature" in more["generationConfig"]) == (served.wire is GEMINI)
    assert "stream" not in more


async def test_anthropic_is_told_what_to_keep() -> None:
    """The system, which stands behind the tools, and the last message; the tools where there is no system."""
    async with serving(whole(answer(ANTHROPIC.plain))) as server:
        for prompt, cache in ((PROMPT, True), (Prompt(PROMPT.items[1:]), True), (PROMPT, False)):
            llm = Anthropic("small", base_url=server.url, key_env="SOME_KEY", prewarm=False, cache=cache)
            await drive(llm, {"prompt": [attrs.evolve(prompt, tools=(look,))]}, tools=[look])
    marked = [
        [name for name in ("tools", "system", "messages") if "cache_control" in json.dumps(request.body.get(name))]
        for request in server.requests
    ]
    assert marked == [["system", "messages"], ["tools", "messages"], []]
    assert server.requests[0].headers["anthropic-version"] == "2026-10-21"
    assert "system" not in server.requests[1].body


async def test_anthropic_is_told_of_tools_that_were_called_and_are_no_more() -> None:
    """Its server refuses calls in a request without tools; these cannot be called again."""
    items = (*PROMPT.items, ToolCall("a", "look"), ToolOutput("a", "seen"), Message("user", "Thanks."))
    async with serving(whole(answer(ANTHROPIC.plain))) as server:
        llm = Anthropic("small", base_url=server.url, key_env="SOME_KEY", prewarm=False)
        for told, tools in ((items, []), (PROMPT.items, []), (items, [book])):
            await drive(llm, {"prompt": [Prompt(told, tuple(tools))]}, tools=tools)
    past, plain, other = (request.body for request in server.requests)
    assert ([tool["name"] for tool in past["tools"]], past["tool_choice"]) == (["look"], {"type": "none"})
    assert "tools" not in plain
    assert "tool_choice" not in plain
    assert ([tool["name"] for tool in other["tools"]], other.get("tool_choice")) == (["book"], None)


async def test_the_call_that_gemini_signed_goes_back_with_its_signature() -> None:
    """Its models refuse it without."""
    async with serving(whole(answer(GEMINI.busy)), whole(answer(GEMINI.plain))) as server:
        llm = Gemini("models/small", base_url=server.url, key_env="SOME_KEY", prewarm=False)
        await drive(llm, {"prompt": [attrs.evolve(PROMPT, tools=(look, book))]}, tools=TOOLS)
    parts = [part for content in server.requests[1].body["contents"] for part in content["parts"]]
    assert [part.get("thoughtSignature") for part in parts if "functionCall" in part] == ["c2ln", None]


async def test_the_thought_that_anthropic_signed_goes_back_before_the_calls() -> None:
    """Its models refuse the calls without."""
    async with serving(whole(answer(ANTHROPIC.busy)), whole(answer(ANTHROPIC.plain))) as server:
        llm = Anthropic("small", base_url=server.url, key_env="SOME_KEY", prewarm=False)
        await drive(llm, {"prompt": [attrs.evolve(PROMPT, tools=(look, book))]}, tools=TOOLS)
    [turn] = [turn for turn in server.requests[1].body["messages"] if turn["role"] == "assistant"]
    kinds = [block["type"] for block in turn["content"]]
    assert {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"} in turn["content"]
    assert kinds.index("thinking") < kinds.index("tool_use")


@pytest.mark.parametrize(
    ("model", "path"),
    [("small", "models/small"), ("models/small", "models/small"), ("tunedModels/a?b", "tunedModels/a%3Fb")],
)
def test_what_a_model_of_gemini_is_called(model: str, path: str) -> None:
    """With or without the kind of it; nothing in it ends the path."""
    assert Gemini(model).path() == f"{path}:streamGenerateContent?alt=sse"


def test_settings_that_cannot_work_are_refused() -> None:
    """At construction, by name."""
    wrong: list[tuple[Callable[..., ServedModel], dict[str, Any]]] = [
        *((kind, {"base_url": "ftp://x"}) for kind in (Anthropic, Gemini, OpenAIResponses)),
        *((kind, {"temperature": 2.5}) for kind in (Anthropic, Gemini, OpenAIResponses)),
        *((Anthropic, {"temperature": 1.5}), (Anthropic, {"max_tokens": None}), (Gemini, {"max_tokens": 0})),
        *((Anthropic, {"temperature": 0.5}), (Anthropic, {"top_p": 0.5}), (Anthropic, {"version": "newest"})),
    ]
    for kind, settings in wrong:
        with pytest.raises((ValueError, TypeError), match=next(iter(settings))):
            kind("small", **settings)
