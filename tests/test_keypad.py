"""A telephone's keys in a graph."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock
from world import Voice

from voiceflow import (
    Audio,
    Graph,
    Mark,
    Node,
    Out,
    Ports,
    Session,
    Speaker,
    Trace,
    VoiceflowError,
)
from voiceflow.keypad import CollectSettings, Digit, Dtmf, Keypad
from voiceflow.machines.dtmf import tones
from voiceflow.testing import drive


@attrs.define(eq=False)
class Caller(Node):
    """Presses keys at seconds, and hangs up."""

    keys: Sequence[tuple[float, str]]
    until: float = 30.0

    digits = Out(Digit)

    async def run(self, ports: Ports) -> None:
        for at, key in self.keys:
            await ports.sleep_until(round(at * 1e9))
            await ports[self.digits].send(Digit(key))
        await ports.sleep_until(round(self.until * 1e9))


def now() -> float:
    return round(trio.current_time(), 6)


async def test_keys_are_found_in_the_audio_of_a_call() -> None:
    """At any rate, which may change, and with a piece that was lost between two of them."""
    low, high = tones("12", 8000), tones("3#", 16000)
    frames = [Audio(low[:1600], 8000), Audio(low[1600:], 8000, 40000), Audio(high, 16000, 100000)]
    driven = await drive(Dtmf(), {"audio": frames})
    digits = [frame for frame in driven["digits"] if isinstance(frame, Digit)]
    assert [(digit.digit, digit.rate) for digit in digits] == [("1", 8000), ("2", 8000), ("3", 16000), ("#", 16000)]
    assert abs(digits[1].pts - 40000) <= 80
    with pytest.raises(ValueError, match="level"):
        Dtmf(level=1.0)


async def test_a_number_is_collected_from_tones() -> None:
    """Through the graph, from the audio to the number."""
    keypad = Keypad()
    sound = np.concatenate((np.zeros(8000, np.int16), tones("4711#", 8000)))

    @attrs.define(eq=False)
    class Line(Node):
        audio = Out(Audio)

        async def run(self, ports: Ports) -> None:
            for at in range(0, len(sound), 160):
                await ports[self.audio].send(Audio(sound[at : at + 160], 8000, at))
            await trio.sleep(1.0)

    async with Session(Graph().connect(Line(), Dtmf(), keypad)):
        assert (await keypad.collect()).digits == "4711"


async def test_the_first_key_interrupts_the_agent(autojump_clock: MockClock) -> None:
    """And the number is there when it is closed."""
    keypad, keys, marks = Keypad(), list[str](), list[Mark]()
    keypad.on_key = keys.append
    caller = Caller([(2.0, "1"), (2.5, "2"), (3.0, "#")])
    graph = Graph().connect(caller, keypad).connect(Voice(10.0), Speaker())
    async with Session(graph, trace=Trace([marks.append])) as session:
        question = session.say("Please enter your number.")
        number = await keypad.collect(first=session.interrupt)
        assert (number.digits, number.why, now()) == ("12", "terminator", 3.0)
        assert question.interrupted
    assert [mark.t / 1e9 for mark in marks if mark.name == "turn.interrupted"] == [2.0]
    assert [dict(mark.values) for mark in marks if mark.name == "key"] == [{}] * 3
    assert keys == ["1", "2", "#"]


async def test_a_pause_closes_a_number(autojump_clock: MockClock) -> None:
    """So long after the last key; one after the other can be collected."""
    keypad = Keypad()
    async with Session(Graph().connect(Caller([(1.0, "1"), (3.5, "2"), (8.0, "3")]), keypad)):
        number = await keypad.collect(CollectSettings(between=3.0))
        assert (number.digits, number.why, now()) == ("12", "pause", 6.5)
        number = await keypad.collect(CollectSettings(most=1, first=9.0))
        assert (number.digits, now()) == ("3", 8.0)
        number = await keypad.collect(CollectSettings(first=2.0))
        assert (number.digits, number.why, now()) == ("", "no key", 10.0)


async def test_a_caller_who_hangs_up_ends_the_collection(autojump_clock: MockClock) -> None:
    """With what there is."""
    keypad = Keypad()
    async with Session(Graph().connect(Caller([(1.0, "1")], until=2.0), keypad)):
        number = await keypad.collect()
        assert (number.digits, number.why, now()) == ("1", "cancelled", 2.0)
        with pytest.raises(VoiceflowError, match="while the caller is there"):
            await keypad.collect()


async def test_there_is_one_collection_at_a_time(autojump_clock: MockClock) -> None:
    """A second one is refused; one that is cancelled makes room."""
    keypad = Keypad()
    async with Session(Graph().connect(Caller([(5.0, "1")]), keypad)):
        with trio.move_on_after(1.0):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(keypad.collect)
                await trio.sleep(0.5)
                with pytest.raises(VoiceflowError, match="one at a time"):
                    await keypad.collect()
        assert (await keypad.collect(CollectSettings(most=1))).digits == "1"
