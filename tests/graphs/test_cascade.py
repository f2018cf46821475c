from __future__ import annotations

import ctypes

import pytest
from parts import LIBFLITE

from voiceflow import Node
from voiceflow.graphs import cascade
from voiceflow.nodes import _flite, flite
from voiceflow.nodes.espeak import Espeak
from voiceflow.nodes.flite import Flite
from voiceflow.nodes.soundfile import FileSource


def voice() -> Node:
    """That of a cascade that nobody gave one."""
    graph = cascade.build(FileSource("question.wav").audio)
    return next(node for node in graph.nodes.values() if isinstance(node, Espeak | Flite))


def with_libraries(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    """A machine that has Flite, or has not."""

    def load(file: str) -> ctypes.CDLL:
        if not there:
            raise OSError(file)
        return real(file)

    real = ctypes.CDLL
    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setattr(flite, "load", _flite.load.__wrapped__)


def test_flite_speaks_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clearer voice goes before the one that comes with pip."""
    LIBFLITE.need()
    with_libraries(monkeypatch, True)
    assert isinstance(voice(), Flite)


def test_espeak_speaks_where_flite_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the Debian package has a voice too."""
    with_libraries(monkeypatch, False)
    assert isinstance(voice(), Espeak)


def test_a_voice_that_is_given_is_taken() -> None:
    """Whatever is installed."""
    given = Espeak(voice="f3")
    graph = cascade.build(FileSource("question.wav").audio, tts=given)
    assert given in graph.nodes.values()
    assert not any(isinstance(node, Flite) for node in graph.nodes.values())
