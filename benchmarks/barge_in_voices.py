"""Voices for the calls of `barge_in`: Flite's, and people's from recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiceflow import Samples
from voiceflow.nodes._flite import speak
from voiceflow.nodes.soundfile import read_audio

RATE = 16_000
SPEECH = Path(__file__).parents[2] / "shared" / "data" / "speech"

Sound = NDArray[np.float64]

HUMMED = {"mm-hmm": "uh huh", "hmm": "uh"}
"""Flite spells these: they are what they sound like with an open mouth, slow, and below 600 Hz."""


@cache
def flite(voice: str, text: str) -> Sound:
    """Spoken by Flite, without the silence around it."""
    if text in HUMMED:
        return _below(_flite(voice, HUMMED[text], 0.6), 600)
    return _flite(voice, text, 1.0)


def _below(sound: Sound, frequency: float) -> Sound:
    spectrum = np.fft.rfft(sound)
    low: Sound = np.fft.irfft(spectrum * (np.fft.rfftfreq(len(sound), 1 / RATE) < frequency), len(sound))
    return low


def _flite(voice: str, text: str, speed: float) -> Sound:
    chunks: list[Samples] = []

    def take(samples: Samples, rate: int, words: object) -> bool:
        chunks.append(samples)
        return True

    speak(voice, text.encode("ascii"), speed, take)
    return trimmed(np.concatenate(chunks).astype(np.float64) / 32768)


def trimmed(sound: Sound) -> Sound:
    """From where it rises over 35 dB below its loudest 10 ms to where it falls under that."""
    loud = np.flatnonzero(levels(sound) > levels(sound).max() - 35)
    return sound[loud[0] * 160 : (loud[-1] + 1) * 160]


def levels(sound: Sound) -> Sound:
    """Decibels of each 10 ms."""
    frames = sound[: len(sound) // 160 * 160].reshape(-1, 160)
    decibels: Sound = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    return decibels


@cache
def recorded() -> dict[str, tuple[Sound, ...]]:
    """What people say in the recordings, by the name of each: cut at pauses of 0.1 s, half a second at least."""
    names: list[str] = list(json.loads((SPEECH / "transcripts.json").read_text("utf-8")))
    return {name: tuple(_stretches(read_audio(SPEECH / name, RATE).astype(np.float64) / 32768)) for name in names}


def _stretches(sound: Sound) -> Iterator[Sound]:
    quiet = levels(sound) < np.percentile(levels(sound), 95) - 22
    begin = last = None
    for frame, is_quiet in enumerate([*quiet, *[True] * 10]):
        if not is_quiet:
            begin, last = frame if begin is None else begin, frame
        elif begin is not None and last is not None and frame - last >= 10:
            if last - begin >= 50:
                yield sound[begin * 160 : (last + 1) * 160]
            begin = None


def loudness(sound: Sound) -> float:
    """RMS of what is loud in it, so that pauses do not count."""
    frames = levels(sound)
    return float(np.sqrt(np.mean(10 ** (frames[frames > frames.max() - 20] / 10))))
