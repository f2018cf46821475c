"""The beep of an answering machine: one pure tone, steady, of the right length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts import RECORDINGS, SPEECH

from voiceflow import Samples
from voiceflow.machines.beep import Beep, BeepDetector
from voiceflow.machines.dtmf import tones
from voiceflow.nodes.soundfile import read_audio

RATE = 8000


def tone(frequency: float, seconds: float, *, rate: int = RATE, level: float = 4000.0, lead: float = 0.3) -> Samples:
    times = np.arange(round(seconds * rate)) / rate
    wave = np.rint(level * np.sin(2 * np.pi * frequency * times)).astype(np.int16)
    return np.concatenate((np.zeros(round(lead * rate), np.int16), wave, np.zeros(rate // 2, np.int16)))


@pytest.mark.parametrize("rate", [8000, 16000, 24000])
@pytest.mark.parametrize("frequency", [620, 700, 850, 1000, 1037, 1400, 2000, 2190])
def test_a_beep_has_its_place_and_its_frequency(rate: int, frequency: int) -> None:
    """Within 20 ms and a hertz or two; it is known when it is over."""
    (beep,) = BeepDetector(rate).push(tone(frequency, 0.4, rate=rate))
    assert abs(beep.pts - 0.3 * rate) <= 0.02 * rate
    assert abs(beep.end - 0.7 * rate) <= 0.02 * rate
    assert 0 < beep.known - beep.end <= 0.02 * rate
    assert beep.frequency == pytest.approx(frequency, abs=2)


@pytest.mark.parametrize(
    ("seconds", "count"), [(0.05, 0), (0.12, 0), (0.17, 1), (0.5, 1), (1.95, 1), (2.05, 0), (4.0, 0)]
)
def test_a_beep_is_neither_short_nor_long(seconds: float, count: int) -> None:
    """A fax whistles for longer."""
    assert len(BeepDetector(RATE).push(tone(1000, seconds))) == count


@pytest.mark.parametrize("frequency", [425, 440, 560, 2260])
def test_other_frequencies_are_no_beep(frequency: int) -> None:
    """Half of Europe's telephones ring at 425 Hz."""
    assert BeepDetector(RATE).push(tone(frequency, 0.4)) == []


def test_two_tones_are_no_beep() -> None:
    """Nor is a tone that slides, nor noise, nor a faint one."""
    assert BeepDetector(RATE).push(tones("0123456789*#ABCD", RATE, on=0.3)) == []
    both = tone(1000, 0.4) // 2 + tone(1300, 0.4) // 2
    assert BeepDetector(RATE).push(both.astype(np.int16)) == []
    times = np.arange(RATE) / RATE
    slide = np.rint(4000 * np.sin(2 * np.pi * (700 * times + 600 * times**2))).astype(np.int16)
    assert BeepDetector(RATE).push(slide) == []
    noise = np.random.default_rng(1).normal(0, 3000, RATE).astype(np.int16)
    assert BeepDetector(RATE).push(noise) == []
    assert BeepDetector(RATE).push(tone(1000, 0.4, level=100)) == []
    assert BeepDetector(RATE, level=-60).push(tone(1000, 0.4, level=100)) != []


def test_a_beep_is_found_in_noise_12_decibels_below_it() -> None:
    """At any frequency."""
    random = np.random.default_rng(1)
    for frequency in range(620, 2190, 30):
        clean = tone(frequency, 0.4)
        noisy = clean + random.normal(0, 4000 / np.sqrt(2) / 10**0.6, len(clean))
        assert len(BeepDetector(RATE).push(noisy.astype(np.int16))) == 1, frequency


@RECORDINGS.mark
@pytest.mark.parametrize("gain", [1.0, 4.0])
def test_speech_does_not_beep(gain: float) -> None:
    """27 seconds of readers, as they are and so loud that they are clipped."""
    paths = [*SPEECH.glob("*.wav"), *SPEECH.glob("*.flac")]
    assert paths
    for path in paths:
        voice = np.clip(read_audio(path, RATE) * gain, -32768, 32767).astype(np.int16)
        assert BeepDetector(RATE).push(voice) == []


@settings(max_examples=20, deadline=None)
@given(st.integers(600, 2200), st.integers(400, 4000), st.lists(st.integers(1, 500), min_size=30, max_size=30))
def test_cutting_changes_nothing(frequency: int, length: int, cuts: list[int]) -> None:
    """The same beeps at the same samples."""
    signal = tone(frequency, length / RATE)
    cut, at, pieces = BeepDetector(RATE), 0, list[Beep]()
    for size in [*cuts, len(signal)]:
        pieces += cut.push(signal[at : at + size])
        at += size
    assert pieces == BeepDetector(RATE).push(signal)


def test_a_jump_begins_anew() -> None:
    """What lies on both sides of samples that were lost is two things."""
    signal, detector = tone(1000, 1.0, lead=0.0), BeepDetector(RATE)
    assert detector.push(signal[:900], 0) == []
    assert detector.push(signal[900:1700], 8000) == []
    assert len(detector.push(tone(1000, 0.3), 90000)) == 1


def test_settings_out_of_range_are_refused() -> None:
    """With the name of the setting."""
    with pytest.raises(ValueError, match="longest"):
        BeepDetector(RATE, shortest=0.5, longest=0.4)
    with pytest.raises(ValueError, match="rate"):
        BeepDetector(4000)
