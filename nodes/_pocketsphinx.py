"""The worker behind `pocketsphinx`: decodes one utterance after the other. Imports nothing that takes long."""

from __future__ import annotations

import math
import os
import re
from importlib import import_module
from time import thread_time
from typing import Any, Protocol

RATE = 16000
FRAMES = 100  # a second: what the decoder counts in

_INTERIM = RATE // 5  # samples between two interims: five a second are more than a reader needs
_LOOK = RATE  # samples of speech that the first look at a new speaker waits for
_HOP = RATE // FRAMES
_GUESS = 20  # frames that the mean of all speakers counts for, beside what a first utterance tells
_PRIOR = 100  # frames that what was known of this speaker counts for, beside what a later one tells
_WINDOW = 500  # frames that the decoder counts a mean for that was set (CMN_WIN in its cmn.h)
_AGAIN = 0.8  # seconds of computing: what took longer is not finished in a lull, for it may have to be decoded again
_FAR = 12.0  # distance between the mean that was used and the true one, from which a second pass is worth its time

# Not words: pauses, noises, and marks of a second pronunciation.
_FILLER = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")
_VARIANT = re.compile(r"\(\d+\)$")


class Channel(Protocol):
    def receive(self) -> Any: ...
    def send(self, message: object) -> None: ...
    def waiting(self) -> bool: ...


Word = tuple[str, int, int, float]
Told = tuple[str, list[Word], float]
"""Text, words, probability."""


def words_of(segments: Any, exp: Any) -> list[Word]:
    """Words with their first frame, the frame after their last, and their probability."""
    return [
        (_VARIANT.sub("", s.word), s.start_frame, s.end_frame + 1, min(1.0, exp(s.prob)))
        for s in segments
        if not _FILLER.fullmatch(s.word)
    ]


Mean = list[float]


def distance(one: Mean, other: Mean) -> float:
    """How far two cepstral means are apart: another speaker, microphone or room."""
    return math.dist(one, other)


def blend(one: Mean, weight: float, other: Mean, by: float) -> Mean:
    """The mean of two means with their weights."""
    return [(a * weight + b * by) / (weight + by) for a, b in zip(one, other, strict=True)]


class Recogniser:
    """One utterance after the other, by one decoder.

    PocketSphinx subtracts the mean of the cepstrum, which is that of the speaker and the line, and learns it slowly. So
    the mean is taken from the first second of an utterance before that is decoded, and if the whole utterance then
    tells another, it is decoded again. Means are taken by a decoder of their own, `ear`: ending an utterance in which
    nothing was searched for makes a decoder search all of it, which costs this one next to nothing.
    """

    def __init__(self, decoder: Any, ear: Any, *, second: float = 15.0) -> None:
        self._decoder, self._ear, self._second = decoder, ear, 2 * RATE * second
        self._unknown = _parsed(decoder.get_cmn(False))
        self._before: tuple[Mean, int] = self._unknown, _GUESS  # what was known when the utterance began
        self._told: Told | None = None  # in a lull: what the utterance is if it is over
        self._audio = bytearray()
        self._fed = self._lead = self._interim_at = 0
        self._interim = ""
        self._running = False
        self._took = 0.0  # to decode what was fed, in seconds of a processor
        self.meet()

    def meet(self) -> None:
        """Another caller: nothing is known of the voice and the line."""
        if self._running:
            self._stop()
        self._mean = self._used = self._unknown
        self._weight: int = _GUESS

    def begin(self, lead: int) -> None:
        """An utterance begins; its first `lead` bytes come before the speech."""
        self._audio.clear()
        self._fed, self._lead, self._interim_at, self._interim = 0, lead, 0, ""
        self._told, self._took = None, 0.0
        self._before = self._mean, self._weight

    def push(self, audio: bytes) -> None:
        self._audio += audio
        if self._told is not None:
            return
        if self._running or len(self._audio) >= self._lead + 2 * _LOOK:
            self._feed()

    def interim(self) -> str | None:
        """The words so far, if they are others than before and it is time."""
        if not self._running or self._fed - self._interim_at < 2 * _INTERIM:
            return None
        self._interim_at = self._fed
        text = self.so_far()
        if text == self._interim:
            return None
        self._interim = text
        return text

    def so_far(self) -> str:
        """The words of the open utterance, before it is finished."""
        return plain(self._decoder.hyp()) if self._running else ""

    def standing(self) -> list[str]:
        """The words of the open utterance, which stand still as the voice rests: as often as makes them told twice."""
        text, before = self.so_far(), self._interim
        self._interim = text
        return [text] * (1 if text == before else 2) if text else []

    def lull(self, tail: int) -> Told | None:
        """What the utterance is if it is over, its last `tail` bytes coming after the speech.

        What comes now waits until that is decided, by `end` or `resume`. None if to take it back would take too long.
        """
        if self._told is None and self._took <= _AGAIN:
            self._told = self._finished(tail)
        return self._told

    def resume(self) -> None:
        """It was not over: what was finished is decoded again, for a decoder cannot go on behind an end."""
        if self._told is not None:
            self._told = None
            self._mean, self._weight = self._before
            self._fed = self._interim_at = 0
            self._took = 0.0

    def end(self, tail: int) -> Told:
        """The utterance is over, its last `tail` bytes coming after the speech."""
        told, self._told = self._told, None
        return self._finished(tail) if told is None else told

    def _finished(self, tail: int) -> Told:
        self._feed()
        self._stop()
        speech = bytes(self._audio[self._lead : max(self._lead, len(self._audio) - tail)])
        self._mean = self._blended(speech)
        if len(speech) >= RATE:  # half a second
            self._weight = _PRIOR
        if len(self._audio) <= self._second and distance(self._mean, self._used) > _FAR:
            self._start(self._mean)
            self._decoder.process_raw(bytes(self._audio), False, False)
            self._stop()
        hypothesis = self._decoder.hyp()
        if not plain(hypothesis):
            return "", [], 0.0
        words = words_of(self._decoder.seg(), self._decoder.logmath.exp)
        return plain(hypothesis), words, min(1.0, self._decoder.logmath.exp(self._decoder.get_prob()))

    def _feed(self) -> None:
        began = thread_time()
        if not self._running:
            self._start(self._blended(bytes(self._audio[self._lead :])))
        if self._fed < len(self._audio):
            self._decoder.process_raw(bytes(self._audio[self._fed :]), False, False)
            self._fed = len(self._audio)
        self._took += thread_time() - began

    def _start(self, mean: Mean) -> None:
        self._used = mean
        self._decoder.set_cmn(_written(mean))
        self._decoder.start_utt()
        self._running = True

    def _stop(self) -> None:
        self._decoder.end_utt()
        self._running = False

    def _blended(self, speech: bytes) -> Mean:
        """The mean that `speech` tells, with a little of what was known before."""
        frames = len(speech) // 2 // _HOP - 1
        if frames < 1:
            return self._mean
        self._ear.set_cmn(_written(self._mean))
        self._ear.start_utt()
        self._ear.process_raw(speech, True, False)
        told = _parsed(self._ear.get_cmn(True))
        self._ear.end_utt()
        # The decoder weighs what was set before by its window; take that out, and weigh it anew.
        own = blend(told, _WINDOW + frames, self._mean, -_WINDOW)
        return blend(self._mean, self._weight, own, frames)


def plain(hypothesis: Any) -> str:
    """The words of a hypothesis, which is None when there is none."""
    found: list[str] = hypothesis.hypstr.split() if hypothesis else []
    return " ".join(_VARIANT.sub("", word) for word in found if not _FILLER.fullmatch(word))


def _parsed(cmn: str) -> Mean:
    return [float(value) for value in cmn.split(",")]


def _written(mean: Mean) -> str:
    return ",".join(f"{value:.4f}" for value in mean)


def recognise(channel: Channel, model: str, second: float) -> None:
    """Load the model, then decode what comes.

    ("caller",) comes first, and again for another one, and is answered "ready". ("begin", lead) starts an utterance,
    bytes go on with it, ("lull", tail) says that it may be over and ("resumed",) that it was not, ("end", tail) ends
    it; lead and tail are samples of it that lie before and after the speech. Sent are ("interim", text, (), None), for
    a lull one or two of these at once and ("preflight", text, words, probability), and for each end one ("final", ...)
    of the same, words with frames of 10 ms.
    """
    pocketsphinx: Any = import_module("pocketsphinx")
    pocketsphinx.set_loglevel("FATAL")
    voice = {"hmm": os.path.join(model, "en-us"), "dict": os.path.join(model, "cmudict-en-us.dict")}
    decoder = pocketsphinx.Decoder(
        **voice,
        lm=os.path.join(model, "en-us.lm.bin"),
        maxhmmpf=8000,  # states followed at once: a quarter less work in noise than 30000, and the same words
    )
    # It listens for one word once a second, by the nearest sound alone: 3 ms for an utterance of 3 s.
    ear = pocketsphinx.Decoder(**voice, lm=None, keyphrase="hello", ds=100, topn=1)
    recogniser = Recogniser(decoder, ear, second=second)
    while True:
        match channel.receive():
            case ("caller",):
                recogniser.meet()
                channel.send("ready")
            case ("begin", int(lead)):
                recogniser.begin(2 * lead)
            case ("lull", int(tail)):
                # What comes twice is stable: these words may be guessed on while it is finished.
                for words in recogniser.standing():
                    channel.send(("interim", words, (), None))
                if (told := recogniser.lull(2 * tail)) is not None:
                    channel.send(("preflight", *told))
            case ("resumed",):
                recogniser.resume()
            case ("end", int(tail)):
                channel.send(("final", *recogniser.end(2 * tail)))
            case audio:
                recogniser.push(audio)
                # No interim of what is old: first catch up.
                if not channel.waiting() and (text := recogniser.interim()) is not None:
                    channel.send(("interim", text, (), None))
