"""What docstrings say of parameters, in three styles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.tools.docstrings import Docstring, parsed

GOOGLE = """Book a table.

    Nothing is paid.

    Args:
        day (date): The day,
            in the caller's words.
        guests: How many: at least one.
        *rest: More.

    Returns:
        result: The number of the table.

    Example:
        book("today", 2)
    """
NUMPY = """Book a table.

    Nothing is paid.

    Parameters
    ----------
    day : date
        The day,
        in the caller's words.
    guests : int, optional
        How many: at least one.
    *rest
        More.

    Returns
    -------
    result : int
        The number of the table.
    """
REST = """Book a table.

    Nothing is paid.

    :param date day: The day,
        in the caller's words.
    :param guests: How many: at least one.
    :type guests: int
    :param rest: More.
    :returns: The number of the table.
    """


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, REST], ids=["google", "numpy", "rest"])
def test_a_style(docstring: str) -> None:
    """All three say the same."""
    parameters = {"day": "The day, in the caller's words.", "guests": "How many: at least one.", "rest": "More."}
    assert parsed(docstring) == Docstring("Book a table.\n\nNothing is paid.", parameters)


@pytest.mark.parametrize(
    ("docstring", "found"),
    [
        (None, Docstring()),
        ("", Docstring()),
        ("One line.", Docstring("One line.")),
        ("Note: this is text.", Docstring("Note: this is text.")),
        ("\nSizes:\n    small, large", Docstring("Sizes:\n    small, large")),
        ("Args:\nnothing is indented", Docstring("Args:\nnothing is indented")),
        ("\nArgs:\n    a:\n    b: Two.", Docstring("", {"b": "Two."})),
        ("Parameters\n----------\na, b : int\n    Both.", Docstring("", {"a": "Both.", "b": "Both."})),
        ("Parameters\n----------\na\n    One.\nNotes\n-----\nNo.", Docstring("", {"a": "One."})),
        ("\nArgs:\n    a: One.\nAnd more.", Docstring("And more.", {"a": "One."})),
        (":param a: One.\n\nText.", Docstring("Text.", {"a": "One."})),
        (":raises ValueError: never", Docstring()),
    ],
)
def test_a_docstring(docstring: str | None, found: Docstring) -> None:
    """What looks like a section and is none is text."""
    assert parsed(docstring) == found


PIECES = [
    "a",
    "b",
    ":",
    "-",
    "*",
    " ",
    "\n",
    "(",
    ")",
    ",",
    "\u00e9",
    "Args:\n",
    ":param a:",
    "Parameters\n-----\n",
    "    ",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_docstring_is_an_accident(docstring: str) -> None:
    """And no word of the text is made up."""
    found = parsed(docstring)
    assert set(found.text.split()) <= set(docstring.split())
    assert all(name.isidentifier() for name in found.parameters)
