"""Rules for the links, notes and images of Markdown: the words stay, addresses and pictures go."""

from __future__ import annotations

import re

from voiceflow.machines.text.reader import HOLD, Reader, Step, literal
from voiceflow.machines.text.scripts import is_spaceless

_LINK = re.compile(r"\[((?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]")
_TARGET = re.compile(r"[^\s()\[\]]*(?:\([^\s()]*(?:\)|\Z)[^\s()]*)*(?:[ \t]+(?:\"[^\"\n]*\"?|'[^'\n]*'?)?)?[ \t]*")
_LONG = re.compile(r"[^\s\"']*\Z")
_ADDRESS_END = re.compile(r"\)|(?=\s)")
_NOTE = re.compile(r"\[\^[\w-]{1,20}\]:?")


def bracket(reader: Reader, at: int) -> Step | None:
    """`[text](address)`, `[text][name]`: the text alone. `[^1]` goes. Other brackets stay."""
    found = _NOTE.match(reader.text, at, at + 24)
    if found is not None and not reader.lacks(found.end()):
        return found.end(), ""
    limit = at + HOLD
    link = _LINK.match(reader.text, at, limit)
    if link is None:
        closed = "\n" in reader.text[at:limit] or len(reader.text) >= limit or reader.ended
        return literal(at) if closed else None
    if reader.lacks(link.end()):
        return None
    stop = link.end() - 1
    follower = reader.text[stop + 1 : stop + 2]
    if follower not in ("(", "[") or not link.group(1).strip():
        return literal(at)
    size = _target(reader, stop, limit)
    if size is None or not size:
        return literal(at) if size == 0 else None
    if _is_index(reader, at, reader.text[stop + 2 : stop + max(size, 0)]):
        return literal(at)
    reader.dropped[stop + reader.base] = size
    return at + 1, ""


def _is_index(reader: Reader, at: int, target: str) -> bool:
    """Whether "array[0](x)" stands here: brackets that touch a name, and no address in the second."""
    before = reader.before(at)
    touches = (before.isalnum() and not is_spaceless(before)) or before in ("_", "]", ")")
    return touches and not any(sign in target for sign in "/.#:@")


_OPEN_END = -1  # in `Reader.dropped`: the length of an address is not known yet


def _target(reader: Reader, at: int, limit: int) -> int | None:
    """How long `](address)` at `at` is: 0 if it is none, -1 if it is one whose end is further than `limit`."""
    text, close = reader.text, ")" if reader.text[at + 1] == "(" else "]"
    found = _TARGET.match(text, at + 2, limit)
    stop = found.end() if found else at + 2
    if stop < limit:
        return None if reader.lacks(stop) else stop + 1 - at if text[stop : stop + 1] == close else 0
    return _OPEN_END if close == ")" and _LONG.match(text, at + 2, limit) else 0


def bracket_end(reader: Reader, at: int) -> Step:
    if at + reader.base not in reader.dropped:
        return literal(at)
    size = reader.dropped.pop(at + reader.base)
    if size == _OPEN_END:
        reader.skip = _ADDRESS_END
        size = 2
    return at + size, ""


def image(reader: Reader, at: int) -> Step | None:
    """`![alt](address)` goes."""
    if reader.lacks(at + 1):
        return None
    if reader.text[at + 1 : at + 2] != "[":
        return literal(at)
    step = bracket(reader, at + 1)
    if step is None:
        return None
    if step[1] is None:
        return literal(at)
    close = min((place for place in reader.dropped if place >= at + reader.base), default=-1)
    if close < 0:
        return step[0], ""  # a note
    step = bracket_end(reader, close - reader.base)
    return step[0], ""
