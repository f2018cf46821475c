"""The nodes that ask a server, against one that others wrote: llama.cpp's, with SmolLM2, over HTTP on loopback."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from typing import Any

import pytest
from model_server import said, values
from opening_hours import ANSWER, TEMPLATE, opening_hours
from opening_hours import PROMPT as PROMPT_FOR_TOOL

from voiceflow import Message, Prompt
from voiceflow.items import ToolCall, ToolOutput
from voiceflow.models import locate
from voiceflow.nodes.anthropic import Anthropic
from voiceflow.nodes.openai import OpenAI
from voiceflow.nodes.openai_responses import OpenAIResponses
from voiceflow.served_model import ServedModel
from voiceflow.testing import check_llm, drive
from voiceflow.tools import tool

pytestmark = [pytest.mark.slow, pytest.mark.shares_model]

KEY = "not-a-secret"
SYSTEM = Message("system", "You answer in one short sentence.")
PROMPT = Prompt((SYSTEM, Message("user", "What is the capital of France?")))


@tool
def weather(city: str) -> str:
    """Tell the weather.

    Args:
        city: where.
    """
    return f"sunny in {city}"


@cache
def server(template: str = "") -> Any:
    """One for all tests with this template; it stays with the process."""
    params: Any = import_module("xllamacpp").CommonParams()
    params.model.path = str(locate("smollm2-135m-instruct"))
    params.n_parallel, params.n_ctx, params.n_batch, params.n_ubatch = 1, 1024, 128, 128
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.cache_ram_mib = 0
    params.hostnames, params.port, params.api_keys, params.n_threads_http = ["127.0.0.1"], 0, [KEY], 2
    if template:
        params.chat_template = template
    params.ui, params.fit_params, params.verbosity = False, False, -1
    return import_module("xllamacpp").Server(params)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def node(kind: Callable[..., ServedModel], template: str = "", **settings: Any) -> ServedModel:
    # A busy machine of few cores: what is tested is the wire, not how soon the model speaks.
    patient: dict[str, Any] = {"first_token": 60.0, "silence": 60.0, "temperature": 0.0, "max_tokens": 24}
    url = f"{server(template).listening_address}/v1"
    return kind("smollm2", base_url=url, key_env="SOME_KEY", prewarm=False, **(patient | settings))


old_anthropic = partial(Anthropic, version="2023-06-01")  # which can be told a temperature
KINDS: list[Callable[..., ServedModel]] = [OpenAI, old_anthropic, OpenAIResponses]
each = pytest.mark.parametrize("kind", KINDS, ids=["chat completions", "messages", "responses"])


async def test_the_reply_is_the_same_by_every_protocol() -> None:
    """Piece by piece, with the reason of its end and its cost."""
    runs = [await drive(node(kind), {"prompt": [PROMPT]}) for kind in KINDS]
    assert "Paris" in said(runs[0])
    assert [said(run) for run in runs] == [said(runs[0])] * 3
    for run in runs:
        assert len(run["text"]) > 3
        assert values(run, "llm.finish") == [{"reason": "stop"}]
        assert values(run, "llm.usage")[0]["completion"] == values(runs[0], "llm.usage")[0]["completion"]
        assert values(run, "llm.usage")[0]["prompt"] == values(runs[0], "llm.usage")[0]["prompt"]


@pytest.mark.parametrize("kind", KINDS[:2], ids=["chat completions", "messages"])  # its responses do not say so
async def test_a_reply_that_reaches_its_bound_says_so(kind: Callable[..., ServedModel]) -> None:
    """In the same word by every protocol."""
    prompt = Prompt((SYSTEM, Message("user", "Tell me a long story about the sea.")))
    assert values(await drive(node(kind, max_tokens=4), {"prompt": [prompt]}), "llm.finish") == [{"reason": "length"}]


@each
async def test_tools_and_what_came_of_them_are_read(kind: Callable[..., ServedModel]) -> None:
    """Offered, called and answered: the server takes it all, though this model's template leaves tools out of what it
    is told, so that it calls none itself."""
    calls = [ToolCall("a", "weather", '{"city": "Rome"}'), ToolCall("b", "weather", "no JSON")]
    outputs = [ToolOutput("a", "It is raining in Rome."), ToolOutput("b", "expected a JSON object", error=True)]
    prompt = Prompt((SYSTEM, Message("user", "How is the weather in Rome?"), *calls, *outputs), (weather,))
    driven = await drive(node(kind), {"prompt": [prompt]}, tools=[weather])
    assert len(said(driven)) > 3
    assert driven.items == []


@each
async def test_the_model_calls_a_tool_and_tells_what_it_was_given(kind: Callable[..., ServedModel]) -> None:
    """The server makes a call of what the model writes, streams it in pieces, and reads its output back."""
    driven = await drive(node(kind, TEMPLATE.read_text()), {"prompt": [PROMPT_FOR_TOOL]}, tools=[opening_hours])
    call, output = driven.items
    assert isinstance(call, ToolCall)
    assert (call.name, json.loads(call.arguments)) == ("opening_hours", {"day": "Tuesday"})
    assert output == ToolOutput(call.call, "ten to six on Tuesday")
    assert said(driven) == ANSWER


async def test_the_reply_is_held_to_a_schema() -> None:
    """JSON that it describes, streamed like any text."""
    fields = {"city": {"type": "string", "enum": ["Paris", "Rome"]}, "sure": {"type": "boolean"}}
    schema = {"type": "object", "properties": fields, "required": ["city", "sure"], "additionalProperties": False}
    extra = {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}}
    driven = await drive(node(OpenAI, extra=extra, max_tokens=48), {"prompt": [PROMPT]})
    found = json.loads(said(driven))
    assert found.keys() == {"city", "sure"}
    assert found["city"] in ("Paris", "Rome")
    assert len(driven["text"]) > 3


async def test_the_nodes_keep_the_contract_of_a_language_model() -> None:
    """With a real model behind them."""
    await check_llm(lambda: node(OpenAI, max_tokens=8))
