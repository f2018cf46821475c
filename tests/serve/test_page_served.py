"""The page and the server together: a recorded caller in a browser is heard, answered, cuts in, and comes back."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import attrs
import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
import trio
from chromium import chromium, tab
from parts import CHROMIUM, POCKETSPHINX, SILERO
from peer import loopback
from served import REPLY, build, page_of, serving
from singing import Singer
from world import Model, Voice

from voiceflow import Audio, Graph, Outlet, Sink
from voiceflow.graphs import cascade, clips
from voiceflow.nodes.text_detector import TextDetector
from voiceflow.serve.rtc_peer import BadOffer
from voiceflow.serve.tokens import Tokens

__all__ = ["loopback"]

pytestmark = [pytest.mark.slow, CHROMIUM.mark, pytest.mark.real_time]

STORY: Final = "Once upon a time there was a little dog who lived by the sea and barked at every ship."


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Whenever its microphone is opened, someone says: wait, stop please, what is the capital of France?"""
    folder = tmp_path_factory.mktemp("browser")
    question, _ = soundfile.read(Path(clips.__file__).with_name("wait.flac"), dtype="int16")
    soundfile.write(folder / "caller.wav", np.concatenate([question, np.zeros(32000, np.int16)]), 16000)
    heard = f"--use-file-for-fake-audio-capture={folder / 'caller.wav'}%noloop"
    with chromium(folder / "profile", heard, "--allow-loopback-in-peer-connection") as address:
        yield address


def telling(audio: Outlet[Audio], speaker: Sink) -> Graph:
    """Hears as the embedded agent does, and tells a story of ten seconds."""
    story = Model((STORY,), 0.05, 0.05)
    return cascade.build(audio, detector=TextDetector(), llm=story, tts=Voice(10.0, 0.01), speaker=speaker)


@SILERO.mark
@POCKETSPHINX.mark
@pytest.mark.shares_model
@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("by", ["socket", ""])
async def test_a_recorded_caller_is_answered_and_cuts_in(browser: str, by: str) -> None:
    """By either line words of both are shown, and what is shown as heard is what the agent remembers to have said."""
    async with serving(telling) as (server, url), tab(browser) as page:
        await page.open(page_of(url))
        await page.evaluate(f"document.querySelector('#by').value = '{by}'")
        await page.evaluate("document.querySelector('#text').focus()")
        await page.type("Good morning.")  # a call that begins without a microphone
        await page.key("Enter", "\r")
        await page.until("document.querySelector('.agent .sounding')", 20)
        await page.click("#mute")
        await page.until("document.querySelectorAll('.interrupted').length === 1", 20)
        await page.until("document.querySelectorAll('.user')[1]?.innerText.includes('capital')", 20)
        await page.until("document.querySelectorAll('.agent')[1]?.querySelector('.sounding')", 20)
        await page.until("document.querySelectorAll('#wire-rows tr').length > 5")
        await page.evaluate("document.querySelector('#source').dispatchEvent(new Event('change'))")
        await page.until("document.querySelectorAll('.interrupted').length === 2", 20)
        heard = await page.evaluate(
            "[...document.querySelectorAll('.interrupted')].map((entry) =>"
            " [...entry.querySelectorAll('.heard')].map((word) => word.textContent).join(' '))"
        )
        (call,) = server.calls.all()
        said = [each for each in call.session.history if each.role == "assistant"]
        assert [each.text for each in said[:2]] == heard
        assert all(each.interrupted and STORY.startswith(each.text) for each in said[:2])
        assert call.kind == ("web" if by == "socket" else "rtc")
        assert page.faults == []


@attrs.define(eq=False)
class Relay:
    """A line to a server that can be cut."""

    server: int
    streams: list[trio.SocketStream] = attrs.field(factory=list[trio.SocketStream])

    async def carry(self, near: trio.SocketStream) -> None:
        async with near, await trio.open_tcp_stream("127.0.0.1", self.server) as far:
            self.streams.append(near)
            async with trio.open_nursery() as nursery:
                for source, target in ((near, far), (far, near)):
                    nursery.start_soon(self._pass, source, target, nursery.cancel_scope.cancel)

    async def _pass(self, source: trio.SocketStream, target: trio.SocketStream, over: Callable[[], None]) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            async for data in source:
                await target.send_all(data)
        over()

    async def cut(self) -> None:
        for stream in self.streams:
            await stream.aclose()


@asynccontextmanager
async def relay(url: str) -> AsyncGenerator[tuple[Relay, str], None]:
    """A relay, and the address of the page by it."""
    address = urlsplit(url)
    assert address.port is not None
    line = Relay(address.port)
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, line.carry, listeners))
        yield line, f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/"
        nursery.cancel_scope.cancel()


async def test_a_call_goes_on_after_its_line_was_cut(browser: str) -> None:
    """In the middle of a reply: the same call, and every word of the reply is heard, once."""
    slowly = partial(build, seconds=3.0)
    async with serving(slowly) as (server, url), relay(url) as (line, address), tab(browser) as page:
        await page.open(address)
        await page.evaluate("document.querySelector('#by').value = 'socket'")
        await page.evaluate("document.querySelector('#text').focus()")
        await page.type("Tell me a story.")
        await page.key("Enter", "\r")
        await page.until("document.querySelectorAll('.heard').length > 2")
        name = await page.text("#call")
        await page.evaluate(
            "new MutationObserver(() => { (window.lines ??= []).push([document.querySelector('#line').dataset.state,"
            " performance.now()]); }).observe(document.querySelector('#line'), { attributes: true }); 0"
        )
        await line.cut()
        await page.until("window.lines?.length === 2")
        (cut, lost), (again, back) = await page.evaluate("lines")
        assert (cut, again) == ("cut", "open")
        assert back - lost < 5000
        await page.until("document.querySelector('.agent.done')")
        assert await page.evaluate("document.querySelectorAll('.agent').length") == 1
        assert await page.evaluate("document.querySelectorAll('.agent .word:not(.heard)').length") == 0
        assert await page.text("#call") == name
        (call,) = server.calls.all()
        assert [each.text for each in call.session.history] == ["Tell me a story.", REPLY]


@pytest.mark.usefixtures("loopback")
async def test_a_call_goes_on_after_its_peer_was_lost(browser: str) -> None:
    """In the middle of a reply, by another peer within 5 s: the same call, and every word is heard, once."""
    slowly = partial(build, voice=Singer(3.0))
    async with serving(slowly) as (server, url), tab(browser) as page:
        await page.open(page_of(url))
        await page.evaluate(
            "window.peers = []; window.RTCPeerConnection = class extends RTCPeerConnection {"
            " constructor(...given) { super(...given); peers.push(this); } }; 0"
        )
        await page.evaluate("document.querySelector('#text').focus()")
        await page.type("Tell me a story.")
        await page.key("Enter", "\r")
        await page.until("document.querySelectorAll('.heard').length > 2", 20)
        name, (call,) = await page.text("#call"), server.calls.all()
        assert call.kind == "rtc"
        await page.evaluate("peers[0].close(); 0")  # its page hears nothing of it: the line is dead, and nobody said so
        await page.until("document.querySelector('#line').dataset.state === 'cut'")
        with trio.fail_after(5):
            await page.until("document.querySelector('#line').dataset.state === 'open'")
        await page.until("document.querySelector('.agent.done')", 20)
        assert await page.evaluate("peers.length") == 2
        assert await page.evaluate("document.querySelectorAll('.agent').length") == 1
        assert await page.evaluate("document.querySelectorAll('.agent .word:not(.heard)').length") == 0
        assert await page.text("#call") == name
        assert [each.text for each in call.session.history] == ["Tell me a story.", REPLY]
        assert server.calls.counts.resumed == 1
        assert page.faults == []


async def test_the_page_of_a_server_that_wants_a_token(browser: str) -> None:
    """Works with the token that is in its address, and says what is missing without."""
    async with serving(tokens=Tokens("a secret of sixteen")) as (server, url), tab(browser) as page:
        await page.open(f"{page_of(url)}?token={server.token(60.0)}")
        await page.click("#start")
        await page.until("document.querySelector('#line').dataset.state === 'open'")
        assert page.faults == []
        await page.open(page_of(url))
        await page.click("#start")
        await page.until("document.querySelector('#fault').textContent.includes('token')")


async def test_a_page_that_sends_opus(browser: str) -> None:
    """The microphone is heard, and the answer is heard."""
    async with serving(partial(build, voice=Singer(1.0))) as (server, url), tab(browser) as page:
        await page.open(page_of(url))
        await page.evaluate("document.querySelector('#by').value = 'opus'")
        await page.click("#start")
        await page.until("document.querySelector('.user')?.innerText.includes('Hello there')", 20)
        await page.until("document.querySelector('.agent .heard')", 20)
        (call,) = server.calls.all()
        assert call.mouth.rate == 48000
        assert page.faults == []


async def test_a_page_that_no_peer_answers_calls_by_its_socket(browser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network may let no peer through: the call begins all the same."""

    def refuse(sdp: str) -> None:
        raise BadOffer("not today")

    monkeypatch.setattr("voiceflow.serve.rtc.check", refuse)
    async with serving() as (server, url), tab(browser) as page:
        await page.open(page_of(url))
        await page.click("#start")
        await page.until("document.querySelector('#line').dataset.state === 'open'")
        assert [call.kind for call in server.calls.all()] == ["web"]
        assert server.calls.counts.errors == {"bad_offer": 1}
