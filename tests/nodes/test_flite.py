from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any, cast

import attrs
import numpy as np
import pytest
import trio
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from parts import LIBFLITE
from said import UNREADABLE, check_pieces, chunks_of, cut_off, ended, said, sound

from voiceflow import Frame, Phrase, ProviderError, Spoken
from voiceflow._executor import InlineExecutor, ThreadExecutor
from voiceflow.nodes._flite import load, speak
from voiceflow.nodes.flite import PIECE, RATE, Flite, available, pieces, readable
from voiceflow.testing import check_tts
from voiceflow.testing.drive import Driven, drive

needs_flite = LIBFLITE.mark

STORY = "Once upon a time there was a little dog. " * 6


async def say(*texts: str, **setting: Any) -> list[Spoken]:
    return await said(Flite(**setting), *texts)


@needs_flite
@pytest.mark.slow
async def test_keeps_the_contract_of_a_voice() -> None:
    """As every text-to-speech node does."""
    await check_tts(Flite)


@needs_flite
@pytest.mark.parametrize("voice", ["slt", "rms", "awb", "kal16"])
async def test_each_phrase_is_spoken_in_chunks_and_ends_once(voice: str) -> None:
    """Chunks of about 40 ms at 16 kHz carry their phrase; the last of each, and only that, says so."""
    chunks = await say("Hello there.", "How are you?", voice=voice)
    assert ended(chunks) == ["Hello there.", "How are you?"]
    assert {chunk.rate for chunk in chunks} == {RATE}
    assert max(len(chunk.samples) for chunk in chunks) <= 0.07 * RATE
    for text in ("Hello there.", "How are you?"):
        of_phrase = [chunk for chunk in chunks if chunk.phrase.text == text]
        assert [chunk.last for chunk in of_phrase] == [False] * (len(of_phrase) - 1) + [True]
        assert 0.4 < len(sound(of_phrase)) / RATE < 1.6
        assert np.abs(sound(of_phrase)).max() > 3000


@needs_flite
@pytest.mark.parametrize("voice", ["slt", "kal16"])
async def test_word_beginnings_are_known_with_the_first_chunk(voice: str) -> None:
    """Each has the characters of a word without the marks around it, and a sample, in order."""
    text = "Well, the \u201cwell-known\u201d na\u00efve caf\u00e9\u2026 costs $5.20 (or so). It ends!"
    chunks = await say(text, voice=voice)
    words = chunks[0].words
    assert sum(len(chunk.words) for chunk in chunks) == len(words)
    assert [text[word.start : word.end] for word in words] == [
        "Well", "the", "well-known", "na\u00efve", "caf\u00e9", "costs", "$5.20", "or", "so", "It", "ends",
    ]  # fmt: skip
    places = [word.sample for word in words]
    assert places == sorted(set(places))
    assert places[-1] < len(sound(chunks))


@needs_flite
async def test_a_word_begins_where_it_sounds() -> None:
    """After a long pause, the sound comes back within 50 ms of the word's beginning."""
    chunks = await say("Yes. Ten.")
    start = chunks[0].words[1].sample
    audio = np.abs(sound(chunks).astype(np.int32))
    assert audio[start - 1600 : start - 400].max() < 1000 < audio[start - 400 : start + 1600].max()


@needs_flite
@pytest.mark.parametrize("text", UNREADABLE)
async def test_a_phrase_without_a_readable_character_ends_in_silence(text: str) -> None:
    """One empty last chunk comes, and the next phrase is spoken."""
    chunks = await say(text, "Go on.")
    assert ended(chunks) == [text, "Go on."]
    assert [len(chunk.samples) for chunk in chunks if chunk.phrase.text == text] == [0]


@needs_flite
async def test_markup_is_read_as_it_stands() -> None:
    """SSML has no power here."""
    plain = len(sound(await say("hello")))
    assert len(sound(await say("<break time='9s'/> hello"))) > plain
    assert len(sound(await say("<speak>hello</speak>"))) > plain


@needs_flite
async def test_speed_stretches_the_whole() -> None:
    """Twice the speed takes half the time."""
    usual, fast = sound(await say("We were away.")), sound(await say("We were away.", speed=2.0))
    assert len(fast) == pytest.approx(len(usual) / 2, rel=0.1)


@needs_flite
async def test_a_long_phrase_is_spoken_in_pieces_with_its_words_in_place() -> None:
    """The words of every piece count from the start of the phrase."""
    text = "one two three four five six seven eight nine ten " * 8
    assert len(text) > PIECE
    chunks = await say(text, voice="kal16")
    words = [word for chunk in chunks for word in chunk.words]
    assert [text[word.start : word.end] for word in words] == text.split()
    places = [word.sample for word in words]
    assert places == sorted(set(places))
    assert [chunk.last for chunk in chunks].count(True) == 1


@attrs.define(eq=False)
class Watched(ThreadExecutor):
    """Counts what threads hand on, and knows when one has ended."""

    answers: list[bool] = attrs.Factory(list[bool])
    ended: threading.Event = attrs.Factory(threading.Event)

    async def compute(self, fn: Callable[..., Any], *args: Any, model: str, width: int = 1) -> Any:
        def work() -> Any:
            if model != "flite":
                return fn(*args)
            try:
                return fn(*args[:-1], self.watched(args[-1]))
            finally:
                self.ended.set()

        return await super().compute(work, model=model, width=width)

    def watched(self, hand_on: Callable[..., bool]) -> Callable[..., bool]:
        def watch(*chunk: Any) -> bool:
            self.answers.append(hand_on(*chunk))
            return self.answers[-1]

        return watch


@needs_flite
async def test_a_cancelled_turn_leaves_nothing_to_the_next() -> None:
    """Its thread stops at its next chunk, and is heard no more."""
    node, executor = Flite(), Watched()
    await cut_off(node, STORY, executor)
    await trio.to_thread.run_sync(executor.ended.wait)
    assert executor.answers.count(False) == 1
    assert not executor.answers[-1]
    again = await said(node, "Hello.")
    assert {chunk.phrase.text for chunk in again} == {"Hello."}
    assert [chunk.last for chunk in again].count(True) == 1


@needs_flite
def test_synthesis_stops_where_it_is_told_to() -> None:
    """What hands on says after which chunk it is enough."""
    counts: list[int] = []

    def hand_on(samples: object, rate: int, words: object) -> bool:
        counts.append(rate)
        return len(counts) < 3

    speak("slt", STORY.encode(), 1.0, hand_on)
    assert counts == [RATE] * 3


@needs_flite
def test_under_a_virtual_clock_a_phrase_takes_the_time_that_is_stated() -> None:
    """It is synthesised inline, to the same samples in number."""

    async def main() -> tuple[Driven, float]:
        executor = InlineExecutor({"flite": 0.25})
        driven = await drive(Flite(voice="kal16"), {"phrases": [Phrase("One."), Phrase("Two.")]}, executor=executor)
        return driven, trio.current_time()

    clock = trio.testing.MockClock(autojump_threshold=0)
    driven, _ = trio.run(main, clock=clock)
    assert sorted({at for at, _ in driven.timed["spoken"]}) == [0.25, 0.5]
    real = trio.run(lambda: say("One.", "Two.", voice="kal16"))
    assert len(sound(chunks_of(driven))) == len(sound(real))


@needs_flite
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.one_of(st.characters(), st.sampled_from("aB1 $%.,'\"-<>&")), max_size=40), max_size=5))
@example(["%", "$", "1e9", "#!", "a" * 200, "$1,2,3.4.5", "(((", "'", "-1/2", "IIII", "\x7f", "3:61pm", "&&&;"])
def test_any_text_is_survived(texts: list[str]) -> None:
    """Whatever characters come, each phrase ends exactly once, in order, with words inside its text."""
    chunks = trio.run(lambda: say(*texts, voice="kal16"))
    assert ended(chunks) == texts
    for chunk in chunks:
        assert all(0 <= word.start < word.end <= len(chunk.phrase.text) for word in chunk.words)


@given(st.text(max_size=800))
def test_readable_text_is_ascii_and_knows_where_it_came_from(text: str) -> None:
    """Places grow, lie inside the text, and an ASCII character stays where it is."""
    plain, places = readable(text)
    assert plain.isascii()
    assert len(plain) == len(places)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)
    printable = [index for index, character in enumerate(text) if character.isascii() and character.isprintable()]
    assert [text[place] for place, made in zip(places, plain, strict=True) if text[place] == made and made != " "] == [
        text[index] for index in printable if text[index] != " "
    ]


@given(st.text("ab ,.", max_size=2000))
def test_pieces_cover_all_that_sounds(text: str) -> None:
    """None is longer than `PIECE`, they do not overlap, and only what has no letter is left out."""
    check_pieces(pieces, PIECE, text)


async def test_a_missing_library_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the session starts, and not to be tried again."""

    def missing(file: str) -> None:
        raise OSError(file)

    monkeypatch.setattr(ctypes, "CDLL", missing)
    monkeypatch.setattr("voiceflow.nodes.flite.load", load.__wrapped__)
    with pytest.raises(ProviderError, match=r"libflite.so.1.*apt-get install flite") as error:
        await drive(Flite(), {"phrases": cast(list[Frame | float], [])})
    assert not error.value.retryable
    assert not available()


@pytest.mark.parametrize(("setting", "value"), [("voice", "bob"), ("speed", 0.1), ("speed", 2.5)])
def test_a_wrong_setting_is_told_at_once(setting: str, value: object) -> None:
    """The error names the setting."""
    with pytest.raises(ValueError, match=setting):
        Flite(**cast(Any, {setting: value}))
