"""Word error rate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines.wer import WordErrors, number, word_errors, words

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  ...  ", ""),
        ("Hello, World!", "hello world"),
        ("Mr. Smith\N{RIGHT SINGLE QUOTATION MARK}s well-known 'dog'", "mister smith's well known dog"),
        ("21 dogs & 1,300,005 cats", "twenty one dogs and one million three hundred thousand five cats"),
        ("It's 100%", "it's one hundred percent"),
        ("1,2,3", "one two three"),
        ("A4 paper", "a four paper"),
        (
            "STRA\N{LATIN SMALL LETTER SHARP S}E cafe\N{COMBINING ACUTE ACCENT}",
            "strasse caf\N{LATIN SMALL LETTER E WITH ACUTE}",
        ),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}_b", "a b"),
        ("1" + "0" * 12, "one" + " zero" * 12),
        ("7" * 5000, " ".join(["seven"] * 5000)),
        ("\N{ARABIC-INDIC DIGIT THREE}", "three"),
        ("\N{CIRCLED DIGIT ONE}\N{SUPERSCRIPT TWO}", "twelve"),
    ],
)
def test_words_are_compared_as_spoken(text: str, expected: str) -> None:
    """Case, punctuation, numerals and abbreviations make no difference."""
    assert " ".join(words(text)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (99, "ninety nine"),
        (100, "one hundred"),
        (1961, "one thousand nine hundred sixty one"),
        (20_000, "twenty thousand"),
        (999_999_999_999, "nine hundred ninety nine billion nine hundred ninety nine million "
         "nine hundred ninety nine thousand nine hundred ninety nine"),
    ],
)  # fmt: skip
def test_numbers_are_spelled_out(value: int, expected: str) -> None:
    """Whole numbers below a trillion have their scales."""
    assert " ".join(number(value)) == expected


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("", "", WordErrors(0)),
        ("a b c", "a b c", WordErrors(3)),
        ("a b c", "", WordErrors(3, deletions=3)),
        ("", "a b", WordErrors(0, insertions=2)),
        ("a b c", "a x c", WordErrors(3, substitutions=1)),
        ("a b c", "a c", WordErrors(3, deletions=1)),
        ("a b c", "a b b c", WordErrors(3, insertions=1)),
        ("a b c d", "b c d e", WordErrors(4, insertions=1, deletions=1)),
        ("i live in a small house", "i lived in a small hill smears", WordErrors(6, substitutions=2, insertions=1)),
    ],
)
def test_errors_are_counted_by_kind(reference: str, hypothesis: str, expected: WordErrors) -> None:
    """The alignment is the shortest, and says what it is made of."""
    assert word_errors(reference, hypothesis) == expected


def test_a_rate_is_per_word_that_was_said() -> None:
    """It passes 1 where more is made up than said, and sums over texts, not over rates."""
    assert WordErrors(4, 1, 0, 1).rate == 0.5
    assert WordErrors(1, insertions=3).rate == 3.0
    assert WordErrors(0).rate == 0.0
    assert WordErrors(0, insertions=1).rate == float("inf")
    assert WordErrors(10, 1, 2, 3) + WordErrors(5, 1, 1, 1) == WordErrors(15, 2, 3, 4)


def distance(said: list[str], heard: list[str]) -> int:
    """The definition, without a table."""
    if not said or not heard:
        return len(said) + len(heard)
    if said[0] == heard[0]:
        return distance(said[1:], heard[1:])
    return 1 + min(distance(said[1:], heard), distance(said, heard[1:]), distance(said[1:], heard[1:]))


@given(TEXTS.filter(lambda t: len(t) < 10), TEXTS.filter(lambda t: len(t) < 10))
def test_the_count_is_the_edit_distance(reference: str, hypothesis: str) -> None:
    """The table finds what the definition says."""
    assert word_errors(reference, hypothesis).errors == distance(reference.split(), hypothesis.split())


@given(TEXTS, TEXTS)
def test_the_counts_account_for_both_lengths(reference: str, hypothesis: str) -> None:
    """Deletions and insertions make up the difference in length; swapping the texts swaps them."""
    there, back = word_errors(reference, hypothesis), word_errors(hypothesis, reference)
    assert there.reference - there.deletions + there.insertions == back.reference
    assert (there.errors, there.substitutions) == (back.errors, back.substitutions)
    assert (there.insertions, there.deletions) == (back.deletions, back.insertions)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_is_taken(reference: str, hypothesis: str) -> None:
    """Normalising twice is normalising once, and a text has no errors against itself."""
    assert words(" ".join(words(reference))) == words(reference)
    assert word_errors(reference, reference).errors == 0
    assert word_errors(reference, hypothesis).errors <= max(len(words(reference)), len(words(hypothesis)))
