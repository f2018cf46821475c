from typing import Any, cast

import numpy as np
import pytest

from voiceflow import Audio, Samples, Speech
from voiceflow.nodes.energy import Energy
from voiceflow.testing import check_vad, drive

RATE = 16000


def hiss(rate: int, seconds: float, level: float) -> Samples:
    noise: Samples = np.rint(np.random.default_rng(3).normal(0, level, round(rate * seconds))).astype(np.int16)
    return noise


def edges(node: Energy, samples: Samples, rate: int = RATE) -> list[tuple[bool, float]]:
    """Begins and ends, in seconds."""
    stage = node.stage()
    frames = [*stage.push(Audio(samples, rate)), *stage.end()]
    told = [frame.speech for frame in frames if isinstance(frame, Audio) and frame.speech]
    return [(edge.active, edge.pts / rate) for edge in told]


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 48000])
def test_what_is_loud_is_found_at_any_rate(rate: int) -> None:
    """A burst from 0.5 to 1.0 s in a soft hiss begins and ends there."""
    samples = np.concatenate([hiss(rate, 0.5, 20), hiss(rate, 0.5, 2000), hiss(rate, 0.5, 20)])
    assert edges(Energy(), samples, rate) == [(True, 0.5), (False, 1.0)]


def test_the_noise_is_followed() -> None:
    """A steady noise over the threshold is soon no speech; a voice over it still is."""
    samples = np.concatenate([hiss(RATE, 2.0, 300), hiss(RATE, 0.5, 3000), hiss(RATE, 1.0, 300)])
    assert edges(Energy(), samples) == [(True, 2.0), (False, 2.5)]


def test_what_is_under_the_threshold_is_no_speech() -> None:
    """However far it stands out of the silence."""
    samples = np.concatenate([np.zeros(RATE, np.int16), hiss(RATE, 1.0, 60), np.zeros(RATE, np.int16)])
    assert edges(Energy(), samples) == []
    assert edges(Energy(threshold=-60.0), samples) == [(True, 1.0), (False, 2.0)]


def test_an_offset_is_no_sound() -> None:
    """A microphone's constant offset has no loudness."""
    assert edges(Energy(), np.full(RATE, 5000, np.int16)) == []


async def test_as_a_node_it_gives_audio_and_speech() -> None:
    """Run on wires, it passes the audio and tells the edges."""
    samples = np.concatenate([np.zeros(RATE, np.int16), hiss(RATE, 0.5, 3000), np.zeros(RATE, np.int16)])
    driven = await drive(Energy(), {"input": [Audio(samples, RATE)]})
    speech = [frame for frame in driven["speech"] if isinstance(frame, Speech)]
    assert [(edge.active, edge.voiced, edge.pts) for edge in speech] == [
        (True, True, 16000),
        (True, False, 24000),
        (False, False, 24000),
    ]
    audio = [frame for frame in driven["audio"] if isinstance(frame, Audio)]
    assert np.array_equal(np.concatenate([frame.samples for frame in audio]), samples)


@pytest.mark.parametrize(("setting", "value"), [("threshold", 1.0), ("margin", -1.0), ("rise", -1.0)])
def test_a_setting_out_of_range_is_refused(setting: str, value: float) -> None:
    """The message names the setting."""
    with pytest.raises(ValueError, match=setting):
        Energy(**cast(dict[str, Any], {setting: value}))


async def test_it_keeps_the_contract_of_a_vad() -> None:
    """Places, silence, speech, and what is cancelled: as of every detector of voices."""
    await check_vad(Energy, speech=hiss(RATE, 1.0, 3000))
