"""What is wrong with the arguments of a call, told so that the model can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import attrs

_QUOTED = 60  # characters of a text that are enough to recognise it


@attrs.frozen
class Problem:
    """One thing that is wrong: `path` is the argument, such as "guests[0].name", or "" for all of them together."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}expected {self.expected}, got {self.got}"


class Mismatch(Exception):
    """A value is not what the schema says. For the model alone: the message quotes what the model wrote."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def wrong(path: str, expected: str, value: object) -> Mismatch:
    """The one problem of a value."""
    return Mismatch([Problem(path, expected, shown(value))])


def shown(value: object) -> str:
    """A JSON value in a few words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a very large number" if abs(value) >= 1e15 else f"the number {value!r}"
        case str():
            return f"the text {value[:_QUOTED]!r}{' ...' if len(value) > _QUOTED else ''}"
        case dict():
            return "an object"
        case list():
            items: list[Any] = cast(Any, value)
            return f"a list of {len(items)}"
        case _:
            return type(value).__name__


def one_of(words: Iterable[str]) -> str:
    """Alternatives in a sentence."""
    distinct = list(dict.fromkeys(words))
    return distinct[0] if len(distinct) == 1 else f"{', '.join(distinct[:-1])} or {distinct[-1]}"
