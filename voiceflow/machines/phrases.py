# ruff: noqa: RUF001 (marks and letters of many scripts)
"""Where to cut a reply into phrases to speak: the streaming sentence chunker.

Theory. The text in hand is scanned once, from mark to mark. At each mark `boundary` says cut, go on, or not yet;
"not yet" stops the scan until more text comes. No answer depends on where the text was split into deltas, so
neither do the phrases. A segment that reaches `max_chars` without a cut is cut at its best place, so no phrase
waits for ever, and everything that is kept (the segment in hand) has a bound.
"""

from __future__ import annotations

import re
from functools import cache

import attrs

from voiceflow.errors import GraphError
from voiceflow.machines.text import boundary, lines
from voiceflow.machines.text.edges import flush_point, forced_point, tidy
from voiceflow.machines.text.languages import normalise
from voiceflow.machines.text.pieces import Piece, Ribbon
from voiceflow.machines.text.profiles import BULLETS, CLOSERS, OPENERS, QUOTES, STRONG, WEAK, profile
from voiceflow.machines.text.scripts import BY_SCRIPT, is_spaceless, script_of
from voiceflow.machines.text.view import LOOK, NEST, Answer, View

_LINE_BREAKS = ("auto", "always", "blank")


@attrs.frozen
class PhraseSettings:
    """How a reply is cut.

    `first_words`: cut the first phrase at the first clause that has at least so many words, so that speech
    starts sooner; None keeps it a full sentence. `clause_chars`: from so many characters on, any phrase may be
    cut at a clause; None keeps full sentences. `max_chars`: no phrase is longer (in characters). `line_breaks`:
    "auto", "always" or "blank" (only empty lines cut). `idle_after`: nanoseconds without a delta after which
    `flush` should be called; `idle_chars`: the least that `flush` speaks, in characters.
    """

    first_words: int | None = None
    clause_chars: int | None = None
    max_chars: int = 500
    line_breaks: str = "auto"
    idle_after: int = 150_000_000
    idle_chars: int = 12

    def __attrs_post_init__(self) -> None:
        for name, least in (
            ("first_words", 1),
            ("clause_chars", 1),
            ("max_chars", 80),
            ("idle_after", 0),
            ("idle_chars", 1),
        ):
            value = getattr(self, name)
            if value is None and name in ("first_words", "clause_chars"):
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise GraphError(f"PhraseSettings.{name} is a whole number of at least {least}; got {value!r}")
        if self.line_breaks not in _LINE_BREAKS:
            raise GraphError(
                f"PhraseSettings.line_breaks is one of {', '.join(_LINE_BREAKS)}; got {self.line_breaks!r}"
            )


class Phrases:
    """Cuts one reply into phrases, as it is written. One object for one reply.

    Feed `push`, then `end`; what each returns is ready to be spoken. `flush` is for a writer who has stalled.
    `language` is a code or name; None goes by the script of each sentence (Latin counts as English).

    Raises:
        GraphError: the language is unknown.
    """

    def __init__(self, settings: PhraseSettings | None = None, language: str | None = None) -> None:
        self.settings = settings or PhraseSettings()
        self.language = None if language is None else normalise(language)
        self._profile = None if self.language is None else profile(self.language)
        clauses = self.settings.first_words is not None or self.settings.clause_chars is not None
        self._marks = marks(self.language, clauses)
        self._buffer = ""
        self._ribbon = Ribbon()
        self._start = 0  # of the segment in hand, in the buffer
        self._at: int = 0  # the scan goes on here
        self._read = 0  # characters of bare strings seen, for their map
        self._first = True
        self._stuck = False  # the scan stands at a mark that needs more text
        self._quote: int = -1  # where the quotation that is open began
        self._depth = 0  # open brackets
        self._bracket: int = -1  # where the innermost one began

    @property
    def idle_after(self) -> int:
        """Nanoseconds without a delta after which `flush` should be called."""
        return self.settings.idle_after

    @property
    def held(self) -> int:
        """Characters in hand that are not cut yet."""
        return len(self._buffer) - self._start

    @property
    def waiting(self) -> int:
        """Characters from the mark on that is not decided yet; 0 if none waits."""
        return len(self._buffer) - self._at if self._stuck else 0

    def split(self, text: str) -> list[Piece]:
        """The phrases of a whole text: what `push` and `end` of a fresh machine give."""
        fresh = Phrases(self.settings, self.language)
        return fresh.push(text) + fresh.end()

    def push(self, piece: Piece | str) -> list[Piece]:
        """Take a delta; return the phrases that it completes."""
        text = piece if isinstance(piece, str) else piece.text
        if isinstance(piece, str) or not piece.spans:  # no map: it stands there as it is
            self._ribbon.add(len(text), self._read, len(text))
            self._read += len(text)
        else:
            self._ribbon.extend(text, piece.spans)
        self._buffer += text
        if not self._stuck and self._marks.search(text) is None and len(self._buffer) < self.settings.max_chars:
            self._at = len(self._buffer)
            return []
        return self._scan(ended=False)

    def end(self) -> list[Piece]:
        """The reply is complete: return what is left of it."""
        phrases = self._scan(ended=True)
        self._take(phrases, len(self._buffer))
        self._compact()
        return phrases

    def flush(self) -> list[Piece]:
        """The writer has stalled: return the clause in hand if it can be spoken, cut between words."""
        point = flush_point(self._view(ended=False), self.settings.idle_chars)
        phrases: list[Piece] = []
        if point > self._start:
            self._take(phrases, point)
            self._stuck = False
            self._at = point
            phrases += self._scan(ended=False)
        return phrases

    def _scan(self, *, ended: bool) -> list[Piece]:
        phrases: list[Piece] = []
        text, most, search = self._buffer, self.settings.max_chars, self._marks.search
        self._stuck = False
        while True:
            limit = self._start + most
            found = search(text, self._at, limit)
            if found is None:
                if len(text) < limit or (ended and len(text) == limit):
                    self._at = len(text)
                    break
                self._take(phrases, forced_point(text, self._start, limit))
                self._at = self._start
                continue
            answer = self._judge(found.start(), ended)
            if answer is None:
                self._at, self._stuck = found.start(), True
                break
            cut, self._at = answer
            if cut > limit:
                cut = forced_point(text, self._start, limit)
                self._at = cut
            if cut >= 0:
                self._take(phrases, cut)
                self._at = max(self._at, self._start)
        self._compact()
        return phrases

    def _view(self, *, ended: bool, at: int | None = None) -> View:
        chosen = self._profile or profile(self._guess(len(self._buffer) if at is None else at))
        return View(self._buffer, self._start, ended, chosen)

    def _guess(self, at: int) -> str:
        """The language that the script of the last letter before `at` stands for."""
        for character in reversed(self._buffer[max(self._start, at - LOOK) : at]):
            script = script_of(character)
            if script:
                return BY_SCRIPT.get(script, "en")
        return "en"

    def _judge(self, at: int, ended: bool) -> Answer | None:
        mark = self._buffer[at]
        view = self._view(ended=ended, at=at)
        if mark == " ":
            return (at, at + 1) if at - self._start >= view.profile.space_after else (-1, at + 1)
        if mark == "\n":
            return lines.newline(view, at, self.settings.line_breaks)
        if mark in BULLETS:
            return lines.bullet(view, at)
        if mark in ".)":
            listed = lines.item(view, at)
            if listed is None or listed[0] >= 0:
                return listed
        strong = view.profile.strong
        if (mark in STRONG and mark not in view.profile.quiet) or (strong and mark in strong):
            return self._strong(view, at)
        if mark in WEAK or mark in view.profile.weak:
            return self._weak(view, at)
        self._nest(at)
        return -1, at + 1

    def _strong(self, view: View, at: int) -> Answer | None:
        if not self._nested(at) and boundary.settled(view, at):
            return at + 1, at + 1
        before = self._quote, self._depth, self._bracket
        answer = boundary.terminator(view, at)
        if answer is None:
            return None
        self._walk(at, answer)
        if answer[0] >= 0 and self._nested(at) and answer[0] < len(self._buffer):
            return -1, answer[1]
        if answer[0] >= 0:
            self._quote, self._depth, self._bracket = before
        return answer

    def _walk(self, at: int, answer: Answer) -> None:
        """Count the quotes and brackets that the marks at `at` carry with them."""
        stop = answer[0] if answer[0] >= 0 else answer[1]
        for index in range(at, min(stop, at + LOOK)):
            if self._buffer[index] in QUOTES or self._buffer[index] in CLOSERS:
                self._nest(index)

    def _nested(self, at: int) -> bool:
        near = at - NEST
        return (self._quote >= 0 and self._quote > near) or (self._depth > 0 and self._bracket > near)

    def _nest(self, at: int) -> None:
        mark = self._buffer[at]
        if mark in OPENERS:
            self._depth += 1
            self._bracket = at
        elif mark in CLOSERS:
            self._depth = max(0, self._depth - 1)
        elif mark in QUOTES:
            fresh = at == self._start or self._buffer[at - 1].isspace() or self._buffer[at - 1] in OPENERS + "—–-¿¡"
            if self._quote >= 0:
                self._quote = -1
            elif fresh or mark in "„“«‟":
                self._quote = at

    def _weak(self, view: View, at: int) -> Answer | None:
        settings, length = self.settings, at - self._start
        ripe = settings.clause_chars is not None and length >= settings.clause_chars
        if not ripe and self._first and settings.first_words is not None:
            ripe = count_words(self._buffer[self._start : at]) >= settings.first_words
        return boundary.clause(view, at) if ripe else (-1, at + 1)

    def _take(self, phrases: list[Piece], stop: int) -> None:
        """Close the segment in hand at `stop`; white space alone is no phrase."""
        text = self._buffer[self._start : stop]
        plain = text.strip()
        if plain:
            head = self._start + len(text) - len(text.lstrip())
            phrases.append(tidy(plain, self._ribbon.cut(head, head + len(plain))))
            self._first = False
        self._start = stop
        self._quote, self._depth, self._bracket = -1, 0, -1

    def _compact(self) -> None:
        """Let go of what was cut off, once for each call."""
        if self._start:
            self._ribbon.drop(self._start)
            self._buffer = self._buffer[self._start :]
            self._at -= self._start
            self._quote = max(-1, self._quote - self._start)
            self._bracket = max(-1, self._bracket - self._start)
            self._start = 0


def count_words(text: str) -> int:
    """Words of a text; where no spaces are written two characters count as one word."""
    spaceless = sum(map(is_spaceless, text))
    return spaceless // 2 if spaceless * 2 > len(text) else len(text.split())


@cache
def marks(language: str | None, clauses: bool) -> re.Pattern[str]:
    """A pattern for the characters at which the scan has something to decide."""
    known = None if language is None else profile(language)
    strong = STRONG + (known.strong if known is not None else ";\u037e:")
    chosen = strong + OPENERS + CLOSERS + QUOTES + BULLETS + "\n"
    if known is not None and known.space_after:
        chosen += " "
    if clauses:
        chosen += WEAK + (known.weak if known is not None else "")
    return re.compile("[" + re.escape("".join(dict.fromkeys(chosen))) + "]")
