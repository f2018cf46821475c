"""The conversation so far: one writer, one monotonic sequence."""

from __future__ import annotations

from typing import Literal

import attrs

from voiceflow.frames import Message, Prompt


@attrs.define
class History:
    """Messages in the order in which they were heard."""

    messages: list[Message] = attrs.Factory(list[Message])
    _next: int = 1

    def add(self, role: Literal["system", "user", "assistant"], text: str, *, interrupted: bool = False) -> Message:
        """Put a message at the end, with the next sequence number."""
        message = Message(role, text, self._next, interrupted)
        self._next += 1
        self.messages.append(message)
        return message

    def prompt(self, *extra: Message) -> Prompt:
        """What a turn starts from: all of it, and what is said to the model alone."""
        return Prompt((*self.messages, *extra))
