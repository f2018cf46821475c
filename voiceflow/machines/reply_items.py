"""What a reply consists of beside its text: what was thought, if the model is to see it again, and what is called."""

from __future__ import annotations

import attrs

from voiceflow.items import Thought, ToolCall
from voiceflow.machines.reply import ReasoningDelta, RedactedReasoning, ReplyEvent, Signature
from voiceflow.machines.tool_calls import ToolCalls


@attrs.define
class ReplyItems:
    """Gathers them: `push` each event, `end` when the reply is complete.

    Thoughts without a signature are left out: no model takes them back.
    """

    _calls: ToolCalls = attrs.field(factory=ToolCalls, init=False)
    _thoughts: list[Thought] = attrs.field(factory=list[Thought], init=False)
    _mark: Thought | None = attrs.field(default=None, init=False)
    _pieces: list[str] = attrs.field(factory=list[str], init=False, repr=False)

    def push(self, event: ReplyEvent) -> None:
        """Take what belongs to them.

        Raises:
            MalformedChunk: the calls are longer than any that are meant.
        """
        self._calls.push(event)
        match event:
            case ReasoningDelta(text=text):
                self._pieces.append(text)
            case Signature(of="reasoning", signature=signature):
                self._thoughts.append(Thought("".join(self._pieces), signature))
                self._pieces.clear()
            case Signature(of="text", signature=signature):
                self._mark = Thought("", signature, form="mark")
            case RedactedReasoning(data=data):
                self._thoughts.append(Thought("", data, form="redacted"))
            case _:
                pass

    def end(self) -> tuple[Thought | ToolCall, ...]:
        """Thoughts first, as models think before they call; then the mark on the text, if it has one."""
        marks = [self._mark] if self._mark is not None else []
        return (*self._thoughts, *marks, *self._calls.end())
