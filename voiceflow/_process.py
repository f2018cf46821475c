"""Worker processes, for libraries that hold the GIL or should stay apart. The child's half is `_process_main`.

Messages are pickles behind a length, over a socket pair of their own, so that nothing a library prints gets among
them. A task writes what `send` handed over; the receiver keeps what it has read of a message. Hence either call may be
cancelled anywhere: a message goes out whole or not at all, and none that came is lost.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from importlib import util
from pathlib import Path
from typing import Any

import trio

from voiceflow._executor import NICE
from voiceflow._process_main import HEADER, MESSAGE, RAISED
from voiceflow.errors import GraphError, ProviderError

GRACE = 0.5  # seconds that a child gets to end by itself after SIGTERM
OUTPUT = 4096  # bytes kept of the end of what a child printed: enough for a native library's last words
CHUNK = 65536  # bytes read at once


class Worker:
    """The parent's end of a worker process; see `voiceflow.Process`. One task may receive, any may send."""

    def __init__(self, target: str, process: trio.Process, channel: trio.SocketStream) -> None:
        self.target = target
        self.output = b""
        """The end of what the child printed, for debugging: not for messages, as it may quote a caller."""
        self._process = process
        self._channel = channel
        self._incoming = bytearray()
        self._failure: ProviderError | None = None
        # No message waits here: with the one that is being written and the kernel's buffer there is room enough.
        self._outgoing, self._to_write = trio.open_memory_channel[bytes](0)

    def __repr__(self) -> str:
        return f"<worker {self.target} pid={self.pid} returncode={self._process.returncode}>"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    async def send(self, message: object) -> None:
        """Hand a message over; waits while the child takes none. A cancelled send was made in whole or not at all.

        Raises:
            ProviderError: the process ended; retryable.
        """
        body = pickle.dumps(message, protocol=5)
        try:
            await self._outgoing.send(HEADER.pack(MESSAGE, len(body)) + body)
        except trio.BrokenResourceError:
            raise await self._failed() from None

    async def receive(self) -> Any:
        """The next message. A cancelled receive loses none.

        Raises:
            ProviderError: the process ended or raised; says how. Retryable, unless the child knows better.
        """
        if self._failure is not None:
            raise self._failure
        kind, message = await self._next()
        if kind == RAISED:
            name, text, retryable = message
            said = f"raised {name}: {text}" if name else f"failed: {text}"
            self._failure = ProviderError(f"worker {self.target!r} {said}", retryable=retryable)
            raise self._failure
        return message

    async def ready(self) -> None:
        """Wait until the child has found the function that it is to run."""
        await self.receive()

    async def _next(self) -> tuple[bytes, Any]:
        await self._fill(HEADER.size)
        kind, size = HEADER.unpack_from(self._incoming)
        await self._fill(HEADER.size + size)
        body = self._incoming[HEADER.size : HEADER.size + size]
        del self._incoming[: HEADER.size + size]
        return kind, pickle.loads(body)

    async def _fill(self, size: int) -> None:
        await trio.lowlevel.checkpoint_if_cancelled()
        while len(self._incoming) < size:
            try:
                more = await self._channel.receive_some(CHUNK)
            except trio.BrokenResourceError:
                more = b""
            if not more:
                raise await self._failed()
            self._incoming += more

    async def _failed(self) -> ProviderError:
        if self._failure is None:
            with trio.move_on_after(GRACE):  # the channel may close a little before the process ends
                await self._process.wait()
            self._failure = ProviderError(f"worker {self.target!r} {_ending(self._process.poll())}", retryable=True)
        return self._failure

    async def write(self) -> None:
        with self._to_write:
            async for data in self._to_write:
                try:
                    await self._channel.send_all(data)
                except trio.BrokenResourceError:
                    return

    async def drain(self) -> None:
        assert self._process.stdout is not None
        async for piece in self._process.stdout:
            self.output = (self.output + piece)[-OUTPUT:]

    async def end(self) -> None:
        """Terminate, kill if that does not help, and reap."""
        self._process.terminate()
        with trio.move_on_after(GRACE):
            await self._process.wait()
        self._process.kill()
        await self._process.wait()


def _ending(code: int | None) -> str:
    if code is None:
        return "closed its channel"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}" if code else "ended before it was asked to"


def _locate(target: str) -> tuple[str, str | None, str]:
    """The module, its file if it has one, and the name of the function."""
    module, colon, name = target.partition(":")
    if not (module and colon and name.isidentifier()) or module == "__main__":
        raise GraphError(f"a worker is named 'module:function', of a module that can be imported; got {target!r}")
    try:
        spec = util.find_spec(module)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise GraphError(f"worker {target!r}: there is no module {module!r}")
    return module, spec.origin if spec.has_location else None, name


async def _spawn(target: str, child: socket.socket) -> trio.Process:
    # -I: nothing of the environment or the folder it is started in; the parent's sys.path is sent to it instead.
    # A process group of its own: Ctrl-C in the terminal is for the parent alone. Not a session of its own, for Linux
    # may share the cores out by sessions, and niceness counts only within one. Standard input is the lifeline.
    # The niceness is this thread's and more; the thread that starts the child may have more already.
    nice = min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICE)
    script = Path(__file__).with_name("_process_main.py")
    command = [sys.executable, "-I", str(script), str(child.fileno()), str(nice)]
    try:
        return await trio.lowlevel.open_process(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(child.fileno(),),
            process_group=0,
        )
    except OSError as error:
        raise ProviderError(f"worker {target!r} could not be started: {error}", retryable=True) from error


@asynccontextmanager
async def open_process(target: str, *args: object) -> AsyncGenerator[Worker, None]:
    """A worker process that runs `target`, "module:function", as `function(channel, *args)`; killed on leaving.

    Entered when the function has been found; what it then loads it reports by a message of its own. The child dies
    with this process too, however that ends.

    Raises:
        GraphError: the target names no module.
        ProviderError: the process could not be started, or ended before it was ready.
    """
    start = (sys.path, *_locate(target), args)
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = await _spawn(target, theirs)
        ours.setblocking(False)
        assert isinstance(process.stdin, trio.lowlevel.FdStream)
        assert isinstance(process.stdout, trio.lowlevel.FdStream)
        with closing(process.stdin), closing(process.stdout):
            worker = Worker(target, process, trio.SocketStream(trio.socket.from_stdlib_socket(ours)))
            try:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(worker.write)
                    nursery.start_soon(worker.drain)
                    try:
                        await worker.send(start)
                        await worker.ready()
                        yield worker
                    finally:
                        with trio.CancelScope(shield=True):
                            await worker.end()
                        nursery.cancel_scope.cancel(reason="the worker ended")
                return
            except BaseExceptionGroup as group:
                alone = _alone(group)
                if alone is None:
                    raise
            raise alone


def _alone(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    # The two tasks of a worker raise nothing but Cancelled: what else is in there came from the scope's body.
    _, rest = group.split(trio.Cancelled)
    return rest.exceptions[0] if rest is not None and len(rest.exceptions) == 1 else None
