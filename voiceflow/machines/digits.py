"""Keys that a caller presses, collected to a number: until a closing key, a length, or a pause.

waiting --key--> collecting --key--> collecting --`terminator` | `most` keys | `between` without one--> done
   +---------------------- `first` without a key --------------------------------------------------------^
"""

from __future__ import annotations

from typing import Any, Literal

import attrs
from attrs import validators as are

from voiceflow.machines.dtmf import KEYS

_SECOND = 1_000_000_000


def _keys(settings: object, field: attrs.Attribute[Any], value: str | None) -> None:
    if value is not None and (len(value) != 1 or value not in KEYS):
        raise ValueError(f"{field.name} is one key of {KEYS}, or None; got {value!r}")


def _some(settings: object, field: attrs.Attribute[Any], value: str) -> None:
    if not value or any(key not in KEYS for key in value):
        raise ValueError(f"{field.name} are keys of {KEYS}; got {value!r}")


def _other(settings: CollectSettings, field: attrs.Attribute[Any], value: str | None) -> None:
    _keys(settings, field, value)
    if value is not None and value == settings.terminator:
        raise ValueError(f"backspace is another key than the terminator; got {value!r} for both")


@attrs.frozen(kw_only=True)
class CollectSettings:
    """What ends a number.

    `terminator` closes it and is not part of it. `most` keys close it too. `between` seconds without a key close what
    there is; before the first key it is `first` seconds (None: for ever). `backspace` takes the last key back. Keys
    that are not in `allowed` count for nothing.
    """

    terminator: str | None = attrs.field(default="#", validator=_keys)
    backspace: str | None = attrs.field(default=None, validator=_other)
    most: int | None = attrs.field(default=None, validator=are.optional(are.ge(1)))
    between: float = attrs.field(default=3.0, validator=[are.gt(0.0), are.le(600.0)])
    first: float | None = attrs.field(default=None, validator=are.optional([are.gt(0.0), are.le(3600.0)]))
    allowed: str = attrs.field(default=KEYS, validator=_some)


@attrs.frozen
class Collected:
    """The number that came of it, and what ended it. Not shown: it may be a secret."""

    digits: str = attrs.field(repr=False)
    why: Literal["terminator", "most", "pause", "no key", "cancelled"]


@attrs.define
class Collector:
    """One collection, from instant `began` on. All instants are integer nanoseconds of one clock."""

    settings: CollectSettings = attrs.Factory(CollectSettings)
    began: int = 0
    digits: str = attrs.field(default="", init=False, repr=False)
    done: Collected | None = attrs.field(default=None, init=False)
    ignored: int = attrs.field(default=0, init=False)
    """Keys that were not allowed, or came when all was over."""
    _last: int | None = attrs.field(default=None, init=False)
    """When the last key came."""

    @property
    def begun(self) -> bool:
        """Whether a key has come that counts: the first one interrupts the agent."""
        return self._last is not None

    def due(self) -> int | None:
        """When `tick` wants to be called; None for never."""
        if self.done is not None:
            return None
        if self._last is not None:
            return self._last + round(self.settings.between * _SECOND)
        first = self.settings.first
        return None if first is None else self.began + round(first * _SECOND)

    def tick(self, now: int) -> Collected | None:
        """What time has ended, if it has."""
        due = self.due()
        if due is not None and now >= due:
            self._end("pause" if self.begun else "no key")
        return self.done

    def press(self, key: str, now: int) -> Collected | None:
        """A key came. What it ended, if it has ended anything; a key that is too late ends nothing."""
        settings = self.settings
        if self.tick(now) is not None or key not in (settings.allowed + (settings.terminator or "")) or not key:
            self.ignored += 1
            return self.done
        self._last = max(now, self._last or self.began)
        if key == settings.terminator:
            return self._end("terminator")
        if key == settings.backspace:
            self.digits = self.digits[:-1]
            return None
        self.digits += key
        return self._end("most") if len(self.digits) == settings.most else None

    def cancel(self) -> Collected:
        """Nothing more is wanted; what has ended stays as it ended."""
        return self.done or self._end("cancelled")

    def _end(self, why: Literal["terminator", "most", "pause", "no key", "cancelled"]) -> Collected:
        self.done = Collected(self.digits, why)
        return self.done
