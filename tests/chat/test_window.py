"""What stays of a conversation that is too long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import WORDS, histories, png

from voiceflow.chat import ContextWindow, History, estimate
from voiceflow.chat.window import units
from voiceflow.items import ConfigUpdate, HandOff, Image, Item, Message, Summary, Thought, ToolCall, ToolOutput, Unknown


def one(item: Item) -> int:
    return 1


def conversation(turns: int) -> History:
    """A system message, and turns of question, call, output and answer."""
    history = History()
    history.add("system", "Be brief.")
    for turn in range(turns):
        history.add("user", f"question {turn}")
        history.append(ToolCall(f"c{turn}", "look"))
        history.append(ToolOutput(f"c{turn}", f"output {turn}"))
        history.add("assistant", f"answer {turn}")
    return history


@pytest.mark.parametrize(
    ("item", "tokens"),
    [
        (Message("user", ""), 4),
        (Message("user", "word"), 5),
        (Message("user", "words"), 6),
        (Message("user", "\u4f60\u597d\u554a\u4f60"), 7),
        (Message("user", "a\ud83d"), 5),
        (Message("user", ["look", Image(png())]), 305),
        (ToolOutput("a", ["seen", Image(png())]), 305),
        (ToolCall("a", "look", '{"at": "a cat"}'), 9),
        (Thought("I think", "signed"), 6),
        (Thought("I think"), 0),
        (Summary("they spoke"), 7),
        (ConfigUpdate("Be loud."), 0),
        (HandOff("a", "b"), 0),
        (Unknown("later", {}), 0),
    ],
)
def test_tokens_are_estimated(item: Item, tokens: int) -> None:
    """By bytes, for scripts differ in characters; what is not sent is free."""
    assert estimate(item) == tokens


def test_what_fits_is_left_alone() -> None:
    """All of it, and no summary is wanted."""
    items = conversation(3).items
    fitted = ContextWindow(sum(map(estimate, items))).fitted(items)
    assert (fitted.items, fitted.dropped, fitted.fits) == (items, (), True)
    assert ContextWindow(fitted.tokens).summary(items) is None


def test_the_oldest_goes_first_and_a_call_with_its_output() -> None:
    """Though the limit would be kept by the call alone."""
    items = conversation(3).items
    fitted = ContextWindow(11, count=one).fitted(items)
    assert fitted.dropped == items[1:4]
    assert (fitted.tokens, fitted.fits) == (10, True)


def test_a_limit_of_items() -> None:
    """Counts all of them, also those that cost no tokens."""
    items = conversation(3).items
    assert len(ContextWindow(10**6, items=9).fitted(items).items) == 9


def test_what_must_stay_stays() -> None:
    """System messages, setups, summaries and the user's last message, though they are too long."""
    items: list[Item] = [
        Message("system", "Be brief."),
        Summary("They spoke."),
        Message("user", "old"),
        ConfigUpdate("Be loud."),
        Message("assistant", "answer"),
        Message("user", "new"),
        ToolCall("a", "look"),
        ToolOutput("a", "a cat"),
    ]
    fitted = ContextWindow(1, count=one).fitted(items)
    assert fitted.items == (items[0], items[1], items[3], items[5])
    assert not fitted.fits


@given(histories(), st.integers(1, 60))
def test_truncation_never_divides_a_batch(history: History, tokens: int) -> None:
    """What is left is in order, nothing is lost without need, and a second time changes nothing."""
    window = ContextWindow(tokens)
    items = history.items
    fitted = window.fitted(items)
    assert sorted((*fitted.items, *fitted.dropped), key=items.index) == list(items)
    dropped = {items.index(item) for item in fitted.dropped}
    assert all(dropped.isdisjoint(unit) or dropped.issuperset(unit) for unit in units(items))
    assert fitted.tokens == sum(map(estimate, fitted.items))
    assert window.fitted(fitted.items).items == fitted.items
    if dropped:
        newest = max(unit for unit in units(items) if dropped.issuperset(unit))
        assert fitted.tokens + sum(estimate(items[place]) for place in newest) > tokens


def test_parallel_calls_stay_together() -> None:
    """With the thought before them, and with outputs that come late and in another order."""
    items: list[Item] = [
        Thought("hm", "s"),
        ToolCall("a", "look"),
        ToolCall("b", "look"),
        Message("user", "are you there?"),
        ToolOutput("b", ""),
        ToolOutput("a", ""),
        ToolOutput("a", "again"),
        ToolCall("a", "look"),
    ]
    assert units(items) == [(0, 1, 2, 4, 5), (3,), (6,), (7,)]


def test_a_summary_is_planned_of_all_but_the_last_turns() -> None:
    """And is put in their place later, whatever was said in the meantime."""
    history = conversation(5)
    plan = ContextWindow(20, keep_turns=2, count=one).summary(history.items)
    assert plan is not None
    assert plan.items == history.items[1:13]
    history.add("user", "meanwhile")
    summary = history.condense(plan.ids, "They spoke of 0, 1 and 2.")
    assert history.items[1] == summary
    assert [item.text for item in history.messages][1:] == [
        *("question 3", "answer 3", "question 4", "answer 4", "meanwhile")
    ]


def test_a_summary_of_a_summary() -> None:
    """The old one is part of what the new one stands for; an old one alone is not summarised again."""
    history = conversation(4)
    history.insert(Summary("Before."), before=history.items[1].id)
    plan = ContextWindow(5, keep_turns=3, count=one).summary(history.items)
    assert plan is not None
    assert plan.items == history.items[1:6]
    history.condense(plan.ids, "All of it.")
    assert ContextWindow(5, keep_turns=3, count=one).summary(history.items) is None


def test_a_summary_leaves_setups_and_open_calls() -> None:
    """A call whose output came in a later turn is not torn from it."""
    items: list[Item] = [
        Message("system", "Be brief."),
        Message("user", "one"),
        ToolCall("a", "book"),
        ConfigUpdate("Be loud."),
        Message("assistant", "I am at it."),
        Message("user", "two"),
        ToolOutput("a", "booked"),
    ]
    plan = ContextWindow(2, keep_turns=1, count=one).summary(items)
    assert plan is not None
    assert plan.items == (items[1], items[4])


def test_what_a_model_is_asked_for_a_summary() -> None:
    """Line by line, without what was thought."""
    items: list[Item] = [
        Summary("They met."),
        Message("user", ["What is this?", Image(png())]),
        Thought("hm"),
        ToolCall("a", "look", '{"at": 1}'),
        ToolOutput("a", "no", error=True),
        ToolOutput("a", ["a cat", Image(png())]),
        Message("assistant", "A cat."),
    ]
    plan = ContextWindow(1, keep_turns=1).summary([*items, Message("user", "Thanks."), Message("user", "Bye.")])
    assert plan is not None
    system, user = plan.prompt("Sum up.").messages
    assert system == Message("system", "Sum up.")
    assert user.text.splitlines() == [
        "before that: They met.",
        "user: What is this? [an image]",
        'tool called: look {"at": 1}',
        "tool error: no",
        "tool output: a cat [an image]",
        "assistant: A cat.",
    ]


@given(histories(WORDS), st.integers(1, 60), st.integers(1, 3))
def test_condensing_by_plan_leaves_the_last_turns(history: History, tokens: int, turns: int) -> None:
    """The plan is of old items alone, and done once it is not wanted of the same items again."""
    plan = ContextWindow(tokens, keep_turns=turns).summary(history.items)
    if plan is None:
        return
    last = history.fork(recent=turns).items
    assert set(plan.ids).isdisjoint(item.id for item in last)
    before = len(history.items)
    history.condense(plan.ids, "short")
    assert len(history.items) == before - len(plan.items) + 1
    again = ContextWindow(tokens, keep_turns=turns).summary(history.items)
    assert again is None or set(again.ids).isdisjoint(plan.ids)


@pytest.mark.parametrize("settings", [{"tokens": 0}, {"items": 0}, {"keep_turns": 0}])
def test_a_window_has_room(settings: dict[str, int]) -> None:
    """No limit is below one."""
    with pytest.raises(ValueError, match=next(iter(settings))):
        ContextWindow(**settings)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
