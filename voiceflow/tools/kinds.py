"""From Python's types to JSON Schema and back from JSON values: one walk for both, so that they cannot disagree."""

from __future__ import annotations

import enum
import types
import typing
from collections import abc
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NewType, cast, get_args, get_origin

import attrs

from voiceflow.tools.composed import choice, described, dict_of, list_of, tuple_of, union
from voiceflow.tools.kind import SIMPLE, Kind, Schema
from voiceflow.tools.members import Member, describe_class, members_of, pydantic_problems
from voiceflow.tools.mismatch import Mismatch, Problem, shown
from voiceflow.tools.shape import Shape, joined, made

_LISTS: Mapping[Any, Callable[[list[Any]], Any]] = {
    **dict.fromkeys((list, abc.Sequence, abc.Iterable, abc.Collection, abc.MutableSequence), list[Any]),
    **dict.fromkeys((set, abc.Set, abc.MutableSet), set[Any]),
    frozenset: frozenset[Any],
}
_DICTS = (dict, abc.Mapping, abc.MutableMapping)


@attrs.define
class Kinds:
    """Makes kinds of types. `definitions` are the schemas of the classes that it met, by name."""

    definitions: dict[str, Schema] = attrs.field(factory=dict[str, Schema], init=False)
    _classes: dict[type[Any], Kind] = attrs.field(factory=dict[type[Any], Kind], init=False)

    def of(self, hint: Any) -> Kind:
        """The kind of a type.

        Raises:
            TypeError: JSON has nothing for such a type.
        """
        if hint is None:
            return SIMPLE[types.NoneType]
        try:
            if hint in SIMPLE:
                return SIMPLE[hint]
        except TypeError:  # not hashable: Annotated with a list, say
            pass
        return self._composed(hint, get_origin(hint) or hint, get_args(hint))

    def _composed(self, hint: Any, origin: Any, args: tuple[Any, ...]) -> Kind:
        if origin is Annotated:
            return described(self.of(args[0]), args[1:])
        if isinstance(hint, NewType):
            return self.of(hint.__supertype__)
        if type(hint).__name__ == "TypeAliasType":
            return self.of(hint.__value__)
        if origin is Literal:
            return choice({value: value for value in args})
        if origin in (typing.Union, types.UnionType):
            return union([self.of(each) for each in args])
        if origin is tuple:
            return self._tuple(args)
        if origin in _LISTS:
            return list_of(self.of(args[0] if args else Any), _LISTS[origin], unique=origin not in (list, abc.Sequence))
        if origin in _DICTS:
            return self._dict(args)
        if isinstance(origin, type):
            return self._class(cast(type[Any], origin))
        raise TypeError(
            f"JSON has nothing for {hint!r}; use str, int, float, bool, list, dict, Literal or a class of fields"
        )

    def _tuple(self, args: tuple[Any, ...]) -> Kind:
        if not args or args[-1] is Ellipsis:
            return list_of(self.of(args[0] if args else Any), tuple, unique=False)
        return tuple_of([self.of(each) for each in args if each != ()])

    def _dict(self, args: tuple[Any, ...]) -> Kind:
        key, inner = args or (str, Any)
        if key is not str:
            raise TypeError(f"the keys of an object in JSON are texts; got dict[{key!r}, ...]. Use dict[str, ...].")
        return dict_of(self.of(inner))

    def _class(self, cls: type[Any]) -> Kind:
        if cls in self._classes:
            return self._classes[cls]
        if issubclass(cls, enum.Enum):
            return choice({member.value: member for member in cls})
        name = self._name(cls)
        reference: Schema = {"$ref": f"#/$defs/{name}"}
        if hasattr(cls, "model_json_schema"):
            return self._pydantic(cls, name, reference)
        members = members_of(cls)
        if members is None:
            raise TypeError(
                f"JSON has nothing for the class {cls.__name__}; "
                "use a class of fields: attrs, a dataclass, a TypedDict or a pydantic model"
            )
        shape: list[Shape] = []
        # Known before its fields are looked at, for they may be of its own kind.
        self._classes[cls] = Kind(
            reference, "an object", lambda value, path: made(cls, shape[0].take(value, path), path)
        )
        self.definitions[name] = {}
        shape.append(self.shape(members))
        self.definitions[name] = {**shape[0].schema, **describe_class(cls)}
        return self._classes[cls]

    def _name(self, cls: type[Any]) -> str:
        name, number = cls.__name__, 1
        while name in self.definitions:
            number += 1
            name = f"{cls.__name__}{number}"
        return name

    def _pydantic(self, cls: Any, name: str, reference: Schema) -> Kind:
        schema: Schema = cls.model_json_schema(ref_template="#/$defs/{model}")
        self.definitions |= schema.pop("$defs", {})
        self.definitions[name] = schema

        def take(value: object, path: str) -> Any:
            try:
                return cls.model_validate(value)
            except ValueError as error:  # pydantic's own is one
                raise Mismatch(
                    Problem(joined(path, at), what, shown(got)) for at, what, got in pydantic_problems(error, value)
                ) from None

        self._classes[cls] = Kind(reference, "an object", take)
        return self._classes[cls]

    def shape(self, members: Sequence[Member]) -> Shape:
        """What an object with these members looks like."""
        return Shape(tuple((member, described(self.of(member.hint), (member.description,))) for member in members))
