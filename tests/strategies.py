"""What property tests draw from."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from hypothesis import strategies as st

from voiceflow.chat import History
from voiceflow.items import (
    ConfigUpdate,
    HandOff,
    Image,
    Item,
    Message,
    Summary,
    Thought,
    ToolCall,
    ToolOutput,
    Unknown,
)

ANY_TEXT = st.text(st.characters(), max_size=12)
"""Also halves of surrogate pairs, which are no characters and come all the same."""

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WORDS = st.sampled_from(
    ["hello", "a table for two", "\u0928\u092e\u0938\u094d\u0924\u0947", "\U0001f600", "{}", "<system>"]
)
CALL_IDS = st.sampled_from(["a", "b", "c", "call 1", ""])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def png(width: int = 1, height: int = 1) -> bytes:
    """The file of a grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\x80" * width) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


IMAGES = st.builds(
    Image,
    st.sampled_from([png(), png(2, 3), "https://example.org/cat.png"]),
    st.sampled_from(["auto", "low", "high"]),
)


def messages(texts: st.SearchStrategy[str] = ANY_TEXT) -> st.SearchStrategy[Message]:
    """What anybody said; images only from the user."""
    spoken = st.builds(Message, st.sampled_from(["system", "user", "assistant"]), texts)
    return spoken | st.builds(Message, st.just("user"), st.lists(texts | IMAGES, max_size=3))


def items(texts: st.SearchStrategy[str] = ANY_TEXT) -> st.SearchStrategy[Item]:
    """Items of every kind."""
    return st.one_of(
        messages(texts),
        st.builds(Message, st.just("assistant"), texts, interrupted=st.booleans(), signature=texts),
        st.builds(ToolCall, CALL_IDS, st.sampled_from(["look", "book"]), texts | JSON.map(str), signature=texts),
        st.builds(ToolOutput, CALL_IDS, st.lists(texts | IMAGES, max_size=2), st.booleans()),
        st.builds(Thought, texts, texts),
        st.builds(HandOff, texts, texts),
        st.builds(ConfigUpdate, st.none() | texts, st.none() | st.lists(texts, max_size=2), st.none() | texts),
        st.builds(Summary, texts, st.lists(texts, max_size=2)),
        st.builds(Unknown, st.just("later"), st.dictionaries(st.sampled_from(["x", "y"]), JSON, max_size=2)),
    )


@st.composite
def histories(draw: st.DrawFn, texts: st.SearchStrategy[str] = ANY_TEXT) -> History:
    """Items of every kind, written down at times that only grow."""
    clock = iter(range(0, 10**6, 250))
    history = History(now=(lambda: next(clock)) if draw(st.booleans()) else None)
    for item in draw(st.lists(items(texts), max_size=12)):
        history.append(item)
    return history


def told(history: History) -> list[tuple[Any, ...]]:
    """All of a history that counts, also what is not compared between items."""
    return [(item, item.id, item.time) for item in history.items]
