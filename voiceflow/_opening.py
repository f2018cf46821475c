"""What a turn starts from: one frame, or a recording."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from voiceflow._outbox import Outbox
from voiceflow.frames import Frame, Phrase, Spoken, Text
from voiceflow.node import Node
from voiceflow.ports import Out
from voiceflow.recorded import Recorded
from voiceflow.services import Ports


class Opening(Node):
    """What a turn starts from, sent as a node would send it: through the hooks there, and again if they raise."""

    begins = Out(Frame)

    lifetime = "turn"

    repeats = True
    """Whether it can be sent a second time."""

    @property
    def kind(self) -> type[Frame]:
        """Of the frames that it sends."""
        raise NotImplementedError

    def put(self, begins: Outbox) -> bool:
        """Send all of it at once, if nobody can look at it on its way and it need not be run. Whether it was sent."""
        return False


@attrs.define(eq=False)
class Given(Opening):
    """One frame: a prompt to be answered, or words to be said."""

    frame: Frame

    @property
    def kind(self) -> type[Frame]:
        return type(self.frame)

    def put(self, begins: Outbox) -> bool:
        if begins.hooks:
            return False
        begins.put(self.frame)
        begins.close()
        return True

    async def run(self, ports: Ports) -> None:
        await ports[self.begins].send(self.frame)


@attrs.define(eq=False)
class Playing(Opening):
    """A recording, and the words that it stands for."""

    recorded: Recorded
    words: Phrase

    repeats = False

    @property
    def kind(self) -> type[Frame]:
        return Spoken

    async def run(self, ports: Ports) -> None:
        await self.recorded.speak(self.words, ports, ports[self.begins].send)


def in_words(text: str, can: Callable[[Opening], bool]) -> Opening | None:
    """How a text is said in a graph, if it can be said; `can` tells what has a way there."""
    return next((way for way in (Given(Text(text)), Given(Phrase(text))) if can(way)), None)
