"""The history: one writer, one sequence, and several histories of one conversation."""

from __future__ import annotations

from itertools import count

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import histories, items, told

from voiceflow.chat import History
from voiceflow.frames import Prompt
from voiceflow.items import ConfigUpdate, HandOff, Item, Message, Summary, ToolCall, ToolOutput


def texts(history: History) -> list[str]:
    return [item.text for item in history.items if isinstance(item, Message | Summary)]


def conversation(*said: str) -> History:
    """User and assistant by turns after a system message, one second each."""
    seconds = count(0, 10**9)
    history = History(now=lambda: next(seconds))
    history.add("system", "Be brief.")
    for place, text in enumerate(said):
        history.add("assistant" if place % 2 else "user", text)
    return history


def test_a_message_is_numbered() -> None:
    """And the prompt has all of them, and what is said to the model alone."""
    history = History()
    history.add("user", "hello")
    assert history.add("assistant", "hi th", interrupted=True) == Message("assistant", "hi th", 2, interrupted=True)
    once = Message("system", "Say goodbye.")
    assert history.prompt(once) == Prompt((Message("user", "hello", 1), Message("assistant", "hi th", 2, True), once))
    assert history.prompt(once).messages == (*history.messages, once)


@given(st.lists(items(), max_size=20))
def test_numbers_ids_and_times_are_the_writers(given_items: list[Item]) -> None:
    """Numbers and times only grow, ids are unlike each other, and the rest of an item is as it was."""
    clock = count()
    history = History(now=lambda: next(clock))
    for item in given_items:
        history.append(item)
    assert [item.sequence for item in history.items] == list(range(1, len(given_items) + 1))
    assert [item.time for item in history.items] == list(range(len(given_items)))
    assert len({item.id for item in history.items}) == len(given_items)
    assert [attrs.evolve(item, sequence=0) for item in history.items] == given_items
    assert all(history[item.id] is item for item in history.items)


def test_without_a_clock_there_are_no_times() -> None:
    """And an item that has one keeps it."""
    history = History()
    assert history.add("user", "a").time is None
    assert history.append(Message("user", "b", time=5)).time == 5


def test_what_was_handed_out_does_not_change() -> None:
    """A prompt is of its moment."""
    history = conversation("one")
    before = history.items
    history.add("assistant", "two")
    history.remove([before[0].id])
    assert [len(before), len(history.items)] == [2, 2]


def test_an_item_is_put_before_another() -> None:
    """Numbers tell the order of writing; the place is the order of the conversation."""
    history = conversation("one", "two")
    history.insert(Message("user", "zero"), before=history.items[1].id)
    assert texts(history) == ["Be brief.", "zero", "one", "two"]
    assert [item.sequence for item in history.items] == [1, 4, 2, 3]


def test_an_item_is_put_where_its_time_is() -> None:
    """Behind those of the same time; what has no time comes last."""
    history = conversation("one", "two")
    for text, time in [("at the start", -1), ("with one", 10**9), ("late", 10**12)]:
        history.insert_by_time(Message("user", text, time=time))
    history.now = None
    history.insert_by_time(Message("user", "timeless"))
    history.insert_by_time(Message("user", "after the timeless", time=0))
    assert texts(history) == [
        *("at the start", "Be brief.", "one", "with one", "two", "late", "timeless", "after the timeless")
    ]


def test_replacing_keeps_number_id_and_time() -> None:
    """Only what is said is new."""
    history = conversation("one", "two")
    was = history.items[2]
    new = history.replace(was.id, Message("assistant", "tw", interrupted=True))
    assert (new, new.id, new.time) == (Message("assistant", "tw", 3, True), was.id, was.time)
    assert history.items[2] is new


def test_an_id_that_is_not_there() -> None:
    """Is an error for who reads, and nothing for who removes."""
    history = conversation("one")
    with pytest.raises(KeyError, match="no item has the id 'x'"):
        history["x"]
    with pytest.raises(KeyError, match="no item has the id 'x'"):
        history.insert(Message("user", ""), before="x")
    history.remove(["x"])
    assert history.condense(["x"], "nothing") is None
    assert len(history.items) == 2


def test_an_item_is_there_once() -> None:
    """An item of this history cannot be appended to it again."""
    history = conversation("one")
    with pytest.raises(ValueError, match="an item is in a history once"):
        history.append(history.items[0])


def test_condensing_puts_a_summary_in_the_place() -> None:
    """What came in the meantime stays behind it."""
    history = conversation("one", "two", "three")
    gone = [item.id for item in history.items[1:3]]
    history.add("assistant", "four")
    summary = history.condense(gone, "They counted.")
    assert texts(history) == ["Be brief.", "They counted.", "three", "four"]
    assert summary is not None
    assert summary.covers == tuple(gone)


def test_the_setup_at_a_point() -> None:
    """The first system messages, and what every update since has changed."""
    history = conversation("one")
    first = history.append(ConfigUpdate(tools=["look"]))
    second = history.append(ConfigUpdate("Be loud.", model="big"))
    history.append(ConfigUpdate(tools=[]))
    assert history.config(first.id) == ConfigUpdate("Be brief.")
    assert history.config(second.id) == ConfigUpdate("Be brief.", ["look"])
    assert history.config() == ConfigUpdate("Be loud.", [], "big")
    assert History().config() == ConfigUpdate()


def test_a_fork_goes_its_own_way() -> None:
    """It has what was there, and neither sees what the other adds; its ids are like none of the other's."""
    history = conversation("one", "two")
    fork, other = history.fork(), history.fork()
    assert told(fork) == told(history)
    news = [each.add("user", "three") for each in (history, fork, other, fork.fork())]
    assert len({item.id for item in news}) == 4
    assert [len(each.items) for each in (history, fork, other)] == [4, 4, 4]


def test_a_fork_of_some_items() -> None:
    """Chosen one by one, or the last turns, whose system messages stay."""
    history = conversation("one", "two", "three", "four", "five", "six")
    assert texts(history.fork(keep=lambda item: isinstance(item, Message) and item.role == "user")) == [
        *("one", "three", "five")
    ]
    assert texts(history.fork(recent=2)) == ["Be brief.", "three", "four", "five", "six"]
    assert texts(history.fork(recent=0)) == ["Be brief."]
    assert texts(history.fork(recent=9)) == texts(history)
    with pytest.raises(ValueError, match="from 0 up, got -1"):
        history.fork(recent=-1)


def test_a_fork_with_a_brief() -> None:
    """The brief stands for what is left out, right behind the system messages."""
    history = conversation("one", "two", "three", "four")
    fork = history.fork(brief="They counted.")
    assert texts(fork) == ["Be brief.", "They counted."]
    assert texts(history.fork(recent=1, brief="They counted.")) == ["Be brief.", "They counted.", "three", "four"]
    summary = fork.items[1]
    assert isinstance(summary, Summary)
    assert summary.covers == tuple(item.id for item in history.items[1:])


def test_a_fork_is_merged() -> None:
    """What is new there comes in by its time, once; with its id, and with a number of its own."""
    history = conversation("one")
    fork = history.fork()
    fork.add("assistant", "two, over there")
    history.add("user", "three, here")
    fork.add("user", "four, over there")
    history.merge(fork)
    history.merge(fork)
    assert texts(history) == ["Be brief.", "one", "two, over there", "three, here", "four, over there"]
    assert [item.sequence for item in history.items] == [1, 2, 4, 3, 5]
    assert history.items[2].id == fork.items[2].id


def test_a_fork_is_merged_in_part() -> None:
    """Chosen items, the last answer, or a summary; a summary's items are not merged afterwards."""
    history = conversation("one")
    fork = history.fork()
    fork.append(ToolCall("a", "look"))
    fork.append(ToolOutput("a", "a cat"))
    fork.add("assistant", "It is a cat.")
    some, result, summary = history.fork(), history.fork(), history.fork()
    some.merge(fork, keep=lambda item: isinstance(item, ToolOutput))
    assert some.items[2:] == (ToolOutput("a", "a cat", sequence=3),)
    assert result.merge_result(fork) == Message("assistant", "It is a cat.", 3)
    assert result.merge_result(history) is None
    assert summary.merge_summary(fork, "A cat.").covers == tuple(item.id for item in fork.items[2:])
    summary.merge(fork)
    assert len(summary.items) == 3


def test_a_hand_off_is_an_item() -> None:
    """With who speaks no more, and who does."""
    assert History().hand_off("reception", "booking") == HandOff("reception", "booking", 1)


@given(histories(), st.integers(0, 4))
def test_recent_turns_are_whole(history: History, turns: int) -> None:
    """What is left is an end of the conversation that begins with a user, and what it began with."""
    kept = history.fork(recent=turns).items
    assert set(kept) <= set(history.items)
    tail = [item for item in kept if item.sequence > len(history.fork(recent=0).items)]
    assert tail == list(history.items[len(history.items) - len(tail) :])
