"""Where a speaker's blocks go, and the output that plays nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import attrs
from attrs import validators

from voiceflow.frames import Samples
from voiceflow.services import Services


class Output(Protocol):
    """Where a speaker's blocks go: a device, a file, a socket."""

    @property
    def rate(self) -> int:
        """Hz of the samples it takes."""
        ...

    @property
    def lead(self) -> float:
        """Seconds by which blocks are to come before they sound."""
        ...

    def open(self, services: Services) -> AbstractAsyncContextManager[None]:
        """Entered for the session."""
        ...

    async def write(self, samples: Samples) -> None:
        """Take one block. Waits only as long as a device is behind."""
        ...

    def drop(self, fade: float) -> int | None:
        """Forget what has not sounded yet, after a fade of so many seconds over what is held already.

        Returns how many samples of what was given to `write` will not sound, those of a block that it is just being
        given included; None if that is not known: then the clock decides. What is held for good (by a device, say)
        sounds and is none of them. Those may be written again: a playback that is held goes on with them.
        """
        ...


@attrs.define(eq=False)
class Silence:
    """An output that plays nothing: for tests, simulations, and agents whose audio is only tapped."""

    rate: int = attrs.field(default=24000, validator=validators.gt(0))
    lead: float = 0.0

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        yield

    async def write(self, samples: Samples) -> None:
        pass

    def drop(self, fade: float) -> None:
        pass
