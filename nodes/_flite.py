"""Flite's library, by ctypes: what `flite` runs in a thread.

The structures are those of flite.h, cst_wave.h, cst_audio.h and cst_utterance.h of Flite 2.2.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceflow import ProviderError

CHUNK = 640  # samples: 40 ms at 16 kHz, which all voices here have

# Names of features are kept by address in the library, hence they are constants.
_STREAMING, _STRETCH = b"streaming_info", b"duration_stretch"
# Where a word's first sound begins is where the sound before it ends. A word stands in a tree of syllables of sounds.
_BEGINNING = b"R:SylStructure.daughter1.daughter1.R:Segment.p.end"
_GO_ON, _STOP = 0, -1  # CST_AUDIO_STREAM_CONT, CST_AUDIO_STREAM_STOP

WordTimes = list[tuple[str, float]]
"""Words as they stand between spaces, without the punctuation around them, and the second at which they begin."""


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
