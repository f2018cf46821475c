"""A conversation as Gemini's `contents`, and back.

Source: "GenerateContent", "Function calling" and "Thought signatures" in the documentation of the Gemini API. The
system stands apart; "user" and "model" take turns; what a model signed is sent back with the same part.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import attrs

from voiceflow.chat.alternating import Block, Form, alternating, told
from voiceflow.chat.foreign import Foreign
from voiceflow.chat.sent import Sent, arguments, encodable, sent, words
from voiceflow.items import Item, Message, Part, ToolCall, ToolOutput


@attrs.frozen
class GeminiPrompt:
    """The fields `systemInstruction` (None: leave it out) and `contents` of a request."""

    system: dict[str, Any] | None
    contents: list[dict[str, Any]]


def to_gemini(items: Sequence[Item]) -> GeminiPrompt:
    """What a request says. See `sent` for what is in it.

    Roles take turns as `alternating` says, but the outputs of tools stand apart. Thoughts are not sent, their
    signatures are, with the call or the text that they belong to. Images that are a URL must be readable by Google.
    Images of a tool's output follow it.
    """
    conversation = sent(items)
    names = {item.call: item.name for item in conversation if isinstance(item, ToolCall)}
    form = Form("model", "parts", _text, partial(_parts, names=names), _stands_with)
    system, turns = alternating(conversation, form)
    return GeminiPrompt({"parts": system} if system else None, turns)


def _stands_with(item: Sent, parts: Sequence[Block]) -> bool:
    """As many responses as there were calls stand in one turn, and nothing of the user's with them but images."""
    return not (isinstance(item, Message) and any("functionResponse" in part for part in parts))


def _parts(item: Sent, names: Mapping[str, str]) -> list[Block]:
    match item:
        case Message(role="assistant", parts=parts):
            return [_signed(_text(words(parts)), item.signature)]
        case Message(parts=parts):
            return [_part(part) for part in parts]
        case ToolCall():
            call = {"id": encodable(item.call), "name": encodable(item.name), "args": arguments(item.arguments)}
            return [_signed({"functionCall": call}, item.signature)]
        case ToolOutput():
            texts = [part for part in item.parts if isinstance(part, str)]
            answer = {"error" if item.error else "output": words(texts)}
            response = {"id": encodable(item.call), "name": encodable(names[item.call]), "response": answer}
            return [{"functionResponse": response}, *map(_part, item.images)]
        case _:
            return []


def _text(text: str) -> Block:
    return {"text": text}


def _signed(part: dict[str, Any], signature: str) -> dict[str, Any]:
    try:
        known = base64.b64decode(
            signature.encode(), altchars=b"-_" if {"-", "_"} & set(signature) else None, validate=True
        )
    except ValueError:  # not one of Gemini's
        return part
    return {**part, "thoughtSignature": signature} if known else part


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, str):
        return _text(encodable(part))
    if isinstance(part.source, str):
        return {"fileData": {"fileUri": part.source}}
    return {"inlineData": {"mimeType": part.media_type, "data": base64.b64encode(part.source).decode()}}


def from_gemini(system: Mapping[str, Any] | None, contents: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """The items that a request tells, without the user's words that were made up. Two messages in one stay one.

    Calls without an id, as some servers send them, are given one.

    Raises:
        ProviderError: a content is not as the protocol has it; not retryable.
    """
    given = Foreign([*contents], "contents", "Gemini content", "contents of the Gemini API")
    instructions = attrs.evolve(given, value=system, at="systemInstruction")
    found: list[Item] = [Message("system", text) for text in _instructions(instructions)] if system else []
    calls = _Calls()
    for content in given.each("a list"):
        read = [_read(part, calls) for part in content["parts"].each("a list of parts")]
        found += told("assistant" if content["role"].value == "model" else "user", read)
    return tuple(found)


def _instructions(system: Foreign) -> list[str]:
    parts = system["parts"].each("a list of parts") if "parts" in system.fields else ()
    return [text for part in parts if isinstance(text := part["text"].value, str) and text]


@attrs.define
class _Calls:
    """The calls that were read, numbered where they have no id, and those of them that wait for their output."""

    _number: int = attrs.field(default=0, init=False)
    _waiting: list[ToolCall] = attrs.field(factory=list[ToolCall], init=False)

    def begun(self, id: object, name: str, written: str, signature: str) -> ToolCall:
        call = ToolCall(str(id or f"call-{self._number}"), name, written, signature=signature)
        self._number += 1
        self._waiting.append(call)
        return call

    def answered(self, id: object, name: str) -> str:
        """By its id, or else the first call of that name that has no output."""
        for call in self._waiting:
            if call.call == id or (not id and call.name == name):
                self._waiting.remove(call)
                return call.call
        return str(id or name)


def _read(part: Foreign, calls: _Calls) -> Item | Part:
    signed = part["thoughtSignature"]
    signature = signed.text if signed.value else ""
    match part.fields:
        case {"functionCall": {"name": str(name), **rest}}:
            written = part["functionCall"]["args"].json() if rest.get("args") else "{}"
            return calls.begun(rest.get("id"), name, written, signature)
        case {"functionResponse": {"name": str(name), "response": dict(), **rest}}:
            told_of = _answer(part["functionResponse"]["response"])
            return ToolOutput(
                calls.answered(rest.get("id"), name), told_of, "error" in part["functionResponse"]["response"].fields
            )
        case {"text": str(text)}:
            return Message("assistant", text, signature=signature) if signature else text
        case {"inlineData": {"mimeType": str(kind), "data": str(data)}}:
            return part.image(f"data:{kind};base64,{data}")
        case {"fileData": {"fileUri": str(source)}}:
            return part.image(source)
        case _:
            raise part.wrong("a part with text, inlineData, fileData, functionCall or functionResponse")


def _answer(answer: Foreign) -> str:
    name = next((name for name in ("error", "output") if name in answer.fields), None)
    told = answer if name is None else answer[name]
    return told.value if isinstance(told.value, str) else told.json()
