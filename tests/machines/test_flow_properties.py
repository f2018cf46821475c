"""The machine of a flow under any events: it never raises, can be read at every point, and leaves nothing to chance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow.flow import BACK, Ask, Do, End, Flow, Interrupt, Pause, Route, Say, Split
from voiceflow.flow.points import from_json, to_json
from voiceflow.machines.answer_stream import Found
from voiceflow.machines.flow_point import (
    Answered,
    Converse,
    Done,
    Event,
    Failed,
    Given,
    HangUp,
    Late,
    Point,
    Run,
    Turned,
)


@attrs.frozen
class State:
    size: str | None = None
    sure: bool | None = None
    name: str | None = None
    allowed: bool | None = None
    price: int = 0
    notes: tuple[str, ...] = ()


def size(words: str) -> Mapping[str, Any]:
    return {"size": words if words in ("small", "large") else None}


def sure(words: str) -> Mapping[str, Any]:
    return {"sure": words == "yes"} if words in ("yes", "no") else {}


def nothing(state: State) -> None:
    return None


def joined(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(note for each in values for note in each)


FLOW = Flow(
    "all",
    State(),
    [
        Say[State]("hello", "Hello.", then="both"),
        Split[State]("both", ["price", "name", "stock"], "size", merge={"notes": joined}),
        Do[State]("price", nothing, fields=("price", "notes"), otherwise="size", then="size"),
        Ask[State]("name", attempts=2, otherwise="size", then="size"),
        Do[State]("stock", nothing, fields="notes", repeatable=True, otherwise="size", then="size"),
        Ask[State]("size", "What size?", read=size, attempts=3, otherwise="person", then="allowed"),
        Pause[State]("allowed", "Wait.", within=60.0, otherwise="person", then="sure"),
        Ask[State](
            "sure",
            "Sure?",
            read=sure,
            then=[Route[State]("size", lambda state: not state.sure, forget=["size", "sure", "allowed"]), "bye"],
        ),
        End[State]("bye", "Bye."),
        End[State]("person", "Wait.", hang_up=False),
        Say[State]("why", "So.", then=BACK),
        Say[State]("tell", instructions="Tell.", then=BACK),
    ],
    interrupts=[
        Interrupt("why", lambda words: words == "why", returns=True),
        Interrupt("tell", lambda words: words == "tell", returns=True),
        Interrupt("person", lambda words: words == "person"),
    ],
)

ANYTHING = st.none() | st.booleans() | st.integers(-2, 20) | st.text(max_size=3) | st.lists(st.text(max_size=2))
VALUES = st.dictionaries(st.sampled_from(["size", "sure", "name", "allowed", "price", "notes", "what"]), ANYTHING)
SERIALS = st.integers(0, 6)
EVENTS = st.lists(
    st.builds(Turned, st.sampled_from(["", "small", "large", "yes", "no", "hm", "why", "tell", "person"]))
    | st.builds(Answered, st.builds(Found, st.booleans(), VALUES))
    | st.builds(Done, SERIALS, st.fixed_dictionaries({"notes": st.just(("a",))}) | VALUES)
    | st.builds(Failed, SERIALS)
    | st.builds(Late, SERIALS)
    | st.builds(Given, st.sampled_from(["allowed", "size", "none"]), VALUES | st.just({"allowed": True})),
    max_size=25,
)


def check(point: Point) -> None:
    assert len([each for each in point.threads if each.phase in ("ask", "tell")]) <= 1
    assert not [each for each in point.threads if each.phase == "enter"]
    begun = [each.serial for each in point.threads if each.phase in ("do", "pause")]
    assert len(set(begun)) == len(begun)
    # Whatever is open: somebody is asked, or something is waited for; else it has ended, or has not begun.
    busy = point.thread("ask", "tell", "do", "pause") is not None
    assert busy != (point.ended or not point.begun)


@given(EVENTS)
@settings(max_examples=80, deadline=None)
def test_any_events_lead_somewhere(events: list[Event]) -> None:
    """Never to an error, nor to where nothing can happen any more; a point can be written down and gone on from."""
    point, ended = FLOW.begin(), 0
    for event in events:
        stepped = FLOW.step(point, event)
        assert FLOW.step(point, event) == stepped
        point = stepped.point
        check(point)
        for action in stepped.actions:
            assert not isinstance(action, Run) or action.serial <= point.serial
            assert not isinstance(action, Converse) or point.thread("ask", "tell") is not None
            ended += isinstance(action, HangUp)
        read = from_json(FLOW, json.loads(json.dumps(to_json(FLOW, point))))
        assert to_json(FLOW, read) == to_json(FLOW, point)
        check(FLOW.resume(read).point)
    assert ended <= 1


@given(st.permutations(range(3)), st.integers(0, 9))
@settings(max_examples=10)
def test_branches_come_to_the_same_in_whatever_order(order: list[int], price: int) -> None:
    """Who is first is no matter."""
    point = FLOW.step(FLOW.begin(), Turned()).point
    done: list[Event] = [
        Done(1, {"price": price, "notes": ("a",)}),
        Done(2, {"notes": ("b",)}),
        Answered(Found(True, {"name": "Ann"})),
    ]
    for number in order:
        point = FLOW.step(point, done[number]).point
    assert point.state == State(name="Ann", price=price, notes=("a", "b"))
