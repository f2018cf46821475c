"""The fields of classes, whichever way they were declared."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

MISSING: Any = inspect.Parameter.empty
"""There is no default, or none that JSON has."""


@attrs.frozen
class Member:
    """A field of an object, or a parameter of a function: its type, and the default where it is a JSON value."""

    name: str
    hint: Any
    required: bool
    default: Any = MISSING
    description: str = ""

    @property
    def told_default(self) -> dict[str, Any]:
        """The keyword of the schema."""
        simple = isinstance(self.default, str | int | float | bool) and type(self.default) in (str, int, float, bool)
        return {"default": self.default} if simple else {}


def members_of(cls: type[Any]) -> list[Member] | None:
    """The fields of an attrs class, a dataclass or a TypedDict, or None for any other class.

    Raises:
        TypeError: a type that a field names cannot be found.
    """
    any_class: Any = cls
    if attrs.has(any_class):
        return list(_attrs(any_class))
    if dataclasses.is_dataclass(any_class):
        return list(_dataclass(any_class))
    return list(_typed_dict(any_class)) if typing.is_typeddict(any_class) else None


def hints_of(thing: Any, what: str) -> dict[str, Any]:
    """The types that a class or a function names, with what is annotated to them. `what` it is, for the message."""
    try:
        return typing.get_type_hints(thing, include_extras=True)
    except NameError as error:
        raise TypeError(
            f"a type of {what} cannot be found: {error}. Define it at the top of its module, and not for type "
            "checking alone."
        ) from None


def describe_class(cls: type[Any]) -> dict[str, str]:
    """What its docstring says first, as the keyword of the schema."""
    text = (cls.__dict__.get("__doc__") or "").strip()
    made_up = dataclasses.is_dataclass(cls) and text.startswith(f"{cls.__name__}(")
    return {"description": inspect.cleandoc(text).split("\n\n")[0].replace("\n", " ")} if text and not made_up else {}


def _attrs(cls: Any) -> Iterator[Member]:
    hints = hints_of(cls, cls.__name__)
    for field in attrs.fields(cls):
        if field.init:
            description = str(field.metadata.get("description", ""))
            required = field.default is attrs.NOTHING
            yield Member(field.alias or field.name, hints.get(field.name, Any), required, field.default, description)


def _dataclass(cls: Any) -> Iterator[Member]:
    hints = hints_of(cls, cls.__name__)
    for field in dataclasses.fields(cls):
        if field.init:
            description = str(field.metadata.get("description", ""))
            required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            yield Member(field.name, hints[field.name], required, field.default, description)


def _typed_dict(cls: Any) -> Iterator[Member]:
    for name, hint in hints_of(cls, cls.__name__).items():
        # What is written as text, as it is after `from __future__ import annotations`, is seen here alone.
        how, required = typing.get_origin(hint), name in cls.__required_keys__
        if how in (typing.Required, typing.NotRequired):
            hint, required = typing.get_args(hint)[0], how is typing.Required
        yield Member(name, hint, required)


def pydantic_problems(error: Any, value: object) -> Iterator[tuple[str, str, object]]:
    """Where, what was expected, and what came, by an error of pydantic's; it is not imported for that."""
    if not hasattr(error, "errors"):
        yield "", str(error), value
        return
    problems: list[Mapping[str, Any]] = error.errors(include_url=False, include_context=False)
    for problem in problems:
        path = ""
        for step in problem["loc"]:
            path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
        yield path, f"what is said by '{problem['msg']}'", problem["input"]
