"""Calls by the protocols of phone providers, over real sockets on loopback."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from xml.etree import ElementTree

import attrs
import httpx
import numpy as np
import pytest
import trio
from phones import RATE, Caller, phone, until
from served import REPLY, build, serving
from trio_websocket import ConnectionClosed

from voiceflow import Audio, Graph, GraphError, Outlet, ProviderError, Sink, VoiceflowError
from voiceflow._dial import dialled
from voiceflow.keypad import Keypad
from voiceflow.machines.dtmf import DtmfDetector, tones
from voiceflow.machines.telephony.control import Account
from voiceflow.machines.telephony.dialects import DIALECTS
from voiceflow.machines.telephony.messages import Start
from voiceflow.machines.telephony.signatures import twilio_signature
from voiceflow.serve.limits import Limits
from voiceflow.serve.telephony import Providers, this_phone
from voiceflow.serve.telephony_phone import Phone
from voiceflow.serve.tokens import Tokens

pytestmark = pytest.mark.real_time

SECRET = "a-token-of-twilio's"
FORM = {"CallSid": "CA1", "From": "+4930123", "To": "+4989456"}


async def _is_answered(url: str, provider: str, heard: dict[str, Caller]) -> None:
    async with phone(url, provider) as caller:
        await caller.asks(0.6)
        await until(lambda: caller.marks[-1].endswith(".4800"))
        await caller.send(caller.end.stop())
        heard[provider] = caller


async def test_a_caller_of_every_provider_is_answered() -> None:
    """All five at once: each hears the whole answer, and its marks tell how much; then both ends know it is over."""
    heard: dict[str, Caller] = {}
    async with serving() as (server, url):
        async with trio.open_nursery() as nursery:
            for provider in DIALECTS:
                nursery.start_soon(_is_answered, url, provider, heard)
            await until(lambda: len(server.calls.all()) == 5)
            calls = server.calls.all()
        await until(lambda: not len(server.calls))
        assert server.calls.counts.ended == {"hung up": 5}
        assert server.calls.counts.errors == {}
    assert {call.kind for call in calls} == set(DIALECTS)
    assert all("assistant" in {message.role for message in call.session.history} for call in calls)
    for caller in heard.values():
        assert len(caller.marks) >= 6
        assert np.count_nonzero(caller.heard) / RATE > 0.58


def slowly(audio: Outlet[Audio], speaker: Sink) -> Graph:
    """Answers in six seconds of sound."""
    return build(audio, speaker, seconds=6.0)


async def test_an_interruption_silences_the_phone_and_the_history_has_what_was_heard() -> None:
    """Not a sample sounds behind it; marks that come back for what was cleared count for nothing.

    Both ends tell by samples: what the history has lies between the last mark that was told and what had left, and what
    the phone plays does, too.
    """
    async with serving(slowly) as (server, url), phone(url, "twilio") as caller:
        await caller.asks(0.6)
        (call,) = server.calls.all()
        playback = call.mouth._playing  # pyright: ignore[reportPrivateUsage]  # what the server takes for heard
        assert playback is not None
        cursor = playback.cursor
        await until(lambda: cursor.told > 0)
        told = cursor.told
        call.session.interrupt()
        await until(lambda: len(caller.cleared) == 1)
        last = caller.blocks
        await until(lambda: caller.blocks >= last + 10)
        assert caller.cleared == [len(caller.heard)]
        assert told <= cursor.position(0) <= cursor.reached < 6 * RATE
        assert told <= np.count_nonzero(caller.heard) <= cursor.reached
        text = call.session.history[-1].text
        assert text == playback.ledger.heard(cursor.position(0))
        assert REPLY.startswith(text)
        assert 0 < len(text) < len(REPLY) / 2


async def test_a_held_voice_goes_on_where_the_clock_says_that_it_was() -> None:
    """A provider returns the marks of what was cleared as if that had sounded: those from before count for nothing."""
    async with serving(slowly) as (server, url), phone(url, "twilio") as caller:
        await caller.asks(0.6)
        (call,) = server.calls.all()
        playback = call.mouth._playing  # pyright: ignore[reportPrivateUsage]  # what the server takes for heard
        assert playback is not None
        cursor = playback.cursor
        await until(lambda: cursor.told > 0)
        call.mouth.hold()
        stands, reached = cursor.sent, cursor.reached
        await until(lambda: len(caller.cleared) == 1)
        last = caller.blocks
        await until(lambda: caller.blocks >= last + 10)
        assert caller.cleared == [len(caller.heard)]
        assert cursor.told <= cursor.position(0) <= cursor.sent == stands <= reached
        call.mouth.resume()
        await until(lambda: cursor.told > reached)
        assert cursor.told <= cursor.sent <= playback.begin + len(playback.made)


async def test_keys_are_heard() -> None:
    """By the keypad of the call's graph; where there is none they are passed over."""
    pressed: list[str] = []

    def keyed(audio: Outlet[Audio], speaker: Sink) -> Graph:
        graph = build(audio, speaker)
        graph.add(Keypad(on_key=pressed.append))
        return graph

    async with serving(keyed) as (_, url), phone(url, "plivo") as caller:
        await caller.send(caller.end.dtmf("4") + caller.end.dtmf("#"))
        await until(lambda: pressed == ["4", "#"])
    async with serving() as (server, url), phone(url, "plivo") as caller:
        await caller.send(caller.end.dtmf("4"))
        await caller.asks(0.5)
        assert server.calls.counts.errors == {}


async def test_keys_are_pressed_by_their_tones() -> None:
    """What the other end's keypad makes of them, behind mu-law, is what was pressed."""
    async with serving() as (server, url), phone(url, "twilio") as caller:
        await until(lambda: bool(server.calls.all()))
        said = server.calls.all()[0].session.say(audio=tones("4711#", RATE, on=0.06, off=0.06), rate=RATE)
        await said
        await until(lambda: len(caller.heard) >= 0.58 * RATE)
        assert "".join(digit.digit for digit in DtmfDetector(RATE).push(caller.heard)) == "4711#"


async def test_garbage_is_counted_and_ends_only_its_own_call() -> None:
    """A few messages that are none change nothing; many are no provider."""
    async with serving() as (server, url), phone(url, "twilio") as other, phone(url, "telnyx") as caller:
        await until(lambda: len(server.calls.all()) == 2)
        wires: list[str | bytes] = ["{", b"\xff", '{"event": "media"}', '{"event": "start"}', '{"event": "new"}']
        for wire in wires:
            await caller.socket.send_message(wire)
        await until(lambda: server.calls.counts.errors == {"bad_message": 4})
        assert len(server.calls.all()) == 2
        for _ in range(16):
            await caller.socket.send_message("{")
        await until(lambda: caller.closed == 1008)
        await until(lambda: len(server.calls.all()) == 1)
        await other.asks(0.6)


async def test_a_stream_that_never_starts_is_closed() -> None:
    """After as long as a client has to say hello."""
    async with (
        serving(limits=Limits(hello=0.1)) as (server, url),
        dialled(f"{url[:-2]}telephony/twilio") as socket,
    ):
        with pytest.raises(ConnectionClosed):
            await socket.get_message()
        assert not len(server.calls)


async def test_more_calls_than_there_may_be_are_not_taken() -> None:
    """With the code for that; the one under way goes on."""
    async with serving(limits=Limits(calls=1)) as (server, url), phone(url, "twilio"):
        await until(lambda: len(server.calls.all()) == 1)
        async with phone(url, "exotel") as second:
            await until(lambda: second.closed == 1013)
        assert len(server.calls.all()) == 1


async def test_an_unknown_provider_has_no_routes() -> None:
    """Neither a stream nor a webhook."""
    async with serving() as (_, url):
        with pytest.raises(ProviderError, match="404"):
            async with dialled(f"{url[:-2]}telephony/carrier"):
                pass
        assert (await _ask(url, "carrier")).status_code == 404


# Webhooks


async def _ask(url: str, provider: str, headers: Mapping[str, str] | None = None, query: str = "") -> httpx.Response:
    async with httpx.AsyncClient() as client:
        where = f"{url.replace('ws', 'http', 1)[:-2]}telephony/{provider}/voice{query}"
        return await client.post(where, data=FORM, headers=headers)


def _stream(provider: str, response: httpx.Response) -> tuple[str, dict[str, str]]:
    """The stream that an answer asks for, and what it is to bring along."""
    if response.headers["content-type"].startswith("application/json"):
        told = response.json()
        if provider == "exotel":
            return told["url"], {}
        (endpoint,) = told[0]["endpoint"]
        return endpoint["uri"], endpoint["headers"]
    (stream,) = ElementTree.fromstring(response.text).iter("Stream")
    parameters = {each.get("name", ""): each.get("value", "") for each in stream.iter("Parameter")}
    headers = stream.get("extraHeaders", "")
    parameters |= dict(pair.split("=") for pair in headers.split(",") if pair)
    return stream.get("url") or stream.text or "", parameters


@pytest.mark.parametrize("provider", DIALECTS)
async def test_a_webhook_opens_the_stream_that_brings_its_call(provider: str) -> None:
    """What it is told is followed, as the provider would; the token in it is what lets it in."""
    async with serving() as (server, url):
        response = await _ask(url, provider)
        assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
        stream, parameters = _stream(provider, response)
        assert stream.startswith(f"ws://{url.split('/')[2]}/telephony/{provider}")
        query = stream.partition("?")[2]
        token = parameters.get("token") or query.removeprefix("token=")
        assert re.fullmatch(r"\d+\.[\w-]+\.[0-9a-f]{64}", token)
        if provider in ("twilio", "vonage"):
            assert (parameters["from"], parameters["to"]) == (FORM["From"], FORM["To"])
        async with phone(url, provider, f"?{query}" if query else "", parameters=parameters):
            await until(lambda: len(server.calls.all()) == 1)


async def test_twilios_webhook_is_answered_only_when_it_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the account's token, over the URL that Twilio knows and the form that it posted."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC1")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", SECRET)
    monkeypatch.setenv("VOICEFLOW_URL", "https://phone.example.org/")
    url_known = "https://phone.example.org/telephony/twilio/voice?agent=1"
    signed = twilio_signature(SECRET, url_known, FORM.items())
    async with serving() as (_, url):
        ask = partial(_ask, url, "twilio", query="?agent=1")
        response = await ask({"x-twilio-signature": signed})
        assert response.status_code == 200
        assert _stream("twilio", response)[0] == "wss://phone.example.org/telephony/twilio"
        for wrong in ({}, {"x-twilio-signature": signed[:-2] + "A="}):
            assert (await ask(wrong)).status_code == 403
        other = await _ask(url, "twilio", {"x-twilio-signature": signed}, "?agent=2")
        assert other.status_code == 403


async def test_where_tokens_are_demanded_a_stream_brings_one_or_does_not_begin() -> None:
    """One of the server's, or the one of the webhook's answer; a webhook that nobody signs needs one too."""
    tokens = Tokens("a secret that is long enough")
    async with serving(tokens=tokens) as (server, url):
        async with phone(url, "twilio", parameters={"token": "1.a.b"}) as stranger:
            await until(lambda: stranger.closed == 1008)
        assert server.calls.counts.errors == {"refused": 1}
        assert (await _ask(url, "exotel")).status_code == 403
        token = tokens.make(2e9)
        response = await _ask(url, "exotel", query=f"?token={token}")
        query = "?" + _stream("exotel", response)[0].partition("?")[2]
        assert token not in query
        async with phone(url, "exotel", query), phone(url, "telnyx", f"?token={token}"):
            await until(lambda: len(server.calls.all()) == 2)


async def test_a_webhook_is_read_however_it_is_posted() -> None:
    """As JSON, as Vonage does; one that is larger than any is refused, one that is none tells nothing."""
    async with serving() as (_, url), httpx.AsyncClient() as client:
        where = f"{url.replace('ws', 'http', 1)[:-2]}telephony/vonage/voice"
        posted = await client.post(where, json={"uuid": "u", "from": "49", "more": {}})
        assert _stream("vonage", posted)[1] == {"uuid": "u", "from": "49"}
        asked = await client.get(where, params={"uuid": "u", "to": "50"})
        assert _stream("vonage", asked)[1] == {"uuid": "u", "to": "50"}
        broken = await client.post(where, content=b"[\xff", headers={"content-type": "application/json"})
        assert _stream("vonage", broken)[1] == {}
        assert (await client.post(where, content=bytes(70000))).status_code == 413


async def test_a_server_that_ends_tells_the_caller_that_it_is_busy() -> None:
    """Twilio plays the tone; others are told by the status."""
    async with serving() as (server, url):
        server.calls.draining = True
        assert '<Reject reason="busy"/>' in (await _ask(url, "twilio")).text
        assert (await _ask(url, "vonage")).status_code == 503
        with pytest.raises(ProviderError, match="503"):
            async with dialled(f"{url[:-2]}telephony/twilio"):
                pass


# What a provider is asked


@attrs.define(eq=False)
class Rest:
    """A provider's REST interface on loopback, which answers everything with `status`."""

    status: int = 200
    url: str = ""
    asked: list[tuple[str, str, str, str]] = attrs.Factory(list[tuple[str, str, str, str]])
    """Method, path, body and authorization."""

    async def serve(self, stream: trio.SocketStream) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += await stream.receive_some()
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            body += await stream.receive_some()
        method, path, _ = first.split(" ")
        self.asked.append((method, path, body.decode(), headers["authorization"]))
        await stream.send_all(f"HTTP/1.1 {self.status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode())
        await stream.aclose()


@asynccontextmanager
async def rest(status: int = 200) -> AsyncGenerator[Rest]:
    interface = Rest(status)
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, interface.serve, 0, host="127.0.0.1"))
        interface.url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
        yield interface
        nursery.cancel_scope.cancel(reason="the test is over")


def _phone(provider: str, url: str) -> Phone:
    environment = {
        "TWILIO_ACCOUNT_SID": "AC1",
        "TWILIO_AUTH_TOKEN": SECRET,
        "TELNYX_API_KEY": SECRET,
        "PLIVO_AUTH_ID": "MA1",
        "PLIVO_AUTH_TOKEN": SECRET,
        "VONAGE_JWT": SECRET,
    }
    account = Providers.of(environment).accounts[provider]
    phone = Phone(provider, attrs.evolve(account, base=url), lambda number: f"https://us/transfer?to={number}")
    phone.start = Start(stream="s", call="CA/1", account="MA1" if provider == "plivo" else "AC1")
    return phone


BASIC = {"twilio": "Basic QUMxOmEtdG9rZW4tb2YtdHdpbGlvJ3M=", "plivo": "Basic TUExOmEtdG9rZW4tb2YtdHdpbGlvJ3M="}


_REQUESTS: list[tuple[str, tuple[str, str, Any], tuple[str, str, Any]]] = [
    (
        "twilio",
        ("POST", "/2010-04-01/Accounts/AC1/Calls/CA%2F1.json", "Status=completed"),
        (
            "POST",
            "/2010-04-01/Accounts/AC1/Calls/CA%2F1.json",
            "Twiml=%3CResponse%3E%3CDial%3E%2B4930%3C%2FDial%3E%3C%2FResponse%3E",
        ),
    ),
    (
        "telnyx",
        ("POST", "/v2/calls/CA%2F1/actions/hangup", {}),
        ("POST", "/v2/calls/CA%2F1/actions/transfer", {"to": "+4930"}),
    ),
    (
        "plivo",
        ("DELETE", "/v1/Account/MA1/Call/CA%2F1/", ""),
        (
            "POST",
            "/v1/Account/MA1/Call/CA%2F1/",
            {"legs": "aleg", "aleg_url": "https://us/transfer?to=+4930", "aleg_method": "GET"},
        ),
    ),
    (
        "vonage",
        ("PUT", "/v1/calls/CA%2F1", {"action": "hangup"}),
        (
            "PUT",
            "/v1/calls/CA%2F1",
            {
                "action": "transfer",
                "destination": {
                    "type": "ncco",
                    "ncco": [{"action": "connect", "endpoint": [{"type": "phone", "number": "4930"}]}],
                },
            },
        ),
    ),
]
"""By provider: how a call is ended there, and passed on."""


@pytest.mark.parametrize(("provider", "ended", "passed_on"), _REQUESTS)
async def test_a_call_is_ended_and_passed_on_by_the_provider(
    provider: str, ended: tuple[str, str, Any], passed_on: tuple[str, str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """By its own request, with its own way of showing who asks; no secret and no number is in a log or a repr."""
    caplog.set_level(logging.DEBUG)
    async with rest() as interface:
        phone = _phone(provider, interface.url)
        await phone.hang_up()
        await phone.transfer("+4930")
        assert phone.passed_on
    expected = BASIC.get(provider, f"Bearer {SECRET}")
    for asked, (method, path, body) in zip(interface.asked, (ended, passed_on), strict=True):
        assert asked[:2] + asked[3:] == (method, path, expected)
        assert (asked[2] if isinstance(body, str) else json.loads(asked[2])) == body
    shown = caplog.text + repr(phone) + repr(phone.account)
    assert not any(secret in shown for secret in (SECRET, "4930", expected))


@pytest.mark.parametrize(("status", "retryable"), [(401, False), (429, True), (503, True)])
async def test_what_a_provider_refuses_is_an_error(status: int, retryable: bool) -> None:
    """Which says whether to try again, and no secret; that a call has ended already is none."""
    async with rest(status) as interface:
        phone = _phone("twilio", interface.url)
        with pytest.raises(ProviderError, match=f"twilio refuses with status {status}") as caught:
            await phone.hang_up()
        assert (caught.value.retryable, SECRET in str(caught.value)) == (retryable, False)
    async with rest(404) as interface:
        await _phone("twilio", interface.url).hang_up()


async def test_what_cannot_be_asked_is_said() -> None:
    """No account, a provider without such an interface, a number that is none."""
    with pytest.raises(GraphError, match="set its variables in the environment"):
        await Phone("twilio", None, str).hang_up()
    with pytest.raises(GraphError, match="exotel cannot be asked to do this by a program"):
        await Phone("exotel", Account("http://127.0.0.1:1", "", SECRET), str).hang_up()
    with pytest.raises(ValueError, match="a number has 2 to 20 digits"):
        await _phone("twilio", "http://127.0.0.1:1").transfer("<Say>")
    with pytest.raises(ProviderError, match="check the network"):
        await _phone("twilio", "http://127.0.0.1:1").hang_up()
    with pytest.raises(VoiceflowError, match="no phone call"):
        this_phone()


async def test_the_program_ends_a_call_and_the_provider_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Telnyx would keep the caller on the line; a call that was passed on is not touched any more."""
    phones: list[Phone] = []

    def known(audio: Outlet[Audio], speaker: Sink) -> Graph:
        phones.append(this_phone())
        return build(audio, speaker)

    monkeypatch.setenv("TELNYX_API_KEY", SECRET)
    async with rest() as interface:
        monkeypatch.setattr("voiceflow.serve.telephony.BASES", dict.fromkeys(DIALECTS, interface.url))
        async with serving(known) as (server, url):
            for passed_on in (False, True):
                async with phone(url, "telnyx", caller="+4930") as caller:
                    await until(lambda: len(server.calls.all()) == 1)
                    assert phones[-1].start.caller == "+4930"
                    if passed_on:
                        await phones[-1].transfer("+4989")
                    server.calls.all()[0].session.close()
                    await until(lambda: caller.closed == 1000)
                    await until(lambda: not len(server.calls))
            await until(lambda: len(interface.asked) == 2)
            await trio.sleep(0.05)
    paths = [path for _, path, _, _ in interface.asked]
    assert paths == ["/v2/calls/CA1/actions/hangup", "/v2/calls/CA1/actions/transfer"]


async def test_plivo_is_told_where_a_call_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the URL that it was given, and nobody else by another."""
    phones: list[Phone] = []

    def known(audio: Outlet[Audio], speaker: Sink) -> Graph:
        phones.append(this_phone())
        return build(audio, speaker)

    async with serving(known) as (_, url), phone(url, "plivo"):
        await until(lambda: bool(phones))
        document = phones[0].document("+4930")
        async with httpx.AsyncClient() as client:
            response = await client.get(document)
            assert response.text == "<Response><Dial><Number>+4930</Number></Dial></Response>"
            assert (await client.get(document.replace("token=", "token=1"))).status_code == 401
            assert (await client.get(document.replace("to=", "to=x"))).status_code == 400
