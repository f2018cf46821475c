"""Rules for Markdown: marks go, words stay, and text that merely looks like it is left alone.

The marks follow CommonMark 0.31 (and GFM for tables and strikethrough) as far as speech needs it: a mark opens
only if it stands before a word and not inside one, and closes only behind one. Here are those within a line; blocks and
links have files of their own.
"""

from __future__ import annotations

import re

from voiceflow.machines.text import blocks, links
from voiceflow.machines.text.reader import HOLD, Reader, Rule, Step, literal, run_end
from voiceflow.machines.text.scripts import is_spaceless


def _wordy(character: str) -> bool:
    return character.isalnum()


def star(reader: Reader, at: int) -> Step | None:
    """`*` and `_`: a list mark or rule at the start of a line, else emphasis."""
    if at + reader.base in reader.dropped:
        return at + reader.dropped.pop(at + reader.base), ""
    if reader.line_start(at):
        step = blocks.line_mark(reader, at)
        if step is None or step[0] > at:
            return step
    stop = run_end(reader, at)
    if reader.lacks(stop):
        return None
    mark, size = reader.text[at], stop - at
    if size > 3:
        return literal(at, size)
    if size >= 2:
        return _strong(reader, at, stop)
    return _emphasis(reader, at, mark)


def _strong(reader: Reader, at: int, stop: int) -> Step | None:
    """`**`, `__`, `***`, `~~`: dropped at once where they can only be marks, else once they close."""
    mark, before, after = reader.text[at:stop], reader.before(at), reader.text[stop : stop + 1]
    if reader.open.get(mark, 0) and before and not before.isspace():
        reader.open[mark] -= 1
        return stop, ""
    inside = _wordy(before) and not is_spaceless(before)
    if inside or not after or after.isspace():
        return stop, None
    opens = not _is_name(after) or _is_closed(reader, mark, stop)
    if opens:
        reader.open[mark] = reader.open.get(mark, 0) + 1
    return None if opens is None else (stop, "" if opens else None)


def _is_name(first: str) -> bool:
    """Whether what begins so may be a name in a program, whose marks belong to it ("**kwargs")."""
    return first.isascii() and (first.islower() or first == "_")


def _is_closed(reader: Reader, mark: str, at: int) -> bool | None:
    """Whether a mark that opened before `at` closes in its paragraph; None: not known yet."""
    limit = at + HOLD - len(mark)
    blank = reader.text.find("\n\n", at, limit)
    close = reader.text.find(mark, at + 1, blank if blank >= 0 else limit)
    while close >= 0 and reader.text[close - 1].isspace():
        close = reader.text.find(mark, close + 1, blank if blank >= 0 else limit)
    if close >= 0 or blank >= 0 or len(reader.text) >= limit or reader.ended:
        return close >= 0
    return None


def strike(reader: Reader, at: int) -> Step | None:
    stop = run_end(reader, at)
    if reader.lacks(stop):
        return None
    if stop - at >= 3 and reader.line_start(at):
        return blocks.fence(reader, at)
    return _strong(reader, at, stop) if stop - at == 2 else literal(at, stop - at)


_CLOSER = {mark: re.compile(rf"(?<![\s{other}\\])\{mark}(?![\w{other}])") for mark, other in (("*", "*"), ("_", "_"))}


def _emphasis(reader: Reader, at: int, mark: str) -> Step | None:
    before, after = reader.before(at), reader.text[at + 1 : at + 2]
    inside = _wordy(before) and not (mark == "*" and is_spaceless(before))
    if inside or not after or after.isspace() or before == mark or before == "\\":
        return literal(at)
    line = reader.text.find("\n", at, at + HOLD)
    limit = line if line >= 0 else min(at + HOLD, len(reader.text))
    if is_spaceless(after) or (before and is_spaceless(before)):
        close = reader.text.find(mark, at + 2, limit)  # between letters that are written together it may close anywhere
        if close >= 0 and reader.lacks(close + 1):
            return None
        if close >= 0 and reader.text[close + 1 : close + 2] != mark:
            reader.dropped[close + reader.base] = 1
            return at + 1, ""
    found = _CLOSER[mark].search(reader.text, at + 2, limit)
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
    stop = run_end(reader, at)
    if reader.lacks(stop):
        return None
    size = stop - at
    if size >= 3 and reader.line_start(at):
        return blocks.fence(reader, at)
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


def backslash(reader: Reader, at: int) -> Step | None:
    """An escaped mark is the mark itself."""
    if reader.lacks(at + 1):
        return None
    follower = reader.text[at + 1 : at + 2]
    if follower and follower in "*_`#[]()<>~|!-+.\\":
        return at + 2, follower
    return literal(at)


RULES: dict[str, Rule] = {
    "#": blocks.heading, ">": blocks.quote, "-": blocks.dash, "+": blocks.dash, "|": blocks.bar,
    "*": star, "_": star, "~": strike, "`": backtick, "\\": backslash,
    "[": links.bracket, "]": links.bracket_end, "!": links.image,
}  # fmt: skip
