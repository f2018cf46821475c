"""Bytes on disk: written whole or not at all, and held against their SHA-256."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

BLOCK = 1 << 20  # bytes at a time: large enough for the disk, small enough for memory


def blocks(path: Path) -> Iterator[bytes]:
    """The file's bytes, a block at a time."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def sha256(path: Path) -> str:
    """The file's SHA-256 in lower-case hexadecimal."""
    digest = hashlib.sha256()
    for block in blocks(path):
        digest.update(block)
    return digest.hexdigest()


def holds(path: Path, size: int, sha256_: str) -> bool:
    """Whether the file is there and is exactly that."""
    return path.is_file() and path.stat().st_size == size and sha256(path) == sha256_


def place(source: Iterable[bytes], target: Path, wanted: str) -> str:
    """Writes the blocks to `target` if their SHA-256 is `wanted`; returns the SHA-256 that they have.

    They are written beside the target, flushed to the disk, and moved there in one step; when they are not what
    is wanted, or writing stops, the target is as it was and nothing else is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.writing")
    digest = hashlib.sha256()
    try:
        with temporary.open("wb") as file:
            for block in source:
                digest.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() == wanted:
            os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return digest.hexdigest()
