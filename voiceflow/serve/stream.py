"""A connection as Hypercorn has it, until it carries a WebSocket."""

from __future__ import annotations

import socket

import attrs
import trio

_MOST = 65536
"""Bytes that are read at once."""


@attrs.define(eq=False)
class PatientStream:
    """A connection whose writes end, one way or the other: a client that does not read cannot hold up who writes.

    Hypercorn shields its writes from being cancelled, for as long as they take.
    """

    stream: trio.SocketStream
    patience: float
    """Seconds that one write may take."""
    silence: float
    """Seconds that Hypercorn waits for something to read."""
    slow: bool = attrs.field(default=False, init=False)
    """Whether it was given up."""
    carries_call: bool = attrs.field(default=False, init=False)
    """Whether it was taken from Hypercorn, which reads no more of it."""
    _reading: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False, repr=False)
    _closed: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _direct: socket.socket | None = attrs.field(default=None, init=False, repr=False)
    """The same socket once it was taken over, for what does not wait: Trio's own lets others run at each call."""

    @property
    def socket(self) -> trio.socket.SocketType:
        return self.stream.socket

    async def send_all(self, data: bytes) -> None:
        with trio.move_on_after(self.patience) as scope:
            await self.stream.send_all(data)
        if scope.cancelled_caught:
            self.slow = True
            self.hang_up()
            raise trio.BrokenResourceError(f"the client took nothing for {self.patience:g} s")

    async def receive_some(self, most: int) -> bytes | bytearray:
        """For Hypercorn, to which nothing comes any more, and no end either, once it was taken over."""
        if not self.carries_call:
            with trio.move_on_after(self.silence) as self._reading:
                return await self.stream.receive_some(most)
        if self.carries_call:
            await self._closed.wait()
        return b""

    def take_over(self) -> None:
        """Read it with `receive` from now on. What has come by now, Hypercorn has had."""
        self.carries_call = True
        self._reading.cancel(reason="the connection carries a WebSocket")
        self._direct = socket.socket(fileno=self.socket.fileno())
        self._direct.setblocking(False)

    async def receive(self) -> bytes:
        """What comes next; b"" behind the last, however it ended."""
        try:
            while (direct := self._direct) is not None:
                await trio.lowlevel.wait_readable(direct)
                try:
                    return direct.recv(_MOST)  # it is none any more if somebody hung up before we ran
                except BlockingIOError:
                    pass  # it was no more than a sign
        except (OSError, trio.ClosedResourceError):
            pass
        return b""

    def send_now(self, data: bytes) -> int:
        """How many bytes of it are sent without waiting. What is wrong is told to who waits to send the rest."""
        try:
            return 0 if self._direct is None else self._direct.send(data)
        except OSError:
            return 0

    async def send_eof(self) -> None:
        await self.stream.send_eof()

    async def aclose(self) -> None:
        self.hang_up()
        await trio.lowlevel.checkpoint()

    def hang_up(self) -> None:
        """Close it at once."""
        if self._direct is not None:
            self._direct.detach()
            self._direct = None
        self.stream.socket.close()
        self._closed.set()
