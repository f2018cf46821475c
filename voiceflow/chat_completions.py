"""What every node that speaks chat completions has in common: the request, the answer, and what can go wrong in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import attrs

from voiceflow.chat.openai_messages import to_openai
from voiceflow.errors import ProviderError
from voiceflow.items import Item, Thought, ToolCall, ToolSpec
from voiceflow.machines.json_fields import MalformedChunk as MalformedChunk
from voiceflow.machines.openai_chat import ChatStream as ChatStream
from voiceflow.machines.reply import Finish as Finish
from voiceflow.machines.reply import ReasoningDelta as ReasoningDelta
from voiceflow.machines.reply import ReplyEvent as ReplyEvent
from voiceflow.machines.reply import ReplyStream as ReplyStream
from voiceflow.machines.reply import ServerFault as ServerFault
from voiceflow.machines.reply import Signature as Signature
from voiceflow.machines.reply import TextDelta as TextDelta
from voiceflow.machines.reply import ToolCallDelta as ToolCallDelta
from voiceflow.machines.reply import Usage as Usage
from voiceflow.machines.reply import server_fault
from voiceflow.machines.reply_items import ReplyItems
from voiceflow.machines.sse import EventTooLong, ServerSentEvents
from voiceflow.services import Services
from voiceflow.tools.forms import openai_tools

# What the same request will meet again, whenever it is made, in the words of all servers; anything else may pass.
_PERMANENT = frozenset(
    {
        *("insufficient_quota", "invalid_api_key", "model_not_found", "context_length_exceeded"),
        *("authentication_error", "permission_error", "not_found_error", "request_too_large", "billing_error"),
        *("invalid_argument", "failed_precondition", "permission_denied", "unauthenticated", "not_found"),
        *("api_key_invalid", "missing_thought_signature"),
    }
)
# Enough was asked for now, or all that was paid for.
_QUOTA = frozenset({"insufficient_quota", "billing_error", "rate_limit_error", "resource_exhausted"})
_TRANSIENT_STATUS = frozenset({408, 409, 425, 429})
_WAYS_OUT: Mapping[int | str, str] = {
    400: "The server does not take one of the settings: see model, extra and the sampling settings.",
    401: "Check {key}.",
    403: "It is not allowed to do this: check {key}.",
    404: "Check base_url (it usually ends in /v1, Gemini's in /v1beta) and model.",
    429: "Wait, or raise the account's limit.",
    "API_KEY_INVALID": "Check {key}.",  # Google's, with 400
}


def request(items: Iterable[Item], tools: Iterable[ToolSpec] = (), **settings: object) -> dict[str, Any]:
    """The body of a streamed request: the conversation as `to_openai` tells it, and the settings that are not None.

    Tools are told without `strict`, which not every server knows, and not every model with more than one call.
    """
    body: dict[str, Any] = {"messages": to_openai(tuple(items)), "stream": True}
    if told := openai_tools(tools, strict=False):
        body["tools"] = told
    return body | {name: value for name, value in settings.items() if value is not None}


def transient(fault: ServerFault) -> bool:
    """Whether the same request may succeed later, by what the server says of its fault."""
    return not _permanent(fault) and not any(word.startswith("invalid_") for word in (fault.code, fault.type))


def refusal(who: str, status: int, body: bytes, key_env: str | None = None) -> ProviderError:
    """The error that an answer with another status than 200 is.

    For the message: `who` is the node and the host, `key_env` the environment variable with the key, if one was sent.
    """
    fault = _fault(body)
    told = f" ({fault})" if fault != ServerFault() else ""
    retryable = status in _TRANSIENT_STATUS or status >= 500
    default = "Try again later." if retryable else "Check base_url."
    key = f"the key in {key_env}" if key_env else "the key: none was sent; key_env (--key-env) names its variable"
    way_out = (_WAYS_OUT.get(fault.code) or _WAYS_OUT.get(status, default)).format(key=key)
    return ProviderError(
        f"{who}: expected 200 and an event stream, got {status}{told}. {way_out}",
        retryable=retryable and not _permanent(fault),
        quota=status == 429 or _is_any(fault, _QUOTA),
    )


def _permanent(fault: ServerFault) -> bool:
    return _is_any(fault, _PERMANENT)


def _is_any(fault: ServerFault, words: frozenset[str]) -> bool:
    return not words.isdisjoint({fault.code.lower(), fault.type.lower()})


def _fault(body: bytes) -> ServerFault:
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError):  # ValueError is also what bytes that are no UTF-8 give
        return ServerFault()
    if isinstance(answer, list):  # Google's dialect wraps it
        answer = next(iter(cast(list[object], answer)), None)
    if not isinstance(answer, dict):
        return ServerFault()
    fields = cast(Mapping[str, object], answer)
    return server_fault(fields.get("error", fields))


@attrs.define
class Answer:
    """One streamed answer, as bytes into events, with every way of going wrong as a `ProviderError`.

    `who` is the node and the host, for messages; `_reply` reads what is sent on this wire.
    """

    who: str
    _reply: ReplyStream = attrs.field(factory=ChatStream, alias="reply")
    _events: ServerSentEvents = attrs.field(factory=ServerSentEvents, init=False)
    _items: ReplyItems = attrs.field(factory=ReplyItems, init=False)

    @property
    def complete(self) -> bool:
        """Whether the model has ended its reply. Only its usage may still come."""
        return self._reply.complete

    def push(self, data: bytes) -> Iterator[ReplyEvent]:
        """The events that these bytes complete, one by one: all that came before a fault come before it.

        Raises:
            ProviderError: what came is no answer, or the server says that it failed.
        """
        try:
            for sent in self._events.push(data):
                for event in self._reply.push(sent.data):
                    if isinstance(event, ServerFault):
                        raise self._error(f"expected the rest of the reply, got {event}", retryable=transient(event))
                    self._items.push(event)
                    yield event
        except (MalformedChunk, EventTooLong) as error:
            raise self._error(f"expected pieces of a reply, but: {error}", retryable=True) from None

    def end(self) -> tuple[Thought | ToolCall, ...]:
        """The stream has ended; what was thought and called in it.

        Raises:
            ProviderError: it was cut before the reply was complete; retryable.
        """
        if not self._reply.complete:
            what = "half an event" if self._events.pending else "the end of the stream"
            raise self._error(f"expected the reply to be ended by a finish reason, got {what}", retryable=True)
        return self._items.end()

    def _error(self, what: str, *, retryable: bool) -> ProviderError:
        way_out = "Try again." if retryable else "Check model and settings."
        return ProviderError(f"{self.who}: {what}. {way_out}", retryable=retryable)


@attrs.define
class Progress:
    """How far one reply has come. Marks its milestones in the trace: `llm.first_token`, `llm.finish`, `llm.usage`.

    Times are on the session's clock; `started` in nanoseconds, the marks' `seconds` in seconds since then.
    """

    services: Services
    started: int
    first: bool = attrs.field(default=False, init=False)
    """Whether the first text, or the first piece of a call, has come: from here on there is no second try."""
    items: tuple[Thought | ToolCall, ...] = attrs.field(default=(), init=False)
    """What it consists of beside its text, when it is complete: what `Ports.call_tools` takes."""

    def see(self, event: ReplyEvent) -> None:
        """Mark what this event means."""
        if isinstance(event, TextDelta | ToolCallDelta) and not self.first:
            self.first = True
            self.services.mark("llm.first_token", seconds=(self.services.now() - self.started) / 1e9)
        elif isinstance(event, Finish):
            self.services.mark("llm.finish", reason=event.reason)
        elif isinstance(event, Usage):
            self.services.mark("llm.usage", **attrs.asdict(event))
