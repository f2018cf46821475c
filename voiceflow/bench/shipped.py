"""The call that is measured when no graph is given: the embedded cascade, and the caller that ships with it."""

from __future__ import annotations

from voiceflow.caller import Caller, Step
from voiceflow.graph import Graph
from voiceflow.speaker import Speaker

NEEDS = "the extra embedded, and its models: `voiceflow doctor` says what is missing"
SECONDS = 40
"""About how long one call is: five lines of the caller, and the answers to them."""


def build() -> Graph:
    """The same caller and the same stages as `voiceflow demo`, without its recording.

    Raises:
        VoiceflowError: a model or a package is missing.
    """
    from voiceflow.graphs.cascade import build as cascade
    from voiceflow.graphs.clips import script
    from voiceflow.nodes.soundfile import read_audio

    caller = Caller([Step(read_audio(line.path), line.words, line.trigger, line.seconds) for line in script()])
    speaker = Speaker()
    graph = cascade(caller.audio, speaker=speaker)
    return graph.connect(speaker.activity, caller.agent)
