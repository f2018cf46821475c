"""The worker's half of `espeak`: eSpeak NG in a process of its own. Needs neither voiceflow nor numpy, to start fast.

The parent sends `("say", number, text, voice)` and, for each chunk that it has dealt with, `("more", number)`. The
worker answers with `("ready", rate)` or `("failed", message)` once, then with `("chunk", number, samples as bytes,
words, last)`, at most `AHEAD` chunks ahead of the parent. Whatever else comes while it speaks ends the speaking:
that is how a phrase is given up for the next.
"""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

AHEAD = 3  # chunks: enough to cover the way to the parent and back, little enough to be no loss when dropped
CHUNK_MS = 60  # the least that eSpeak NG gives

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth calls back and returns when all is synthesised
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT
_WCHAR, _END_PAUSE = 3, 0x1000  # espeakCHARS_WCHAR (UTF-32 here: a position is a character), espeakENDPAUSE
_RATE, _VOLUME, _PITCH = 1, 2, 3  # espeakRATE, espeakVOLUME, espeakPITCH
_LIST_END, _WORD = 0, 1  # espeakEVENT_LIST_TERMINATED, espeakEVENT_WORD
_STOP, _GO_ON = 1, 0

# Control characters are commands to eSpeak NG (1 is "set a parameter"), or end the text (0); as spaces they are neither
# and every other character keeps its place.
_HARMLESS = {code: " " for code in range(32) if chr(code) not in "\t\n"}
# What counts as one word: eSpeak NG reports each part of "$5.20" or "well-known", with places that overlap.
# Han and kana are written without spaces.
_HAN = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\s{_HAN}]+")


class Channel(Protocol):
    """The worker's end of the channel to its parent."""

    def receive(self) -> Any: ...
    def send(self, message: object) -> None: ...
    def waiting(self) -> bool: ...


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    """The beginning of espeak_VOICE of speak_lib.h. Of `languages`, a list, this reads the first."""

    _fields_ = (("name", ctypes.c_char_p), ("languages", ctypes.c_char_p), ("identifier", ctypes.c_char_p))


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


class Unavailable(Exception):
    """eSpeak NG, or the voice that was asked for, is not there. The message says what to do."""


def speak(channel: Channel, settings: Mapping[str, int | str]) -> None:
    """Run the worker until its parent is gone."""
    try:
        engine = Engine(channel, settings)
    except Unavailable as error:
        channel.send(("failed", str(error)))
        return
    channel.send(("ready", engine.rate))
    while True:
        engine.obey(channel.receive())


class Engine:
    """eSpeak NG, set up once, and the phrase that it speaks."""

    def __init__(self, channel: Channel, settings: Mapping[str, int | str]) -> None:
        self._channel = channel
        self._library, data = _load()
        self.rate = int(self._library.espeak_Initialize(_SYNCHRONOUS, CHUNK_MS, str(data).encode(), _DONT_EXIT))
        if self.rate <= 0:
            raise Unavailable(f"eSpeak NG found no voice data in {data}; reinstall espeakng-loader")
        self._default = self._voice = str(settings["voice"])
        if not self._choose(self._voice):
            languages = ", ".join(sorted({language for language, _ in self._voices()}))
            raise Unavailable(f"eSpeak NG has no voice {self._voice!r}; its languages are {languages}")
        self._parameters = (_RATE, settings["rate"]), (_PITCH, settings["pitch"]), (_VOLUME, settings["volume"])
        self._set_parameters()
        self._callback = _Callback(self._synthesised)  # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)
        self._number, self._credit = 0, 0
        self._tokens: list[tuple[int, int]] = []
        self._token = -1
        self._next: Any = None
        self._lost: EOFError | None = None

    def obey(self, message: Any) -> None:
        """Speak what is to be said, and then what was asked for meanwhile."""
        while message is not None:
            kind, number, *what = message
            message = None
            if kind == "say":
                self._say(number, *what)
                message, self._next = self._next, None
            if self._lost:
                raise self._lost

    def _say(self, number: int, text: str, voice: str | None) -> None:
        self._number, self._credit, self._token = number, AHEAD, -1
        wanted = voice or self._default
        if wanted != self._voice:
            # A language that eSpeak NG does not have is read by the node's own voice: better than silence.
            self._voice = wanted if self._choose(wanted) else self._default
            if self._voice == self._default:
                self._choose(self._default)
            self._set_parameters()
        text = text.translate(_HARMLESS)
        self._tokens = [match.span() for match in _TOKEN.finditer(text)]
        if self._tokens:
            self._library.espeak_Synth(
                ctypes.c_wchar_p(text), (len(text) + 1) * ctypes.sizeof(ctypes.c_wchar), 0, 1, 0,
                _WCHAR | _END_PAUSE, None, None,
            )  # fmt: skip
        if self._next is None and self._lost is None:
            self._channel.send(("chunk", number, b"", (), True))

    def _synthesised(self, samples: int | None, count: int, events: Any) -> int:
        words = self._begun(events)
        if not samples or self._next is not None:
            return _GO_ON
        try:
            self._channel.send(("chunk", self._number, ctypes.string_at(samples, 2 * count), words, False))
            self._credit -= 1
            return self._permitted()
        except EOFError as error:  # nothing can be raised through the library
            self._lost = error
            return _STOP

    def _begun(self, events: Any) -> tuple[tuple[int, int, int], ...]:
        """The words that begin by these events, as (first character, character after the last, sample)."""
        found: list[tuple[int, int, int]] = []
        index = 0
        while events and events[index].type != _LIST_END:
            event, index = events[index], index + 1
            if event.type != _WORD:
                continue
            token = bisect_right(self._tokens, event.text_position - 1, key=itemgetter(0)) - 1
            if token > self._token:
                self._token = token
                found.append((*self._tokens[token], event.sample))
        return tuple(found)

    def _permitted(self) -> int:
        while self._credit <= 0 or self._channel.waiting():
            message = self._channel.receive()
            if message[0] == "more":
                self._credit += message[1] == self._number
            else:
                self._next = message
                return _STOP
        return _GO_ON

    def _choose(self, voice: str) -> bool:
        language, plus, variant = voice.partition("+")
        return any(self._take(f"{name}{plus}{variant}") for name in (language, *self._speaking(language)))

    def _take(self, voice: str) -> bool:
        return int(self._library.espeak_SetVoiceByName(voice.encode())) == 0

    def _speaking(self, language: str) -> Iterator[str]:
        """Voices of a language that are not named after it, as "en" is that of en-gb; then its of any region."""
        yield from (name for spoken, name in self._voices() if spoken.lower() == language.lower())
        if re.fullmatch("[a-z]{2,3}-[a-z]{2}", language):
            yield language.partition("-")[0]

    def _voices(self) -> Iterator[tuple[str, str]]:
        """The language and the name of each."""
        listed = self._library.espeak_ListVoices(None)
        for index in count():
            if not listed or not listed[index]:
                return
            voice = listed[index].contents
            # A byte of priority stands before the tag; the end of an identifier such as "gmw/en" is a name.
            yield voice.languages[1:].decode(), voice.identifier.decode().rpartition("/")[2]

    def _set_parameters(self) -> None:
        for parameter, value in self._parameters:
            self._library.espeak_SetParameter(parameter, int(value), 0)


def _load() -> tuple[Any, Path]:
    """The library that the package espeakng-loader carries, and its voice data."""
    try:
        espeakng_loader: Any = import_module("espeakng_loader")
    except ImportError:
        raise Unavailable("eSpeak NG is not installed: `pip install 'voiceflow[espeak]'`") from None
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError:
        raise Unavailable("the library of espeakng-loader does not load here; reinstall espeakng-loader") from None
    library.espeak_Synth.argtypes = (
        ctypes.c_wchar_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint,
        ctypes.c_void_p, ctypes.c_void_p,
    )  # fmt: skip
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    return library, Path(espeakng_loader.get_data_path())
