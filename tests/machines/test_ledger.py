from __future__ import annotations

import gc
import time

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voiceflow.frames import Phrase, Spoken, WordStart
from voiceflow.machines.ledger import PACE, Ledger

RATE = 1_000


def spoken(
    phrase: Phrase | str, samples: int, last: bool = False, words: tuple[WordStart, ...] = (), rate: int = RATE
) -> Spoken:
    phrase = Phrase(phrase) if isinstance(phrase, str) else phrase
    return Spoken(np.zeros(samples, np.int16), rate, phrase, last, words)


def words_of(text: str, *samples: int) -> tuple[WordStart, ...]:
    """The words between spaces, beginning at those samples."""
    found, at = list[WordStart](), 0
    for word, sample in zip(text.split(), samples, strict=True):
        at = text.index(word, at)
        found.append(WordStart(at, at + len(word.rstrip(",.")), sample))
        at += len(word)
    return tuple(found)


@st.composite
def phrases(draw: st.DrawFn) -> list[Spoken]:
    """The chunks of one phrase, with or without words, or spans."""
    text = draw(st.text(st.sampled_from("ab .,\u00e9\u4f60\u3002\u200d\U0001f642\n"), max_size=30))
    length = len(text)
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=4)) | {0})
    spans = tuple((cut, 3 * cut, draw(st.integers(0, 3))) for cut in cuts) if draw(st.booleans()) else ()
    chunks = draw(st.lists(st.integers(0, 40), min_size=1, max_size=5))
    total = sum(chunks)
    words = list[WordStart]()
    if draw(st.booleans()) and length:
        for at in sorted(draw(st.sets(st.integers(0, length - 1), max_size=4))):
            words.append(WordStart(at, draw(st.integers(at, length)), draw(st.integers(0, total))))
    phrase, frames, begun = Phrase(text, spans), list[Spoken](), 0
    for index, chunk in enumerate(chunks):
        last = index == len(chunks) - 1
        here = tuple(w for w in words if begun <= w.sample < begun + chunk or (last and w.sample >= begun))
        frames.append(spoken(phrase, chunk, last, here))
        begun += chunk
    return frames


REPLIES = st.lists(phrases(), max_size=5)


def ledger_of(chunks: list[Spoken]) -> Ledger:
    ledger = Ledger(RATE)
    for chunk in chunks:
        ledger.add(chunk)
    return ledger


@given(REPLIES, st.data())
def test_heard_is_a_growing_prefix_of_what_was_said(reply: list[list[Spoken]], data: st.DataObject) -> None:
    """At any state of the ledger: a prefix, monotone in the position, and nothing before the first sample."""
    chunks = [chunk for phrase in reply for chunk in phrase]
    ledger = ledger_of(chunks[: data.draw(st.integers(0, len(chunks)))])
    heard = [ledger.heard(position) for position in range(-1, ledger.samples + 3)]
    assert heard[0] == heard[1] == ""
    for before, after in zip(heard, [*heard[1:], ledger.said], strict=True):
        assert after.startswith(before)
    ends = [ledger.heard_span(position)[1] for position in range(-1, ledger.samples + 3)]
    assert ends == sorted(ends) or any(chunk.phrase.spans for chunk in chunks)


@given(REPLIES)
def test_all_is_heard_at_the_end(reply: list[list[Spoken]]) -> None:
    """When every sample has sounded, everything that was said was heard, down to its last space."""
    ledger = ledger_of([chunk for phrase in reply for chunk in phrase])
    for position in (ledger.samples, ledger.samples + 100):
        assert ledger.heard(position) == (ledger.said if ledger.samples else "")


@given(REPLIES)
def test_at_a_phrase_border_exactly_the_phrases_before_it_were_heard(reply: list[list[Spoken]]) -> None:
    """Neither the voice's words nor any pace has a say there."""
    whole = ledger_of([chunk for phrase in reply for chunk in phrase])
    part = Ledger(RATE)
    for index, phrase in enumerate(reply):
        for chunk in phrase:
            part.add(chunk)
        silent = [sum(len(chunk.samples) for chunk in later) == 0 for later in reply[index + 1 :]]
        if part.samples and not any(silent[:1]):
            assert whole.heard(part.samples) == part.said


@given(REPLIES)
@example([[spoken(Phrase("a", ((0, 0, 0), (1, 3, 0))), 0, True)], [spoken(Phrase("a", ((0, 3, 0),)), 2, True)]])
def test_what_is_cut_is_cut_at_a_word(reply: list[list[Spoken]]) -> None:
    """Without word beginnings, no word that is written with letters and spaces is split, but where a phrase ends."""
    bare = [spoken(chunk.phrase, len(chunk.samples), chunk.last) for phrase in reply for chunk in phrase]
    ledger, borders = Ledger(RATE), set[int]()
    for chunk in bare:
        ledger.add(chunk)
        borders.add(len(ledger.said))
    for position in range(ledger.samples):
        heard = ledger.heard(position)
        cut, rest = heard[-1:], ledger.said[len(heard) :][:1]
        inside = cut.isascii() and cut.isalpha() and rest.isascii() and rest.isalpha()
        assert not inside or len(heard) in borders


def test_a_word_counts_as_heard_once_half_of_its_time_has_passed() -> None:
    """Its time runs to the next word, or to the end of the phrase; the comma goes with its word."""
    text = "Well, come in."
    ledger = ledger_of([spoken(text, 100, True, words_of(text, 0, 40, 60))])
    heard = {position: ledger.heard(position) for position in (1, 19, 20, 49, 50, 79, 80, 100)}
    assert heard == {
        1: "", 19: "", 20: "Well,", 49: "Well,", 50: "Well, come", 79: "Well, come", 80: "Well, come in.",
        100: "Well, come in.",
    }  # fmt: skip


def test_words_that_begin_together_are_heard_together() -> None:
    """eSpeak gives "of the" one sound and two beginnings."""
    text = "of the day"
    ledger = ledger_of([spoken(text, 100, True, words_of(text, 0, 0, 40))])
    assert [ledger.heard(position) for position in (1, 19, 20)] == ["", "", "of the"]


def test_the_last_known_word_waits_while_its_end_may_be_far() -> None:
    """Of a word whose end has not come, the end is guessed by the pace, never before what has come already."""
    text = "unbelievable news"
    ledger = ledger_of([spoken(text, 300, False, words_of(text[:12], 0))])
    assert RATE * 12 // PACE == 800
    assert ledger.heard(300) == ""
    ledger.add(spoken(text, 500, False, words_of(text, 0, 600)[1:]))
    assert ledger.heard(299) == ""
    assert ledger.heard(300) == "unbelievable"


def test_without_words_the_text_is_spoken_at_an_even_pace() -> None:
    """Proportional within the phrase, cut back to a word."""
    ledger = ledger_of([spoken("one two three", 130, True)])
    assert [ledger.heard(position) for position in (29, 30, 69, 70, 129, 130)] == [
        "", "one", "one", "one two", "one two", "one two three",
    ]  # fmt: skip


def test_an_unfinished_phrase_is_as_slow_as_those_before_it() -> None:
    """10 characters took 1000 samples, so 20 take 2000, however much has come."""
    ledger = ledger_of([spoken("abcd fghi.", 1000, True), spoken("klmn pqrs uvwx zabc.", 600)])
    assert ledger.heard(1399) == "abcd fghi."
    assert ledger.heard(1400) == "abcd fghi. klmn"
    assert ledger.heard(1600) == "abcd fghi. klmn"


def test_an_unfinished_first_phrase_has_the_stated_pace() -> None:
    """15 characters a second."""
    ledger = ledger_of([spoken("four more words here", 700)])
    assert [ledger.heard(position) for position in (266, 267)] == ["", "four"]


def test_the_last_word_is_not_heard_before_the_end_is_known() -> None:
    """A phrase that takes longer than guessed may still have something to say."""
    ledger = ledger_of([spoken("one two", 5000)])
    assert ledger.heard(5000) == "one"
    ledger.add(spoken("one two", 0, True))
    assert ledger.heard(5000) == "one two"


def test_phrases_are_joined_by_a_space_unless_the_text_has_its_own() -> None:
    """What the LLM wrote together stays together."""
    assert ledger_of([spoken("Hi.", 1, True), spoken("So.", 1, True)]).said == "Hi. So."
    assert ledger_of([spoken("Hi. ", 1, True), spoken("So.", 1, True)]).said == "Hi. So."
    assert ledger_of([spoken("Hi.", 1, True), spoken("", 1, True), spoken("So.", 1, True)]).said == "Hi. So."
    chinese = [Phrase("\u4f60\u597d\u3002", ((0, 0, 3),)), Phrase("\u518d\u89c1\u3002", ((0, 3, 3),))]
    assert ledger_of([spoken(phrase, 1, True) for phrase in chinese]).said == "\u4f60\u597d\u3002\u518d\u89c1\u3002"


def test_a_script_without_spaces_is_cut_between_its_characters() -> None:
    """The full stop goes with the character before it."""
    ledger = ledger_of([spoken("\u4f60\u597d\u3002\u518d\u89c1\u3002", 60, True)])
    assert [len(ledger.heard(position)) for position in (9, 10, 20, 30, 40, 50, 60)] == [0, 1, 1, 3, 4, 4, 6]


def test_the_same_words_twice_are_two_phrases() -> None:
    """The chunk that says last ends a phrase."""
    ledger = ledger_of([spoken("No.", 5, True), spoken("No.", 5, True)])
    assert [ledger.heard(position) for position in (4, 5, 9, 10)] == ["", "No.", "No.", "No. No."]


def test_a_phrase_that_never_ended_is_over_when_the_next_begins() -> None:
    """Its voice failed; another one went on."""
    ledger = ledger_of([spoken("one two", 10), spoken("three", 10, True)])
    assert [ledger.heard(position) for position in (10, 20)] == ["one two", "one two three"]


def test_the_span_is_that_of_the_original_text() -> None:
    """A rewritten piece counts when it is whole; untouched text counts by its characters."""
    # "It is **$5** now." was cleaned and verbalised to "It is five dollars now."
    phrase = Phrase("It is five dollars now.", ((0, 0, 6), (6, 8, 2), (18, 12, 5)))
    ledger = ledger_of([spoken(phrase, 23, True)])
    assert [(position, ledger.heard_span(position)) for position in (0, 3, 11, 18, 23)] == [
        (0, (0, 0)), (3, (0, 2)), (11, (0, 8)), (18, (0, 10)), (23, (0, 17)),
    ]  # fmt: skip


def test_the_span_of_untouched_phrases_is_that_of_the_words_said() -> None:
    """Without spans, the text stands there as it is."""
    ledger = ledger_of([spoken("Hi.", 10, True), spoken("So be it.", 90, True)])
    assert ledger.heard_span(10) == (0, 3)
    assert ledger.heard_span(30) == (0, len("Hi. So"))
    assert ledger.heard_span(100) == (0, len(ledger.said))


def test_samples_may_be_those_of_another_rate() -> None:
    """A resampler stands between the voice and the ear: positions and words count at the ear's rate."""
    ledger = Ledger(1_000)
    ledger.add(spoken("one two", 200, True, words_of("one two", 0, 100), rate=2_000), sent=100)
    assert [ledger.heard(position) for position in (25, 75)] == ["one", "one two"]
    with pytest.raises(ValueError, match=r"2000 Hz, in a ledger at 1000 Hz: say `sent`"):
        ledger.add(spoken("one", 1, rate=2_000))


def test_a_long_reply_costs_a_linear_time() -> None:
    """Ten times the phrases take far less than a hundred times as long, to add and to look up."""

    def cost(count: int) -> float:
        ledger, begun = Ledger(RATE), time.thread_time()
        for index in range(count):
            ledger.add(spoken(f"Phrase {index}.", 10, True))
        assert len(ledger.heard(count * 10)) > count * 10
        assert ledger.heard_span(count * 10)[1] > count * 10
        return time.thread_time() - begun

    gc.disable()  # it would look at all that other tests have left, too
    try:
        assert min(cost(10_000) for _ in range(3)) < 40 * min(cost(1_000) for _ in range(3))
    finally:
        gc.enable()
