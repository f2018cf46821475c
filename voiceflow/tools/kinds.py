"""From Python's types to JSON Schema and back from JSON values: one walk for both, so that they cannot disagree.

A value that the schema allows becomes a Python value of the type; any other is a `Mismatch`. Nothing is guessed: the
text "5" is no number. Source of the keywords: JSON Schema, draft 2020-12.
"""

from __future__ import annotations

import datetime
import enum
import math
import types
import typing
from collections import abc
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NewType, Protocol, TypeVar, cast, get_args, get_origin

import attrs

from voiceflow.tools.members import Member, describe_class, members_of, pydantic_problems
from voiceflow.tools.mismatch import Mismatch, Problem, one_of, shown, wrong

Schema = dict[str, Any]
T = TypeVar("T")


Take = Callable[[object, str], Any]
"""Makes a Python value of the JSON value that stands at a path. Raises `Mismatch`."""


@attrs.frozen
class Kind:
    """A type as a schema, in words, and as what makes a value of it."""

    schema: Schema
    words: str
    take: Take


def _number(value: object, path: str) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            raise wrong(path, "a number", value) from None
        if math.isfinite(number):
            return number
    raise wrong(path, "a number", value)


def _integer(value: object, path: str) -> int:
    # 2.0 is an integer for JSON Schema, and some models write it so.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _exactly(int, "a whole number")(value, path)


def _exactly(cls: type[T], words: str) -> Callable[[object, str], T]:
    def take(value: object, path: str) -> T:
        if type(value) is not cls:
            raise wrong(path, words, value)
        return value

    return take


def _iso(cls: type[Any], words: str) -> Take:
    def take(value: object, path: str) -> Any:
        try:
            return cls.fromisoformat(_exactly(str, words)(value, path))
        except ValueError:
            raise wrong(path, words, value) from None

    return take


def _listed(value: object, path: str, words: str = "a list") -> list[Any]:
    if not isinstance(value, list):
        raise wrong(path, words, value)
    items: list[Any] = cast(Any, value)
    return items


def _fields(value: object, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise wrong(path, "an object", value)
    return cast(Mapping[str, Any], value)


def _anything(value: object, path: str) -> Any:
    return value


_SIMPLE: Mapping[Any, Kind] = {
    Any: Kind({}, "anything", _anything),
    object: Kind({}, "anything", _anything),
    str: Kind({"type": "string"}, "a text", _exactly(str, "a text")),
    bool: Kind({"type": "boolean"}, "true or false", _exactly(bool, "true or false")),
    int: Kind({"type": "integer"}, "a whole number", _integer),
    float: Kind({"type": "number"}, "a number", _number),
    types.NoneType: Kind({"type": "null"}, "null", _exactly(types.NoneType, "null")),
    datetime.date: Kind(
        {"type": "string", "format": "date"},
        "a date such as 2030-01-31",
        _iso(datetime.date, "a date such as 2030-01-31"),
    ),
    datetime.time: Kind(
        {"type": "string", "format": "time"}, "a time such as 18:30:00", _iso(datetime.time, "a time such as 18:30:00")
    ),
    datetime.datetime: Kind(
        {"type": "string", "format": "date-time"},
        "a time such as 2030-01-31T18:30:00+01:00",
        _iso(datetime.datetime, "a time such as 2030-01-31T18:30:00+01:00"),
    ),
}
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
            return _SIMPLE[types.NoneType]
        try:
            if hint in _SIMPLE:
                return _SIMPLE[hint]
        except TypeError:  # not hashable: Annotated with a list, say
            pass
        return self._composed(hint, get_origin(hint) or hint, get_args(hint))

    def _composed(self, hint: Any, origin: Any, args: tuple[Any, ...]) -> Kind:
        if origin is Annotated:
            return _described(self.of(args[0]), args[1:])
        if isinstance(hint, NewType):
            return self.of(hint.__supertype__)
        if type(hint).__name__ == "TypeAliasType":
            return self.of(hint.__value__)
        if origin is Literal:
            return _choice({value: value for value in args})
        if origin in (typing.Union, types.UnionType):
            return _union([self.of(each) for each in args])
        if origin is tuple:
            return self._tuple(args)
        if origin in _LISTS:
            return _list(self.of(args[0] if args else Any), _LISTS[origin], unique=origin not in (list, abc.Sequence))
        if origin in _DICTS:
            return self._dict(args)
        if isinstance(origin, type):
            return self._class(cast(type[Any], origin))
        raise TypeError(
            f"JSON has nothing for {hint!r}; use str, int, float, bool, list, dict, Literal or a class of fields"
        )

    def _tuple(self, args: tuple[Any, ...]) -> Kind:
        if not args or args[-1] is Ellipsis:
            return _list(self.of(args[0] if args else Any), tuple, unique=False)
        kinds = [self.of(each) for each in args if each != ()]
        size = len(kinds)
        schema = {"type": "array", "prefixItems": [kind.schema for kind in kinds], "minItems": size, "maxItems": size}

        def take(value: object, path: str) -> tuple[Any, ...]:
            items = _listed(value, path, f"a list of {size}")
            if len(items) != size:
                raise wrong(path, f"a list of {size}", value)
            return tuple(
                _all((kind, item, f"{path}[{at}]") for at, (kind, item) in enumerate(zip(kinds, items, strict=True)))
            )

        return Kind(schema, f"a list of {size}", take)

    def _dict(self, args: tuple[Any, ...]) -> Kind:
        key, inner = args or (str, Any)
        if key is not str:
            raise TypeError(f"the keys of an object in JSON are texts; got dict[{key!r}, ...]. Use dict[str, ...].")
        kind = self.of(inner)

        def take(value: object, path: str) -> dict[str, Any]:
            fields = _fields(value, path)
            return dict(zip(fields, _all((kind, each, f"{path}.{name}") for name, each in fields.items()), strict=True))

        return Kind({"type": "object", "additionalProperties": kind.schema}, "an object", take)

    def _class(self, cls: type[Any]) -> Kind:
        if cls in self._classes:
            return self._classes[cls]
        if issubclass(cls, enum.Enum):
            return _choice({member.value: member for member in cls})
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
            reference, "an object", lambda value, path: _made(cls, shape[0].take(value, path), path)
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
                    Problem(_joined(path, at), what, shown(got)) for at, what, got in pydantic_problems(error, value)
                ) from None

        self._classes[cls] = Kind(reference, "an object", take)
        return self._classes[cls]

    def shape(self, members: Sequence[Member]) -> Shape:
        """What an object with these members looks like."""
        return Shape(tuple((member, _described(self.of(member.hint), (member.description,))) for member in members))


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
        fields = _fields(value, path)
        problems: list[Problem] = []
        found: dict[str, Any] = {}
        names = [member.name for member, _ in self.members]
        for name in fields.keys() - set(names):
            has = ", ".join(names) or "none"
            problems.append(Problem(_joined(path, name), "no such argument", f"one; there are: {has}"))
        for member, kind in self.members:
            at = _joined(path, member.name)
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


def _made(cls: type[Any], values: dict[str, Any], path: str) -> Any:
    try:
        return cls(**values)
    except (ValueError, TypeError) as error:  # a validator of the class refuses it
        raise Mismatch([Problem(path, f"a {cls.__name__} that is accepted", f"one that is not: {error}")]) from None


def _all(parts: abc.Iterable[tuple[Kind, object, str]]) -> list[Any]:
    found: list[Any] = []
    problems: list[Problem] = []
    for kind, value, path in parts:
        try:
            found.append(kind.take(value, path))
        except Mismatch as mismatch:
            problems += mismatch.problems
    if problems:
        raise Mismatch(problems)
    return found


def _list(kind: Kind, make: Callable[[list[Any]], Any], *, unique: bool) -> Kind:
    def take(value: object, path: str) -> Any:
        items = _all((kind, item, f"{path}[{at}]") for at, item in enumerate(_listed(value, path)))
        try:
            return make(items)
        except TypeError:
            raise wrong(path, "a list of simple values", value) from None

    return Kind({"type": "array", "items": kind.schema, **({"uniqueItems": True} if unique else {})}, "a list", take)


def _choice(choices: Mapping[Any, Any]) -> Kind:
    named = {str: "string", int: "integer", bool: "boolean", types.NoneType: "null", float: "number"}
    if not all(type(value) in named for value in choices):
        raise TypeError("choices are texts, numbers, true, false and null; a Literal or an Enum has another value")
    kinds = sorted({named[type(value)] for value in choices})
    words = one_of(f"{value!r}" if isinstance(value, str) else shown(value) for value in choices)

    def take(value: object, path: str) -> Any:
        for choice, made in choices.items():
            # True equals 1 for Python, and not for JSON, for which 1.0 does.
            if choice == value and isinstance(choice, bool) == isinstance(value, bool):
                return made
        raise wrong(path, words, value)

    return Kind({"type": kinds[0] if len(kinds) == 1 else kinds, "enum": list(choices)}, words, take)


def _union(kinds: Sequence[Kind]) -> Kind:
    words = one_of(kind.words for kind in kinds)

    def take(value: object, path: str) -> Any:
        nearest: list[Mismatch] = []
        for kind in kinds:
            try:
                return kind.take(value, path)
            except Mismatch as mismatch:
                nearest.append(mismatch)
        # What is wrong inside says more than that nothing fits.
        inside = [mismatch for mismatch in nearest if all(problem.path != path for problem in mismatch.problems)]
        if len(inside) == 1:
            raise inside[0]
        raise wrong(path, words, value)

    return Kind({"anyOf": [kind.schema for kind in kinds]}, words, take)


def _described(kind: Kind, notes: Sequence[object]) -> Kind:
    told = next((note for note in notes if isinstance(note, str) and note), None)
    if told is None:
        return kind
    return attrs.evolve(kind, schema={**kind.schema, "description": kind.schema.get("description", told)})


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name
