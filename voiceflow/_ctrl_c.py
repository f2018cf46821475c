"""Ctrl-C while the program has nothing to put in order: one line on stderr, status 130, and no traceback.

Python raises KeyboardInterrupt wherever the program happens to be: in an import, in a callback that swallows it,
between the making of a coroutine and its first step. Here it is raised nowhere; how commands let go of what they hold
is in `voiceflow.commands._loop`. Imported first of all, so it imports next to nothing.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False  # typing's takes longer to import than all of this
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

INTERRUPTED = 130


def command(words: list[str]) -> str | None:
    """The command in a program's words: no option before it takes a value."""
    return next((word for word in words if not word.startswith("-")), None)


def named(words: list[str]) -> str:
    """What a line about these words begins with."""
    return " ".join(filter(None, ["voiceflow", command(words)]))


def heeded() -> bool:
    """Whether Ctrl-C does anything: who is started in the background ignores it, and goes on ignoring it."""
    return callable(signal.getsignal(signal.SIGINT))


def end_at_once() -> None:
    """From here on Ctrl-C ends the program where it is."""
    if heeded():
        signal.signal(signal.SIGINT, _end)


def leave(status: int) -> NoReturn:
    """End now. A library may be loading a model in a thread, and would abort if the interpreter ended under it."""
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None: closed before the program began
        try:
            stream.flush()
        except (OSError, ValueError, RuntimeError):  # closed, or being written to in this very moment
            continue
    os._exit(status)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    try:
        # Not by print: it may be that very stream which is being written to.
        os.write(2, f"{named(sys.argv[1:])}: interrupted\n".encode(errors="backslashreplace"))
    finally:
        leave(INTERRUPTED)
