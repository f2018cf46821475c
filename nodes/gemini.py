"""The Gemini API, over httpx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import attrs

from voiceflow import Prompt
from voiceflow.answer_format import gemini_format
from voiceflow.chat import to_gemini
from voiceflow.machines.gemini_content import ContentStream
from voiceflow.served_model import ServedModel, http_url
from voiceflow.tools import gemini_tools


@attrs.define(eq=False)
class Gemini(ServedModel):
    """Answers each prompt with content that a model of Google's generates.

    The key is sent in a header, and stands in no URL. How much the model thinks before it speaks is said in `extra`:
    `{"generationConfig": {"thinkingConfig": {"thinkingBudget": 0}}}`. The rest is as in `ServedModel`.
    """

    base_url: str = attrs.field(
        default="https://generativelanguage.googleapis.com/v1beta", kw_only=True, validator=http_url
    )
    key_env: str | None = attrs.field(default="GEMINI_API_KEY", kw_only=True)
    seed: int | None = attrs.field(default=None, kw_only=True)

    def path(self) -> str:
        name = self.model if "/" in self.model else f"models/{self.model}"  # others are tunedModels/...
        return f"{quote(name)}:streamGenerateContent?alt=sse"

    def headers(self, key: str) -> Mapping[str, str]:
        return {"x-goog-api-key": key} if key else {}

    def request(self, prompt: Prompt) -> Mapping[str, Any]:
        told = to_gemini(prompt.items)
        sampling = {
            "temperature": self.temperature,
            "topP": self.top_p,
            "maxOutputTokens": self.max_tokens,
            "seed": self.seed,
            **gemini_format(prompt.schema),
        }
        return {
            "systemInstruction": told.system,
            "contents": told.contents,
            "tools": gemini_tools(prompt.tools) or None,
            "generationConfig": {name: value for name, value in sampling.items() if value is not None} or None,
        }

    def reply_stream(self) -> ContentStream:
        return ContentStream()
