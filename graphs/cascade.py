"""The whole cascade on one machine: denoise, VAD, speech recognition, turn detector, model, filter, chunker, voice."""

from __future__ import annotations

from voiceflow import (
    Audio,
    Chunker,
    Graph,
    Node,
    Outlet,
    PhraseSettings,
    Sink,
    Speaker,
    TextFilter,
    TurnSettings,
    TurnTaking,
)
from voiceflow.models import MissingModel, locate
from voiceflow.nodes import flite, hibari
from voiceflow.nodes.espeak import Espeak
from voiceflow.nodes.llamacpp import LlamaCpp
from voiceflow.nodes.pocketsphinx import PocketSphinx
from voiceflow.nodes.silero import Silero
from voiceflow.nodes.smart_turn import SmartTurn
from voiceflow.nodes.text_detector import TextDetector
from voiceflow.nodes.webrtc_ns import WebRtcDenoise


def build(
    audio: Outlet[Audio],
    *,
    denoise: Node | None = None,
    vad: Node | None = None,
    stt: Node | None = None,
    detector: Node | None = None,
    turns: TurnTaking | None = None,
    llm: Node | None = None,
    tts: Node | None = None,
    speaker: Sink | None = None,
) -> Graph:
    """A graph that answers what it hears on `audio`; any stage may be another than the embedded one.

    Raises:
        GraphError: a stage that was given does not fit where it stands.
    """
    denoise, vad = denoise or WebRtcDenoise(), vad or Silero()
    # A second pass over an utterance makes the caller wait for it; a file can wait, a caller should not.
    stt = stt or PocketSphinx(segmentation="vad", second_pass=0.0)
    turns = turns or TurnTaking(TurnSettings())  # which guesses at the answer while the user may be done
    graph = Graph().connect(audio, denoise).connect(denoise, vad, stt, turns).connect(vad, turns)
    chunker = Chunker(PhraseSettings(first_words=3))  # what is first said need not wait for the end of its sentence
    graph.connect(turns, llm or LlamaCpp(), TextFilter(), chunker, tts or best_voice(), speaker or Speaker())
    return add_detector(graph, vad, stt, detector or best_detector(), turns)


def best_detector() -> Node:
    """Smart Turn, which hears how a sentence ends, or the words alone where its model is not here."""
    try:
        locate("smart-turn-v3")
    except MissingModel:
        return TextDetector()
    return SmartTurn()


def best_voice() -> Node:
    """Hibari, which comes with the extra `embedded`; else Flite, and else eSpeak NG, see docs/tts.md."""
    if hibari.available():
        return hibari.Hibari()
    return flite.Flite() if flite.available() else Espeak()


def add_detector(graph: Graph, vad: Node, stt: Node, detector: Node, turns: TurnTaking) -> Graph:
    """Connect a turn detector to what it listens to: sound, words, or both."""
    for inlet in detector.inlets():
        graph.connect(stt if inlet == "transcripts" else vad, getattr(detector, inlet))
    return graph.connect(detector, turns)
