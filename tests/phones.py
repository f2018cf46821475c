"""A phone at a provider, which calls a server over a real socket."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np
import trio
from served import loud
from trio_websocket import ConnectionClosed, WebSocketConnection

from voiceflow import Samples
from voiceflow._dial import dialled
from voiceflow.machines.telephony.dialects import DIALECTS
from voiceflow.machines.telephony.ends import ProviderEnd
from voiceflow.machines.telephony.messages import Clear, Start
from voiceflow.machines.telephony.playback import Playback

RATE = 8000


class Caller:
    """A phone at a provider: says what it is given, in blocks of 20 ms, plays what it hears, and tells its marks."""

    def __init__(self, socket: WebSocketConnection, end: ProviderEnd) -> None:
        self.socket, self.end = socket, end
        self.playback = Playback(60 * RATE, RATE // 50)
        self.marks = list[str]()
        self.cleared = list[int]()
        """How much had been heard at each word to be silent."""
        self.blocks = 0
        self.heard = np.zeros(0, np.int16)
        self.closed: int | None = None
        self.begun = trio.Event()
        self._said = np.zeros(RATE // 5, np.int16)
        """A VAD learns from it how loud silence is."""

    def say(self, samples: Samples) -> None:
        self._said = np.concatenate([self._said, samples])

    async def run(self) -> None:
        try:
            for wire in self.end.begin():
                await self.socket.send_message(wire)
            self.begun.set()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._listen, nursery.cancel_scope)
                await self._speak()
        except* ConnectionClosed:
            pass
        if self.socket.closed is not None:
            self.closed = self.socket.closed.code

    async def _speak(self) -> None:
        begin = trio.current_time()
        while True:
            await trio.sleep_until(begin + (self.blocks + 1) * 0.02)
            self.blocks += 1
            said, self._said = self._said[:160], self._said[160:]
            heard, marks = self.playback.take(160)
            self.heard = np.concatenate([self.heard, heard])
            self.marks += marks
            for wire in self.end.media(np.pad(said, (0, 160 - len(said)))):
                await self.socket.send_message(wire)
            for mark in marks:
                await self.send(self.end.marked(mark))

    async def _listen(self, scope: trio.CancelScope) -> None:
        while True:
            try:
                message = self.end.receive(await self.socket.get_message())
            except ConnectionClosed:
                return scope.cancel()
            assert message is not None, "a message that this provider does not know"
            if isinstance(message, Clear):
                self.cleared.append(len(self.heard))
            for name in self.playback.obey(message):
                if self.end.dialect.returns_marks:
                    await self.send(self.end.marked(name))

    async def send(self, wires: list[str | bytes]) -> None:
        for wire in wires:
            await self.socket.send_message(wire)

    async def asks(self, seconds: float) -> None:
        """Say something until so much of an answer is heard: a machine that stands still may have missed it."""
        for _ in range(5):
            self.say(loud(0.3, RATE))
            with suppress(trio.TooSlowError):
                return await until(lambda: int(np.count_nonzero(self.heard)) >= 0.9 * seconds * RATE, 5)
        raise AssertionError("nothing was heard")


@asynccontextmanager
async def phone(url: str, provider: str, query: str = "", **start: Any) -> AsyncGenerator[Caller]:
    """A phone call to the server whose socket is at `url`, until this is left."""
    end = ProviderEnd(DIALECTS[provider], Start(stream="MZ1", call="CA1", account="AC1", **start))
    async with dialled(f"{url.removesuffix('ws')}telephony/{provider}{query}") as socket:
        caller = Caller(socket, end)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(caller.run)
            await caller.begun.wait()
            yield caller
            nursery.cancel_scope.cancel(reason="the phone is put down")


async def until(condition: Callable[[], bool], within: float = 20.0) -> None:
    """The other end needs a moment."""
    with trio.fail_after(within):
        while not condition():  # noqa: ASYNC110  of a machine of its own, which tells nobody
            await trio.sleep(0.01)
