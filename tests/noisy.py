"""What every noise suppressor is tried on: a voice in a hiss, and how much of each it leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from voiceflow import Audio, Frame, Samples, StageNode


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


def run(node: StageNode, samples: Samples, rate: int, size: int) -> list[Audio]:
    """What the node's stage makes of them in blocks of that size."""
    stage = node.stage()
    frames: list[Frame] = []
    for at in range(0, len(samples), size):
        frames += stage.push(Audio(samples[at : at + size], rate, at))
    frames += stage.end()
    return [frame for frame in frames if isinstance(frame, Audio)]


def joined(audio: list[Audio]) -> Samples:
    return np.concatenate([block.samples for block in audio])


def gained(node: StageNode, clean: Samples, rate: int) -> tuple[float, float]:
    """By how many dB the hiss between words fell, and by how many the speech did."""
    mixed, speech, quiet = noisy(clean, rate)
    out = joined(run(node, mixed, rate, rate // 50))
    fell = [_level(mixed[part]) - _level(out[part]) for part in quiet]
    return min(fell), _level(mixed[speech]) - _level(out[speech])


def check_places(node: StageNode, rate: int) -> None:
    """As many samples come out as went in, one after another, and the voice is where it was."""
    samples = voice(rate, 2.0)
    out = run(node, samples, rate, 337)
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


def _level(samples: Samples) -> float:
    """dB, root mean square."""
    return float(10 * np.log10(np.mean(samples.astype(np.float64) ** 2) + 1e-3))
