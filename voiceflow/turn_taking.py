"""The node at which the session meets its turns: it hears the user out and opens a turn for the answer."""

from __future__ import annotations

import attrs

from voiceflow.errors import GraphError
from voiceflow.frames import Interjection, Prediction, Prompt, Speech, Transcript
from voiceflow.graph import Graph
from voiceflow.machines.turn_settings import Speculation, TurnSettings
from voiceflow.node import Node
from voiceflow.ports import In, Out


@attrs.define(eq=False)
class TurnTaking(Node):
    """Decides when the user's turn is over and when the agent is interrupted.

    Connect a VAD's `speech`, a recogniser's `transcripts` and, if there are any, the `predictions` of turn detectors:
    with several, a commit waits for all of them, and their odds are multiplied. A classifier of what the user says
    under the agent's voice goes to `interjections`. What leaves by `prompt` is the conversation to be answered.
    """

    settings: TurnSettings = attrs.Factory(lambda: TurnSettings(speculation=Speculation(mode="off")))

    # Verdicts and words are few and small: room for what comes while one step is obeyed, and no more.
    speech = In(Speech, items=64, optional=True)
    transcripts = In(Transcript, items=64, optional=True)
    predictions = In(Prediction, items=64, optional=True, many=True)
    interjections = In(Interjection, items=64, optional=True)
    prompt = Out(Prompt)

    opens_turns = True

    @property
    def name(self) -> str:
        return "turns"

    def check(self, graph: Graph) -> None:
        for node in graph.upstream(self):
            silence = getattr(node, "min_silence", None)
            if isinstance(silence, int | float) and not isinstance(silence, bool):
                try:
                    self.settings.endpointing.check_silence(silence)
                except GraphError as error:
                    raise GraphError(f"{graph.name_of(node)} and {graph.name_of(self)}: {error}") from None
