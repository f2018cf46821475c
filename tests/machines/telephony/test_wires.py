"""The five providers' wires: what one end writes the other reads; garbage changes nothing."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow import Samples
from voiceflow.machines.dtmf import KEYS
from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.telephony import messages as msg
from voiceflow.machines.telephony.codecs import MULAW
from voiceflow.machines.telephony.dialect import Dialect
from voiceflow.machines.telephony.dialects import DIALECTS
from voiceflow.machines.telephony.ends import OutOfTurn, ProviderEnd, ServerEnd, ToServer

ID = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
PLAIN = st.text("abcXYZ019_-", min_size=1, max_size=8)
AUDIO = st.binary(max_size=40)
SAMPLES = st.lists(st.integers(-32768, 32767), max_size=900).map(lambda values: np.array(values, np.int16))
BY_PROVIDER = st.one_of(
    st.builds(msg.Media, AUDIO, st.none() | st.integers(0, 10**9), st.none() | st.integers(0, 10**9)),
    st.builds(msg.Dtmf, st.sampled_from(KEYS)),
    st.builds(msg.Marked, ID),
    st.just(msg.Cleared()),
    st.just(msg.Connected()),
    st.just(msg.Stop()),
    st.builds(msg.Complaint, st.none() | st.integers(0, 10**6)),
)
BY_SERVER = st.one_of(st.builds(msg.Play, AUDIO), st.builds(msg.Mark, ID), st.just(msg.Clear()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)

few = settings(max_examples=25)
"""For each of five providers."""
each_dialect = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)


def started(dialect: Dialect, **start: Any) -> tuple[ServerEnd, ProviderEnd]:
    """Both ends of a stream that has begun."""
    server, provider = ServerEnd(dialect), ProviderEnd(dialect, msg.Start(stream="MZ1", call="CA1", **start))
    for wire in provider.begin():
        server.receive(wire)
    return server, provider


@each_dialect
@few
@given(message=BY_PROVIDER)
def test_a_server_reads_what_a_provider_writes(dialect: Dialect, message: Any) -> None:
    """Every message that this provider has."""
    if type(message) not in dialect.provider:
        return
    read = dialect.from_provider(dialect.by_provider(message, sequence=3, stream="MZ1"))
    told = attrs.evolve(message, chunk=None, at=None) if dialect.binary and isinstance(message, msg.Media) else message
    assert read == told


@each_dialect
@few
@given(message=BY_SERVER)
def test_a_provider_reads_what_a_server_writes(dialect: Dialect, message: Any) -> None:
    """Every message."""
    assert dialect.from_server(dialect.by_server(message, stream="MZ1", encoding="x", rate=8000)) == message


@each_dialect
@few
@given(
    names=st.lists(ID, min_size=4, max_size=4),
    parameters=st.dictionaries(PLAIN, PLAIN, max_size=3),
    encoding=st.integers(0, 9),
    rate=st.integers(0, 9),
)
def test_a_start_comes_through(
    dialect: Dialect, names: list[str], parameters: dict[str, str], encoding: int, rate: int
) -> None:
    """With all that this provider tells of a call, and its audio."""
    encodings = list(dialect.encodings)
    start = msg.Start(
        stream=names[0],
        call=names[1],
        account=names[2],
        caller=names[3],
        parameters=parameters,
        encoding=encodings[encoding % len(encodings)],
        rate=dialect.rates[rate % len(dialect.rates)],
    )
    server = ServerEnd(dialect)
    provider = ProviderEnd(dialect, start)
    assert [event for wire in provider.begin() for event in server.receive(wire)] == [server.start]
    assert server.start is not None
    assert server.format == provider.format
    assert (server.start.call, server.start.parameters) == (start.call, parameters)
    told = {"twilio": "", "plivo": ""}.get(dialect.name, start.caller)
    assert server.start.caller == told


@each_dialect
@few
@given(blocks=st.lists(SAMPLES, max_size=4))
def test_what_the_caller_says_is_heard_in_order_and_whole(dialect: Dialect, blocks: list[Samples]) -> None:
    """However it is cut; of the last piece, as much as makes a block of the provider's."""
    server, provider = started(dialect)
    said = np.concatenate([np.zeros(0, np.int16), *blocks])
    wires = [wire for block in blocks for wire in provider.media(block)]
    heard = [event for wire in wires for event in server.receive(wire)]
    block = round(dialect.block * 8000)
    assert [len(event.samples) for event in heard if isinstance(event, msg.Sound)] == [block] * (len(said) // block)
    codec = provider.format.codec
    whole = said[: len(said) // block * block]
    got = np.concatenate([np.zeros(0, np.int16), *[each.samples for each in heard if isinstance(each, msg.Sound)]])
    assert np.array_equal(got, codec.decode(codec.encode(whole)))


@each_dialect
@few
@given(blocks=st.lists(SAMPLES, max_size=5))
def test_what_the_server_plays_is_heard_before_its_mark(dialect: Dialect, blocks: list[Samples]) -> None:
    """All of it, in pieces that this provider takes, with silence only where it makes a piece whole."""
    server, provider = started(dialect)
    wires = [wire for block in blocks for wire in server.play(block)] + server.flush() + server.mark("end")
    got = [provider.receive(wire) for wire in wires]
    assert got[-1] == msg.Mark("end")
    pieces = [each.samples for each in got[:-1] if isinstance(each, msg.Sound)]
    assert len(pieces) == len(got) - 1
    codec = server.format.codec if server.format else MULAW
    said = np.concatenate([np.zeros(0, np.int16), *blocks])
    heard = np.concatenate([np.zeros(0, np.int16), *pieces])
    grain = max(1, round(dialect.packing.grain * 8000))
    assert len(heard) == -(-len(said) // grain) * grain
    padded = np.pad(said, (0, len(heard) - len(said)))
    assert np.array_equal(heard, codec.decode(codec.encode(padded)))
    assert all(len(piece) <= round(dialect.packing.most * 8000) for piece in pieces)


@each_dialect
@few
@given(garbage=st.one_of(JSON.map(json.dumps), st.text(max_size=20), st.binary(max_size=20)), running=st.booleans())
def test_garbage_is_a_typed_error_and_changes_nothing(dialect: Dialect, garbage: str | bytes, running: bool) -> None:
    """Or nothing at all; the stream goes on as if it had not come."""
    server, provider = started(dialect) if running else (ServerEnd(dialect), None)
    before = repr(server)
    try:
        events: list[ToServer] = server.receive(garbage)
    except MalformedChunk:
        events = []
    assert [event for event in events if not isinstance(event, msg.Sound)] == []
    assert repr(server) == before
    if provider is not None:
        assert server.receive(provider.dtmf("5")[0]) == [msg.Dtmf("5")]


@each_dialect
@few
@given(path=st.integers(0, 30), value=JSON)
def test_one_wrong_field_is_a_typed_error_or_is_passed_over(dialect: Dialect, path: int, value: Any) -> None:
    """Whichever field it is, and whatever stands there, at both ends."""
    server, provider = started(dialect)
    wires = [*provider.begin(), *provider.dtmf("1"), *provider.marked("a"), *provider.media(np.zeros(800, np.int16))]
    for message in [json.loads(wire) for wire in wires if isinstance(wire, str)]:
        holders: list[dict[str, Any]] = [message, *(each for each in message.values() if isinstance(each, dict))]
        places = [(holder, key) for holder in holders for key in holder]
        holder, key = places[path % len(places)]
        holder[key] = value
        for end in (server, ServerEnd(dialect)):
            with suppress(MalformedChunk):
                end.receive(json.dumps(message))
    wires = [*server.play(np.zeros(800, np.int16)), *server.mark("a"), *server.clear()]
    for message in [json.loads(wire) for wire in wires if isinstance(wire, str)]:
        message[list(message)[path % len(message)]] = value
        with suppress(MalformedChunk):
            provider.receive(json.dumps(message))


@each_dialect
def test_what_comes_before_a_start_or_behind_a_stop_is_out_of_turn(dialect: Dialect) -> None:
    """The stream is as it was, and begins when its start comes."""
    server, provider = ServerEnd(dialect), ProviderEnd(dialect, msg.Start(stream="MZ1"))
    begin = provider.begin()
    sound = provider.media(np.zeros(800, np.int16))
    for wire in [*sound, *provider.dtmf("1")]:
        with pytest.raises(OutOfTurn, match="before its start"):
            server.receive(wire)
    for act in (server.clear, server.flush, lambda: server.mark("a"), lambda: server.play(np.zeros(160, np.int16))):
        with pytest.raises(OutOfTurn):
            act()
    for wire in begin:
        server.receive(wire)
    with pytest.raises(OutOfTurn, match="another"):
        server.receive(begin[-1])
    assert len(server.receive(sound[0])) == 1
    for wire in provider.stop():
        assert server.receive(wire) == [msg.Stop()]
        with pytest.raises(OutOfTurn, match="behind its stop"):
            server.receive(sound[-1])


@each_dialect
def test_a_message_with_a_new_name_is_passed_over(dialect: Dialect) -> None:
    """Providers add messages at any time."""
    server, provider = started(dialect)
    assert server.receive(json.dumps({"event": "weather", "stream": {}})) == []
    assert provider.receive(json.dumps({dialect.verb: "weather"})) is None


@pytest.mark.parametrize("name", ["twilio", "telnyx", "plivo", "exotel"])
def test_blocks_that_come_out_of_order_are_put_in_order(name: str) -> None:
    """One that is lost is a gap; one that comes when its place has passed is dropped, and counted."""
    dialect = DIALECTS[name]
    server, provider = started(dialect)
    block = round(dialect.block * 8000)
    a, b, c, d, e, f, g, h = (provider.media(np.full(block, 132 * n, np.int16))[0] for n in range(1, 9))
    assert server.receive(a) == [msg.Sound(np.full(block, 132, np.int16))]
    assert server.receive(c) == []
    assert [len(event.samples) for event in server.receive(b) if isinstance(event, msg.Sound)] == [block, block]
    got = [event for wire in (e, f, g, h) for event in server.receive(wire)]
    assert [event.gap for event in got if isinstance(event, msg.Sound)] == [block, 0, 0, 0]
    assert server.receive(d) == []
    assert server.late == 1


def test_the_other_sides_track_is_not_heard() -> None:
    """Where a stream was asked for with both, the agent would hear itself."""
    server, _ = started(DIALECTS["twilio"])
    media = {"track": "outbound", "payload": base64.b64encode(bytes(160)).decode()}
    assert server.receive(json.dumps({"event": "media", "media": media})) == []


def test_a_codec_that_is_not_known_is_named_with_the_way_out() -> None:
    """The call cannot go on, and the message says how the stream is to be set."""
    start = {"stream_id": "a", "start": {"media_format": {"encoding": "G722", "sample_rate": 8000}}}
    with pytest.raises(MalformedChunk, match=r"PCMU or PCMA at 8000 Hz: set its stream so, got 'G722' at 8000 Hz"):
        ServerEnd(DIALECTS["telnyx"]).receive(json.dumps({"event": "start", **start}))


def test_exotel_means_linear_samples_whatever_it_calls_them() -> None:
    """Its messages say raw, base64 or slin."""
    server = ServerEnd(DIALECTS["exotel"])
    start = {"stream_sid": "s", "start": {"media_format": {"encoding": "base64", "sample_rate": "8000"}}}
    server.receive(json.dumps({"event": "start", **start}))
    assert server.format is not None
    assert server.format.codec.name == "PCM16"


def test_half_a_sample_is_refused() -> None:
    """An odd number of bytes of linear audio."""
    server, _ = started(DIALECTS["vonage"])
    with pytest.raises(MalformedChunk, match="whole samples of 2 bytes, got 3 bytes"):
        server.receive(b"abc")


def test_no_repr_shows_a_number_a_key_or_audio() -> None:
    """They may stand in a log."""
    shown = repr(
        [
            msg.Start(stream="s", caller="+4930", parameters={"pin": "12"}),
            msg.Dtmf("7"),
            msg.Media(b"secret"),
            msg.Play(b"ab"),
        ]
    )
    assert not any(secret in shown for secret in ("4930", "pin", "7", "secret", "ab"))
