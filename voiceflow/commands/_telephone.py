"""A phone provider's side of one call over a WebSocket, as a node: what is said goes in, what is heard comes out.

Both sides are counted by one clock of 20 ms blocks from the call's first on, so that they lie side by side. What the
agent sends is played as a provider plays it: in order, one second a second, each mark told when what is in front of it
has sounded.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Literal

import attrs
import numpy as np
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from voiceflow._clock import SECOND
from voiceflow.frames import Audio, Samples
from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.playout import Playout
from voiceflow.machines.telephony.dialect import Wire
from voiceflow.machines.telephony.ends import ProviderEnd, ToProvider
from voiceflow.machines.telephony.messages import Clear
from voiceflow.machines.telephony.playback import Playback
from voiceflow.machines.telephony.voice import BLOCK, Voice
from voiceflow.node import Node
from voiceflow.output import Output
from voiceflow.ports import In, Out
from voiceflow.resampling import Resampling
from voiceflow.services import Ports, Services

_HOLDS = 600.0
"""Seconds of audio that a provider holds; more is lost."""
_CUSHION = 0.06
"""Seconds by which what the server sends may come too late for its place, as in a provider's own buffer."""
_AHEAD = 0.5
"""Seconds of the caller's audio that wait to be said: a reader of files is ahead by as much."""
_STUCK = 5.0
"""Seconds in which a server takes a message, or closes when it is asked to."""
_NORMAL = (1000, 1001, 1005)
"""Codes with which a WebSocket is closed when all is well: done, going away, none."""

Ended = Literal["the server closed the call", "hung up", "the server does not read what it is sent"]


@attrs.frozen
class Key:
    """The caller presses `digit` so many `at` seconds after the call began."""

    at: float
    digit: str


@attrs.define(eq=False)
class Telephone(Node):
    """Plays the provider of `end` on an open socket until the call is over, which `over` says then.

    It hangs up when the caller has said all and the agent has been silent for `wait` seconds behind that, or after
    `limit` seconds. `tell(seconds, what)` is called with each thing that happens.
    """

    caller = In(Audio, seconds=_AHEAD)
    said = Out(Audio)
    heard = Out(Audio)

    socket: WebSocketConnection
    end: ProviderEnd
    keys: Sequence[Key] = ()
    wait: float = 5.0
    limit: float = float("inf")
    cushion: float = 0.0
    tell: Callable[[float, str], object] = lambda seconds, what: None

    over: trio.Event = attrs.field(factory=trio.Event, init=False)
    ended: Ended = attrs.field(default="hung up", init=False)
    code: int = attrs.field(default=1000, init=False)
    """With which the socket was closed."""
    voice: Voice = attrs.field(factory=Voice, init=False)
    wrong: list[str] = attrs.field(factory=list[str], init=False)
    """What of the server's messages was none."""
    marks: int = attrs.field(default=0, init=False)
    clears: int = attrs.field(default=0, init=False)
    blocks: int = attrs.field(default=0, init=False)
    """Of the call so far."""
    playback: Playback = attrs.field(init=False)
    _saying: Playout = attrs.field(init=False)
    _more: bool = attrs.field(default=True, init=False)
    """Whether the caller has more to say."""
    _busy: float = attrs.field(default=0.0, init=False)
    """When there was last something to be said, pressed or played."""
    _room: trio.Event = attrs.field(factory=trio.Event, init=False)

    def __attrs_post_init__(self) -> None:
        rate = self.end.format.rate
        self.playback = Playback(round(_HOLDS * rate), round(_CUSHION * rate))
        self._saying = Playout(round((_AHEAD + self.cushion) * rate), round(self.cushion * rate))
        self.keys = sorted(self.keys, key=lambda key: key.at)

    @property
    def seconds(self) -> float:
        return self.blocks * BLOCK

    async def run(self, ports: Ports) -> None:
        try:
            await self._send(self.end.begin())
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._take, ports)
                nursery.start_soon(self._listen, nursery.cancel_scope)
                await self._tick(ports)
                nursery.cancel_scope.cancel(reason="the call is over")
            await self._hang_up()
        except* ConnectionClosed:
            self._closed()
        self.over.set()

    async def _take(self, ports: Ports) -> None:
        """What the caller says waits here until it is its time."""
        async for audio in ports[self.caller]:
            rest = audio.samples
            while len(rest := rest[self._saying.write(rest) :]):
                self._room = trio.Event()
                await self._room.wait()
        self._more = False

    async def _listen(self, scope: trio.CancelScope) -> None:
        while True:
            try:
                wire = await self.socket.get_message()
            except ConnectionClosed:
                self._closed()
                scope.cancel(reason="the server closed the call")
                return
            try:
                message = self.end.receive(wire)
            except MalformedChunk as error:
                self._complain(f"no message of {self.end.dialect.name}: {error}")
            else:
                await self._obey(message)

    async def _obey(self, message: ToProvider | None) -> None:
        if message is None:
            return self._complain(f"a message that {self.end.dialect.name} does not know")
        if isinstance(message, Clear):
            self.clears += 1
            self._tell(f"clear: {self.playback.level / self.end.format.rate:.2f} s thrown away")
        late = self.playback.underruns
        marks = self.playback.obey(message)
        if self.playback.underruns > late:
            self._tell("an underrun: this comes too late for its place")
        if self.end.dialect.returns_marks:
            await self._reach(marks)
        if isinstance(message, Clear):
            await self._send(self.end.cleared())
        return None

    async def _tick(self, ports: Ports) -> None:
        """The call, block by block, until it is time to hang up."""
        begin, count = ports.now(), round(BLOCK * self.end.format.rate)
        while self.seconds < self.limit and self._goes_on():
            await ports.sleep_until(begin + (self.blocks + 1) * round(BLOCK * SECOND))
            said = self._saying.read(count)
            self._room.set()
            heard, marks = self.playback.take(count)
            await self._send(self.end.media(said))
            await self._press()
            await self._reach(marks)
            self._hear(heard)
            rate, pts = self.end.format.rate, self.blocks * count
            self.blocks += 1
            await ports[self.said].send(Audio(said, rate, pts))
            await ports[self.heard].send(Audio(np.pad(heard, (0, count - len(heard))), rate, pts))

    def hang_up(self) -> None:
        """The caller has had enough."""
        self.limit = 0.0

    def _goes_on(self) -> bool:
        """Whether somebody speaks, or may yet: the caller, the agent, or the keys."""
        if self._more or self._saying.level or self.keys or self.playback.level:
            self._busy = self.seconds
        return min(self.voice.silent, self.seconds - self._busy) < self.wait

    async def _press(self) -> None:
        while self.keys and self.keys[0].at <= self.seconds:
            key, *self.keys = self.keys
            self._tell(f"key {key.digit}")
            await self._send(self.end.dtmf(key.digit))

    async def _reach(self, marks: Iterable[str]) -> None:
        for name in marks:
            self.marks += 1
            await self._send(self.end.marked(name))

    def _hear(self, heard: Samples) -> None:
        since = self.voice.since
        match self.voice.push(heard):
            case "begins":
                self._tell("the agent speaks")
            case "ends" if since is not None:
                self._tell(f"the agent is silent, behind {(self.voice.last + 1 - since) * BLOCK:.2f} s")
            case _:
                pass

    async def _send(self, wires: Iterable[Wire]) -> None:
        for wire in wires:
            with trio.move_on_after(_STUCK) as scope:
                await self.socket.send_message(wire)
            if scope.cancelled_caught:
                self.ended = "the server does not read what it is sent"
                raise ConnectionClosed(None)

    async def _hang_up(self) -> None:
        if self.ended != "hung up":
            return
        self._tell("hung up")
        await self._send(self.end.stop())
        with trio.move_on_after(_STUCK), suppress(ConnectionClosed):
            await self.socket.aclose()

    def _closed(self) -> None:
        reason = self.socket.closed
        if self.ended == "hung up":
            self.ended = "the server closed the call"
            self.code = reason.code if reason is not None else 1006
            self._tell(f"{self.ended} ({self.code})")

    def _complain(self, what: str) -> None:
        self.wrong.append(what)
        self._tell(what)

    def _tell(self, what: str) -> None:
        self.tell(self.seconds, what)

    @property
    def faults(self) -> list[str]:
        """Why this was no good call; nothing if it was one."""
        faults: list[str] = []
        if self.ended == "the server closed the call" and self.code not in _NORMAL:
            faults.append(f"the server closed the call with {self.code}")
        if self.ended == "the server does not read what it is sent":
            faults.append(f"the server took no message for {_STUCK:g} s")
        if self.wrong:
            faults.append(f"{len(self.wrong)} messages were wrong, the first: {self.wrong[0]}")
        if self.playback.overflow:
            faults.append(f"{self.playback.overflow / self.end.format.rate:.1f} s were more than a provider holds")
        if not self.voice.voiced:
            faults.append("nothing was heard of the agent")
        return faults


@attrs.define(eq=False)
class Loud(Node):
    """Plays what comes on a loudspeaker."""

    audio = In(Audio)

    output: Output

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None]:
        async with self.output.open(services):
            yield

    async def run(self, ports: Ports) -> None:
        resampling = Resampling(self.output.rate)
        async for audio in ports[self.audio]:
            for frame in resampling.push(audio):
                if isinstance(frame, Audio):
                    await self.output.write(frame.samples)
