"""Calls for `barge_in`: a caller who interrupts, listens along or is silent, noises around it, all of it labelled.

Voices are Flite's, and people's from recordings; noises are made here. One seed makes the same samples everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import Literal

import attrs
import numpy as np
from barge_in_voices import RATE, Sound, flite, loudness, recorded

from voiceflow import Samples

Kind = Literal["interruption", "backchannel", "noise"]

INTERRUPTIONS = (
    "stop", "wait", "no wait", "hold on", "no", "excuse me", "actually I meant Tuesday", "can I ask you something",
    "I have a question about that", "that is not what I asked", "sorry, could you repeat that please",
    "no no, the other one", "what about the price", "never mind", "hang on a second",
    "I already tried that and it did not work", "okay but how much is it", "yeah but I need it by Friday",
    "right, and what about the second one", "please stop for a moment", "how long will that take",
    "I would rather speak to a person about this if that is possible", "wait a minute, which one do you mean",
    "let me tell you what happened yesterday when I came home from work", "cancel that", "that is enough",
    "my number has changed", "is there anything cheaper", "no, that is wrong", "one moment please",
)  # fmt: skip
BACKCHANNELS = (
    "mm-hmm", "yeah", "okay", "right", "uh huh", "yes", "sure", "I see", "yeah yeah", "okay okay", "got it", "oh",
    "really", "hmm", "aha", "all right", "of course", "makes sense", "oh wow", "yeah right", "good", "yes, of course",
)  # fmt: skip
OPENING = "hello, I am calling because of the order that I placed last week, it has not come yet"


@attrs.frozen
class Event:
    """What happens in a call from sample `start` to sample `end`."""

    kind: Kind
    what: str
    start: int
    end: int


@attrs.frozen
class Call:
    """One caller on one line. `snr` is the decibels of the caller's voice over the noise that is always there."""

    voice: str
    snr: int
    samples: Samples = attrs.field(repr=False, eq=False)
    events: tuple[Event, ...]


# Noises: each with a loudness of its own, set when it is mixed


def _band(random: np.random.Generator, seconds: float, low: float, high: float) -> Sound:
    """Noise between two frequencies."""
    spectrum = np.fft.rfft(random.normal(size=round(seconds * RATE)))
    at = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    return np.fft.irfft(spectrum * ((at > low) & (at < high)), round(seconds * RATE))


def _decay(sound: Sound, seconds: float) -> Sound:
    return sound * np.exp(-np.arange(len(sound)) / RATE / seconds)


def cough(random: np.random.Generator, caller: str) -> Sound:
    """Two or three bursts of breath."""
    parts: list[Sound] = []
    for _ in range(random.integers(2, 4)):
        parts += [_decay(_band(random, 0.28, 300, 4000), 0.07), np.zeros(round(random.uniform(0.05, 0.15) * RATE))]
    return np.concatenate(parts)


def door(random: np.random.Generator, caller: str) -> Sound:
    """A slam, and the room after it."""
    return _decay(_band(random, 0.6, 30, 400), 0.08) + 0.2 * _decay(_band(random, 0.6, 100, 3000), 0.05)


def keyboard(random: np.random.Generator, caller: str) -> Sound:
    """Some two seconds of typing."""
    sound = np.zeros(2 * RATE)
    for at in np.cumsum(random.uniform(0.06, 0.25, 20)):
        begin = round(at * RATE)
        click = _decay(_band(random, 0.03, 1500, 7000), 0.006)[: max(0, len(sound) - begin)]
        sound[begin : begin + len(click)] += click
    return sound


def hum(random: np.random.Generator, caller: str) -> Sound:
    """A motor that runs for two seconds."""
    time = np.arange(2 * RATE) / RATE
    return sum(
        (np.sin(2 * np.pi * 100 * k * time + random.uniform(0, 6)) / k for k in range(1, 12)), np.zeros(2 * RATE)
    )


def music(random: np.random.Generator, caller: str) -> Sound:
    """Three seconds of chords."""
    time = np.arange(round(0.5 * RATE)) / RATE
    chords: list[Sound] = []
    for _ in range(6):
        root = 220 * 2 ** (random.integers(0, 12) / 12)
        notes = (root, root * 5 / 4, root * 3 / 2)
        chord = sum(
            (np.sin(2 * np.pi * note * k * time) / k**1.5 for note in notes for k in range(1, 6)), np.zeros(len(time))
        )
        chords.append(_decay(chord, 0.4))
    return np.concatenate(chords)


def ringing(random: np.random.Generator, caller: str) -> Sound:
    """Another telephone."""
    time = np.arange(RATE) / RATE
    tone = np.sin(2 * np.pi * 440 * time) + np.sin(2 * np.pi * 480 * time)
    return np.concatenate([tone, np.zeros(RATE // 2), tone]) * random.uniform(0.9, 1.0)


def babble(random: np.random.Generator, caller: str) -> Sound:
    """Three seconds of other people in the room: three voices at once, as they sound from far away."""
    voices = [voice for voice in ("slt", "rms", "awb") if voice != caller]
    sound = np.zeros(3 * RATE)
    for _ in range(3):
        text = " ".join(random.permutation(INTERRUPTIONS)[:6])
        speech = flite(str(random.choice(voices)), text)
        begin = random.integers(0, len(speech) - len(sound))
        sound += speech[begin : begin + len(sound)] / loudness(speech)
    return _far(random, sound)


def voice_in_the_room(random: np.random.Generator, caller: str) -> Sound:
    """Somebody else who says a sentence far away."""
    voices = [voice for voice in ("slt", "rms", "awb") if voice != caller]
    return _far(random, flite(str(random.choice(voices)), str(random.choice(INTERRUPTIONS[14:]))))


def _far(random: np.random.Generator, sound: Sound) -> Sound:
    """With the echoes of a room of 0.4 s, and none of the nearness."""
    room = _decay(random.normal(size=round(0.4 * RATE)), 0.06)
    return np.convolve(sound, room)[: len(sound)]


NOISES: dict[str, tuple[Callable[..., Sound], tuple[int, ...]]] = {
    "cough": (cough, (-5, 0)),
    "door": (door, (-5, 0)),
    "keyboard": (keyboard, (-20, -10)),
    "hum": (hum, (-15, -5)),
    "music": (music, (-20, -10)),
    "telephone": (ringing, (-15, -5)),
    "babble": (babble, (-20, -15, -10, -5, 0)),
    "voice in the room": (voice_in_the_room, (-20, -15, -10)),
}
"""What there is, and how many decibels over (under) the caller's voice."""


# Calls

VOICES = {"slt": "slt", "rms": "rms", "awb": "awb", "jfk": "rms", "librivox": "awb"}
"""Who calls, and whose listening sounds stand in: there are none in the recordings."""
SNRS = (30, 20, 10, 5)
LEVELS = (-20, -26, -32)
"""Decibels of a caller's voice below full scale."""
BEGIN, FIRST, EVERY = 0.5, 10.0, 9.0
"""Seconds: where the caller opens the call, where the first event is, and from one to the next."""


def calls(seed: int = 1, each: tuple[int, int, int] = (7, 4, 4)) -> Iterator[Call]:
    """A call for each voice and SNR, with so many interruptions, listening sounds and noises in each."""
    deck = {
        "interruption": _dealt(seed, INTERRUPTIONS),
        "backchannel": _dealt(seed, BACKCHANNELS),
        "noise": _dealt(seed, [f"{name}, {level} dB" for name, (_, at) in NOISES.items() for level in at]),
    }
    for number, (snr, voice) in enumerate((snr, voice) for snr in SNRS for voice in VOICES):
        random = np.random.default_rng((seed, number))
        kinds = [kind for kind, count in zip(deck, each, strict=True) for _ in range(count)]
        events = [(kind, next(deck[kind])) for kind in random.permutation(kinds)]
        yield _call(random, voice, snr, LEVELS[number % len(LEVELS)], events)


def _dealt(seed: int, cards: Sequence[str]) -> Iterator[str]:
    """All of them in some order, then all in another, without end."""
    random = np.random.default_rng(seed)
    while True:
        yield from map(str, random.permutation(cards))


def _call(random: np.random.Generator, voice: str, snr: int, level: int, events: Sequence[tuple[Kind, str]]) -> Call:
    """The caller's loudness is 1 until all is mixed."""
    sound = _band(random, FIRST + EVERY * len(events), 50, 7500)
    sound *= 10 ** (-snr / 20) / loudness(sound)
    voices = _caller(voice)
    opening = [next(voices) for _ in range(1 if voice == VOICES[voice] else 2)]
    _mix(sound, np.concatenate(opening), BEGIN, 0)
    labels: list[Event] = []
    for number, (kind, what) in enumerate(events):
        over = 0
        if kind == "noise":
            name, over = what.split(",")[0], int(what.split()[-2])
            heard = NOISES[name][0](random, VOICES[voice])
        elif kind == "backchannel" or voice == VOICES[voice]:
            heard = flite(VOICES[voice], what)
        else:
            heard, what = next(voices), "recorded"
        labels.append(Event(kind, what, *_mix(sound, heard, FIRST + EVERY * number, over)))
    sound *= 10 ** (level / 20)
    return Call(voice, snr, np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16), tuple(labels))


def _caller(voice: str) -> Iterator[Sound]:
    """What the caller of this name says, from the opening on, where it is no text that is given."""
    if voice == VOICES[voice]:
        yield flite(voice, OPENING)
    yield from cycle(sound for name, sounds in recorded().items() if name.startswith(voice) for sound in sounds)


def _mix(sound: Sound, heard: Sound, second: float, over: int) -> tuple[int, int]:
    begin = round(second * RATE)
    sound[begin : begin + len(heard)] += heard / loudness(heard) * 10 ** (over / 20)
    return begin, begin + len(heard)
