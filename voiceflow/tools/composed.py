"""Kinds that are made of others: lists, objects with any keys, alternatives."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from voiceflow.tools.kind import Kind, fields_of, listed
from voiceflow.tools.mismatch import Mismatch, Problem, one_of, shown, wrong


def all_of(parts: Iterable[tuple[Kind, object, str]]) -> list[Any]:
    """The values of all the parts, each of its kind and at its path; or all that is wrong with them, at once."""
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


def list_of(kind: Kind, make: Callable[[list[Any]], Any], *, unique: bool) -> Kind:
    """A list of any length, of which `make` makes the value."""

    def take(value: object, path: str) -> Any:
        items = all_of((kind, item, f"{path}[{at}]") for at, item in enumerate(listed(value, path)))
        try:
            return make(items)
        except TypeError:
            raise wrong(path, "a list of simple values", value) from None

    return Kind({"type": "array", "items": kind.schema, **({"uniqueItems": True} if unique else {})}, "a list", take)


def tuple_of(kinds: Sequence[Kind]) -> Kind:
    """A list of exactly these."""
    size = len(kinds)
    schema = {"type": "array", "prefixItems": [kind.schema for kind in kinds], "minItems": size, "maxItems": size}

    def take(value: object, path: str) -> tuple[Any, ...]:
        items = listed(value, path, f"a list of {size}")
        if len(items) != size:
            raise wrong(path, f"a list of {size}", value)
        return tuple(
            all_of((kind, item, f"{path}[{at}]") for at, (kind, item) in enumerate(zip(kinds, items, strict=True)))
        )

    return Kind(schema, f"a list of {size}", take)


def dict_of(kind: Kind) -> Kind:
    """An object with any keys, and values of this kind."""

    def take(value: object, path: str) -> dict[str, Any]:
        fields = fields_of(value, path)
        return dict(zip(fields, all_of((kind, each, f"{path}.{name}") for name, each in fields.items()), strict=True))

    return Kind({"type": "object", "additionalProperties": kind.schema}, "an object", take)


def choice(choices: Mapping[Any, Any]) -> Kind:
    """One of these values of JSON, each with what it stands for."""
    named = {str: "string", int: "integer", bool: "boolean", types.NoneType: "null", float: "number"}
    if not all(type(value) in named for value in choices):
        raise TypeError("choices are texts, numbers, true, false and null; a Literal or an Enum has another value")
    kinds = sorted({named[type(value)] for value in choices})
    words = one_of(f"{value!r}" if isinstance(value, str) else shown(value) for value in choices)

    def take(value: object, path: str) -> Any:
        for each, meant in choices.items():
            # True equals 1 for Python, and not for JSON, for which 1.0 does.
            if each == value and isinstance(each, bool) == isinstance(value, bool):
                return meant
        raise wrong(path, words, value)

    return Kind({"type": kinds[0] if len(kinds) == 1 else kinds, "enum": list(choices)}, words, take)


def union(kinds: Sequence[Kind]) -> Kind:
    """The first of these kinds that fits."""
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


def described(kind: Kind, notes: Sequence[object]) -> Kind:
    """A kind with the first text among the notes in its schema, unless it has a description of its own."""
    told = next((note for note in notes if isinstance(note, str) and note), None)
    if told is None:
        return kind
    return attrs.evolve(kind, schema={**kind.schema, "description": kind.schema.get("description", told)})
