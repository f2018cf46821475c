"""The tones of a telephone's keys: what ITU-T Q.24 says is found, and what it says is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts import RECORDINGS, SPEECH

from voiceflow import Samples
from voiceflow.machines.dtmf import HIGH, KEYS, LOW, Digit, DtmfDetector, tones
from voiceflow.machines.goertzel import Bank
from voiceflow.nodes.soundfile import read_audio

RATE = 8000
# A tone may begin anywhere within a step of the detector.
PHASES = range(0, 40, 3)


def found(samples: Samples, rate: int = RATE) -> str:
    return "".join(digit.digit for digit in DtmfDetector(rate).push(samples))


def later(samples: Samples, by: int) -> Samples:
    return np.concatenate((np.zeros(400 + by, np.int16), samples, np.zeros(800, np.int16)))


def sines(low: float, high: float, seconds: float, level: float = 3000.0) -> Samples:
    times = np.arange(round(seconds * RATE)) / RATE
    both: Samples = np.rint(level * (np.sin(2 * np.pi * low * times) + np.sin(2 * np.pi * high * times))).astype(
        np.int16
    )
    return both


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 24000, 44100, 48000])
def test_all_keys_are_found_at_any_rate(rate: int) -> None:
    """Each 40 ms long, with 40 ms of silence behind it: the shortest that must be."""
    assert found(tones(KEYS, rate, on=0.04, off=0.04), rate) == KEYS


@pytest.mark.parametrize("by", PHASES)
def test_a_tone_of_40_ms_is_a_key_and_one_of_23_is_none(by: int) -> None:
    """Wherever it begins."""
    assert found(later(tones("159D", RATE, on=0.04, off=0.1), by)) == "159D"
    assert found(later(tones("159D", RATE, on=0.023, off=0.1), by)) == ""


@pytest.mark.parametrize("by", PHASES)
def test_a_pause_of_40_ms_makes_two_of_a_key_and_a_gap_of_10_does_not(by: int) -> None:
    """However often."""
    assert found(later(tones("555", RATE, on=0.05, off=0.04), by)) == "555"
    assert found(later(tones("555", RATE, on=0.05, off=0.01), by)) == "5"


def test_a_key_is_found_once_however_long_it_is_pressed() -> None:
    """Two seconds of it."""
    assert found(tones("7", RATE, on=2.0)) == "7"


def test_keys_without_a_pause_between_them_are_told_apart() -> None:
    """Where they are different ones."""
    assert found(tones("159D*0#", RATE, on=0.06, off=0.0)) == "159D*0#"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("off", [-0.015, 0.015, -0.035, 0.035])
def test_frequencies_may_be_off_by_so_much(key: str, off: float) -> None:
    """1.5 % is a key, 3.5 % is none, in either group."""
    low, high = LOW[KEYS.index(key) // 4], HIGH[KEYS.index(key) % 4]
    expected = key if abs(off) < 0.02 else ""
    assert found(later(sines(low * (1 + off), high, 0.06), 0)) == expected
    assert found(later(sines(low, high * (1 + off), 0.06), 0)) == expected


@pytest.mark.parametrize(("twist", "expected"), [(-12.0, ""), (-8.0, KEYS), (0.0, KEYS), (4.0, KEYS), (8.0, "")])
def test_one_tone_may_be_stronger_by_so_much(twist: float, expected: str) -> None:
    """The high one by 4 dB, the low one by 8."""
    assert found(tones(KEYS, RATE, on=0.05, off=0.05, level=-20.0, twist=twist)) == expected


@pytest.mark.parametrize(("level", "expected"), [(-6.1, KEYS), (-28.0, KEYS), (-40.0, "")])
def test_it_may_be_as_loud_as_it_can_and_25_decibels_weaker(level: float, expected: str) -> None:
    """Than what a telephone gives at most, which is 3 dB below full scale."""
    assert found(tones(KEYS, RATE, on=0.05, off=0.05, level=level)) == expected


@pytest.mark.parametrize("seed", range(5))
def test_keys_are_found_in_noise_15_decibels_below_them(seed: int) -> None:
    """All of the shortest ones, and no others."""
    clean = tones(KEYS * 3, RATE, on=0.04, off=0.04).astype(float)
    power = np.mean(clean[clean != 0] ** 2)
    noise = np.random.default_rng(seed).normal(0, np.sqrt(power / 10**1.5), len(clean))
    assert found(np.clip(clean + noise, -32768, 32767).astype(np.int16)) == KEYS * 3


@pytest.mark.parametrize("frequency", [350.0, 440.0, 697.0, 1000.0, 1209.0, 1400.0])
def test_one_tone_is_no_key(frequency: float) -> None:
    """Nor are the two of a dialling or a ringing telephone."""
    assert found(sines(frequency, frequency, 0.5)) == ""
    assert found(sines(350, 440, 0.5)) == found(sines(440, 480, 0.5)) == ""


@RECORDINGS.mark
@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize("gain", [1.0, 4.0])
def test_speech_presses_no_key(rate: int, gain: float) -> None:
    """27 seconds of readers, as they are and so loud that they are clipped."""
    paths = [*SPEECH.glob("*.wav"), *SPEECH.glob("*.flac")]
    assert paths
    for path in paths:
        voice = np.clip(read_audio(path, rate) * gain, -32768, 32767).astype(np.int16)
        assert found(voice, rate) == ""


def test_a_key_has_its_place() -> None:
    """Within 10 ms, and it is known by 45 ms behind its beginning."""
    for by in PHASES:
        (digit,) = DtmfDetector(RATE).push(later(tones("5", RATE), by), 1000)
        begin = 1000 + 400 + by
        assert abs(digit.pts - begin) <= 80
        assert 0 <= digit.known - begin <= 360
        assert digit == Digit("5", digit.pts, digit.known, RATE)


@settings(max_examples=30, deadline=None)
@given(
    st.text(KEYS, max_size=4),
    st.integers(150, 800),
    st.integers(0, 700),
    st.lists(st.integers(1, 400), min_size=30, max_size=30),
)
def test_cutting_changes_nothing(keys: str, on: int, off: int, cuts: list[int]) -> None:
    """The same keys at the same samples."""
    signal = later(tones(keys, RATE, on=on / RATE, off=off / RATE), 0)
    cut, at, pieces = DtmfDetector(RATE), 0, list[Digit]()
    for size in [*cuts, len(signal)]:
        pieces += cut.push(signal[at : at + size])
        at += size
    assert pieces == DtmfDetector(RATE).push(signal)


def test_a_jump_begins_anew() -> None:
    """What lies on both sides of samples that were lost is two things."""
    signal, detector = tones("5", RATE, on=0.06), DtmfDetector(RATE)
    assert detector.push(signal[:200], 0) == []
    assert detector.push(signal[200:280], 5000) == []
    assert [digit.digit for digit in detector.push(signal, 9000)] == ["5"]


def test_keys_are_made_as_they_are_asked_for() -> None:
    """Each in its time, with soft edges; a space is a pause."""
    sound = tones("1 a", RATE, on=0.05, off=0.02, level=-20.0)
    assert len(sound) == 3 * 560
    assert not sound[400:1120].any()
    assert (sound[0], sound[399], len(tones("", RATE))) == (0, 0, 0)
    assert np.abs(sound).max() <= 2 * 3277
    with pytest.raises(ValueError, match="got 'E'"):
        tones("1E", RATE)
    with pytest.raises(ValueError, match="louder than full scale"):
        tones("1", RATE, level=-6.0, twist=1.0)


def test_a_bank_measures_amplitudes_and_offsets() -> None:
    """Of a sine between its frequencies too."""
    bank = Bank((1000.0, 1100.0), 16000, 320)
    times = np.arange(400) / 16000
    wave = np.rint(8000 * np.sin(2 * np.pi * 1003 * times)).astype(np.int16)
    before, now = bank.measure(wave[:320]), bank.measure(wave[80:])
    assert abs(before[0]) == pytest.approx(8000, rel=0.01)
    assert abs(before[1]) < 400
    assert bank.power(wave[:320]) == pytest.approx(8000**2 / 2, rel=0.01)
    assert bank.offsets(before, now, 80)[0] == pytest.approx(3.0, abs=0.1)
