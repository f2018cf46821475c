"""The providers of one node in a call: who is at work when, and how long a caller waits for the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock
from world import Voice

from voiceflow import (
    Audio,
    Chunker,
    FallbackPolicy,
    Frame,
    Graph,
    In,
    Mark,
    Message,
    Node,
    NodeFailed,
    Out,
    Phrase,
    Ports,
    Prediction,
    Prompt,
    ProviderError,
    Session,
    Speaker,
    Speech,
    Spoken,
    Stage,
    StageNode,
    Text,
    TextSink,
    Trace,
    Transcript,
)
from voiceflow.items import ToolCall
from voiceflow.machines.restart import RestartPolicy
from voiceflow.testing import drive
from voiceflow.tools import tool

BUSY = ProviderError("busy", retryable=True)
WRONG_KEY = ProviderError("wrong key", retryable=False)


@attrs.define(eq=False)
class Writer(Node):
    """Writes its name after `first` seconds; where its next `plan` is an error, it raises that instead."""

    word: str
    plan: list[Exception | None] = attrs.Factory(list[Exception | None])
    first: float = 0.0
    prompts: list[Prompt] = attrs.Factory(list[Prompt])

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            self.prompts.append(prompt)
            await trio.sleep(self.first)
            error = self.plan.pop(0) if self.plan else None
            if error is not None:
                raise error
            await ports[self.text].send(Text(f"{self.word}."))


async def replies(node: Node, at: Sequence[float], trace: Trace | None = None) -> list[str]:
    """What is answered at these times (seconds); "" for a turn that failed."""
    said: list[str] = []
    async with Session(Graph().connect(node, TextSink()), trace=trace) as session:
        for when in at:
            await trio.sleep_until(when)
            said.append((await session.reply()).heard)
    return said


async def test_one_that_failed_is_not_asked_first_in_every_turn(autojump_clock: MockClock) -> None:
    """But once its rest is over; and it stays when it works then."""
    first, second, marks = Writer("a", [BUSY]), Writer("b"), list[Mark]()
    assert await replies(first.or_else(second), [0, 10, 59.9, 60, 61], Trace([marks.append])) == [
        "b.",
        "b.",
        "b.",
        "a.",
        "a.",
    ]
    assert [len(first.prompts), len(second.prompts)] == [3, 3]
    told = [dict(mark.values) for mark in marks if mark.name == "node.provider"]
    assert told == [
        {"provider": 1, "before": 0, "state": "closed"},
        {"provider": 0, "before": 1, "state": "half-open"},
    ]


async def test_one_that_fails_three_times_in_a_row_is_not_asked_again(autojump_clock: MockClock) -> None:
    """The first time and as two probes; nothing of a reply is missing for that."""
    first, second = Writer("a", [BUSY] * 9), Writer("b")
    assert await replies(first.or_else(second), range(0, 601, 60)) == ["b."] * 11
    assert len(first.prompts) == 3


async def test_a_wrong_key_is_found_out_once(autojump_clock: MockClock) -> None:
    """And a quota is waited for as long as it says."""
    first, second = Writer("a", [WRONG_KEY]), Writer("b", [ProviderError("enough", retryable=True, quota=True, wait=5)])
    third = Writer("c")
    assert await replies(first.or_else(second, third), [0, 4.9, 5, 100]) == ["c.", "c.", "b.", "b."]
    assert len(first.prompts) == 1


async def test_every_provider_is_tried_in_one_turn(autojump_clock: MockClock) -> None:
    """Going on to one that is ready uses up no restart; when all failed, one is tried again."""
    writers = [Writer(word, [BUSY] * 9) for word in "abcd"]
    assert await replies(writers[0].or_else(*writers[1:]), [0]) == [""]
    assert [len(writer.prompts) for writer in writers] == [2, 1, 1, 1]
    writers[3].plan.clear()
    assert await replies(Writer("x", [BUSY]).or_else(*writers[1:]), [0]) == ["d."]


async def test_one_that_is_slow_in_three_turns_is_left_in_the_fourth(autojump_clock: MockClock) -> None:
    """And has its probe when it has rested."""
    first, second = Writer("a", first=0.6), Writer("b")
    node = first.or_else(second, policy=FallbackPolicy(latency=0.5, cooldown=30.0))
    assert await replies(node, [0, 2, 4, 6, 8, 40]) == [*["a."] * 3, "b.", "b.", "a."]


@pytest.mark.parametrize("stalls", [0, 1])
async def test_a_model_that_stalls_is_left_when_it_owes_for_too_long(autojump_clock: MockClock, stalls: int) -> None:
    """To the instant, from the prompt or from what it wrote last."""

    class Stalling(Writer):
        async def run(self, ports: Ports) -> None:
            async for _ in ports[self.prompt]:
                await trio.sleep(1.0)
                for _ in range(stalls):
                    await ports[self.text].send(Text("One "))
                await ports[self.text].send(Text(" "))  # of no use
                await trio.sleep_forever()

    marks: list[Mark] = []
    node = Stalling("a").or_else(Writer("two"), policy=FallbackPolicy(patience=2.5))
    (reply,) = await replies(node, [0], Trace([marks.append]))
    assert reply.split() == [*["One"] * stalls, "two."]
    assert [mark.t for mark in marks if mark.name == "node.failed"] == [(2.5 + stalls) * 1e9]


@pytest.mark.parametrize("error", [WRONG_KEY, BUSY])
async def test_the_last_that_is_left_has_the_time_that_it_takes(autojump_clock: MockClock, error: Exception) -> None:
    """A slow answer is better than none: whether the other is out for good, or rests."""
    marks: list[Mark] = []
    node = Writer("a", [error]).or_else(Writer("b", first=30.0))
    assert await replies(node, [0], Trace([marks.append])) == ["b."]
    assert [mark.t for mark in marks if mark.name == "node.failed"] == [0]


async def test_the_last_is_left_as_soon_as_another_has_rested(autojump_clock: MockClock) -> None:
    """When it owes for too long by then."""
    marks: list[Mark] = []
    node = Writer("a", [BUSY]).or_else(Writer("b", first=30.0), policy=FallbackPolicy(cooldown=10.0))
    assert await replies(node, [0], Trace([marks.append])) == ["a."]
    assert [mark.t for mark in marks if mark.name == "node.failed"] == [0, 10e9]


async def test_the_last_recogniser_is_not_left_for_a_late_final(autojump_clock: MockClock) -> None:
    """It need not hear the utterance again."""
    node = Listener("a", [4]).or_else(Listener("b", late=6.0), policy=FallbackPolicy(cooldown=1000.0))
    finals, changes = await heard_by(node, 3, pause=9.0)
    assert finals == ["a 0 1 2", "b 3 4 5", "b 6 7 8"]
    assert len(changes) == 1


async def test_the_last_voice_is_not_left_for_a_late_sound(autojump_clock: MockClock) -> None:
    """It need not begin its phrase again."""

    class Slow(Voice):
        async def run(self, ports: Ports) -> None:
            async for phrase in ports[self.phrases]:
                await trio.sleep(6.0)
                await self.say(ports, phrase, 1.0)

    class Broken(Voice):
        async def run(self, ports: Ports) -> None:
            raise WRONG_KEY

    graph, marks = Graph(), list[Mark]()
    graph.connect(Writer("Hello"), Chunker(), Broken(1.0).or_else(Slow(1.0)), Speaker())
    async with Session(graph, trace=Trace([marks.append])) as session:
        reply = await session.reply()
    assert (reply.heard, reply.error) == ("Hello.", None)
    assert len([mark for mark in marks if mark.name == "node.failed"]) == 1


async def test_nobody_owes_while_somebody_else_lets_it_wait(autojump_clock: MockClock) -> None:
    """A listener who is behind, or a tool: however long that takes."""

    @tool
    async def look() -> str:
        """Look."""
        await trio.sleep(30.0)
        return "found"

    @attrs.define(eq=False)
    class Caller(Node):
        prompt = In(Prompt)
        text = Out(Text)

        lifetime = "turn"

        async def run(self, ports: Ports) -> None:
            async for prompt in ports[self.prompt]:
                called = any(isinstance(item, ToolCall) for item in prompt.items)
                await ports[self.text].send(Text("It is " + "very " * 50 + "good."))
                await ports.call_tools(prompt, [] if called else [ToolCall("a", "look")])

    marks: list[Mark] = []
    voice = Voice(20.0).or_else(Voice(1.0), policy=FallbackPolicy(patience=0.5))
    model = Caller().or_else(Caller(), policy=FallbackPolicy(patience=0.5))
    graph = Graph().connect(model, Chunker(), voice, Speaker())
    async with Session(graph, tools=[look], trace=Trace([marks.append])) as session:
        assert (await session.reply()).error is None
    assert [mark for mark in marks if mark.name == "node.failed"] == []


async def test_a_model_that_answers_nothing_has_failed(autojump_clock: MockClock) -> None:
    """Where another might answer; and when none does, the turn says so."""

    class Mute(Writer):
        async def run(self, ports: Ports) -> None:
            async for _ in ports[self.prompt]:
                pass

    assert await replies(Mute("").or_else(Writer("b")), [0]) == ["b."]
    async with Session(Graph().connect(Mute("").or_else(Mute("")), TextSink())) as session:
        reply = session.reply()
        await reply
    assert isinstance(reply.error, NodeFailed)
    async with Session(Graph().connect(Mute(""), TextSink())) as session:
        assert (await session.reply()).error is None


async def test_the_next_is_given_all_that_the_first_was(autojump_clock: MockClock) -> None:
    """A prompt with its tools, a phrase with its language: no setting is lost on the way."""

    @tool
    async def look() -> str:
        """Look."""
        return "found"

    prompt = Prompt((Message("system", "Be brief."), Message("user", "Hello.")), (look,))
    first, second = Writer("a", [BUSY]), Writer("b")
    await drive(first.or_else(second), {"prompt": [prompt]}, restarts=RestartPolicy())
    assert second.prompts == [prompt]

    @attrs.define(eq=False)
    class Speaking(Node):
        breaks: bool
        phrases = In(Phrase)
        spoken = Out(Spoken)
        given: list[Phrase] = attrs.Factory(list[Phrase])

        lifetime = "turn"

        async def run(self, ports: Ports) -> None:
            async for phrase in ports[self.phrases]:
                self.given.append(phrase)
                await ports[self.spoken].send(Spoken(np.ones(8, np.int16), 8000, phrase, last=not self.breaks))
                if self.breaks:
                    raise BUSY

    voice = Speaking(False)
    phrase = Phrase("Guten Tag.", language="de")
    await drive(Speaking(True).or_else(voice), {"phrases": [phrase]}, restarts=RestartPolicy())
    assert [given.language for given in voice.given] == ["de"]


# Recognisers, which are at work for the whole call


@attrs.define(eq=False)
class Listener(Node):
    """Tells the blocks of each utterance at its end, under its name; breaks at the blocks `breaks`, once each.

    It tells an interim in the middle, and withholds the final of what begins at the blocks `silent`.
    """

    word: str
    breaks: list[int] = attrs.Factory(list[int])
    silent: Sequence[int] = ()
    late: float = 0.0

    audio = In(Audio)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        heard: list[int] = []
        inlet = ports[self.audio]
        async for block in inlet.taking():
            number = block.pts // 10
            if number in self.breaks:
                self.breaks.remove(number)
                raise BUSY
            heard.append(number)
            text = " ".join([self.word, *map(str, heard)])
            if block.speech is not None and not block.speech.active:
                await trio.sleep(self.late)
                if heard[0] not in self.silent:
                    final = Transcript(text, "final", 16000, heard[0] * 10, block.end)
                    await ports[self.transcripts].send(final)
                heard.clear()
                inlet.commit()
            else:
                await ports[self.transcripts].send(Transcript(text, "interim", 16000, heard[0] * 10, block.end))


async def heard_by(node: Node, utterances: int, pause: float = 0.0) -> tuple[list[str], list[float]]:
    """The finals of utterances of three blocks, one each second, a `pause` behind them; when the provider changed."""
    feed: list[Audio | float] = []
    for number in range(3 * utterances):
        place = Speech(number % 3 != 2, number * 10, number * 10, 16000)
        feed += [1.0, Audio(np.zeros(10, np.int16), 16000, number * 10, speech=place), pause * (number % 3 == 2)]
    driven = await drive(node, {"audio": feed}, turn=None, restarts=RestartPolicy())
    finals = [frame.text for frame in driven["transcripts"] if isinstance(frame, Transcript) and frame.stage == "final"]
    return finals, [mark.t / 1e9 for mark in driven.marks if mark.name == "node.provider"]


async def test_a_recogniser_comes_back_in_the_middle_of_an_utterance(autojump_clock: MockClock) -> None:
    """When it has rested: it is given the audio of that again, and none is lost or told twice."""
    node = Listener("a", [4]).or_else(Listener("b"), policy=FallbackPolicy(cooldown=5.0))
    finals, changes = await heard_by(node, 5)
    assert finals == ["a 0 1 2", "b 3 4 5", "b 6 7 8", "a 9 10 11", "a 12 13 14"]
    assert changes == [5.0, 10.0]


async def test_a_probe_that_fails_costs_nobody_a_word(autojump_clock: MockClock) -> None:
    """The one that works goes on with the utterance."""
    node = Listener("a", [4, 9]).or_else(Listener("b"), policy=FallbackPolicy(cooldown=5.0))
    finals, changes = await heard_by(node, 6)
    assert finals == ["a 0 1 2", "b 3 4 5", "b 6 7 8", "b 9 10 11", "a 12 13 14", "a 15 16 17"]
    assert changes == [5.0, 10.0, 10.0, 15.0]


async def test_a_recogniser_that_has_told_a_final_has_not_failed_in_a_row(autojump_clock: MockClock) -> None:
    """It is tried again however often it failed in the whole call."""
    node = Listener("a", [3, 12, 21, 30]).or_else(Listener("b"), policy=FallbackPolicy(cooldown=3.5, failures=2))
    finals, _ = await heard_by(node, 13)
    assert [final.split()[0] for final in finals] == [*"abaabaabaabaa"]


async def test_a_final_that_never_comes_is_told_by_another(autojump_clock: MockClock) -> None:
    """So long after the end of speech, though the first had thought itself done with the utterance."""
    node = Listener("a", silent=[3]).or_else(Listener("b"), policy=FallbackPolicy(patience=1.5))
    finals, changes = await heard_by(node, 3, pause=2.0)
    assert finals == ["a 0 1 2", "b 3 4 5", "b 6 7 8"]
    assert changes == [9.5]


async def test_words_that_a_recogniser_leaves_behind_are_told_by_another(autojump_clock: MockClock) -> None:
    """When it comes with the final of what the user said then: before that, in their order."""
    node = Listener("a", silent=[3]).or_else(Listener("b"))
    finals, changes = await heard_by(node, 4)
    assert finals == ["a 0 1 2", "b 3 4 5", "b 6 7 8", "b 9 10 11"]
    assert changes == [9.0]


async def test_a_recogniser_that_is_late_three_times_is_left(autojump_clock: MockClock) -> None:
    """From its third final on: that one is told once."""
    node = Listener("a", late=0.8).or_else(Listener("b"), policy=FallbackPolicy(latency=0.5))
    finals, _ = await heard_by(node, 5)
    assert finals == ["a 0 1 2", "a 3 4 5", "a 6 7 8", "b 9 10 11", "b 12 13 14"]


# What listens on the way, and detectors


@attrs.define(eq=False)
class Listening(Node):
    """Passes audio on, with what it hears; at the blocks `breaks`, once each, it raises or hangs, before or behind what
    it sends.
    """

    breaks: list[int] = attrs.Factory(list[int])
    how: str = "error"
    behind: bool = False

    audio = In(Audio)
    heard = Out(Audio)
    speech = Out(Speech)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            await self._break(block, behind=False)
            await ports[self.speech].send(Speech(True, block.pts, block.pts, 16000))
            await ports[self.heard].send(block)
            await self._break(block, behind=True)

    async def _break(self, block: Audio, *, behind: bool) -> None:
        if block.pts // 10 in self.breaks and behind == self.behind:
            self.breaks.remove(block.pts // 10)
            if self.how == "error":
                raise BUSY
            await trio.sleep_forever()


@attrs.define(eq=False)
class Slow(Listening):
    """Takes 0.15 s for a block."""

    async def _break(self, block: Audio, *, behind: bool) -> None:
        await trio.sleep(0.15 * behind)
        await super()._break(block, behind=behind)


@attrs.define(eq=False)
class Blocks(Node):
    """One block at each second from the first on."""

    count: int

    audio = Out(Audio)

    async def run(self, ports: Ports) -> None:
        for number in range(self.count):
            await trio.sleep(1.0)
            await ports[self.audio].send(Audio(np.zeros(10, np.int16), 16000, number * 10))


@attrs.define(eq=False)
class Heard(Node):
    """Writes down the numbers of the blocks that come."""

    places: list[int] = attrs.Factory(list[int])

    audio = In(Audio)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            self.places.append(block.pts // 10)


@attrs.define(eq=False)
class Judging(Listening):
    """The same of a detector, which says how sure it is of each block."""

    predictions = Out(Prediction)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            await self._break(block, behind=False)
            await ports[self.predictions].send(Prediction(0.5, block.end, 16000))
            await self._break(block, behind=True)


@pytest.mark.parametrize("kind", [Listening, Judging])
@pytest.mark.parametrize("how", ["error", "hang"])
@pytest.mark.parametrize("behind", [False, True])
async def test_what_breaks_or_hangs_on_the_way_is_met_by_the_next(
    autojump_clock: MockClock, kind: type[Listening], how: str, behind: bool
) -> None:
    """At any block: none is lost or comes twice, and the next is at work at once, or when the first owed too long."""
    blocks = [Audio(np.zeros(10, np.int16), 16000, n * 10) for n in range(4)]
    for breaks in range(4):
        node = kind([breaks], how, behind).or_else(kind())
        driven = await drive(node, {"audio": blocks}, turn=None, restarts=RestartPolicy())
        if kind is Judging:
            told = [frame.pts for frame in driven["predictions"] if isinstance(frame, Prediction)]
            assert list(dict.fromkeys(told)) == [10, 20, 30, 40]  # of one place it may be told twice
        else:
            assert driven["heard"] == blocks
            assert len(driven["speech"]) == 4
        [failed] = [mark.t for mark in driven.marks if mark.name == "node.failed"]
        assert failed == (0 if how == "error" else 4e9)


async def test_one_on_the_way_that_hears_nothing_owes_nothing(autojump_clock: MockClock) -> None:
    """Nor does one whose listener is behind; and a detector has no finals to be late with."""
    feed: list[Audio | float] = []
    for n in range(6):
        feed += [9.0, Audio(np.zeros(10, np.int16), 16000, n * 10, speech=Speech(n % 2 == 0, n * 10, n * 10, 16000))]
    for kind in (Listening, Judging):
        node = kind().or_else(kind(), policy=FallbackPolicy(latency=1.0, turns=1))
        driven = await drive(node, {"audio": feed}, turn=None, restarts=RestartPolicy())
        assert [mark.name for mark in driven.marks if mark.name.startswith("node.")] == []


@attrs.define(eq=False)
class Holding(Stage[Audio]):
    """Keeps one block back, as what cleans with a view to what comes does; its samples say whose work they are."""

    level: int
    breaks: list[int]
    held: Audio | None = None

    def follow(self, speech: Speech | None, left: Sequence[Frame]) -> Iterable[Frame]:
        self.held = next((frame for frame in left if isinstance(frame, Audio)), None)
        return ()

    def push(self, frame: Audio) -> Iterable[Frame]:
        if frame.pts // 10 in self.breaks:
            self.breaks.remove(frame.pts // 10)
            raise BUSY
        out, self.held = self.held, attrs.evolve(frame, samples=np.full(10, self.level, np.int16))
        return [] if out is None else [out]

    def end(self) -> Iterable[Frame]:
        return [] if self.held is None else [self.held]


@attrs.define(eq=False)
class Cleaning(StageNode):
    level: int
    breaks: list[int] = attrs.Factory(list[int])

    audio = In(Audio)
    clean = Out(Audio)

    def stage(self) -> Stage[Audio]:
        return Holding(self.level, self.breaks)


def seconds_of_blocks(count: int) -> list[Audio | float]:
    """One block at each second from the first on."""
    blocks = [Audio(np.zeros(10, np.int16), 16000, n * 10) for n in range(count)]
    return [each for block in blocks for each in (1.0, block)]


async def test_what_listens_on_the_way_comes_back_when_it_has_rested(autojump_clock: MockClock) -> None:
    """Between two blocks: none is lost or comes twice; where it is the probe that breaks, the other goes on."""
    for kind in (Listening, Judging):
        first = kind(breaks=[2, 7])
        node = first.or_else(kind(), policy=FallbackPolicy(cooldown=4.5))
        driven = await drive(node, {"audio": seconds_of_blocks(14)}, turn=None, restarts=RestartPolicy())
        left = driven["predictions" if kind is Judging else "heard"]
        told = [frame.pts for frame in left if isinstance(frame, Audio | Prediction)]
        assert told == [n * 10 + 10 * (kind is Judging) for n in range(14)]
        changes = [(mark.t / 1e9, mark.values["provider"]) for mark in driven.marks if mark.name == "node.provider"]
        assert changes == [(3.0, 1), (7.5, 0), (8.0, 1), (12.5, 0)]


async def test_a_stage_hands_what_it_held_to_the_one_that_comes_back(autojump_clock: MockClock) -> None:
    """As where one is swapped: a failure costs the block that was held, the way back costs none."""
    node = Cleaning(1, [2]).or_else(Cleaning(2), policy=FallbackPolicy(cooldown=4.5))
    driven = await drive(node, {"audio": seconds_of_blocks(10)}, turn=None, restarts=RestartPolicy())
    left = [(frame.pts // 10, int(frame.samples[0])) for frame in driven["clean"] if isinstance(frame, Audio)]
    assert left == [(0, 1), *((n, 2) for n in range(2, 7)), *((n, 1) for n in range(7, 10))]


async def test_one_that_does_not_end_when_it_is_to_give_way_is_stopped(autojump_clock: MockClock) -> None:
    """So soon that a microphone's wire does not overflow; the block in its hand is the next one's."""
    hanging = Listening(breaks=[6], how="hang")
    node = Listening([2]).or_else(hanging, policy=FallbackPolicy(cooldown=4.1))
    driven = await drive(node, {"audio": seconds_of_blocks(9)}, turn=None, restarts=RestartPolicy())
    assert [frame.pts // 10 for frame in driven["heard"] if isinstance(frame, Audio)] == [*range(9)]
    changes = [(mark.t / 1e9, mark.values["provider"]) for mark in driven.marks if mark.name == "node.provider"]
    assert changes == [(3.0, 1), (7.3, 0)]


@pytest.mark.parametrize("how", ["error", "hang"])
async def test_one_that_gives_way_and_breaks_in_its_last_work_ends_nothing(autojump_clock: MockClock, how: str) -> None:
    """The one that comes back goes on, on what that had not dealt with."""
    breaking = Slow(breaks=[6], how=how)
    node = Listening([2]).or_else(breaking, policy=FallbackPolicy(cooldown=4.1))
    driven = await drive(node, {"audio": seconds_of_blocks(9)}, turn=None, restarts=RestartPolicy())
    assert [frame.pts // 10 for frame in driven["heard"] if isinstance(frame, Audio)] == [*range(9)]


async def test_another_node_may_stand_there_while_a_provider_gives_way(autojump_clock: MockClock) -> None:
    """The swap holds: nobody of the old one is asked again."""
    old = Listening([2]).or_else(Slow(), policy=FallbackPolicy(cooldown=4.1))
    heard, new = Heard(), Listening()
    source = Blocks(12)
    graph = Graph().connect(source, old).connect(old.heard, heard).connect(Chunker(), Voice(), Speaker())
    marks: list[Mark] = []
    async with Session(graph, trace=Trace([marks.append])) as session:
        await trio.sleep(7.12)  # it began to give way at 7.1 s, with a block in its hand until 7.15 s
        await session.swap(old, new)
        await trio.sleep(6.0)
    assert heard.places == [*range(12)]
    assert [mark.values["provider"] for mark in marks if mark.name == "node.provider"] == [1]
