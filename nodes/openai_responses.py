"""OpenAI's Responses API, over httpx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from voiceflow import Prompt
from voiceflow.answer_format import responses_format
from voiceflow.chat import to_responses
from voiceflow.machines.openai_responses import ResponseStream
from voiceflow.served_model import ServedModel, http_url
from voiceflow.tools import responses_tools


@attrs.define(eq=False)
class OpenAIResponses(ServedModel):
    """Answers each prompt with a streamed response of OpenAI's.

    The conversation is sent whole, and the server is asked to keep nothing of it. How much the model reasons before it
    speaks is said in `extra`: `{"reasoning": {"effort": "low"}}`. `base_url` usually ends in /v1. The rest is as in
    `ServedModel`.
    """

    base_url: str = attrs.field(default="https://api.openai.com/v1", kw_only=True, validator=http_url)
    key_env: str | None = attrs.field(default="OPENAI_API_KEY", kw_only=True)

    def path(self) -> str:
        return "responses"

    def headers(self, key: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {key}"} if key else {}

    def request(self, prompt: Prompt) -> Mapping[str, Any]:
        return {
            "model": self.model,
            "input": to_responses(prompt.items),
            "tools": responses_tools(prompt.tools) or None,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_output_tokens": self.max_tokens,
            "text": responses_format(prompt.schema),
            "store": False,
            "stream": True,
        }

    def reply_stream(self) -> ResponseStream:
        return ResponseStream()
