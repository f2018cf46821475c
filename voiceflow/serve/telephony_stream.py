"""A provider's stream from its first message to its last."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import trio

from voiceflow._clock import SECOND
from voiceflow.errors import VoiceflowError, describe
from voiceflow.machines.bucket import Bucket
from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.telephony.dialect import Dialect
from voiceflow.machines.telephony.ends import ServerEnd, ToServer
from voiceflow.machines.telephony.messages import Complaint, Dtmf, Marked, Sound, Start, Stop
from voiceflow.serve.call import Call
from voiceflow.serve.calls import Calls, Refused
from voiceflow.serve.telephony_line import PhoneLine
from voiceflow.serve.telephony_phone import Phone

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

_BLOCK = 0.02
"""Seconds of sound that leave at a time: what a phone plays is known by marks between them."""
_FAREWELL = 2.0
"""Seconds that a provider has to answer a close, and to take a request to hang up."""
_GAP = 1.0
"""Seconds of missing sound that are put in as silence at most; the clock makes up for more."""
_WRONG = 20
"""Messages that are none, behind which this is no provider."""


class _NotHere(Exception):
    """The stream is closed, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@attrs.define(eq=False)
class Stream:
    """One stream of a provider, and the call that it is the line of."""

    calls: Calls
    socket: WebSocket
    dialect: Dialect
    phone: Phone
    may_begin: Callable[[Mapping[str, str]], bool]
    """Whether a stream with these parameters is let in."""
    wire: ServerEnd = attrs.field(init=False)
    line: PhoneLine = attrs.field(init=False)
    call: Call | None = attrs.field(default=None, init=False)
    wrong: int = attrs.field(default=0, init=False)
    _bytes: Bucket = attrs.field(init=False)
    _closed: bool = attrs.field(default=False, init=False)
    """Whether the socket was closed, not only silent for too long: some providers have no other word for the end."""

    def __attrs_post_init__(self) -> None:
        self.wire = ServerEnd(self.dialect)
        self.line = PhoneLine(self.wire, self.calls.limits.behind)
        rates = self.calls.limits.rates
        self._bytes = Bucket(rates.bytes, rates.bytes * rates.seconds)

    async def run(self) -> None:
        """Serve it; the call ends with its stream: nobody can take a telephone's place."""
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write, nursery)
                await self._read(nursery)
        finally:
            if self.call is not None:
                self.call.detach(self.line)
                self.call.hang_up("hung up" if self.wire.stopped or self._closed else "lost")
        await self._end_at_the_provider()

    async def _write(self, nursery: trio.Nursery) -> None:
        kept_up = await self.line.write(self.socket)
        if not kept_up:
            self.calls.counts.slow += 1
        await self.socket.close(1000 if kept_up else 1008)
        nursery.cancel_scope.deadline = trio.current_time() + _FAREWELL

    async def _read(self, nursery: trio.Nursery) -> None:
        limits = self.calls.limits
        try:
            while True:
                received: MutableMapping[str, Any] = {"type": "websocket.disconnect"}
                with trio.move_on_after(limits.hello if self.call is None else limits.idle):
                    received = await self.socket.receive()
                if received["type"] == "websocket.disconnect":
                    self._closed = "code" in received
                    break
                text: str | None = received.get("text")
                await self._take(received["bytes"] if text is None else text)
        except _NotHere as refusal:
            await self.socket.close(refusal.code)
        nursery.cancel_scope.cancel(reason="the stream is over")

    async def _take(self, wire: str | bytes) -> None:
        now = round(trio.current_time() * SECOND)
        if not self._bytes.take(len(wire), now):
            raise self._refused("too_fast", 1008)
        try:
            events = self.wire.receive(wire)
        except MalformedChunk:
            self.calls.counts.error("bad_message")
            self.wrong += 1
            if self.wrong >= _WRONG:
                raise self._refused("bad_message", 1008) from None
            return
        for event in events:
            await self._obey(event)

    async def _obey(self, event: ToServer) -> None:
        match event:
            case Start():
                await self._begin(event)
            case Complaint():
                self.calls.counts.error("complaint")
            case Stop():
                self._hang_up()
            case _:
                if self.call is not None and not self.call.over.is_set():
                    self._hand_on(self.call, event)

    async def _begin(self, start: Start) -> None:
        if not self.may_begin(start.parameters):
            raise self._refused("refused", 1008)
        assert self.wire.format is not None
        rate = self.wire.format.rate
        self.phone.start = start
        self.phone.is_this()
        try:
            call = await self.calls.begin(rate_in=rate, rate_out=rate, kind=self.dialect.name, block=_BLOCK)
        except Refused:
            raise _NotHere(1013) from None
        except VoiceflowError:
            raise _NotHere(1011) from None
        self.call = call
        call.attach(self.line)

    def _hand_on(self, call: Call, event: ToServer) -> None:
        match event:
            case Sound():
                gap = min(event.gap, round(_GAP * call.rate_in))
                call.hear(np.concatenate([np.zeros(gap, np.int16), event.samples]) if gap else event.samples)
            case Dtmf():
                with suppress(ValueError):  # nobody listens to keys
                    call.press(event.digit)
            case Marked():
                if (place := self.line.marked(event.name)) is not None:
                    call.played(*place)
            case _:
                pass

    def _hang_up(self) -> None:
        if self.call is not None:
            self.call.hang_up("hung up")

    def _refused(self, code: str, close: int) -> _NotHere:
        self.calls.counts.error(code)
        return _NotHere(close)

    async def _end_at_the_provider(self) -> None:
        """The program ended the call: the phone is to be put down too, where the end of the stream does not do that."""
        ours = self.line.over and not self.wire.stopped and not self.phone.passed_on
        if ours and self.phone.account is not None:
            with trio.move_on_after(_FAREWELL):
                try:
                    await self.phone.hang_up()
                except VoiceflowError as error:
                    self.calls.log(f"a phone call could not be ended at {self.dialect.name}: {describe(error)}")
