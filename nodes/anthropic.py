"""Anthropic's Messages API, over httpx."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
from attrs import validators as must

from voiceflow import Prompt
from voiceflow.chat import to_anthropic
from voiceflow.machines.anthropic_messages import MessageStream
from voiceflow.served_model import ServedModel, http_url
from voiceflow.tools import anthropic_tools

_UNSAMPLED = "2026-10-21"
"""The version of the protocol from which on a request that says how to sample is refused."""
_ANY: Final = {"type": "object"}


@attrs.define(eq=False)
class Anthropic(ServedModel):
    """Answers each prompt with a streamed message of Claude's.

    With `cache`, the server keeps what it has read of the conversation for some minutes, so that the next turn is
    answered sooner and costs less; short conversations it does not keep. `max_tokens` must be said here. `version` is
    that of the protocol; from 2026-10-21 on `temperature` and `top_p` are in it no more. The rest is as in
    `ServedModel`.

    Source: "Versions" and "Migrating to API version 2026-10-21" in Anthropic's documentation.
    """

    base_url: str = attrs.field(default="https://api.anthropic.com/v1", kw_only=True, validator=http_url)
    key_env: str | None = attrs.field(default="ANTHROPIC_API_KEY", kw_only=True)
    temperature: float | None = attrs.field(
        default=None, kw_only=True, validator=must.optional(must.and_(must.ge(0), must.le(1)))
    )
    max_tokens: int | None = attrs.field(
        default=1024, kw_only=True, validator=must.and_(must.instance_of(int), must.ge(1))
    )
    cache: bool = attrs.field(default=True, kw_only=True)
    version: str = attrs.field(default=_UNSAMPLED, kw_only=True, validator=must.matches_re(r"\d{4}-\d\d-\d\d"))

    def __attrs_post_init__(self) -> None:
        if self.version >= _UNSAMPLED and (self.temperature, self.top_p) != (None, None):
            raise ValueError(
                f"temperature and top_p are not in version {self.version} of the protocol. Leave them out, or give "
                'version="2023-06-01" and a model that takes them.'
            )

    def path(self) -> str:
        return "messages"

    def headers(self, key: str) -> Mapping[str, str]:
        return {"anthropic-version": self.version, **({"x-api-key": key} if key else {})}

    def request(self, prompt: Prompt) -> Mapping[str, Any]:
        told = to_anthropic(prompt.items, cache=self.cache)
        tools = anthropic_tools(prompt.tools, cache=self.cache and not told.system)
        past = [] if tools else _past(told.messages)
        return {
            "model": self.model,
            "max_tokens": self.max_tokens,
            "system": told.system or None,
            "messages": told.messages,
            # The mark on the system stands behind the tools, and keeps them too.
            "tools": tools or past or None,
            "tool_choice": {"type": "none"} if past else None,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "stream": True,
        }

    def reply_stream(self) -> MessageStream:
        return MessageStream()


def _past(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tools that were called, and are no more: without any, the server refuses a conversation with calls."""
    blocks = [block for message in messages for block in message["content"]]
    names = dict.fromkeys(block["name"] for block in blocks if block["type"] == "tool_use")
    return [{"name": name, "description": "It is not there any more.", "input_schema": _ANY} for name in names]
