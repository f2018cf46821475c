"""A server that is a program: started, spoken to on its stdin and stdout, and ended with all that it has started.

Source: "stdio" under Transports, and Shutdown under Lifecycle, of the Model Context Protocol's specification. The
library's own client of this kind keeps a line of any length in memory, and gives a program four seconds to end.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress

import attrs
import trio
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCError, jsonrpc_message_adapter

from voiceflow.mcp.flow import Incoming, Item, Meter, Streams, queue

LONGEST = 4 << 20  # bytes of a message
CHUNK = 65_536  # bytes read at once, which is as much work as a message
UNIT = 16_384  # bytes of a message that are as much work as another one
GRACE = 0.7  # seconds that a program gets to end by itself, and again after SIGTERM
KEPT = 2_000  # bytes of what it wrote on stderr
_ANSWERS = re.compile(rb'"id"\s*:\s*(\d{1,18}|"[\w-]{1,80}")\s*[,}]')  # a response names its request near its beginning
TOO_LONG = -32_000
"""The code of the error that a call gets whose answer is too long; the protocol leaves it to implementations."""


@attrs.define(eq=False)
class Lines:
    """Pieces of a stream put together to lines; of one that is too long, only its beginning is kept."""

    longest: int = LONGEST
    _line: bytearray = attrs.field(factory=bytearray, init=False)
    _length: int = attrs.field(default=0, init=False)

    def push(self, chunk: bytes) -> list[tuple[bytes, int]]:
        """The lines that have ended, each with the length that it had."""
        *ended, rest = chunk.split(b"\n")
        found: list[tuple[bytes, int]] = []
        for piece in ended:
            self._keep(piece)
            found.append((bytes(self._line), self._length))
            self._line.clear()
            self._length = 0
        self._keep(rest)
        return found

    def _keep(self, piece: bytes) -> None:
        self._length += len(piece)
        if self._length <= self.longest:
            self._line += piece
        elif len(self._line) > KEPT:
            del self._line[KEPT:]


def message(line: bytes, length: int) -> Item | None:
    """What a line says: nothing if it is empty, and an error if it is no message; of one too long, that it was."""
    if length > len(line):
        request = _ANSWERS.search(line)
        if request is None:
            return ValueError(f"a line of {length} bytes")
        number = request[1].decode()
        told = {"code": TOO_LONG, "message": f"the answer has {length} bytes, and is left out"}
        return SessionMessage(
            JSONRPCError.model_validate(
                {"jsonrpc": "2.0", "id": number.strip('"') if number[0] == '"' else int(number), "error": told}
            )
        )
    if not line.strip():
        return None
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:
        return ValueError(f"a line of {length} bytes that is no message")


@attrs.define(eq=False)
class Program:
    """A server that is started when its streams are opened. `ended` is set when it says no more."""

    command: tuple[str, ...]
    env: Mapping[str, str] = attrs.field(repr=False)
    cwd: str | None
    ended: trio.Event
    last_words: bytes = attrs.field(default=b"", init=False, repr=False)
    """The end of what it wrote on stderr; it may quote a caller once there is one."""

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Streams, None]:
        """Its streams; it is ended when they are left, also by a cancellation.

        Raises:
            OSError, ValueError: it cannot be started.
        """
        outgoing, to_write = queue()
        to_handle, to_read = trio.open_memory_channel[Item](0)
        process = await trio.lowlevel.open_process(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**get_default_environment(), **self.env},
            cwd=self.cwd,
            start_new_session=True,  # Ctrl-C is not for it
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        async with trio.open_nursery() as nursery:
            try:
                nursery.start_soon(self._read, process.stdout, to_handle, Meter())
                nursery.start_soon(self._write, process.stdin, to_write)
                nursery.start_soon(self._listen, process.stderr, Meter())
                yield Incoming(to_read, None, self.ended), outgoing
            finally:
                with trio.CancelScope(shield=True):  # three times GRACE at the most
                    await _end(process)
                nursery.cancel_scope.cancel(reason="the program was ended")

    async def _read(
        self, stdout: trio.abc.ReceiveStream, to_handle: trio.MemorySendChannel[Item], meter: Meter
    ) -> None:
        lines = Lines()
        async with to_handle:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                while chunk := await stdout.receive_some(CHUNK):
                    await meter.take()
                    for line, length in lines.push(bytes(chunk)):
                        await meter.take(1 + len(line) / UNIT)
                        if (item := message(line, length)) is not None:
                            await to_handle.send(item)
        self.ended.set()

    async def _write(self, stdin: trio.abc.SendStream, to_write: trio.MemoryReceiveChannel[SessionMessage]) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async for each in to_write:
                line = each.message.model_dump_json(by_alias=True, exclude_unset=True)
                await stdin.send_all(line.encode() + b"\n")
        self.ended.set()

    async def _listen(self, stderr: trio.abc.ReceiveStream, meter: Meter) -> None:
        """Take what it writes on stderr, so that it can go on; who writes without end has to wait now and then."""
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while chunk := await stderr.receive_some(CHUNK):
                self.last_words = (self.last_words + chunk)[-KEPT:]
                await meter.take()


async def _end(process: trio.Process) -> None:
    """Close its stdin and give it time to end; else end it, and in any case what it has started and left behind."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    await trio.aclose_forcefully(process.stdin)
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        if number is not None:
            _kill(process, number)
        with trio.move_on_after(GRACE) as late:
            await process.wait()
        if not late.cancelled_caught:
            break
    _kill(process, signal.SIGKILL)
    await trio.aclose_forcefully(process.stdout)
    await trio.aclose_forcefully(process.stderr)


def _kill(process: trio.Process, number: int) -> None:
    """All of the session that it began; of a process that has ended, the others."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
