"""What a streamed reply of a language model consists of, whatever the wire it came by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, Protocol, cast

import attrs

from voiceflow.machines.json_fields import MalformedChunk, as_object, as_text, parsed

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_KEYS = ("sk-", "aiza")
"""What the keys of providers begin with."""


@attrs.frozen
class TextDelta:
    """A piece of the reply, to be spoken."""

    text: str


@attrs.frozen
class ReasoningDelta:
    """A piece of what the model thinks before it answers; never to be spoken."""

    text: str


@attrs.frozen
class Signature:
    """The server's own mark on the text or the reasoning that came last: it wants to see them together again."""

    of: Literal["text", "reasoning"]
    signature: str


@attrs.frozen
class RedactedReasoning:
    """What the model thinks, for nobody to read: the server wants to see `data` again."""

    data: str


@attrs.frozen
class ToolCallDelta:
    """A piece of the tool call number `index`: `id`, `name` and `signature` come once, `arguments` is JSON in pieces.

    `signature` as in `Signature`.
    """

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    signature: str = ""


@attrs.frozen
class Usage:
    """What the reply cost, in tokens. `cached` are those of the prompt that were not computed again.

    `completion` counts the `reasoning` too.
    """

    prompt: int
    completion: int
    cached: int = 0
    reasoning: int = 0


@attrs.frozen
class Finish:
    """Why the reply ended: "stop", "length", "tool_calls", "content_filter", or a server's own word."""

    reason: str


@attrs.frozen
class ServerFault:
    """The server says that it failed: its `code` and `type`, "" if it gave none that is a plain identifier.

    Its message is left out: servers quote the request, and the key, in it.
    """

    code: str = ""
    type: str = ""

    def __str__(self) -> str:
        return "/".join(word for word in (self.type, self.code) if word) or "an error without a code"


ReplyEvent = TextDelta | ReasoningDelta | RedactedReasoning | Signature | ToolCallDelta | Usage | Finish | ServerFault


class ReplyStream(Protocol):
    """Reads the data of one reply's server-sent events, in order: one class for each wire."""

    @property
    def complete(self) -> bool:
        """Whether the model has ended its reply. Only its usage may still come; a stream that ends before was cut."""
        ...

    def push(self, data: str) -> list[ReplyEvent]:
        """What the data of one event says.

        Raises:
            MalformedChunk: `data` is not what the protocol allows.
        """
        ...


def server_fault(error: object) -> ServerFault:
    """The fault that an `error` value stands for: an object, or a bare string in some dialects.

    Google's has a `status` for a type, and tells the code that is more than the number of it among the details.
    """
    fields: Mapping[str, Any] = as_object(error) or {}
    details = map(as_object, cast(list[object], fields["details"]) if isinstance(fields.get("details"), list) else [])
    reasons = (identifier(detail.get("reason")) for detail in details if detail)
    return ServerFault(
        code=next(filter(None, reasons), "") or identifier(fields.get("code")),
        type=identifier(fields.get("type")) or identifier(fields.get("status")),
    )


def typed(data: str) -> tuple[str, Mapping[str, Any]]:
    """An event that says of itself what it is, and what that is; an `error` need not.

    Raises:
        MalformedChunk: it is no such event.
    """
    if data.strip() == "[DONE]":  # some servers end every stream as that of a chat completion is ended
        return "", {}
    event = parsed(data)
    kind = as_text(event.get("type")) or ("error" if event.get("error") else "")
    if not kind:
        raise MalformedChunk("an event with a type", "an object without one")
    return kind, event


def identifier(value: object) -> str:
    """A server's own word, if it is a plain one that looks like no key; else nothing."""
    word = str(value) if isinstance(value, (str, int)) else ""
    return word if _IDENTIFIER.fullmatch(word) and not word.lower().startswith(_KEYS) else ""
