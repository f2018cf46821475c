import sys
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import trio
from numpy.typing import NDArray

from voiceflow import Audio, Frame, ProviderError, Samples
from voiceflow.nodes.soundfile import read_audio
from voiceflow.nodes.webrtc_ns import WebRtcDenoise
from voiceflow.testing import check_filter, drive

pytest.importorskip("webrtc_noise_gain", reason="the extra voiceflow[embedded] is not installed")

RECORDING = Path(__file__).parents[3] / "shared" / "data" / "speech" / "librivox-0890.wav"


def voice(rate: int, seconds: float) -> Samples:
    """Four syllables a second of a gliding vowel of 110 to 150 Hz with two formants."""
    t = np.arange(round(rate * seconds)) / rate
    phase = 2 * np.pi * np.cumsum(130 + 20 * np.sin(5 * np.pi * t)) / rate
    sound: NDArray[np.float64] = np.zeros(len(t))
    for harmonic in range(1, 25):
        hz = 130 * harmonic
        gain = np.exp(-(((hz - 600) / 500) ** 2)) + 0.5 * np.exp(-(((hz - 1800) / 500) ** 2))
        sound += gain * np.sin(harmonic * phase)
    sound *= np.clip(np.sin(8 * np.pi * t) + 0.5, 0, 1)
    scaled: Samples = np.rint(6000 * sound / np.abs(sound).max()).astype(np.int16)
    return scaled


def noisy(clean: Samples, rate: int) -> tuple[Samples, slice, list[slice]]:
    """The clean sound twice in a steady hiss with pauses of 1.5 s, where it lies, and where only hiss is."""
    pause = np.zeros(rate * 3 // 2, np.int16)
    whole = np.concatenate([pause, clean, pause, clean, pause])
    mixed = whole + np.random.default_rng(0).normal(0, 150, len(whole))
    starts = [len(pause) + len(clean), 2 * (len(pause) + len(clean))]
    quiet = [slice(at + rate // 2, at + len(pause) - rate // 20) for at in starts]
    return np.clip(np.rint(mixed), -32768, 32767).astype(np.int16), slice(len(pause), starts[0]), quiet


def run(node: WebRtcDenoise, samples: Samples, rate: int, size: int) -> list[Audio]:
    stage = node.stage()
    frames: list[Frame] = []
    for at in range(0, len(samples), size):
        frames += stage.push(Audio(samples[at : at + size], rate, at))
    frames += stage.end()
    return [frame for frame in frames if isinstance(frame, Audio)]


def joined(audio: list[Audio]) -> Samples:
    return np.concatenate([block.samples for block in audio])


def level(samples: Samples) -> float:
    """dB, root mean square."""
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-3))


def gained(node: WebRtcDenoise, clean: Samples, rate: int) -> tuple[float, float]:
    """By how many dB the hiss between words fell, and by how many the speech did."""
    mixed, speech, quiet = noisy(clean, rate)
    out = joined(run(node, mixed, rate, rate // 50))
    fell = [level(mixed[part]) - level(out[part]) for part in quiet]
    return min(fell), level(mixed[speech]) - level(out[speech])


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize(("strength", "least"), [(1, 5.0), (2, 10.0), (3, 14.0), (4, 18.0)])
def test_noise_between_words_falls_and_the_voice_stays(rate: int, strength: int, least: float) -> None:
    """Each level takes out about 6 dB more; the voice loses under 2 dB."""
    noise, speech = gained(WebRtcDenoise(level=strength), voice(rate, 1.5), rate)
    assert noise > least
    assert abs(speech) < 2.0


@pytest.mark.skipif(not RECORDING.exists(), reason="the recordings are not beside this checkout")
def test_a_recording_loses_its_noise_and_keeps_its_voice() -> None:
    """Of a real voice in a hiss, by default: over 10 dB less hiss, less than 1.5 dB less voice."""
    noise, speech = gained(WebRtcDenoise(), read_audio(RECORDING), 16000)
    assert noise > 10.0
    assert abs(speech) < 1.5


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
def test_samples_keep_their_places(rate: int) -> None:
    """As many come out as went in, one after another, and the voice is where it was."""
    samples = voice(rate, 2.0)
    out = run(WebRtcDenoise(level=1), samples, rate, 337)
    assert [block.pts for block in out] == [0, *(block.end for block in out[:-1])]
    assert {block.rate for block in out} == {rate}
    assert len(joined(out)) == len(samples)
    # Where two signals lie upon one another their envelopes fit best unshifted.
    envelopes = [
        np.convolve(np.abs(each.astype(float)), np.ones(rate // 100), "same") for each in (samples, joined(out))
    ]
    shifts = [int(milliseconds * rate / 1000) for milliseconds in range(-15, 16, 3)]
    fits = [float(np.dot(envelopes[0], np.roll(envelopes[1], shift))) for shift in shifts]
    assert shifts[int(np.argmax(fits))] == 0


def test_what_comes_out_does_not_depend_on_the_blocks() -> None:
    """Blocks of 7 samples and of a second give the same."""
    samples = noisy(voice(16000, 0.5), 16000)[0]
    assert np.array_equal(
        joined(run(WebRtcDenoise(), samples, 16000, 7)), joined(run(WebRtcDenoise(), samples, 16000, 16000))
    )


def test_as_a_node_it_gives_as_much_as_it_takes() -> None:
    """Opened and run on wires, every sample comes out."""
    samples = voice(16000, 1.0)
    driven = trio.run(
        drive, WebRtcDenoise(), {"input": [Audio(samples[:777], 16000), Audio(samples[777:], 16000, 777)]}
    )
    assert sum(len(frame.samples) for frame in driven["audio"] if isinstance(frame, Audio)) == len(samples)


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is needed when a call starts, not before."""
    monkeypatch.setitem(sys.modules, "webrtc_noise_gain", None)
    stage = WebRtcDenoise().stage()
    with pytest.raises(ProviderError, match="webrtc-noise-gain"):
        list(stage.push(Audio(voice(16000, 0.1), 16000)))


@pytest.mark.parametrize(("setting", "value"), [("level", 0), ("level", 5), ("gain", -1), ("gain", 32)])
def test_a_setting_out_of_range_is_refused(setting: str, value: int) -> None:
    """The message names the setting."""
    with pytest.raises(ValueError, match=setting):
        WebRtcDenoise(**cast(dict[str, Any], {setting: value}))


@pytest.mark.parametrize("rate", [16000, 44100])
def test_it_keeps_the_contract_of_a_filter(rate: int) -> None:
    """Places, silence, any blocks, and what is cancelled: as of every filter."""
    trio.run(partial(check_filter, WebRtcDenoise, rate=rate))
