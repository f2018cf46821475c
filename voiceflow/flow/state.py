"""What a flow knows: a frozen attrs class, whose fields take JSON values as their types and validators allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from voiceflow.errors import GraphError
from voiceflow.machines.flow_point import Taken
from voiceflow.machines.flow_steps import Refused
from voiceflow.tools.kind import Kind, Schema
from voiceflow.tools.kinds import Kinds
from voiceflow.tools.members import Member, members_of
from voiceflow.tools.mismatch import Mismatch
from voiceflow.tools.output import plain


@attrs.frozen
class Field:
    """A field of the state, and how it takes JSON values."""

    member: Member
    kind: Kind

    @property
    def words(self) -> str:
        """What a model is told of it."""
        told = f" ({self.member.description})" if self.member.description else ""
        return f"{self.member.name}{told}: {self.kind.words}"


@attrs.frozen
class StateKind:
    """The class of a flow's states: `States` of the machine, and to JSON and back."""

    cls: type[Any]
    fields: Mapping[str, Field] = attrs.field(repr=False)
    definitions: Mapping[str, Schema] = attrs.field(repr=False)

    @classmethod
    def of(cls, flow: str, state: Any) -> StateKind:
        """The kind of a state. Raises `GraphError` when its class cannot be that of one."""
        kind = _class(state)
        if not attrs.has(kind) or not _is_frozen(state):
            raise GraphError(
                f"the flow {flow!r} begins with a {kind.__name__}; expected an object of an @attrs.frozen class, "
                "whose fields are what the flow finds out"
            )
        kinds = Kinds()
        try:
            members = members_of(kind) or []
            fields = {member.name: Field(member, kinds.of(member.hint)) for member in members}
        except TypeError as error:
            raise GraphError(f"the state {kind.__name__} of the flow {flow!r}: {error}") from None
        found = cls(kind, fields, kinds.definitions)
        for name in fields:
            try:
                found.change(state, {name: getattr(state, name)})
            except (ValueError, TypeError) as error:
                raise GraphError(
                    f"the state {kind.__name__} of the flow {flow!r} begins with a {name} that it refuses ({error}); "
                    "what is not known yet is None, of a type such as str | None"
                ) from None
        return found

    @property
    def names(self) -> Sequence[str]:
        return tuple(self.fields)

    def missing(self, state: Any, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if getattr(state, name) is None)

    def take(self, state: Any, values: Mapping[str, Any], names: Sequence[str]) -> Taken:
        before, refused = state, dict[str, str]()
        for name in names:
            if values.get(name) is None:
                continue
            try:
                state = self.change(state, {name: self.fields[name].kind.take(values[name], name)})
            except Refused as error:
                refused[name] = str(error)
            except (Mismatch, ValueError, TypeError):  # in words that are not for the caller
                refused[name] = ""
        return Taken(state, state != before, refused)

    def change(self, state: Any, values: Mapping[str, Any]) -> Any:
        for name, value in values.items():
            kind = self.fields[name].kind
            try:
                kind.take(plain(value), name)
            except Mismatch:  # else it could not be read again
                raise TypeError(f"{name}: expected {kind.words}, got a {type(value).__name__}") from None
        return attrs.evolve(state, **values) if values else state

    def schema(self, names: Sequence[str]) -> Schema:
        """Of an object with values for these fields, each of which may be null."""
        properties: dict[str, Any] = {}
        for name in names:
            field = self.fields[name]
            told = {"description": field.member.description} if field.member.description else {}
            properties[name] = {**told, "anyOf": [*_choices(field.kind.schema), {"type": "null"}]}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def to_json(self, state: Any) -> dict[str, Any]:
        """The state as JSON has it.

        Raises:
            TypeError, ValueError: a value in it is nothing that JSON could say.
        """
        return {name: plain(getattr(state, name)) for name in self.fields}

    def from_json(self, values: Mapping[str, Any]) -> Any:
        """The state that `to_json` wrote. Fields that are new since then have their defaults.

        Raises:
            Mismatch, ValueError, TypeError: it is none of this class, or the class refuses it.
        """
        return self.cls(**{name: self.fields[name].kind.take(value, name) for name, value in values.items()})


def _choices(schema: Schema) -> list[Schema]:
    """The schemas of which one is to hold, without that of null."""
    return [each for each in schema.get("anyOf", [schema]) if each != {"type": "null"}]


def _class(state: object) -> type[Any]:
    return type(state)


def _is_frozen(state: object) -> bool:
    names = [field.name for field in attrs.fields(_class(state))]
    try:
        for name in names[:1]:
            setattr(state, name, getattr(state, name))
    except attrs.exceptions.FrozenInstanceError:
        return True
    return not names
