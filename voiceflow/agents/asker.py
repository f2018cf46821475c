"""Stands where a model does, and asks for a value by rule."""

from __future__ import annotations

from typing import Protocol

import attrs

from voiceflow.frames import Prompt, Text
from voiceflow.items import Message
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import Ports


class Asking(Protocol):
    """What asks for something, and hears the answers."""

    question: str

    @property
    def spoken(self) -> int:
        """How often the user has spoken so far."""
        ...

    def hear(self, text: str, turn: int) -> str:
        """What is said to what the user said; "" when it is over."""
        ...


@attrs.define(eq=False)
class Asker(Node):
    """Stands where a model does, and asks for one value by rule."""

    task: Asking
    _heard: int | None = attrs.field(default=None, init=False)
    """The sequence number of the last that was dealt with."""

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"
    scripted = True

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            await ports.committed()  # it costs no time, and so is not done for a guess
            said = self._news(prompt)
            words = self.task.hear(" ".join(said), self.task.spoken) if said else self.task.question
            await ports[self.text].send(Text(words))

    def _news(self, prompt: Prompt) -> list[str]:
        """What the user said since this was asked last."""
        users = [item for item in prompt.items if isinstance(item, Message) and item.role == "user"]
        last = users[-1].sequence if users else 0
        before, self._heard = self._heard, last
        return [] if before is None else [item.text for item in users if item.sequence > before]
