import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from uneven import blocks

from voiceflow import Audio, Frame, Samples, Speech
from voiceflow.filtering import Filter, Filtering

SIZE = 160


def late(delay: int) -> Filter:
    """A filter that changes nothing but answers `delay` samples late."""
    held = np.zeros(delay, np.int16)

    def filter(window: Samples) -> Samples:
        nonlocal held
        assert len(window) == SIZE
        held = np.concatenate([held, window])
        out, held = held[:SIZE], held[SIZE:]
        return out

    return filter


def stage(delay: int = 96) -> Filtering:
    return Filtering(lambda: late(delay), rate=16000, size=SIZE, delay=delay)


def noise(count: int) -> Samples:
    return np.random.default_rng(count).integers(-20000, 20000, count).astype(np.int16)


def run(filtering: Filtering, came: list[Audio]) -> list[Audio]:
    frames: list[Frame] = [*(frame for block in came for frame in filtering.push(block)), *filtering.end()]
    return [frame for frame in frames if isinstance(frame, Audio)]


def joined(audio: list[Audio]) -> Samples:
    return np.concatenate([np.zeros(0, np.int16), *(block.samples for block in audio)])


@given(
    st.integers(0, 500),
    st.integers(0, 3000),
    st.lists(st.integers(0, 700), max_size=12),
    st.integers(0, 10**9),
)
def test_every_sample_keeps_its_place(delay: int, count: int, lengths: list[int], pts: int) -> None:
    """Whatever the delay and the blocks, each sample comes out once, where it was."""
    samples = noise(count)
    out = run(stage(delay), blocks(samples, 16000, lengths, pts))
    assert np.array_equal(joined(out), samples)
    assert [block.pts for block in out] == [pts, *(block.end for block in out)][: len(out)]


@given(st.sampled_from([8000, 11025, 22050, 44100, 48000]), st.integers(0, 2000), st.lists(st.integers(0, 700)))
def test_the_count_of_samples_stays_at_any_rate(rate: int, count: int, lengths: list[int]) -> None:
    """There and back through another rate, no sample is won or lost."""
    out = run(stage(), blocks(noise(count), rate, lengths))
    assert len(joined(out)) == count
    assert {block.rate for block in out} <= {rate}


@pytest.mark.parametrize("rate", [22050, 24000, 44100, 48000])
def test_a_tone_keeps_its_place_at_any_rate(rate: int) -> None:
    """There and back, a sine is the sine it was: the delays of filter and resamplers are taken out."""
    tone = np.rint(10000 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.int16)
    out = joined(run(stage(), blocks(tone, rate, [rate // 50] * 49)))
    inside = slice(rate // 20, -rate // 20)
    assert np.abs(out.astype(int) - tone)[inside].max() <= 4


@pytest.mark.parametrize(("rate", "seconds"), [(16000, 0.016), (8000, 0.029), (44100, 0.0225), (48000, 0.0225)])
def test_a_sample_leaves_within_the_stated_time(rate: int, seconds: float) -> None:
    """What is held back is bounded from the first sample to the last."""
    filtering, given_, held = stage(), 0, 0.0
    for block in blocks(noise(rate), rate, [rate // 200] * 199):
        given_ += sum(len(frame.samples) for frame in filtering.push(block) if isinstance(frame, Audio))
        held = max(held, (block.end - given_) / rate)
    assert held <= seconds


def test_a_gap_stays_in_its_place_and_a_fresh_filter_follows() -> None:
    """What was held leaves before the gap; nothing from before it is heard behind it."""
    first, second = noise(1000), noise(500)
    out = run(stage(), [Audio(first, 16000, 0), Audio(second, 16000, 5000, gap=4000)])
    before = [block for block in out if block.pts < 5000]
    behind = [block for block in out if block.pts >= 5000]
    assert np.array_equal(joined(before), first)
    assert np.array_equal(joined(behind), second)
    assert [block.gap for block in behind] == [4000, *[0] * (len(behind) - 1)]


def test_a_verdict_keeps_its_sample() -> None:
    """It comes out at the end of the block that ends where it stood."""
    verdict = Speech(True, 0, 1000, 16000)
    came = [Audio(noise(1000), 16000, 0, speech=verdict), Audio(noise(1000), 16000, 1000)]
    assert [(block.end, block.speech) for block in run(stage(), came) if block.speech] == [(1000, verdict)]
