"""A voice that sings: a codec for speech does not take it for silence."""

from __future__ import annotations

import attrs
from served import loud
from world import Voice

from voiceflow import Phrase, Ports, Spoken


@attrs.define(eq=False)
class Singer(Voice):
    """Says each phrase in `seconds` of a tone."""

    async def say(self, ports: Ports, phrase: Phrase, share: float) -> None:
        tone = loud(self.seconds, self.rate)
        for at in range(0, len(tone), 960):
            block = tone[at : at + 960]
            await ports[self.spoken].send(Spoken(block, self.rate, phrase, last=at + 960 >= len(tone)))
