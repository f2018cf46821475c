"""What the table of one language has."""

from __future__ import annotations

import attrs


def _entries(text: str) -> frozenset[str]:
    return frozenset(entry for part in text.split(",") if (entry := " ".join(part.split())))


@attrs.frozen(kw_only=True)
class Words:
    """The table of one language. All entries are lower case.

    They stand between commas and may be several words. In a language that writes no spaces, or where an entry begins
    with "-", an entry is the end of the last word. The tables hold what is frequent in spoken requests and answers;
    they are no grammar. A word that may both end a sentence and go on is in `weak`, or in none.
    """

    hesitations: frozenset[str] = attrs.field(converter=_entries)
    """Said while thinking: there is more to come."""
    leads: frozenset[str] = attrs.field(converter=_entries)
    """Beginnings that ask for an object: "my name is"."""
    open: frozenset[str] = attrs.field(converter=_entries)
    """Words that hardly ever end a sentence: conjunctions, articles, possessives."""
    weak: frozenset[str] = attrs.field(converter=_entries)
    """Words that rarely end one: prepositions, auxiliaries."""
    closers: frozenset[str] = attrs.field(converter=_entries)
    """Words and phrases that often end one, though their last word alone might not."""
    answers: frozenset[str] = attrs.field(converter=_entries)
    """What is a whole turn on its own."""
    echoes: frozenset[str] = attrs.field(converter=_entries)
    """What is a whole answer behind a yes or a no: "i do"."""
    questions: frozenset[str] = attrs.field(converter=_entries)
    """First words of questions, which may end in a preposition."""
    subordinates: frozenset[str] = attrs.field(converter=_entries)
    """First words of clauses that another clause has to follow."""
    digits: frozenset[str] = attrs.field(converter=_entries)
    """The digits as words, as in a telephone number."""
    spaced: bool = True
    """Whether words are written with spaces between them."""
