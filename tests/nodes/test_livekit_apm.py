"""WebRTC's echo canceller: the agent's voice goes, the user's stays, also when both talk."""

from __future__ import annotations

import math
import sys

import numpy as np
import pytest
from numpy.typing import NDArray
from parts import LIVEKIT, RECORDINGS, SPEECH

from voiceflow import ProviderError, Samples
from voiceflow.nodes.livekit_apm import EchoCanceller
from voiceflow.nodes.soundfile import read_audio

# The library keeps its threads, and what they wait on, until the process ends.
loads = [LIVEKIT.mark, pytest.mark.shares_model]
RATE = 16000


def levelled(samples: Samples, rms: float = 3000.0) -> NDArray[np.float64]:
    """At one loudness."""
    found = samples.astype(np.float64)
    return np.asarray(found * rms / np.sqrt(np.mean(found**2)))


def voice(seconds: float, seed: int) -> NDArray[np.float64]:
    """Noise in the shape of a voice: four syllables a second with pauses, most of it below 1 kHz."""
    random = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    shaped = np.convolve(random.normal(size=len(t)), np.exp(-np.arange(40) / 8), "same")
    syllables = np.clip(np.sin(2 * np.pi * (3.1 + 0.7 * seed) * t + seed) + 0.4, 0, 1)
    return levelled((1000 * shaped * syllables).astype(np.int16))


def room(delay: float, seed: int = 1) -> NDArray[np.float64]:
    """An impulse response: `delay` seconds of nothing, then a direct sound and a tail, 6 dB below what is played."""
    random = np.random.default_rng(seed)
    tail = random.normal(size=2400) * np.exp(-np.arange(2400) / 960)
    tail[0] = 3.0
    return np.concatenate([np.zeros(round(delay * RATE)), 0.5 * tail / np.sqrt(np.sum(tail**2))])


def int16(signal: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(signal), -32768, 32767).astype(np.int16)


def cancelled(heard: NDArray[np.float64], played: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a fresh canceller makes of it, moved back to its place."""
    canceller = EchoCanceller()
    canceller.open()
    ours, theirs = int16(heard), int16(played)
    frames = [
        canceller.process(ours[at : at + 160], theirs[at : at + 160])
        for at in range(0, len(ours) - 159, canceller.frame)
    ]
    return np.concatenate(frames)[canceller.delay :].astype(np.float64)


def less(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """By how many decibels it is less."""
    both = slice(0, min(len(before), len(after)))
    ours, theirs = (float(np.mean(signal[both] ** 2)) for signal in (before, after))
    return 10 * math.log10(ours / max(theirs, 1e-9))


def share_kept(alone: NDArray[np.float64], both: NDArray[np.float64]) -> float:
    """The share of the user's loud pieces of 20 ms (those within 20 dB of the loudest) that lose less than 10 dB."""
    size = min(len(alone), len(both)) // 320 * 320
    ours, theirs = (power(signal[:size]) for signal in (alone, both))
    loud = ours > ours.max() / 100
    return float(np.count_nonzero(theirs[loud] > ours[loud] / 10) / np.count_nonzero(loud))


def power(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of each 20 ms."""
    return np.asarray(np.mean(signal.reshape(-1, 320) ** 2, axis=1), np.float64)


def recorded(name: str) -> NDArray[np.float64]:
    RECORDINGS.need()
    return levelled(read_audio(SPEECH / name))


def signals(kind: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """An agent and a user, of one length."""
    if kind == "made":
        return voice(7.0, 1), voice(7.0, 2)
    agent, user = recorded("librivox-0870.wav"), recorded("librivox-0890.wav")
    size = min(len(agent), len(user))
    return agent[:size], user[:size]


class TestOnEchoes:
    pytestmark = loads

    @pytest.mark.parametrize("delay", [0.0, 0.03, 0.1, 0.2])
    @pytest.mark.parametrize("kind", ["made", "recorded"])
    def test_at_least_15_decibels_of_echo_are_removed(self, kind: str, delay: float) -> None:
        """From the second second on, from a room of 0.15 s and devices that hold up to 0.2 s; and 10 in the first."""
        agent, _ = signals(kind)
        echo = np.convolve(agent, room(delay))[: len(agent)] + np.random.default_rng(0).normal(0, 3, len(agent))
        clean = cancelled(echo, agent)
        first, rest = less(echo[:RATE], clean[:RATE]), less(echo[RATE:], clean[RATE:])
        print(f"{kind}, {delay * 1000:.0f} ms: {first:.1f} dB in the first second, {rest:.1f} dB behind it")
        assert first >= 10
        assert rest >= 15

    @pytest.mark.parametrize(("gain", "least"), [(1.0, 0.6), (0.5, 0.75)])
    @pytest.mark.parametrize("kind", ["made", "recorded"])
    def test_the_user_is_heard_while_both_talk(self, kind: str, gain: float, least: float) -> None:
        """Over an echo 6 and 12 dB below the voice: within 3 dB in all, and most of each 20 ms, more of a weaker echo.

        Compared with what the canceller makes of the user alone. The agent has talked for half of the time before.
        """
        agent, user = signals(kind)
        half = len(user) // 2
        user[:half] = 0
        noise = np.random.default_rng(0).normal(0, 3, len(agent))
        echo = gain * np.convolve(agent, room(0.06))[: len(agent)]
        alone = cancelled(user + noise, np.zeros_like(agent))[half:]
        both = cancelled(user + echo + noise, agent)[half:]
        level, kept, below = -less(alone, both), share_kept(alone, both), less(user[half:], echo[half:])
        print(f"{kind}: {level:.1f} dB, {kept:.0%} kept, over an echo {below:.1f} dB below the voice")
        assert abs(level) < 3
        assert kept >= least

    def test_the_user_alone_keeps_level_and_place(self) -> None:
        """To 2 dB and one sample, once `delay` is taken off."""
        _, user = signals("made")
        clean = cancelled(user, np.zeros_like(user))
        size = len(clean)
        fits = [float(np.dot(clean[100 : size - 100], user[100 + s : size - 100 + s])) for s in range(-20, 21)]
        assert abs(less(user, clean)) < 2
        assert abs(fits.index(max(fits)) - 20) <= 1

    def test_a_call_begins_with_nothing_learned(self) -> None:
        """The same call twice gives the same samples."""
        agent, user = signals("made")
        once, again = (cancelled(agent[:RATE] + user[:RATE], agent[:RATE]) for _ in range(2))
        assert np.array_equal(once, again)

    @pytest.mark.parametrize("rate", [16000, 32000, 48000])
    def test_silence_stays_silence(self, rate: int) -> None:
        """At each of its rates; ten milliseconds at a time."""
        canceller = EchoCanceller(rate=rate)
        canceller.open()
        silence = np.zeros(canceller.frame, np.int16)
        assert canceller.frame == rate // 100
        assert not any(canceller.process(silence, silence).any() for _ in range(50))


def test_another_rate_is_refused() -> None:
    """WebRTC has three; a device of another rate is resampled in front of it."""
    with pytest.raises(ValueError, match="rate"):
        EchoCanceller(rate=44100)


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """When it is opened, not when it is made."""
    monkeypatch.setitem(sys.modules, "livekit.rtc.apm", None)
    canceller = EchoCanceller()
    with pytest.raises(ProviderError, match=r"pip install 'voiceflow\[echo\]'") as caught:
        canceller.open()
    assert not caught.value.retryable
