"""What a call's trace says, as news for who shows the call: messages of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from voiceflow.trace import Mark

if TYPE_CHECKING:
    from voiceflow.serve.call import Call

_REMEMBERED = 20
"""Turns whose times are kept."""

_News = tuple[str, dict[str, object]]


def _state(mark: Mark) -> _News:
    return "state", {"user": mark.values["user"], "agent": mark.values["agent"]}


def _transcript(mark: Mark) -> _News:
    return "transcript", {"text": mark.values["text"], "final": mark.values["stage"] == "final"}


def _phrase(mark: Mark) -> _News:
    text, end = str(mark.values["text"]), mark.values["end"]
    told = cast(tuple[tuple[int, int, int], ...], mark.values["words"])
    ends = [*(sample for _, _, sample in told[1:]), end]
    words = [
        {"text": text[start:stop], "begin": sample, "end": until}
        for (start, stop, sample), until in zip(told, ends, strict=False)
    ]
    return "phrase", {"turn": mark.turn, "text": text, "begin": mark.values["begin"], "end": end, "words": words}


def _ended(mark: Mark) -> _News:
    fields = {"text": mark.values["text"], "interrupted": mark.values["interrupted"]}
    return "ended", {"turn": mark.turn, **fields}


def _no_images(mark: Mark) -> _News:
    return "error", {"code": "refused", "message": "image: the model takes no pictures; it knows that there was one"}


_TOLD: Final[Mapping[str, Callable[[Mark], _News]]] = {
    "state": _state,
    "transcript": _transcript,
    "phrase": _phrase,
    "turn.ended": _ended,
    "llm.no_images": _no_images,
}


def waterfall(call: Call, turn: int) -> dict[str, Any] | None:
    """Where the time of an answer went; None for what is no answer."""
    times = call.times.turns.get(turn)
    if times is None or times.response is None:
        return None
    stages = times.stages()
    if times.latency is not None:
        stages.append(("line", max(0.0, times.latency - times.response)))
    parts = [{"name": name, "ms": round(seconds * 1000)} for name, seconds in stages]
    return {"turn": turn, "parts": parts, "total_ms": round((times.latency or times.response) * 1000)}


@attrs.define(eq=False)
class News:
    """A reader of the trace that tells the call's line."""

    call: Call

    def __call__(self, mark: Mark) -> None:
        told = _TOLD.get(mark.name)
        if told is not None:
            self.call.tell(*told(mark))
        if mark.name == "turn.ended" and mark.turn is not None:
            self.call.times.turns.pop(mark.turn - _REMEMBERED, None)
        elif mark.name in ("turn.audible", "turn.heard") and mark.turn is not None:
            found = waterfall(self.call, mark.turn)
            if found is not None:
                self.call.tell("waterfall", found)
