"""Cutting a signal into utterances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow.frames import Audio, Samples, Speech
from voiceflow.machines.utterances import Begin, End, Lull, Part, Resumed, Segmentation, Utterances, Voice

RATE = 1000  # a sample is a millisecond


def tone(count: int, level: int = 8000) -> Samples:
    return np.array([level, -level] * (count // 2), np.int16)


def signal(*stretches: tuple[int, int]) -> Samples:
    """(samples, level) after each other."""
    return np.concatenate([tone(count, level) for count, level in stretches])


def run(cutting: Utterances, samples: Samples, size: int = 50, verdicts: dict[int, Speech] | None = None) -> list[Part]:
    parts: list[Part] = []
    for at in range(0, len(samples), size):
        block = samples[at : at + size]
        parts += cutting.push(Audio(block, RATE, at, speech=(verdicts or {}).get(at + len(block))))
    return parts + cutting.end()


def edges(parts: list[Part]) -> list[Begin | Lull | Resumed | End]:
    return [part for part in parts if not isinstance(part, Voice)]


def heard(parts: list[Part]) -> list[tuple[int, Samples]]:
    """The samples of each utterance, with the place of the first."""
    found: list[tuple[int, list[Samples]]] = []
    for part in parts:
        if isinstance(part, Begin):
            found.append((part.pts, []))
        elif isinstance(part, Voice):
            found[-1][1].append(part.samples)
    return [(pts, np.concatenate([np.zeros(0, np.int16), *pieces])) for pts, pieces in found]


SPOKEN = signal((1000, 0), (500, 8000), (1000, 0))


def begins(pts: int, known: int) -> dict[int, Speech]:
    return {known: Speech(True, pts, known, RATE)}


def ends(pts: int, known: int) -> dict[int, Speech]:
    return {known: Speech(False, pts, known, RATE)}


def test_a_verdict_begins_an_utterance_in_the_past() -> None:
    """The ring gives what came since speech began, and the pre-roll before it."""
    parts = run(Utterances(RATE, "vad"), SPOKEN, 50, begins(1000, 1200) | ends(1500, 1800))
    assert edges(parts) == [Begin(1000, 700), End(1500)]
    ((pts, samples),) = heard(parts)
    assert pts == 700
    assert np.array_equal(samples, SPOKEN[700:1800])


def test_the_ring_reaches_back_no_further_than_the_last_utterance() -> None:
    """A sample belongs to one utterance at most."""
    verdicts = begins(1000, 1100) | ends(1200, 1300) | begins(1250, 1400) | ends(1500, 1600)
    parts = run(Utterances(RATE, "vad"), SPOKEN, 50, verdicts)
    assert edges(parts) == [Begin(1000, 700), End(1200), Begin(1300, 1300), End(1500)]
    assert [len(samples) for _, samples in heard(parts)] == [600, 300]


def test_the_ring_is_bounded() -> None:
    """Of a minute of quiet, the pre-roll and the second that a verdict may take are kept."""
    parts = run(Utterances(RATE, "vad"), tone(60_000, 0), 50, begins(0, 60_000))
    (_, samples), *_ = heard(parts)
    assert 1300 <= len(samples) <= 1320


def test_the_end_of_the_stream_ends_an_utterance() -> None:
    """What is open is not lost."""
    parts = run(Utterances(RATE, "vad"), SPOKEN, 50, begins(1000, 1200))
    assert edges(parts) == [Begin(1000, 700), End(2500)]


def test_loudness_is_enough() -> None:
    """Without a VAD, what stands out of the noise begins and ends utterances, back-dated."""
    parts = run(Utterances(RATE, "pauses"), SPOKEN)
    assert edges(parts) == [Begin(1000, 700), End(1500)]
    ((_, samples),) = heard(parts)
    assert np.array_equal(samples, SPOKEN[700:2100])


@pytest.mark.parametrize("level", [0, 10, 100])
def test_steady_noise_is_no_speech(level: int) -> None:
    """Up to the noise that is assumed at first, nothing begins."""
    assert run(Utterances(RATE, "auto"), tone(5000, level)) == []


def test_loud_steady_noise_ends() -> None:
    """Noise that begins an utterance becomes the noise that speech is held against."""
    parts = run(Utterances(RATE, "auto"), tone(20_000, 1000))
    (begin, end) = edges(parts)
    assert isinstance(begin, Begin)
    assert begin.start == 0
    assert isinstance(end, End)
    assert end.end < 6000


def test_a_click_is_no_speech() -> None:
    """Less than a tenth of a second begins nothing."""
    assert run(Utterances(RATE, "pauses"), signal((1000, 0), (60, 8000), (1000, 0))) == []


def test_a_pause_between_words_ends_nothing() -> None:
    """Less quiet than `pause` is inside an utterance."""
    parts = run(Utterances(RATE, "pauses"), signal((500, 0), (300, 8000), (500, 0), (300, 8000), (800, 0)))
    assert edges(parts) == [Begin(500, 200), End(1600)]


def test_auto_goes_by_verdicts_once_there_was_one() -> None:
    """Loudness decides nothing any more after the first."""
    twice = np.concatenate([SPOKEN, SPOKEN])
    parts = run(Utterances(RATE, "auto"), twice, 50, ends(0, 100))
    assert parts == []
    parts = run(Utterances(RATE, "auto"), twice, 50, begins(1000, 1200) | ends(1500, 1800))
    assert edges(parts) == [Begin(1000, 700), End(1500)]


def test_vad_alone_hears_nothing_without_verdicts() -> None:
    """So a noise before the first word is no utterance."""
    assert run(Utterances(RATE, "vad"), SPOKEN) == []


def test_a_long_utterance_is_parted_at_a_pause() -> None:
    """From `parted` seconds on at the next breath; nothing is lost between."""
    samples = signal((500, 0), (3000, 8000), (300, 0), (1000, 8000), (800, 0))
    parts = run(Utterances(RATE, "pauses", parted=2.0, longest=10.0), samples)
    assert edges(parts) == [Begin(500, 200), End(3700), Begin(3700, 3700), End(4800)]
    assert np.array_equal(np.concatenate([x for _, x in heard(parts)]), samples[200:5400])


def test_a_long_utterance_without_pause_is_parted_anywhere() -> None:
    """At `longest` seconds it is cut."""
    parts = run(Utterances(RATE, "vad", parted=2.0, longest=3.0), tone(8000), 50, begins(0, 100))
    assert edges(parts) == [
        Begin(0, 0), End(3000), Begin(3000, 3000), End(6000), Begin(6000, 6000), End(8000)
    ]  # fmt: skip


def test_lost_audio_is_bridged_with_silence() -> None:
    """A short gap keeps places true."""
    cutting = Utterances(RATE, "vad")
    parts = cutting.push(Audio(tone(100), RATE, 0, speech=Speech(True, 0, 100, RATE)))
    parts += cutting.push(Audio(tone(100), RATE, 300, gap=200))
    parts += cutting.end()
    assert edges(parts) == [Begin(0, 0), End(400)]
    ((_, samples),) = heard(parts)
    assert np.array_equal(samples, signal((100, 8000), (200, 0), (100, 8000)))


@pytest.mark.parametrize("pts", [5000, 20])
def test_a_jump_ends_an_utterance(pts: int) -> None:
    """A long gap, and a step back, end what was open where it was; what follows begins anew."""
    cutting = Utterances(RATE, "pauses")
    parts = cutting.push(Audio(tone(400), RATE, 100))
    parts += cutting.push(Audio(tone(400), RATE, pts))
    parts += cutting.end()
    assert edges(parts) == [Begin(100, 100), End(500), Begin(pts, pts), End(pts + 400)]


STRETCHES = st.lists(
    st.tuples(st.integers(1, 30).map(lambda n: 100 * n), st.sampled_from([0, 50, 1000, 8000])), max_size=10
)


@settings(deadline=None)
@given(STRETCHES, st.sampled_from(["auto", "pauses"]), st.integers(1, 40).map(lambda n: 20 * n))
def test_blocks_make_no_difference_and_samples_keep_their_place(
    stretches: list[tuple[int, int]], segmentation: Segmentation, size: int
) -> None:
    """Whatever the blocks: the same utterances, closed in order, each an unbroken piece of the signal."""
    samples = signal((0, 0), *stretches)
    parts = run(Utterances(RATE, segmentation, parted=2.0, longest=3.0), samples, size)
    whole = run(Utterances(RATE, segmentation, parted=2.0, longest=3.0), samples, max(1, len(samples)))
    assert edges(parts) == edges(whole)
    assert [type(edge) for edge in edges(parts)] == [Begin, End] * (len(edges(parts)) // 2)
    last = 0
    for (pts, voice), begin, end in zip(heard(parts), edges(parts)[::2], edges(parts)[1::2], strict=True):
        assert isinstance(begin, Begin)
        assert isinstance(end, End)
        assert last <= pts <= begin.start <= end.end <= pts + len(voice)
        assert np.array_equal(voice, samples[pts : pts + len(voice)])
        assert len(voice) <= 3000 + 20 + 1300
        last = pts + len(voice)


TWICE = signal((1000, 0), (500, 8000), (300, 0), (400, 8000), (1000, 0))


def test_a_lull_is_told_long_before_the_end() -> None:
    """It stands where the voice fell silent, and comes once; that the voice goes on is told before the next."""
    cutting = Utterances(RATE, "vad", lull=0.1)
    parts = run(cutting, TWICE, 20, begins(1000, 1100) | ends(2200, 2500))
    assert edges(parts) == [Begin(1000, 700), Lull(1500), Resumed(), Lull(2200), End(2200)]
    before = [part.samples for part in parts[: parts.index(Lull(1500))] if isinstance(part, Voice)]
    assert sum(map(len, before)) == 1600 - 700


def test_a_click_does_not_end_a_lull() -> None:
    """Sound of less than 0.1 s is no voice."""
    samples = signal((1000, 0), (500, 8000), (140, 0), (60, 8000), (1000, 0))
    parts = run(Utterances(RATE, "vad", lull=0.1), samples, 20, begins(1000, 1100) | ends(1500, 1800))
    assert edges(parts) == [Begin(1000, 700), Lull(1500), End(1500)]


@pytest.mark.parametrize(("end", "told"), [(1650, []), (1651, [Resumed()])])
def test_a_voice_that_goes_on_softly_ends_a_lull(end: int, told: list[Part]) -> None:
    """A VAD may hear what is not loud: what lies more than 50 ms behind all that had come is not left out."""
    parts = run(Utterances(RATE, "vad", lull=0.1), SPOKEN, 20, begins(1000, 1100) | ends(end, 1900))
    assert edges(parts) == [Begin(1000, 700), Lull(1500), *told, End(end)]


def test_quiet_from_before_an_utterance_is_no_lull_of_it() -> None:
    """A voice that was never loud has none."""
    parts = run(Utterances(RATE, "vad", lull=0.1), SPOKEN, 20, begins(1900, 2000) | ends(2200, 2400))
    assert edges(parts) == [Begin(1900, 1600), End(2200)]


def test_pauses_have_lulls_too() -> None:
    """Where loudness alone ends an utterance."""
    parts = run(Utterances(RATE, "pauses", lull=0.1), SPOKEN, 20)
    assert edges(parts) == [Begin(1000, 700), Lull(1500), End(1500)]
