"""What a tool is given besides its arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import trio

from voiceflow.items import ToolCall


class ToolError(Exception):
    """Raised by a tool: its message is told to the model, as the output of the call."""


@attrs.define(eq=False)
class ToolContext:
    """For one call. All of it may be used from the thread of a sync tool, and does nothing once the call is over.

    `session` is whatever the runner was given for it.
    """

    call: ToolCall
    session: Any
    _say: Callable[[str], object] = attrs.field(repr=False, alias="say")
    _progress: Callable[[float | None, str], object] = attrs.field(repr=False, alias="progress")
    _over: bool = attrs.field(default=False, init=False)

    def say(self, text: str) -> None:
        """Have something said while the tool works: "One moment, I am looking." """
        self._from_anywhere(self._say, text)

    def progress(self, part: float | None = None, note: str = "") -> None:
        """How far it is: `part` from 0 to 1 if that is known, and a word for whoever watches."""
        if part is not None and not 0 <= part <= 1:
            raise ValueError(f"progress is a part from 0 to 1, got {part}")
        self._from_anywhere(self._progress, part, note)

    def close(self) -> None:
        """The call is over."""
        self._over = True

    def _from_anywhere(self, call: Callable[..., object], *args: object) -> None:
        if self._over:
            return
        if trio.lowlevel.in_trio_task():
            call(*args)
            return
        try:
            trio.from_thread.run_sync(self._if_not_over, call, args)
        except trio.RunFinishedError:
            return

    def _if_not_over(self, call: Callable[..., object], args: tuple[object, ...]) -> None:
        if not self._over:
            call(*args)
