"""What every voice must do."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import attrs
import numpy as np
import trio

from voiceflow._executor import Executor, ThreadExecutor
from voiceflow.frames import Phrase, Spoken
from voiceflow.services import Process
from voiceflow.testing.contracts import END, Make, cancel_midway, require, run_whole
from voiceflow.testing.drive import Driven, drive

T = TypeVar("T")

_TAKEN = 2
"""Phrases that a voice may have taken when nobody takes its audio: one that it says, and the next."""

_SETTLE = 2.0
"""Seconds after which it must have stopped."""

_STILL = 1.0
"""Seconds for which that is watched."""


async def check_tts(make: Make, *, executor: Executor | None = None) -> None:
    """A voice says each phrase, in order, says when a phrase is over, and stops when nobody takes its audio.

    For that it is given twelve phrases of a few seconds, and room for 0.2 s of sound. Two seconds after the first chunk
    came it must have taken two phrases at most, and do nothing more: no work is begun or ended, and no word
    exchanged with a process. (Work in the event loop itself, and that of a server, cannot be seen from here.)
    """
    require((await run_whole(make, {}, executor, "no phrases"))["spoken"] == [], "says nothing unasked")
    phrases = [Phrase("Hello there."), Phrase("", language="en"), Phrase("This is the second sentence of two.")]
    chunks = _spoken(await run_whole(make, {"phrases": phrases}, executor, "phrases"))
    said: list[Phrase] = [chunk.phrase for chunk in chunks if chunk.last]
    require(said == phrases, "ends each phrase once, in order", said)
    for phrase in phrases:
        length = sum(len(chunk.samples) for chunk in chunks if chunk.phrase == phrase)
        require((length > 0) == bool(phrase.text), "gives sound for words and none for nothing", (phrase, length))
    loud = max(int(np.abs(chunk.samples.astype(np.int32)).max(initial=0)) for chunk in chunks)
    require(loud > 500, "can be heard", loud)
    longest = max(len(chunk.samples) / chunk.rate for chunk in chunks)
    require(longest <= 0.5, "gives chunks of at most half a second, so that little is wasted", longest)
    odd = [Phrase("\u4f60\u597d \U0001f600 <speak>&amp;</speak> \u202e \x00 \ud800")]
    said_odd = _spoken(await run_whole(make, {"phrases": odd}, executor, "any text"))
    require([chunk.phrase for chunk in said_odd if chunk.last] == odd, "says any text to its end")
    await _stops_when_nobody_listens(make, executor)
    await cancel_midway(make, {"phrases": phrases}, "spoken", executor)
    again = _spoken(await run_whole(make, {"phrases": phrases}, executor, "phrases after a cancelled one"))
    require([c.phrase for c in again if c.last] == phrases, "speaks after another was cancelled")
    require(all(c.phrase in phrases for c in again), "says nothing of what was cancelled")


@attrs.define(eq=False)
class _Watched:
    """An executor that counts what is done with it."""

    inner: Executor
    done: int = 0
    """Work begun and ended, and messages exchanged with processes."""

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        self.done += 1
        try:
            return await self.inner.compute(fn, *args, model=model, width=width)
        finally:
            self.done += 1

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        return self._overheard(target, *args)

    @asynccontextmanager
    async def _overheard(self, target: str, *args: object) -> AsyncGenerator[Process, None]:
        async with self.inner.process(target, *args) as process:
            yield _Overheard(process, self)


@attrs.define(eq=False)
class _Overheard:
    process: Process
    watched: _Watched

    async def send(self, message: object) -> None:
        self.watched.done += 1
        await self.process.send(message)

    async def receive(self) -> Any:
        message = await self.process.receive()
        self.watched.done += 1
        return message


async def _stops_when_nobody_listens(make: Make, executor: Executor | None) -> None:
    phrases = [Phrase(f"This is phrase {n}, long enough that nobody wants all of them waiting.") for n in range(12)]
    (inlet,), seen, watched = make().inlets(), Driven({}), _Watched(executor or ThreadExecutor())
    found: list[tuple[int, int]] = []
    with trio.move_on_after(END) as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_watch, inlet, seen, watched, found, nursery.cancel_scope)
            await drive(make(), {inlet: phrases}, executor=watched, into=seen, room=0.2, collect=False)
            nursery.cancel_scope.cancel(reason="the voice ended first")
    require(not scope.cancelled_caught, f"gives a first chunk within {END - _SETTLE - _STILL:g} s")
    require(bool(found), "does not end while nobody takes its audio")
    taken, done = found[0]
    require(taken <= _TAKEN, f"takes at most {_TAKEN} phrases while nobody takes its audio", taken)
    require(done == 0, f"does no work {_SETTLE:g} s after nobody takes its audio", done)


async def _watch(
    inlet: str, seen: Driven, watched: _Watched, found: list[tuple[int, int]], scope: trio.CancelScope
) -> None:
    """How many phrases it took, and what it did when it should have stopped."""
    while seen.ports is None or not seen.ports.outboxes["spoken"].wires[0].sent:  # noqa: ASYNC110 - nobody tells
        await trio.sleep(0.02)
    await trio.sleep(_SETTLE)
    given, before = seen.ports.inboxes[inlet].wire, watched.done
    await trio.sleep(_STILL)
    found.append((given.sent - len(given.queue), watched.done - before))
    scope.cancel(reason="enough was seen")


def _spoken(driven: Driven) -> list[Spoken]:
    return [frame for frame in driven["spoken"] if isinstance(frame, Spoken)]
