"""Behind a model that answers with a JSON document: what is for the caller is spoken as it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from voiceflow.frames import Frame, Text
from voiceflow.machines.answer_stream import AnswerStream
from voiceflow.node import Stage, StageNode
from voiceflow.ports import In, Out


@attrs.frozen
class Extracted(Frame):
    """What a model found out: the values of its answer, unchecked, and what was wrong with the answer, if anything."""

    values: Mapping[str, Any] = attrs.field(hash=False, repr=lambda values: f"<{', '.join(values)}>")
    problem: str = ""


class _AnswerStage(Stage[Text]):
    def __init__(self) -> None:
        self._answer = AnswerStream()

    def push(self, frame: Text) -> Iterable[Frame]:
        said = self._answer.push(frame.text)
        return [Text(said)] if said else []

    def end(self) -> Iterable[Frame]:
        rest, found = self._answer.end()
        return [*([Text(rest)] if rest else []), Extracted(found.values, found.problem)]


@attrs.define(eq=False)
class SpokenAnswer(StageNode):
    """Takes the answer of a model that is held to `{"response_to_user": ..., "extracted_values": {...}}` apart.

    The response leaves by `text` as it arrives, the values by `extracted` when the answer has ended. Plain text is
    passed on as it is: so is what a session says of itself. In a `FlowNode` this is done already.
    """

    answer = In(Text, items=64)  # tokens: a model runs ahead of the voice by at most so many
    text = Out(Text)
    extracted = Out(Extracted)

    lifetime = "turn"

    def stage(self) -> Stage[Text]:
        return _AnswerStage()
