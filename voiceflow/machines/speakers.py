"""Who said what a history has of the user, where several are one user: by who was heard, and by who typed."""

from __future__ import annotations

from collections import deque

import attrs

_TYPED = 64
"""Texts whose message may be still to come; a call lets fewer wait."""


@attrs.define
class Speakers:
    """`heard` and `typed` are told what is said; `of` takes the message that comes of it."""

    _heard: dict[str, None] = attrs.field(factory=dict[str, None], init=False)
    _typed: deque[tuple[str, str]] = attrs.field(factory=lambda: deque[tuple[str, str]](maxlen=_TYPED), init=False)

    def heard(self, name: str | None) -> None:
        """Final words, and who is taken to have said them, if anybody is."""
        if name is not None:
            self._heard[name] = None

    def typed(self, name: str, text: str) -> None:
        self._typed.append((text.strip(), name))

    def so_far(self) -> tuple[str, ...]:
        """All that were heard since the last message."""
        return tuple(self._heard)

    def of(self, text: str) -> tuple[str, ...]:
        """Who said the message that the history has now: who typed just that, or all that were heard since the last."""
        for each in self._typed:
            if each[0] == text.strip():
                self._typed.remove(each)
                return (each[1],)
        names = self.so_far()
        self._heard.clear()
        return names
