"""Sound that is there already, said as it is."""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from voiceflow import (
    Audio,
    Graph,
    In,
    Mark,
    Node,
    NodeFailed,
    Out,
    Phrase,
    Ports,
    ProviderError,
    Samples,
    Session,
    Speaker,
    Spoken,
    Trace,
)
from voiceflow.nodes.soundfile import write_audio
from voiceflow.recorded import Recorded
from voiceflow.testing import InlineExecutor, drive

RATE = 16000
TONE: Samples = np.rint(5000 * np.sin(np.arange(RATE) * 0.1)).astype(np.int16)


@attrs.define(eq=False)
class Reciter(Node):
    """Says a recording for each phrase."""

    recorded: Recorded

    phrases = In(Phrase)
    spoken = Out(Spoken)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            await self.recorded.speak(phrase, ports, ports[self.spoken].send)


async def said(recorded: Recorded) -> list[Spoken]:
    """What is sent for a phrase."""
    driven = await drive(Reciter(recorded), {"phrases": [Phrase("hello")]}, executor=InlineExecutor())
    chunks = [frame for frame in driven["spoken"] if isinstance(frame, Spoken)]
    assert [chunk.last for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert {chunk.phrase for chunk in chunks} == {Phrase("hello")}
    assert max(len(chunk.samples) / chunk.rate for chunk in chunks) <= 0.1
    return chunks


def samples(chunks: list[Spoken]) -> list[int]:
    return [sample for chunk in chunks for sample in chunk.samples.tolist()]


def wav(signal: Samples) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(signal.tobytes())
    return content.getvalue()


async def later(pieces: list[Any]) -> AsyncIterator[Any]:
    for piece in pieces:
        await trio.sleep(0.01)
        yield piece


def by_and_by(pieces: list[Any]) -> Iterator[Any]:
    yield from pieces


BYTES = TONE.tobytes()
PIECES: list[Any] = [TONE[:5], BYTES[10:15], BYTES[15:16], b"", bytearray(BYTES[16:6001]), BYTES[6001:]]


@pytest.mark.parametrize(
    "recorded",
    [
        pytest.param(lambda: Recorded(TONE, rate=RATE), id="samples"),
        pytest.param(lambda: Recorded(BYTES, rate=RATE), id="bytes"),
        pytest.param(lambda: Recorded(bytearray(BYTES), rate=RATE), id="bytearray"),
        pytest.param(lambda: Recorded(wav(TONE)), id="the bytes of a file"),
        pytest.param(lambda: Recorded(Audio(TONE, RATE)), id="Audio"),
        pytest.param(lambda: Recorded([Audio(TONE[:7000], RATE), Audio(TONE[7000:], RATE)]), id="a list of Audio"),
        pytest.param(lambda: Recorded(by_and_by(PIECES), rate=RATE), id="an iterator"),
        pytest.param(lambda: Recorded(later(PIECES), rate=RATE), id="an asynchronous iterator"),
    ],
)
async def test_the_same_sound_comes_of_whatever_holds_it(autojump_clock: MockClock, recorded: Any) -> None:
    """Sample by sample, at its rate, in chunks of 0.1 s at most, the last of which says so."""
    chunks = await said(recorded())
    assert samples(chunks) == TONE.tolist()
    assert {chunk.rate for chunk in chunks} == {RATE}


@pytest.mark.parametrize("suffix", ["wav", "flac"])
async def test_a_file_is_said_as_it_is(autojump_clock: MockClock, tmp_path: Path, suffix: str) -> None:
    """At its own rate, or at the one that is asked for; its name may be a Path."""
    path = tmp_path / f"tone.{suffix}"
    write_audio(path, TONE, RATE)
    assert samples(await said(Recorded(path))) == TONE.tolist()
    chunks = await said(Recorded(str(path), rate=8000))
    assert (len(samples(chunks)), chunks[-1].rate) == (8000, 8000)


async def test_audio_may_change_its_rate(autojump_clock: MockClock) -> None:
    """Each chunk says its own."""
    chunks = await said(Recorded([Audio(TONE[:100], 8000), Audio(TONE[:100], 24000)]))
    assert [(len(chunk.samples), chunk.rate) for chunk in chunks] == [(100, 8000), (100, 24000), (0, 24000)]


async def test_nothing_is_said_and_ends(autojump_clock: MockClock) -> None:
    """One chunk without a sample."""
    assert [len(chunk.samples) for chunk in await said(Recorded([]))] == [0]
    assert [len(chunk.samples) for chunk in await said(Recorded(b"", rate=8000))] == [0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=12))
def test_bytes_may_be_cut_anywhere(cuts: list[int]) -> None:
    """In the middle of a sample too."""
    pieces, at = list[Any](), 0
    for size in [*cuts, len(BYTES)]:
        pieces.append(BYTES[at : at + size])
        at += size

    async def main() -> None:
        assert samples(await said(Recorded(pieces, rate=RATE))) == TONE.tolist()

    trio.run(main, clock=MockClock(autojump_threshold=0))


async def test_a_turn_says_a_recording_and_knows_what_was_heard(autojump_clock: MockClock) -> None:
    """Interrupted, it is the share of the text; half a sample at the end is told."""
    marks: list[Mark] = []
    recorded = Recorded([BYTES, b"x"], rate=RATE)
    async with Session(Graph().connect(Reciter(recorded), Speaker()), trace=Trace([marks.append])) as session:
        assert (await session.say("one two three four")).heard == "one two three four"
        handle = session.say("one two three four")
        await trio.sleep(0.5)
        session.interrupt()
        assert handle.heard == "one two"
    assert [dict(mark.values) for mark in marks if mark.name == "recorded.cut"] == [{"bytes": 1}]


@pytest.mark.parametrize(
    ("source", "rate", "error", "match"),
    [
        (b"123", 8000, ValueError, "3 bytes, an odd number"),
        (b"12", None, ValueError, "does not say its rate"),
        (TONE, None, ValueError, "does not say its rate"),
        (b"12", 500, ValueError, "rate is 1000 to 384000 Hz; got 500"),
        (TONE.astype(np.float32), 8000, TypeError, "got float32 of shape"),
        (TONE.reshape(-1, 2), 8000, TypeError, r"shape \(8000, 2\)"),
        (17, 8000, TypeError, "got int"),
        (None, None, TypeError, "got NoneType"),
    ],
)
def test_what_cannot_be_said_is_refused_at_once(
    source: Any, rate: int | None, error: type[Exception], match: str
) -> None:
    """With what was expected, and what came."""
    with pytest.raises(error, match=match):
        Recorded(source, rate=rate)


@pytest.mark.parametrize(
    ("pieces", "rate", "error", "match"),
    [
        ([TONE[:5], "text"], 8000, TypeError, "got str as item 2"),
        ([TONE[:5], TONE[:5].astype(float)], 8000, TypeError, "item 2 is one-dimensional int16; got float64"),
        ([Audio(TONE, RATE), b"12"], None, ValueError, "item 2 as bytes does not say its rate"),
    ],
)
async def test_what_an_iterator_gives_wrongly_is_told_by_its_place(
    autojump_clock: MockClock, pieces: list[Any], rate: int | None, error: type[Exception], match: str
) -> None:
    """What came before it was said."""
    with pytest.raises(NodeFailed) as failed:
        await said(Recorded(pieces, rate=rate))
    assert isinstance(failed.value.__cause__, error)
    with pytest.raises(error, match=match):
        raise failed.value.__cause__


@pytest.mark.parametrize("source", ["nowhere.wav", b"RIFF but nothing else"])
async def test_a_file_that_is_none_is_told_once(autojump_clock: MockClock, source: str | bytes) -> None:
    """Trying again is of no use; nothing is left behind."""
    with pytest.raises(NodeFailed) as failed:
        await said(Recorded(source))
    assert isinstance(failed.value.__cause__, ProviderError)
    assert not failed.value.__cause__.retryable


def test_a_recording_is_not_shown() -> None:
    """Only what it is."""
    assert repr(Recorded(TONE, rate=8000)) == "Recorded(rate=8000, source=ndarray)"
