"""What one turn of a flow has."""

from __future__ import annotations

import attrs

from voiceflow.flow.mind import Mouth
from voiceflow.flow.standing import Heard
from voiceflow.frames import Prompt
from voiceflow.machines.flow_point import Converse, Speak
from voiceflow.services import Ports


@attrs.define(eq=False)
class Turn:
    """What a turn has: up to which item the caller was heard, what can still be taken back, and what is to be said."""

    prompt: Prompt
    ports: Ports
    mouth: Mouth
    upto: int
    before: Heard | None
    todo: list[Speak | Converse] = attrs.field(factory=list["Speak | Converse"], init=False)
