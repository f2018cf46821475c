"""Opus instead of PCM16: what it makes of sound, and a call that is sent so."""

from __future__ import annotations

import numpy as np
import pytest
import trio
from served import REPLY, build, loud, serving
from singing import Singer

from voiceflow import Audio, Graph, Outlet, Samples, Sink
from voiceflow.client import connect, open_socket
from voiceflow.machines.call_messages import Format, to_text
from voiceflow.opus import OpusDecoder, OpusEncoder
from voiceflow.opus_line import OpusEar, OpusVoice, agreed


def spectrum(samples: Samples) -> int:
    """The loudest bin of the middle half."""
    middle = samples[len(samples) // 4 : len(samples) * 3 // 4]
    return int(np.abs(np.fft.rfft(middle)).argmax())


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
def test_a_tone_comes_back(rate: int) -> None:
    """As long as it was but for what the change of rate keeps back, as high, and in a tenth of the bytes."""
    tone = loud(0.5, rate)
    encoder, decoder = OpusEncoder(rate), OpusDecoder(rate)
    packets = [packet for at in range(0, len(tone), 77) for packet in encoder.push(tone[at : at + 77])]
    assert len(packets) == 25
    heard = np.concatenate([decoder.push(packet) for packet in packets])
    assert len(tone) - 60 <= len(heard) <= len(tone)
    assert abs(spectrum(heard) - spectrum(tone[: len(heard)])) <= 1
    assert sum(map(len, packets)) < 2 * len(tone) / (10 if rate == 48000 else 2)


def test_what_is_no_packet_is_refused() -> None:
    """And the next one is heard all the same."""
    decoder = OpusDecoder(48000)
    with pytest.raises(ValueError, match="a packet of Opus"):
        decoder.push(b"\xff" * 9)
    (packet,) = OpusEncoder(48000).push(loud(0.02, 48000))
    assert len(decoder.push(packet)) == 960


def test_turns_are_told_by_their_packets() -> None:
    """Each packet says where it begins; the end is filled up; others sound beside a turn."""
    voice, ear = OpusVoice(48000), OpusEar(48000)
    found = [ear(message)[:2] for message in voice(1, 0, loud(0.05, 48000))]
    found += [ear(message)[:2] for message in voice(0, 0, loud(0.02, 48000))]
    found += [ear(message)[:2] for message in voice(1, 2880, loud(0.02, 48000))]
    found += [ear(message)[:2] for message in voice(2, 0, loud(0.02, 48000))]
    assert found == [(1, 0), (1, 960), (1, 1920), (0, 0), (1, 2880), (2, 0)]


def test_a_rate_that_opus_has_not_is_sent_as_samples() -> None:
    """It is agreed upon, not refused."""
    assert agreed(Format("opus", 16000), 16000) == Format("opus", 16000)
    assert agreed(Format("opus", 44100), 44100) == Format("pcm16", 44100)
    assert agreed(Format("pcm16", 16000), 16000) == Format("pcm16", 16000)


def singing(audio: Outlet[Audio], speaker: Sink) -> Graph:
    """Answers in 0.6 s of sound."""
    return build(audio, speaker, voice=Singer(0.6))


async def test_a_call_by_opus() -> None:
    """The caller is heard and answered, the tone of the answer is what it was, and all of it has sounded."""
    pieces: list[Samples] = []

    def hear(turn: int, position: int, samples: Samples) -> None:
        pieces.append(samples)

    async with serving(singing) as (server, url):
        async with connect(url, rate_out=48000, codec="opus", hear=hear) as client:
            await client.be_silent(0.1)
            await client.speak(loud(0.3))
            await client.be_silent(0.3)
            assert (await client.until("transcript"))["text"] == "Hello there"
            ended = await client.until("ended")
        assert (ended["text"], ended["interrupted"]) == (REPLY, False)
        heard = np.concatenate(pieces)
        assert len(heard) == 28800
        assert abs(spectrum(heard) - spectrum(loud(0.6, 24000))) <= 1
        assert server.calls.counts.errors == {}


async def test_a_packet_that_is_none_ends_the_line() -> None:
    """As any message does that breaks the rules; the call does not crash."""
    way = {"codec": "opus", "rate": 16000}
    async with serving() as (server, url), open_socket(url) as socket:
        await socket.send_message(to_text("hello", version=1, audio={"in": way, "out": way}))
        assert '"codec":"opus"' in str(await socket.get_message())
        await socket.send_message(b"\xff" * 9)
        with trio.fail_after(20):
            while "bad_message" not in (message := str(await socket.get_message())):
                pass
        assert "a packet of Opus" in message
        assert server.calls.counts.errors == {"bad_message": 1}
