import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voiceflow import Audio, Frame, ProviderError, Samples, Speech
from voiceflow.resampling import Quality, Resampler, Resampling, moved, position

RATES = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)
FACTOR = st.sampled_from(RATES)


def noise(count: int) -> Samples:
    return np.random.default_rng(count).integers(-20000, 20000, count).astype(np.int16)


def wave(rate: int, seconds: float, hz: float = 440.0) -> NDArray[np.float64]:
    return 16000 * np.sin(2 * np.pi * hz * np.arange(round(rate * seconds)) / rate)


def through(resampler: Resampler, samples: Samples, lengths: list[int]) -> Samples:
    out: list[Samples] = []
    for length in lengths:
        out.append(resampler.push(samples[:length]))
        samples = samples[length:]
    return np.concatenate([*out, resampler.push(samples), resampler.end()])


@given(FACTOR, FACTOR, st.integers(0, 3000), st.lists(st.integers(0, 700), max_size=12))
@example(48000, 8000, 50, [1] * 50)
@example(8000, 48000, 3, [1, 1, 1])
def test_the_length_is_exact_and_cutting_changes_nothing(
    source: int, target: int, count: int, lengths: list[int]
) -> None:
    """n samples give round(n * ratio), the same ones however the stream is cut."""
    samples = noise(count)
    whole = through(Resampler(source, target), samples, [])
    assert len(whole) == round(count * target / source)
    assert np.array_equal(through(Resampler(source, target), samples, lengths), whole)


@given(FACTOR, FACTOR, st.integers(0, 10**9), st.integers(0, 500), st.integers(0, 500))
def test_stretches_join(source: int, target: int, start: int, first: int, second: int) -> None:
    """A stretch ends at the very sample at which the next one begins."""
    one, two = Resampler(source, target, start=start), Resampler(source, target, start=start + first)
    lengths = [len(through(each, noise(count), [])) for each, count in ((one, first), (two, second))]
    assert sum(lengths) == position(start + first + second, source, target) - position(start, source, target)


@pytest.mark.parametrize("source", RATES)
@pytest.mark.parametrize("target", [8000, 16000, 24000, 48000])
def test_a_tone_stays_where_it_is_without_clicks(source: int, target: int) -> None:
    """In blocks of 20 ms a sine comes out as the sine at the other rate: no delay, no step at any edge."""
    samples = np.rint(wave(source, 0.5)).astype(np.int16)
    out = through(Resampler(source, target), samples, [source // 50] * 25)
    inside = slice(target // 50, -target // 50)
    assert np.abs(out - wave(target, 0.5)[: len(out)])[inside].max() <= 2.0


@pytest.mark.parametrize(("quality", "samples"), [("fastest", 20), ("medium", 48), ("best", 144)])
@pytest.mark.parametrize(("source", "target"), [(16000, 48000), (48000, 16000), (44100, 16000), (16000, 8000)])
def test_what_is_held_back_is_bounded(quality: Quality, samples: int, source: int, target: int) -> None:
    """A sample leaves when at most that many of the lower rate more have come."""
    resampler, given, held = Resampler(source, target, quality=quality), 0, 0.0
    for block in range(40):
        given += len(resampler.push(noise(source // 100)))
        held = max(held, (block + 1) / 100 - given / target)
    assert round(held * min(source, target), 6) <= samples


def test_an_equal_rate_changes_nothing() -> None:
    """The samples come out at once, as they are, and as a copy."""
    samples = noise(100)
    out = Resampler(16000, 16000).push(samples)
    assert np.array_equal(out, samples)
    assert not np.shares_memory(out, samples)


def test_full_scale_is_clipped_and_never_wraps() -> None:
    """The overshoot of a square wave stays on its side of zero."""
    square = np.tile(np.repeat(np.array([32767, -32768], np.int16), 40), 50)
    out = through(Resampler(16000, 48000), square, [])
    middle = out.reshape(-1, 120)[2:-2, 20:100]
    assert (np.sign(middle) == np.sign(middle[:, :1])).all()
    assert out.max() == 32767


@pytest.mark.parametrize(("source", "target"), [(0, 16000), (16000, -1), (100, 48000)])
def test_impossible_rates_are_refused(source: int, target: int) -> None:
    """The message names both."""
    with pytest.raises(ValueError, match=f"{source} and {target}"):
        Resampler(source, target)


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal rates need nothing; others need samplerate."""
    monkeypatch.setitem(sys.modules, "samplerate", None)
    Resampler(16000, 16000)
    with pytest.raises(ProviderError, match="pip install samplerate") as caught:
        Resampler(16000, 8000)
    assert not caught.value.retryable


def audio(frames: list[Frame]) -> list[Audio]:
    return [frame for frame in frames if isinstance(frame, Audio)]


def run(stage: Resampling, blocks: list[Audio]) -> list[Audio]:
    return audio([*(frame for block in blocks for frame in stage.push(block)), *stage.end()])


@given(FACTOR, FACTOR, st.integers(0, 10**6), st.lists(st.integers(0, 900), min_size=1, max_size=10))
def test_blocks_follow_one_another(source: int, target: int, pts: int, lengths: list[int]) -> None:
    """Each block begins where the last one ended; in all they cover what came, at the new rate."""
    blocks: list[Audio] = []
    at = pts
    for length in lengths:
        blocks.append(Audio(noise(length), source, at))
        at += length
    out = run(Resampling(target), blocks)
    ends = [position(pts, source, target), *(block.end for block in out)]
    assert [block.pts for block in out] == ends[:-1]
    assert ends[-1] == position(at, source, target)
    assert all(block.rate == target and not block.gap for block in out)


def test_a_gap_stays_in_its_place() -> None:
    """What the filter holds leaves before the gap; the block behind it says how much is lacking."""
    out = run(Resampling(8000), [Audio(noise(1600), 16000, 0), Audio(noise(1600), 16000, 2400, gap=800)])
    assert sum(len(block.samples) for block in out if block.end <= 800) == 800
    behind = next(block for block in out if block.pts >= 800)
    assert (behind.pts, behind.gap) == (1200, 400)
    assert out[-1].end == 2000


def test_a_change_of_rate_joins() -> None:
    """The stream goes on at the sample that the old rate ended at."""
    out = run(Resampling(16000), [Audio(noise(1600), 16000, 0), Audio(noise(4800), 48000, 4800)])
    assert [block.pts for block in out] == [0, *(block.end for block in out[:-1])]
    assert out[-1].end == 3200


def test_a_verdict_ends_the_block_it_stood_at() -> None:
    """It comes out on the block that ends at its sample, counted at the new rate."""
    speech = Speech(True, 400, 1600, 16000, 0.9)
    out = run(Resampling(8000), [Audio(noise(1600), 16000, 0, speech=speech), Audio(noise(1600), 16000, 1600)])
    assert [(block.end, block.speech) for block in out if block.speech] == [(800, Speech(True, 200, 800, 8000, 0.9))]
    assert moved(speech, 16000) == speech
    assert out[-1].end == 1600
