"""One phrase as a voice said it, whole: to be said again, and to be kept in a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, cast

import attrs
import numpy as np

from voiceflow.frames import Phrase, Samples, Spoken, WordStart

_MAGIC = b"voiceflow phrase 1\n"
_DIGEST = 65  # bytes: 64 digits and the end of the line


@attrs.frozen
class Synthesis:
    """The chunks of one phrase, the last of which says so."""

    chunks: tuple[Spoken, ...]

    @property
    def nanoseconds(self) -> int:
        return sum(len(chunk.samples) * 1_000_000_000 // chunk.rate for chunk in self.chunks)

    @property
    def size(self) -> int:
        """Bytes of memory that it takes, about: the samples, and what every object costs."""
        return sum(chunk.samples.nbytes + 200 + 100 * len(chunk.words) for chunk in self.chunks)

    def said(self, phrase: Phrase, skip: int = 0) -> Iterator[Spoken]:
        """The chunks as those of `phrase`, which has the same text, without the first `skip` samples."""
        for chunk in self.chunks:
            yield from after(attrs.evolve(chunk, phrase=phrase), skip)
            skip -= min(skip, len(chunk.samples))

    def encoded(self, key: str) -> bytes:
        """A file's content. It holds `key`, and no text."""
        rows = [
            [len(c.samples), c.rate, c.last, [[word.start, word.end, word.sample] for word in c.words]]
            for c in self.chunks
        ]
        head = json.dumps({"key": key, "chunks": rows}, separators=(",", ":")).encode()
        body = head + b"\n" + b"".join(chunk.samples.astype("<i2").tobytes() for chunk in self.chunks)
        return _MAGIC + _digest(body) + body


def after(chunk: Spoken, skip: int) -> Iterator[Spoken]:
    """A chunk without its first `skip` samples; nothing if that is all of it, unless it is the last."""
    if not skip:
        yield chunk
    elif skip < len(chunk.samples) or chunk.last:
        yield attrs.evolve(chunk, samples=chunk.samples[skip:], words=())


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode() + b"\n"


def decoded(data: bytes, key: str) -> Synthesis | None:
    """What `encoded` wrote for `key`; None if it is anything else, or was damaged."""
    start = len(_MAGIC) + _DIGEST
    digest, body = data[len(_MAGIC) : start], data[start:]
    if not data.startswith(_MAGIC) or _digest(body) != digest:
        return None
    head, _, sound = body.partition(b"\n")
    said = cast(dict[str, Any], json.loads(head))
    if said["key"] != key:
        return None
    samples: Samples = np.frombuffer(sound, "<i2").astype(np.int16)
    chunks, at = list[Spoken](), 0
    for count, rate, last, words in said["chunks"]:
        starts = tuple(WordStart(*word) for word in words)
        chunks.append(Spoken(samples[at : at + count], rate, Phrase(""), last, starts))
        at += count
    return Synthesis(tuple(chunks))
