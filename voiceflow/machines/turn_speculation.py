"""Guesses at what the user's turn will be: which reply may be begun early, and whether the guess was right."""

from __future__ import annotations

from typing import Literal

import attrs

from voiceflow.machines.backchannels import tokens
from voiceflow.machines.turn_events import Abandon, Command, Speculate
from voiceflow.machines.turn_settings import Speculation


@attrs.define
class Guesses:
    """At most one guess is open at a time, and `tries` of them are made in a turn. Texts are compared as tokens:
    case, spaces and punctuation are put aside."""

    settings: Speculation
    _number: int = attrs.field(default=0, init=False)
    _tried: int = attrs.field(default=0, init=False)
    _open: tuple[str, ...] | None = attrs.field(default=None, init=False)
    _interim: tuple[str, ...] = attrs.field(default=(), init=False)

    def hear(self, text: str, stage: Literal["interim", "preflight", "final"]) -> tuple[Command, ...]:
        """`text` is all words of the turn so far, at least one. An interim is worth a guess when it comes twice."""
        words = tokens(text)
        steady = stage != "interim" or words == self._interim
        self._interim = words
        if self.settings.mode == "off" or not steady or words == self._open:
            return ()
        return (*self.abandon(), *self._try(text, words))

    def _try(self, text: str, words: tuple[str, ...]) -> tuple[Command, ...]:
        if self._tried == self.settings.tries:
            return ()
        self._tried += 1
        self._number += 1
        self._open = words
        return (Speculate(self._number, text),)

    def confirm(self, text: str) -> int | None:
        """The number of the guess that turns out to be `text`; it is no longer open."""
        if self._open != tokens(text):
            return None
        self._open = None
        return self._number

    def abandon(self) -> tuple[Command, ...]:
        """Give up what is open."""
        if self._open is None:
            return ()
        self._open = None
        return (Abandon(self._number),)

    def close(self) -> tuple[Command, ...]:
        """The turn is over; the next may try anew."""
        self._tried = 0
        self._interim = ()
        return self.abandon()
