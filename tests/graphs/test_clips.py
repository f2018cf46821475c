from __future__ import annotations

from importlib import import_module
from itertools import zip_longest
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from voiceflow import Audio, Frame, Transcript
from voiceflow.graphs.clips import Line, script
from voiceflow.nodes.pocketsphinx import PocketSphinx
from voiceflow.nodes.silero import Silero
from voiceflow.nodes.webrtc_ns import WebRtcDenoise
from voiceflow.testing.drive import drive

RATE = 16_000


def recording(line: Line) -> tuple[NDArray[np.int16], int]:
    samples, rate = cast(Any, import_module("soundfile")).read(line.path, dtype="int16")
    return samples, rate


def words(text: str) -> list[str]:
    return "".join(c if c.isalpha() else " " for c in text.lower()).split()


def test_the_script_has_a_turn_that_interrupts() -> None:
    """At least three turns; the first is spoken by itself, one while a reply sounds, the others after one."""
    triggers = [line.trigger for line in script()]
    assert len(triggers) >= 3
    assert triggers[0] == "start"
    assert triggers.count("reply_audible") == 1
    assert "start" not in triggers[1:]
    assert next(line.seconds for line in script() if line.trigger == "reply_audible") == 1.2


@pytest.mark.parametrize("line", script(), ids=lambda line: line.path.stem)
def test_each_clip_is_a_short_mono_recording(line: Line) -> None:
    """16 kHz, one channel, 1 to 4 s, loud enough and not clipped."""
    samples, rate = recording(line)
    assert rate == RATE
    assert samples.ndim == 1
    assert 1.0 < len(samples) / rate < 4.0
    assert 8_000 < np.abs(samples.astype(np.int32)).max() < 32_767


@pytest.mark.slow
@pytest.mark.shares_model
@pytest.mark.parametrize("denoised", [False, True])
async def test_the_embedded_recogniser_hears_the_caller(denoised: bool) -> None:
    """At least 95 % of the words, on a line with faint noise, with and without noise suppression."""
    silence = np.zeros(2 * RATE, np.int16)
    whole = np.concatenate([silence, *(part for line in script() for part in (recording(line)[0], silence))])
    noise = np.rint(np.random.default_rng(1).normal(0.0, 4.0, len(whole)))
    line = np.clip(whole + noise, -32_768, 32_767).astype(np.int16)
    frames: list[Frame] = [Audio(line[at : at + 320], RATE, at) for at in range(0, len(line), 320)]
    if denoised:
        frames = (await drive(WebRtcDenoise(), {"input": frames}))["audio"]
    frames = (await drive(Silero(), {"input": frames}))["audio"]
    transcripts = (await drive(PocketSphinx(), {"audio": frames}))["transcripts"]
    heard = [f.text for f in transcripts if isinstance(f, Transcript) and f.stage == "final" and f.text]
    said = [line.words for line in script()]
    assert len(heard) == len(said)
    pairs = [pair for one, other in zip(said, heard, strict=True) for pair in zip_longest(words(one), words(other))]
    right = sum(one == other for one, other in pairs)
    assert right >= 0.95 * len(words(" ".join(said)))
