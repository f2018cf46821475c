"""Rules for the blocks of Markdown: headings, lists, quotes, rules, fenced code, tables (CommonMark 0.31, GFM)."""

from __future__ import annotations

import re

from voiceflow.machines.text.reader import HOLD, Reader, Step, literal, run_end

_HEADING = re.compile(r"#{1,6}[ \t]")
_RULE = re.compile(r"[-*_](?:[ \t]*[-*_])*[ \t]*")
_ITEM = re.compile(r"[-*+•][ \t](?:\[[ xX]\][ \t])?")
_CELLS = re.compile(r"[|:\- \t]*")
_CODE_END = {mark: re.compile(rf"\n[ \t>]{{0,8}}{mark}{{3,}}[ \t]*(?=\n)") for mark in "`~"}
_CODE_LAST = {mark: re.compile(rf"\n[ \t>]{{0,8}}{mark}{{3,}}[ \t]*\Z") for mark in "`~"}


def newline(reader: Reader, at: int) -> Step:
    """The end of a heading or a list item is the end of a phrase, so its line break becomes an empty line."""
    blocked, reader.block, reader.table = reader.block or reader.table, False, False
    for mark in list(reader.open):
        if reader.before(at) == "\n":
            del reader.open[mark]  # emphasis ends with its paragraph
    return at + 1, "\n\n" if blocked else None


def heading(reader: Reader, at: int) -> Step | None:
    if not reader.line_start(at):
        return literal(at)
    stop = run_end(reader, at)
    if reader.lacks(stop):
        return None
    found = _HEADING.match(reader.text, at, at + 8)
    if found is None:
        return literal(at, stop - at)
    reader.block = True
    return found.end(), ""


def quote(reader: Reader, at: int) -> Step | None:
    """`> ` at the start of a line."""
    if not reader.line_start(at):
        return literal(at)
    if reader.lacks(at + 1):
        return None
    follower = reader.text[at + 1 : at + 2]
    if follower in ("", " ", "\t", ">", "\n"):
        return at + (2 if follower in (" ", "\t") else 1), ""
    return literal(at)


def line_mark(reader: Reader, at: int) -> Step | None:
    """A rule ("---", "* * *") or a list mark ("- ") at the start of a line; None of both is (at, None)."""
    found = _RULE.match(reader.text, at, at + HOLD)
    stop = found.end() if found else at + 1
    if reader.lacks(stop) and stop - at < HOLD:
        return None
    marks = reader.text[at:stop].replace(" ", "").replace("\t", "")
    if len(marks) >= 3 and len(set(marks)) == 1 and reader.text[stop : stop + 1] in ("", "\n"):
        return stop, ""
    if reader.lacks(at + 6) and "\n" not in reader.text[at : at + 6]:
        return None
    item = _ITEM.match(reader.text, at, at + 8)
    if item is None:
        return at, None
    reader.block = True
    return item.end(), "\n"


def dash(reader: Reader, at: int) -> Step | None:
    if reader.line_start(at):
        step = line_mark(reader, at)
        if step is None or step[0] > at:
            return step
    return literal(at)


def fence(reader: Reader, at: int) -> Step | None:
    """A fenced block is left out whole, its end being a line with the same fence, or the end of the reply."""
    mark = reader.text[at]
    line = reader.text.find("\n", at, at + HOLD)
    if line < 0 and len(reader.text) < at + HOLD and not reader.ended:
        return None
    stop = line if line >= 0 else min(at + HOLD, len(reader.text))
    size = run_end(reader, at)
    if mark in reader.text[size:stop]:
        return literal(at, size - at)  # "```code```" on one line is no block
    reader.skip = _CODE_END[mark]
    return stop, ""


def fence_last(skip: re.Pattern[str]) -> re.Pattern[str] | None:
    """The form of a fence's end that counts when the reply is over."""
    for mark, pattern in _CODE_END.items():
        if pattern is skip:
            return _CODE_LAST[mark]
    return None


def bar(reader: Reader, at: int) -> Step | None:
    """A table: cells become a list with commas; the line under the head goes."""
    if reader.line_start(at):
        found = _CELLS.match(reader.text, at, at + HOLD)
        stop = found.end() if found else at + 1
        if reader.lacks(stop) and stop - at < HOLD:
            return None
        if "-" in reader.text[at:stop] and reader.text[stop : stop + 1] in ("", "\n"):
            return stop, ""
        reader.table = True
        return _blank(reader, at + 1), ""
    if not reader.table:
        return literal(at)
    stop = _blank(reader, at + 1)
    if reader.lacks(stop) and stop - at < HOLD:
        return None
    return stop, "" if reader.text[stop : stop + 1] in ("", "\n") else ", "


def _blank(reader: Reader, at: int) -> int:
    while at < len(reader.text) and reader.text[at] in " \t":
        at += 1
    return at


def cell_space(reader: Reader, at: int) -> Step | None:
    """Spaces before a bar belong to it."""
    stop = _blank(reader, at)
    if reader.lacks(stop) and stop - at < HOLD:
        return None
    return (stop, "") if reader.text[stop : stop + 1] in ("|", "\n", "") else (stop, " ")
