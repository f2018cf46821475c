"""What a turn starts from: one frame, or a recording."""

from __future__ import annotations

from collections.abc import Callable

import attrs

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


@attrs.define(eq=False)
class Given(Opening):
    """One frame: a prompt to be answered, or words to be said."""

    frame: Frame

    @property
    def kind(self) -> type[Frame]:
        return type(self.frame)

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
