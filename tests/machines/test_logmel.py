import time
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voiceflow.machines.logmel import RATE, log_mel, mel_filters, mel_frequency, mel_hertz, normalised

# What the feature extractors of transformers 5.23.0 (WhisperFeatureExtractor(chunk_length=8), do_normalize=True) and
# faster-whisper 1.2.1 give for `sound`: every 13th mel, every 140th frame from the 99th.
GOLDEN = {
    0: [
        [0.39046, 0.56451, 0.50775, 0.43205, 0.36703, 0.47056],
        [0.54587, 0.48901, 0.54277, 0.62718, 0.52654, 0.52681],
        [0.6099, 0.40803, 0.32359, 0.34316, 0.35623, 0.36546],
        [0.88446, 0.47511, 0.56566, 0.34931, 0.57911, 0.36016],
        [0.42673, 0.53908, 0.50014, 0.50972, 0.27782, 0.53866],
        [0.49539, 0.5868, 0.50485, 0.39255, 0.46255, 1.59738],
        [0.53397, 0.42157, 0.43858, 1.48953, 0.44354, 0.48707],
    ],
    90_000: [
        [0.15582, 0.15582, 0.15582, 0.15582, 0.51176, 0.66922],
        [-0.11153, -0.11153, -0.11153, -0.11153, 0.68494, 0.64221],
        [-0.11153, -0.11153, -0.11153, -0.11153, 0.54925, 0.39518],
        [-0.11153, -0.11153, -0.11153, -0.11153, 0.73043, 0.37355],
        [-0.11153, -0.11153, -0.11153, -0.11153, 0.49574, 0.68996],
        [-0.11153, -0.11153, -0.11153, -0.11153, 0.61081, 0.63377],
        [-0.11153, -0.11153, -0.11153, -0.11153, 0.59968, 0.55848],
    ],
}


def sound(length: int, silence: int = 0) -> NDArray[np.float32]:
    """A chirp that swells four times a second, and some noise, behind a stretch of silence."""
    t = np.arange(length - silence)
    chirp = np.sin(2 * np.pi * (80 * t + 0.045 * t**2) / RATE)
    noise = (t * t * 7919 % 10007) / 10007 - 0.5
    heard = 0.3 * chirp * (t % 4000 / 4000) + 0.02 * noise
    return np.concatenate([np.zeros(silence), heard]).astype(np.float32)


@pytest.mark.parametrize("silence", [0, 90_000])
def test_the_features_are_those_of_two_other_implementations(silence: int) -> None:
    features = log_mel(normalised(sound(128_000, silence)), constant=silence)
    assert features.shape == (80, 800)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features[::13, 99::140], GOLDEN[silence], atol=1e-4)


@given(st.integers(201, 4000), st.integers(0, 4000), st.integers(0, 4000))
def test_known_silence_in_front_changes_nothing(length: int, silence: int, said: int) -> None:
    silence = min(silence, length)
    signal = normalised(sound(length, silence))
    np.testing.assert_allclose(log_mel(signal, constant=min(said, silence)), log_mel(signal), atol=1e-5)


@given(st.floats(0.1, 1e3))
def test_normalising_takes_loudness_away(gain: float) -> None:
    signal = sound(8000)
    np.testing.assert_allclose(normalised(signal * np.float32(gain)), normalised(signal), atol=0.02)
    assert abs(float(normalised(signal).mean())) < 1e-6


def test_silence_stays_finite() -> None:
    features = log_mel(normalised(np.zeros(3200, np.float32)), constant=3200)
    np.testing.assert_allclose(features, np.full((80, 20), -1.5), atol=1e-6)


def test_a_tone_lies_in_the_filter_of_its_frequency() -> None:
    t = np.arange(16_000)
    for hertz in (250.0, 1000.0, 4000.0):
        energy = log_mel(np.sin(2 * np.pi * hertz * t / RATE).astype(np.float32))[:, 50]
        centres = mel_hertz(np.linspace(0, mel_frequency(np.array(8000.0)), 82))[1:-1]
        assert abs(centres[int(energy.argmax())] - hertz) < 0.06 * hertz


def test_the_mel_scale_has_an_inverse_and_meets_at_a_kilohertz() -> None:
    hertz = np.linspace(0, 8000, 333)
    np.testing.assert_allclose(mel_hertz(mel_frequency(hertz)), hertz, atol=1e-9)
    assert float(mel_frequency(np.array(1000.0))) == 15.0


def test_every_filter_has_unit_area() -> None:
    width = RATE / 400
    np.testing.assert_allclose(mel_filters(80).sum(axis=1) * width, np.ones(80), rtol=0.35)  # 40 Hz bins are coarse
    np.testing.assert_allclose(mel_filters(80)[40:].sum(axis=1) * width, np.ones(40), rtol=0.07)


def test_a_signal_too_short_to_mirror_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 200 samples; got 200"):
        log_mel(np.zeros(200, np.float32))


def test_no_thread_of_blas_is_woken_to_spin() -> None:
    """The features are made by the thread that asks for them; of 30 times, for what else the process does meanwhile."""
    signal, shares = sound(128_000), list[float]()
    for _ in range(30):
        all_threads, own = time.process_time(), time.thread_time()
        log_mel(signal)
        own = time.thread_time() - own
        shares.append((time.process_time() - all_threads) / own)
    assert median(shares) < 1.2
