"""What a voice said, for the tests of voices: its chunks, their sound and words, and what is asked of every one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import trio

from voiceflow import Executor, Node, Phrase, Samples, Spoken
from voiceflow.testing.drive import Driven, drive

UNREADABLE = ("", " ", "\0", "\u200b", "\u4f60\u597d", "\U0001f642", "...", "\u2014", "\ud800")
"""Phrases without a character that a voice for English reads."""


def chunks_of(driven: Driven) -> list[Spoken]:
    return [frame for frame in driven["spoken"] if isinstance(frame, Spoken)]


async def said(node: Node, *texts: str) -> list[Spoken]:
    """The chunks in which a voice says these phrases."""
    return chunks_of(await drive(node, {"phrases": [Phrase(text) for text in texts]}))


def sound(chunks: Sequence[Spoken]) -> Samples:
    joined: Samples = np.concatenate([chunk.samples for chunk in chunks])
    return joined


def words(chunks: Sequence[Spoken]) -> list[str]:
    return [chunk.phrase.text[word.start : word.end] for chunk in chunks for word in chunk.words]


def ended(chunks: Sequence[Spoken]) -> list[str]:
    """The phrases whose last chunk came."""
    return [chunk.phrase.text for chunk in chunks if chunk.last]


async def cut_off(node: Node, story: str, executor: Executor | None = None) -> None:
    """Have it say a story, and cancel that when it begins to sound."""
    seen = Driven({})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_cancel_at_first, seen, nursery.cancel_scope)
        await drive(node, {"phrases": [Phrase(story)]}, into=seen, executor=executor)


async def _cancel_at_first(seen: Driven, scope: trio.CancelScope) -> None:
    while not seen.timed.get("spoken"):
        await trio.lowlevel.checkpoint()
    scope.cancel(reason="barge-in")


def check_pieces(pieces: Callable[[str], list[tuple[int, int]]], most: int, text: str) -> None:
    """None is longer than `most`, they do not overlap, and only what has no letter is left out."""
    spans = pieces(text)
    assert all(0 < stop - start <= most for start, stop in spans), spans
    assert all(before[1] <= after[0] for before, after in pairwise(spans)), spans
    kept = "".join(text[start:stop] for start, stop in spans)
    assert [c for c in kept if c.isalpha()] == [c for c in text if c.isalpha()], spans
