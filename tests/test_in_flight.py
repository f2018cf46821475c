"""What a voice that broke is given again: the phrases that are not said, whatever it makes of them now."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import pytest
from trio.testing import MockClock

from voiceflow import In, Node, Out, Phrase, Ports, Spoken
from voiceflow.machines.restart import RestartPolicy
from voiceflow.testing import drive


@attrs.define(eq=False)
class Fickle(Node):
    """Says each phrase in chunks of so many samples, by what comes next in `takes`; a 0 breaks it there."""

    takes: Sequence[Sequence[int]]
    given: list[str] = attrs.field(factory=list[str], init=False)

    phrases = In(Phrase)
    spoken = Out(Spoken)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            take = self.takes[len(self.given)]
            self.given.append(phrase.text)
            whole = len([length for length in take if length])
            for number, length in enumerate(take, 1):
                if not length:
                    raise ConnectionError("the stub breaks here")
                samples = np.full(length, len(self.given), np.int16)
                await ports[self.spoken].send(Spoken(samples, 8000, phrase, number == whole and take[0] > 1))


async def said(voice: Fickle) -> list[tuple[str, int, bool]]:
    """The chunks that came, by phrase, samples, and whether they are the last."""
    phrases = [Phrase("One."), Phrase("Two.")]
    driven = await drive(voice, {"phrases": phrases}, restarts=RestartPolicy())
    chunks = [chunk for chunk in driven["spoken"] if isinstance(chunk, Spoken)]
    return [(chunk.phrase.text, len(chunk.samples), chunk.last) for chunk in chunks]


async def test_a_phrase_that_was_sent_to_its_last_sample_is_not_given_again(autojump_clock: MockClock) -> None:
    """However the voice broke behind it."""
    voice = Fickle([[5, 5, 0], [7]])
    assert await said(voice) == [("One.", 5, False), ("One.", 5, True), ("Two.", 7, True)]
    assert voice.given == ["One.", "Two."]


@pytest.mark.parametrize(
    ("again", "rest"),
    [([10], 9), ([3, 4], 6), ([2, 2], 3), ([5], 4)],
)
async def test_a_phrase_that_broke_off_ends_once(autojump_clock: MockClock, again: list[int], rest: int) -> None:
    """It goes on by the sample at which it broke off, and where it has become shorter there is nothing more of it."""
    voice = Fickle([[1, 0], again, [7]])
    chunks = await said(voice)
    first = [chunk for chunk in chunks if chunk[0] == "One."]
    assert sum(samples for _, samples, _ in first) == 1 + rest
    assert [last for _, _, last in first] == [False] * (len(first) - 1) + [True]
    assert chunks[len(first) :] == [("Two.", 7, True)]


async def test_a_phrase_that_comes_shorter_takes_nothing_from_the_next(autojump_clock: MockClock) -> None:
    """Four samples were sent when it broke, and the whole phrase has two the second time."""
    voice = Fickle([[1, 3, 0], [2], [7]])
    assert await said(voice) == [("One.", 1, False), ("One.", 3, False), ("One.", 0, True), ("Two.", 7, True)]
