# ruff: noqa: RUF001 (bullets)
"""Where a line, an item of a list or a bullet begins a new segment."""

from __future__ import annotations

import re

from voiceflow.machines.text.profiles import BULLETS, STRONG
from voiceflow.machines.text.scripts import is_spaceless
from voiceflow.machines.text.view import LOOK, SPACE, Answer, View, is_small

_FIRST = re.compile(r"\s*[•⁃‣▪●◦∙]?\s*(\d{1,3}|[a-z])(\.\)|\.|\))\s")
_INDENT = 32  # characters of white space behind a line break: more is no running text
_NEXT = re.compile(r"(?:\d{1,2}[.)]|[-*–])\s")


def item(view: View, at: int) -> Answer | None:
    """The next number of a list that the segment began with ("1. ... 2. ...") at its mark: cut before it."""
    text = view.text
    first = _FIRST.match(text, view.start, view.start + LOOK)
    if first is None or at <= first.end():
        return -1, at + 1
    token, style = first.group(1), first.group(2)
    follower = str(int(token) + 1) if token.isdigit() else chr(ord(token) + 1)
    begin = at - len(follower)
    if text[begin:at] != follower or not text[begin - 1].isspace():
        return -1, at + 1
    stop = at + len(style)
    if stop >= len(text):
        return (-1, at + 1) if view.ended or not style.startswith(text[at:]) else None
    if text[at:stop] != style or not text[stop].isspace():
        return -1, at + 1
    return _bullet_start(text, view.start, begin), stop


def bullet(view: View, at: int) -> Answer:
    """A bullet in the middle of a line begins a new segment if it stands free."""
    free = at > view.start and view.text[at - 1].isspace() and bool(view.text[view.start : at].strip(BULLETS + " \n\t"))
    return (at, at + 1) if free else (-1, at + 1)


def _bullet_start(text: str, start: int, begin: int) -> int:
    head = begin
    while head > start and (text[head - 1].isspace() or text[head - 1] in BULLETS) and begin - head < 4:
        head -= 1
    lead = text[head:begin]
    return head + len(lead) - len(lead.lstrip())


def newline(view: View, at: int, mode: str) -> Answer | None:
    """A line break. `mode`: "always" cuts, "blank" only at an empty line, "auto" goes by what stands around it."""
    text, size = view.text, len(view.text)
    head = at
    while head > view.start and text[head - 1].isspace():
        head -= 1
    if head <= view.start:
        return at + 1, at + 1  # nothing but white space so far: let go of it
    found = SPACE.match(text, at, at + _INDENT)
    after = found.end() if found else at + 1
    if text.count("\n", at, after) > 1 or after - at >= _INDENT or mode == "always":
        return head, at + 1  # more white space may come, which must not count in one case only
    if after >= size:
        return (size, size) if view.ended else None
    if mode == "blank":
        return -1, after
    cuts = _breaks_line(view, head, at, after)
    return None if cuts is None else (head, after) if cuts else (-1, after)


def _breaks_line(view: View, head: int, at: int, after: int) -> bool | None:
    text, first, last = view.text, view.text[after], view.text[head - 1]
    if first in BULLETS or first in "#>|" or last in ":;" or last in STRONG:
        return True
    if last == ",":
        return False
    if first.isdigit() or first in "-*–":
        if after + 3 >= len(text) and not view.ended:
            return None
        if _NEXT.match(text, after, after + 4):
            return True
    if is_spaceless(first) and is_spaceless(last):
        return False
    line = text[max(view.start, text.rfind("\n", view.start, head) + 1, head - 2 * LOOK) : head]
    if at - head == 1 and text[head] == " ":
        return False  # wrapped text keeps the space it was wrapped at
    if not last.isalnum():
        return True
    return len(line.split()) <= 3 if is_small(first) else True
