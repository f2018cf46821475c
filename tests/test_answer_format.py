"""A model is held to a schema: in the request of each server, and by the one that is embedded."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from voiceflow import Prompt, Text
from voiceflow.answer_format import chat_format, gemini_format, responses_format
from voiceflow.flow import Ask, End, Flow
from voiceflow.frames import Message
from voiceflow.machines.answer_stream import AnswerStream
from voiceflow.machines.flow_point import Converse, Turned
from voiceflow.nodes.gemini import Gemini
from voiceflow.nodes.llamacpp import LlamaCpp
from voiceflow.nodes.openai import OpenAI
from voiceflow.nodes.openai_responses import OpenAIResponses
from voiceflow.testing import drive

SCHEMA = {
    "type": "object",
    "properties": {"size": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
    "required": ["size"],
    "additionalProperties": False,
}
PROMPT = Prompt((Message("user", "Hello."),), schema=SCHEMA)
FREE: dict[str, Any] = {"type": "object", "properties": {"anything": {}}}


def test_each_server_is_told_in_its_own_words() -> None:
    """And nothing without a schema."""
    assert chat_format(SCHEMA) == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
    }
    assert responses_format(SCHEMA) == {
        "format": {"type": "json_schema", "name": "answer", "schema": SCHEMA, "strict": True}
    }
    assert gemini_format(SCHEMA) == {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA}
    assert (chat_format(None), responses_format(None), gemini_format(None)) == (None, None, {})


def test_what_strict_mode_cannot_say_is_said_without() -> None:
    """As it is."""
    assert chat_format(FREE) == {"type": "json_schema", "json_schema": {"name": "answer", "schema": FREE}}


def test_requests_have_the_schema_of_their_prompt() -> None:
    """Each in its place."""
    assert OpenAI("m").request(PROMPT)["response_format"] == chat_format(SCHEMA)
    assert OpenAIResponses("m").request(PROMPT)["text"] == responses_format(SCHEMA)
    assert Gemini("m").request(PROMPT)["generationConfig"] == gemini_format(SCHEMA)
    plain = Prompt(PROMPT.items)
    assert OpenAI("m").request(plain).get("response_format") is None
    assert "generationConfig" not in {name for name, value in Gemini("m").request(plain).items() if value is not None}


@attrs.frozen
class Table:
    guests: int | None = None


@pytest.mark.slow
@pytest.mark.shares_model
async def test_the_embedded_model_is_held_to_the_answer_of_a_flow() -> None:
    """However small it is, what it writes is such a document; and a prompt is equal to itself, and can be hashed."""
    flow = Flow("table", Table(), [Ask("guests", instructions="You book tables.", then="end"), End("end")])
    point, converse = flow.step(flow.begin(), Turned()).point, Converse("guests", ("guests",))
    items = (Message("system", flow.told(point, converse)), Message("user", "A table for four, please."))
    prompt = Prompt(items, schema=flow.answer_schema(converse))
    assert hash(prompt) == hash(Prompt(items))
    driven = await drive(LlamaCpp(context=1024, max_tokens=80), {"prompt": [prompt]})
    text = "".join(frame.text for frame in driven["text"] if isinstance(frame, Text))
    document: dict[str, Any] = json.loads(text)
    assert set(document) == {"response_to_user", "extracted_values"}
    stream = AnswerStream()
    assert stream.push(text) == document["response_to_user"]
    assert stream.end()[1].values == document["extracted_values"]
