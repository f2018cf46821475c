"""A disk that is full."""

from __future__ import annotations

import resource
import signal
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def full_at(size: int) -> Generator[None]:
    """No file of this process grows beyond `size` bytes: the disk is full there."""
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
