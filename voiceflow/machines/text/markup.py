"""Rules for Markdown: marks go, words stay, and text that merely looks like it is left alone.

The marks follow CommonMark 0.31 (and GFM for tables and strikethrough) as far as speech needs it: a mark opens
only if it stands before a word and not inside one, and closes only behind one.
"""

from __future__ import annotations

import re

from voiceflow.machines.text.reader import Reader, Rule, Step, literal
from voiceflow.machines.text.scripts import is_spaceless

HOLD = 120  # characters: the longest that an opening mark waits for the one that closes it

_HEADING = re.compile(r"#{1,6}[ \t]")
_RULE = re.compile(r"[-*_](?:[ \t]*[-*_])*[ \t]*")
_ITEM = re.compile(r"[-*+•][ \t](?:\[[ xX]\][ \t])?")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_CELLS = re.compile(r"[|:\- \t]*")
_LINK = re.compile(r"\[((?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]")
_TARGET = re.compile(r"[^\s()\[\]]*(?:\([^\s()]*(?:\)|\Z)[^\s()]*)*(?:[ \t]+(?:\"[^\"\n]*\"?|'[^'\n]*'?)?)?[ \t]*")
_LONG = re.compile(r"[^\s\"']*\Z")
_ADDRESS_END = re.compile(r"\)|(?=\s)")
_NOTE = re.compile(r"\[\^[\w-]{1,20}\]:?")
_CODE_END = {mark: re.compile(rf"\n[ \t>]{{0,8}}{mark}{{3,}}[ \t]*(?=\n)") for mark in "`~"}
_CODE_LAST = {mark: re.compile(rf"\n[ \t>]{{0,8}}{mark}{{3,}}[ \t]*\Z") for mark in "`~"}


def _wordy(character: str) -> bool:
    return character.isalnum()


def _run(reader: Reader, at: int) -> int:
    """Where the run of the character at `at` ends."""
    mark, stop = reader.text[at], at
    while stop < len(reader.text) and reader.text[stop] == mark and stop - at < HOLD:
        stop += 1
    return stop


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
    stop = _run(reader, at)
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


def star(reader: Reader, at: int) -> Step | None:
    """`*` and `_`: a list mark or rule at the start of a line, else emphasis."""
    if at + reader.base in reader.dropped:
        return at + reader.dropped.pop(at + reader.base), ""
    if reader.line_start(at):
        step = line_mark(reader, at)
        if step is None or step[0] > at:
            return step
    stop = _run(reader, at)
    if reader.lacks(stop):
        return None
    mark, size = reader.text[at], stop - at
    if size > 3:
        return literal(at, size)
    if size >= 2:
        return _strong(reader, at, stop)
    return _emphasis(reader, at, mark)


def _strong(reader: Reader, at: int, stop: int) -> Step:
    """`**`, `__`, `***`, `~~`: dropped at once where they can only be marks."""
    mark, before, after = reader.text[at:stop], reader.before(at), reader.text[stop : stop + 1]
    if reader.open.get(mark, 0) and before and not before.isspace():
        reader.open[mark] -= 1
        return stop, ""
    inside = _wordy(before) and not is_spaceless(before)
    if not inside and after and not after.isspace():
        reader.open[mark] = reader.open.get(mark, 0) + 1
        return stop, ""
    return stop, None


def strike(reader: Reader, at: int) -> Step | None:
    stop = _run(reader, at)
    if reader.lacks(stop):
        return None
    if stop - at >= 3 and reader.line_start(at):
        return fence(reader, at)
    return _strong(reader, at, stop) if stop - at == 2 else literal(at, stop - at)


_CLOSER = {mark: re.compile(rf"(?<![\s{other}\\])\{mark}(?![\w{other}])") for mark, other in (("*", "*"), ("_", "_"))}


def _emphasis(reader: Reader, at: int, mark: str) -> Step | None:
    before, after = reader.before(at), reader.text[at + 1 : at + 2]
    inside = _wordy(before) and not (mark == "*" and is_spaceless(before))
    if inside or not after or after.isspace() or before == mark or before == "\\":
        return literal(at)
    line = reader.text.find("\n", at, at + HOLD)
    limit = line if line >= 0 else min(at + HOLD, len(reader.text))
    found = _CLOSER[mark].search(reader.text, at + 2, limit)
    if found is None and (is_spaceless(after) or (before and is_spaceless(before))):
        close = reader.text.find(mark, at + 2, limit)
        if close >= 0 and close + 1 < len(reader.text) and reader.text[close + 1] != mark:
            reader.dropped[close + reader.base] = 1
            return at + 1, ""
    if found is not None and not reader.lacks(found.end()):
        reader.dropped[found.start() + reader.base] = 1
        return at + 1, ""
    if line < 0 and len(reader.text) < at + HOLD and not reader.ended:
        return None
    if found is not None:
        reader.dropped[found.start() + reader.base] = 1
        return at + 1, ""
    return literal(at)


def backtick(reader: Reader, at: int) -> Step | None:
    """Code: a block is left out, a span is said as it stands without its marks."""
    if at + reader.base in reader.dropped:
        return at + reader.dropped.pop(at + reader.base), ""
    stop = _run(reader, at)
    if reader.lacks(stop):
        return None
    size = stop - at
    if size >= 3 and reader.line_start(at):
        return fence(reader, at)
    closer = re.compile(rf"(?<!`)`{{{size}}}(?!`)")
    blank = reader.text.find("\n\n", stop, at + HOLD)  # a span ends with its paragraph
    found = closer.search(reader.text, stop, blank if blank >= 0 else at + HOLD)
    if found is None or reader.lacks(found.end()):
        if blank < 0 and len(reader.text) < at + HOLD and not reader.ended:
            return None
        if found is None:
            return literal(at, size)
    reader.dropped[found.start() + reader.base] = size
    reader.verbatim = found.start() + reader.base
    return stop, ""


def fence(reader: Reader, at: int) -> Step | None:
    """A fenced block is left out whole, its end being a line with the same fence, or the end of the reply."""
    mark = reader.text[at]
    line = reader.text.find("\n", at, at + HOLD)
    if line < 0 and len(reader.text) < at + HOLD and not reader.ended:
        return None
    stop = line if line >= 0 else min(at + HOLD, len(reader.text))
    size = _run(reader, at)
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
    reader.dropped[stop + reader.base] = size
    return at + 1, ""


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


def backslash(reader: Reader, at: int) -> Step | None:
    """An escaped mark is the mark itself."""
    if reader.lacks(at + 1):
        return None
    follower = reader.text[at + 1 : at + 2]
    if follower and follower in "*_`#[]()<>~|!-+.\\":
        return at + 2, follower
    return literal(at)


RULES: dict[str, Rule] = {
    "#": heading, ">": quote, "-": dash, "+": dash, "*": star, "_": star, "~": strike,
    "`": backtick, "[": bracket, "]": bracket_end, "!": image, "|": bar, "\\": backslash,
}  # fmt: skip
