"""Servers that help WebRTC: what they may be, what a peer is told of them, and a relay that nobody here wrote."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import trio
from parts import COTURN
from peer import loopback, offer, peer
from served import page_of, serving

from voiceflow import GraphError
from voiceflow.serve.ice import IceServer

pytestmark = pytest.mark.real_time

__all__ = ["loopback"]

RELAY = "turn:relay.test:3478?transport=tcp"
HIDDEN = ("north sea", "baltic")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "relay.test",
        "https://relay.test",
        "stun://relay.test",
        "stun:relay.test?transport=udp",
        "stun:re lay.test",
        "turn:ann:baltic@relay.test",
        "turn:relay.test:3478:9",
        "turn:relay.test?transport=sctp",
        "turn:relay.test\n",
    ],
)
def test_what_is_no_server_is_refused(url: str) -> None:
    """With what one is, and without what was given: a password may be in it."""
    with pytest.raises(GraphError, match="stun:HOST:PORT") as caught:
        IceServer(url, user="ann", password="north sea")
    assert not url or url not in str(caught.value)


def test_a_relay_wants_credentials() -> None:
    """One half of them is none."""
    for given in ({}, {"user": "ann"}, {"password": "north sea"}):
        with pytest.raises(GraphError, match="wants credentials") as caught:
            IceServer(RELAY, **given)
        assert "north sea" not in str(caught.value)


def test_a_peer_is_told_what_it_may_relay_with() -> None:
    """The user and the password as they are; with a shared secret a pair that is good for a day, not the secret."""
    assert IceServer("stun:relay.test", secret="baltic").told(0.0) == {"urls": "stun:relay.test"}
    told = IceServer(RELAY, user="ann", password="north sea").told(0.0)
    assert told == {"urls": RELAY, "username": "ann", "credential": "north sea"}
    told = IceServer(RELAY, secret="baltic").told(1000.9)
    signed = base64.b64encode(hmac.digest(b"baltic", b"87400", hashlib.sha1)).decode()
    assert told == {"urls": RELAY, "username": "87400", "credential": signed}


async def test_credentials_are_told_to_callers_alone(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the answer to who may call, which nobody keeps; not in what is logged, printed or shown of a server."""
    caplog.set_level(logging.DEBUG)
    servers = IceServer(RELAY, user="ann", password="north sea"), IceServer("turns:relay.test", secret="baltic")
    async with serving(ice=servers) as (server, url), httpx.AsyncClient(base_url=page_of(url)) as http:
        answer = await http.get("rtc")
        assert answer.headers["cache-control"] == "no-store"
        first, second = answer.json()["ice"]
        assert first == servers[0].told(0.0)
        assert second == servers[1].told(int(second["username"]) - 86_400)
        shown = repr(server) + repr(server.peers) + repr(servers) + caplog.text + "".join(capfd.readouterr())
        assert [word for word in (*HIDDEN, second["credential"]) if word in shown] == []


@asynccontextmanager
async def _coturn(folder: Path) -> AsyncGenerator[str, None]:
    """A relay on loopback that shares a secret with us, and its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = (
        "listening-ip=127.0.0.1", "relay-ip=127.0.0.1", f"listening-port={port}", "use-auth-secret",
        "static-auth-secret=north sea", "realm=test", "no-tls", "no-dtls", "no-cli", "allow-loopback-peers",
        f"log-file={folder / 'log'}", "simple-log", f"pidfile={folder / 'pid'}", f"userdb={folder / 'db'}",
    )  # fmt: skip
    (folder / "conf").write_text("\n".join(options))
    async with trio.open_nursery() as nursery:
        process = await nursery.start(trio.run_process, ["turnserver", "-c", str(folder / "conf")])
        try:
            with trio.fail_after(10):
                while not _listens(port):  # noqa: ASYNC110  of a program that tells nobody
                    await trio.sleep(0.02)
            yield f"127.0.0.1:{port}"
        finally:
            nursery.cancel_scope.cancel()
            process.terminate()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@COTURN.mark
@pytest.mark.slow
@pytest.mark.usefixtures("loopback")
async def test_a_relay_takes_what_is_made_with_its_secret(tmp_path: Path) -> None:
    """coturn: it gives the server an address to be reached by; with another secret it gives none."""
    async with _coturn(tmp_path) as relay:
        for secret, relayed in (("north sea", True), ("baltic", False)):
            server = IceServer(f"turn:{relay}", secret=secret)
            async with (
                serving(ice=(server,)) as (_, url),
                peer() as caller,
                httpx.AsyncClient(base_url=page_of(url)) as http,
            ):
                answer = await http.post("rtc", json=await offer(caller))
                assert ("typ relay" in answer.json()["sdp"]) == relayed
