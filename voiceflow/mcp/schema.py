"""Arguments held against a JSON Schema that somebody else wrote; what is wrong is told so that a model can mend it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Protocol, cast

import attrs
from referencing.exceptions import Unresolvable

from voiceflow.tools.kind import Schema
from voiceflow.tools.mismatch import Mismatch, Problem, one_of, shown, wrong

# Neither library has types that all of ours could be checked with.
_jsonschema: Any = import_module("jsonschema")
_referencing: Any = import_module("referencing")
_MOST = 10  # problems that are told at once
_QUOTED = 120  # characters of a rule
_TYPES: Mapping[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}


class _Error(Protocol):
    """What is wrong, as the library tells it."""

    validator: str
    validator_value: Any
    instance: Any
    absolute_path: Iterable[str | int]
    schema: Any


class _Validator(Protocol):
    def iter_errors(self, instance: object) -> Iterator[_Error]: ...
    def is_valid(self, instance: object) -> bool: ...
    def evolve(self, *, schema: Schema) -> _Validator: ...


def _made(schema: Schema) -> _Validator:
    kind: Any = _jsonschema.validators.validator_for(schema)
    try:
        kind.check_schema(schema)
    except _jsonschema.SchemaError:
        raise ValueError("its schema is none") from None
    # Nothing is fetched: what is not in the schema is not there.
    return cast(_Validator, kind(schema, registry=_referencing.Registry()))


@attrs.frozen(eq=False)
class JsonSchema:
    """The schema of an object of arguments.

    Raises:
        ValueError: it is no schema, or not that of an object.
    """

    schema: Schema
    _validator: _Validator = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.schema.get("type") != "object":
            raise ValueError("its schema is not that of an object")
        object.__setattr__(self, "_validator", _made(self.schema))

    def take(self, value: object, path: str) -> dict[str, Any]:
        """The value, without the nulls that stand for something optional.

        Raises:
            Mismatch: it is not what the schema says, or the schema cannot be followed.
        """
        given: Any = value
        if not isinstance(given, dict):
            raise wrong(path, "an object", value)
        try:
            arguments: dict[str, Any] = self._without_nulls(self.schema, given)
            problems: list[Problem] = []
            for error in self._validator.iter_errors(arguments):
                problems += _problems(error)
                if len(problems) >= _MOST:
                    break
        except (Unresolvable, RecursionError):
            raise wrong(path, "what its schema says, which cannot be followed", value) from None
        if problems:
            raise Mismatch(problems)
        return arguments

    def _without_nulls(self, schema: Any, value: Any) -> Any:
        """A model that has to write every argument writes null for one that it does not want to give."""
        schema = self._followed(schema)
        if isinstance(value, list):
            items: list[Any] = cast(Any, value)
            return [self._without_nulls(schema.get("items"), each) for each in items]
        if not isinstance(value, dict):
            return value
        properties: dict[str, Any] = schema.get("properties") or {}
        required = schema.get("required") or ()
        return {
            name: self._without_nulls(properties.get(name), each)
            for name, each in cast("dict[str, Any]", value).items()
            if each is not None or name in required or name not in properties or self._takes_null(properties[name])
        }

    def _followed(self, schema: Any) -> Schema:
        """The schema that a reference into the definitions of this one leads to."""
        for _ in range(8):
            reference = _member(schema, "$ref")
            if not isinstance(reference, str) or not reference.startswith("#/"):
                break
            schema = self.schema
            for step in reference[2:].split("/"):
                schema = _member(schema, step)
        return cast("Schema", schema) if isinstance(schema, dict) else {}

    def _takes_null(self, schema: Any) -> bool:
        return self._validator.evolve(schema=schema).is_valid(None)


def _member(value: Any, name: str) -> Any:
    return cast("Schema", value).get(name) if isinstance(value, dict) else None


def _problems(error: _Error) -> Iterator[Problem]:
    path, rule = _path(error.absolute_path), error.validator_value
    match error.validator:
        case "required":
            missing = [name for name in rule if name not in error.instance]
            yield from (Problem(f"{path}.{name}".lstrip("."), "a value", "nothing") for name in missing[:1])
        case "additionalProperties" if rule is False:
            known = list(error.schema.get("properties", ()))
            for name in error.instance.keys() - set(known):
                has = ", ".join(known) or "none"
                yield Problem(f"{path}.{name}".lstrip("."), "no such argument", f"one; there are: {has}")
        case "type":
            kinds = [rule] if isinstance(rule, str) else rule
            yield Problem(path, one_of(_TYPES.get(kind, kind) for kind in kinds), shown(error.instance))
        case "enum":
            yield Problem(path, one_of(json.dumps(each, ensure_ascii=False) for each in rule), shown(error.instance))
        case keyword:
            told = json.dumps({keyword: rule}, ensure_ascii=False)
            cut = told if len(told) <= _QUOTED else f"{told[:_QUOTED]} ..."
            yield Problem(path, f"what {cut} says", shown(error.instance))


def _path(steps: Iterable[str | int]) -> str:
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path
