"""A support line: a model finds out who calls about what; orders are looked up; what it cannot do, a person does.

voiceflow chat --flow voiceflow.graphs.support_line:flow --model gpt-4o-mini
voiceflow run voiceflow.graphs.support_line:build           (microphone and loudspeaker: voiceflow[devices])
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from voiceflow import Audio, Graph, Node, Outlet, Sink, Speaker
from voiceflow.flow import BACK, Ask, Do, End, Flow, FlowNode, Interrupt, Refused, Route, Say
from voiceflow.graphs import cascade
from voiceflow.nodes.llamacpp import LlamaCpp

Topic = Literal["delivery", "refund", "other"]

ORDERS: Mapping[str, str] = {"1042": "left our warehouse yesterday", "1043": "will be sent tomorrow"}
"""In the place of a shop's own."""


def _four_digits(case: Case, field: attrs.Attribute[Any], number: str | None) -> None:
    if number is not None and not re.fullmatch(r"[0-9]{4}", number):
        raise Refused("An order number has four digits.")


@attrs.frozen
class Case:
    """What is known of a call."""

    topic: Topic | None = attrs.field(default=None, metadata={"description": "what the call is about"})
    order: str | None = attrs.field(
        default=None, validator=_four_digits, metadata={"description": "the number of the order, in digits"}
    )
    more: bool | None = attrs.field(default=None, metadata={"description": "whether there is anything else to do"})
    status: str = ""
    refunded: bool = False


class UnknownOrder(LookupError):
    """The shop has no such order."""


def look_up(case: Case) -> Mapping[str, Any]:
    """What has become of an order."""
    if case.order not in ORDERS:
        raise UnknownOrder
    return {"status": ORDERS[case.order or ""]}


def refund(case: Case) -> Mapping[str, Any]:
    """Where a real one would pay the money back."""
    return {"refunded": True}


def wants_a_person(words: str) -> bool:
    return bool(re.search(r"\b(human|person|agent|operator|somebody)\b", words, re.IGNORECASE))


def asks_for_the_hours(words: str) -> bool:
    return bool(re.search(r"\bopen(ing)?\b|\bhours\b", words, re.IGNORECASE))


def flow() -> Flow[Case]:
    """The conversation."""
    next_case = Route[Case]("topic", lambda case: bool(case.more), forget=["topic", "order", "more"], label="more")
    return Flow(
        "support",
        Case(),
        [
            Say("hello", "Green Garden support, hello.", then="topic"),
            Ask(
                "topic",
                "How can I help you?",
                also="order",
                instructions="You answer the support line of Green Garden, a shop for plants. Be brief and friendly. "
                "You know nothing of orders: they are looked up for you.",
                attempts=3,
                otherwise="person",
                then=[Route("person", lambda case: case.topic == "other", label="something else"), "order"],
            ),
            Ask(
                "order",
                "What is the number of your order?",
                instructions="The number has four digits.",
                attempts=3,
                otherwise="person",
                then="look up",
            ),
            Do("look up", look_up, fields="status", repeatable=True, otherwise="unknown", then="found"),
            Say("unknown", "I cannot find that order.", then=Route("order", forget="order")),
            Say(
                "found",
                lambda case: f"Your order {case.status}.",
                then=[Route("refund", lambda case: case.topic == "refund", label="a refund"), "more"],
            ),
            Do("refund", refund, fields="refunded", waiting="I am still at it.", otherwise="person", then="paid"),
            Say("paid", "Your money is on its way back to you.", then="more"),
            Ask("more", "Is there anything else?", then=[next_case, "bye"]),
            End("bye", "Thank you for calling. Goodbye."),
            End("person", "I will put you through to a colleague. Please hold the line."),
            Say("hours", "We are here from nine to five, Monday to Friday.", then=BACK),
        ],
        interrupts=[Interrupt("person", wants_a_person), Interrupt("hours", asks_for_the_hours, returns=True)],
    )


def build(audio: Outlet[Audio] | None = None, *, model: Node | None = None, speaker: Sink | None = None) -> Graph:
    """A voice graph that answers calls, from `audio`, or from the microphone; with the embedded model, or another."""
    if audio is None:
        from voiceflow.nodes.sounddevice import LocalAudio

        room = LocalAudio()
        audio, speaker = room.microphone.audio, Speaker(room.loudspeaker)
    node = FlowNode(flow(), model=model or LlamaCpp(context=4096, max_tokens=200))
    return cascade.build(audio, llm=node, speaker=speaker)
