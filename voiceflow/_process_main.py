"""What runs inside a worker process. Started as a script: it imports neither voiceflow nor numpy, to start fast."""

from __future__ import annotations

import fcntl
import os
import pickle
import select
import struct
import sys
from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import Any

HEADER = struct.Struct("<cQ")  # what kind of message, how many bytes of pickle follow
MESSAGE, READY, RAISED = b"m", b"r", b"x"


class Channel:
    """The child's end: blocking, messages in order.

    Reads take exactly what they need and buffer nothing, so that `waiting` may ask the kernel.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.lost = False
        self._poll = select.poll()
        self._poll.register(fd, select.POLLIN)

    def receive(self) -> Any:
        """The next message.

        Raises:
            EOFError: the parent is gone.
        """
        _, size = HEADER.unpack(self._exactly(HEADER.size))
        return pickle.loads(self._exactly(size))

    def send(self, message: object) -> None:
        """Hand a message to the parent; waits while it takes none.

        Raises:
            EOFError: the parent is gone.
        """
        self.write(MESSAGE, message)

    def waiting(self) -> bool:
        """Whether there is something to receive: a message, or the news that the parent is gone."""
        return bool(self._poll.poll(0))

    def write(self, kind: bytes, message: object) -> None:
        body = pickle.dumps(message, protocol=5)
        try:
            for part in (HEADER.pack(kind, len(body)), body):
                rest = memoryview(part)
                while rest:
                    rest = rest[os.write(self._fd, rest) :]
        except (BrokenPipeError, ConnectionResetError):
            raise self._gone() from None

    def _exactly(self, size: int) -> bytearray:
        data, filled = bytearray(size), 0
        with memoryview(data) as view:
            while filled < size:
                try:
                    count = os.readv(self._fd, [view[filled:]])
                except ConnectionResetError:
                    count = 0
                if not count:
                    raise self._gone()
                filled += count
        return data

    def _gone(self) -> EOFError:
        self.lost = True
        return EOFError("the parent process is gone")


def die_with_parent(lifeline: int) -> None:
    """Have the kernel end this process when the other end of the pipe `lifeline` closes.

    The signal's default action needs no interpreter, so a native call that holds the GIL dies too. (PDEATHSIG
    would do the same, but is tied to the thread that forked, and Trio forks in a thread that comes and goes.)
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def load(module: str, file: str | None) -> ModuleType:
    """Import `module`, from its `file` if that is known, without running the packages around it.

    A node's worker lives in voiceflow.nodes, and `import voiceflow` would take longer than most workers need to start.
    """
    from importlib import import_module, util

    spec = util.spec_from_file_location(module, file) if file else None
    if spec is None or spec.loader is None:
        return import_module(module)
    loaded = util.module_from_spec(spec)
    sys.modules[module] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def report(error: BaseException) -> tuple[str, str, bool]:
    """What the parent may know of an error: its type and place, and whether to try again.

    A foreign error's message stays here, as it may quote a caller; that of a ProviderError quotes nobody.
    """
    if any(cls.__name__ == "ProviderError" and cls.__module__ == "voiceflow.errors" for cls in type(error).__mro__):
        return "", str(error), bool(getattr(error, "retryable", True))
    if isinstance(error, ModuleNotFoundError):
        return type(error).__name__, f"no module {error.name!r}; install what provides it", False
    return type(error).__name__, place(error.__traceback__), True


def place(traceback: TracebackType | None) -> str:
    if traceback is None:
        return "nowhere"
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    return f"in {code.co_name}, {os.path.basename(code.co_filename)} line {traceback.tb_lineno}"


def main(fd: int, nice: int) -> int:
    os.setpriority(os.PRIO_PROCESS, 0, nice)
    die_with_parent(0)
    channel = Channel(fd)
    try:
        path, module, file, name, args = channel.receive()
        sys.path[:] = path
        target: Callable[..., object] | None = getattr(load(module, file), name, None)
        if target is None:
            channel.write(RAISED, ("", f"module {module!r} has no {name!r}", False))
            return 1
        channel.write(READY, None)
        target(channel, *args)
    except Exception as error:  # the edge of a process: whatever it was is told to the parent, if there is one
        if not channel.lost:
            channel.write(RAISED, report(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
