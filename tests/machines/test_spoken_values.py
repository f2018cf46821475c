"""What callers say, and the values that it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines import spoken_values as values
from voiceflow.machines.collecting import Again, Collecting, Enough, SayBack, Settled
from voiceflow.machines.spoken_values import Unclear

CASES: list[tuple[Callable[[str], Any], str, Any]] = [
    (values.digits, "four two double five", "4255"),
    (values.digits, "it's 42 55", "4255"),
    (values.digits, "oh one triple seven", "01777"),
    (values.digits, "twenty one thirteen", "2113"),
    (values.digits, "forty two fifty", "4250"),
    (values.digits, "eight hundred five five five", "800555"),
    (values.digits, "one eight hundred, five double five, twelve hundred", "18005551200"),
    (values.digits, "eight hundred five", "805"),
    (values.digits, "eight hundred and five five", "8055"),
    (values.digits, "four hundred fifty two hundred twelve", "450212"),
    (values.digits, "two thousand one hundred twenty three four", "21234"),
    (values.digits, "٤٢", "٤٢"),
    (values.phone, "plus four nine, one five one, two three four five six", "+4915123456"),
    (values.phone, "0049 151 23456", "+4915123456"),
    (values.phone, "555 0 one two three", "5550123"),
    (values.phone, "one, eight hundred, five five five, one two one two", "18005551212"),
    (values.email, "ann dot lee at example dot com", "ann.lee@example.com"),
    (values.email, "It's Ann.Lee@Example.com.", "ann.lee@example.com"),
    (values.email, "j underscore smith nine at mail dash box dot co dot uk", "j_smith9@mail-box.co.uk"),
    (values.email, "is.smith@example.com", "is.smith@example.com"),
    (values.email, "My e-mail address is my-box ninety nine at example dot com", "my-box99@example.com"),
    (values.yes_no, "Yes, that's right.", True),
    (values.yes_no, "That's not right.", False),
    (values.yes_no, "It isn't correct", False),
    (values.yes_no, "no, no", False),
    (values.name, "My name is ann lee.", "Ann Lee"),
    (values.name, "hi, this is Siobhán O'Neill", "Siobhán O'Neill"),
    (values.name, "Jean-Luc", "Jean-Luc"),
    (values.name, "李小龙", "李小龙"),
    (values.date, "2026-05-03", (2026, 5, 3)),
    (values.date, "May 3rd 2026", (2026, 5, 3)),
    (values.date, "the third of May, twenty twenty six", (2026, 5, 3)),
    (values.date, "twenty first of december 2026", (2026, 12, 21)),
    (values.date, "29 February 2028", (2028, 2, 29)),
    (values.date, "30 Sept 2026", (2026, 9, 30)),
    (values.address, "It's 12 Long Street, 10115 Berlin.", "12 Long Street, 10115 Berlin"),
]
UNCLEAR: list[tuple[Callable[[str], Any], str]] = [
    (values.digits, "I do not know"),
    (values.phone, "one two three"),
    (values.phone, "1234567890123456"),
    (values.email, "ann at example"),
    (values.email, "ann at at example dot com"),
    (values.email, "@example.com"),
    (values.email, f"{'a' * 65}@example.com"),
    (values.yes_no, "maybe"),
    (values.yes_no, ""),
    (values.name, "42"),
    (values.name, "I would rather not tell you my name if that is all the same"),
    (values.date, "29 February 2026"),
    (values.date, "2026-13-01"),
    (values.date, "the third of May"),
    (values.date, "tomorrow"),
    (values.address, "Berlin"),
]


@pytest.mark.parametrize(("read", "text", "value"), CASES)
def test_it_is_read(read: Callable[[str], Any], text: str, value: Any) -> None:
    """As it is said, recognised, or written down."""
    assert read(text) == value


@pytest.mark.parametrize(("read", "text"), UNCLEAR)
def test_what_is_none_is_unclear(read: Callable[[str], Any], text: str) -> None:
    """With what was expected, and none of the caller's words."""
    with pytest.raises(Unclear, match=r"^expected "):
        read(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Tomorrow, please.", 1),
        ("the day after tomorrow", 2),
        ("today", 0),
        ("tonight at eight", 0),
        ("yesterday", -1),
        ("on Friday", 2),
        ("Wednesday", 7),
        ("this Wednesday", 0),
        ("this Friday", 2),
        ("next Friday", 9),
        ("next Monday", 5),
        ("last Friday", -5),
        ("last Wednesday", -7),
        ("in three days", 3),
        ("in a week", 7),
        ("in twenty one days", 21),
        ("in 2 weeks", 14),
    ],
)
def test_a_day_is_told_from_today(text: str, days: int) -> None:
    """Which is a Wednesday."""
    assert values.days_ahead(text, 2) == days


@pytest.mark.parametrize("text", ["some day", "in days", "three days ago, perhaps", "in 5000 days", "week", ""])
def test_what_is_no_day_is_unclear(text: str) -> None:
    """With what would have been one."""
    with pytest.raises(Unclear, match="tomorrow or next Friday"):
        values.days_ahead(text, 2)


@given(st.text(), st.sampled_from(["in ", "next ", "", "last "]), st.sampled_from(["", "days", "friday", "weeks"]))
def test_any_text_is_a_day_or_unclear(text: str, before: str, behind: str) -> None:
    """And none of them is too far away for a calendar."""
    with suppress(Unclear):
        assert -7 <= values.days_ahead(f"{before}{text}{behind}", 6) <= 7000


def test_a_year_that_goes_without_saying() -> None:
    """Is given by who asks."""
    assert values.date("the third of May", 2026) == (2026, 5, 3)


@given(st.text(max_size=60))
def test_any_text_is_a_value_or_unclear(text: str) -> None:
    """Never another error; and a value that was read is read again as itself."""
    for read in (values.digits, values.phone, values.email, values.name, values.address):
        try:
            value = read(text)
        except Unclear:
            continue
        assert read(value) == value
    for other in (values.yes_no, values.date):
        with suppress(Unclear):
            other(text)


# Offered, read back, confirmed


def test_a_value_is_settled_once_the_user_was_asked_and_said_yes() -> None:
    """Not in the turn in which it was offered."""
    collecting = Collecting(values.email)
    assert collecting.confirm(1) == Again("nothing was offered yet")
    assert collecting.offer("ann at example dot com", 1) == SayBack("ann@example.com")
    assert collecting.confirm(1) == Again("the user has not been asked yet whether it is right")
    assert collecting.confirm(2) == Settled("ann@example.com")


def test_it_is_given_up_in_the_end() -> None:
    """After so many that were unclear or wrong, whichever."""
    collecting = Collecting(values.email, attempts=3)
    assert isinstance(collecting.offer("hm", 1), Again)
    assert collecting.offer("ann at example dot com", 2) == SayBack("ann@example.com")
    assert isinstance(collecting.refuse(), Again)
    assert collecting.confirm(4) == Again("nothing was offered yet")
    assert isinstance(collecting.offer("hm", 4), Enough)


def test_without_confirmation_what_is_clear_is_settled() -> None:
    """At once."""
    assert Collecting(values.yes_no, confirmed=False).offer("yes", 1) == Settled(True)
