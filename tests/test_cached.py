"""A voice behind a cache: once is enough, for everybody, whoever leaves."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock
from world import Voice

from voiceflow import (
    Cached,
    Chunker,
    Graph,
    GraphError,
    In,
    Mark,
    Node,
    NodeFailed,
    Out,
    Phrase,
    PhraseCache,
    Ports,
    ProviderError,
    Services,
    Session,
    Speaker,
    Spoken,
    Text,
    Trace,
    WordStart,
)
from voiceflow.graph_json import from_json, to_json
from voiceflow.machines.synthesis import Synthesis
from voiceflow.testing import InlineExecutor, check_tts, drive

RATE = 8000


@attrs.define(eq=False)
class Teller(Node):
    """Says a phrase in 0.1 s for each of its words, one chunk each, slower than it sounds; it keeps account."""

    pace: float = 0.2
    tone: int = 1000
    secret: str = attrs.field(default="", repr=False)
    fails: Sequence[int] = ()
    """The calls that fail behind their first chunk."""
    retryable: bool = True
    asked: list[str] = attrs.field(factory=list[str], init=False)
    ended: list[str] = attrs.field(factory=list[str], init=False)
    opened: int = attrs.field(default=0, init=False)
    made: int = attrs.field(default=0, init=False)

    phrases = In(Phrase)
    spoken = Out(Spoken)

    lifetime = "turn"

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        self.opened += 1
        yield

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            self.asked.append(phrase.text)
            call = len(self.asked)
            try:
                await self._say(ports, phrase, call)
                self.ended.append("said")
            except trio.Cancelled:
                self.ended.append("cancelled")
                raise

    async def _say(self, ports: Ports, phrase: Phrase, call: int) -> None:
        words = phrase.text.split()
        at = 0
        for n, word in enumerate(words):
            if n and call in self.fails:
                raise ProviderError("the voice is hoarse", retryable=self.retryable)
            await trio.sleep(self.pace)
            samples = np.full(RATE // 10, self.tone, np.int16)
            self.made += 1
            mark = WordStart(at, at + len(word), n * RATE // 10)
            at += len(word) + 1
            await ports[self.spoken].send(Spoken(samples, RATE, phrase, n + 1 == len(words), (mark,)))
        if not words:
            await ports[self.spoken].send(Spoken(np.zeros(0, np.int16), RATE, phrase, True))


def says(cached: Node) -> Graph:
    return Graph().connect(Chunker(), cached, Speaker())


async def chunks(cached: Cached, *phrases: str) -> list[tuple[float, Spoken]]:
    driven = await drive(cached, {"phrases": [Phrase(text) for text in phrases]}, executor=InlineExecutor())
    return [(at, frame) for at, frame in driven.timed["spoken"] if isinstance(frame, Spoken)]


# One call


async def test_a_phrase_is_synthesised_once(autojump_clock: MockClock) -> None:
    """The second time it comes at once, chunk by chunk and word by word as the first time."""
    teller = Teller()
    cached = Cached(teller)
    first, again = await chunks(cached, "one two three"), await chunks(cached, "one two three")
    assert [at for at, _ in first] == [0.2, 0.4, 0.6]
    assert [at for at, _ in again] == [0.0] * 3
    assert [chunk for _, chunk in first] == [chunk for _, chunk in again]
    assert [chunk.words for _, chunk in again] == [
        (WordStart(0, 3, 0),),
        (WordStart(4, 7, 800),),
        (WordStart(8, 13, 1600),),
    ]
    assert teller.asked == ["one two three"]
    assert (cached.cache.hits, cached.cache.misses, len(cached.cache)) == (1, 1, 1)


async def test_a_chunk_belongs_to_the_phrase_that_asked_for_it(autojump_clock: MockClock) -> None:
    """Whose place in the reply is another one."""
    cached = Cached(Teller())
    asked = [Phrase("one two", ((0, 0, 7),)), Phrase("one two", ((0, 9, 7),))]
    driven = await drive(cached, {"phrases": asked})
    assert [frame.phrase for frame in driven["spoken"] if isinstance(frame, Spoken)] == [
        *([asked[0]] * 2),
        *([asked[1]] * 2),
    ]


async def test_other_words_languages_and_settings_are_other_phrases(autojump_clock: MockClock) -> None:
    """A secret is none of the voice's settings."""
    cache = PhraseCache()
    voices = [Teller(), Teller(tone=5), Teller(secret="of one"), Teller(secret="of another")]
    for voice in voices:
        cached = Cached(voice, cache=cache)
        await drive(cached, {"phrases": [Phrase("one"), Phrase("One"), Phrase("one", language="de")]})
    assert [len(voice.asked) for voice in voices] == [3, 3, 0, 0]


async def test_a_call_hears_from_the_cache_what_it_would_hear_without(autojump_clock: MockClock) -> None:
    """Also what it heard of an interrupted phrase, which the words decide."""
    cached, marks = Cached(Teller(pace=0.05)), list[Mark]()
    heard: list[str] = []
    async with Session(says(cached), trace=Trace([marks.append])) as session:
        await session.say("one two three four.")
        for _ in range(2):
            handle = session.say("one two three four.")
            await trio.sleep(0.26)
            session.interrupt()
            await handle
            heard.append(handle.heard)
    assert heard == ["one two three", "one two three"]
    assert [mark.values for mark in marks if mark.name == "cache.hit"] == [{"where": "memory"}] * 2
    assert [(mark.turn, mark.node) for mark in marks if mark.name == "cache.miss"] == [(1, "cached")]


async def test_an_interruption_ends_the_synthesis_and_keeps_nothing(autojump_clock: MockClock) -> None:
    """Nobody else wanted it."""
    teller = Teller()
    cached = Cached(teller)
    async with Session(says(cached)) as session:
        session.say("one two three four.")
        await trio.sleep(0.5)
        session.interrupt()
        await trio.sleep(0.01)
        assert teller.ended == ["cancelled"]
        assert (len(cached.cache), cached.cache.making) == (0, {})
        assert (await session.say("one two.")).heard == "one two."


async def test_a_synthesis_does_not_run_far_ahead_of_the_ear(autojump_clock: MockClock) -> None:
    """Half a second of sound, and what the wires hold."""
    teller = Teller(pace=0.0)
    driven = drive(Cached(teller), {"phrases": [Phrase("word " * 100)]}, room=0.2, collect=False)
    with trio.move_on_after(5):
        await driven
    assert teller.made <= 2 + 3 + 5 + 2  # the outlet's wire, the voice's, what is ahead, one in each hand
    assert teller.ended == ["cancelled"]


async def test_a_failure_is_the_turns_and_is_tried_again(autojump_clock: MockClock) -> None:
    """By the supervisor, as with the voice alone; what was heard is not said twice, and only the whole is kept."""
    teller = Teller(fails=(1,))
    cached = Cached(teller)
    async with Session(says(cached)) as session:
        handle = await session.say("one two three.")
        assert (handle.heard, handle.error) == ("one two three.", None)
        assert session.history[-1].text == "one two three."
    assert teller.asked == ["one two three."] * 2
    assert len(cached.cache) == 1


async def test_a_voice_that_is_given_up_hands_over_to_the_next(autojump_clock: MockClock) -> None:
    """The fallback stands outside, with a cache of its own or the same; it is asked for what was not said."""
    broken, other = Teller(fails=(1,), retryable=False), Teller(tone=5)
    async with Session(says(Cached(broken).or_else(Cached(other)))) as session:
        assert (await session.say("one two three.")).error is None
    assert (broken.asked, other.asked) == (["one two three."], ["two three."])


async def test_a_voice_that_forgets_its_last_chunk_fails_and_is_not_asked_for_ever(autojump_clock: MockClock) -> None:
    """The error says what is missing."""

    class Mute(Teller):
        async def run(self, ports: Ports) -> None:
            async for _ in ports[self.phrases]:
                pass

    with pytest.raises(NodeFailed, match="without a last chunk"):
        await chunks(Cached(Mute()), "one")


async def test_what_was_wanted_least_recently_is_forgotten(autojump_clock: MockClock) -> None:
    """Half a second holds five words; what is longer is said, and not kept."""
    teller = Teller()
    cached = Cached(teller, seconds=0.5)
    for text in ("a b", "c d", "a b", "e f", "a b", "c d", "1 2 3 4 5 6", "c d"):
        await chunks(cached, text)
    assert teller.asked == ["a b", "c d", "e f", "c d", "1 2 3 4 5 6"]


async def test_phrases_without_sound_do_not_pile_up(autojump_clock: MockClock) -> None:
    """Each weighs a millisecond."""
    cached = Cached(Teller(), seconds=0.005)
    for count in range(20):
        await chunks(cached, " " * count)
    assert len(cached.cache) == 5


# Several at a time


async def listen(cached: Cached, text: str, into: list[tuple[float, int]], after: float = 0.0) -> None:
    await trio.sleep(after)
    for at, chunk in await chunks(cached, text):
        into.append((round(after + at, 6), len(chunk.samples)))


async def test_who_comes_later_hears_it_from_the_beginning(autojump_clock: MockClock) -> None:
    """What there is at once, and the rest as it is made; it is made once. Calls share the cache."""
    teller, cache = Teller(), PhraseCache()
    first, second = list[tuple[float, int]](), list[tuple[float, int]]()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen, Cached(teller, cache=cache), "one two three", first)
        nursery.start_soon(listen, Cached(teller, cache=cache), "one two three", second, 0.5)
    assert first == [(0.2, 800), (0.4, 800), (0.6, 800)]
    assert second == [(0.5, 800), (0.5, 800), (0.6, 800)]
    assert teller.asked == ["one two three"]
    assert (cache.misses, cache.joined, cache.hits) == (1, 1, 0)


async def test_who_asked_first_may_leave(autojump_clock: MockClock) -> None:
    """In one session, whose turns come and go, the synthesis goes on for the other; the last to leave ends it."""
    teller = Teller()
    cached = Cached(teller)
    turns = [trio.CancelScope() for _ in range(3)]
    heard = [list[float](), list[float](), list[float]()]

    async def turn(n: int, ports: Ports) -> None:
        async def note(chunk: Spoken) -> None:
            heard[n].append(round(trio.current_time(), 6))

        with turns[n]:
            await cached._say(Phrase("one two three four"), ports, note)  # pyright: ignore[reportPrivateUsage]

    async def run(node: Node, ports: Ports) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(turn, 0, ports)
            await trio.sleep(0.1)
            nursery.start_soon(turn, 1, ports)
            await trio.sleep(0.2)
            turns[0].cancel()
            await trio.sleep(0.2)
            nursery.start_soon(turn, 2, ports)
            await trio.sleep(0.0)
            turns[1].cancel()
            await trio.sleep(0.2)
            turns[2].cancel()

    await drive(cached, {}, run=run)
    assert heard == [[0.2], [0.2, 0.4], [0.5, 0.5, 0.6]]
    assert (teller.asked, teller.ended) == (["one two three four"], ["cancelled"])
    assert (len(cached.cache), cached.cache.making) == (0, {})


async def test_who_loses_the_call_that_made_it_makes_it_again(autojump_clock: MockClock) -> None:
    """The session that synthesised is left: the other one goes on behind what it has heard."""
    teller, cache = Teller(), PhraseCache()
    heard = list[tuple[float, int]]()
    async with trio.open_nursery() as nursery:

        async def hang_up() -> None:
            with trio.move_on_after(0.5):
                await chunks(Cached(teller, cache=cache), "one two three")

        nursery.start_soon(hang_up)
        nursery.start_soon(listen, Cached(teller, cache=cache), "one two three", heard, 0.1)
    assert teller.asked == ["one two three"] * 2
    assert heard == [(0.2, 800), (0.4, 800), (1.1, 800)]
    assert len(cache) == 1


async def test_an_error_is_everybodys(autojump_clock: MockClock) -> None:
    """Each of those who listen is told."""
    teller, cache = Teller(fails=(1,), retryable=False), PhraseCache()
    errors: list[str] = []

    async def one() -> None:
        try:
            await chunks(Cached(teller, cache=cache), "one two three")
        except NodeFailed as error:
            errors.append(str(error.__cause__))

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(one)
    assert errors == ["ProviderError: the voice is hoarse"] * 3
    assert len(teller.asked) == 1


# Before a call


async def test_phrases_can_be_made_before_a_call(autojump_clock: MockClock) -> None:
    """With their progress; what is there already costs nothing, and the call needs no voice for them."""
    teller, told = Teller(), list[tuple[int, int, float]]()
    cached = Cached(teller)

    def tell(done: int, of: int) -> None:
        told.append((done, of, round(trio.current_time(), 6)))

    await cached.preload(["one two.", Phrase("three."), "one two."], progress=tell)
    assert told == [(1, 3, 0.4), (2, 3, 0.6), (3, 3, 0.6)]
    async with Session(says(cached)) as session:
        assert (await session.say("one two.")).heard == "one two."
        await cached.preload(["four."], progress=tell)
    assert teller.asked == ["one two.", "three.", "four."]
    assert told[3] == (1, 1, 1.0)


async def test_an_error_before_a_call_is_the_callers(autojump_clock: MockClock) -> None:
    """As the voice's."""
    with pytest.raises(ProviderError, match="hoarse"):
        await Cached(Teller(fails=(1,))).preload(["one two"])


# On disk


def entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def test_files_outlive_the_process(autojump_clock: MockClock, tmp_path: Path) -> None:
    """Another cache finds them; their names say nothing, and neither does what is in them."""
    folder = tmp_path / "phrases"
    first, second = Teller(), Teller()
    made = await chunks(Cached(first, folder=str(folder)), "my secret words", "../../etc/passwd \0")
    cached = Cached(second, folder=str(folder))
    assert [chunk for _, chunk in await chunks(cached, "my secret words", "../../etc/passwd \0")] == [
        chunk for _, chunk in made
    ]
    assert (first.asked, second.asked) == (["my secret words", "../../etc/passwd \0"], [])
    assert (cached.cache.hits, cached.cache.misses) == (2, 0)
    files = entries(folder)
    assert [(len(file.stem), file.suffix) for file in files] == [(64, ".phrase")] * 2
    assert not any(b"secret" in file.read_bytes() for file in files)


async def test_a_damaged_file_is_a_miss_and_is_counted(autojump_clock: MockClock, tmp_path: Path) -> None:
    """It is made again, and written again."""
    await chunks(Cached(Teller(), folder=str(tmp_path)), "one two")
    (file,) = entries(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    cached = Cached(Teller(), folder=str(tmp_path))
    assert len(await chunks(cached, "one two")) == 2
    assert (cached.cache.corrupt, cached.cache.misses) == (1, 1)
    assert file.read_bytes() == whole


def test_a_write_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither half a file, nor the beginning of one under another name; that it failed is counted."""

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    cache = PhraseCache(folder=str(tmp_path))
    cache.store("key", Synthesis(()))
    assert (list(tmp_path.iterdir()), cache.unwritten) == ([], 1)


async def test_a_folder_that_cannot_be_written_disturbs_nobody(autojump_clock: MockClock, tmp_path: Path) -> None:
    """The phrase is in memory."""
    (tmp_path / "file").write_text("no folder")
    cached = Cached(Teller(), folder=str(tmp_path / "file"))
    await chunks(cached, "one two")
    assert len(await chunks(cached, "one two")) == 2
    assert (cached.cache.unwritten, cached.cache.hits) == (1, 1)


def test_the_folder_is_bounded(tmp_path: Path) -> None:
    """What was not wanted for the longest time is removed."""
    spoken = Spoken(np.zeros(1000, np.int16), RATE, Phrase(""), True)
    cache = PhraseCache(folder=str(tmp_path), folder_bytes=7000)
    for n, key in enumerate("abcd"):
        cache.store(key, Synthesis((spoken,)))
        path = tmp_path / f"{key}.phrase"
        if path.exists():
            os.utime(path, (n, n))
        if key == "b":
            assert cache.load("a") is not None  # wanted now
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["a", "c", "d"]


# Settings


def test_a_graph_with_a_cache_can_be_written_down() -> None:
    """The voice is a setting of it."""
    data = to_json(says(Cached(Teller(tone=7), seconds=9.0, folder="phrases")))
    assert to_json(from_json(data)) == data


@attrs.define(eq=False)
class Recited(Teller):
    lines: Any = None


def test_what_is_no_voice_is_refused() -> None:
    """With what it is; so is one whose settings cannot be told."""
    with pytest.raises(GraphError, match="from text"):
        Cached(Chunker())
    with pytest.raises(GraphError, match="no plain value"):
        Cached(Recited(lines=object()))
    with pytest.raises(ValueError, match="seconds"):
        Cached(Teller(), seconds=0)
    with pytest.raises(ValueError, match="bounded"):
        PhraseCache(None)
    with pytest.raises(ValueError, match="bytes"):
        PhraseCache(bytes=0)


class Bare(Node):
    """A voice that is no attrs class."""

    phrases = In(Phrase)
    spoken = Out(Spoken)
    lifetime = "turn"


async def test_a_voice_with_fallbacks_of_its_own_is_refused(autojump_clock: MockClock) -> None:
    """One would not know whose phrase was kept."""
    with pytest.raises(GraphError, match="no attrs class"):
        Cached(Bare())
    with pytest.raises(GraphError, match="stands around the cache"):
        await Cached(Teller().or_else(Teller())).preload(["one"])


async def test_a_cache_by_bytes(autojump_clock: MockClock) -> None:
    """Two words of 1,600 bytes each, and what they cost besides."""
    cache = PhraseCache(None, bytes=4000)
    for text in ("one", "two", "three"):
        await chunks(Cached(Teller(), cache=cache), text)
    assert len(cache) == 2


async def test_a_cached_voice_keeps_the_contract_of_a_voice(autojump_clock: MockClock) -> None:
    """As without the cache, empty and full, each node alone or all with one."""
    cache = PhraseCache()
    await check_tts(lambda: Cached(Spelling()))
    await check_tts(lambda: Cached(Spelling(), cache=cache))
    await check_tts(lambda: Cached(Spelling(), cache=cache))


@attrs.define(eq=False)
class Spelling(Voice):
    """Says nothing for no text."""

    async def say(self, ports: Ports, phrase: Phrase, share: float) -> None:
        if phrase.text:
            await super().say(ports, phrase, share)
        else:
            await ports[self.spoken].send(Spoken(np.zeros(0, np.int16), self.rate, phrase, True))


def test_text_is_no_phrase() -> None:
    """A chunker stands before a voice."""
    assert Cached.inlets()["phrases"].kind is not Text
