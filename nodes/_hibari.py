"""Hibari's voice: what `hibari` runs in a thread.

Its network says at once how long each sound lasts and, for every frame of 12.5 ms, the pitch and three parts of the
spectrum: harmonic, noise, and free in phase. The waveform is made of these frames here, part by part, as Hibari's own
function makes it only as a whole: the first part of a sentence then need not wait for its last.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow import ProviderError, Samples
from voiceflow.models import locate
from voiceflow.nodes._hibari_text import spelt
from voiceflow.onnx import Network, network

RATE = 24_000
FRAME = 300  # samples
CHUNK = 8  # frames: 100 ms

# Its peaks are at a quarter to two fifths of full scale. Made twice as loud, it is a little louder than eSpeak NG, and
# 4 dB below Flite, whose waves are flatter. A few samples in one phrase of ten would be clipped then: what is above the
# knee is bent.
GAIN, KNEE = 2.0, 0.8

# How many frames have passed when each sound is over, in pairs of frames; the network has it, but does not give it out.
_ENDS, _PAIR = "/CumSum_output_0", 2
_SPECTRUM = ("lh", "theta", "ln", "lr", "phi", "f0")
_INPUTS = ("ids", "speed")
# Sounds come so many frames before their plan, 75 ms, as forced alignment by a recogniser finds.
_EARLY = 6
# Of the third of a second of breath that it takes, so many frames of the plan are left: 0.1 s.
_BREATH = 8
_SILENT = frozenset(' ;:,.!?\u2014\u2026"()\u201c\u201d')
# A frame's window reaches over its neighbours: one to the left, two to the right.
_LEFT, _RIGHT = 1, 2

Parts = Sequence[NDArray[np.float32]]


class _Token(Protocol):
    text: str
    phonemes: str | None
    whitespace: str


class _Reader(Protocol):
    """Hibari's way from text to phonemes. It keeps nothing from text to text."""

    def tokenize(self, text: str) -> list[_Token]: ...
    def phonemize_tokens(self, tokens: list[_Token]) -> list[_Token]: ...


@attrs.frozen(eq=False)
class Speech:
    """A piece of text on its way to be sound: words (characters, sample), and chunks that are made when asked for."""

    words: list[tuple[int, int, int]]
    chunks: Iterator[Samples]


class _Dsp(Protocol):
    """Hibari's signal processing, of which these are used."""

    def pulses(self, f0: NDArray[np.float32]) -> NDArray[np.float32]: ...
    def stft(self, x: NDArray[np.float32], F: int) -> NDArray[np.complex64]: ...
    def ola(self, spec: NDArray[np.complex64]) -> NDArray[np.float32]: ...
    def ex(self, x: NDArray[np.float32]) -> NDArray[np.float32]: ...


@attrs.frozen(eq=False)
class _Voice:
    """What all calls share; any thread may use it."""

    normalise: Callable[[str], str]
    reader: _Reader
    sounds: dict[str, int]
    network: Network
    dsp: _Dsp

    def read(self, text: str) -> tuple[list[int], list[tuple[int, int, int]]]:
        """The network's input; and of each word that sounds its characters and where in that input it begins."""
        plain = self.normalise(text)
        ids, firsts = [0], list[int | None]([None])
        for token in self.reader.phonemize_tokens(self.reader.tokenize(plain)):
            for sound in f"{token.phonemes or ''}{token.whitespace}":
                if sound not in _SILENT and firsts[-1] is None and sound in self.sounds:
                    firsts[-1] = len(ids)
                ids += [self.sounds[sound]] if sound in self.sounds else []
            firsts += [None] if token.whitespace else []
        words = list[tuple[int, int, int]]()
        for (start, end), (a, b) in spelt(text, plain):
            first = next((at for at in firsts[a:b] if at is not None), None)
            words += [] if first is None else [(start, end, first)]
        return [*ids, 0], words

    def speak(self, text: str, speed: float, seed: int) -> Speech:
        """Plan a piece of text."""
        ids, words = self.read(text)
        if not words:
            return Speech([], iter(()))
        feed = {"ids": np.array([ids], np.int64), "speed": np.array([speed], np.float32)}
        *parts, ends = self.network.run((*_SPECTRUM, _ENDS), feed)
        begins = [int(end) * _PAIR for end in ends]
        skipped = max(0, begins[0] - _BREATH)
        starts = [(start, end, max(0, begins[at - 1] - _EARLY - skipped) * FRAME) for start, end, at in words]
        return Speech(starts, _chunks(self.dsp, [part[0] for part in parts], skipped, np.random.default_rng(seed)))


def _chunks(dsp: _Dsp, parts: Parts, skipped: int, noise: np.random.Generator) -> Iterator[Samples]:
    """The waveform, from a frame on."""
    spectrum = _Spectrum(dsp, parts, noise, skipped)
    for start in range(skipped, spectrum.frames, CHUNK):
        stop, first = min(start + CHUNK, spectrum.frames), max(start - _LEFT, 0)
        sound = dsp.ola(spectrum.upto(stop + _RIGHT)[:, first:])[(start - first) * FRAME : (stop - first) * FRAME]
        yield np.rint(bent(sound * GAIN) * 32767).astype(np.int16)


def bent(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """As it is up to the knee, and nowhere above 1."""
    size, room = np.abs(sound), np.float32(1 - KNEE)
    return np.where(size <= KNEE, sound, np.copysign(KNEE + room * np.tanh((size - KNEE) / room), sound))


@attrs.define(eq=False)
class _Spectrum:
    """The sum of the three parts, made as far as it is asked for: bins by frames."""

    dsp: _Dsp
    parts: Parts
    noise: np.random.Generator
    ready: int
    frames: int = attrs.field(init=False)
    _pulses: NDArray[np.complex64] = attrs.field(init=False)
    _made: NDArray[np.complex64] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        pitch = self.parts[-1]
        self.frames = len(pitch)
        self._pulses = self.dsp.stft(self.dsp.pulses(pitch), self.frames)
        self._made = np.zeros(self._pulses.shape, np.complex64, order="F")  # it is read by frames

    def upto(self, stop: int) -> NDArray[np.complex64]:
        """All frames before that one, or the last."""
        new = slice(self.ready, min(stop, self.frames))
        if new.start < new.stop:
            self._made[:, new] = self._mix(new)
            self.ready = new.stop
        return self._made[:, : new.stop]

    def _mix(self, new: slice) -> NDArray[np.complex64]:
        harmonic, turn, noisy, rest, phase = (part[:, new] for part in self.parts[:-1])
        dice = self.noise.standard_normal((*harmonic.T.shape, 2), dtype=np.float32).view(np.complex64)[..., 0].T
        mix = _turned(self.dsp.ex(harmonic), np.tanh(turn) * np.float32(np.pi))
        mix *= self._pulses[:, new]
        mix += self.dsp.ex(noisy) * dice
        mix += _turned(self.dsp.ex(rest), phase)
        return mix


def _turned(size: NDArray[np.float32], angle: NDArray[np.float32]) -> NDArray[np.complex64]:
    """Complex numbers of that size and angle, five times as fast as by their exponential."""
    made = np.empty(angle.shape, np.complex64)
    np.cos(angle, out=made.real)
    np.sin(angle, out=made.imag)
    made *= size
    return made


@cache
def load(model: str | None) -> _Voice:
    """The voice in that file, or the one that Hibari brings along. Shared by all calls.

    Raises:
        ProviderError: Hibari, its model or onnxruntime is missing, or the file is no voice of Hibari's.
    """
    path = locate("hibari-heart", model)
    try:
        g2p, dsp = import_module("hibari.g2p"), import_module("hibari.dsp")
    except ImportError as error:
        raise ProviderError(
            "the voice Hibari is missing: pip install 'voiceflow[embedded]'", retryable=False
        ) from error
    sounds = json.loads((Path(g2p.ASSETS) / "vocab.json").read_text(encoding="utf-8"))
    network_ = network(str(path), _INPUTS, "Hibari", "hibari-heart", inner=(_ENDS,))
    voice = _Voice(g2p.normalize, g2p.G2P(), sounds, network_, cast(_Dsp, dsp))
    for _ in voice.speak("Hibari says hi.", 1.0, 0).chunks:  # what it loads when it is first used, it loads now
        pass
    return voice


def speak(model: str | None, text: str, speed: float, seed: int) -> Speech:
    return load(model).speak(text, speed, seed)


def chunk(speech: Speech) -> Samples | None:
    """The next of its chunks; None at the end."""
    return next(speech.chunks, None)
