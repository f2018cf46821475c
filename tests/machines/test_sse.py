from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voiceflow.machines.sse import EventTooLong, ServerSentEvent, ServerSentEvents

WORDS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=8)
LINES = st.one_of(
    WORDS.map("data: {}".format),
    WORDS.map("data:{}".format),
    WORDS.map("event: {}".format),
    WORDS.map("id: {}".format),
    WORDS.map(": {}".format),
    st.sampled_from(["", "data", "retry: 10", "retry: x", "nonsense"]),
)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r", "\r\n"])), max_size=20).map(
    lambda lines: "".join(line + end for line, end in lines).encode()
)


def read(*pieces: bytes) -> list[ServerSentEvent]:
    reader = ServerSentEvents()
    return [event for piece in pieces for event in reader.push(piece)]


@given(STREAMS)
@example(b"\xef\xbb\xbfdata: x\r\n\r\n")
@example("data: \U0001f600é\r\n\r\ndata: 2\n\n".encode())
def test_where_the_stream_is_split_does_not_matter(stream: bytes) -> None:
    """At every byte, and byte by byte: the same events as in one piece."""
    whole = read(stream)
    for cut in range(len(stream) + 1):
        assert read(stream[:cut], stream[cut:]) == whole
    assert read(*(stream[at : at + 1] for at in range(len(stream)))) == whole


@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), max_size=5), st.sampled_from(["\n", "\r\n", "\r"]))
def test_what_was_written_is_read(events: list[list[str]], end: str) -> None:
    """The data lines of an event are joined by newlines, without the one space after the colon."""
    stream = "".join("".join(f"data: {line}{end}" for line in lines) + end for lines in events) + ":"
    assert [event.data for event in read(stream.encode())] == ["\n".join(lines) for lines in events]


def test_type_and_id_go_with_the_event() -> None:
    """The type holds for one event; the id stays until the next one."""
    stream = b"event: error\nid: 7\ndata: a\n\ndata: b\n\n"
    assert read(stream) == [ServerSentEvent("a", "error", "7"), ServerSentEvent("b", "message", "7")]


def test_an_event_without_data_is_none() -> None:
    """Its type is forgotten with it."""
    assert read(b"event: ping\n\n: comment\n\nid: 1\n\ndata: x\n\n") == [ServerSentEvent("x", "message", "1")]


def test_an_id_with_a_null_and_a_retry_that_is_no_number_are_ignored() -> None:
    """As the standard has it."""
    reader = ServerSentEvents()
    assert reader.push("id: a\0b\nretry: ²\nretry: 250\ndata: x\n\n".encode()) == [ServerSentEvent("x")]
    assert reader.retry == 250


def test_bytes_that_are_no_utf_8_are_replaced() -> None:
    """A broken character does not end the stream."""
    assert read(b"data: a\xff\xc3\n\n") == [ServerSentEvent("a\ufffd\ufffd")]


@pytest.mark.parametrize(
    ("stream", "pending"),
    [
        (b"", False),
        (b"data: x\n\n", False),
        (b"data: x\r\n\r", False),
        (b": keep-alive\n\n", False),
        (b"dat", True),
        (b"data: x\n", True),
        (b"data: x\n\n\xc3", True),
    ],
)
def test_what_was_begun_and_not_closed_is_pending(stream: bytes, pending: bool) -> None:
    """At the end of a connection it tells a cut stream from a finished one."""
    reader = ServerSentEvents()
    reader.push(stream)
    assert reader.pending is pending


@pytest.mark.parametrize("piece", [b"x" * 10, b"data: 12345\n"])
def test_an_event_without_an_end_does_not_fill_the_memory(piece: bytes) -> None:
    """What is held is bounded."""
    reader = ServerSentEvents(limit=40)
    with pytest.raises(EventTooLong, match="more than 40"):
        reader.push(piece * 100)


def test_comments_and_finished_events_are_not_held() -> None:
    """A stream may be as long as it likes."""
    reader = ServerSentEvents(limit=40)
    assert [reader.push(b": 1234567\ndata: 1\n\n") for _ in range(100)] == [[ServerSentEvent("1")]] * 100
