"""Calls by real sockets on loopback: talk, cut in, be cut off and come back; and what harms no other call."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import numpy as np
import pytest
import trio
from phones import until
from served import REPLY, build, loud, serving
from trio_websocket import WebSocketConnection

from voiceflow import Audio, Graph, In, Node, Outlet, Ports, ProviderError, Samples, Services, Sink, VoiceflowError
from voiceflow.client import Client, connect
from voiceflow.serve.limits import Limits
from voiceflow.serve.tokens import Tokens
from voiceflow.serve.watching import summary

pytestmark = pytest.mark.real_time


def slowly(audio: Outlet[Audio], speaker: Sink) -> Graph:
    """Answers in 1.2 s of sound."""
    return build(audio, speaker, seconds=1.2)


async def _ask(client: Client) -> None:
    """A word, in one message: a machine that stands still in the middle would make two of it."""
    await client.be_silent(0.1)
    await client.send(loud(0.3))
    await client.be_silent(0.3)


async def test_a_caller_is_answered() -> None:
    """Speech goes there, words and sound come back, all of it and in order; then both ends know that it is over."""
    pieces: list[tuple[int, int, int]] = []

    def hear(turn: int, position: int, samples: Samples) -> None:
        pieces.append((turn, position, len(samples)))

    async with serving() as (server, url):
        async with connect(url, hear=hear) as client:
            await _ask(client)
            assert (await client.until("transcript"))["text"] == "Hello there"
            assert (await client.until("phrase"))["text"] == REPLY
            left, heard = await client.until("waterfall"), await client.until("waterfall")
            assert summary(server.calls.all()[0])["latency_ms"] == heard["total_ms"] >= left["total_ms"]
            assert [part["name"] for part in heard["parts"]] == [part["name"] for part in left["parts"]] + ["line"]
            ended = await client.until("ended")
            await client.hang_up()
            assert (await client.until("bye"))["reason"] == client.reason == "hung up"
        assert ended == {"type": "ended", "turn": 1, "text": REPLY, "interrupted": False}
        assert [position for _, position, _ in pieces] == list(range(0, 14400, 960))
        await until(lambda: not len(server.calls))
        assert server.calls.counts.ended == {"hung up": 1}


async def test_an_interruption_silences_the_caller_and_the_history_has_what_was_heard() -> None:
    """Both ends have the same sample for the cut: between what was told before it and where the player stands.

    To a block, and to what the player had nothing of in time, whatever the machine is busy with besides.
    """
    async with serving(partial(build, seconds=3.0)) as (server, url), connect(url) as client:
        await _ask(client)
        await client.until("state", agent="speaking")
        (call,) = server.calls.all()
        playback = call.mouth._playing  # pyright: ignore[reportPrivateUsage]  # what the server takes for heard
        assert playback is not None
        cursor = playback.cursor
        await until(lambda: cursor.told > 7200)
        told = cursor.told
        await client.interrupt()
        assert (await client.until("clear"))["turn"] == 1
        now = round(trio.current_time() * 1e9)
        stands = client.player.position(now)
        assert client.player.position(now + 10**9) == stands
        ended = await client.until("ended")
        assert ended["interrupted"]
        assert REPLY.startswith(ended["text"])
        assert call.session.history[-1].text == ended["text"]
        assert told <= cursor.position(0) <= stands + client.player.missed + 480
        assert stands <= cursor.reached < 72000


async def test_what_a_caller_raises_is_not_taken_for_the_servers() -> None:
    """Not even what a network raises, too."""
    async with serving() as (_, url):
        for error in (FileNotFoundError, trio.TooSlowError, trio.BrokenResourceError):
            with pytest.raises(error):
                async with connect(url):
                    raise error
        with pytest.raises(ProviderError, match="nothing answers at its address") as caught:
            async with connect("ws://127.0.0.1:1/ws"):
                pass
        assert caught.value.retryable


async def test_a_call_outlives_its_socket() -> None:
    """The same call, the same turn, every sample of it once; the secret is another one."""
    got: list[int] = []

    def hear(turn: int, position: int, samples: Samples) -> None:
        got.extend(range(position, position + len(samples)))

    async with serving(slowly) as (server, url):
        async with connect(url, hear=hear) as first:
            await _ask(first)
            await first.until("state", agent="speaking")
            await until(lambda: len(got) >= 4800)
            await _cut(first)
        await until(lambda: not server.calls.all()[0].attached)
        async with connect(url, resume=first.resume, hear=hear) as second:
            assert (second.resumed, second.call) == (True, first.call)
            assert second.resume != first.resume
            await second.until("ended", interrupted=False, text=REPLY)
            async with connect(url, resume=first.resume) as stranger:
                assert not stranger.resumed
        assert sorted(set(got)) == list(range(28800))
        assert server.calls.counts.resumed == 1


async def _cut(client: Client) -> None:
    """As when the network is gone: no close, no word."""
    await _socket(client)._stream.aclose()  # pyright: ignore[reportPrivateUsage]


def _socket(client: Client) -> WebSocketConnection:
    return client._socket  # pyright: ignore[reportPrivateUsage]


async def test_a_call_that_opens_slowly_waits_for_its_line_from_then_on() -> None:
    """A second of loading is not a second without a line."""

    def heavy(audio: Outlet[Audio], speaker: Sink) -> Graph:
        return build(audio, speaker).connect(audio, Heavy())

    async with serving(heavy, Limits(resume=0.1)) as (_, url), connect(url) as client:
        await _ask(client)
        await client.until("ended", text=REPLY)


class Heavy(Node):
    """Takes longer to be opened than a line is waited for."""

    audio = In(Audio)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        await trio.sleep(0.3)
        yield

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.audio]:
            pass


async def test_a_call_whose_caller_does_not_come_back_ends() -> None:
    """In as long as the limits say."""
    async with serving(limits=Limits(resume=0.2)) as (server, url):
        async with connect(url) as client:
            await _cut(client)
        await until(lambda: server.calls.counts.ended == {"lost": 1})
        assert not len(server.calls)


async def test_another_socket_takes_a_call_over() -> None:
    """The one that held it is told."""
    async with serving() as (_, url), connect(url) as first, connect(url, resume=first.resume) as second:
        assert second.resumed
        assert (await first.until("bye"))["reason"] == "replaced"


@pytest.mark.slow
async def test_typed_words_mute_and_what_a_call_cannot_do() -> None:
    """Typing is answered as speech is; a graph without a keypad says so, and goes on."""
    async with serving(greeting="Hello.") as (server, url), connect(url, watch=True) as client:
        await client.until("ended", text="Hello.")
        await client.tell("digits", digits="12")
        assert (await client.until("error"))["code"] == "refused"
        await client.tell("mute", on=True)
        await client.type("Tell me a story")
        await client.until("ended", text=REPLY)
        wires = (await client.until("wires"))["wires"]
        assert {"ear.audio", "energy.speech"} <= {wire["from"] for wire in wires}
        await client.tell("ping", t=7)
        assert (await client.until("pong"))["t"] == 7
        (call,) = server.calls.all()
        assert [m.text for m in call.session.history] == ["Hello.", "Tell me a story", REPLY]


# Who is let in, and how it all ends


async def test_there_are_no_more_calls_than_there_may_be() -> None:
    """One too many is told so; when one has ended there is room."""
    async with serving(limits=Limits(calls=1)) as (server, url):
        async with connect(url):
            with pytest.raises(ProviderError, match="as many calls as there may be") as refusal:
                async with connect(url):
                    pass
            assert refusal.value.retryable
        await until(lambda: not len(server.calls))
        async with connect(url):
            pass
        assert server.calls.counts.refused == 1


async def test_a_call_lasts_no_longer_than_it_may() -> None:
    """Its client is told."""
    async with serving(limits=Limits(seconds=0.2)) as (_, url), connect(url) as client:
        assert (await client.until("bye"))["reason"] == "limit"


class Broken(Node):
    """Breaks at the first sound that it hears."""

    audio = In(Audio)

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.audio]:
            raise VoiceflowError("broken on purpose")


@pytest.mark.slow
async def test_a_call_that_crashes_ends_alone() -> None:
    """Its caller is told; another one goes on."""
    made = 0

    def once(audio: Outlet[Audio], speaker: Sink) -> Graph:
        nonlocal made
        made += 1
        graph = build(audio, speaker)
        return graph.connect(audio, Broken()) if made == 2 else graph

    log: list[str] = []
    async with serving(once) as (server, url), connect(url) as good, connect(url) as bad:
        server.calls.log = log.append
        await bad.send(np.zeros(320, np.int16))
        assert (await bad.until("bye"))["reason"] == "failed"
        await _ask(good)
        await good.until("ended", text=REPLY)
        assert server.calls.counts.failed == 1
        assert "broken on purpose" in log[0]


async def test_a_server_that_drains_takes_no_new_calls_and_ends_those_that_last() -> None:
    """In time; it is not ready from then on."""
    async with serving() as (server, url), connect(url) as client, trio.open_nursery() as nursery:
        nursery.start_soon(server.calls.drain, 0.3)
        await until(lambda: server.calls.draining)
        with pytest.raises(ProviderError, match="no more calls"):
            async with connect(url):
                pass
        assert (await _get(url, "/ready")).status_code == 503
        assert (await client.until("bye"))["reason"] == "drain"


async def _get(url: str, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(headers=headers) as client:
        return await client.get(url.replace("ws:", "http:").removesuffix("/ws") + path)


@pytest.mark.slow
async def test_what_a_server_tells_of_itself() -> None:
    """Its health, its metrics, and the calls under way with their wires; to its own host names alone."""
    async with serving() as (_, url), connect(url) as client:
        await _ask(client)
        await client.until("ended")
        assert (await _get(url, "/health")).text == "ok\n"
        assert (await _get(url, "/ready")).text == "ready\n"
        figures = (await _get(url, "/metrics")).text
        assert "voiceflow_calls 1\n" in figures
        assert 'voiceflow_block_lateness_seconds_bucket{le="+Inf"} 15\n' in figures
        (row,) = (await _get(url, "/calls")).json()["calls"]
        assert (row["id"], row["attached"]) == (client.call, True)
        call = (await _get(url, f"/calls/{client.call}")).json()
        assert [each["text"] for each in call["history"]] == ["Hello there", REPLY]
        assert call["turns"][0]["turn"] == 1
        assert client.resume not in str(call)
        assert (await _get(url, "/calls/none")).status_code == 404
        assert (await _get(url, "/calls", host="evil.example")).status_code == 403
        assert (await _get(url, "/metrics", origin="https://evil.example")).status_code == 403


@pytest.mark.slow
async def test_a_server_with_a_secret_wants_a_token() -> None:
    """One that is its own, and not over."""
    async with serving(tokens=Tokens("a secret of sixteen")) as (server, url):
        with pytest.raises(ProviderError, match="wants a token"):
            async with connect(url):
                pass
        with pytest.raises(ProviderError, match="wants a token"):
            async with connect(url, token=server.token(-10.0)):
                pass
        async with connect(url, token=server.token(10.0)):
            pass
        assert (await _get(url, "/metrics")).status_code == 401
        assert (await _get(url, "/metrics", authorization=f"Bearer {server.token(10.0)}")).status_code == 200
        assert (await _get(url, "/health")).status_code == 200


async def test_a_voice_that_is_held_goes_on_where_the_caller_last_heard_it() -> None:
    """The player falls silent and says where; the rest comes from that sample on, none of it twice."""
    heard: list[tuple[int, int]] = []

    def hear(turn: int, position: int, samples: Samples) -> None:
        heard.append((position, position + len(samples)))

    async with serving(partial(build, seconds=1.0)) as (server, url), connect(url, hear=hear) as client:
        await _ask(client)
        await client.until("state", agent="speaking")
        (call,) = server.calls.all()
        await until(lambda: client.player.position(round(trio.current_time() * 1e9)) > 4800)
        call.mouth.hold()
        await client.until("hold", turn=1)
        stands = client.player.end
        assert 4800 < stands < 24000
        await trio.sleep(0.2)
        assert (client.player.end, client.player.position(round(trio.current_time() * 1e9))) == (stands, stands)
        assert call.mouth.position(1) == stands / 24000
        before = len(heard)
        call.mouth.resume()
        assert (await client.until("ended"))["text"] == REPLY
        assert [begin for begin, _ in heard[before:]] == [stands, *(end for _, end in heard[before:-1])]
        assert heard[-1][1] == client.player.end == 24000
