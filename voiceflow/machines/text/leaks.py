"""Rules for what a model lets slip: its reasoning, markup of other kinds, its own control words and metadata."""

from __future__ import annotations

import re

from voiceflow.machines.text.reader import HOLD, Reader, Rule, Step, literal

REASONING = (
    "think",
    "thinking",
    "thought",
    "thoughts",
    "reasoning",
    "reflection",
    "scratchpad",
    "analysis",
    "internal",
)
_FORMATTING = frozenset(
    [
        "a",
        "abbr",
        "b",
        "big",
        "blockquote",
        "br",
        "center",
        "cite",
        "code",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "font",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "tt",
        "u",
        "ul",
        "var",
    ]
)
_BREAKING = frozenset(
    ["br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"]
)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]{0,30})((?:\s[^<>\n]*)?)(/?)>")
_TAG_HEAD = re.compile(r"</?(?:[a-zA-Z][\w-]{0,30}(?:\s[^<>\n]*)?/?)?\Z")
_CONTROL = re.compile(r"<\|[\w ]{1,40}\|>")
_CONTROL_HEAD = re.compile(r"<\|[\w ]{0,40}\|?\Z")
_ADDRESS = re.compile(r"<((?:https?://|mailto:)[^\s<>]{1,100})>")
_ADDRESS_HEAD = re.compile(r"<[a-z]{1,6}(?::[^\s<>]{0,105})?\Z")
_COMMENT_END = re.compile(r"-->")
_CHANNEL_END = re.compile(r"<\|(?:end|start|return|channel)\|>(?:assistant)?(?:<\|channel\|>final<\|message\|>)?")
_PAIR = re.compile(r"\(\s*[A-Za-z_][\w.-]{1,30}=[^\s=()][^()\n]*\)")
_PAIR_HEAD = re.compile(r"\(\s*(?:[A-Za-z_][\w.-]{0,30}(?:=(?:[^\s=()][^()\n]*)?)?)?\Z")
_LINE = re.compile(r"[A-Z][A-Z0-9_ ]{2,30}(?:\([^()\n]{0,30}\))?:[^\n=]{0,60}\w=")
_LINE_HEAD = re.compile(r"[A-Z][A-Z0-9_ ]{0,30}(?:\([^()\n]{0,30}\)?)?(?::[^\n=]{0,61})?\Z")
_LINE_END = re.compile(r"\n")


def _could(pattern: re.Pattern[str], reader: Reader, at: int) -> bool:
    """Whether what has come so far may still become what `pattern` is the beginning of."""
    return not reader.ended and len(reader.text) < at + HOLD and pattern.match(reader.text, at) is not None


def tag(reader: Reader, at: int, reasoning: bool, markup: bool, names: frozenset[str]) -> Step | None:
    """`<think>...</think>` goes with what is inside; formatting tags and `<|control|>` words go alone."""
    text, limit = reader.text, at + HOLD
    if text.startswith("<!--", at) and markup:
        reader.skip = _COMMENT_END
        return at + 4, ""
    found = _CONTROL.match(text, at, limit)
    if found is not None:
        return found.end(), ""
    address = _ADDRESS.match(text, at, limit)
    if address is not None and markup:
        return address.end(), address.group(1)
    found = _TAG.match(text, at, limit)
    if found is None:
        heads = (_TAG_HEAD, _CONTROL_HEAD, _ADDRESS_HEAD)
        waits = any(_could(head, reader, at) for head in heads) or (
            _could(re.compile(r"<!-?\Z"), reader, at) and markup
        )
        return None if waits else literal(at)
    closing, name = bool(found.group(1)), found.group(2).lower()
    if reasoning and name in names:
        if not closing and not found.group(4):
            reader.skip = re.compile(rf"</{re.escape(name)}\s*>", re.IGNORECASE)
        return found.end(), ""
    if markup and name in _FORMATTING:
        compares = _compares(reader, at, found)
        if compares is None:
            return None
        if not compares:
            return found.end(), "\n" if name in _BREAKING else ""
    return literal(at)


def _compares(reader: Reader, at: int, tag: re.Match[str]) -> bool | None:
    """Whether "a<b>c" stands here: letters on both sides of a tag of one letter, and nothing that closes it."""
    text, name, limit = reader.text, tag.group(2), at + HOLD
    if tag.group(1) or tag.group(3) or len(name) > 1 or not reader.before(at).isalnum():
        return False
    if reader.lacks(tag.end()):
        return None
    if not text[tag.end() : tag.end() + 1].isalnum() or f"</{name}>" in text[at:limit]:
        return False
    return True if reader.ended or len(text) >= limit or "\n" in text[at:limit] else None


def pair(reader: Reader, at: int) -> Step | None:
    """`(key=value, ...)` goes. A key of one letter is mathematics and stays."""
    found = _PAIR.match(reader.text, at, at + HOLD)
    if found is not None:
        return found.end(), ""
    return None if _could(_PAIR_HEAD, reader, at) else literal(at)


def line(reader: Reader, at: int) -> Step | None:
    """A line "CAPITALS: key=..." goes; `at` is where the line begins. (at, None): it is no such line."""
    if _LINE.match(reader.text, at, at + HOLD) is not None:
        reader.skip = _LINE_END
        return at, ""
    return None if _could(_LINE_HEAD, reader, at) else (at, None)


def tag_rule(reasoning: bool, markup: bool, names: tuple[str, ...]) -> Rule:
    """The rule for `<`."""
    known = frozenset(name.lower() for name in names)
    return lambda reader, at: tag(reader, at, reasoning, markup, known)
