"""How a command runs, so that Ctrl-C cancels its tasks, or lets it put things in order."""

from __future__ import annotations

import signal
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from voiceflow import _ctrl_c
from voiceflow.errors import VoiceflowError

if TYPE_CHECKING:
    from types import FrameType

    import trio

PATIENCE: Final = 1.0
"""Seconds after which code that keeps the loop from coming round is interrupted where it is."""

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


def run(work: Callable[[*_Ts], Awaitable[_T]], *args: *_Ts, clock: trio.abc.Clock | None = None) -> _T:
    """`trio.run(work, *args, clock=clock)`, which Ctrl-C cancels; a second Ctrl-C does what it would have done without.

    Raises:
        KeyboardInterrupt: it was cancelled, and has ended; its cause is what went wrong on the way out.
    """
    import trio

    scope = trio.CancelScope()

    async def cancelled_by_ctrl_c() -> _T:
        try:
            with scope:
                return await work(*args)
        except (VoiceflowError, BaseExceptionGroup) as error:
            if scope.cancel_called:
                raise KeyboardInterrupt from error
            raise
        raise KeyboardInterrupt

    with _cancelling(scope):  # before Trio listens, which then does not
        return trio.run(cancelled_by_ctrl_c, clock=clock)


@contextmanager
def raised() -> Generator[None]:
    """In here, where no loop runs, Ctrl-C raises KeyboardInterrupt: there is something to be put in order after it."""
    if not _heeded():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _cancelling(scope: trio.CancelScope) -> Generator[None]:
    if not _heeded():
        yield
        return
    import trio

    before = signal.getsignal(signal.SIGINT)

    def cancel() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        scope.cancel(reason="Ctrl-C")

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        try:
            trio.lowlevel.current_trio_token().run_sync_soon(cancel)
        except RuntimeError:  # no loop runs yet, or no more
            cancel()
        else:
            signal.setitimer(signal.ITIMER_REAL, PATIENCE)

    def busy(number: int, frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    alarm = signal.signal(signal.SIGALRM, busy)
    signal.signal(signal.SIGINT, first)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, alarm)


def _heeded() -> bool:
    return threading.current_thread() is threading.main_thread() and _ctrl_c.heeded()
