"""What a model is told of a conversation, whatever the wire."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from strategies import histories

from voiceflow.chat import History, from_json, to_json
from voiceflow.chat.sent import NO_OUTPUT, arguments, sent
from voiceflow.items import ConfigUpdate, HandOff, Image, Item, Message, Summary, Thought, ToolCall, ToolOutput, Unknown


def batches(items: tuple[Item, ...]) -> list[tuple[list[str], list[str]]]:
    """The calls that stand together, and the outputs right behind them."""
    found: list[tuple[list[str], list[str]]] = []
    before: Item | None = None
    for item in items:
        if isinstance(item, ToolCall):
            if not found or found[-1][1]:
                found.append(([], []))
            found[-1][0].append(item.call)
        elif isinstance(item, ToolOutput):
            assert isinstance(before, ToolCall | ToolOutput)
            found[-1][1].append(item.call)
        before = item if not isinstance(item, Thought) else before
    return found


@given(histories())
def test_every_call_has_exactly_one_output_right_after_its_batch(history: History) -> None:
    """Whatever happened, with ids that are never used twice; and a second time changes nothing."""
    told = sent(history.items)
    assert all(calls == outputs for calls, outputs in batches(told))
    calls = Counter(item.call for item in told if isinstance(item, ToolCall))
    assert set(calls.values()) <= {1}
    assert "" not in calls
    assert sum(calls.values()) == sum(isinstance(item, ToolCall) for item in history.items)
    assert sent(told) == told


@given(histories())
def test_what_was_said_keeps_its_order(history: History) -> None:
    """Outputs move to their calls; nothing else moves, and no word is lost."""
    told = [item for item in sent(history.items) if isinstance(item, Message) and item.role != "system"]
    assert told == [item for item in history.messages if item.role != "system" and item.parts]


CALL, OTHER = ToolCall("a", "look"), ToolCall("b", "look")
USER = Message("user", "hello?")


@pytest.mark.parametrize(
    ("items", "told"),
    [
        pytest.param([CALL], [CALL, ToolOutput("a", NO_OUTPUT, True)], id="a call without an output"),
        pytest.param([ToolOutput("a", "x"), CALL, ToolOutput("a", "y")], [CALL, ToolOutput("a", "y")], id="too early"),
        pytest.param([CALL, *[ToolOutput("a", x) for x in "yz"]], [CALL, ToolOutput("a", "y")], id="one too many"),
        pytest.param([CALL, USER, ToolOutput("a", "y")], [CALL, ToolOutput("a", "y"), USER], id="a late one"),
        pytest.param(
            [CALL, OTHER, ToolOutput("b", "2"), ToolOutput("a", "1")],
            [CALL, OTHER, ToolOutput("a", "1"), ToolOutput("b", "2")],
            id="in the order of the calls",
        ),
        pytest.param(
            [CALL, CALL, ToolOutput("a", "1"), ToolOutput("a", "2")],
            [CALL, ToolCall("a-2", "look"), ToolOutput("a", "1"), ToolOutput("a-2", "2")],
            id="one id twice in one reply",
        ),
        pytest.param(
            [CALL, USER, CALL, ToolOutput("a", "2")],
            [CALL, ToolOutput("a", NO_OUTPUT, True), USER, ToolCall("a-2", "look"), ToolOutput("a-2", "2")],
            id="one id again in a later reply",
        ),
        pytest.param(
            [ToolCall("", "look"), ToolOutput("", "1")],
            [ToolCall("call", "look"), ToolOutput("call", "1")],
            id="no id",
        ),
        pytest.param(
            [Thought("1"), CALL, Thought("2"), OTHER, Thought("3")],
            [
                *(Thought("1"), CALL, Thought("2"), OTHER),
                *(ToolOutput("a", NO_OUTPUT, True), ToolOutput("b", NO_OUTPUT, True), Thought("3")),
            ],
            id="thoughts between calls",
        ),
        pytest.param([HandOff("a", "b"), USER, Unknown("x", {}), Message("user", "")], [USER], id="not for a model"),
        pytest.param(
            [USER, Summary("they met")],
            [USER, Message("system", "Summary of the conversation so far: they met")],
            id="a summary",
        ),
    ],
)
def test_pairs(items: list[Item], told: list[Item]) -> None:
    """Case by case."""
    assert list(sent(items)) == told


def test_the_last_setup_is_told_in_the_place_of_the_first() -> None:
    """System messages that are said later stay where they are; empty instructions take the first ones out."""
    first, later = Message("system", "Be brief."), Message("system", "Say goodbye.")
    loud, tools = ConfigUpdate("Be loud."), ConfigUpdate(tools=["look"])
    assert sent([first, tools, USER, later]) == (first, USER, later)
    assert sent([first, USER, loud, later, tools]) == (Message("system", "Be loud."), USER, later)
    assert sent([first, USER, loud, ConfigUpdate("")]) == (USER,)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": [1]}', {"a": [1]}),
        ("", {}),
        ("[1]", {}),
        ('{"a":', {}),
        ("[" * 10**5, {}),
        ('{"a": "\ud800"}', {"a": "\ufffd"}),
    ],
)
def test_arguments_are_an_object(text: str, found: object) -> None:
    """Whatever the model wrote."""
    assert arguments(text) == found


def test_a_name_stands_before_what_one_of_several_said() -> None:
    """In its words, which the history keeps without; a model's own words have none."""
    picture = Image(b"\xff\xd8\xff")
    items = [
        Message("user", "Hello.", speakers=["Ann"]),
        Message("assistant", "Good morning."),
        Message("user", [picture, "This?"], speakers=["Bo", "Cy"]),
        Message("user", "Yes."),
    ]
    told = [Message("user", "Ann: Hello."), items[1], Message("user", ["Bo, Cy: ", picture, "This?"]), items[3]]
    assert list(sent(items)) == told
    assert items[0].text == "Hello."
    history = History()
    history.append(items[2])
    assert from_json(to_json(history)).items == history.items


def test_notes_behind_the_setup_are_told_though_nothing_was_said_yet() -> None:
    """What was looked up for the user's first words, say; what stands before the setup gives way to it."""
    before, setup, note = Message("system", "Be brief."), ConfigUpdate("Be kind."), Message("system", "Open from 9.")
    told = list(sent([before, setup, note, Message("user", "When do you open?")]))
    assert told == [Message("system", "Be kind."), note, Message("user", "When do you open?")]
    assert list(sent([note, ConfigUpdate("")])) == []
