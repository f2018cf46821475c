from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import GraphError
from voiceflow.knowledge import Passage, passages

LINES = st.lists(
    st.sampled_from(["", "# A", "## B b", "A line.", "Longer. " * 30, "x" * 300, "```", "#no", "你好。" * 60])
)


def test_a_passage_is_titled_by_the_headings_over_it() -> None:
    text = "Hello.\n\n# Prices\n\nSee below.\n\n## Pizza\n\nTen euros.\n\n## Pasta ##\nNine euros.\n\n# Hours\nNine."
    assert list(passages(text, source="menu")) == [
        Passage("Hello.", "", "menu"),
        Passage("See below.", "Prices", "menu"),
        Passage("Ten euros.", "Prices > Pizza", "menu"),
        Passage("Nine euros.", "Prices > Pasta", "menu"),
        Passage("Nine.", "Hours", "menu"),
    ]


def test_short_paragraphs_share_a_passage_and_long_ones_are_cut_at_sentences() -> None:
    sentence = "This is the sentence number one of many."
    found = list(passages(f"One.\n\nTwo.\n\n{f'{sentence} ' * 5}", most=100))
    assert [passage.text.splitlines() for passage in found] == [
        ["One.", "Two.", sentence, sentence],
        [sentence, sentence],
        [sentence],
    ]


def test_in_a_block_of_code_nothing_is_a_heading() -> None:
    assert list(passages("# Use\n```\n# a comment\nrun()\n```")) == [Passage("```\n# a comment\nrun()\n```", "Use")]


@given(LINES.map("\n".join) | st.text(), st.integers(80, 200))
def test_no_passage_is_too_long_and_nothing_but_headings_is_left_out(text: str, most: int) -> None:
    found = list(passages(text, most=most))
    assert all(passage.text and len(passage.text) <= most for passage in found)
    fenced, kept = False, ""
    for line in text.splitlines():
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        heading = not fenced and line.partition(" ")[0].strip("#") == "" and line.startswith("#") and " " in line
        kept += "" if heading else line
    if "\t" not in text:  # a heading may also be parted by other white space
        assert "".join("".join(p.text.split()) for p in found).count("") == "".join(kept.split()).count("")


def test_a_passage_has_room_for_a_sentence() -> None:
    with pytest.raises(GraphError, match="at least 80"):
        list(passages("long " * 50, most=10))
