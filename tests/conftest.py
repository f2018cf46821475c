"""What holds for every test: nothing is left behind."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


def _files() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue
        found.add((fd, target))
    return found


def _threads() -> set[threading.Thread]:
    # Idle workers of Trio's thread cache end by themselves.
    return {thread for thread in threading.enumerate() if not thread.name.startswith("Trio ")}


def _children() -> set[str]:
    listing = Path(f"/proc/self/task/{threading.get_native_id()}/children")
    return set(listing.read_text().split()) if listing.exists() else set()


def _left(before: tuple[set[tuple[str, str]], set[threading.Thread], set[str]]) -> list[str]:
    files, threads, children = before
    return [
        *(f"file {fd} -> {target}" for fd, target in sorted(_files() - files) if not target.startswith("/proc/")),
        *(f"thread {thread.name}" for thread in _threads() - threads),
        *(f"process {pid}" for pid in _children() - children),
    ]


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a file, socket, thread or process behind; `shares_model` excuses what a model keeps."""
    before = _files(), _threads(), _children()
    yield
    if "shares_model" in request.keywords:
        return
    for wait in (0.0, 0.0, 0.05, 0.2, 0.5):
        if not _left(before):
            return
        gc.collect()
        time.sleep(wait)
    pytest.fail("left behind: " + "; ".join(_left(before)))
