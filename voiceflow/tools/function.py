"""A function that a model may call: what the model is told of it, and what it is called with."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, ParamSpec, TypeVar, cast, overload

import attrs
from attrs import validators as must

from voiceflow.tools.context import ToolContext
from voiceflow.tools.docstrings import parsed
from voiceflow.tools.kind import Schema
from voiceflow.tools.kinds import Kinds
from voiceflow.tools.members import MISSING, Member, hints_of
from voiceflow.tools.mismatch import Mismatch, Problem, shown, wrong
from voiceflow.tools.shape import Takes

P = ParamSpec("P")
R = TypeVar("R")

Effect = Literal["read_only", "cancellable", "must_finish"]
"""What a tool does to the world, and so what an interruption means to it.

"read_only" changes nothing and may run before it is certain that it is wanted. "cancellable" may change something, and
is stopped when the user interrupts. "must_finish" goes on when the user interrupts, and its output is kept.
"""

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")
_ARGUMENTS = 1 << 20  # characters: more than any model writes in earnest


def _is_name(tool: Tool[..., Any], field: attrs.Attribute[str], value: str) -> None:
    if not _NAME.fullmatch(value):
        raise ValueError(
            f"a tool's name is up to 64 of a-z, A-Z, 0-9, _ and -, and begins with a letter; got {value!r}"
        )


@attrs.frozen(eq=False)
class Tool(Generic[P, R]):
    """Made by `tool`. It is still the function: calling it calls that.

    `timeout` is in seconds; None is for tools that wait for a person. `schema` is the JSON Schema of the arguments.
    """

    function: Callable[P, R]
    name: str = attrs.field(validator=_is_name)
    description: str
    effect: Effect = attrs.field(validator=must.in_(("read_only", "cancellable", "must_finish")))
    timeout: float | None = attrs.field(validator=must.optional(must.gt(0)))
    schema: Schema = attrs.field(repr=False)
    is_async: bool
    context: str | None
    """The parameter that is given the `ToolContext`, if there is one."""
    _shape: Takes = attrs.field(repr=False, alias="shape")

    def __attrs_post_init__(self) -> None:
        if self.effect == "must_finish" and self.timeout is None:
            raise ValueError(
                f"{self.name}: what must finish holds up the end of the call, and so has a timeout; got None"
            )

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def __get__(self, owner: object, cls: type | None = None) -> Tool[..., R]:
        """Of an object, the tool of its bound method."""
        if owner is None:
            return self
        return attrs.evolve(self, function=functools.partial(self.function, owner))  # type: ignore[arg-type]

    def arguments(self, written: str | Mapping[str, Any]) -> dict[str, Any]:
        """What to call the function with, from the JSON that a model wrote. Nothing at all stands for no arguments.

        Raises:
            Mismatch: it is no JSON, or not what the schema says; the message tells the model what to mend.
        """
        value = _loaded(written) if isinstance(written, str) else dict(written)
        return self._shape.take(value, "")


def _loaded(written: str) -> object:
    if len(written) > _ARGUMENTS:
        raise Mismatch([Problem("", f"at most {_ARGUMENTS} characters of JSON", f"{len(written)}")])
    if not written.strip():
        return {}
    try:
        return json.loads(written)
    except json.JSONDecodeError as error:
        raise Mismatch([Problem("", "a JSON object", f"{shown(written)}, which is none: {error}")]) from None
    except (ValueError, RecursionError):
        raise wrong("", "a JSON object that is not too deep, with numbers that are not too long", written) from None


@overload
def tool(function: Callable[P, R], /) -> Tool[P, R]: ...
@overload
def tool(
    *, name: str = "", description: str = "", effect: Effect = "cancellable", timeout: float | None = 30.0
) -> Callable[[Callable[P, R]], Tool[P, R]]: ...
def tool(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str = "",
    description: str = "",
    effect: Effect = "cancellable",
    timeout: float | None = 30.0,
) -> Tool[P, R] | Callable[[Callable[P, R]], Tool[P, R]]:
    """Make a tool of a function or a method, sync (it is run in a thread) or async.

    What the model is told comes from the signature and the docstring. A parameter that is annotated `ToolContext`, or
    is called `ctx`, is given that, and the model does not hear of it.

    Raises:
        TypeError: a parameter has no type, or one that JSON has nothing for.
        ValueError: the name cannot be that of a tool, or what must finish has no timeout.
    """

    def make(function: Callable[P, R]) -> Tool[P, R]:
        return _tool(function, name or getattr(function, "__name__", ""), description, effect, timeout)

    return make if function is None else make(function)


def _tool(function: Callable[P, R], name: str, description: str, effect: Effect, timeout: float | None) -> Tool[P, R]:
    told = parsed(inspect.getdoc(_whole(function)))
    context, members = _members(function, told.parameters, f"the tool {name}")
    kinds = Kinds()
    shape = kinds.shape(members)
    definitions: Schema = {"$defs": kinds.definitions} if kinds.definitions else {}
    return Tool(
        function,
        name,
        description or told.text,
        effect,
        timeout,
        {**shape.schema, **definitions},
        inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None)),  # noqa: B004
        context,
        shape,
    )


def _whole(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that was applied in part, which is who has the types and the docstring."""
    whole: Any = function
    return whole.func if isinstance(whole, functools.partial) else function


def _members(function: Callable[..., Any], told: Mapping[str, str], what: str) -> tuple[str | None, list[Member]]:
    hints = hints_of(_whole(function), what)
    context: str | None = None
    members: list[Member] = []
    for place, parameter in enumerate(inspect.signature(function).parameters.values()):
        hint = hints.get(parameter.name, MISSING)
        if place == 0 and parameter.name in ("self", "cls"):
            continue
        if _is_context(hint) or (parameter.name == "ctx" and hint is MISSING):
            context = parameter.name
            continue
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"{what}: a model gives arguments by name; {parameter.name} cannot be given so")
        if hint is MISSING:
            raise TypeError(
                f"{what}: the parameter {parameter.name} has no type; write {parameter.name}: str, or what it is"
            )
        required = parameter.default is parameter.empty
        default = MISSING if required else parameter.default
        members.append(Member(parameter.name, hint, required, default, told.get(parameter.name, "")))
    return context, _checked(members, what)


def _is_context(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(cast(type[Any], hint), ToolContext)


def _checked(members: list[Member], what: str) -> list[Member]:
    for member in members:
        try:
            Kinds().of(member.hint)
        except TypeError as error:
            raise TypeError(f"{what}, parameter {member.name}: {error}") from None
    return members
