"""The text in the hands of the filter, and what its rules answer.

A rule looks at `Reader.text` from one special character on. It answers `None` ("not yet": more text could change
the answer) or a `Step`: how far it read and what is to be said instead (None: what stands there). What a rule
may look at is bounded, so "not yet" is too.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import attrs

HOLD = 120  # characters: the longest that an opening mark waits for the one that closes it

Step = tuple[int, str | None]


@attrs.define
class Reader:
    """The text, what is known of the place in it, and what rules told each other.

    `base` is where `text` begins in the whole reply. Places that outlive a rule (`dropped`, `verbatim`, `waits`) are
    counted in the whole reply.
    """

    text: str = ""
    base: int = 0
    at: int = 0
    ended: bool = False
    skip: re.Pattern[str] | None = None  # nothing is said until this is found
    verbatim: int = 0  # up to here everything is said as it stands
    token: bool = False  # everything up to the next white space is said as it stands
    waits: int = -1  # a number at this place is not here in full yet
    seen: int = 0  # and so much of the text was known then
    dropped: dict[int, int] = attrs.Factory(dict[int, int])  # closing marks to leave out: where, and how long
    open: dict[str, int] = attrs.Factory(dict[str, int])  # strong marks that are open, by mark
    block: bool = False  # in a heading or a list item: its end is the end of a phrase
    table: bool = False  # in a table's row

    def before(self, at: int) -> str:
        """The character before `at`, "" at the beginning of the reply."""
        return self.text[at - 1] if at else ""

    def lacks(self, stop: int) -> bool:
        """Whether text up to `stop` may still come but is not here."""
        return len(self.text) <= stop and not self.ended

    def line_start(self, at: int) -> bool:
        """Whether only white space and quote marks stand before `at` on its line."""
        head = at
        while head > 0 and self.text[head - 1] in " \t>" and at - head < 12:
            head -= 1
        return (head == 0 and self.base == 0) or (head > 0 and self.text[head - 1] == "\n")

    def compact(self, keep: int) -> None:
        """Let go of what was read, but for the last `keep` characters."""
        count = self.at - keep
        if count > 0:
            self.text = self.text[count:]
            self.base += count
            self.at = keep


Rule = Callable[[Reader, int], Step | None]


def literal(at: int, length: int = 1) -> Step:
    """Say what stands there."""
    return at + length, None


def run_end(reader: Reader, at: int) -> int:
    """Where the run of the character at `at` ends."""
    mark, stop = reader.text[at], at
    while stop < len(reader.text) and reader.text[stop] == mark and stop - at < HOLD:
        stop += 1
    return stop
