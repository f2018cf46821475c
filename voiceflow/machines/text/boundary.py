# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Does a sentence or a clause end at this mark? Decided from the text around it, or not yet.

Every function looks at a bounded number of characters and answers "not yet" (`None`) as long as a longer text
could change the answer. So the answer depends on the text alone, never on how it arrived in pieces.
"""

from __future__ import annotations

import re

from voiceflow.machines.text.profiles import BULLETS, CLOSERS, STRONG, TRAILERS
from voiceflow.machines.text.stops import full_stop, is_plain_end
from voiceflow.machines.text.view import GAP, LOOK, RUN, SPACE, TOKEN, WORD, Answer, View, is_small, word_before

_RUN = re.compile(
    rf"(?:[{re.escape(STRONG)}:;]|[{re.escape(TRAILERS)}])+(?:[ \u00a0]\.(?!\w))*[{re.escape(TRAILERS)}]*"
    r"(?:[ \u00a0\u202f]»(?=\s|\Z))?"  # French puts a space before the closing mark
)
_GOES_ON = frozenset(",;:)]}%-–—…=+&|/.!?")
_OPENING = frozenset("([{\"'“„«»‘‚¿¡「『（【‹*_#")
_TWO_WORDS = re.compile(r"[^\W\d_a-z][\w'’]{0,12} (?!and |et |und |y |i |e )[a-z]{1,4}[\w ]")
_ONE_WORD = re.compile(r"[^\W\d_a-z][\w'’]{0,12}(?: [a-z]{0,4})?\Z")
_PARTICLES = frozenset("とっをはがのにでもだな、，")
# Who says it, and the mark behind: short names, and "he laughed and said".
_SAYS = 8  # characters
_SAID = re.compile(r"[\u4e00-\u9fff]{0,6}[说說道问問喊叫答][。，,：:；]")
_MAY_SAY = re.compile(r"[\u4e00-\u9fff]{0,7}\Z")
# Names that end in an exclamation mark.
_EXCLAIMED = frozenset({"yahoo", "jeopardy", "joomla", "wham", "oklahoma", "yum", "panic", "pnau", "guess"})


def settled(view: View, at: int) -> bool:
    """Whether a single strong mark at `at`, outside brackets and quotes, ends a sentence whatever follows its space.

    Most do, and then nothing is waited for: a voice can begin with the white space behind the mark.
    """
    text, mark = view.text, view.text[at]
    if at + 1 >= len(text) or not text[at + 1].isspace():
        return False
    if mark == ".":
        return is_plain_end(view, at)
    if mark > "\u007f":
        return mark in STRONG and mark not in "…．"
    if mark not in "!?" or view.profile.dashes:
        return False
    word = word_before(view, at)
    if mark == "?" or word == word.lower():
        return word != ""
    if view.profile.nouns:
        return word.isalpha() and word.lower() not in _EXCLAIMED
    return word.isalpha() and word.lower() not in _EXCLAIMED and len(text[view.start : at].split()) == 1


def terminator(view: View, at: int) -> Answer | None:
    """A strong mark at `at`."""
    text, size = view.text, len(view.text)
    stop = _run_end(text, at)
    if stop >= size:
        return (size, size) if view.ended else None
    run = text[at:stop]
    if not text[stop].isspace():
        return _joined(view, at, stop, run)
    found = SPACE.match(text, stop, stop + GAP)
    after = found.end() if found else stop
    if after - stop >= GAP or text.count("\n", stop, after) > 1:
        return stop, stop  # more white space may come: what is looked at next is its beginning
    if after >= size:
        return (size, size) if view.ended else None
    ends = _ends(view, at, run, after)
    return None if ends is None else (stop, after) if ends else (-1, stop)


def _run_end(text: str, at: int) -> int:
    """Where the marks that belong together end: "?!", '."', ". . .", ".)."."""
    found = _RUN.match(text, at, at + RUN)
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
        if run[-1] in "》〉】":
            return -1, stop  # a title with a mark in it
        quoted = run[-1] in CLOSERS or run[-1] in '”"'
        if quoted and view.profile.language == "zh" and run[-1] not in ")）":
            return _said_in_chinese(view, stop)
        return (-1, stop) if quoted and after in _PARTICLES else (stop, stop)
    if not after.isupper() or mark not in (".", "!", "?") or "\\" in run:
        return -1, stop
    word = word_before(view, at)
    if any(sign in word for sign in "/@:=_.\\") or not _may_be_glued(word):
        return -1, stop
    token = TOKEN.match(text, stop, stop + WORD)
    end = token.end() if token else stop
    if end >= len(text) and end - stop < WORD and not view.ended:
        return None
    if any(sign in text[stop:end] for sign in "/@:=_\\(") or text[stop + 1 : stop + 2] == ".":
        return -1, stop  # an address, "Ph.D."
    if mark == "." and word.istitle() and len(text[max(view.start, at - LOOK) : at].split()) < 3:
        return -1, stop  # "System.Out" may be one name; "... is Tuesday.Hr" may not
    return (-1, stop) if mark == "." and word.lower() in view.profile.listed else (stop, stop)


def _said_in_chinese(view: View, stop: int) -> Answer | None:
    """A quotation and who said it are one sentence: "“我来了。”他说。"."""
    if _SAID.match(view.text, stop, stop + _SAYS):
        return -1, stop
    waits = not view.ended and len(view.text) < stop + _SAYS and _MAY_SAY.match(view.text, stop)
    return None if waits else (stop, stop)


def _may_be_glued(word: str) -> bool:
    """Whether a sentence may end with this word without a space after it: "world.It", "1,000.That"."""
    if word.replace(",", "").isdigit():
        return len(word) > 2
    return len(word) > 1 and word[-1].islower()


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
    return full_stop(view, at, after, closed=len(run) > len(core))


def _arabic_comma(view: View, after: int) -> bool | None:
    """A comma ends a clause, but not the items of a list: one word and another comma follow."""
    found = TOKEN.match(view.text, after, after + WORD)
    stop = found.end() if found else after
    if stop >= len(view.text) and stop - after < WORD and not view.ended:
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
        return _begins_sentence(view, after + 1)  # or is it a source after a quotation: "..." (Smith 55)?
    if run == ".":
        return full_stop(view, at, after + 1, closed=False)
    return True


def _begins_sentence(view: View, at: int) -> bool | None:
    """Whether words begin at `at` of which the second is small, as in a sentence: "(He smiled.)", "(Smith 55)"."""
    found = _TWO_WORDS.match(view.text, at, at + LOOK - GAP)
    if found is None and not view.ended and _ONE_WORD.match(view.text, at, at + LOOK - GAP):
        return None
    return found is not None


def _before_small(view: View, at: int, run: str, after: int) -> bool | None:
    """A small letter follows: no new sentence, unless the writer uses no capitals or the name is like iPhone."""
    text = view.text
    if after + 1 >= len(text) and not view.ended:
        return None
    if text[after + 1 : after + 2].isupper():
        return True
    word = word_before(view, at).lower()
    if view.profile.lower_starts:
        return len(word) > 3 and word not in view.profile.listed and "." not in word
    opening = text[view.start : view.start + LOOK].lstrip(" \n\t\"'“(*")[:1]
    if not opening.islower() or (len(run) > 1 and run[0] == "."):
        return False
    least = 1 if view.profile.language == "en" else 3  # a short word may be an abbreviation that no list has
    return len(word) > least and "." not in word and word not in view.profile.listed


def clause(view: View, at: int) -> Answer | None:
    """A weak mark: a clause ends if white space follows, or at once where no spaces are written."""
    text, stop = view.text, at + 1
    if text[at] > "\u2fff" or text[at] in "—":
        return stop, stop
    if stop >= len(text):
        return (-1, stop) if view.ended else None
    return (stop, stop) if text[stop].isspace() else (-1, stop)
