"""What was heard, in words: which samples belong to which phrase, and how far into it a position lies.

A phrase that has sounded to its end was heard, all of it. Within a phrase the voice's word beginnings decide: a
word was heard once half of its time has passed. Its time runs to the beginning of the next word and so holds the
pause between them, hence a whole word that is followed by a comma must not wait for the pause to end; and a
listener makes out a word from about its first half on, so asking for all of it would forget words that were heard,
and asking for its beginning would claim words that were not.

A voice without word beginnings is taken to speak its characters at an even pace, cut back to a word. While the
end of a phrase has not come, its length is that of the phrases before it, by characters, or `PACE`; and its last
word is not heard before the end is known.
"""

from __future__ import annotations

import re
from bisect import bisect_right

import attrs

from voiceflow.frames import Phrase, Spoken, WordStart
from voiceflow.machines.text.pieces import cut, origin

PACE = 15
"""Characters a second of an unhurried English voice: about 160 words a minute of 5.6 characters with their space."""

# Han and kana are written without spaces: there each character, with the marks that close it, stands for a word.
_SCRIPT = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_CLOSING = r"\u3001\u3002\u300d\u300f\uff01\uff09\uff0c\uff1a\uff1b\uff1f"
_WORD = re.compile(rf"[{_SCRIPT}][{_CLOSING}]*|[^\s{_SCRIPT}]+")
_REST = re.compile(r"\S*")


@attrs.define
class _Row:
    phrase: Phrase
    start: int
    """The sample at which the phrase begins."""
    said_at: int
    """Where its text begins in all that was said."""
    wrote_at: int
    """Where its text stands in what the LLM wrote, if the phrase does not say."""
    joint: str = ""
    """What stands in front of its text."""
    samples: int = 0
    last: bool = False
    words: list[WordStart] = attrs.Factory(list[WordStart])

    @property
    def said_end(self) -> int:
        return self.said_at + len(self.phrase.text)

    @property
    def wrote_end(self) -> int:
        return self.wrote(len(self.phrase.text))

    def end_before(self, rest: Phrase) -> None:
        """Another voice goes on, if this is the rest of the phrase."""
        whole = self.phrase
        start = len(whole.text) - len(rest.text)
        if not rest.text or start <= 0 or not whole.text.endswith(rest.text):
            return
        if cut(whole.spans, len(whole.text), start, len(whole.text)) == rest.spans:
            head = whole.text[:start].rstrip()
            self.phrase = attrs.evolve(whole, text=head, spans=cut(whole.spans, len(whole.text), 0, len(head)))

    def wrote(self, characters: int) -> int:
        """The end in the LLM's text of so many characters of this phrase; a rewritten piece counts when it is whole."""
        spans, length = self.phrase.spans, len(self.phrase.text)
        return origin(spans, length, characters) if spans else self.wrote_at + characters


@attrs.define
class Ledger:
    """What one turn says: its phrases, and the samples at `rate` Hz in which they sound.

    Positions are samples since the turn's first, as `Cursor` counts them.
    """

    rate: int
    samples: int = attrs.field(default=0, init=False)
    _rows: list[_Row] = attrs.field(factory=list[_Row], init=False, repr=False)
    _starts: list[int] = attrs.field(factory=list[int], init=False, repr=False)
    _written: _Row | None = attrs.field(default=None, init=False, repr=False)
    _paced: tuple[int, int] = attrs.field(default=(0, 0), init=False, repr=False)

    def add(self, spoken: Spoken, sent: int | None = None) -> None:
        """A chunk was sent, as `sent` samples (default: its own number) behind all that were sent before.

        Raises:
            ValueError: the chunk's rate is another one, and `sent` does not say what became of it.
        """
        if sent is None and spoken.rate != self.rate:
            raise ValueError(
                f"a chunk at {spoken.rate} Hz, in a ledger at {self.rate} Hz: say `sent`, its samples here"
            )
        row = self._row(spoken.phrase)
        if spoken.words:
            row.words += [attrs.evolve(w, sample=w.sample * self.rate // spoken.rate) for w in spoken.words]
        row.samples += len(spoken.samples) if sent is None else sent
        row.last = spoken.last
        self.samples = row.start + row.samples
        if spoken.last:
            self._paced = self._paced[0] + row.samples, self._paced[1] + len(row.phrase.text)

    def reached(self) -> int:
        """How many characters of the phrase whose end has not come are surely heard when all samples have sounded.

        By its pace alone a voice may be taken to be a word further than it is: that word does not count.
        """
        row = self._rows[-1] if self._rows and not self._rows[-1].last else None
        if not row or not row.samples:
            return 0
        heard = self._characters(row, row.samples, closed=False)
        if row.words:
            return heard
        return max((word.end() for word in _WORD.finditer(row.phrase.text) if word.end() < heard), default=0)

    @property
    def said(self) -> str:
        """The text of every phrase that has begun to come."""
        return "".join(piece for row in self._rows for piece in (row.joint, row.phrase.text))

    def heard(self, samples: int) -> str:
        """The text that was heard when so many samples had sounded: a prefix of `said`, ending with a word."""
        row, characters = self._place(samples)
        return self.said[: row.said_at + characters] if row else ""

    def heard_span(self, samples: int) -> tuple[int, int]:
        """The piece of the LLM's text that was heard, as its first character and the one after its last."""
        row, characters = self._place(samples)
        return (self._rows[0].wrote(0), row.wrote(characters)) if row else (0, 0)

    def _row(self, phrase: Phrase) -> _Row:
        open_row = self._rows[-1] if self._rows and not self._rows[-1].last else None
        if open_row and (open_row.phrase is phrase or open_row.phrase == phrase):
            return open_row
        # A phrase that was left without a last chunk (its voice failed) is over when another one begins; when that is
        # the rest of it, which another voice says, it goes only so far.
        if open_row:
            open_row.end_before(phrase)
        said_at, wrote_at, joint = 0, 0, ""
        if before := self._written:
            joint = _joint(before, phrase)
            said_at, wrote_at = before.said_end + len(joint), before.wrote_end + len(joint)
        row = _Row(phrase, self.samples, said_at, wrote_at, joint)
        self._rows.append(row)
        self._starts.append(row.start)
        if phrase.text:
            self._written = row
        return row

    def _place(self, samples: int) -> tuple[_Row | None, int]:
        # Before the first sample nothing was heard; a phrase without a sample goes with the sound before it.
        samples = min(samples, self.samples)
        index = bisect_right(self._starts, samples) - 1 if samples > 0 else -1
        while index >= 0:
            row = self._rows[index]
            characters = self._characters(row, samples - row.start, closed=index + 1 < len(self._rows))
            if characters:
                return row, characters
            index -= 1
        return None, 0

    def _characters(self, row: _Row, offset: int, closed: bool) -> int:
        text = row.phrase.text
        if (row.last or closed) and offset >= row.samples:
            return len(text)
        offset = min(offset, row.samples)
        if row.words:
            return self._by_words(row, offset)
        total = row.samples if row.last else max(row.samples + 1, self._lasting(len(text)))
        reached = offset * len(text) // total
        return max((word.end() for word in _WORD.finditer(text) if word.end() <= reached), default=0)

    def _by_words(self, row: _Row, offset: int) -> int:
        text, words = row.phrase.text, sorted(row.words, key=lambda word: (word.sample, word.start))
        tail = words[-1]
        end = row.samples if row.last else max(row.samples, tail.sample + self._lasting(tail.end - tail.start))
        reached, after = 0, WordStart(len(text), len(text), end)
        for word in reversed(words):
            # Words that begin at once (one group, spoken as one) share the time to the next that begins later.
            end = after.sample if word.sample < after.sample else end
            if offset > word.sample and 2 * (offset - word.sample) >= end - word.sample:
                rest = _REST.match(text, word.end, max(word.end, after.start))
                reached = max(reached, rest.end() if rest else word.end)
            after = word
        return min(reached, len(text))

    def _lasting(self, characters: int) -> int:
        samples, of = self._paced
        return samples * characters // of if samples and of else self.rate * characters // PACE


def _joint(before: _Row, phrase: Phrase) -> str:
    """What stands between two phrases: nothing where the texts have their own space, or where the LLM wrote none."""
    if not phrase.text or before.phrase.text[-1].isspace() or phrase.text[0].isspace():
        return ""
    touching = before.phrase.spans and phrase.spans and before.wrote_end == phrase.spans[0][1]
    return "" if touching else " "
