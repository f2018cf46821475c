"""Calls by WebRTC: aiortc calls, by UDP on loopback; and offers that nothing can be made of."""

from __future__ import annotations

import time

import attrs
import httpx
import numpy as np
import pytest
import trio
from peer import calling, loopback, offer, peer
from phones import until
from served import REPLY, build, loud, page_of, serving
from singing import Singer

from voiceflow import Audio, Graph, Outlet, Samples, Sink
from voiceflow.client import connect
from voiceflow.machines.room import RoomSettings
from voiceflow.serve.limits import Limits
from voiceflow.serve.tokens import Tokens

__all__ = ["loopback"]

pytestmark = [pytest.mark.usefixtures("loopback"), pytest.mark.real_time]


def singing(audio: Outlet[Audio], speaker: Sink) -> Graph:
    """Answers in 1.2 s of sound."""
    return build(audio, speaker, voice=Singer(1.2))


async def test_a_peer_is_answered_and_cuts_in() -> None:
    """Its words and the agent's are told, the sound is where the track says, and what it says it heard counts."""
    async with serving(singing) as (server, url), calling(page_of(url)) as caller:
        welcome = await caller.until("welcome")
        assert welcome["audio"]["out"] == {"codec": "pcm16", "rate": 48000}
        caller.microphone.speak(loud(0.4, 48000))
        assert (await caller.until("transcript"))["text"] == "Hello there"
        begun = await caller.until("track", sounds=True)
        assert (begun["turn"], begun["position"]) == (1, 0)
        await until(lambda: sum(level > 100 for level in caller.heard) >= 25)  # half a second of it
        caller.tell("played", turn=1, position=19200)
        caller.tell("interrupt")
        await caller.until("clear", turn=1)
        ended = await caller.until("ended")
        assert ended["interrupted"]
        assert ended["text"]
        assert REPLY.startswith(ended["text"])
        (call,) = server.calls.all()
        assert (call.kind, call.session.history[-1].text) == ("rtc", ended["text"])
        await until(lambda: not caller.change["sounds"])
        sent = (caller.change["rtp"] - begun["rtp"]) % 2**32
        assert sent % 960 == 0
        await until(lambda: bool(caller.heard) and caller.heard[-1] < 100 < max(caller.heard))
        assert abs(sum(level > 100 for level in caller.heard) - sent // 960) <= 2
        caller.tell("bye")
        assert (await caller.until("bye"))["reason"] == "hung up"
        await until(lambda: not len(server.peers))
        assert server.calls.counts.ended == {"hung up": 1}


async def test_a_call_goes_on_over_another_peer() -> None:
    """By the secret of the welcome: the same call, which has no other line then; a secret is good once."""
    async with serving() as (_, url), calling(page_of(url)) as first:
        welcome = await first.until("welcome")
        async with calling(page_of(url), resume=welcome["resume"]) as second:
            again = await second.until("welcome")
            assert (again["resumed"], again["call"]) == (True, welcome["call"])
            assert again["resume"] != welcome["resume"]
            assert (await first.until("bye"))["reason"] == "replaced"
        async with calling(page_of(url), resume=welcome["resume"]) as stranger:
            assert not (await stranger.until("welcome"))["resumed"]


async def test_addresses_may_come_later() -> None:
    """An offer without any is answered; the call begins once one has trickled in."""
    async with serving() as (_, url), peer() as caller, httpx.AsyncClient(base_url=page_of(url)) as http:
        asked = await offer(caller)
        lines = str(asked["sdp"]).splitlines(keepends=True)
        told = [line for line in lines if "candidate" in line]
        asked["sdp"] = "".join(line for line in lines if line not in told)
        answer = await http.post("rtc", json=asked)
        place = answer.headers["location"]
        # The answer's addresses are not used either: the peer waits to be found.
        kept = [line for line in answer.json()["sdp"].splitlines(keepends=True) if "candidate" not in line]
        await caller.answered("".join(kept))
        assert not caller.opened.is_set()
        for line in told:
            text = line.removeprefix("a=").strip() if "candidate:" in line else ""
            told_one = await http.patch(place, json={"candidate": text, "sdpMid": "0", "sdpMLineIndex": 0})
            assert told_one.status_code == 204
        with trio.fail_after(20):
            await caller.opened.wait()
        assert (await http.patch(place, json={"candidate": "garbage", "sdpMid": "0"})).status_code == 400
        assert (await http.patch(place, json={})).status_code == 400
        assert (await http.patch("rtc/nobody", json={"candidate": ""})).status_code == 404


async def test_a_message_that_no_channel_carries_comes_by_post() -> None:
    """It is the same message, and is refused or obeyed as such."""
    async with serving() as (_, url), calling(page_of(url)) as caller, httpx.AsyncClient(base_url=page_of(url)) as http:
        await caller.until("welcome")
        assert (await http.post(caller.address, json={"type": "ping", "t": 7})).status_code == 202
        assert (await caller.until("pong"))["t"] == 7
        picture = {"type": "image", "data": "data:image/png;base64," + "A" * 100_000}
        assert (await http.post(caller.address, json=picture)).status_code == 202
        assert (await caller.until("error"))["code"] == "refused"
        assert (await http.post(caller.address, content=b"x" * (4 * 1024 * 1024 + 1))).status_code == 413
        assert (await http.post("rtc/nobody", json={"type": "ping", "t": 7})).status_code == 404


async def test_a_peer_that_vanishes_leaves_nothing() -> None:
    """No word and no sound for as long as the limits say: the call ends, and all of the peer with it."""
    async with serving(limits=Limits(idle=0.5, resume=0.2)) as (server, url):
        async with calling(page_of(url)) as caller:
            await caller.until("welcome")
            assert len(server.peers) == 1
            await caller.vanish()
            await until(lambda: server.calls.counts.ended == {"lost": 1})
            await until(lambda: not len(server.peers))
        assert not len(server.calls)


async def test_a_peer_that_never_comes_is_not_waited_for() -> None:
    """An offer was answered, and that was all."""
    async with serving(limits=Limits(hello=0.2, resume=0.2)) as (server, url), peer() as caller:
        async with httpx.AsyncClient(base_url=page_of(url)) as http:
            assert (await http.post("rtc", json=await offer(caller))).status_code == 201
        await until(lambda: not len(server.peers))
        await until(lambda: server.calls.counts.ended == {"lost": 1})


@attrs.define
class Ears:
    """How loud the others of a room were at most, and how much of the agent came."""

    others: int = 0
    agent: int = 0

    def __call__(self, turn: int, position: int, samples: Samples) -> None:
        if turn:
            self.agent += len(samples)
        else:
            self.others = max(self.others, int(np.abs(samples.astype(int)).max()))


async def test_a_peer_sits_in_a_room() -> None:
    """With one who came by a socket: they hear each other and the agent, which hears both, and knows who is who."""
    tokens, hears = Tokens("a secret of sixteen"), Ears()
    token = tokens.make(time.time() + 60, room="kitchen", name="Ann")
    async with serving(singing, tokens=tokens) as (server, url):
        async with (
            calling(page_of(url), query={"room": "kitchen", "token": token}) as ann,
            connect(f"{url}?room=kitchen&name=Bo&token={server.token(60.0)}", hear=hears) as bo,
        ):
            welcome = await ann.until("welcome")
            assert [each["rate"] for each in welcome["audio"].values()] == [48000, 24000]
            assert (await ann.until("room", participants=["Ann", "Bo"]))["you"] == "Ann"
            ann.microphone.speak(loud(0.4, 48000))
            assert (await bo.until("transcript", final=True))["speaker"] == "Ann"
            assert hears.others == pytest.approx(8000, rel=0.15)
            begun = await ann.until("track", sounds=True)
            assert (begun["turn"], begun["position"]) == (1, 0)
            assert (await ann.until("ended"))["text"] == REPLY
            await until(lambda: not ann.change["sounds"])
            assert ann.change["position"] == 28800  # 1.2 s of the agent's 24,000 Hz
            assert (ann.change["rtp"] - begun["rtp"]) % 2**32 >= 57600  # more where the machine was late for it
            await until(lambda: hears.agent >= 28800)  # what is held and let go comes again
            before = len(ann.heard)
            await bo.speak(loud(0.8))
            await until(lambda: sum(level > 4000 for level in ann.heard[before:]) >= 10)
            assert (await ann.until("transcript", final=True))["speaker"] == "Bo"
        assert [call.kind for call in server.calls.all()] == ["room"]
        async with httpx.AsyncClient(base_url=page_of(url), params={"token": token}) as http:
            assert (await http.get("rtc", params={"room": "kitchen"})).status_code == 200
            for room in ({}, {"room": "hall"}):
                assert (await http.get("rtc", params=room)).status_code == 401
            assert (await http.get("calls", params={"room": "kitchen"})).status_code == 401


SDP = """v=0
o=- 1 1 IN IP4 0.0.0.0
s=-
t=0 0
m=audio 9 UDP/TLS/RTP/SAVPF 111
a=mid:0
a=rtpmap:111 opus/48000/2
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
a=mid:1
a=sctp-port:5000
"""


NONE = (
    b"",
    b"\xff\xfe",
    b"[]",
    b"[" * 60_000,
    b'{"type": "answer", "sdp": "v=0"}',
    b'{"type": "offer"}',
    b'{"type": "offer", "sdp": 7}',
    b'{"type": "offer", "sdp": "garbage"}',
    b'{"type": "offer", "sdp": "m=audio"}',
    b'{"type": "offer", "sdp": "v=0\\r\\nm=audio 9 UDP/TLS/RTP/SAVPF 111\\r\\na=fmtp:7 x\\r\\n"}',
)
OTHERS = (
    (SDP, "fingerprint"),
    (SDP.partition("m=application")[0], "data channel"),
    (SDP + "m=video 9 UDP/TLS/RTP/SAVPF 96\na=mid:2\na=rtpmap:96 VP8/90000\n", "nothing else"),
)


async def test_an_offer_that_is_none_is_refused() -> None:
    """With 400 and words that say what an offer is; no call begins."""
    async with serving() as (server, url), httpx.AsyncClient(base_url=page_of(url)) as http:
        for body in NONE:
            answer = await http.post("rtc", content=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_offer")
        for sdp, why in OTHERS:
            answer = await http.post("rtc", json={"type": "offer", "sdp": sdp})
            assert answer.status_code == 400
            assert why in answer.json()["error"]["message"]
        assert server.calls.counts.begun == 0
        assert server.calls.counts.errors == {"bad_offer": len(NONE) + len(OTHERS)}


async def test_a_peer_may_take_as_long_as_a_hello() -> None:
    """Where addresses are slow to be found, the call waits longer than for a line that was lost."""
    async with serving(limits=Limits(resume=0.1)) as (server, url), peer() as caller:
        async with httpx.AsyncClient(base_url=page_of(url)) as http:
            answer = await http.post("rtc", json=await offer(caller))
        (call,) = server.calls.all()
        await trio.sleep(0.3)
        await caller.answered(answer.json()["sdp"])
        await caller.until("welcome")
        assert call.attached


async def test_a_peer_that_never_comes_leaves_its_seat() -> None:
    """Its offer was answered, no line came about: the room empties, and ends as if somebody had left."""
    limits = Limits(hello=0.2, room=RoomSettings(empty_for=0.1))
    async with (
        serving(limits=limits) as (server, url),
        peer() as caller,
        httpx.AsyncClient(base_url=page_of(url)) as http,
    ):
        answer = await http.post("rtc", params={"room": "kitchen", "name": "Ann"}, json=await offer(caller))
        assert answer.status_code == 201
        await until(lambda: not len(server.calls))
        assert server.calls.counts.ended == {"empty": 1}


async def test_limits_and_the_gate_hold_for_peers_too() -> None:
    """As many calls as there may be, a hello of another version, a foreign page, no token, a body without end."""
    tokens = Tokens("a secret of sixteen")
    async with serving(limits=Limits(calls=1), tokens=tokens) as (server, url), peer() as caller:
        asked, page = await offer(caller), page_of(url)
        async with httpx.AsyncClient(base_url=page, params={"token": server.token(60.0)}) as http:
            assert (await http.get("rtc")).json() == {"offered": True, "ice": []}
            refused = await http.post("rtc", json={**asked, "hello": {"type": "hello", "version": 2}})
            assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_version")
            assert (await http.post("rtc", content=b"x" * 70_000)).status_code == 413
            assert (await http.post("rtc", params={"room": " "}, json=asked)).status_code == 400
            assert (await http.post("rtc", json=asked, headers={"origin": "http://evil.test"})).status_code == 403
            assert (await http.post("rtc", json=asked)).status_code == 201
            refused = await http.post("rtc", json=asked)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
            server.calls.draining = True
            assert (await http.post("rtc", json=asked)).status_code == 503
        async with httpx.AsyncClient(base_url=page) as stranger:
            assert (await stranger.post("rtc", json=asked)).status_code == 401


async def test_a_server_that_ends_says_so_to_its_peers() -> None:
    """They hear why, and nothing is left."""
    async with serving(limits=Limits(drain=0.1)) as (server, url), calling(page_of(url)) as caller:
        await caller.until("welcome")
        await server.drain()
        assert (await caller.until("bye"))["reason"] == "drain"
        await until(lambda: not len(server.peers))
