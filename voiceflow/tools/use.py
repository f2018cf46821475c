"""How a session uses tools."""

from __future__ import annotations

import attrs


def _limit(use: ToolUse, field: attrs.Attribute[int], value: int) -> None:
    if not 1 <= value <= 100:
        raise ValueError(f"{field.name} is 1 to 100; got {value}")


@attrs.frozen(kw_only=True)
class ToolUse:
    """How often a model may call in one turn, and what is said for one that then says nothing.

    `rounds`: how often it may call, be told, and call again. `done` and `failed` are said when it has called and writes
    nothing at all, by how the last call went; an empty text says nothing.

    Raises:
        ValueError: `rounds` is not 1 to 100.
    """

    rounds: int = attrs.field(default=10, validator=_limit)
    done: str = "That is done."
    failed: str = "Sorry, that did not work."
