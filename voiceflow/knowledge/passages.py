"""A document in passages: pieces that answer a question each, short enough that several fit into a prompt.

A passage ends where the writer ended something: at a heading, a paragraph, a sentence, and only then a word. It is
filled up to `most` characters, so that a list of short paragraphs does not become as many passages. The headings over
a passage are its title: "How much is it?" is answered by a line that stands below "Prices".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import attrs
from attrs import validators as must

from voiceflow.machines.phrases import Phrases, PhraseSettings

MOST = 800
"""Characters of a passage: about 50 seconds of speech, or 200 tokens."""

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
_EMPTY = re.compile(r"\n[ \t]*\n\s*")


@attrs.frozen
class Passage:
    """A piece of a document: `title` are the headings over it, `source` is where the document lies."""

    text: str = attrs.field(validator=must.instance_of(str))
    title: str = attrs.field(default="", validator=must.instance_of(str))
    source: str = attrs.field(default="", validator=must.instance_of(str))


def passages(text: str, *, source: str = "", most: int = MOST) -> Iterator[Passage]:
    """The passages of a text, whose headings are written as in Markdown. White space aside they are the text.

    Raises:
        GraphError: `most` is less than 80.
    """
    titles: list[tuple[int, str]] = []
    for heading, body in _sections(text):
        if heading is not None:
            depth = len(heading[1])
            titles = [*(each for each in titles if each[0] < depth), (depth, heading[2])]
        title = " > ".join(name for _, name in titles)
        for filled in _filled(_paragraphs(body, most), most):
            yield Passage(filled, title, source)


def _sections(text: str) -> Iterator[tuple[re.Match[str] | None, str]]:
    """Each heading, None at first, and what stands below it. In a block of code nothing is a heading."""
    heading: re.Match[str] | None = None
    lines: list[str] = []
    fenced = False
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        found = None if fenced else _HEADING.match(line)
        if found:
            yield heading, "\n".join(lines)
            heading, lines = found, []
        else:
            lines.append(line)
    yield heading, "\n".join(lines)


def _paragraphs(text: str, most: int) -> Iterator[str]:
    """Paragraphs, and the sentences of those that are too long."""
    for paragraph in _EMPTY.split(text):
        if len(paragraph) <= most:
            yield paragraph.strip()
        else:
            for sentence in Phrases(PhraseSettings(max_chars=most)).split(paragraph):
                yield sentence.text.strip()


def _filled(pieces: Iterable[str], most: int) -> Iterator[str]:
    """Pieces joined while they fit."""
    held = ""
    for piece in pieces:
        if held and len(held) + 1 + len(piece) > most:
            yield held
            held = piece
        else:
            held = f"{held}\n{piece}" if held else piece
    if held:
        yield held
