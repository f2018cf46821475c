"""What is wrong with the arguments of a call, told so that the model can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import attrs

_QUOTED = 60  # characters of a text that are enough to recognise it
_PATH = 200  # of where it stands; a name in it may be as long as the model likes
_MOST = 20  # things that are wrong, which are enough to mend them by


@attrs.frozen
class Problem:
    """One thing that is wrong: `path` is the argument, such as "guests[0].name", or "" for all of them together."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        path = f"{self.path[:_PATH]} ..." if len(self.path) > _PATH else self.path
        where = f"{path}: " if path else ""
        return f"{where}expected {self.expected}, got {self.got}"


class Mismatch(Exception):
    """A value is not what the schema says. For the model alone: the message quotes what the model wrote."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        more = [f"{len(self.problems) - _MOST} more things are wrong"] if len(self.problems) > _MOST else []
        super().__init__("; ".join([*map(str, self.problems[:_MOST]), *more]))


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
