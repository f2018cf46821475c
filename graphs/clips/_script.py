from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import attrs
from attrs import validators

SCRIPT = Path(__file__).with_name("script.json")


@attrs.frozen
class Line:
    """One clip: a mono recording at 16 kHz, its words, and when the caller speaks it.

    `seconds` after the session's start, after a reply became audible, or after it ended.
    """

    path: Path
    words: str
    trigger: Literal["start", "reply_audible", "reply_ended"] = attrs.field(
        validator=validators.in_(("start", "reply_audible", "reply_ended"))
    )
    seconds: float = attrs.field(validator=validators.ge(0))


def script() -> list[Line]:
    """The caller's lines, in their order."""
    steps: list[dict[str, Any]] = json.loads(SCRIPT.read_text("utf-8"))["steps"]
    return [Line(SCRIPT.with_name(step["clip"]), step["words"], step["trigger"], step["seconds"]) for step in steps]
