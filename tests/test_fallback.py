"""A fallback is the next incarnation on the same wires: nothing is lost, nothing is said twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import attrs
import numpy as np
import pytest
from trio.testing import MockClock
from world import Model, Voice

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    GraphError,
    In,
    Node,
    Out,
    Ports,
    ProviderError,
    Services,
    Session,
    Speaker,
    Transcript,
)
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.restart import RestartPolicy
from voiceflow.testing import drive


@attrs.define(eq=False)
class Recogniser(Node):
    """Hears one word a block; breaks at the block `breaks`, for good if it is not `retryable`."""

    word: str
    breaks: int = -1
    retryable: bool = True
    opened: list[str] = attrs.Factory(list[str])

    audio = In(Audio)
    transcripts = Out(Transcript)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        self.opened.append(self.word)
        yield

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            if block.pts // 10 == self.breaks:
                raise ProviderError(f"{self.word} breaks here", retryable=self.retryable)
            await ports[self.transcripts].send(Transcript(f"{self.word}{block.pts // 10}", "final", 16000))


BLOCKS = [Audio(np.zeros(10, np.int16), 16000, n * 10) for n in range(5)]


@pytest.mark.parametrize("retryable", [True, False])
async def test_the_next_provider_goes_on_where_the_first_broke(autojump_clock: MockClock, retryable: bool) -> None:
    """Also when the error says that trying the same again is of no use."""
    node = Recogniser("a", breaks=2, retryable=retryable).or_else(Recogniser("b"))
    driven = await drive(node, {"audio": BLOCKS}, restarts=RestartPolicy())
    assert [f.text for f in driven["transcripts"] if isinstance(f, Transcript)] == ["a0", "a1", "b2", "b3", "b4"]


async def test_the_last_provider_s_error_ends_it(autojump_clock: MockClock) -> None:
    """When it says that trying again is of no use, and none is left."""
    node = Recogniser("a", breaks=1, retryable=False).or_else(Recogniser("b", breaks=3, retryable=False))
    with pytest.raises(Exception, match=r"failed 2 times .* b breaks here"):
        await drive(node, {"audio": BLOCKS}, restarts=RestartPolicy())


async def test_a_reply_goes_on_in_another_voice_with_what_was_not_heard(autojump_clock: MockClock) -> None:
    """The phrase in which the first voice broke is finished by the second, from where it broke."""

    @attrs.define(eq=False)
    class Hoarse(Voice):
        async def run(self, ports: Ports) -> None:
            async for phrase in ports[self.phrases]:
                await self.say(ports, phrase, 0.5)
                raise ProviderError("the voice is gone", retryable=False)

    hoarse, other = Hoarse(seconds=2.0, level=100), Voice(seconds=2.0, level=200)
    speaker = Speaker()
    levels: list[int] = []
    chunker = Chunker(PhraseSettings(idle_after=1_000_000_000))
    graph = Graph().connect(Model(["One two three four."]), chunker, hoarse.or_else(other), speaker)
    graph.tap(speaker.audio, lambda block: levels.append(int(block.samples.max())))
    async with Session(graph) as session:
        utterance = await session.reply()
    assert utterance.heard == "One two three four."
    assert levels == [100] * 50 + [200] * 50


async def test_all_providers_are_opened_with_the_session(autojump_clock: MockClock) -> None:
    """So that the next one is ready when it is needed."""
    opened: list[str] = []
    node = Recogniser("a", opened=opened).or_else(Recogniser("b", opened=opened), Recogniser("c", opened=opened))

    @attrs.define(eq=False)
    class Source(Node):
        audio = Out(Audio)

        async def run(self, ports: Ports) -> None:
            return

    async with Session(Graph().connect(Source(), node)) as session:
        await session.finished()
    assert opened == ["a", "b", "c"]


def test_only_a_node_of_the_same_shape_can_take_over() -> None:
    """The message shows both shapes."""
    wanted = "a session's node with audio .Audio. to transcripts .Transcript."
    with pytest.raises(
        GraphError, match=f"voice cannot take over from recogniser: a turn's node .* instead of {wanted}"
    ):
        Recogniser("a").or_else(Voice())
