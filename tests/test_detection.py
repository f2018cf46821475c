from collections.abc import Sequence

import numpy as np
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from uneven import blocks

from voiceflow import Audio, Frame, Samples, Speech
from voiceflow.detection import Among, Detection, Score

LOUD = 8000


def stage(
    rate: int | None = 16000,
    size: float = 160,
    min_speech: float = 0.0,
    min_silence: float = 0.03,
    among: Among | None = None,
) -> Detection:
    """Finds what is loud, in windows of 10 ms."""
    return Detection(
        lambda: lambda window: float(np.abs(window.astype(np.int32)).max() > 1000),
        rate=rate,
        size=size,
        start=0.5,
        end=0.35,
        min_speech=min_speech,
        min_silence=min_silence,
        among=among,
    )


def signal(rate: int, *seconds: float) -> Samples:
    """Quiet, loud (a square wave of 1 kHz), quiet, ... for so many seconds each."""
    level = np.concatenate([np.full(round(each * rate), LOUD * (n % 2), np.int16) for n, each in enumerate(seconds)])
    return np.where(np.arange(len(level)) * 2000 // rate % 2, level, -level).astype(np.int16)


def run(detection: Detection, came: list[Audio]) -> list[Frame]:
    return [*(frame for block in came for frame in detection.push(block)), *detection.end()]


def audio(frames: list[Frame]) -> list[Audio]:
    return [frame for frame in frames if isinstance(frame, Audio)]


def speech(frames: list[Frame]) -> list[Speech]:
    return [frame for frame in frames if isinstance(frame, Speech)]


def test_edges_stand_at_the_samples_of_the_stream() -> None:
    """Speech from 0.1 to 0.3 s is told as such, each edge with the window at whose end it was known."""
    frames = run(stage(), blocks(signal(16000, 0.1, 0.2, 0.1), 16000, [320] * 18))
    assert speech(frames) == [
        Speech(True, 1600, 1760, 16000, 1.0, True),
        Speech(True, 4800, 4960, 16000, 0.0, False),
        Speech(False, 4800, 5280, 16000, 0.0, False),
    ]


def test_begins_and_ends_stand_in_the_audio_where_the_verdict_fell() -> None:
    """The block is cut there; pauses leave by the speech outlet alone."""
    frames = run(stage(), blocks(signal(16000, 0.1, 0.2, 0.1), 16000, [320] * 18))
    begin, _, end = speech(frames)
    assert [(block.end, block.speech) for block in audio(frames) if block.speech] == [(1760, begin), (5280, end)]


def test_a_resumed_voice_is_no_second_begin() -> None:
    """After a short pause the outlet tells that the voice goes on, and the audio nothing."""
    frames = run(stage(), blocks(signal(16000, 0.05, 0.1, 0.02, 0.1, 0.05), 16000, [160] * 30))
    assert [(edge.active, edge.voiced) for edge in speech(frames)] == [
        (True, True),
        (True, False),
        (True, True),
        (True, False),
        (False, False),
    ]
    assert [block.speech.active for block in audio(frames) if block.speech] == [True, False]


def test_an_edge_leaves_before_the_audio_that_told_it() -> None:
    """Nothing slow behind the audio can hold up an interruption."""
    frames = list(stage().push(Audio(signal(16000, 0.0, 0.02), 16000)))
    assert [type(frame) for frame in frames] == [Speech, Audio, Audio]


def test_speech_that_is_open_at_the_end_ends_there() -> None:
    """The last edge is an end, and an empty block carries it to who only hears the audio."""
    frames = run(stage(), [Audio(signal(16000, 0.1, 0.1), 16000)])
    end = Speech(False, 3200, 3200, 16000, 0.0, False)
    assert frames[-2:] == [end, Audio(np.zeros(0, np.int16), 16000, 3200, speech=end)]


def test_a_verdict_that_came_with_the_audio_is_replaced() -> None:
    """Of two detectors in a row the last one has the word."""
    foreign = Speech(True, 0, 100, 16000)
    frames = run(stage(), [Audio(signal(16000, 0.1), 16000, speech=foreign)])
    assert audio(frames) == [Audio(signal(16000, 0.1), 16000)]


@given(
    st.sampled_from([8000, 16000, 22050, 44100, 48000]),
    st.lists(st.integers(0, 1500), max_size=30),
    st.integers(0, 10**7),
)
def test_blocks_change_nothing_at_any_rate(rate: int, lengths: list[int], pts: int) -> None:
    """However the stream is cut, the audio passes as it came and every edge is the same."""
    samples = signal(rate, 0.05, 0.11, 0.02, 0.07, 0.1)
    whole = run(stage(), [Audio(samples, rate, pts)])
    cut = run(stage(), blocks(samples, rate, lengths, pts))
    assert speech(cut) == speech(whole)
    assert np.array_equal(np.concatenate([block.samples for block in audio(cut)]), samples)
    assert [block.pts for block in audio(cut)] == [pts, *(block.end for block in audio(cut)[:-1])]
    assert [(b.end, b.speech) for b in audio(cut) if b.speech] == [(b.end, b.speech) for b in audio(whole) if b.speech]


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_places_are_those_of_the_stream_at_any_rate(rate: int) -> None:
    """An edge is found within one window of where it is, and known within the resampler's delay of its window."""
    begin, _, end = speech(run(stage(), [Audio(signal(rate, 0.1, 0.2, 0.2), rate)]))
    assert abs(begin.pts / rate - 0.1) <= 0.011
    assert abs(end.pts / rate - 0.3) <= 0.011
    assert begin.known / rate <= begin.pts / rate + 0.01 + 0.0075
    assert (begin.rate, end.rate) == (rate, rate)


def test_without_a_rate_of_its_own_windows_are_seconds_of_the_stream() -> None:
    """At 48 kHz a window of 10 ms has 480 samples, and nothing is resampled."""
    frames = run(stage(rate=None, size=0.01), [Audio(signal(48000, 0.1, 0.1, 0.1), 48000)])
    assert [(edge.pts, edge.known) for edge in speech(frames)] == [(4800, 5280), (9600, 10080), (9600, 11040)]


def test_a_short_gap_in_speech_does_not_end_it() -> None:
    """Audio that a live wire lost is no silence: the utterance goes on behind it, and the gap is passed on."""
    loud = signal(16000, 0.0, 0.1)
    frames = run(stage(), [Audio(loud, 16000, 0), Audio(loud, 16000, 2400, gap=800)])
    assert [(edge.active, edge.pts) for edge in speech(frames)] == [(True, 0), (False, 4000)]
    assert [block.gap for block in audio(frames) if block.pts == 2400] == [800]


def test_silence_behind_a_gap_ends_the_utterance_where_it_was_last_heard() -> None:
    """The gap counts as time."""
    frames = run(stage(), [Audio(signal(16000, 0.0, 0.1), 16000, 0), Audio(signal(16000, 0.1), 16000, 8000, gap=6400)])
    assert speech(frames)[-1] == Speech(False, 1600, 8160, 16000, 0.0, False)


def test_scoring_begins_afresh_behind_a_gap() -> None:
    """A network's memory is of samples that lie side by side."""
    made: list[int] = []

    def score() -> Score:
        made.append(len(made))
        return lambda window: 0.0

    detection = Detection(score, rate=16000, size=160, start=0.5, end=0.3, min_speech=0, min_silence=0.1)
    for pts in (0, 100, 500):
        list(detection.push(Audio(np.zeros(100, np.int16), 16000, pts)))
    before = len(made)
    list(detection.push(Audio(np.zeros(100, np.int16), 16000, 600)))
    assert len(made) == before
    list(detection.push(Audio(np.zeros(100, np.int16), 16000, 9000, gap=8300)))
    assert len(made) == before + 1


def test_a_change_of_rate_ends_what_is_open() -> None:
    """Edges are counted at one rate; the new one begins with nothing open."""
    frames = run(stage(), [Audio(signal(16000, 0.0, 0.1), 16000, 0), Audio(signal(8000, 0.0, 0.1), 8000, 800)])
    assert [(edge.active, edge.rate) for edge in speech(frames)] == [
        (True, 16000),
        (False, 16000),
        (True, 8000),
        (False, 8000),
    ]


class Others:
    """Scores a call's windows elsewhere, while there are others."""

    def __init__(self) -> None:
        self.asked = 0
        self.worthwhile = True

    async def __call__(self, score: Score, windows: Sequence[Samples]) -> list[float]:
        self.asked += 1
        await trio.lowlevel.checkpoint()
        return [score(window) for window in windows]


@given(
    sizes=st.lists(st.integers(1, 900), min_size=1, max_size=40),
    rate=st.sampled_from([8000, 16000]),
    alone=st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_windows_that_are_scored_elsewhere_give_the_same_frames(sizes: list[int], rate: int, alone: list[bool]) -> None:
    """Also where others come and go; what completes no window asks nobody."""
    came = blocks(signal(rate, 0.1, 0.2, 0.1), rate, sizes)
    others = Others()

    async def among() -> list[Frame]:
        detection, frames = stage(among=others), list[Frame]()
        for block, by_itself in zip(came, alone, strict=False):
            others.worthwhile = not by_itself
            if detection.prepare is not None:
                await detection.prepare(block)
            frames += detection.push(block)
        return [*frames, *detection.end()]

    assert trio.run(among) == run(stage(), came[:40])
    assert others.asked <= sum(len(block.samples) for block in came) * 16000 // rate // 160 + 1
