"""A room ends exactly when it says, whoever comes and goes; each hears the others, sample by sample."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.conference import Conference
from voiceflow.machines.room import NotIn, Over, Present, Room, RoomSettings, Said, good_name

S = 1_000_000_000
NAMES = ("Ann", "Bo", "Cy")


def room(**limits: float) -> Room:
    return Room(0, RoomSettings(**limits))  # type: ignore[arg-type]


def over(commands: list[Present | Said | Over]) -> list[str]:
    return [command.reason for command in commands if isinstance(command, Over)]


def test_nobody_came() -> None:
    """After 90 s, and not before."""
    waiting = room()
    assert waiting.due() == 90 * S
    assert waiting.tick(90 * S - 1) == []
    assert waiting.tick(90 * S) == [Over("nobody came")]
    assert (waiting.due(), waiting.tick(200 * S)) == (None, [])


def test_the_last_one_left() -> None:
    """It is kept for 5 s, for one who comes back; who comes later finds it over."""
    left = room()
    assert left.join("Ann", 89 * S) == [Present(("Ann",), None)]
    assert left.due() is None
    assert left.leave("Ann", 100 * S) == [Present((), None)]
    assert left.join("Bo", 105 * S - 1) == [Present(("Bo",), None)]
    left.leave("Bo", 110 * S)
    with pytest.raises(NotIn) as caught:
        left.join("Ann", 115 * S)
    assert caught.value.why == "over"
    assert left.tick(115 * S) == [Over("empty")]


def test_a_room_that_waits_for_nobody_ends_with_the_last() -> None:
    """In the same step."""
    short = room(empty_for=0.0)
    short.join("Ann", 0)
    assert short.leave("Ann", 7) == [Present((), None), Over("empty")]


def test_as_many_as_there_may_be() -> None:
    """One more is refused; one who is there may come again."""
    small = room(participants=2)
    small.join("Ann", 0)
    small.join("Bo", 0)
    with pytest.raises(NotIn, match="at most 2"):
        small.join("Cy", 0)
    assert small.join("Ann", 0) == [Present(("Ann", "Bo"), None)]


def test_the_agent_hears_one_alone_until_they_leave() -> None:
    """Then everybody again."""
    talk = room()
    for name in NAMES:
        talk.join(name, 0)
    assert talk.hear("Bo") == [Present(NAMES, "Bo")]
    with pytest.raises(NotIn):
        talk.hear("Di")
    assert talk.leave("Ann", 1) == [Present(("Bo", "Cy"), "Bo")]
    assert talk.leave("Bo", 1) == [Present(("Cy",), None)]


def test_messages_go_to_one_or_to_all_others() -> None:
    """From and to those who are there."""
    talk = room()
    for name in NAMES:
        talk.join(name, 0)
    assert talk.say("Ann", "psst", "Cy") == [Said("Ann", "psst", ("Cy",), private=True)]
    assert talk.say("Ann", "all") == [Said("Ann", "all", ("Bo", "Cy"))]
    for sender, to in (("Di", None), ("Ann", "Di")):
        with pytest.raises(NotIn):
            talk.say(sender, "x", to)


def test_who_has_no_name_is_given_one_that_is_free() -> None:
    """And names that cannot be shown are none."""
    talk = room()
    talk.join("guest 1", 0)
    assert (talk.guest(), talk.guest()) == ("guest 2", "guest 3")
    assert [good_name(name) for name in ("Ann", "Ann Lee", "", " Ann", "a\n", "x" * 41)] == [True, True] + [False] * 4


Step = tuple[int, Literal["join", "leave"], str]
STEPS = st.lists(
    st.tuples(st.integers(0, 7 * S), st.sampled_from(["join", "leave"]), st.sampled_from(NAMES)), max_size=20
)


@settings(max_examples=100)
@given(STEPS, st.integers(1, 10), st.integers(0, 6))
def test_whoever_comes_and_goes_it_ends_when_it_says(steps: list[Step], first: int, empty: int) -> None:
    """Once, at the stated instant; then nobody is left over. In between the room knows who is there."""
    machine = Room(0, RoomSettings(participants=3, first_within=first, empty_for=empty))
    there, due, now = dict[str, None](), first * S, 0
    reason, ended = "nobody came", list[tuple[int, str]]()
    for wait, do, name in [*steps, *((0, "leave", each) for each in NAMES), (1000 * S, "leave", "")]:
        now += wait
        if (at := machine.due()) is not None and at <= now:
            assert at == due
            assert machine.tick(at - 1) == []
            ended += [(at, why) for why in over(machine.tick(at))]
        if ended:
            assert machine.participants == ()
            with pytest.raises(NotIn):
                machine.join("Ann", now)
            continue
        if do == "join":
            machine.join(name, now)
            there[name] = None
        else:
            ended += [(now, why) for why in over(machine.leave(name, now))]
            if there and not (there := {each: None for each in there if each != name}):
                due, reason = now + empty * S, "empty"
        assert machine.participants == (() if ended else tuple(there))
    assert ended == [(due, reason)]
    assert machine.reason == reason


# What each of them hears


def sound(*values: int) -> Samples:
    return np.array(values, np.int16)


def test_each_hears_the_others_and_the_agent_all_or_one() -> None:
    """Added up sample by sample, and saturated."""
    talk = Conference(lag=0, most=10)
    for name in NAMES:
        talk.join(name)
    talk.push("Ann", sound(1, 2, 30000))
    talk.push("Bo", sound(10, 20, 30000))
    heard = talk.take(3)
    assert [heard.without(name).tolist() for name in NAMES] == [[10, 20, 30000], [1, 2, 30000], [11, 22, 32767]]
    assert heard.of(None).tolist() == [11, 22, 32767]
    assert heard.of("Bo").tolist() == [10, 20, 30000]


def test_a_voice_that_comes_in_pieces_has_no_hole() -> None:
    """It begins `lag` samples later, and so do all of its samples; when it has run dry it begins anew."""
    talk = Conference(lag=2, most=10)
    talk.join("Ann")
    talk.push("Ann", sound(1, 2))
    assert talk.take(3).of(None).tolist() == [0, 0, 1]
    talk.push("Ann", sound(3, 4))
    assert talk.take(4).of(None).tolist() == [2, 3, 4, 0]
    talk.push("Ann", sound(5))
    assert talk.take(3).of(None).tolist() == [0, 0, 5]


def test_what_comes_too_fast_is_dropped_from_the_oldest() -> None:
    """And counted; the others stay where they are."""
    talk = Conference(lag=1, most=2)
    talk.join("Ann")
    talk.push("Ann", sound(1, 2, 3, 4, 5))
    assert talk.take(4).of(None).tolist() == [3, 4, 5, 0]
    assert talk.dropped == 3


def test_who_talked_is_who_was_the_loudest_since_it_was_forgotten() -> None:
    """Nobody when all were silent, or have left."""
    talk = Conference(lag=0, most=10)
    for name in NAMES:
        talk.join(name)
    assert talk.talker(forget=True) is None
    talk.push("Ann", sound(9, 9))
    talk.push("Bo", sound(1, 10))
    talk.take(2)
    assert [talk.talker(forget=forget) for forget in (False, True, True)] == ["Ann", "Ann", None]
    talk.push("Cy", sound(1))
    talk.take(2)
    talk.leave("Cy")
    assert talk.talker(forget=True) is None


@given(st.lists(st.lists(st.integers(-32768, 32767), min_size=8, max_size=8), min_size=1, max_size=4), st.data())
@settings(max_examples=50)
def test_pieces_of_any_length_are_the_same_sound(voices: list[list[int]], data: st.DataObject) -> None:
    """However it is cut: mix-minus is the sum of the others, and the sum with oneself is what the agent hears."""
    talk = Conference(lag=0, most=8)
    for n, voice in enumerate(voices):
        talk.join(str(n))
        talk.push(str(n), sound(*voice))
    cuts = sorted(data.draw(st.lists(st.integers(0, 8), max_size=3)))
    pieces = [talk.take(end - begin) for begin, end in zip([0, *cuts], [*cuts, 8], strict=True)]
    total = np.sum(np.array(voices), axis=0)
    assert np.concatenate([p.of(None) for p in pieces]).tolist() == np.clip(total, -32768, 32767).tolist()
    for n, voice in enumerate(voices):
        minus = np.clip(total - np.array(voice), -32768, 32767)
        assert np.concatenate([p.without(str(n)) for p in pieces]).tolist() == minus.tolist()
