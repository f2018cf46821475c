"""A wrong flow is an error when it is made, which names the step, what was expected, and the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest

from voiceflow import GraphError
from voiceflow.flow import BACK, Ask, Do, End, Flow, Interrupt, Pause, Route, Say, Split, Step


@attrs.frozen
class Order:
    size: str | None = None
    guests: int | None = None
    total: int = 0


@attrs.define
class Changeable:
    size: str | None = None


@attrs.frozen
class Strict:
    size: str = None  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


@attrs.frozen
class Odd:
    size: complex | None = None


def nothing(words: object) -> Mapping[str, Any]:
    return {}


def never(state: Order) -> bool:
    return False


END, OUT = End[Order]("end"), End[Order]("out")
SIZE = Ask[Order]("size", "What size?", read=nothing, then="end")
DO = Do[Order]("price", nothing, fields=("total",), otherwise="end", then="end")


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "the flow 'order' has no steps; begin with an Ask or a Say"),
        ([SIZE, SIZE, END, attrs.evolve(END)], "the flow 'order' has two steps 'end'; give one of them another name"),
        ([attrs.evolve(END, name="")], "the flow 'order': a End has the name ''; give it another"),
        ([SIZE], "the flow 'order', step 'size': a route goes to 'end'; there are the steps size"),
        ([Say[Order]("hello", "Hi", then=())], "step 'hello': `then` is empty; say which step comes next"),
        (
            [Say[Order]("hello", "Hi", then=Route("end", never)), END],
            "step 'hello': no route of 'then' is left when 'end' is not to be taken; end with one that has no `when`",
        ),
        (
            [Say[Order]("hello", "Hi", then=["end", Route("end", never)]), END],
            "step 'hello': routes of 'then' behind that to 'end', which has no `when`",
        ),
        ([Say[Order]("hello", then="end"), END], "a Say has a text, or instructions for the model: one of the two"),
        ([attrs.evolve(SIZE, attempts=2), END], "step 'size': attempts=2 has no way out; say `otherwise`"),
        ([attrs.evolve(SIZE, otherwise="end"), END], "`otherwise` is never taken without attempts; give it, or leave"),
        ([Pause[Order]("size", within=2.5, then="end"), END], "step 'size': within=2.5 has no way out"),
        (
            [Ask[Order]("colour", read=nothing, then="end"), END],
            "'colour' is no field of Order, which has size, guests",
        ),
        ([attrs.evolve(SIZE, fields=()), END], "step 'size': it asks for no field; name one at least"),
        ([attrs.evolve(SIZE, fields="total"), END], "'total' begins as 0; what is asked for begins as None"),
        ([attrs.evolve(SIZE, then=Route("end", forget="total")), END], "'total' begins as 0; what is asked for begins"),
        ([SIZE, END, DO], "step 'price': no route leads to it; add one, or leave the step out"),
        (
            [attrs.evolve(SIZE, then=[Route("end", never), BACK]), END],
            "step 'size': it goes BACK, and can be reached without an Interrupt\\(returns=True\\)",
        ),
        ([Split[Order]("both", ["size"], "end"), SIZE, END], "step 'both': a Split has two branches at least; got 1"),
        (
            [Split[Order]("both", ["size", "hm"], "end"), SIZE, Say[Order]("hm", "Hm", then="out"), END, END_OUT]
            if (END_OUT := End[Order]("out"))
            else [],
            "step 'both': the branch 'hm' never reaches 'end', where branches join",
        ),
        (
            [
                Split[Order]("both", ["size", "guests"], "end"),
                SIZE,
                attrs.evolve(SIZE, name="guests", also="size"),
                END,
            ],
            "the branches 'size' and 'guests' can both change 'size'; say what becomes of it: Split\\(...,",
        ),
        (
            [Split[Order]("both", ["size", "price"], "end", merge={"guests": max}), SIZE, DO, END],
            "step 'both': merge has 'guests', which no branch changes",
        ),
        (
            [Say[Order]("a", "A", then="b"), Say[Order]("b", "B", then="a")],
            "step 'a': it goes in a circle in which nobody is asked: a -> b -> a",
        ),
    ],
)
def test_a_wrong_flow_is_no_flow(steps: Sequence[Step[Order]], message: str) -> None:
    """The first mistake is told."""
    with pytest.raises(GraphError, match=message):
        Flow("order", Order(), steps)


def test_where_it_starts_and_what_interrupts_it_are_steps() -> None:
    """Of its own."""
    with pytest.raises(GraphError, match="the flow 'order' starts at 'hm'; there are the steps size, end"):
        Flow("order", Order(), [SIZE, END], start="hm")
    with pytest.raises(GraphError, match="the flow 'order': an interrupt goes to 'hm'; there are size, end"):
        Flow("order", Order(), [SIZE, END], interrupts=[Interrupt("hm", bool)])


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (Changeable(), "begins with a Changeable; expected an object of an @attrs.frozen class"),
        ({}, "the flow 'order' begins with a dict; expected an object of an @attrs.frozen class"),
        (
            Strict(),
            "begins with a size that it refuses .size: expected a text, got a NoneType.; what is not known yet is",
        ),
        (Odd(), "the state Odd of the flow 'order': JSON has nothing for the class complex"),
    ],
)
def test_a_state_is_frozen_and_of_types_that_json_has(state: Any, message: str) -> None:
    """So that it can be kept, and gone back to."""
    with pytest.raises(GraphError, match=message):
        Flow("order", state, [Ask[Any]("size", read=nothing, then="end"), END])


def test_limits_are_above_zero() -> None:
    """Each says its name."""
    with pytest.raises(ValueError, match="'attempts' must be > 0"):
        attrs.evolve(SIZE, attempts=0)
    with pytest.raises(ValueError, match="'within' must be > 0"):
        attrs.evolve(DO, within=0)
