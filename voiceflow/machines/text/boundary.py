# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Does a sentence end at this mark? Decided from the text around it, or not yet.

Every function looks at a bounded number of characters and answers "not yet" (`None`) as long as a longer text
could change the answer. So the answer depends on the text alone, never on how it arrived in pieces.
"""

from __future__ import annotations

import re

import attrs

from voiceflow.machines.text.profiles import BULLETS, CLOSERS, STRONG, TRAILERS, Profile
from voiceflow.machines.text.scripts import is_spaceless

LOOK = 40  # characters: the furthest that any decision looks past its mark
NEST = 200  # characters: brackets and quotes protect what is inside them for so long

_RUN = re.compile(
    rf"(?:[{re.escape(STRONG)}:;]|[{re.escape(TRAILERS)}])+(?:[ \u00a0]\.(?!\w))*[{re.escape(TRAILERS)}]*"
    r"(?:[ \u00a0\u202f]»(?=\s|\Z))?"  # French puts a space before the closing mark
)
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"[\w'’-]{0,32}")
_GOES_ON = frozenset(",;:)]}%-–—…=+&|/.!?")
_OPENING = frozenset("([{\"'“„«»‘‚¿¡「『（【‹*_#")
_MARKER = re.compile(r"[\s(\[]*[•⁃‣▪●◦∙*-]?\s*(\d{1,3}|[a-zA-Z]|[ivx]{1,4})\Z")
_FIRST = re.compile(r"\s*[•⁃‣▪●◦∙]?\s*(\d{1,3}|[a-z])(\.\)|\.|\))\s")
_ELIDED = re.compile(r"[^\W\d_]{1,6}['’](?=[^\W\d_]{2})")
_ACRONYM = re.compile(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]{1,4}\Z")
_NUMBER = re.compile(r"[\d.,]*\d\Z")
_CLOCK = frozenset({"a.m", "p.m"})
_AFTER_CLOCK = frozenset(
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "est",
        "edt",
        "et",
        "pst",
        "pdt",
        "pt",
        "cst",
        "cdt",
        "ct",
        "mst",
        "mdt",
        "mt",
        "gmt",
        "utc",
        "cet",
        "eastern",
        "pacific",
    ]
)
_PARTICLES = frozenset("とっをはがのにでもだな、，")

Answer = tuple[int, int]  # where to cut (-1: nowhere), where to go on looking


@attrs.frozen
class View:
    """The text in hand: the segment begins at `start`, the text may go on unless it `ended`."""

    text: str
    start: int
    ended: bool
    profile: Profile


def is_small(character: str) -> bool:
    """A small letter of a script with two cases; Georgian letters count as small in Unicode and are no such."""
    return character.islower() and not "\u10d0" <= character <= "\u10ff"


def terminator(view: View, at: int) -> Answer | None:
    """A strong mark at `at`."""
    text, size = view.text, len(view.text)
    stop = _run_end(text, at)
    if stop >= size:
        return (size, size) if view.ended else None
    run = text[at:stop]
    if not text[stop].isspace():
        return _joined(view, at, stop, run)
    found = _SPACE.match(text, stop, stop + LOOK)
    after = found.end() if found else stop
    if after - stop >= LOOK or text.count("\n", stop, after) > 1:
        return stop, after
    if after >= size:
        return (size, size) if view.ended else None
    ends = _ends(view, at, run, after)
    return None if ends is None else (stop, after) if ends else (-1, stop)


def _run_end(text: str, at: int) -> int:
    """Where the marks that belong together end: "?!", '."', ". . .", ".)."."""
    found = _RUN.match(text, at, at + LOOK)
    stop = found.end() if found else at + 1
    if found and text[at] not in ":;":
        # A colon or semicolon after the mark is no part of it: "...:" is, "etc.:" is not.
        while stop > at + 1 and text[stop - 1] in "*_" and stop < len(text) and text[stop].isalnum():
            stop -= 1
    return stop


def _joined(view: View, at: int, stop: int, run: str) -> Answer | None:
    """The mark is followed by a letter or sign without a space between."""
    text, after, mark = view.text, view.text[stop], run.rstrip(TRAILERS)[-1:]
    if mark == "．" and after.isdigit():
        return -1, stop  # a wide decimal point
    if mark > "\u007f" and mark != "…":
        quoted = run[-1] in CLOSERS or run[-1] in '”"'
        return (-1, stop) if quoted and after in _PARTICLES else (stop, stop)
    if not after.isupper() or mark not in (".", "!", "?") or "\\" in run:
        return -1, stop
    word = _word_before(view, at)
    if any(sign in word for sign in "/@:=_.\\") or not _may_be_glued(word):
        return -1, stop
    token = _TOKEN.match(text, stop, stop + LOOK)
    end = token.end() if token else stop
    if end >= len(text) and end - stop < LOOK and not view.ended:
        return None
    if any(sign in text[stop:end] for sign in "/@:=_\\("):
        return -1, stop
    if mark == "." and word.istitle() and len(text[max(view.start, at - LOOK) : at].split()) < 3:
        return -1, stop  # "System.Out" may be one name; "... is Tuesday.Hr" may not
    return (-1, stop) if mark == "." and word.lower() in view.profile.listed else (stop, stop)


def _may_be_glued(word: str) -> bool:
    """Whether a sentence may end with this word without a space after it: "world.It", "1,000.That"."""
    if word.replace(",", "").isdigit():
        return len(word) > 2
    return len(word) > 1 and word[-1].islower()


def _word_before(view: View, at: int) -> str:
    """The run of characters without a space that ends at `at`, opening marks taken off; at most 40 long."""
    tail = view.text[max(view.start, at - LOOK) : at]
    if not tail or tail[-1].isspace():
        return ""
    return tail.split()[-1].lstrip("([{\"'“„«‘¿¡*_")


def _ends(view: View, at: int, run: str, after: int) -> bool | None:
    """Whether the marks `run` at `at` end a sentence when what follows the white space begins at `after`."""
    text, profile = view.text, view.profile
    first, core = text[after], run.rstrip(TRAILERS)
    mark = core[-1:] or run[0]
    if mark == "،":
        return _arabic_comma(view, after)
    if mark > "\u007f" and mark not in "…．":
        return True
    if first in BULLETS:
        return True
    if first in _GOES_ON or (first in "-*" and mark != "."):
        return False
    if first in _OPENING and first not in "#":
        return _before_opening(view, at, run, after)
    if is_small(first):
        return _before_small(view, at, run, after)
    if mark in profile.strong or mark in ":;":
        return mark in profile.strong
    if ". ." in core or "\u00a0." in core:
        return core.count(".") > 3
    if mark != "." or len(core) > 1:
        return True
    return _full_stop(view, at, after, closed=len(run) > len(core))


def _arabic_comma(view: View, after: int) -> bool | None:
    """A comma ends a clause, but not the items of a list: one word and another comma follow."""
    found = _TOKEN.match(view.text, after, after + LOOK)
    stop = found.end() if found else after
    if stop >= len(view.text) and stop - after < LOOK and not view.ended:
        return None
    return not view.text[after:stop].endswith("،")


def _before_opening(view: View, at: int, run: str, after: int) -> bool | None:
    text = view.text
    if after + 1 >= len(text):
        return False if view.ended else None
    second = text[after + 1]
    if text[after] == "«" and second in " \u00a0\u202f":  # French puts a space behind the opening mark
        if after + 2 >= len(text):
            return False if view.ended else None
        second = text[after + 2]
    if is_small(second) or second in _GOES_ON or second.isspace():
        return False
    if text[after] in "([" and run[-1] not in "!?.":
        return False  # a source after a quotation: "..." (Smith 55)
    if run == ".":
        return _full_stop(view, at, after + 1, closed=False)
    return True


def _before_small(view: View, at: int, run: str, after: int) -> bool | None:
    """A small letter follows: no new sentence, unless the writer uses no capitals or the name is like iPhone."""
    text = view.text
    if after + 1 >= len(text) and not view.ended:
        return None
    if text[after + 1 : after + 2].isupper():
        return True
    word = _word_before(view, at).lower()
    if view.profile.lower_starts:
        return len(word) > 3 and word not in view.profile.listed and "." not in word
    opening = text[view.start : view.start + LOOK].lstrip(" \n\t\"'“(*")[:1]
    if not opening.islower() or (len(run) > 1 and run[0] == "."):
        return False
    least = 1 if view.profile.language == "en" else 3  # a short word may be an abbreviation that no list has
    return len(word) > least and "." not in word and word not in view.profile.listed


def _full_stop(view: View, at: int, after: int, *, closed: bool) -> bool | None:
    """A single full stop, white space, then a capital, a digit or a letter of a script without cases."""
    listed, word = view.profile.listed, _ELIDED.sub("", _word_before(view, at))
    low, digit = word.lower(), view.text[after].isdigit()
    if _is_marker(view, at):
        return False
    if not word or closed:
        return True
    if _NUMBER.match(word):
        return _number(view, word, after)
    if len(word) <= 2:
        if after + 1 >= len(view.text) and not view.ended:
            return None
        if view.profile.language != "en" and view.text[after + 1 : after + 2] == "." and not digit:
            return False  # "z. B."
        low = _spaced_acronym(view, at, low)
    if digit and low[-1:] in "°º":
        return False
    if view.profile.language == "de" and low.endswith("str"):
        low = "str"  # "Hauptstr. 5"
    if low in listed.counted:
        return not (digit or low in listed.never)
    if low in listed.never:
        return False
    if low in listed.may or (_ACRONYM.match(low) and len(low) < 12):
        return False if digit else _may_end(view, at, low, word, after)
    if len(low) == 1 and word.isalpha():
        return _initial(view, word, after)
    if low != word.lower():
        return False  # "s. r. o.", unlisted: single letters with stops and spaces
    return not (digit and len(word) <= 3 and word.isalpha() and view.profile.language != "en")


def _is_marker(view: View, at: int) -> bool:
    """Whether the segment up to the stop is nothing but an item's number: "1.", "• 9.", "a."."""
    head = view.text[view.start : min(at, view.start + LOOK)]
    return at - view.start < LOOK and _MARKER.match(head) is not None


def _spaced_acronym(view: View, at: int, low: str) -> str:
    """ "b" in "z. b." is "z.b"; anything else is itself."""
    tail = view.text[max(view.start, at - 16) : at].lower().split()
    while len(tail) > 1 and len(tail[-2]) <= 3 and tail[-2].endswith(".") and tail[-2] != ".":
        low = tail[-2].lstrip('(["„“') + low
        tail.pop(-2)
    return low


def _number(view: View, word: str, after: int) -> bool | None:
    if not view.profile.ordinal_dot or len(word) > 2 or not word.isdigit():
        return True
    if view.text[after].isdigit():
        return True
    follower = _next_word(view, after)
    if follower is None:
        return None
    return follower in view.profile.starters if view.profile.starters else follower not in view.profile.months


def _next_word(view: View, after: int) -> str | None:
    """The word at `after` in small letters, once it is known where it ends."""
    found = _WORD.match(view.text, after, after + LOOK)
    stop = found.end() if found else after
    if stop >= len(view.text) and not view.ended and stop - after < 32:
        return None
    return view.text[after:stop].lower().replace("’", "'")


def _may_end(view: View, at: int, low: str, word: str, after: int) -> bool | None:
    """An abbreviation that may close a sentence: the next word decides."""
    follower = _next_word(view, after)
    if follower is None:
        return None
    if low in _CLOCK:
        long = len(view.text[max(view.start, at - 2 * LOOK) : at].split()) > 3
        return long and follower not in _AFTER_CLOCK and bool(follower)
    if not view.profile.starters or not follower:
        return True
    return follower in view.profile.starters


def _initial(view: View, word: str, after: int) -> bool | None:
    """A single letter: an initial of a name unless a word follows that begins sentences."""
    if word.islower() and view.profile.language == "en":
        return True
    follower = _next_word(view, after)
    if follower is None:
        return None
    return follower in view.profile.starters and len(follower) > 1


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
    found = _SPACE.match(text, at, at + LOOK)
    after = found.end() if found else at + 1
    if text.count("\n", at, after) > 1 or after - at >= LOOK or mode == "always":
        return head, after
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
        if re.match(r"(?:\d{1,2}[.)]|[-*–])\s", text[after : after + 4]):
            return True
    if is_spaceless(first) and is_spaceless(last):
        return False
    line = text[max(view.start, text.rfind("\n", view.start, head) + 1, head - 2 * LOOK) : head]
    if at - head == 1 and text[head] == " ":
        return False  # wrapped text keeps the space it was wrapped at
    if not last.isalnum():
        return True
    return len(line.split()) <= 3 if is_small(first) else True


def clause(view: View, at: int) -> Answer | None:
    """A weak mark: a clause ends if white space follows, or at once where no spaces are written."""
    text, stop = view.text, at + 1
    if text[at] > "\u2fff" or text[at] in "—":
        return stop, stop
    if stop >= len(text):
        return (-1, stop) if view.ended else None
    if not text[stop].isspace():
        return -1, stop
    found = _SPACE.match(text, stop, stop + LOOK)
    return stop, found.end() if found else stop
