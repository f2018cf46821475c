from __future__ import annotations

import gc
import json
from collections.abc import Callable
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
    raised,
    reset,
    said,
    serving,
    values,
    whole,
)

from voiceflow import Message, Prompt, ProviderError, Text
from voiceflow.machines.restart import RestartPolicy
from voiceflow.nodes.openai import OpenAI
from voiceflow.testing import Driven, check_llm, drive


def chunk(**delta: object) -> str:
    return json.dumps(
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}
    )  # the rest is decor


def sse(*data: str) -> bytes:
    return b"".join(f"data: {item}\n\n".encode() for item in data)


STOP = json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
USAGE = json.dumps({"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 2, "total_tokens": 14}})
HELLO = sse(
    chunk(role="assistant", content=""), chunk(content="Hello"), chunk(content=" there."), STOP, USAGE, "[DONE]"
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def node(server: Server, **settings: Any) -> OpenAI:
    quick: dict[str, Any] = {"prewarm": False, "backoff": 0.001}
    return OpenAI("small", base_url=server.url, **(quick | settings))


async def refused(server: Server, into: Driven | None = None, **settings: Any) -> ProviderError:
    """The error that one answer ends in, which names the node and the host."""
    error = await failure(node(server, **settings), into)
    assert "openai at 127.0.0.1:" in str(error)
    return error


async def test_a_reply_is_streamed_piece_by_piece_with_its_milestones_marked() -> None:
    """Each delta is one `Text`; first token, finish reason and usage are marks."""
    async with serving(whole(answer(HELLO))) as server:
        driven = await drive(node(server), {"prompt": [PROMPT]})
    assert driven["text"] == [Text("Hello"), Text(" there.")]
    assert marks(driven) == ["llm.first_token", "llm.finish", "llm.usage"]
    assert values(driven, "llm.finish") == [{"reason": "stop"}]
    assert values(driven, "llm.usage") == [{"prompt": 12, "completion": 2, "cached": 0, "reasoning": 0}]


async def test_it_keeps_the_contract_of_a_language_model() -> None:
    """Prompts of any text, none, and cancelled ones."""
    async with serving(whole(answer(HELLO))) as server:
        await check_llm(lambda: node(server))


async def test_the_request_holds_the_conversation_and_only_the_settings_given() -> None:
    """None means: the server's default. `extra` adds, and takes out with None."""
    async with serving(whole(answer(HELLO))) as server:
        wanted = node(server, temperature=0, max_tokens=9, extra={"user": "u", "stream_options": None})
        await drive(wanted, {"prompt": [Prompt((*PROMPT.messages, Message("assistant", "")))]})
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert request.body == {
        "model": "small",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": WORDS}],
        "stream": True,
        "temperature": 0,
        "max_tokens": 9,
        "user": "u",
    }


async def test_half_a_surrogate_pair_in_the_conversation_is_replaced() -> None:
    """Text that has no encoding does not stop a reply."""
    async with serving(whole(answer(HELLO))) as server:
        await drive(node(server), {"prompt": [Prompt((Message("user", "a\ud83db \U0001f600"),))]})
    assert server.requests[0].body["messages"] == [{"role": "user", "content": "a\ufffdb \U0001f600"}]


async def test_a_second_prompt_and_the_prewarmed_connection_use_one_socket() -> None:
    """Connections live as long as the session."""
    async with serving(whole(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n"), whole(answer(HELLO))) as server:
        driven = await drive(node(server, prewarm=True), {"prompt": [0.2, PROMPT, PROMPT]})
    assert said(driven) == "Hello there." * 2
    assert [request.method for request in server.requests] == ["HEAD", "POST", "POST"]
    assert server.connections == 1


async def test_reasoning_is_never_text() -> None:
    """What the model thinks is left out under each name that it goes by."""
    body = sse(chunk(reasoning_content="hm"), chunk(reasoning="hm"), chunk(content="Yes."), STOP, "[DONE]")
    async with serving(whole(answer(body))) as server:
        assert said(await drive(node(server), {"prompt": [PROMPT]})) == "Yes."


async def test_a_stream_that_stays_open_after_the_finish_reason_ends_the_reply() -> None:
    """Neither `[DONE]` nor the end of the connection is waited for beyond a moment."""
    async with serving(hang(endless(sse(chunk(content="Yes."), STOP)))) as server:
        assert said(await drive(node(server), {"prompt": [PROMPT]})) == "Yes."
        await server.left()


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_busy_server_is_asked_again(status: int) -> None:
    """Before the first token, a fault that may pass is met by another try."""
    async with serving(whole(answer(b"{}", status)), whole(answer(HELLO))) as server:
        driven = await drive(node(server), {"prompt": [PROMPT]})
    assert said(driven) == "Hello there."
    assert marks(driven)[0] == "llm.retry"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "broken", [reset, cut(b"HTTP/1.1 200 OK\r\ncontent-ty"), cut(endless(b"")), cut(endless(b'data: {"ch'))]
)
async def test_a_connection_that_breaks_before_the_first_token_is_made_again(broken: Play) -> None:
    """Nothing was said yet, so nothing can be said twice."""
    async with serving(broken, whole(answer(HELLO))) as server:
        assert said(await drive(node(server), {"prompt": [PROMPT]})) == "Hello there."


async def test_retry_after_is_obeyed() -> None:
    """The server's wish goes before the node's own back-off."""
    async with serving(whole(answer(b"", 429, Retry_After="0")), whole(answer(HELLO))) as server:
        driven = await drive(node(server, backoff=60), {"prompt": [PROMPT]})
    assert said(driven) == "Hello there."
    assert values(driven, "llm.retry") == [{"attempt": 1, "seconds": 0.0}]


async def test_a_retry_after_beyond_the_deadline_fails_at_once() -> None:
    """Waiting for a deadline that is bound to pass helps no caller."""
    async with serving(whole(answer(b"", 429, Retry_After="3600"))) as server:
        error = await refused(server)
    assert (error.retryable, error.failure, error.wait) == (True, "quota", 3600.0)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
async def test_a_refusal_for_good_is_not_retried(status: int) -> None:
    """A wrong key or model is told at once, with the server's code and none of its words."""
    body = json.dumps({"error": {"message": f"{SECRET} {WORDS}", "type": "some_type", "code": "some_code"}})
    async with serving(whole(answer(body.encode(), status, "application/json"))) as server:
        error = await refused(server)
    assert not error.retryable
    assert len(server.requests) == 1
    assert f"got {status} (some_type/some_code)" in str(error)


async def test_a_wrong_key_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """And where none was sent, the setting that sends one."""
    monkeypatch.setenv("MY_KEY", SECRET)
    unsent = "Check the key: none was sent; key_env (--key-env) names its variable."
    for key_env, told in (("MY_KEY", "Check the key in MY_KEY."), (None, unsent)):
        async with serving(whole(answer(b"{}", 401, "application/json"))) as server:
            assert str(await refused(server, key_env=key_env)).endswith(told)


async def test_an_exhausted_quota_is_not_retried() -> None:
    """It comes as 429, and waiting does not help."""
    body = json.dumps({"error": {"message": "x", "type": "insufficient_quota", "code": "insufficient_quota"}})
    async with serving(whole(answer(body.encode(), 429, "application/json"))) as server:
        error = await refused(server)
    assert (error.retryable, error.failure, error.wait) == (False, "quota", None)


@pytest.mark.parametrize(
    ("play", "retryable", "got"),
    [
        (whole(answer(b"<html>", 200, "text/html")), False, "got text/html"),
        (whole(answer(b"<html>", 502, "text/html")), True, "got 502"),
        (whole(answer(b"{}", 200, "application/json")), False, "got application/json"),
        (whole(answer(b"", 302, location="http://127.0.0.1:1/")), False, "got 302"),
        (whole(answer(sse("{nonsense"))), True, "9 characters that are none"),
        (whole(answer(sse("[1]"))), True, "another JSON value"),
        (whole(answer(b"")), True, "got the end of the stream"),
        (whole(answer(sse('{"error": {"type": "overloaded", "message": "x"}}'))), True, "got overloaded"),
        (whole(answer(sse('{"error": {"type": "invalid_request_error"}}'))), False, "got invalid_request_error"),
        (cut(endless(b'data: {"choi')), True, "got half an event"),
        (cut(b"no http at all\r\n\r\n"), True, "is no HTTP"),
        (reset, True, "is no HTTP"),
    ],
)
async def test_what_is_no_answer_is_a_clear_error(play: Play, retryable: bool, got: str) -> None:
    """Each names what was expected, what came, and whether it may pass."""
    async with serving(play) as server:
        error = await refused(server, retries=0)
    assert error.retryable is retryable
    assert "expected" in str(error)
    assert got in str(error)


async def test_no_server_at_all_is_retryable() -> None:
    """A refused connection is told with the host."""
    async with serving(reset) as server:
        pass
    error = await refused(server)
    assert error.retryable
    assert "no connection" in str(error)


@pytest.mark.parametrize(
    "begun", [b"", endless(b""), endless(b": keep-alive\n\n"), endless(sse(chunk(role="assistant")))]
)
async def test_silence_before_the_first_token_meets_the_deadline(begun: bytes) -> None:
    """Headers, comments and empty chunks are no words; the socket is closed."""
    async with serving(hang(begun)) as server:
        error = await refused(server, first_token=0.05)
        await server.left()
    assert error.retryable
    assert "first text within 0.05 s" in str(error)


async def test_silence_in_mid_reply_is_an_error_and_not_a_retry() -> None:
    """Something was said, so the node does not begin again by itself."""
    driven = Driven({})
    async with serving(hang(endless(sse(chunk(content="Once"))))) as server:
        error = await refused(server, driven, silence=0.05)
        await server.left()
    assert said(driven) == "Once"
    assert error.retryable
    assert len(server.requests) == 1


async def test_the_first_piece_of_a_call_is_a_first_token() -> None:
    """It lifts that deadline, and is not asked for a second time."""
    begun = chunk(tool_calls=[{"index": 0, "id": "a", "function": {"name": "look", "arguments": "{"}}])
    driven = Driven({})
    async with serving(hang(endless(sse(begun)))) as server:
        error = await refused(server, driven, first_token=0.05, silence=0.15)
        await server.left()
    assert "expected the rest of the reply, got nothing for 0.15 s" in str(error)
    assert len(server.requests) == 1
    assert len(values(driven, "llm.first_token")) == 1
    assert driven.items == []


@pytest.mark.parametrize("rest", [b"", b'data: {"cho', sse('{"error": {"code": 500}}')])
async def test_a_reply_that_breaks_is_replayed_without_repeating_a_character(rest: bytes) -> None:
    """The next incarnation asks again, and what was sent already is dropped from its answer."""
    broken = cut(endless(sse(chunk(content="Hel"), chunk(content="lo th")) + rest))
    async with serving(broken, whole(answer(HELLO))) as server:
        driven = await drive(node(server), {"prompt": [PROMPT]}, restarts=RestartPolicy(attempts=2))
    assert said(driven) == "Hello there."


async def test_cancelling_closes_the_socket_at_once() -> None:
    """The server sees the end of the connection, not the end of its own patience."""
    async with serving(hang(endless(sse(chunk(content="Once"))))) as server, trio.open_nursery() as nursery:
        nursery.start_soon(drive, node(server), {"prompt": [PROMPT]})
        await server.sent.wait()
        nursery.cancel_scope.cancel(reason="barge-in")
    gc.collect()


async def test_cancelling_while_the_ear_is_slow_closes_the_socket() -> None:
    """A full wire holds the node back; cancelling it there leaks no generator and no socket."""
    body = sse(*(chunk(content=f"word {n} ") for n in range(200)))
    async with serving(hang(endless(body))) as server, trio.open_nursery() as nursery:
        llm = node(server)
        deaf: Any = _Deaf(trio.Event())
        async with llm.open(deaf):
            nursery.start_soon(llm.run, deaf)
            await deaf.waiting.wait()
            nursery.cancel_scope.cancel(reason="barge-in")
    gc.collect()


@attrs.frozen
class _Deaf:
    """The ports of a node whose text nobody takes."""

    waiting: trio.Event

    def __getitem__(self, port: Any) -> Any:
        return self

    def __aiter__(self) -> _Deaf:
        return self

    async def __anext__(self) -> Prompt:
        return PROMPT

    def now(self) -> int:
        return 0

    def mark(self, name: str, **values: object) -> None: ...

    async def compute(self, fn: Callable[..., Any], *args: object, model: str, width: int = 1) -> Any:
        return fn(*args)

    async def send(self, frame: object) -> None:
        self.waiting.set()
        await trio.sleep_forever()


@pytest.mark.parametrize("value", [None, "", "sk-with\nnewline", "sk-é"])
async def test_a_missing_or_impossible_key_is_told_by_the_name_of_its_variable(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the session opens, before any caller waits; the value is not quoted."""
    if value is None:
        monkeypatch.delenv("OPENAI_API_KEY")
    else:
        monkeypatch.setenv("OPENAI_API_KEY", value)
    error = await raised(OpenAI("small"))
    assert isinstance(error, ProviderError)
    assert not error.retryable
    assert "environment variable OPENAI_API_KEY" in str(error)
    assert not value or value not in str(error)


async def test_no_key_is_sent_where_none_is_wanted() -> None:
    """Servers of one's own need none."""
    async with serving(whole(answer(HELLO))) as server:
        await drive(node(server, key_env=None), {"prompt": [PROMPT]})
    assert "authorization" not in server.requests[0].headers


async def test_the_key_is_in_no_repr_and_no_mark() -> None:
    """It lives in the client's headers alone, which show no secrets."""
    async with serving(whole(answer(HELLO))) as server:
        llm = node(server)
        driven = await drive(llm, {"prompt": [PROMPT]})
    assert SECRET not in repr(llm) + repr(driven) + repr(attrs.asdict(llm, recurse=False))


@pytest.mark.parametrize("url", ["api.openai.com/v1", "ftp://x/v1", "http://", "https://me:secret@x/v1"])
def test_a_url_that_is_none_or_holds_a_password_is_refused(url: str) -> None:
    """At construction, without quoting it."""
    with pytest.raises(ValueError, match="base_url is http") as caught:
        OpenAI("small", base_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("setting", ["connect", "first_token", "silence", "backoff"])
def test_times_are_above_zero(setting: str) -> None:
    """A deadline of no time or of no number is a mistake."""
    for value in (0, -1, float("inf"), float("nan")):
        settings: dict[str, Any] = {setting: value}
        with pytest.raises(ValueError, match=f"{setting} is a number of seconds"):
            OpenAI("small", **settings)


@pytest.mark.slow
async def test_the_official_client_reads_what_this_test_server_sends_as_the_node_does() -> None:
    """The wire that these tests write is held to OpenAI's own library: same text, finish reason and usage."""
    import openai

    def ask(url: str) -> list[Any]:
        with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
            messages: Any = [{"role": "user", "content": "Hello?"}]
            return list(client.chat.completions.create(model="small", messages=messages, stream=True))

    async with serving(whole(answer(HELLO))) as server:
        theirs = await trio.to_thread.run_sync(ask, server.url)
        ours = await drive(node(server), {"prompt": [PROMPT]})
    choices = [choice for item in theirs for choice in item.choices]
    assert "".join(choice.delta.content or "" for choice in choices) == said(ours) == "Hello there."
    assert [{"reason": choice.finish_reason} for choice in choices if choice.finish_reason] == values(
        ours, "llm.finish"
    )
    [usage] = [item.usage for item in theirs if item.usage]
    assert values(ours, "llm.usage")[0].items() >= {"prompt": usage.prompt_tokens, "completion": 2}.items()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "kind"), [(401, "AuthenticationError"), (404, "NotFoundError"), (429, "RateLimitError")]
)
async def test_the_official_client_reads_a_refusal_with_the_same_code(status: int, kind: str) -> None:
    """What the node tells as type and code are those that OpenAI's library finds."""
    import openai

    def ask(url: str) -> openai.APIStatusError:
        with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
            messages: Any = [{"role": "user", "content": "Hello?"}]
            with pytest.raises(openai.APIStatusError) as caught:
                client.chat.completions.create(model="small", messages=messages, stream=True)
            return caught.value

    body = json.dumps({"error": {"message": "x", "type": "some_type", "code": "some_code"}}).encode()
    async with serving(whole(answer(body, status, "application/json"))) as server:
        theirs = await trio.to_thread.run_sync(ask, server.url)
        ours = await refused(server, retries=0)
    assert type(theirs).__name__ == kind
    assert f"got {theirs.status_code} ({theirs.type}/{theirs.code})" in str(ours)
