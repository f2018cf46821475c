"""The far end of a call, as the call sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from voiceflow.frames import Samples


class Line(Protocol):
    """Who carries a call's sound and news to the caller: a socket of a page, or of a telephone's provider.

    Nothing here waits: what cannot be sent at once is put aside, and who does not keep up is let go (`Call.detach`).
    """

    def play(self, turn: int, position: int, samples: Samples) -> None:
        """Sound of a turn, whose first sample is sample `position` of it. Some may come again after a line was cut."""
        ...

    def clear(self, turn: int) -> None:
        """Be silent at once: nothing more of this turn is to sound."""
        ...

    def hold(self, turn: int) -> bool:
        """Be silent at once, and forget what came of this turn: it may go on later, from where it was silenced.

        Returns whether the far player will say where that was (`Call.played` with `held`).
        """
        ...

    def tell(self, type: str, fields: Mapping[str, object]) -> None:
        """News for who shows the call: a message of the protocol, by its type and fields."""
        ...

    def end(self, reason: str) -> None:
        """The call is over, or this line is not its line any more."""
        ...
