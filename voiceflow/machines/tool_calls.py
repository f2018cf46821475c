"""Whole tool calls out of the pieces in which a reply streams them; what is said around them is held back by nothing.

Source: "Streaming" under "Function calling" in OpenAI's documentation. Beyond it, what dialects are known to do: an id
or a name in every piece; no id at all; the index 0, or none, for every call; whole calls in one piece; a finish reason
"stop" after calls, or "tool_calls" without any.
"""

from __future__ import annotations

import json

import attrs

from voiceflow.items import ToolCall
from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.reply import ReplyEvent, ToolCallDelta


@attrs.define
class _Open:
    index: int
    id: str
    name: str
    arguments: list[str]
    signature: str = ""

    def takes(self, delta: ToolCallDelta) -> bool:
        """Whether a piece of the same index goes on with this call and begins no other."""
        if delta.id and self.id:
            return delta.id == self.id
        # Without an id to tell, a name begins another call when this one has all of its arguments.
        return not delta.name or not self.name or not _is_whole("".join(self.arguments))


@attrs.define
class ToolCalls:
    """Gathers the calls of one reply: `push` each event, `end` when the reply is complete.

    `limit` bounds the characters of all calls together. Calls without an id are numbered.
    """

    limit: int = 1 << 20
    _open: list[_Open] = attrs.field(factory=list[_Open], init=False, repr=False)
    _held: int = attrs.field(default=0, init=False)

    def push(self, event: ReplyEvent) -> ReplyEvent | None:
        """The event, to be used at once, or None if it was a piece of a call.

        Raises:
            MalformedChunk: the calls are longer than `limit`.
        """
        if not isinstance(event, ToolCallDelta):
            return event
        self._held += len(event.arguments) + len(event.name) + len(event.id) + len(event.signature)
        if self._held > self.limit:
            raise MalformedChunk(f"tool calls of at most {self.limit} characters", "more")
        call = self._going_on(event)
        if call is None:
            call = _Open(event.index, "", "", [])
            self._open.append(call)
        call.id = call.id or event.id
        call.name = call.name or event.name
        call.signature = call.signature or event.signature
        if event.arguments:
            call.arguments.append(event.arguments)
        return None

    def end(self) -> tuple[ToolCall, ...]:
        """The calls, in the order in which they began, whatever the finish reason was; a second time there are none.

        Their arguments are as the model wrote them, which may be no JSON.
        """
        found, self._open, self._held = self._open, [], 0
        return tuple(
            ToolCall(call.id or f"call-{number}", call.name, "".join(call.arguments) or "{}", signature=call.signature)
            for number, call in enumerate(found, 1)
        )

    def _going_on(self, delta: ToolCallDelta) -> _Open | None:
        """The call that a piece belongs to: the one with its id, or else the last of its index, if it takes it."""
        for call in reversed(self._open):
            if delta.id and call.id == delta.id:
                return call
        for call in reversed(self._open):
            if call.index == delta.index:
                return call if call.takes(delta) else None
        return None


def _is_whole(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
