"""Something the agent says, and what became of it: the handle that `say`, `reply` and `send_text` give."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Literal

import attrs
import trio

from voiceflow._opening import Opening

Kind = Literal["answer", "say"]
State = Literal["queued", "thinking", "speaking", "done"]


@attrs.define(eq=False)
class Utterance:
    """One thing that the agent says, from the queue to the last sample. Await it to wait until it is done.

    `heard` is what the user heard of it, in `seconds` of sound, `interrupted` whether it was cut short, `error` why it
    failed, if it did. What is said in the middle of a reply has the `id` of that reply.
    """

    id: int
    kind: Kind
    interruptible: bool = True
    state: State = "queued"
    heard: str = ""
    interrupted: bool = False
    error: Exception | None = None
    seconds: float = 0.0
    opening: Callable[[], Opening] = attrs.field(kw_only=True, repr=False)
    """What its turn starts from, asked for when it begins."""
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False, repr=False)
    _cut: Callable[[Utterance, bool], bool] = attrs.field(alias="cut", kw_only=True, repr=False)
    _may_wait: Callable[[Utterance], None] = attrs.field(alias="may_wait", kw_only=True, repr=False)
    """Raises when this task would wait for ever."""
    _done: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    @property
    def done(self) -> bool:
        """Whether nothing more of it will be heard."""
        return self.state == "done"

    def interrupt(self, *, force: bool = False) -> bool:
        """Stop it now, if it is interruptible or `force` is set. Whether it was stopped."""
        return self._cut(self, force)

    def finish(self) -> None:
        """The session says that it is over."""
        self.state = "done"
        self._done.set()

    async def wait(self) -> Utterance:
        """Wait until it is done.

        Raises:
            VoiceflowError: a node of a turn waits for that turn, or for what is said after it.
        """
        if not self.done:
            self._may_wait(self)
        await self._done.wait()
        return self

    def __await__(self) -> Generator[Any, None, Utterance]:
        return self.wait().__await__()
