"""The WebSocket protocol as machines: whatever comes is a message, or an error that says which."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceflow.machines.call_messages import (
    MOST_IMAGE,
    MOST_TEXT,
    BadMessage,
    Bye,
    Digits,
    Format,
    Hello,
    Interrupt,
    Mute,
    Packet,
    Ping,
    Played,
    Sound,
    Typed,
    from_bytes,
    from_sound,
    from_text,
    sound,
    to_text,
)
from voiceflow.machines.call_protocol import CallProtocol, Rates

HELLO = to_text("hello", version=1)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_types = st.sampled_from(
    ["hello", "played", "text", "interrupt", "mute", "digits", "image", "ping", "bye", "welcome", ""]
)
_fields = st.dictionaries(
    st.sampled_from(["type", "version", "audio", "turn", "position", "missed", "text", "on", "digits", "data", "t"]),
    _json,
    max_size=4,
)
_objects = st.tuples(_types, _fields).map(lambda both: json.dumps({"type": both[0], **both[1]}))
_frames = st.one_of(st.text(max_size=20), st.binary(max_size=40), _objects, st.just(HELLO), _json.map(json.dumps))


@pytest.mark.parametrize(
    ("type", "fields", "message"),
    [
        ("hello", {"version": 1}, Hello(1)),
        ("hello", {"version": 1, "audio": {"out": {"rate": 8000}}, "new": 1}, Hello(1, plays=Format(rate=8000))),
        ("played", {"turn": 3, "position": 480}, Played(3, 480)),
        ("played", {"turn": 3, "position": 480, "missed": 7}, Played(3, 480, 7)),
        ("text", {"text": "Hello"}, Typed("Hello")),
        ("interrupt", {}, Interrupt()),
        ("mute", {"on": False}, Mute(False)),
        ("digits", {"digits": "12#"}, Digits("12#")),
        ("ping", {"t": 1.5}, Ping(1.5)),
        ("bye", {}, Bye()),
    ],
)  # fmt: skip
def test_a_message_is_read_as_it_was_written(type: str, fields: dict[str, Any], message: object) -> None:
    """Of every type; unknown fields are ignored."""
    assert from_text(to_text(type, **fields)) == message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type": "text", "text": "\\ud800"}', "bad_message"),
        ('{"type": "message", "text": "hello \\udc00"}', "bad_message"),
        ('{"type": "message", "text": "hello", "to": "\\ud83d"}', "bad_message"),
        ('{"type": "hello", "version": 1, "resume": "\\ud800"}', "bad_message"),
        ("", "bad_message"),
        ("[1]", "bad_message"),
        ("[" * 5000, "bad_message"),
        ('{"type": "nothing"}', "bad_message"),
        ('{"type": ["ping"]}', "bad_message"),
        ('{"type": "mute"}', "bad_message"),
        ('{"type": "mute", "on": 1}', "bad_message"),
        ('{"type": "played", "turn": true, "position": 0}', "bad_message"),
        ('{"type": "played", "turn": 1, "position": -1}', "bad_message"),
        ('{"type": "ping", "t": NaN}', "bad_message"),
        ('{"type": "digits", "digits": "1x"}', "bad_message"),
        ('{"type": "image", "data": "https://example.com/x.png"}', "bad_message"),
        ('{"type": "hello", "version": 2}', "bad_version"),
        ('{"type": "hello", "version": true}', "bad_version"),
        ('{"type": "hello", "version": 1, "audio": {"in": {"rate": 96000}}}', "bad_message"),
        ('{"type": "hello", "version": 1, "audio": []}', "bad_message"),
        (to_text("text", text="x" * MOST_TEXT), "too_large"),
        (to_text("image", data="data:image/png;base64," + "x" * MOST_IMAGE), "too_large"),
    ],
)
def test_what_is_no_message_is_refused_by_its_code(text: str, code: str) -> None:
    """And the reason quotes nothing of it."""
    with pytest.raises(BadMessage) as refusal:
        from_text(text)
    assert refusal.value.code == code
    assert "xx" not in str(refusal.value)
    assert "example" not in str(refusal.value)


def test_half_a_character_keeps_no_message_from_being_sent() -> None:
    """Whoever made it; a whole one stays what it is."""
    assert json.loads(to_text("phrase", text="a \ud83d b \U0001f600"))["text"] == "a ? b \U0001f600"
    to_text("phrase", text="a \ud83d b").encode()


def test_sound_is_whole_samples_of_at_most_a_second() -> None:
    """PCM16, little endian."""
    assert from_bytes(b"\x01\x00\xff\xff", Format(rate=8000)) == Sound(np.array([1, -1], np.int16))
    for data, code in ((b"\0" * 16002, "too_large"), (b"\0", "bad_message")):
        with pytest.raises(BadMessage) as refusal:
            from_bytes(data, Format(rate=8000))
        assert refusal.value.code == code


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**53), st.lists(st.integers(-32768, 32767), max_size=9))
@settings(max_examples=30)
def test_sound_to_the_client_says_where_it_stands(turn: int, position: int, values: list[int]) -> None:
    """Twelve bytes of header, and the samples."""
    samples = np.array(values, np.int16)
    data = sound(turn, position, samples)
    found = from_sound(data)
    assert len(data) == 12 + 2 * len(values)
    assert found[:2] == (turn, position)
    assert found[2].tolist() == values


def test_hello_comes_first_and_once() -> None:
    """Anything else before it, and a second one, ends the connection."""
    for frames in ([b"\0\0"], [to_text("ping", t=1)], [HELLO, HELLO]):
        protocol, last = CallProtocol(), frames[-1]
        for frame in frames[:-1]:
            protocol.receive(frame, 0)
        with pytest.raises(BadMessage) as refusal:
            protocol.receive(last, 0)
        assert refusal.value.code == "bad_order"
        assert protocol.state == "closed"


def test_what_comes_behind_the_end_is_ignored() -> None:
    """It was on its way."""
    protocol = CallProtocol()
    assert protocol.receive(HELLO, 0) == Hello(1)
    assert protocol.receive(to_text("bye"), 0) == Bye()
    assert protocol.receive("garbage", 0) is None


def test_a_flood_ends_the_connection() -> None:
    """So many messages a second on average, bursts of some seconds' worth."""
    protocol = CallProtocol(Rates(messages=10, bytes=1000, seconds=2))
    protocol.receive(HELLO, 0)
    for n in range(19):
        protocol.receive(to_text("ping", t=n), 0)
    protocol.receive(to_text("ping", t=20), 100_000_000)
    with pytest.raises(BadMessage) as refusal:
        protocol.receive(to_text("ping", t=21), 100_000_000)
    assert refusal.value.code == "too_fast"


@given(st.lists(_frames, max_size=8))
@settings(max_examples=60)
@example(["\ud800"])
@example([HELLO, '{"type": "text", "text": "\\ud800"}'])
def test_whatever_comes_is_a_message_or_an_error_that_ends_it(frames: list[str | bytes]) -> None:
    """No frame raises anything else, and after an error, or a bye, nothing is a message."""
    protocol, over = CallProtocol(), False
    for frame in frames:
        try:
            message = protocol.receive(frame, 0)
        except BadMessage:
            assert not over
            over = True
            continue
        assert (message is None) == over
        over = over or isinstance(message, Bye)
        assert (protocol.state == "closed") == over


def test_a_packet_is_taken_as_it_is() -> None:
    """Of Opus; what cannot be one is refused by its size."""
    opus = Format("opus", 16000)
    assert from_bytes(b"\x01", opus) == Packet(b"\x01")
    for data in (b"", bytes(8001)):
        with pytest.raises(BadMessage):
            from_bytes(data, opus)
