"""What an MCP server gives as the result of a call, as the texts and images that a model is told.

Source: "Tool Result" under Tools of the Model Context Protocol's specification.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any

from voiceflow.items import Image, Part, as_parts

IMAGES = 8
"""Of one result; more are named and left out."""
PIXELS = 3 << 20
"""Characters of base64 that an image may have."""

Block = Mapping[str, Any]


def parts(result: Block) -> tuple[Part, ...]:
    """The texts and images of a result, in their order. What is structured counts where there is nothing else.

    What a model cannot be told, sound for one, is named in brackets.
    """
    told: list[Part] = []
    images = 0
    for block in result.get("content") or ():
        part = _KINDS.get(block.get("type", ""), _other)(block)
        images += isinstance(part, Image)
        told.append("[one more image is left out]" if isinstance(part, Image) and images > IMAGES else part)
    if not told and result.get("structuredContent") is not None:
        told.append(json.dumps(result["structuredContent"], ensure_ascii=False))
    # On a line each: side by side they would be one text.
    lines = [f"{part}\n" if isinstance(part, str) and at + 1 < len(told) else part for at, part in enumerate(told)]
    return as_parts(lines)


def _text(block: Block) -> Part:
    return str(block.get("text", ""))


def _image(block: Block) -> Part:
    return _picture(block.get("data", ""), f"[an image, {block.get('mimeType', '')}, that cannot be shown]")


def _picture(data: str, otherwise: str) -> Part:
    if len(data) > PIXELS:
        return otherwise
    try:
        return Image(base64.b64decode(data, validate=True))
    except (ValueError, binascii.Error):  # no base64, or no picture of a kind that models take
        return otherwise


def _sound(block: Block) -> Part:
    return f"[a sound, {block.get('mimeType', '')}, that cannot be heard here]"


def _resource(block: Block) -> Part:
    inside: Block = block.get("resource") or {}
    if isinstance(text := inside.get("text"), str):
        return text
    kind, named = inside.get("mimeType") or "", f"[{inside.get('uri', 'a file')}, {inside.get('mimeType') or 'a file'}]"
    return _picture(str(inside.get("blob", "")), named) if kind.startswith("image/") else named


def _link(block: Block) -> Part:
    told = (block.get("title") or block.get("name"), block.get("description"), block.get("uri"))
    return f"[{', '.join(str(each) for each in told if each)}]"


def _other(block: Block) -> Part:
    return "[something of a kind that is not known]"


_KINDS: Mapping[str, Callable[[Block], Part]] = {
    "text": _text,
    "image": _image,
    "audio": _sound,
    "resource": _resource,
    "resource_link": _link,
}
