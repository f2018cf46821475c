"""Where a flow goes, event by event: the pure machine, gone through by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from voiceflow import VoiceflowError
from voiceflow.flow import BACK, Ask, Do, End, Flow, Interrupt, Pause, Point, Refused, Route, Say, Split, Step
from voiceflow.machines.answer_stream import Found
from voiceflow.machines.flow_point import (
    Answered,
    Await,
    Converse,
    Done,
    Event,
    Failed,
    Given,
    HangUp,
    Late,
    Run,
    Speak,
    Turned,
)


def at_most_ten(order: Order, field: Any, value: int | None) -> None:
    if value is not None and value > 10:
        raise Refused("We have ten seats.")


@attrs.frozen
class Order:
    size: str | None = None
    guests: int | None = attrs.field(default=None, validator=at_most_ten)
    sure: bool | None = None
    total: int = 0


def sizes(words: str) -> Mapping[str, Any]:
    return {"size": next((size for size in ("small", "large") if size in words), None)}


def numbers(words: str) -> Mapping[str, Any]:
    return {"guests": next((int(word) for word in words.split() if word.isdigit()), None)}


def yes(words: str) -> Mapping[str, Any]:
    return {"sure": "yes" in words} if "yes" in words or "no" in words else {}


def price(order: Order) -> Mapping[str, Any]:
    return {"total": 5}


def walk(flow: Flow[Order], *events: Event, at: Point | None = None) -> tuple[Point, list[list[Any]]]:
    """Where it stands in the end, and the actions of each event."""
    point, actions = at or flow.begin(), list[list[Any]]()
    for event in events:
        stepped = flow.step(point, event)
        point = stepped.point
        actions.append(list(stepped.actions))
    return point, actions


SIZE = Ask[Order]("size", "What size?", read=sizes, then="bye")
BYE = End[Order]("bye", lambda order: f"{order.size}. Bye.")


def test_the_first_turn_begins_it_and_an_answer_leads_on() -> None:
    """A text is said, a question put, the answer taken, the end said, and the call ended."""
    flow = Flow("order", Order(), [Say[Order]("hello", "Hello.", then="size"), SIZE, BYE])
    point, actions = walk(flow, Turned(), Turned("a large one"))
    assert actions == [[Speak("Hello."), Speak("What size?")], [Speak("large. Bye."), HangUp()]]
    assert (point.at, point.state, point.ended) == (("bye",), Order(size="large"), True)
    assert walk(flow, Turned("hello?"), at=point)[1] == [[]]


def test_a_point_can_be_gone_on_from_twice() -> None:
    """Nothing is changed by a step."""
    flow = Flow("order", Order(), [SIZE, BYE])
    asked, _ = walk(flow, Turned())
    assert walk(flow, Turned("large"), at=asked)[0].state == Order(size="large")
    assert walk(flow, Turned("small"), at=asked)[0].state == Order(size="small")


def test_words_before_the_first_question_may_answer_it() -> None:
    """And else it is put, and that was no attempt."""
    flow = Flow("order", Order(), [SIZE, BYE])
    assert walk(flow, Turned("a small one please"))[1] == [[Speak("small. Bye."), HangUp()]]
    point, actions = walk(flow, Turned("hello"))
    assert (actions, point.threads[0].attempts) == ([[Speak("What size?")]], 0)


def test_the_first_route_whose_condition_holds_is_taken() -> None:
    """Of the state as it is then."""
    many = Route[Order]("many", lambda order: (order.guests or 0) > 6)
    steps: list[Step[Order]] = [
        Ask[Order]("guests", read=numbers, question="How many?", then=[many, "few"]),
        *map(End[Order], ["many", "few"]),
    ]
    flow = Flow("order", Order(), steps)
    assert [walk(flow, Turned(), Turned(words))[0].at for words in ("7", "6")] == [("many",), ("few",)]


def test_who_is_not_understood_is_asked_again_and_after_some_attempts_the_flow_goes_on() -> None:
    """Answers that tell something new do not count, and begin the count anew."""
    both = Ask[Order](
        "both",
        "What size, for how many?",
        fields=("size", "guests"),
        read=lambda words: {**sizes(words), **numbers(words)},
        again="Pardon?",
        attempts=2,
        otherwise="help",
        then="bye",
    )
    flow = Flow("order", Order(), [both, BYE, End[Order]("help", "One moment.")])
    said = [Turned(), *map(Turned, ["what?", "large", "what?", "four"])]
    point, actions = walk(flow, *said)
    assert actions[1:4] == [[Speak("Pardon?")]] * 3
    assert (point.at, actions[4]) == (("help",), [Speak("One moment."), HangUp()])
    assert walk(flow, *said[:4], Turned("4"))[0].at == ("bye",)


def test_a_value_that_the_state_refuses_is_told_why() -> None:
    """In the words of the validator, which are for the caller; one of the wrong type is as none."""
    flow = Flow("order", Order(), [Ask[Order]("guests", "How many?", read=numbers, then="bye"), BYE])
    asked, _ = walk(flow, Turned())
    point, actions = walk(flow, Turned("12"), Turned(""), Turned("4"), at=asked)
    assert actions == [[Speak("We have ten seats.")], [Speak("How many?")], [Speak("None. Bye."), HangUp()]]
    assert point.state == Order(guests=4)


def test_a_route_that_forgets_has_it_asked_again() -> None:
    """What is known is not asked for: without forgetting, nobody would be asked."""
    again = Route[Order]("size", lambda order: not order.sure, forget=["size", "sure"])
    sure = Ask[Order]("sure", lambda order: f"{order.size}?", read=yes, then=[again, "bye"])
    flow = Flow("order", Order(), [attrs.evolve(SIZE, then="sure"), sure, BYE])
    point, actions = walk(flow, Turned(), Turned("small"), Turned("no"), Turned("large"), Turned("yes"))
    assert [action for each in actions for action in each][:4] == [
        Speak("What size?"),
        Speak("small?"),
        Speak("What size?"),
        Speak("large?"),
    ]
    assert point.state == Order("large", sure=True)


def test_a_circle_in_which_nobody_is_asked_is_an_error_with_its_steps() -> None:
    """Only gone through it shows, where conditions are in the way."""
    sure = Ask[Order]("sure", "Sure?", read=yes, then=[Route[Order]("size", lambda order: not order.sure), "bye"])
    flow = Flow("order", Order(), [attrs.evolve(SIZE, then="sure"), sure, BYE])
    point, _ = walk(flow, Turned(), Turned("small"))
    with pytest.raises(VoiceflowError, match=r"goes in a circle at s.* without asking anybody; let a route forget"):
        flow.step(point, Turned("no"))


HOURS = Say[Order]("hours", "From ten to six.", then=BACK)
ASIDE = Interrupt("hours", lambda words: "open" in words, returns=True)


def test_a_digression_comes_back_to_the_question() -> None:
    """Which is put again; what was known stays known."""
    flow = Flow("order", Order(), [SIZE, BYE, HOURS], interrupts=[ASIDE])
    _, actions = walk(flow, Turned(), Turned("when do you open?"), Turned("large"))
    assert actions[1:] == [[Speak("From ten to six."), Speak("What size?")], [Speak("large. Bye."), HangUp()]]


def test_an_interrupt_that_does_not_return_goes_on_from_where_it_leads() -> None:
    """The first whose condition is true of the words."""
    person = Interrupt("person", lambda words: "person" in words)
    flow = Flow("order", Order(), [SIZE, BYE, HOURS, End[Order]("person", "Wait.")], interrupts=[ASIDE, person])
    assert walk(flow, Turned(), Turned("a person!"))[1][1] == [Speak("Wait."), HangUp()]


DO = Do[Order]("price", price, fields=("total",), otherwise="sorry", then="bye")
SORRY = End[Order]("sorry", "Sorry.")


def test_what_is_done_leads_on_when_it_is_done() -> None:
    """With its values; a failure, values of other fields, and values that the state refuses lead elsewhere."""
    flow = Flow("order", Order(), [attrs.evolve(SIZE, then="price"), DO, BYE, SORRY])
    doing, actions = walk(flow, Turned(), Turned("large"))
    assert actions[1] == [Run("price", 1, Order("large"))]
    assert walk(flow, Turned("well?"), Turned(), at=doing)[1] == [[Speak("One moment.")], []]
    assert walk(flow, Done(1, {"total": 5}), at=doing)[0].state == Order("large", total=5)
    for event in (Failed(1), Done(1, {"size": "small"})):
        assert walk(flow, event, at=doing)[0].at == ("sorry",)
    assert walk(flow, Failed(2), Late(7), at=doing)[0] == doing


def test_values_that_the_state_refuses_count_as_a_failure() -> None:
    """However they were made."""
    book = Do[Order]("book", price, fields=("guests",), otherwise="sorry", then="bye")
    flow = Flow("order", Order(), [book, BYE, SORRY])
    assert walk(flow, Turned(), Done(1, {"guests": 11}))[0].at == ("sorry",)


ALLOW = Pause[Order]("sure", "I will ask.", about="Is it fine?", within=60.0, otherwise="sorry", then="bye")


def test_somebody_outside_answers() -> None:
    """The flow waits, tells a caller who speaks that it does, and goes on with the answer or without it."""
    flow = Flow("order", Order(), [ALLOW, BYE, SORRY])
    waiting, actions = walk(flow, Turned())
    assert actions == [[Speak("I will ask."), Await("sure", 1, "Is it fine?", 60.0)]]
    assert walk(flow, Turned("well?"), at=waiting)[1] == [[Speak("I am still waiting for an answer.")]]
    assert walk(flow, Given("sure", {"sure": True}), at=waiting)[0].state == Order(sure=True)
    assert walk(flow, Given("sure", {"sure": 3}), Given("size", {"size": "x"}), at=waiting)[0] == waiting
    assert walk(flow, Late(1), at=waiting)[0].at == ("sorry",)
    assert walk(flow, Given("sure", {"sure": True}), Late(1), at=waiting)[0].at == ("bye",)


def split(**settings: Any) -> Flow[Order]:
    branches = Split[Order]("both", ["price", "size"], "bye", **settings)
    return Flow("order", Order(), [branches, attrs.evolve(DO, otherwise="bye"), SIZE, BYE])


def test_branches_go_on_side_by_side_and_join() -> None:
    """One is done while another asks; the states become one in whatever order they end."""
    point, actions = walk(split(), Turned())
    assert actions == [[Run("price", 1, Order()), Speak("What size?")]]
    assert point.at == ("both", "price", "size")
    events: list[Event] = [Turned("large"), Done(1, {"total": 5})]
    ends = [walk(split(), *order, at=point) for order in (events, events[::-1])]
    assert [end.state for end, _ in ends] == [Order("large", total=5)] * 2
    assert [said for _, said in ends] == [[[], [Speak("large. Bye."), HangUp()]]] * 2


def test_of_branches_that_ask_one_does_at_a_time() -> None:
    """The first first; the next when that has gone on. A merge is given the values in the order of the branches."""
    ask_size = Ask[Order]("size", "What size?", read=sizes, also=("total",), then="bye")
    ask_sure = Ask[Order]("sure", "Sure?", read=yes, also=("total",), then="bye")
    flow = Flow(
        "order",
        Order(),
        [Split[Order]("both", ["size", "sure"], "bye", merge={"total": sum}), ask_size, ask_sure, BYE],
    )
    _, actions = walk(flow, Turned(), Turned("small"), Turned("yes"))
    assert actions == [[Speak("What size?")], [Speak("Sure?")], [Speak("small. Bye."), HangUp()]]


def test_a_merge_is_given_the_values_in_the_order_of_the_branches() -> None:
    """However late each came."""
    one = Do[Order]("one", price, fields=("total",), otherwise="bye", then="bye")
    branches = Split[Order]("both", ["one", "two"], "bye", merge={"total": lambda values: values[0] * 10 + values[1]})
    flow = Flow("order", Order(), [branches, one, attrs.evolve(one, name="two"), BYE])
    point, _ = walk(flow, Turned())
    events = [Done(1, {"total": 1}), Done(2, {"total": 2})]
    assert [walk(flow, *each, at=point)[0].state.total for each in (events, events[::-1])] == [12, 12]


def test_branches_whose_findings_do_not_go_together_are_an_error() -> None:
    """What a merge makes of them the state may refuse."""
    one = Ask[Order]("guests", "How many?", read=numbers, then="bye")
    both = Split[Order]("both", ["guests", "more"], "bye", merge={"guests": sum})
    flow = Flow("order", Order(), [both, one, attrs.evolve(one, name="more"), BYE])
    point, _ = walk(flow, Turned(), Turned("8"))
    with pytest.raises(VoiceflowError, match="what the branches of 'both' found out cannot be joined: We have ten"):
        flow.step(point, Turned("9"))


def test_an_end_within_a_branch_ends_all() -> None:
    """What the other branch does is not waited for any more."""
    person = Interrupt("person", lambda words: "person" in words)
    steps: list[Step[Order]] = [
        Split[Order]("both", ["price", "size"], "bye"),
        attrs.evolve(DO, otherwise="bye"),
        SIZE,
        BYE,
    ]
    flow = Flow("order", Order(), [*steps, End[Order]("person", "Wait.")], interrupts=[person])
    point, actions = walk(flow, Turned(), Turned("a person"), Done(1, {"total": 5}))
    assert (point.at, actions[1:]) == (("person",), [[Speak("Wait."), HangUp()], []])


MODEL = Ask[Order]("size", "What size?", also=("guests",), instructions="Be kind.", then="bye")


def test_a_model_answers_the_caller_and_what_it_found_out_counts() -> None:
    """The question is said as it is; words of the caller are the model's; where it said nothing, something is said."""
    flow = Flow("order", Order(), [MODEL, BYE])
    asked, actions = walk(flow, Turned())
    assert actions == [[Speak("What size?")]]
    again, actions = walk(flow, Turned("hm"), Answered(Found(True, {"size": None, "guests": 4})), at=asked)
    assert actions == [[Converse("size", ("size", "guests"))], []]
    assert again.state == Order(guests=4)
    assert walk(flow, Answered(Found(False, {})), at=again)[1] == [[Speak("What size?")]]
    assert walk(flow, Answered(Found(True, {"guests": 12})), at=again)[1] == [[Speak("We have ten seats.")]]
    assert walk(flow, Answered(Found(True, {"size": 3})), at=again)[1] == [[Speak("What size?")]]
    assert walk(flow, Answered(Found(True, {"size": "large"})), at=again)[1] == [[Speak("large. Bye."), HangUp()]]


def test_a_model_that_is_to_speak_waits_for_the_caller_in_no_way() -> None:
    """What it tells is followed by the next step in the same turn; broken off, it is told again."""
    tell = Say[Order]("tell", instructions="Tell a joke.", then="size")
    flow = Flow("order", Order(), [tell, SIZE, BYE])
    telling, actions = walk(flow, Turned("hello"))
    assert actions == [[Converse("tell", opening=True)]]
    assert walk(flow, Turned("what?"), at=telling)[1] == [[Converse("tell", opening=True)]]
    assert walk(flow, Answered(Found(True)), at=telling)[1] == [[Speak("What size?")]]


def test_what_was_being_done_when_a_call_broke_off_is_not_done_twice() -> None:
    """Unless it may be; what is waited for is told again."""
    flow = Flow("order", Order(), [DO, BYE, SORRY])
    assert flow.resume(walk(flow, Turned())[0]).actions == (Speak("Sorry."), HangUp())
    flow = Flow("order", Order(), [attrs.evolve(DO, repeatable=True), BYE, SORRY])
    assert flow.resume(walk(flow, Turned())[0]).actions == (Run("price", 2, Order()),)
    flow = Flow("order", Order(), [ALLOW, BYE, SORRY])
    assert flow.resume(walk(flow, Turned())[0]).actions == (Await("sure", 2, "Is it fine?", 60.0),)
