from __future__ import annotations

import os
import signal
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, cast

import attrs
import numpy as np
import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from parts import ESPEAK

from voiceflow import Node, Phrase, Ports, Process, ProviderError, Services, Spoken
from voiceflow._process import Worker, open_process
from voiceflow.nodes.espeak import WORKER, Espeak
from voiceflow.testing import check_tts

ESPEAK.need()

LONG = "Once upon a time there was a little dog. " * 20
SETTINGS = {"voice": "en-us", "rate": 175, "pitch": 50, "volume": 100}


@attrs.define(eq=False)
class Phrases:
    """An inlet with all its phrases."""

    phrases: list[Phrase]

    def __aiter__(self) -> Phrases:
        return Phrases(list(self.phrases))

    async def __anext__(self) -> Phrase:
        await trio.lowlevel.checkpoint()
        if not self.phrases:
            raise StopAsyncIteration
        return self.phrases.pop(0)


@attrs.define(eq=False)
class Ear:
    """An outlet that keeps what came, and calls `on_chunk` with it."""

    on_chunk: Callable[[Spoken], object] = lambda spoken: None
    chunks: list[Spoken] = attrs.Factory(list[Spoken])

    async def send(self, frame: Spoken) -> None:
        await trio.lowlevel.checkpoint()
        self.chunks.append(frame)
        self.on_chunk(frame)

    def samples(self) -> int:
        return sum(len(chunk.samples) for chunk in self.chunks)


@attrs.define(eq=False)
class Solo:
    """The world of one voice alone: real worker processes, which it keeps a list of."""

    phrases: list[Phrase] = attrs.Factory(list[Phrase])
    ear: Ear = attrs.Factory(Ear)
    workers: list[Worker] = attrs.Factory(list[Worker])

    def __getitem__(self, port: Any) -> Any:
        return Phrases(self.phrases) if port.name == "phrases" else self.ear

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        return self._process(target, *args)

    @asynccontextmanager
    async def _process(self, target: str, *args: object) -> AsyncGenerator[Process, None]:
        async with open_process(target, *args) as worker:
            self.workers.append(worker)
            yield worker


async def say(node: Node, world: Solo, *texts: str, on_chunk: Callable[[Spoken], object] = lambda spoken: None) -> Ear:
    """One turn."""
    turn = Solo([Phrase(text) for text in texts], Ear(on_chunk), world.workers)
    await node.run(cast(Ports, turn))
    return turn.ear


@asynccontextmanager
async def opened(node: Node) -> AsyncGenerator[Solo, None]:
    world = Solo()
    async with node.open(cast(Services, world)):
        yield world


@pytest.mark.slow
async def test_keeps_the_contract_of_a_voice() -> None:
    """As every text-to-speech node does."""
    await check_tts(Espeak)


async def test_each_phrase_is_spoken_in_chunks_and_ends_once() -> None:
    """Chunks of at most 60 ms carry their phrase; the last of each, and only that, says so."""
    node = Espeak()
    async with opened(node) as world:
        ear = await say(node, world, "Hello there.", "How are you?")
    assert [chunk.phrase.text for chunk in ear.chunks if chunk.last] == ["Hello there.", "How are you?"]
    assert {chunk.rate for chunk in ear.chunks} == {22_050}
    assert max(len(chunk.samples) for chunk in ear.chunks) <= 22_050 * 60 // 1000 + 1
    for text in ("Hello there.", "How are you?"):
        of_phrase = [chunk for chunk in ear.chunks if chunk.phrase.text == text]
        assert [chunk.last for chunk in of_phrase] == [False] * (len(of_phrase) - 1) + [True]
        assert np.abs(np.concatenate([chunk.samples for chunk in of_phrase])).max() > 3000


async def test_word_beginnings_are_those_of_the_words_between_spaces() -> None:
    """Each has its characters and a sample of this phrase, in order, also where a word is read as several."""
    node = Espeak()
    text = "Well, the well-known $5.20\nna\u00efve \U0001f642 caf\u00e9. It ends."
    async with opened(node) as world:
        ear = await say(node, world, text)
    words = [word for chunk in ear.chunks for word in chunk.words]
    assert [text[word.start : word.end] for word in words] == text.split()
    places = [word.sample for word in words]
    assert places == sorted(set(places))
    assert 0 <= places[0] < places[-1] < ear.samples()


async def test_han_and_kana_have_a_beginning_for_each_reported_character() -> None:
    """A script without spaces is not one long word."""
    node = Espeak(language="cmn")
    async with opened(node) as world:
        ear = await say(node, world, "\u4eca\u5929\u5929\u6c14\u5f88\u597d")
    words = [word for chunk in ear.chunks for word in chunk.words]
    assert len(words) > 1
    assert {word.end - word.start for word in words} == {1}


@pytest.mark.parametrize("text", ["", " ", "\n", "\0", "\u200b"])
async def test_a_phrase_of_nothing_ends_too(text: str) -> None:
    """One last chunk comes, and the next phrase is spoken."""
    node = Espeak()
    async with opened(node) as world:
        ear = await say(node, world, text, "Go on.")
    assert [chunk.phrase.text for chunk in ear.chunks if chunk.last] == [text, "Go on."]


async def test_markup_and_commands_are_read_as_they_stand() -> None:
    """Neither SSML, nor phoneme brackets, nor eSpeak NG's control characters do anything but sound."""
    node = Espeak()

    async def length(text: str) -> int:
        return (await say(node, world, text)).samples()

    async with opened(node) as world:
        plain = await length("hello")
        assert await length("<break time='9s'/> hello") > plain
        assert await length("<speak>hello</speak>") > 2 * plain
        assert await length("[[h@'loU]]") > plain
        assert abs(await length("\x0180S hello") - await length(" 80S hello")) < 200
        assert abs(await length("hello") - plain) < 200


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(), max_size=40), max_size=8))
def test_any_text_is_survived(texts: list[str]) -> None:
    """Whatever characters come, each phrase ends exactly once, in order, with words inside its text."""

    async def speak() -> Ear:
        node = Espeak(rate=450)
        async with opened(node) as world:
            ear = await say(node, world, *texts)
            assert len(world.workers) == 1
        return ear

    chunks = trio.run(speak).chunks
    assert [chunk.phrase.text for chunk in chunks if chunk.last] == texts
    for chunk in chunks:
        assert all(0 <= word.start < word.end <= len(chunk.phrase.text) for word in chunk.words)


async def test_a_phrase_in_another_language_has_its_voice() -> None:
    """A phrase's language goes before the node's; one that eSpeak NG lacks changes nothing."""
    node = Espeak(voice="f3")
    async with opened(node) as world:
        world.phrases = [Phrase("Eins zwei drei.", language=tag) for tag in (None, "de", "xx-none", None)]
        await node.run(cast(Ports, world))
    sizes = [0]
    for chunk in world.ear.chunks:
        sizes[-1] += len(chunk.samples)
        sizes += [0] * chunk.last
    english, german, unknown, again, _ = sizes
    assert abs(german - english) > 500
    assert abs(unknown - english) < 200
    assert abs(again - english) < 200


@pytest.mark.parametrize(("tag", "name"), [("en-gb", "en"), ("fr-fr", "fr"), ("de-at", "de"), ("en-gb", "en-us")])
async def test_a_language_tag_is_found_where_no_voice_is_named_so(tag: str, name: str) -> None:
    """Its voice has another name, or speaks it as another region does."""
    lengths: list[int] = []
    for language in (tag, name):
        node = Espeak(language=language, voice="m3")
        async with opened(node) as world:
            lengths.append(
                (await say(node, world, "Lieutenant Data can't schedule a bath after quarter to three.")).samples()
            )
    assert (abs(lengths[0] - lengths[1]) < 200) == (name != "en-us")


async def test_a_worker_runs_three_chunks_ahead_at_most() -> None:
    """Until it is told that a chunk is dealt with, nothing more comes; a new phrase ends the old one."""
    async with open_process(WORKER, SETTINGS) as worker:
        assert await worker.receive() == ("ready", 22_050)
        await worker.send(("say", 1, LONG, None))
        numbers = [(await worker.receive())[1] for _ in range(3)]
        await worker.send(("more", 1))
        numbers.append((await worker.receive())[1])
        await worker.send(("more", 77))  # of no phrase that it knows
        await worker.send(("say", 2, "Hi.", None))
        while not (message := await worker.receive())[4]:
            numbers.append(message[1])
            await worker.send(("more", message[1]))
    assert numbers[:4] == [1, 1, 1, 1]
    assert set(numbers[4:]) == {2}


def cancelling(scope: trio.CancelScope, stop: int) -> Callable[[Spoken], object]:
    """Cancel at the chunk of that number."""
    left = [stop]

    def on_chunk(_: Spoken) -> None:
        left[0] -= 1
        if left[0] == 0:
            scope.cancel(reason="barge-in")

    return on_chunk


async def test_a_cancelled_turn_leaves_nothing_to_the_next() -> None:
    """The next turn's chunks are its own, from its first sample, and the worker is still the same."""
    node = Espeak()
    async with opened(node) as world:
        whole = await say(node, world, "Hello there.")
        for stop in range(1, 6):
            with trio.CancelScope() as scope:
                await say(node, world, LONG, on_chunk=cancelling(scope, stop))
            assert scope.cancelled_caught
            ear = await say(node, world, "Hello there.")
            assert {chunk.phrase.text for chunk in ear.chunks} == {"Hello there."}
            assert [chunk.last for chunk in ear.chunks].count(True) == 1
            assert abs(ear.samples() - whole.samples()) < 200
        assert len(world.workers) == 1


async def test_a_worker_that_dies_is_replaced() -> None:
    """The turn fails with a retryable error; the next try is spoken by another process."""
    node = Espeak()
    async with opened(node) as world:
        with pytest.raises(ProviderError, match="SIGKILL") as error:
            await say(node, world, LONG, on_chunk=lambda _: os.kill(world.workers[0].pid, signal.SIGKILL))
        assert error.value.retryable
        assert "dog" not in str(error.value)
        ear = await say(node, world, "Hello there.")
        assert [chunk.phrase.text for chunk in ear.chunks if chunk.last] == ["Hello there."]
        assert len(world.workers) >= 2


async def test_two_turns_at_once_have_a_worker_each() -> None:
    """A speculative turn speaks beside the one that is played, and neither hears the other."""
    node = Espeak()
    ears: list[Ear] = []

    async def turn(text: str) -> None:
        ears.append(await say(node, world, text))

    async with opened(node) as world:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(turn, "One two three four five.")
            nursery.start_soon(turn, "Six.")
        assert len(world.workers) == 2
    for ear in ears:
        assert len({chunk.phrase.text for chunk in ear.chunks}) == 1
        assert [chunk.last for chunk in ear.chunks].count(True) == 1


async def test_a_voice_that_is_not_there_is_told_before_the_session_starts() -> None:
    """The error names it and is not retryable."""
    node = Espeak(language="tlh-none")
    with pytest.raises(ProviderError, match="no voice 'tlh-none'") as error:
        async with opened(node):
            pass
    assert not error.value.retryable


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("rate", 79, "80 to 450"), ("rate", True, "80 to 450"), ("pitch", 101, "0 to 100"), ("volume", -1, "0 to 200"),
        ("voice", "../f3", "letters"), ("language", "", "language"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told_at_once(setting: str, value: object, expected: str) -> None:
    """The error names the setting and its range."""
    with pytest.raises(ValueError, match=expected):
        Espeak(**cast(Any, {setting: value}))
