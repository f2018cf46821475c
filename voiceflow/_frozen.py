"""Garbage collections during a call are rare, short, and go through what calls made, not through all that was loaded.

A turn needs none: what it had is let go of when it ends, without a circle. What is left are circles of calls that have
ended, and of a program's own tools and nodes. They are looked for when much is new; and, in a server, in all there is
when nobody is on the line.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import trio

from voiceflow._timers import OF_THE_RUN

# So many objects more than at the last collection, and there is another: with Python's own 700 the ups and downs of
# fifty calls cause eight a second. Every third goes through what survived the two before it, too, and every third of
# these through all. A call that has ended leaves some hundred objects in circles, and a few large heaps of them take
# longer to let go of, in one piece, than many small ones.
YOUNG, OLDER = 10_000, 1

LOOK = 1.0  # seconds between two looks at whether anybody is on the line, and from the end of the last call


@contextmanager
def frozen() -> Generator[None, None, None]:
    """What there is now is no garbage until this is left, and what comes is looked through seldom.

    It is the whole process's: for programs that run one call at a time. A server wants `swept`.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@asynccontextmanager
async def swept() -> AsyncGenerator[None, None]:
    """As `frozen`; and whenever the last call has ended, all garbage is collected, and what is left is frozen anew.

    So what the first calls loaded is not looked through during later ones, nor is what a session of the graph, made
    before this is entered, had loaded.
    """
    scope = trio.CancelScope()
    with frozen():
        trio.lowlevel.spawn_system_task(_sweep, scope, name="voiceflow garbage")
        try:
            yield
        finally:
            scope.cancel(reason="the program ends")


async def _sweep(scope: trio.CancelScope) -> None:
    with scope:
        while True:
            await trio.sleep(LOOK)
            if (timers := OF_THE_RUN.get()) is None:
                continue
            await timers.ended.wait()
            await trio.sleep(LOOK)
            if OF_THE_RUN.get() is None:
                gc.unfreeze()
                gc.collect()
                gc.freeze()
