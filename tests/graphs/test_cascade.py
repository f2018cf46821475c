from __future__ import annotations

import pytest

from voiceflow import Chunker, Node, TurnTaking
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


def test_it_guesses_at_the_answer_and_says_its_first_clause_early() -> None:
    """What turn-taking was given is taken, without guesses if it makes none."""
    nodes = cascade.build(FileSource("question.wav").audio).nodes
    [turns] = [node for node in nodes.values() if isinstance(node, TurnTaking)]
    [chunker] = [node for node in nodes.values() if isinstance(node, Chunker)]
    assert turns.settings.speculation.mode == "llm"
    assert chunker.settings.first_words == 3
    given = TurnTaking()
    assert given in cascade.build(FileSource("question.wav").audio, turns=given).nodes.values()
