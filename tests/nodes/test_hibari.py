from __future__ import annotations

import subprocess
import sys
from functools import partial
from importlib import import_module
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pytest
import trio.testing
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from parts import HIBARI
from said import UNREADABLE, check_pieces, chunks_of, cut_off, ended, said, sound, words

from voiceflow import Frame, Phrase, ProviderError, Spoken
from voiceflow._executor import InlineExecutor
from voiceflow.models import locate
from voiceflow.nodes import _hibari
from voiceflow.nodes._hibari import CHUNK, FRAME, GAIN, KNEE, RATE, bent, load
from voiceflow.nodes._hibari_text import PIECE, pieces, readable, spelt
from voiceflow.nodes.hibari import AHEAD, Hibari, available
from voiceflow.onnx import network
from voiceflow.testing import check_tts
from voiceflow.testing.drive import drive

pytestmark = pytest.mark.shares_model
needs_hibari = HIBARI.mark

STORY = "Once upon a time there was a little dog. " * 12


async def say(*texts: str, **setting: Any) -> list[Spoken]:
    return await said(Hibari(**setting), *texts)


@needs_hibari
@pytest.mark.slow
async def test_keeps_the_contract_of_a_voice() -> None:
    """As every text-to-speech node does."""
    await check_tts(Hibari)


@needs_hibari
async def test_each_phrase_is_spoken_in_chunks_and_ends_once() -> None:
    """Chunks of at most 100 ms at 24 kHz carry their phrase; the last of each, and only that, says so."""
    chunks = await say("Hello there.", "How are you?")
    assert ended(chunks) == ["Hello there.", "How are you?"]
    assert {chunk.rate for chunk in chunks} == {RATE}
    assert max(len(chunk.samples) for chunk in chunks) == CHUNK * FRAME == 0.1 * RATE
    for text in ("Hello there.", "How are you?"):
        of_phrase = [chunk for chunk in chunks if chunk.phrase.text == text]
        assert [chunk.last for chunk in of_phrase] == [False] * (len(of_phrase) - 1) + [True]
        assert 0.6 < len(sound(of_phrase)) / RATE < 1.6
        assert 8000 < np.abs(sound(of_phrase).astype(np.int32)).max() < 32000


@needs_hibari
async def test_word_beginnings_are_known_with_the_first_chunk() -> None:
    """Each has the characters of a word without the marks around it, and a sample, in order."""
    text = "Well, the \u201cwell-known\u201d na\u00efve caf\u00e9\u2026 costs $5.20 (or so). It ends!"
    chunks = await say(text)
    assert words(chunks) == words(chunks[:1]) == [
        "Well", "the", "well-known", "na\u00efve", "caf\u00e9", "costs", "$5.20", "or", "so", "It", "ends",
    ]  # fmt: skip
    places = [word.sample for word in chunks[0].words]
    assert places == sorted(set(places))
    assert places[-1] < len(sound(chunks))


@needs_hibari
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On Jan. 5th at 9:30am, Dr. Smith came.", ["On", "Jan", "5th", "at", "9:30am", "Dr", "Smith", "came"]),
        ("Call 555-123-4567 now.", ["Call", "555-123-4567", "now"]),
        ("It is 5 km \U0001f642 away.", ["It", "is", "5", "km", "away"]),
        ("It cost $3.2 billion \u2014 twice.", ["It", "cost", "$3.2", "billion", "twice"]),
    ],
)
async def test_words_that_are_read_as_others_keep_their_place(text: str, expected: list[str]) -> None:
    """A date, a time, a number or a unit begins where the first word read for it does."""
    assert words(await say(text)) == expected


@needs_hibari
async def test_a_word_begins_where_it_sounds() -> None:
    """After a pause, the sound comes back within 50 ms of the word's beginning."""
    chunks = await say("Good morning. Ten people came.")
    start = chunks[0].words[2].sample
    audio = np.abs(sound(chunks).astype(np.int32))
    assert audio[start - 2400 : start - 1200].max() < 1000 < audio[start - 1200 : start + 1200].max()


@needs_hibari
async def test_speech_begins_at_once() -> None:
    """Not after the third of a second for which the voice breathes in."""
    chunks = await say("How do you do?")
    assert chunks[0].words[0].sample == 0.025 * RATE
    assert 0.01 * RATE < np.flatnonzero(np.abs(sound(chunks)) > 500)[0] < 0.1 * RATE


@needs_hibari
@pytest.mark.parametrize("text", UNREADABLE)
async def test_a_phrase_without_a_readable_character_ends_in_silence(text: str) -> None:
    """One empty last chunk comes, and the next phrase is spoken."""
    chunks = await say(text, "Go on.")
    assert ended(chunks) == [text, "Go on."]
    assert [len(chunk.samples) for chunk in chunks if chunk.phrase.text == text] == [0]


@needs_hibari
async def test_markup_is_read_as_it_stands() -> None:
    """Neither SSML nor Hibari's own [word](/phonemes/) has power here."""
    plain = len(sound(await say("hello")))
    assert len(sound(await say("<break time='9s'/> hello"))) > plain
    assert words(await say("[hello](/b/) you")) == ["hello](/b", "you"]
    assert len(sound(await say("[hello](/b/)"))) > plain


@needs_hibari
async def test_the_same_text_gives_the_same_samples() -> None:
    """The noise in it is that of the seed, also on another run and behind another phrase."""
    first, again = await say("She sells sea shells."), await say("Oh.", "She sells sea shells.")
    other = await say("She sells sea shells.", seed=1)
    assert np.array_equal(sound(first), sound([c for c in again if c.phrase.text == "She sells sea shells."]))
    assert not np.array_equal(sound(first), sound(other))


@needs_hibari
async def test_speed_stretches_the_whole() -> None:
    """Twice the speed takes about half the time."""
    usual, fast = sound(await say("We were away for years.")), sound(await say("We were away for years.", speed=2.0))
    assert len(fast) == pytest.approx(len(usual) / 2, rel=0.25)


@needs_hibari
def test_chunks_are_together_what_hibari_makes_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """To a thousandth of full scale: the window of a frame reaches over its neighbours, also at an edge of chunks."""
    dsp = cast(Any, import_module("hibari.dsp"))
    seen: list[Any] = []
    real = _hibari._chunks  # pyright: ignore[reportPrivateUsage]

    def watched(dsp_: Any, parts: list[NDArray[np.float32]], skipped: int, noise: Any) -> Any:
        parts[2] = np.full_like(parts[2], -50)  # no noise: that is drawn in another order
        seen.append((parts, skipped))
        return real(dsp_, parts, skipped, noise)

    monkeypatch.setattr(_hibari, "_chunks", watched)
    made = np.concatenate(list(load(None).speak("It is a long way to the other end of the town.", 1.0, 0).chunks))
    ((parts, skipped),) = seen
    whole = dsp.synth(*parts, np.random.default_rng(0))[skipped * FRAME :]
    assert len(made) == len(whole) > 2 * RATE
    assert np.abs(made / 32767 - whole * GAIN).max() < 1e-3


def test_nothing_is_clipped() -> None:
    """What is louder than the knee is bent, and stays louder than what was less loud."""
    ramp = np.linspace(-1.6, 1.6, 321, dtype=np.float32)
    made = bent(ramp)
    assert np.array_equal(made[np.abs(ramp) <= KNEE], ramp[np.abs(ramp) <= KNEE])
    assert (np.diff(made) > 0).all()
    assert np.abs(made).max() < 1


@needs_hibari
async def test_a_long_phrase_is_spoken_in_pieces_with_its_words_in_place() -> None:
    """The words of every piece count from the start of the phrase."""
    text = "one two three four five six seven eight nine ten " * 4
    assert len(text) > PIECE
    chunks = await say(text)
    assert words(chunks) == text.split()
    places = [word.sample for chunk in chunks for word in chunk.words]
    assert places == sorted(set(places))
    assert [chunk.last for chunk in chunks].count(True) == 1


@needs_hibari
async def test_little_runs_ahead_of_what_leaves(autojump_clock: trio.testing.MockClock) -> None:
    """With room for 0.3 s, half a second more is made at most, of one piece."""
    asked: list[str] = []

    class Counted(InlineExecutor):
        async def compute(self, fn: Any, *args: Any, model: str, width: int = 1) -> Any:
            asked.append(fn.__name__)
            return await super().compute(fn, *args, model=model, width=width)

    with trio.move_on_after(0.5):
        await drive(Hibari(), {"phrases": [Phrase(STORY)]}, executor=Counted(), room=0.3, collect=False)
    assert asked.count("speak") == 1
    assert 3 + AHEAD <= asked.count("chunk") <= 5 + AHEAD


@needs_hibari
async def test_a_cancelled_turn_leaves_nothing_to_the_next() -> None:
    """It is heard no more."""
    node = Hibari()
    await cut_off(node, STORY)
    again = await said(node, "Hello.")
    assert {chunk.phrase.text for chunk in again} == {"Hello."}
    assert [chunk.last for chunk in again].count(True) == 1


@needs_hibari
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.one_of(st.characters(), st.sampled_from("aB1 $%.,'\"-<>&[]()/")), max_size=40), max_size=4))
@example(["%", "$", "1e9", "#!", "a" * 200, "$1,2,3.4.5", "(((", "'", "-1/2", "IIII", "\x7f", "3:61pm", "&&&;"])
@example(["9" * 40, "1,000,000,000,000,000,000,000,000,000,000,000,000,000", "0." + "3" * 30, "\u00bd\u00b2\u2167"])
def test_any_text_is_survived(texts: list[str]) -> None:
    """Whatever characters come, each phrase ends exactly once, in order, with words inside its text."""
    executor = InlineExecutor()
    phrases: list[Frame | float] = [Phrase(text) for text in texts]
    chunks = chunks_of(trio.run(lambda: drive(Hibari(speed=2.0), {"phrases": phrases}, executor=executor)))
    assert ended(chunks) == texts
    for chunk in chunks:
        assert all(0 <= word.start < word.end <= len(chunk.phrase.text) for word in chunk.words)


@given(st.text(max_size=300))
@example("8" * 20 + ".5")
def test_readable_text_knows_where_it_came_from(text: str) -> None:
    """Places grow and lie inside the text, and a letter of English stays what and where it is."""
    plain, places = readable(text)
    assert len(plain) == len(places)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)
    for place, character in enumerate(text):
        if character.isascii() and character.isalnum():
            assert plain[places.index(place)] == character


def test_a_number_that_hibari_has_no_words_for_is_read_digit_by_digit() -> None:
    """From 16 digits on."""
    assert readable("1234567890123456 a")[0] == "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6  a"
    assert readable("123456789012345 a")[0] == "123456789012345 a"


@given(st.text("ab ,.", max_size=1000))
def test_pieces_cover_all_that_sounds(text: str) -> None:
    """None is longer than `PIECE`, they do not overlap, and only what has no letter is left out."""
    check_pieces(pieces, PIECE, text)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("It is so, and so. " * 4 + "and so on " * 9, "It is so, and so. " * 4),
        ("It is so, " * 8 + "and so on " * 9, "It is so, " * 8),
        ("and so on " * 20, "and so on " * 15),
        ("a" * 200, "a" * PIECE),
        ("Oh. " + "and so on " * 20, "Oh. " + "and so on " * 14 + "and "),
    ],
)
def test_a_piece_ends_where_a_speaker_would_breathe(text: str, cut: str) -> None:
    """Behind a sentence, else behind a clause, else behind a word; but not so early that little is said."""
    assert text[slice(*pieces(text)[0])] == cut


@given(st.text("ab5 .", max_size=40), st.text("ab5 .", max_size=40))
def test_every_word_is_one_word_of_the_text_at_most(text: str, read: str) -> None:
    """Both sides go on from left to right, and nothing stands for two."""
    found = list(spelt(text, read))
    for side in (0, 1):
        assert all(before[side][1] <= after[side][0] for before, after in pairwise(found))
    assert all(0 <= a < b <= len(text) and 0 <= c < d <= len(read.split()) for (a, b), (c, d) in found)


def test_its_libraries_are_loaded_when_it_is_opened() -> None:
    """Not by the import of the node."""
    code = "import sys, voiceflow.nodes.hibari; print([m for m in ('hibari', 'onnxruntime') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


async def test_a_missing_voice_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """Before the session starts, and not to be tried again."""
    monkeypatch.setattr("voiceflow.nodes.hibari.load", load.__wrapped__)
    with pytest.raises(ProviderError, match=r"(?s)hibari-heart.*Give the path that has it, or none") as error:
        await drive(Hibari(model=str(tmp_path / "none.onnx")), {"phrases": cast(list[Frame | float], [])})
    assert not error.value.retryable


@needs_hibari
def test_it_is_available_where_its_voice_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the package; a package of another that is called hibari has none."""
    assert available()
    monkeypatch.setattr("voiceflow.nodes.hibari.locate", partial(locate, path="/nowhere"))
    assert not available()


@needs_hibari
def test_a_network_that_does_not_plan_its_words_is_refused() -> None:
    """Another release may name what is inside it otherwise."""
    with pytest.raises(ProviderError, match=r"hibari\.onnx is not a network .* models fetch hibari-heart") as error:
        network(str(locate("hibari-heart")), ("ids", "speed"), "Hibari", "hibari-heart", inner=("/Nothing",))
    assert not error.value.retryable


@pytest.mark.parametrize(("setting", "value"), [("seed", -1), ("seed", 0.5), ("speed", 0.1), ("speed", 2.5)])
def test_a_wrong_setting_is_told_at_once(setting: str, value: object) -> None:
    """The error names the setting."""
    with pytest.raises((ValueError, TypeError), match=setting):
        Hibari(**cast(Any, {setting: value}))
