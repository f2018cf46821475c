import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import trio
from noisy import check_places, gained, joined, noisy, run, voice
from parts import RECORDINGS, SPEECH
from parts import RNNOISE as LIBRARY

from voiceflow import Audio, ProviderError
from voiceflow.nodes.rnnoise import RNNoise
from voiceflow.nodes.soundfile import read_audio
from voiceflow.testing import check_filter, drive

LIBRARY.need()
pytestmark = pytest.mark.shares_model

RECORDING = SPEECH / "librivox-0890.wav"


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_noise_between_words_goes_and_the_voice_stays(rate: int) -> None:
    """Over 30 dB less hiss, and the voice loses under 1.5 dB."""
    noise, speech = gained(RNNoise(), voice(rate, 1.5), rate)
    assert noise > 30.0
    assert abs(speech) < 1.5


@RECORDINGS.mark
def test_a_recording_loses_its_noise_and_keeps_its_voice() -> None:
    """Of a real voice in a hiss, over 30 dB less hiss, less than 1 dB less voice."""
    noise, speech = gained(RNNoise(), read_audio(RECORDING), 16000)
    assert noise > 30.0
    assert abs(speech) < 1.0


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
def test_samples_keep_their_places(rate: int) -> None:
    """As many come out as went in, one after another, and the voice is where it was."""
    check_places(RNNoise(), rate)


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
