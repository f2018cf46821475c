"""How far a fetch has come, as values for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import attrs

Stage = Literal["waiting", "downloading", "unpacking", "done"]


@attrs.frozen
class Progress:
    """One step of a fetch: `done` of `total` bytes of `what` (a wheel or an address); 0 of 0 where none are counted.

    "waiting" is for another process that fetches the same model; "done" comes once, at the end.
    """

    model: str
    stage: Stage
    what: str = ""
    done: int = 0
    total: int = 0


Report = Callable[[Progress], None]
Tell = Callable[[int], None]  # bytes done so far
