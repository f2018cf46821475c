"""A pizza order without a language model: what the caller says is understood by keywords, all of it on one machine.

voiceflow chat --flow voiceflow.graphs.pizza_order:flow
voiceflow run voiceflow.graphs.pizza_order:build           (microphone and loudspeaker: voiceflow[devices])
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from voiceflow import Audio, Graph, Outlet, Sink, Speaker
from voiceflow.flow import BACK, Ask, Do, End, Flow, FlowNode, Interrupt, Refused, Route, Say
from voiceflow.graphs import cascade

Kind = Literal["margherita", "salami", "vegetable"]
Size = Literal["small", "large"]

PRICES: Mapping[str, int] = {"margherita": 8, "salami": 10, "vegetable": 9}
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
MOST = 10


def _few_enough(order: Order, field: attrs.Attribute[Any], count: int | None) -> None:
    if count is not None and not 1 <= count <= MOST:
        raise Refused(f"I can take between one and {NUMBERS[MOST]} pizzas.")


@attrs.frozen
class Order:
    """What is known of an order."""

    pizza: Kind | None = None
    size: Size | None = None
    count: int | None = attrs.field(default=None, validator=_few_enough)
    address: str | None = None
    right: bool | None = None
    price: int = 0

    def __str__(self) -> str:
        many = "s" if self.count != 1 else ""
        return f"{NUMBERS[self.count or 1]} {self.size} {self.pizza} pizza{many} to {self.address}"


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z]+|[0-9]+", text.lower())


def _first(text: str, choices: tuple[str, ...]) -> str | None:
    return next((word for word in words_of(text) if word in choices), None)


def order(text: str) -> Mapping[str, Any]:
    """Which pizza, of what size, and how many, as far as it is said."""
    number = _first(text, (*NUMBERS, *map(str, range(100))))
    count = None if number is None else NUMBERS.index(number) if number in NUMBERS else int(number)
    pizza = _first(text.replace("vegetarian", "vegetable"), tuple(PRICES))
    return {"pizza": pizza, "size": _first(text, ("small", "large")), "count": count}


def address(text: str) -> Mapping[str, Any]:
    """A street and a number, in figures or in words; what stands before it is left out."""
    found = re.search(r"(?:\bto |\bit is |\bat )?([A-Za-z0-9 ]+ (?:street|road|lane|avenue)[A-Za-z0-9 ]*)", text, re.I)
    return {"address": found[1].strip()} if found else {}


def yes_or_no(text: str) -> Mapping[str, Any]:
    """Whether something is right."""
    said = set(words_of(text))
    no, yes = said & {"no", "not", "wrong", "change"}, said & {"yes", "right", "correct", "sure", "okay", "fine"}
    return {"right": not no} if yes or no else {}


def price(order: Order) -> Mapping[str, Any]:
    """What it comes to: a large one is a quarter dearer."""
    one = PRICES[order.pizza or "margherita"]
    return {"price": (order.count or 1) * (one if order.size == "small" else one * 5 // 4)}


def wants_a_person(text: str) -> bool:
    return bool(set(words_of(text)) & {"human", "person", "somebody", "operator"})


def asks_for_the_menu(text: str) -> bool:
    return bool(set(words_of(text)) & {"menu", "which", "kinds"}) and not order(text)["pizza"]


def flow() -> Flow[Order]:
    """The conversation."""
    again = Route[Order]("pizza", lambda it: not it.right, forget=["pizza", "size", "count", "right"], label="wrong")
    return Flow(
        "pizza",
        Order(),
        [
            Say("hello", "Pizza Napoli, good evening.", then="pizza"),
            Ask("pizza", "Which pizza would you like?", also=["size", "count"], read=order, then="size"),
            Ask("size", "A small one or a large one?", also="count", read=order, then="count"),
            Ask("count", "How many of them?", read=order, attempts=3, otherwise="person", then="address"),
            Ask(
                "address",
                "What is the address?",
                read=address,
                again="I need a street and a number.",
                attempts=3,
                otherwise="person",
                then="price",
            ),
            Do("price", price, fields="price", otherwise="person", then="right"),
            Ask(
                "right",
                lambda it: f"That is {it}, for {it.price} euros. Is that right?",
                read=yes_or_no,
                again="Please say yes or no.",
                then=[again, "bye"],
            ),
            End("bye", "It will be with you in half an hour. Goodbye."),
            End("person", "I will have somebody call you back. Goodbye."),
            Say("menu", "We have margherita, salami and vegetable.", then=BACK),
        ],
        interrupts=[Interrupt("person", wants_a_person), Interrupt("menu", asks_for_the_menu, returns=True)],
    )


def build(audio: Outlet[Audio] | None = None, *, speaker: Sink | None = None) -> Graph:
    """A voice graph that takes orders from `audio`; without one, from the microphone of this machine."""
    if audio is None:
        from voiceflow.nodes.sounddevice import LocalAudio

        room = LocalAudio()
        audio, speaker = room.microphone.audio, Speaker(room.loudspeaker)
    return cascade.build(audio, llm=FlowNode(flow()), speaker=speaker)
