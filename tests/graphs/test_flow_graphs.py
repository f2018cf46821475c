"""The three flows that come with voiceflow, each gone through by callers with a script, in virtual time."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import pytest
from trio.testing import MockClock
from world import Clip, User, Voice

from voiceflow import (
    Chunker,
    Endpointing,
    Graph,
    In,
    Node,
    Out,
    Ports,
    Prompt,
    Session,
    Speaker,
    Text,
    TextSink,
    TurnSettings,
    TurnTaking,
)
from voiceflow.flow import Flow, FlowNode
from voiceflow.graphs import appointment, pizza_order, support_line
from voiceflow.nodes.soundfile import FileSource
from voiceflow.testing import InlineExecutor

Found = tuple[str, Mapping[str, Any]]


@attrs.define(eq=False)
class Scripted(Node):
    """Answers with `answers`, one after the other: what is said, and what was found out."""

    answers: Sequence[Found]
    asked: int = attrs.field(default=0, init=False)

    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            said, values = self.answers[self.asked]
            self.asked += 1
            schema: Any = prompt.schema
            wanted = schema["properties"]["extracted_values"]["required"]
            found = {name: values.get(name) for name in wanted}
            for piece in json.dumps({"response_to_user": said, "extracted_values": found}).split(" "):
                await ports[self.text].send(Text(f"{piece} "))


async def talk(node: FlowNode, lines: Sequence[str], outside: Mapping[str, Any] | None = None) -> list[str]:
    """What the agent says: first, to each of these lines, and of itself when somebody outside has answered."""
    async with Session(Graph().connect(node, TextSink()), executor=InlineExecutor()) as session:
        await session.finished()
        for line in lines:
            await session.send_text(line)
            await session.finished()
        if outside is not None:
            node.answer("allowed", outside)
        while not node.point.ended:
            await session.events("turn.ended").__anext__()
        return [message.text for message in session.history if message.role == "assistant"]


PIZZA = [
    "Pizza Napoli, good evening. Which pizza would you like?",
    "A small one or a large one?",
    "That is two large salami pizzas to 5 Main Street, for 24 euros. Is that right?",
    "It will be with you in half an hour. Goodbye.",
]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["two salami please", "large", "it is 5 Main Street", "yes"],
            [PIZZA[0], PIZZA[1], "What is the address?", *PIZZA[2:]],
        ),
        (["let me talk to a person"], [PIZZA[0], "I will have somebody call you back. Goodbye."]),
        (
            ["which kinds are there", "one large vegetable", "hm", "well", "I forgot"],
            [
                PIZZA[0],
                "We have margherita, salami and vegetable. Which pizza would you like?",
                "What is the address?",
                "I need a street and a number.",
                "I need a street and a number.",
                "I will have somebody call you back. Goodbye.",
            ],
        ),
        (
            ["a small margherita", "twelve thousand 40", "3", "Oak Road 7", "no wrong", "1 large salami", "yes"],
            [
                PIZZA[0],
                "How many of them?",
                "I can take between one and ten pizzas.",
                "What is the address?",
                "That is three small margherita pizzas to Oak Road 7, for 24 euros. Is that right?",
                "Which pizza would you like?",
                "That is one large salami pizza to Oak Road 7, for 12 euros. Is that right?",
                PIZZA[3],
            ],
        ),
    ],
)
async def test_pizza_is_ordered_without_a_model(
    lines: Sequence[str], said: Sequence[str], autojump_clock: MockClock
) -> None:
    """By keywords; in any order of them, with a look at the menu, a change of mind, and a way out."""
    assert await talk(FlowNode(pizza_order.flow()), lines) == said


async def test_pizza_is_ordered_by_voice(autojump_clock: MockClock) -> None:
    """The caller interrupts the greeting, and hangs up nothing: the line does, behind the last word."""
    words = ["two large salami", "five Main Street", "yes please"]
    clips = [Clip(at, at + 1.0, text) for at, text in zip((1.0, 7.0, 14.0), words, strict=True)]
    user = User(clips, until=300.0)
    turns = TurnTaking(TurnSettings(endpointing=Endpointing(mode="fixed", min_wait=0.5)))
    node = FlowNode(pizza_order.flow())
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, node, Chunker(), Voice(1.5), Speaker(block=0.02))
    async with Session(graph, executor=InlineExecutor()) as session:
        await session.finished()
    assert node.state == pizza_order.Order("salami", "large", 2, "five Main Street", True, 24)
    assert session.history[-1].text == PIZZA[3]
    assert session.history[0].interrupted


DELIVERY: list[Found] = [
    ("Let us see.", {"topic": "delivery"}),
    ("Thank you.", {"order": "1042"}),
    ("Fine.", {"more": False}),
]
REFUND: list[Found] = [
    ("I see.", {"topic": "refund", "order": "10"}),
    ("Thanks.", {"order": "9999"}),
    ("Thanks.", {"order": "1043"}),
    ("Sure.", {"more": True}),
    ("One moment.", {"topic": "other"}),
]

VAGUE: list[Found] = [("I see.", {})] * 3


@pytest.mark.parametrize(
    ("answers", "lines", "said"),
    [
        (
            DELIVERY,
            ["Where is my fern?", "When are you open?", "1042", "No."],
            [
                "Green Garden support, hello. How can I help you?",
                "Let us see. What is the number of your order?",
                "We are here from nine to five, Monday to Friday. What is the number of your order?",
                "Thank you. Your order left our warehouse yesterday. Is there anything else?",
                "Fine. Thank you for calling. Goodbye.",
            ],
        ),
        (
            REFUND,
            ["My money back for 10.", "9999", "1043", "Yes.", "My garden."],
            [
                "Green Garden support, hello. How can I help you?",
                "I see. What is the number of your order?",
                "Thanks. I cannot find that order. What is the number of your order?",
                "Thanks. Your order will be sent tomorrow. Your money is on its way back to you. "
                "Is there anything else?",
                "Sure. How can I help you?",
                "One moment. I will put you through to a colleague. Please hold the line.",
            ],
        ),
        (
            VAGUE,
            ["Hm.", "Well.", "Oh."],
            [
                "Green Garden support, hello. How can I help you?",
                "I see.",
                "I see.",
                "I see. I will put you through to a colleague. Please hold the line.",
            ],
        ),
    ],
)
async def test_the_support_line_helps(
    answers: Sequence[Found], lines: Sequence[str], said: Sequence[str], autojump_clock: MockClock
) -> None:
    """Orders are looked up, money is paid back, and what it cannot do goes to a person."""
    assert await talk(FlowNode(support_line.flow(), model=Scripted(answers)), lines) == said


WHEN = {"day": "2030-05-06", "time": "11:00"}


async def test_an_appointment_is_made(autojump_clock: MockClock) -> None:
    """What was told ahead is not asked for; a day on which nobody is there, and a taken hour, are told."""
    answers: list[Found] = [
        ("Oh dear.", {"reason": "pain"}),
        ("Gladly.", {**WHEN, "day": "2030-05-04", "time": "10:00"}),
        ("Then so.", {"day": "2030-05-06"}),
        ("Thank you.", {"name": "Ann Lee"}),
        ("Good.", {"time": "11:00"}),
    ]
    node = FlowNode(appointment.flow(), model=Scripted(answers))
    said = await talk(node, ["It hurts.", "Saturday at ten.", "Monday.", "Ann Lee.", "Eleven."])
    assert said == [
        "Doctor Miller's practice, good morning. What can I do for you?",
        "Oh dear. Which day, and at what time?",
        "Gladly. We are closed on Saturdays and Sundays.",
        "Then so. And your name, please?",
        "Thank you. Monday the 6. at 10:00, let me see. I am sorry, that is taken. Free are 09:00, 11:00, 12:00. "
        "When would you like to come?",
        "Good. Monday the 6. at 11:00, let me see. It is booked. We see you on Monday the 6. at 11:00. Goodbye.",
    ]
    assert (node.state.time, node.state.booked) == (datetime.time(11), True)


@pytest.mark.parametrize("allowed", [True, False])
async def test_outside_the_hours_a_person_decides(allowed: bool, autojump_clock: MockClock) -> None:
    """He is told what it is about; the flow speaks of itself when he has answered."""
    told: list[str] = []
    answers: list[Found] = [
        ("Sure.", {"reason": "check-up", **WHEN, "time": "20:00", "name": "Ann Lee"}),
        ("Fine.", WHEN),
    ]
    node = FlowNode(appointment.flow(), model=Scripted(answers), on_pause=lambda step, about: told.append(about))
    async with Session(Graph().connect(node, TextSink()), executor=InlineExecutor()) as session:
        await session.finished()
        await session.send_text("A check-up on Monday at eight in the evening. Ann Lee.")
        events = session.events("turn.ended")
        node.answer("allowed", {"allowed": allowed})
        await events.__anext__()
    assert told == ["Ann Lee would like to come on Monday the 6. at 20:00: check-up."]
    said = session.history[-1].text
    assert said == (
        "It is booked. We see you on Monday the 6. at 20:00. Goodbye."
        if allowed
        else "I am sorry, that is not possible. Which day, and at what time?"
    )


@pytest.mark.parametrize("example", [pizza_order, support_line, appointment])
def test_each_is_a_voice_graph_too(example: Any) -> None:
    """The flow stands where a model would; the rest of the cascade is unchanged."""
    graph = example.build(FileSource("question.wav").audio).validate()
    (node,) = [node for node in graph.nodes.values() if isinstance(node, FlowNode)]
    flow: Flow[Any] = node.flow
    assert flow.name == example.flow().name
    assert "flow" in graph.nodes
