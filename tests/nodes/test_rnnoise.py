import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import trio
from numpy.typing import NDArray

from voiceflow import Audio, Frame, ProviderError, Samples
from voiceflow.nodes.rnnoise import RNNoise
from voiceflow.nodes.soundfile import read_audio
from voiceflow.testing import check_filter, drive

if find_spec("pyrnnoise") is None:
    pytest.skip("the package pyrnnoise is not installed", allow_module_level=True)

pytestmark = pytest.mark.shares_model

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


def run(node: RNNoise, samples: Samples, rate: int, size: int) -> list[Audio]:
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


def gained(node: RNNoise, clean: Samples, rate: int) -> tuple[float, float]:
    """By how many dB the hiss between words fell, and by how many the speech did."""
    mixed, speech, quiet = noisy(clean, rate)
    out = joined(run(node, mixed, rate, rate // 50))
    fell = [level(mixed[part]) - level(out[part]) for part in quiet]
    return min(fell), level(mixed[speech]) - level(out[speech])


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_noise_between_words_goes_and_the_voice_stays(rate: int) -> None:
    """Over 30 dB less hiss, and the voice loses under 1.5 dB."""
    noise, speech = gained(RNNoise(), voice(rate, 1.5), rate)
    assert noise > 30.0
    assert abs(speech) < 1.5


@pytest.mark.skipif(not RECORDING.exists(), reason="the recordings are not beside this checkout")
def test_a_recording_loses_its_noise_and_keeps_its_voice() -> None:
    """Of a real voice in a hiss, over 30 dB less hiss, less than 1 dB less voice."""
    noise, speech = gained(RNNoise(), read_audio(RECORDING), 16000)
    assert noise > 30.0
    assert abs(speech) < 1.0


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
def test_samples_keep_their_places(rate: int) -> None:
    """As many come out as went in, one after another, and the voice is where it was."""
    samples = voice(rate, 2.0)
    out = run(RNNoise(), samples, rate, 337)
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
    assert np.array_equal(joined(run(RNNoise(), samples, 16000, 7)), joined(run(RNNoise(), samples, 16000, 16000)))


def test_as_a_node_it_gives_as_much_as_it_takes() -> None:
    """Opened and run on wires, every sample comes out."""
    samples = voice(16000, 1.0)
    driven = trio.run(drive, RNNoise(), {"input": [Audio(samples[:777], 16000), Audio(samples[777:], 16000, 777)]})
    assert sum(len(frame.samples) for frame in driven["audio"] if isinstance(frame, Audio)) == len(samples)


def test_nothing_but_the_library_is_taken_from_the_package() -> None:
    """Its Python, which wants much more, is never imported."""
    run(RNNoise(), voice(48000, 0.1), 48000, 480)
    assert "pyrnnoise" not in sys.modules


def test_without_the_library_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same goes for a path that holds no such library, or another one."""
    with pytest.raises(ProviderError, match="is not RNNoise's library"):
        _first(RNNoise(library=str(tmp_path / "no.so")))
    with pytest.raises(ProviderError, match="is not RNNoise's library"):
        _first(RNNoise(library="libc.so.6"))
    monkeypatch.setattr(sys, "path", [])
    sys.path_importer_cache.clear()
    with pytest.raises(ProviderError, match="pip install --no-deps pyrnnoise"):
        _first(RNNoise())


def _first(node: RNNoise) -> None:
    list(node.stage().push(Audio(voice(48000, 0.1), 48000)))


def test_a_library_may_be_named_by_its_path() -> None:
    """The package's own, found by hand, gives the same."""
    spec = find_spec("pyrnnoise")
    assert spec is not None
    assert spec.origin is not None
    samples = voice(48000, 0.2)
    named = RNNoise(library=str(Path(spec.origin).parent / "librnnoise.so"))
    assert np.array_equal(joined(run(named, samples, 48000, 480)), joined(run(RNNoise(), samples, 48000, 480)))


@pytest.mark.parametrize("rate", [16000, 44100])
def test_it_keeps_the_contract_of_a_filter(rate: int) -> None:
    """Places, silence, any blocks, and what is cancelled: as of every filter."""
    trio.run(partial(check_filter, RNNoise, rate=rate))
