from __future__ import annotations

import pytest

from voiceflow import Node
from voiceflow.graphs import cascade
from voiceflow.nodes import flite, hibari
from voiceflow.nodes.espeak import Espeak
from voiceflow.nodes.flite import Flite
from voiceflow.nodes.hibari import Hibari
from voiceflow.nodes.soundfile import FileSource

VOICES = Hibari | Flite | Espeak


def voice() -> Node:
    """That of a cascade that nobody gave one."""
    graph = cascade.build(FileSource("question.wav").audio)
    return next(node for node in graph.nodes.values() if isinstance(node, VOICES))


@pytest.mark.parametrize(
    ("hibari_there", "flite_there", "best"),
    [(True, True, Hibari), (True, False, Hibari), (False, True, Flite), (False, False, Espeak)],
)
def test_the_best_voice_that_is_installed_speaks(
    monkeypatch: pytest.MonkeyPatch, hibari_there: bool, flite_there: bool, best: type[Node]
) -> None:
    """Hibari, which is natural; else Flite, which is clear; else eSpeak NG."""
    monkeypatch.setattr(hibari, "available", lambda: hibari_there)
    monkeypatch.setattr(flite, "available", lambda: flite_there)
    assert isinstance(voice(), best)


def test_a_voice_that_is_given_is_taken() -> None:
    """Whatever is installed."""
    given = Espeak(voice="f3")
    graph = cascade.build(FileSource("question.wav").audio, tts=given)
    assert [node for node in graph.nodes.values() if isinstance(node, VOICES)] == [given]
