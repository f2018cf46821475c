"""The minutes of a call: what is written into its history, and what a model is sent of that."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Literal

import attrs

from voiceflow._guessing import Mark
from voiceflow.chat.history import History
from voiceflow.chat.images import latest_images
from voiceflow.chat.window import ContextWindow
from voiceflow.frames import Message, Prompt
from voiceflow.items import Image, Part
from voiceflow.tools.runner import ToolRunner

SHOWN = 5
"""Images that a model is sent of a conversation, and that are shown for one turn; of more, the last."""


@attrs.define(eq=False)
class Minutes:
    """Who said what, in order; with what the user has shown."""

    history: History
    runner: ToolRunner
    window: ContextWindow | None
    """What a model is sent at most."""
    mark: Mark
    _shown: deque[Image] = attrs.field(factory=lambda: deque[Image](maxlen=SHOWN), init=False)
    """What the user shows, until they say something to it."""

    def prompt(self, *extra: Message) -> Prompt:
        """The conversation and the tools, as they are now, and what is said to the model alone."""
        items = latest_images(self.history.prompt(*extra).items, SHOWN)
        if self.window is not None:
            fitted = self.window.fitted(items)
            items = fitted.items
            if fitted.dropped:
                self.mark("context.cut", items=len(fitted.dropped), tokens=fitted.tokens)
        return Prompt(items, tuple(self.runner.tools))

    def supposing(self, text: str) -> Prompt:
        """What it would be had the user said this."""
        return self.prompt(Message("user", (*self._shown, text), self.history.next_sequence))

    def show(self, images: Iterable[Image]) -> None:
        """The user shows something, and will say what about it."""
        self._shown.extend(images)

    def user(self, text: str) -> Message:
        """The user has said this, of what they have shown."""
        parts: list[Part] = [*self._shown, text]
        self._shown.clear()
        return self._add("user", parts, text)

    def assistant(self, text: str, *, interrupted: bool, signature: str) -> Message:
        """The user has heard this."""
        return self._add("assistant", [text], text, interrupted, signature)

    def _add(
        self,
        role: Literal["user", "assistant"],
        parts: list[Part],
        text: str,
        interrupted: bool = False,
        signature: str = "",
    ) -> Message:
        message = self.history.append(Message(role, parts, interrupted=interrupted, signature=signature))
        self.mark("history", role=role, text=text, sequence=message.sequence, interrupted=interrupted)
        return message
