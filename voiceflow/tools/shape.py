"""The members of an object, each of its kind: those of a class, and the arguments of a function."""

from __future__ import annotations

from typing import Any, Protocol

import attrs

from voiceflow.tools.kind import Kind, Schema, fields_of
from voiceflow.tools.members import Member
from voiceflow.tools.mismatch import Mismatch, Problem


class Takes(Protocol):
    """What makes arguments of the JSON value that a model wrote."""

    def take(self, value: object, path: str) -> dict[str, Any]:
        """What a function is called with. Raises `Mismatch`."""
        ...


@attrs.frozen
class Shape:
    """The members of an object, each with its kind."""

    members: tuple[tuple[Member, Kind], ...]

    @property
    def schema(self) -> Schema:
        """Of an object with these members and no others."""
        return {
            "type": "object",
            "properties": {member.name: {**kind.schema, **member.told_default} for member, kind in self.members},
            "required": [member.name for member, _ in self.members if member.required],
            "additionalProperties": False,
        }

    def take(self, value: object, path: str) -> dict[str, Any]:
        """The values of the members that are there; a null where none is allowed stands for the default."""
        fields = fields_of(value, path)
        problems: list[Problem] = []
        found: dict[str, Any] = {}
        names = [member.name for member, _ in self.members]
        for name in fields.keys() - set(names):
            has = ", ".join(names) or "none"
            problems.append(Problem(joined(path, name), "no such argument", f"one; there are: {has}"))
        for member, kind in self.members:
            at = joined(path, member.name)
            if member.name not in fields:
                if member.required:
                    problems.append(Problem(at, kind.words, "nothing"))
                continue
            try:
                found[member.name] = kind.take(fields[member.name], at)
            except Mismatch as mismatch:
                if fields[member.name] is not None or member.required:
                    problems += mismatch.problems
        if problems:
            raise Mismatch(problems)
        return found


def made(cls: type[Any], values: dict[str, Any], path: str) -> Any:
    """An object of a class with these values; what its own validators refuse is a `Mismatch`."""
    try:
        return cls(**values)
    except (ValueError, TypeError) as error:  # a validator of the class refuses it
        raise Mismatch([Problem(path, f"a {cls.__name__} that is accepted", f"one that is not: {error}")]) from None


def joined(path: str, name: str) -> str:
    """Where a member stands."""
    return f"{path}.{name}" if path and name else path or name
