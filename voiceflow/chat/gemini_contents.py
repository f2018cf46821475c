"""A conversation as Gemini's `contents`, and back.

Source: "GenerateContent", "Function calling" and "Thought signatures" in the documentation of the Gemini API. The
system stands apart; "user" and "model" take turns; what a model signed is sent back with the same part.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import attrs

from voiceflow.chat.sent import Sent, arguments, encodable, sent, words
from voiceflow.chat.turns import beginning
from voiceflow.errors import ProviderError
from voiceflow.items import Image, Item, Message, Part, ToolCall, ToolOutput, as_parts

BEGINNING = "(the conversation begins)"
"""What the user is made to say where the model speaks first: greets a caller."""
GO_ON = "(go on)"
"""What the user is made to say where the model spoke last."""

_OPEN, _CLOSE = "<system>", "</system>"


@attrs.frozen
class GeminiPrompt:
    """The fields `systemInstruction` (None: leave it out) and `contents` of a request."""

    system: dict[str, Any] | None
    contents: list[dict[str, Any]]


def to_gemini(items: Sequence[Item]) -> GeminiPrompt:
    """What a request says. See `sent` for what is in it.

    System messages at the beginning are the system instruction; one further on is said by the user, inside <system>.
    Two messages of one role are one, but the outputs of tools stand apart. Thoughts are not sent, their signatures are,
    with the call or the text that they belong to. Images that are a URL must be readable by Google. Images of a tool's
    output follow it.
    """
    told = sent(items)
    head = beginning(told)
    system = [{"text": words(item.parts)} for item in head if isinstance(item, Message)]
    names = {item.call: item.name for item in told if isinstance(item, ToolCall)}
    turns: list[dict[str, Any]] = []
    for item in told[len(head) :]:
        role, parts = _parts(item, names)
        # As many responses as there were calls stand in one turn, and nothing of the user's with them but images.
        if parts and turns and turns[-1]["role"] == role and not _speaks_after_outputs(item, turns[-1]):
            turns[-1]["parts"] += parts
        elif parts:
            turns.append({"role": role, "parts": parts})
    if not turns or turns[0]["role"] != "user":
        turns.insert(0, {"role": "user", "parts": [{"text": BEGINNING}]})
    if turns[-1]["role"] != "user":
        turns.append({"role": "user", "parts": [{"text": GO_ON}]})
    return GeminiPrompt({"parts": system} if system else None, turns)


def _speaks_after_outputs(item: Sent, turn: Mapping[str, Any]) -> bool:
    return isinstance(item, Message) and any("functionResponse" in part for part in turn["parts"])


def _parts(item: Sent, names: Mapping[str, str]) -> tuple[str, list[dict[str, Any]]]:
    match item:
        case Message(role="system", parts=parts):
            return "user", [{"text": f"{_OPEN}{words(parts)}{_CLOSE}"}]
        case Message(role="user", parts=parts):
            return "user", [_part(part) for part in parts]
        case Message(parts=parts):
            return "model", [_signed({"text": words(parts)}, item.signature)]
        case ToolCall():
            call = {"id": encodable(item.call), "name": encodable(item.name), "args": arguments(item.arguments)}
            return "model", [_signed({"functionCall": call}, item.signature)]
        case ToolOutput():
            texts = [part for part in item.parts if isinstance(part, str)]
            answer = {"error" if item.error else "output": words(texts)}
            response = {"id": encodable(item.call), "name": encodable(names[item.call]), "response": answer}
            return "user", [{"functionResponse": response}, *map(_part, item.images)]
        case _:
            return "model", []


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
        return {"text": encodable(part)}
    if isinstance(part.source, str):
        return {"fileData": {"fileUri": part.source}}
    return {"inlineData": {"mimeType": part.media_type, "data": base64.b64encode(part.source).decode()}}


def from_gemini(system: Mapping[str, Any] | None, contents: Iterable[Mapping[str, Any]]) -> tuple[Item, ...]:
    """The items that a request tells, without the user's words that were made up. Two messages in one stay one.

    Calls without an id, as some servers send them, are given one.

    Raises:
        ProviderError: a content is not as the protocol has it; not retryable.
    """
    found: list[Item] = [Message("system", text) for text in _instructions(system)]
    waiting: list[ToolCall] = []
    for place, content in enumerate(contents):
        role, said = content.get("role", "user"), list[Part]()
        for number, part in enumerate(_listed(content.get("parts"), f"contents[{place}].parts")):
            item = _read(part, f"contents[{place}].parts[{number}]", len(found), waiting)
            if isinstance(item, str | Image) and not _is_system(item):
                said.append(item)
                continue
            found += _spoken(role, said)
            said = []
            found.append(
                Message("system", item[len(_OPEN) : -len(_CLOSE)]) if isinstance(item, str) else cast(Item, item)
            )
        found += _spoken(role, said)
    return tuple(found)


def _instructions(system: Mapping[str, Any] | None) -> list[str]:
    parts = _listed((system or {}).get("parts", []), "systemInstruction.parts")
    return [text for part in parts if isinstance(text := part.get("text"), str) and text]


def _spoken(role: object, said: list[Part]) -> list[Item]:
    parts = as_parts(said)
    if not parts or parts in ((BEGINNING,), (GO_ON,)):
        return []
    return [Message("assistant" if role == "model" else "user", parts)]


def _is_system(part: Part) -> bool:
    return isinstance(part, str) and part.startswith(_OPEN) and part.endswith(_CLOSE)


def _read(part: Mapping[str, Any], at: str, number: int, waiting: list[ToolCall]) -> Item | Part:
    signature = part.get("thoughtSignature") or ""
    match part:
        case {"functionCall": {"name": str(name), **rest}}:
            call = ToolCall(
                str(rest.get("id") or f"call-{number}"), name, json.dumps(rest.get("args") or {}), signature=signature
            )
            waiting.append(call)
            return call
        case {"functionResponse": {"name": str(name), "response": dict(), **rest}}:
            answer = cast(Mapping[str, Any], part["functionResponse"]["response"])
            return ToolOutput(_call_of(name, rest.get("id"), waiting), _answer(answer), "error" in answer)
        case {"text": str(text)}:
            return Message("assistant", text, signature=signature) if signature else text
        case {"inlineData": {"mimeType": str(kind), "data": str(data)}}:
            source = f"data:{kind};base64,{data}"
        case {"fileData": {"fileUri": str(source)}}:
            pass
        case _:
            raise _wrong(at, "a part with text, inlineData, fileData, functionCall or functionResponse")
    try:
        return Image(source)
    except ValueError as error:
        raise _wrong(at, f"an image ({error})") from None


def _call_of(name: str, id: object, waiting: list[ToolCall]) -> str:
    """By its id, or else the first call of that name that has no output."""
    for call in waiting:
        if call.call == id or (not id and call.name == name):
            waiting.remove(call)
            return call.call
    return str(id or name)


def _answer(answer: Mapping[str, Any]) -> str:
    told = answer.get("error", answer.get("output", answer))
    return told if isinstance(told, str) else json.dumps(told)


def _listed(parts: object, at: str) -> list[Mapping[str, Any]]:
    if not isinstance(parts, list):
        raise _wrong(at, "a list of parts")
    return cast(list[Mapping[str, Any]], parts)


def _wrong(at: str, expected: str) -> ProviderError:
    return ProviderError(
        f"Gemini content, {at}: expected {expected}, got something else. Give contents of the Gemini API.",
        retryable=False,
    )
