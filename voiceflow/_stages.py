"""What the stages of a voice agent are known by: what they take and give."""

from __future__ import annotations

from voiceflow.frames import Audio, Frame, Phrase, Prompt, Spoken, Text, Transcript
from voiceflow.graph import Graph
from voiceflow.node import Node

STAGES: dict[str, tuple[type[Frame], type[Frame]]] = {
    "stt": (Audio, Transcript),
    "llm": (Prompt, Text),
    "tts": (Phrase, Spoken),
}


def standing(graph: Graph, stage: str) -> list[Node]:
    """The nodes of a graph that are such a stage."""
    takes, gives = STAGES[stage]
    return [
        node
        for node in graph.nodes.values()
        if any(port.kind is takes for port in node.inlets().values())
        and any(port.kind is gives for port in node.outlets().values())
    ]
