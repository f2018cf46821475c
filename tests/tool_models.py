"""Classes of every kind that a tool may take."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NewType, NotRequired, TypedDict

import attrs
import pydantic


class Colour(enum.Enum):
    """What it looks like."""

    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@attrs.frozen
class Guest:
    """Who comes.

    Any age will do.
    """

    name: str
    age: Annotated[int | None, "in years"] = None
    friends: list[Guest] = attrs.Factory(lambda: list[Guest]())
    _secret: str = attrs.field(default="", alias="secret", metadata={"description": "not for all"})
    seat: int = attrs.field(default=0, init=False)


def _is_even(self: Even, field: attrs.Attribute[int], value: int) -> None:
    if value % 2:
        raise ValueError("number is even")


@attrs.frozen
class Even:
    number: int = attrs.field(validator=_is_even)


@dataclass
class Address:
    street: str
    number: int = 1
    lines: list[str] = field(default_factory=list[str])


class Place(TypedDict):
    """Where."""

    name: str
    floor: NotRequired[int]


class Pet(pydantic.BaseModel):
    """A pet."""

    name: str
    legs: int = pydantic.Field(4, ge=0)
    owner: Owner | None = None


class Owner(pydantic.BaseModel):
    name: str


Pet.model_rebuild()
Number = NewType("Number", int)

TYPES: list[Any] = [
    *(str, int, float, bool, None, Any, datetime.date, datetime.time, datetime.datetime),
    *(Literal["a", 1, True, None], Literal["a", "b"], Colour, Level, Number),
    *(int | None, int | str, list[int] | dict[str, int], Guest | Address | str, float | None),
    *(list[str], set[int], frozenset[str], tuple[int, str], tuple[int, ...], list[Colour], list[list[int]]),
    *(dict[str, int], dict[str, Any], Guest, Address, Place, Pet, list[Pet]),
]
