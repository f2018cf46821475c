"""What the two ends of a phone stream tell each other, whoever the provider is."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np
from attrs import validators as are

from voiceflow.frames import Samples
from voiceflow.machines.dtmf import KEYS

_same = attrs.cmp_using(eq=np.array_equal)


def _size(data: bytes | Samples) -> str:
    return f"<{len(data)}>"


@attrs.frozen
class Connected:
    """The provider's socket is open. Some begin with this; nothing is in it."""


@attrs.frozen(kw_only=True)
class Start:
    """A call begins. `stream` and `call` are the provider's names for it, empty where it has none.

    `caller` and `callee` are numbers, empty where the provider does not tell them; `parameters` are the program's own,
    from the webhook that started the stream. None of them is shown: they are somebody's.
    """

    stream: str = ""
    call: str = ""
    account: str = attrs.field(default="", repr=False)
    caller: str = attrs.field(default="", repr=False)
    callee: str = attrs.field(default="", repr=False)
    parameters: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    encoding: str = ""
    rate: int = 8000


@attrs.frozen
class Media:
    """Encoded audio of the caller. `chunk` numbers the messages, `at` is the place in milliseconds, where told."""

    audio: bytes = attrs.field(repr=_size)
    chunk: int | None = None
    at: int | None = None
    track: str = "inbound"


@attrs.frozen
class Dtmf:
    """The caller pressed a key. Not shown: it may be part of a secret."""

    digit: str = attrs.field(validator=are.in_(tuple(KEYS)), repr=False)


@attrs.frozen
class Marked:
    """All that was sent before the mark `name` has played, or was cleared."""

    name: str


@attrs.frozen
class Cleared:
    """What had not played was thrown away. Only some providers say so."""


@attrs.frozen
class Complaint:
    """The provider did not understand something, or has a fault; `code` is its own."""

    code: int | None = None


@attrs.frozen
class Stop:
    """The stream ends; nothing follows."""


@attrs.frozen
class Play:
    """Encoded audio to be played behind what waits."""

    audio: bytes = attrs.field(repr=_size)


@attrs.frozen
class Mark:
    """Say when all that was sent before this has played."""

    name: str


@attrs.frozen
class Clear:
    """Be silent at once, and throw away what waits."""


@attrs.frozen
class Sound:
    """Audio as either end hears it, in order; `gap` samples are missing in front of it."""

    samples: Samples = attrs.field(eq=_same, repr=_size)
    gap: int = 0


ByProvider = Connected | Start | Media | Dtmf | Marked | Cleared | Complaint | Stop
ByServer = Play | Mark | Clear
