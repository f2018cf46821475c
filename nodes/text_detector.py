"""Is the user's turn over, by its words alone? The turn detector that needs no model."""

from __future__ import annotations

import attrs
from attrs import validators as are

from voiceflow import In, Node, Out, Ports, Prediction, Speech, Transcript
from voiceflow.machines.endings import p_end
from voiceflow.machines.turn_so_far import TurnSoFar


@attrs.define(eq=False, kw_only=True)
class TextDetector(Node):
    """Judges the words of the turn: hesitations, unfinished clauses, numbers, short answers, punctuation.

    It predicts whenever speech has ended and words are there, and whenever a final (or preflight) transcript comes;
    the prediction stands at the sample where the user fell silent. Without a VAD at `speech` that is the transcript's
    own end. `language` is used where the transcript names none; a language without a table (see
    docs/turn-detection.md) is judged by punctuation alone, 0.5 where there is none. After `new_turn_after` seconds of
    silence, words belong to a new turn: keep it above the turn-taking's `max_wait`.
    """

    speech = In(Speech, items=64, optional=True)
    transcripts = In(Transcript, items=64)
    predictions = Out(Prediction)

    language: str = attrs.field(default="en", validator=are.instance_of(str))
    new_turn_after: float = attrs.field(default=2.0, validator=[are.ge(0.0), are.le(600.0)])

    @property
    def name(self) -> str:
        return "text_detector"

    async def run(self, ports: Ports) -> None:
        turn = TurnSoFar(self.language, self.new_turn_after)
        async for _, frame in ports.merged(self.speech, self.transcripts):
            for asked in turn.push(frame):
                said = Prediction(p_end(asked.text, asked.language), asked.pts, asked.rate, "text")
                await ports[self.predictions].send(said)
