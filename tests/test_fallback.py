"""A fallback is the next incarnation on the same wires: nothing is lost, nothing is said twice."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from itertools import accumulate, groupby

import attrs
import numpy as np
import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock
from world import Model, Voice

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    GraphError,
    In,
    Message,
    Node,
    NodeFailed,
    Out,
    Phrase,
    Ports,
    Prompt,
    ProviderError,
    Services,
    Session,
    Speaker,
    Speech,
    Spoken,
    Text,
    TextFilter,
    Transcript,
    WordStart,
)
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.restart import RestartPolicy
from voiceflow.machines.takeover import GO_ON, broken_off
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


@attrs.define(eq=False)
class Silent(Node):
    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        return


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
    """The phrase in which the first voice broke is finished by the second, from the first word that did not sound."""

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
    assert levels == [100] * 50 + [200] * 100


async def test_all_providers_are_opened_with_the_session(autojump_clock: MockClock) -> None:
    """So that the next one is ready when it is needed."""
    opened: list[str] = []
    node = Recogniser("a", opened=opened).or_else(Recogniser("b", opened=opened), Recogniser("c", opened=opened))

    async with Session(Graph().connect(Silent(), node)) as session:
        await session.finished()
    assert opened == ["a", "b", "c"]


async def test_the_one_that_cannot_be_opened_is_named(autojump_clock: MockClock) -> None:
    """Not the node that it stands behind."""

    @attrs.define(eq=False)
    class Other(Recogniser):
        @asynccontextmanager
        async def open(self, services: Services) -> AsyncGenerator[None, None]:
            raise ProviderError("other: no such model", retryable=False)
            yield

    told = "^other, in the place of node 'recogniser', could not be opened: no such model$"
    with pytest.raises(NodeFailed, match=told):
        async with Session(Graph().connect(Silent(), Recogniser("a").or_else(Other("b")))):
            pass


def test_only_a_node_of_the_same_shape_can_take_over() -> None:
    """The message shows both shapes."""
    wanted = "a session's node with audio .Audio. to transcripts .Transcript."
    with pytest.raises(
        GraphError, match=f"voice cannot take over from recogniser: a turn's node .* instead of {wanted}"
    ):
        Recogniser("a").or_else(Voice())


# A reply that another goes on with


@attrs.define(eq=False)
class Writer(Node):
    """Writes the rest of `reply` after what its prompt says was written; breaks when so many pieces are out."""

    reply: str
    cut: int = 1
    breaks: int | None = None
    heedless: bool = False
    """Whether it begins anew whatever it is told."""
    prompts: list[Prompt] = attrs.field(factory=list[Prompt], init=False)

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            self.prompts.append(prompt)
            said = "" if self.heedless else broken_off(prompt)
            assert self.reply.startswith(said)
            rest = self.reply[len(said) :]
            for number, at in enumerate(range(0, len(rest), self.cut)):
                if number == self.breaks:
                    raise ProviderError("the stub breaks here", retryable=True)
                await ports[self.text].send(Text(rest[at : at + self.cut]))
            if self.breaks is not None:
                raise ProviderError("the stub breaks here", retryable=True)


async def written_by(*writers: Writer) -> str:
    """What comes of a reply that the writers go on with, one after the other."""
    given = Prompt((Message("user", "How is the weather?"),))
    driven = await drive(writers[0].or_else(*writers[1:]), {"prompt": [given]}, restarts=RestartPolicy(attempts=9))
    return "".join(frame.text for frame in driven["text"] if isinstance(frame, Text))


REPLY = "It's sunny here. At 3.14, it rains: take a well-made coat!"


@given(st.data(), st.integers(1, 12), st.integers(1, 12), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_reply_goes_on_wherever_a_model_breaks(data: st.DataObject, cut: int, other: int, heedless: bool) -> None:
    """Nothing is lost and nothing comes twice: whether the next one goes on, as it is told, or begins anew."""
    breaks = data.draw(st.integers(0, -(-len(REPLY) // cut)))
    first, second = Writer(REPLY, cut, breaks), Writer(REPLY, other, heedless=heedless)
    assert trio.run(written_by, first, second, clock=MockClock(autojump_threshold=0)).split() == REPLY.split()


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.booleans()), max_size=4), st.booleans())
@example(breaks=[(5, 7, False), (1, 2, False), (1, 6, False)], heedless=False)  # the second writes but a space
@settings(max_examples=40, deadline=None)
def test_a_reply_goes_on_through_several_models(breaks: list[tuple[int, int, bool]], heedless: bool) -> None:
    """Each is told all that those before it wrote."""
    writers = [*(Writer(REPLY, *each) for each in breaks), Writer(REPLY, heedless=heedless)]
    assert trio.run(written_by, *writers, clock=MockClock(autojump_threshold=0)).split() == REPLY.split()


async def test_the_next_model_is_told_what_was_written(autojump_clock: MockClock) -> None:
    """The whole words of it, behind what it is to answer; who breaks off before that left nothing to tell."""
    writers = [Writer("Fine."), Writer("It is sunny.", 4, 2), Writer("It is fine."), Writer("", breaks=0)]
    third, first, last, nothing = writers
    assert await written_by(nothing, first, last) == "It is fine."
    asked = Message("user", "How is the weather?")
    assert [prompt.items for prompt in first.prompts] == [(asked,)]
    assert [prompt.items for prompt in last.prompts] == [(asked, Message("assistant", "It is "), GO_ON)]
    assert third.prompts == []


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.booleans()), max_size=4), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_reply_without_spaces_goes_on_too(breaks: list[tuple[int, int, bool]], heedless: bool) -> None:
    """There is nothing to wait for between its words."""
    reply = "\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002\u4f60\u60f3\u51fa\u53bb\u5417\uff1f"
    writers = [*(Writer(reply, *each) for each in breaks), Writer(reply, heedless=heedless)]
    assert trio.run(written_by, *writers, clock=MockClock(autojump_threshold=0)) == reply


async def test_a_half_word_is_not_heard(autojump_clock: MockClock) -> None:
    """Nor is another answer joined to it by counting."""
    assert await written_by(Writer("It is sunny.", 4, 1), Writer("Fine.", heedless=True)) == "It Fine."
    assert await written_by(Writer("Hello.", 6, 1), Writer("Fine.", heedless=True)) == "Hello. Fine."


async def test_a_model_that_never_says_the_same_again_goes_on_itself(autojump_clock: MockClock) -> None:
    """It is told what it wrote when it is restarted; nothing of that was held back for another."""

    class Moody(Writer):
        @property
        def replays(self) -> bool:
            return False

        async def run(self, ports: Ports) -> None:
            if self.prompts:
                self.breaks, self.reply, self.heedless = None, "Fine.", True
            await super().run(ports)

    moody = Moody("It is sunny.", 4, 1)
    assert await written_by(moody) == "It i Fine."
    assert broken_off(moody.prompts[1]) == "It i"


# A phrase that another voice goes on with

SAID = ["One, two three", "four five. Six", "seven."]
WORDS = " ".join(SAID).split()


@attrs.define(eq=False)
class Wordy(Voice):
    """Says each character in `pace` seconds, a word as samples of its number in `WORDS`, from 1, plus `level`.

    It breaks when so many chunks are out.
    """

    pace: float = 0.07
    breaks: int | None = None
    tells: bool = True
    """Whether it tells where its words begin."""

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            step = round(self.chunk * self.rate)
            found = list(re.finditer(r"\S+", phrase.text))
            values = np.array([self.level + WORDS.index(word[0]) + 1 for word in found], np.int16)
            lengths = [self.lasting(word[0]) for word in found]
            samples = np.repeat(values, lengths)
            starts = [WordStart(word.start(), word.end(), sum(lengths[:n])) for n, word in enumerate(found)]
            for at in range(0, len(samples), step):
                if self.breaks is not None and self.breaks <= 0:
                    raise ProviderError("the voice is gone", retryable=False)
                self.breaks = None if self.breaks is None else self.breaks - 1
                words = tuple(word for word in starts if self.tells and at <= word.sample < at + step)
                chunk = samples[at : at + step]
                await ports[self.spoken].send(Spoken(chunk, self.rate, phrase, at + step >= len(samples), words))

    def lasting(self, word: str) -> int:
        return round(len(word) * self.pace * self.rate)


async def sounded(voices: Sequence[Wordy]) -> list[tuple[int, float]]:
    """The numbers of the words in the order in which they sounded, and how much of each: once for each voice."""
    for number, voice in enumerate(voices):
        voice.level = 100 * number
    phrases = [Phrase(text) for text in SAID]
    driven = await drive(voices[0].or_else(*voices[1:]), {"phrases": phrases}, restarts=RestartPolicy(attempts=9))
    values = [int(value) for chunk in driven["spoken"] if isinstance(chunk, Spoken) for value in chunk.samples]
    return [
        (value % 100, len(list(same)) / voices[value // 100].lasting(WORDS[value % 100 - 1]))
        for value, same in groupby(values)
    ]


voices = st.builds(
    Wordy,
    rate=st.sampled_from([800, 1600, 2400]),
    chunk=st.sampled_from([0.02, 0.05, 0.1, 0.5]),
    pace=st.sampled_from([0.05, 0.06, 0.08]),
    first=st.just(0.0),
)


@given(st.lists(st.tuples(voices, st.integers(0, 60)), min_size=1, max_size=3), voices)
@settings(max_examples=60, deadline=None)
def test_a_voice_goes_on_wherever_another_breaks(broken: list[tuple[Wordy, int]], last: Wordy) -> None:
    """With the first word of which not about half had sounded, at its own pace: none is lost, none comes twice."""
    for voice, breaks in broken:
        voice.breaks = breaks
    runs = trio.run(sounded, [*(voice for voice, _ in broken), last], clock=MockClock(autojump_threshold=0))
    # How long a word would have been is told by its characters and the pace, which are off by a third here.
    assert [number for number, share in runs if share > 0.67] == sorted({n for n, share in runs if share > 0.67})
    assert sorted({number for number, share in runs if share > 0.37}) == list(range(1, len(WORDS) + 1))
    assert [number for number, _ in runs] == sorted(number for number, _ in runs)


@given(voices, st.integers(0, 100), voices)
@settings(max_examples=40, deadline=None)
def test_a_voice_without_word_beginnings_leaves_no_word_out(first: Wordy, breaks: int, last: Wordy) -> None:
    """When its pace is that of an English voice; the last words may come again."""
    first.breaks, first.tells = breaks, False
    runs = trio.run(sounded, [first, last], clock=MockClock(autojump_threshold=0))
    assert {number for number, _ in runs} == set(range(1, len(WORDS) + 1))


@given(voices, st.integers(0, 60), voices, st.booleans())
@settings(max_examples=30, deadline=None)
def test_what_two_voices_said_is_heard_as_one(first: Wordy, breaks: int, last: Wordy, tells: bool) -> None:
    """In the history, each word once."""
    first.breaks, first.tells = breaks, tells

    async def reply() -> str:
        chunker = Chunker(PhraseSettings(idle_after=1_000_000_000))
        graph = Graph().connect(Model([" ".join(SAID)]), chunker, first.or_else(last), Speaker())
        async with Session(graph) as session:
            return (await session.reply()).heard

    assert trio.run(reply, clock=MockClock(autojump_threshold=0)) == " ".join(SAID)


async def test_a_reply_that_breaks_off_is_heard_once_in_a_session(autojump_clock: MockClock) -> None:
    """Behind the stages between a model and a voice."""
    first, second = Writer("It is sunny.", 4, 1), Writer("It is fine.", heedless=True)
    graph = Graph().connect(first.or_else(second), TextFilter(), Chunker(), Voice(1.0), Speaker())
    async with Session(graph) as session:
        reply = await session.reply()
        assert (reply.heard, reply.error) == ("It is fine.", None)
        assert [item.text for item in session.items if isinstance(item, Message)] == ["It is fine."]


# An utterance that another recogniser hears


@attrs.define(eq=False)
class Listener(Node):
    """Tells the blocks of each utterance when a VAD says that it is over; breaks after so many blocks."""

    breaks: int | None = None
    told: bool = False
    """Whether it breaks behind what it told of the block, and not before."""

    audio = In(Audio)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        heard: list[int] = []
        inlet = ports[self.audio]
        async for block in inlet.taking():
            heard.append(block.pts // 10)
            self._break(told=False)
            ended = block.speech is not None and not block.speech.active
            text = " ".join(map(str, heard))
            await ports[self.transcripts].send(Transcript(text, "final" if ended else "interim", 16000))
            self._break(told=True)
            if ended:
                heard.clear()
                inlet.commit()

    def _break(self, *, told: bool) -> None:
        if self.breaks is not None and self.told is told:
            self.breaks -= 1
            if self.breaks < 0:
                raise ProviderError("the recogniser is gone", retryable=False)


async def finals_of(listeners: Sequence[Listener], lengths: Sequence[int]) -> list[str]:
    """What is heard of utterances of so many blocks."""
    ends = set(accumulate(lengths))
    blocks = [
        Audio(np.zeros(10, np.int16), 16000, n * 10, speech=Speech(n + 1 not in ends, n * 10, n * 10, 16000))
        for n in range(sum(lengths))
    ]
    node = listeners[0].or_else(*listeners[1:])
    driven = await drive(node, {"audio": blocks}, restarts=RestartPolicy(attempts=9))
    return [frame.text for frame in driven["transcripts"] if isinstance(frame, Transcript) and frame.stage == "final"]


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=4),
    st.lists(st.builds(Listener, st.integers(0, 12), st.booleans()), min_size=1, max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_an_utterance_is_heard_whole_wherever_a_recogniser_breaks(lengths: list[int], broken: list[Listener]) -> None:
    """The next one is given the audio of the open utterance again, and no final comes twice."""
    numbers = iter(range(sum(lengths)))
    expected = [" ".join(str(next(numbers)) for _ in range(length)) for length in lengths]
    assert trio.run(finals_of, [*broken, Listener()], lengths, clock=MockClock(autojump_threshold=0)) == expected
