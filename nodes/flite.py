"""Flite speaks: English, small, free for any use, and clear enough to be recognised. Debian package `flite`.

Synthesis runs in a thread, phrase by phrase, at some 30 times real time, and hands its samples on while it goes: the
first come when the phrase is planned, after about a third of the whole. It does not wait for the ear, as that
would hold a thread that other calls need: it runs to the end of its phrase, or of `PIECE` characters of a long
one, and that much may be wasted by an interruption, which stops it at its next chunk. What leaves waits as ever.
"""

from __future__ import annotations

import ctypes
import os
import unicodedata
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import cache
from itertools import pairwise
from typing import Any

import attrs
import numpy as np
import trio
from numpy.typing import NDArray

from voiceflow import In, Node, Out, Phrase, Ports, ProviderError, Samples, Sender, Services, Spoken, WordStart

CHUNK = 640  # samples: 40 ms at 16 kHz, which all voices here have

# Names of features are kept by address in the library, hence they are constants.
_STREAMING, _STRETCH = b"streaming_info", b"duration_stretch"
# Where a word's first sound begins is where the sound before it ends. A word stands in a tree of syllables of sounds.
_BEGINNING = b"R:SylStructure.daughter1.daughter1.R:Segment.p.end"
_GO_ON, _STOP = 0, -1  # CST_AUDIO_STREAM_CONT, CST_AUDIO_STREAM_STOP

WordTimes = list[tuple[str, float]]
"""Words as they stand between spaces, without the punctuation around them, and the second at which they begin."""

PIECE = 300  # characters, about 20 s: what is synthesised at once

VOICES = ("slt", "rms", "awb", "kal16")
RATE = 16_000  # of all of them

# What Flite, which knows ASCII, is to read instead. What has no such form is left out.
_PLAIN = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2026": "...",
        "\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE", "\u00f8": "o", "\u00d8": "O", "\u0153": "oe", "\u0142": "l",
        "\u20ac": " euros ", "\u00a3": " pounds ", "\u00a5": " yen ", "\u00b0": " degrees ", "\u00a0": " ",
    }
)  # fmt: skip


@attrs.define(eq=False)
class _Synthesis:
    """One piece of text on its way out of a thread."""

    token: trio.lowlevel.TrioToken
    chunks: deque[tuple[NDArray[np.int16], WordTimes]] = attrs.Factory(deque[tuple[NDArray[np.int16], WordTimes]])
    ended: bool = False
    given_up: bool = False
    error: ProviderError | None = None
    _news: trio.Event = attrs.Factory(trio.Event)

    def hand_on(self, samples: NDArray[np.int16], rate: int, words: WordTimes) -> bool:
        """In the thread: one more chunk; False to stop."""
        self.chunks.append((samples, words))
        return not self.given_up and self._ring()

    def end(self, error: ProviderError | None = None) -> None:
        self.ended, self.error = True, error
        self._news.set()

    async def next(self) -> tuple[NDArray[np.int16], WordTimes] | None:
        """The next chunk, or None at the end."""
        while not self.chunks:
            if self.ended:
                return None
            self._news = trio.Event()
            if not self.chunks and not self.ended:
                await self._news.wait()
        return self.chunks.popleft()

    def _ring(self) -> bool:
        try:
            self.token.run_sync_soon(lambda: self._news.set())
        except trio.RunFinishedError:  # an abandoned thread outlives its loop
            return False
        return True


@attrs.define(eq=False, kw_only=True)
class Flite(Node):
    """Text to speech by Flite: `Phrase` in, `Spoken` at 16 kHz out, in chunks of 40 ms with word beginnings.

    `voice` is slt (a woman), rms, awb (men) or kal16 (a robot); `speed` is 0.5 to 2, 1 being the voice's own.
    English alone, as ASCII: accents are dropped, other scripts are silent. Markup is no command.

    Raises:
        ValueError: a setting is out of its range.
        ProviderError: libflite or the voice is missing, not retryable; `open` says so before the session starts.
    """

    lifetime = "turn"
    phrases = In(Phrase)
    spoken = Out(Spoken)

    voice: str = attrs.field(default="slt", validator=attrs.validators.in_(VOICES))
    speed: float = attrs.field(default=1.0, validator=[attrs.validators.ge(0.5), attrs.validators.le(2.0)])

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        """Load the voice, which all calls share."""
        await services.compute(load, self.voice, model="flite voices")
        yield

    async def run(self, ports: Ports) -> None:
        out = ports[self.spoken]
        async for phrase in ports[self.phrases]:
            text, places = readable(phrase.text)
            begun = 0
            for start, stop in pieces(text):
                speech = _Speech(phrase, text[start:stop], places[start:], begun)
                await self._say(speech, ports, out)
                begun = speech.samples
            await out.send(Spoken(np.zeros(0, np.int16), RATE, phrase, last=True))

    async def _say(self, speech: _Speech, ports: Ports, out: Sender[Spoken]) -> None:
        synthesis = _Synthesis(trio.lowlevel.current_trio_token())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._synthesise, speech.text, synthesis, ports)
            try:
                while (chunk := await synthesis.next()) is not None:
                    await out.send(speech.spoken(*chunk))
            finally:
                synthesis.given_up = True
        if synthesis.error:
            raise synthesis.error

    async def _synthesise(self, text: str, synthesis: _Synthesis, ports: Ports) -> None:
        # As many at once as there are cores: the library keeps nothing between utterances but the voices' data.
        width = os.cpu_count() or 1
        work = (self.voice, text.encode("ascii"), self.speed, synthesis.hand_on)
        try:
            await ports.compute(speak, *work, model="flite", width=width)
        except ProviderError as error:
            synthesis.end(error)
        else:
            synthesis.end()


@attrs.define(eq=False)
class _Speech:
    """What is said in one go: ASCII `text`, whose characters come from `places` of its phrase."""

    phrase: Phrase
    text: str
    places: list[int]
    samples: int

    def spoken(self, samples: Samples, words: WordTimes) -> Spoken:
        begun, self.samples = self.samples, self.samples + len(samples)
        return Spoken(samples, RATE, self.phrase, words=tuple(self._starts(words, begun)))

    def _starts(self, words: WordTimes, begun: int) -> list[WordStart]:
        found: list[WordStart] = []
        at = 0
        for name, second in words:
            start = self.text.find(name, at)
            if start >= 0:
                at = start + len(name)
                found.append(WordStart(self.places[start], self.places[at - 1] + 1, begun + round(second * RATE)))
        return found


def readable(text: str) -> tuple[str, list[int]]:
    """The text in ASCII, and for each of its characters the place of the one that it was made of."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = character.translate(_PLAIN)
        if not plain.isascii():
            plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
            plain = plain or ("" if unicodedata.combining(character) else " ")
        for made in plain:
            characters.append(made if made.isprintable() else " ")
            places.append(place)
    return "".join(characters), places


def pieces(text: str) -> list[tuple[int, int]]:
    """Where the text is cut to be synthesised: none longer than `PIECE`, at spaces, and none without a letter."""
    cuts, start = [0], 0
    while len(text) - start > PIECE:
        space = text.rfind(" ", start + 1, start + PIECE)
        start = space if space > 0 else start + PIECE
        cuts.append(start)
    cuts.append(len(text))
    return [(a, b) for a, b in pairwise(cuts) if any(c.isalnum() or c in "#$%&+=@" for c in text[a:b])]


# The library, by ctypes. The structures are those of flite.h, cst_wave.h, cst_audio.h and cst_utterance.h of Flite 2.2.


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


_OnAudio = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(_Wave), ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_void_p
)


class _Streaming(ctypes.Structure):
    _fields_ = (
        ("min_buffsize", ctypes.c_int),
        ("asc", _OnAudio),
        ("utt", ctypes.c_void_p),
        ("item", ctypes.c_void_p),
        ("userdata", ctypes.c_void_p),
    )


# What is called: the kind of its result, and of its arguments.
_P, _S, _I, _F = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_float
_FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "flite_init": (_I, ()),
    "new_utterance": (_P, ()),
    "delete_utterance": (None, (_P,)),
    "utt_set_input_text": (_P, (_P, _S)),
    "utt_init": (_P, (_P, _P)),
    "utt_synth": (_P, (_P,)),
    "utt_relation": (_P, (_P, _S)),
    "relation_head": (_P, (_P,)),
    "item_next": (_P, (_P,)),
    "item_daughter": (_P, (_P,)),
    "item_feat_string": (_S, (_P, _S)),
    "flite_ffeature_float": (_F, (_P, _S)),
    "new_audio_streaming_info": (ctypes.POINTER(_Streaming), ()),
    "audio_streaming_info_val": (_P, (ctypes.POINTER(_Streaming),)),
    "feat_set": (None, (_P, _S, _P)),
    "feat_set_float": (None, (_P, _S, _F)),
}


def speak(voice: str, text: bytes, speed: float, hand_on: Callable[[NDArray[np.int16], int, WordTimes], bool]) -> None:
    """Synthesise ASCII text, handing on chunks of samples with their rate until that returns False.

    The first chunk comes with the beginnings of all words. Blocks; the GIL is free but for the handing on.

    Raises:
        ProviderError: the library or the voice is missing, or made nothing of the text.
    """
    library, speaker = load(voice)
    utterance = library.new_utterance()
    words: list[WordTimes] = []

    def on_audio(wave: Any, start: int, size: int, last: int, info: Any) -> int:
        times: WordTimes = [] if words else _word_times(library, utterance)
        words.append(times)
        block = np.ctypeslib.as_array(wave.contents.samples, (start + size,))[start:].copy()
        return _GO_ON if hand_on(block, wave.contents.sample_rate, times) else _STOP

    callback = _OnAudio(on_audio)
    info = library.new_audio_streaming_info()  # the utterance owns it from feat_set on
    info.contents.min_buffsize, info.contents.asc = CHUNK, callback
    try:
        library.utt_set_input_text(utterance, text)
        library.utt_init(utterance, speaker)
        # The first field of an utterance is its features; this one's alone, so that calls may share the voice.
        features = ctypes.cast(utterance, ctypes.POINTER(ctypes.c_void_p))[0]
        library.feat_set(features, _STREAMING, library.audio_streaming_info_val(info))
        library.feat_set_float(features, _STRETCH, 1 / speed)
        if not library.utt_synth(utterance):
            raise ProviderError(f"Flite's voice {voice!r} made nothing of {len(text)} characters", retryable=False)
    finally:
        library.delete_utterance(utterance)


@cache
def load(voice: str) -> tuple[Any, int]:
    """The library, and the address of one of its voices. Shared by all calls.

    Raises:
        ProviderError: either is missing; not retryable.
    """
    library = _open("libflite.so.1")
    for name, (result, arguments) in _FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    library.flite_init()
    name = f"cmu_us_{voice}"
    register = getattr(_open(f"libflite_{name}.so.1"), f"register_{name}")
    register.restype, register.argtypes = _P, (_S,)
    return library, int(register(None))


def _open(file: str) -> Any:
    try:
        return ctypes.CDLL(file)
    except OSError:
        raise ProviderError(
            f"Flite speaks through {file}, which is not on this machine: `apt-get install flite`", retryable=False
        ) from None


def _word_times(library: Any, utterance: int) -> WordTimes:
    found: WordTimes = []
    token = library.relation_head(library.utt_relation(utterance, b"Token"))
    while token:
        name, begins, word = library.item_feat_string(token, b"name") or b"", 0.0, library.item_daughter(token)
        while word and begins <= 0:  # a sign that is not read has no sound of its own
            begins, word = library.flite_ffeature_float(word, _BEGINNING), library.item_next(word)
        if begins > 0:
            found.append((name.decode("ascii", "replace"), begins))
        token = library.item_next(token)
    return found
