"""What a conversation consists of: frozen items, of the kinds that a language model is told about and those it is not.

Every item has three things that its one writer, `voiceflow.chat.History`, gives it. `sequence` numbers the items in the
order in which they were written, and is never used twice. `id` is unique among all histories. `time` is in nanoseconds
on the clock that the writer was given. Two items are equal when they say the same at the same sequence number; ids and
times are not compared.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol

import attrs

Role = Literal["system", "user", "assistant"]

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)
_DATA_URL = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+-]+=[^;,]*)*;base64,", re.IGNORECASE)


def _show(source: bytes | str) -> str:
    return f"<{len(source)} bytes>" if isinstance(source, bytes) else f"<URL of {len(source)} characters>"


def _opened(source: bytes | str) -> bytes | str:
    if isinstance(source, bytes):
        return source
    if source[:5].lower() != "data:":
        if not source.lower().startswith(("https://", "http://")):
            raise ValueError("an image is the bytes of a file, or a URL that begins with http://, https:// or data:")
        return source
    head = _DATA_URL.match(source)
    if head is None:
        raise ValueError("the data URL of an image is in base64: data:image/png;base64,...; got another kind")
    try:
        return base64.b64decode(source[head.end() :], validate=True)
    except ValueError:
        raise ValueError("the data URL of an image is in base64; got characters that are none") from None


@attrs.frozen
class Image:
    """A picture: the bytes of a PNG, JPEG, GIF or WebP file, or the URL where one is. A data URL becomes its bytes.

    `detail` is how closely a model that can choose is to look.

    Raises:
        ValueError: the bytes begin as no such file does, or the URL is none of http(s) or of data in base64.
    """

    source: bytes | str = attrs.field(converter=_opened, repr=_show)
    detail: Literal["auto", "low", "high"] = "auto"

    def __attrs_post_init__(self) -> None:
        if isinstance(self.source, bytes):
            _media_type(self.source)

    @property
    def media_type(self) -> str:
        """Such as "image/png"; "" where only the URL is known."""
        return _media_type(self.source) if isinstance(self.source, bytes) else ""

    @property
    def url(self) -> str:
        """The URL; a data URL where the bytes are known."""
        if isinstance(self.source, str):
            return self.source
        return f"data:{self.media_type};base64,{base64.b64encode(self.source).decode()}"


def _media_type(data: bytes) -> str:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise ValueError(
        f"an image is the bytes of a PNG, JPEG, GIF or WebP file; got {len(data)} bytes that begin otherwise. "
        "Convert it first."
    )


Part = str | Image


def as_parts(content: str | Image | Iterable[Part]) -> tuple[Part, ...]:
    """Texts and images in their order, without empty texts, and with no two texts side by side."""
    parts: list[Part] = []
    for part in (content,) if isinstance(content, str | Image) else content:
        if isinstance(part, Image):
            parts.append(part)
        elif not isinstance(part, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"what is said consists of texts and images; got {type(part).__name__}")
        elif parts and isinstance(parts[-1], str):
            parts[-1] += part
        elif part:
            parts.append(part)
    return tuple(parts)


def _told(parts: tuple[Part, ...]) -> str:
    return repr(parts[0]) if len(parts) == 1 else repr(parts) if parts else repr("")


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


def _names_or_none(names: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


@attrs.frozen
class Message:
    """What somebody said. `text` is taken as a text, an image, or several of both.

    `signature` is what Gemini wants to see again with the text it wrote. `speakers` are those who said it, where
    several people are the user: a model is told their names in front of it.
    """

    role: Role
    parts: tuple[Part, ...] = attrs.field(alias="text", converter=as_parts, repr=_told)
    sequence: int = 0
    interrupted: bool = False
    signature: str = attrs.field(default="", kw_only=True)
    speakers: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    id: str = attrs.field(default="", kw_only=True, eq=False, repr=False)
    time: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)

    @property
    def text(self) -> str:
        """The words of it."""
        return "".join(part for part in self.parts if isinstance(part, str))

    @property
    def images(self) -> tuple[Image, ...]:
        """The images in it."""
        return tuple(part for part in self.parts if isinstance(part, Image))


@attrs.frozen
class ToolCall:
    """The model wants a tool called. `arguments` is the JSON that it wrote, which may be none.

    `call` is the name of this call, which its output bears too; `signature` is what Gemini wants to see again.
    """

    call: str
    name: str
    arguments: str = "{}"
    sequence: int = 0
    signature: str = attrs.field(default="", kw_only=True)
    id: str = attrs.field(default="", kw_only=True, eq=False, repr=False)
    time: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)


@attrs.frozen
class ToolOutput:
    """What came of the tool call `call`: texts and images; `error` says that it is about what went wrong."""

    call: str
    parts: tuple[Part, ...] = attrs.field(alias="output", converter=as_parts, repr=_told)
    error: bool = False
    sequence: int = 0
    id: str = attrs.field(default="", kw_only=True, eq=False, repr=False)
    time: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)

    @property
    def text(self) -> str:
        """The words of it."""
        return "".join(part for part in self.parts if isinstance(part, str))

    @property
    def images(self) -> tuple[Image, ...]:
        """The images in it."""
        return tuple(part for part in self.parts if isinstance(part, Image))


class ToolSpec(Protocol):
    """What a model is told of a tool: its `schema` is the JSON Schema of the arguments."""

    @property
    def name(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def schema(self) -> dict[str, Any]: ...


@attrs.frozen
class Thought:
    """What the model thought before it spoke or called. Never spoken; Anthropic's models want theirs, signed, back.

    One that is "redacted" has its `signature` alone, which holds the thought. A "mark" is no thought: it is what Gemini
    wants to see again with the text that it has just written, and becomes the `signature` of that message.
    """

    text: str
    signature: str = ""
    form: Literal["plain", "redacted", "mark"] = attrs.field(default="plain", kw_only=True)
    sequence: int = 0
    id: str = attrs.field(default="", kw_only=True, eq=False, repr=False)
    time: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)


@attrs.frozen
class HandOff:
    """From here on another agent speaks. Not told to a model.

    `hides` are the ids of the items that it is not told.
    """

    source: str
    target: str
    hides: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True, repr=False)
    sequence: int = 0
    id: str = attrs.field(default="", kw_only=True, eq=False, repr=False)
    time: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)


@attrs.frozen
class ConfigUpdate:
    """From here on the agent is set up otherwise; None leaves a setting as it was.

    `instructions` take the place of the system messages that the conversation begins with, `tools` are names.
    """

    instructions: str | None = None
    tools: tuple[str, ...] | None = attrs.field(default=None, converter=_names_or_none)
    model: str | None = None
    sequence: int = 0
    id: str = attrs.field(default="", kw_only=True, eq=False, repr=False)
    time: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)


@attrs.frozen
class Summary:
    """Stands for the items whose ids are in `covers`, which are no longer there."""

    text: str
    covers: tuple[str, ...] = attrs.field(default=(), converter=_names)
    sequence: int = 0
    id: str = attrs.field(default="", kw_only=True, eq=False, repr=False)
    time: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)


@attrs.frozen
class Unknown:
    """An item of a kind that only a later version knows: kept for it, and told to nobody. `fields` are JSON values."""

    kind: str
    fields: Mapping[str, Any] = attrs.field(repr=lambda fields: f"<{len(fields)} fields>")
    sequence: int = 0
    id: str = attrs.field(default="", kw_only=True, eq=False, repr=False)
    time: int | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)

    def __hash__(self) -> int:
        return hash((self.kind, self.sequence))


Item = Message | ToolCall | ToolOutput | Thought | HandOff | ConfigUpdate | Summary | Unknown
"""One entry of a conversation."""
