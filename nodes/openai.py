"""Any server that speaks OpenAI's chat completions, over httpx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from voiceflow import Prompt
from voiceflow.answer_format import chat_format
from voiceflow.chat_completions import ChatStream, request
from voiceflow.served_model import ServedModel, http_url


@attrs.define(eq=False)
class OpenAI(ServedModel):
    """Answers each prompt with a streamed chat completion, from OpenAI or from any server that speaks as it does.

    `base_url` usually ends in /v1. The rest is as in `ServedModel`.
    """

    base_url: str = attrs.field(default="https://api.openai.com/v1", kw_only=True, validator=http_url)
    key_env: str | None = attrs.field(default="OPENAI_API_KEY", kw_only=True)
    seed: int | None = attrs.field(default=None, kw_only=True)

    def path(self) -> str:
        return "chat/completions"

    def headers(self, key: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {key}"} if key else {}

    def request(self, prompt: Prompt) -> Mapping[str, Any]:
        return request(
            prompt.items,
            prompt.tools,
            model=self.model,
            stream_options={"include_usage": True},
            temperature=self.temperature,
            max_tokens=self.max_tokens,
            top_p=self.top_p,
            seed=self.seed,
            response_format=chat_format(prompt.schema),
        )

    def reply_stream(self) -> ChatStream:
        return ChatStream()
