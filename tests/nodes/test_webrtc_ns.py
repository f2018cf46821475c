import sys
from functools import partial
from typing import Any, cast

import numpy as np
import pytest
import trio
from noisy import check_places, gained, joined, noisy, run, voice
from parts import RECORDINGS, SPEECH, WEBRTC

from voiceflow import Audio, ProviderError
from voiceflow.nodes.soundfile import read_audio
from voiceflow.nodes.webrtc_ns import WebRtcDenoise
from voiceflow.testing import check_filter, drive

WEBRTC.need()

RECORDING = SPEECH / "librivox-0890.wav"


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
@pytest.mark.parametrize(("strength", "least"), [(1, 5.0), (2, 10.0), (3, 14.0), (4, 18.0)])
def test_noise_between_words_falls_and_the_voice_stays(rate: int, strength: int, least: float) -> None:
    """Each level takes out about 6 dB more; the voice loses under 2 dB."""
    noise, speech = gained(WebRtcDenoise(level=strength), voice(rate, 1.5), rate)
    assert noise > least
    assert abs(speech) < 2.0


@RECORDINGS.mark
def test_a_recording_loses_its_noise_and_keeps_its_voice() -> None:
    """Of a real voice in a hiss, by default: over 10 dB less hiss, less than 1.5 dB less voice."""
    noise, speech = gained(WebRtcDenoise(), read_audio(RECORDING), 16000)
    assert noise > 10.0
    assert abs(speech) < 1.5


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
def test_samples_keep_their_places(rate: int) -> None:
    """As many come out as went in, one after another, and the voice is where it was."""
    check_places(WebRtcDenoise(level=1), rate)


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
