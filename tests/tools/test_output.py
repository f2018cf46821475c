"""What a model is told of what a tool gave."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from strategies import JSON, png
from tool_models import Address, Colour, Guest, Level, Pet

from voiceflow.items import Image
from voiceflow.tools.output import cut, told


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        (None, ("Done.",)),
        ("as it is", ("as it is",)),
        ("", ("",)),
        (True, ("true",)),
        ([1, "a\u00e9"], ('[1, "a\u00e9"]',)),
        ({"a": None, 1: Level.LOW, Colour.RED: {2}}, ('{"a": null, "1": 1, "red": [2]}',)),
        (Address("High"), ('{"street": "High", "number": 1, "lines": []}',)),
        (Pet(name="Rex", legs=4), ('{"name": "Rex", "legs": 4, "owner": null}',)),
        (datetime.date(2030, 1, 31), ('"2030-01-31"',)),
        (b"ab", ('"YWI="',)),
        (Image(png()), (Image(png()),)),
        (["a cat", Image(png()), 1], ("a cat", Image(png()), "1")),
    ],
    ids=repr,
)
def test_a_value_is_told(value: Any, parts: tuple[str | Image, ...]) -> None:
    """As a text, an image, or JSON."""
    assert told(value) == parts


def test_an_attrs_value_is_told_by_its_fields() -> None:
    """Also inside others."""
    text = told({"guests": (Guest("Ann"),)})[0]
    assert isinstance(text, str)
    assert json.loads(text)["guests"][0]["name"] == "Ann"


@given(JSON)
def test_json_is_told_as_json(value: Any) -> None:
    """Any value that JSON has."""
    text = told([value])[0]
    assert isinstance(text, str)
    assert json.loads(text) == [value]


def test_what_is_too_long_is_cut() -> None:
    """And said to be."""
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdef", 4) == "abcd [2 more characters are left out]"
    assert told("x" * 10**7, 10) == (f"{'x' * 10} [9999990 more characters are left out]",)


def test_no_more_is_written_than_is_told() -> None:
    """However large it is, and however that is said: of a million rows the first are looked at."""
    looked: list[int] = []

    class Rows(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            looked.append(int(name))
            return {"row": int(name)}

        def __iter__(self) -> Iterator[str]:
            return map(str, range(10**6))

        def __len__(self) -> int:
            return 10**6

    assert told(Rows(), 20) == ('{"0": {"row": 0}, "1 [the rest is left out]',)
    assert len(looked) < 5
    assert told({"a": ["x" * 10**7]}, 10) == ('{"a": ["xx [the rest is left out]',)
    assert told({"x" * 10**7: 1}, 10) == ('{"xxxxxxxx [the rest is left out]',)


def test_what_cannot_be_told() -> None:
    """Is an error: what JSON has nothing for, and what holds itself."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="at most 50 levels deep"):
        told(endless)
    with pytest.raises(TypeError, match="what JSON can say; got object"):
        told([object()])
