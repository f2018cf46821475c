"""What test_process runs in worker processes. Imports nothing heavy, as a worker's module should not."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voiceflow._process_main import Channel


def echo(channel: Channel, *args: object) -> None:
    for arg in args:
        channel.send(arg)
    while True:
        channel.send(channel.receive())


def modules(channel: Channel) -> None:
    channel.send(sorted(sys.modules))


def talk(channel: Channel) -> None:
    """Print far more than is kept, between messages."""
    for index in range(3):
        os.write(1, b"out" * 100_000)
        os.write(2, b"err" * 100_000)
        channel.send(index)
    os.write(2, b"last words")
    channel.receive()


def flood(channel: Channel, count: int, size: int) -> None:
    """Send without being asked, and print how many messages were sent."""
    for index in range(count):
        os.write(1, b"%d " % index)
        channel.send((index, bytes(size)))
    channel.send("done")


def deaf(channel: Channel) -> None:
    """Never receive."""
    channel.send(os.getpid())
    signal.pause()


def stubborn(channel: Channel) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel.send("ignoring")
    while True:
        signal.pause()


def count(channel: Channel) -> None:
    """Answer each message with its number and its size."""
    index = 0
    while True:
        channel.send((index, len(channel.receive())))
        index += 1


def crash(channel: Channel, how: str) -> None:
    channel.send("before")
    if how == "segv":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif how == "exit":
        os._exit(3)
    elif how == "return":
        return
    elif how == "unread":
        raise ValueError("the caller said: " + how)
    elif how == "provider":
        from voiceflow.errors import ProviderError

        raise ProviderError("no such voice", retryable=False)
    elif how == "half":
        os.write(channel._fd, b"m\x10\x00\x00")  # pyright: ignore[reportPrivateUsage]
        os._exit(4)


def polls(channel: Channel) -> None:
    """Tell `waiting` before and after a message is known to be there."""
    before = channel.waiting()
    channel.send(before)
    first: Any = channel.receive()
    while not channel.waiting():
        pass
    channel.send((first, channel.waiting(), channel.receive(), channel.waiting()))
    channel.receive()


def missing(channel: Channel) -> None:
    import no_such_library_at_all  # type: ignore[import-not-found]  # pyright: ignore

    channel.send(no_such_library_at_all)


def spin(channel: Channel) -> None:
    """Never look at the channel again, and hold the GIL."""
    channel.send(os.getpid())
    channel.send((10**7) ** (10**7))
