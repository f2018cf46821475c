"""Functions as tools: what a model is told, what it wrote, and what it may be called."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from strategies import JSON, TEXT
from tool_models import Guest

from voiceflow.tools import Effect, Mismatch, Tool, Toolbox, ToolContext, UnknownTool, tool


@tool
async def book(
    day: str, guests: int = 2, where: Annotated[Literal["in", "out"], "inside or outside"] = "in", *, ctx: ToolContext
) -> str:
    """Book a table.

    Args:
        day: The day.
        where: Is told at the type.
    """
    return f"{day} {guests} {where} {ctx.call.call}"


@tool(name="tell-time", description="What time it is.", effect="read_only", timeout=None)
def clock(ctx: ToolContext) -> str:
    return "noon"


def untyped(ctx: ToolContext) -> bool:
    """Needs no type for its context."""
    return ctx.session is not None


del untyped.__annotations__["ctx"]


class Agent:
    """Has tools."""

    greeting = "hello"

    @tool
    def greet(self, name: str) -> str:
        """Greet somebody."""
        return f"{self.greeting} {name}"

    @tool(effect="must_finish")
    async def note(self, what: dict[str, Any]) -> None:
        """Note something."""


def test_what_a_model_is_told() -> None:
    """Name, description, and the schema of what it gives; the context is not its matter."""
    assert (book.name, book.description, book.effect, book.timeout) == ("book", "Book a table.", "cancellable", 30.0)
    assert (book.is_async, book.context) == (True, "ctx")
    assert book.schema == {
        "type": "object",
        "properties": {
            "day": {"type": "string", "description": "The day."},
            "guests": {"type": "integer", "default": 2},
            "where": {"type": "string", "enum": ["in", "out"], "description": "inside or outside", "default": "in"},
        },
        "required": ["day"],
        "additionalProperties": False,
    }


def test_settings_come_before_what_the_function_says() -> None:
    """Also that there is none."""
    assert (clock.name, clock.description, clock.effect, clock.timeout) == (
        *("tell-time", "What time it is."),
        *("read_only", None),
    )
    assert (clock.is_async, clock.context, clock.schema["properties"]) == (False, "ctx", {})
    assert tool(untyped).context == "ctx"


def test_a_method_is_a_tool_of_its_object() -> None:
    """And one of the class is called as the function is."""
    agent = Agent()
    assert agent.greet(name="Ann") == "hello Ann"
    assert agent.greet.function(name="Ann") == "hello Ann"
    assert (agent.greet.name, agent.greet.description) == ("greet", "Greet somebody.")
    assert list(agent.greet.schema["properties"]) == ["name"]
    assert (agent.note.is_async, agent.note.effect) == (True, "must_finish")
    assert Agent.greet(agent, "Bob") == "hello Bob"


def test_a_tool_is_still_the_function() -> None:
    """Also one that was made by partial application."""

    def add(a: int, b: int) -> int:
        return a + b

    assert tool(add)(1, 2) == 3
    plus = tool(name="plus", description="Add one.")(functools.partial(add, b=1))
    assert plus.arguments('{"a": 1}') == {"a": 1}
    assert plus(1) == 2


@pytest.mark.parametrize("written", ["", "  ", "{}", {}])
def test_nothing_stands_for_no_arguments(written: Any) -> None:
    """As some models write."""
    assert clock.arguments(written) == {}


def test_arguments_become_values() -> None:
    """Of the types that the function wants; defaults are the function's."""

    def seat(guests: list[Guest]) -> None:
        """Seat them."""

    assert tool(seat).arguments('{"guests": [{"name": "Ann"}]}') == {"guests": [Guest("Ann")]}
    assert book.arguments({"day": "today", "guests": None}) == {"day": "today"}


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('{"day": "to', 'expected a JSON object, got the text \'{"day": "to\', which is none: Unterminated string'),
        ("[" * 10**5, "expected a JSON object that is not too deep"),
        ('{"day": ' + "9" * 5000 + "}", "numbers that are not too long"),
        ("x" * (2**20 + 1), "expected at most 1048576 characters of JSON, got 1048577"),
        ("[]", "expected an object, got a list of 0"),
        ("{}", "day: expected a text, got nothing"),
        ('{"day": "x", "gusts": 2}', "gusts: expected no such argument, got one; there are: day, guests, where"),
        (
            '{"day": 1, "guests": "2"}',
            "day: expected a text, got the number 1; guests: expected a whole number, got the",
        ),
    ],
)
def test_what_is_wrong_with_arguments_is_told(written: str, message: str) -> None:
    """So that the model can mend it."""
    with pytest.raises(Mismatch) as caught:
        book.arguments(written)
    assert message in str(caught.value)


@given(JSON | TEXT)
def test_no_arguments_are_an_accident(written: Any) -> None:
    """Whatever the model writes, they fit or are told to be wrong."""
    import json

    for text in (json.dumps(written), written if isinstance(written, str) else json.dumps({"day": written})):
        try:
            assert set(book.arguments(text)) <= {"day", "guests", "where"}
        except Mismatch:
            continue


def no_type(a: int) -> None:
    pass


del no_type.__annotations__["a"]


def many(*a: int) -> None:
    pass


def raw(a: bytes) -> None:
    pass


def lost(a: int) -> None:
    pass


lost.__annotations__["a"] = "NowhereToBeFound"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (no_type, "the tool no_type: the parameter a has no type; write a: str"),
        (many, r"the tool many: a model gives arguments by name; a cannot be given so"),
        (raw, "the tool raw, parameter a: JSON has nothing for"),
        (lost, "a type of the tool lost cannot be found"),
    ],
)
def test_what_can_be_no_tool(function: Any, message: str) -> None:
    """Is told when it is declared."""
    with pytest.raises(TypeError, match=message):
        tool(function)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "book a table"}, "a tool's name is up to 64"),
        ({"name": "x" * 65}, "a tool's name"),
        ({"effect": "maybe"}, "effect"),
        ({"timeout": 0}, "timeout"),
        ({"effect": "must_finish", "timeout": None}, "has a timeout; got None"),
    ],
)
def test_settings_are_checked(settings: dict[str, Any], message: str) -> None:
    """When the tool is declared."""
    with pytest.raises(ValueError, match=message):
        tool(**settings)(book.function)


def test_a_toolbox_knows_its_tools_by_name() -> None:
    """And near names, when a model makes one up."""
    box = Toolbox([book, clock])
    assert (box["book"], len(box), "book" in box, "cook" in box, list(box)) == (book, 2, True, False, [book, clock])
    for name, message in [
        ("boook", "expected the name of a tool, got 'boook'. Near it are: book."),
        ("xyz", "There are: book, tell-time."),
        ("x" * 99, f"got '{'x' * 64}'."),
    ]:
        with pytest.raises(UnknownTool) as caught:
            box[name]
        assert message in str(caught.value)
    with pytest.raises(UnknownTool, match="There are: none"):
        Toolbox([])["x"]


def test_no_two_tools_have_one_name() -> None:
    """Nobody could call the second."""

    def other() -> None:
        """Another."""

    with pytest.raises(ValueError, match="two tools are called book"):
        Toolbox([book, tool(name="book")(other)])
    effect: Effect = "cancellable"
    assert isinstance(book, Tool)
    assert book.effect == effect
