"""The page in a browser, with its server played message by message: what it shows, sends, and says when things fail."""

from __future__ import annotations

import numpy as np
import pytest
import trio
from chromium import Page
from parts import CHROMIUM
from visiting import RATE, browser, say, tone, visit

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, CHROMIUM.mark, pytest.mark.real_time]


async def words(page: Page, kind: str) -> str:
    """Of the agent's last entry, those of a kind."""
    spans = f"[...[...document.querySelectorAll('.agent')].at(-1).querySelectorAll('{kind}')]"
    return str(await page.evaluate(f"{spans}.map((span) => span.textContent).join(' ')"))


async def test_a_conversation(browser: str) -> None:
    """The caller is heard, what is said is shown as it is heard, and what has sounded is told until all of it has."""
    async with visit(browser) as visited:
        page, socket = visited.page, await visited.call()
        await socket.send(type="transcript", text="what is the", final=False)
        await page.until("document.querySelector('.unsure')?.textContent.trim() === 'what is the'")
        await socket.send(type="transcript", text="what is the time", final=True)
        await say(socket, 1, "Ten past four, by my own watch.", RATE // 2)
        await page.until("document.querySelector('.sounding')")
        first = await socket.until("played")
        assert first["turn"] == 1
        assert 0 < first["position"] < RATE // 2
        assert (await socket.until("played", lambda message: message["position"] == RATE // 2))["missed"] == 0
        await page.until("document.querySelectorAll('.heard').length === 7")
        await socket.send(type="ended", turn=1, text="Ten past four, by my own watch.", interrupted=False)
        shown = " ".join((await page.text("#conversation")).split())
        assert shown == "You what is the time Agent Ten past four, by my own watch."
        assert np.abs(np.frombuffer(bytes(socket.heard[: len(socket.heard) // 2 * 2]), "<i2")).max() > 1000


async def test_a_turn_that_is_cleared_stands_still_at_once(browser: str) -> None:
    """What was not heard is struck out, and no more of it is reported than was at the clear."""
    async with visit(browser) as visited:
        page, socket = visited.page, await visited.call()
        await say(socket, 1, "One two three four five six seven eight.", 3 * RATE)
        await socket.until("played", lambda message: message["position"] > RATE // 4)
        await socket.send(type="clear", turn=1)
        await socket.play(1, 3 * RATE, tone(RATE))
        await trio.sleep(0.3)
        told = [message["position"] for message in socket.received if message["type"] == "played"]
        assert told[-1] < RATE
        await socket.send(type="ended", turn=1, text="One two", interrupted=True)
        await page.until("document.querySelector('.interrupted')")
        struck = await words(page, ".word:not(.heard)")
        assert struck.endswith("seven eight.")
        await say(socket, 2, "Yes?", 2400)
        assert (await socket.until("played", lambda message: message["turn"] == 2))["missed"] == 0


async def test_a_cut_line_comes_back(browser: str) -> None:
    """With the secret of its welcome, telling again what had sounded; and what is played twice is heard once."""
    async with visit(browser) as visited:
        page, socket = visited.page, await visited.call()
        await say(socket, 1, "One two three.", RATE)
        await socket.until("played", lambda message: message["position"] == RATE)
        await socket.cut()
        again = await visited.socket()
        assert again.hello["resume"] == "secret"
        await page.until("document.querySelector('#line').dataset.state === 'cut'")
        await again.welcome(resumed=True)
        assert (await again.until("played"))["position"] == RATE
        await again.play(1, RATE // 2, tone(RATE))
        assert (await again.until("played", lambda message: message["position"] == RATE * 3 // 2))["turn"] == 1
        assert (await page.text("#line")).strip() == "Connected"
        assert await page.evaluate("document.querySelectorAll('.agent').length") == 1


async def test_a_line_that_does_not_come_back_is_told(browser: str) -> None:
    """A call that could not begin ends with words that say what may be wrong, and can be started again."""
    async with visit(browser) as visited:
        page = visited.page
        visited.host.talk = None
        await page.click("#start")
        await page.until("document.querySelector('#fault').textContent.includes('token')")
        assert (await page.text("#start")) == "Start talking"
        page.faults.clear()  # the browser's own word on the refused socket


async def test_typing_and_keys(browser: str) -> None:
    """A call begins with what was typed, without a microphone; Escape interrupts; who is muted is not heard."""
    async with visit(browser) as visited:
        page = visited.page
        await page.evaluate("document.querySelector('#text').focus()")
        await page.type("Good morning.")
        await page.key("Enter", "\r")
        socket = await visited.socket()
        await socket.welcome()
        assert (await socket.until("text"))["text"] == "Good morning."
        assert "Good morning." in await page.text("#conversation")
        await page.key("Escape")
        await socket.until("interrupt")
        assert socket.heard == b""
        await page.click("#start")
        await socket.until("bye")
        socket = await visited.call()
        await page.click("#mute")
        assert (await socket.until("mute"))["on"] is True
        before = len(socket.heard)
        await trio.sleep(0.1)
        assert len(socket.heard) == before


async def test_a_microphone_that_is_not_allowed(browser: str) -> None:
    """Is told with the way out, and the call goes on by typing."""
    async with visit(browser) as visited:
        page = visited.page
        refused = "Promise.reject(new DOMException('no', 'NotAllowedError'))"
        await page.evaluate(f"navigator.mediaDevices.getUserMedia = () => {refused}; 0")
        await visited.call()
        assert "Allow it at the left of the address bar" in await page.text("#fault")


async def test_a_page_that_is_not_secure(browser: str) -> None:
    """Has no devices in any browser: that is told with the way out, and one can type and read."""
    async with visit(browser) as visited:
        page = visited.page
        await page.open(visited.host.address.replace("127.0.0.1", "voice.test"))
        socket = await visited.call()
        assert "open the page by https" in await page.text("#fault")
        await say(socket, 1, "Good morning.", 2400)
        await socket.send(type="ended", turn=1, text="Good morning.", interrupted=False)
        await page.until("document.querySelectorAll('.heard').length === 2")


async def test_a_call_that_is_not_wanted_any_more(browser: str) -> None:
    """While the browser asks for the microphone: it is not opened."""
    async with visit(browser) as visited:
        page = visited.page
        await page.evaluate(
            "navigator.mediaDevices.getUserMedia = () => new Promise((_, no) => { window.deny = () =>"
            " no(new DOMException('no', 'NotAllowedError')); }); 0"
        )
        await page.click("#start")
        await page.until("window.deny")
        await page.click("#start")
        await page.evaluate("window.deny()")
        await page.until("document.querySelector('#start').textContent === 'Start talking'")
        assert await page.text("#line") == "No call"


async def test_pictures_of_the_camera(browser: str) -> None:
    """It is off until it is switched on, and then seen; a frame goes by the key, with speech, and with typed words."""
    async with visit(browser) as visited:
        page, socket = visited.page, await visited.call()
        assert await page.evaluate("document.querySelector('#viewfinder').hidden")
        await page.evaluate("document.querySelector('#camera').focus()")
        await page.key("Enter", "\r")
        await page.until("document.querySelector('#preview').videoWidth > 0")
        await page.until("document.querySelector('#show').checkVisibility()")
        await page.evaluate("document.querySelector('#show').focus()")
        await page.key("Enter", "\r")
        picture = (await socket.until("image"))["data"]
        assert picture.startswith("data:image/jpeg;base64,")
        assert len(picture) < 4 << 20
        await page.until("document.querySelector('.entry img').naturalWidth > 0")
        await socket.send(type="state", user="speaking", agent="listening")
        await socket.until("image")
        await page.evaluate("document.querySelector('#text').value = 'What is this?'")
        await page.evaluate("document.querySelector('#type').requestSubmit()")
        await socket.until("image")
        assert (await socket.until("text"))["text"] == "What is this?"
        await socket.send(type="error", code="refused", message="image: the model takes no pictures")
        await page.until("document.querySelector('#viewfinder').hidden")
        assert await page.evaluate("document.querySelector('#preview').srcObject") is None
        assert await page.evaluate("document.querySelector('#camera').ariaPressed") == "false"


async def _choose(page: Page, select: str, wanted: str) -> None:
    """As a user does: from the keyboard, by the first letters of what is wanted."""
    await page.evaluate(f"document.querySelector('{select}').focus()")
    for letter in wanted:
        await page.key(letter, letter)
    chosen = await page.evaluate(f"document.querySelector('{select}').selectedOptions[0].textContent")
    assert chosen == wanted


async def _type(page: Page, text: str) -> None:
    await page.evaluate("document.querySelector('#text').focus()")
    await page.type(text)
    await page.key("Enter", "\r")


async def test_a_room(browser: str) -> None:
    """Who is there is told, words have their names, and the others are heard besides the agent.

    What is typed goes to the agent, to one of the others, or to all of them; whom the agent hears is chosen.
    """
    async with visit(browser) as visited:
        page = visited.page
        address = await page.evaluate(
            "import('/protocol.js').then(({ socketAddress }) =>"
            " socketAddress('http://a.test/?room=kitchen&name=Ann%20Lee#token=x.y'))"
        )
        assert address == "ws://a.test/ws?room=kitchen&name=Ann+Lee&token=x.y"
        socket = await visited.call()
        await socket.send(type="room", room="kitchen", you="Ann", participants=["Ann", "Bo"], hears=None)
        await page.until("document.querySelector('#present').textContent === 'Room kitchen: you, as Ann, and Bo.'")
        for speaker in ("Ann", "Bo", None):
            await socket.send(type="transcript", text="hello", final=True, speaker=speaker)
        await socket.send(type="message", text="psst", **{"from": "Bo", "to": None})
        await socket.send(type="message", text="psst", **{"from": "Bo", "to": "Ann"})
        names = "[...document.querySelectorAll('.entry h3')].map((name) => name.textContent).join()"
        await page.until(f"{names} === 'You,Bo,Somebody,Bo, to the others,Bo, to you'")
        await _choose(page, "#to", "Bo")
        await _type(page, "hello, Bo")
        assert await socket.until("message") == {"type": "message", "text": "hello, Bo", "to": "Bo"}
        await _choose(page, "#to", "All others")
        await _type(page, "hello, all")
        assert await socket.until("message") == {"type": "message", "text": "hello, all", "to": None}
        await _choose(page, "#hears", "Bo")
        assert (await socket.until("address"))["to"] == "Bo"
        await socket.send(type="room", room="kitchen", you="Ann", participants=["Ann"], hears="Ann")
        await page.until("document.querySelector('#hears').selectedOptions[0].textContent === 'Ann (you)'")
        assert await page.evaluate("document.querySelector('#to').selectedOptions[0].textContent") == "The agent"
        await _type(page, "hello, you")
        assert (await socket.until("text"))["text"] == "hello, you"
        await page.until(f"{names}.endsWith('You, to Bo,You, to the others,You, typed')")
        await socket.play(0, 0, tone(RATE))
        await say(socket, 1, "Hello, both.", RATE // 4)
        told = await socket.until("played", lambda message: message["position"] == RATE // 4)
        assert (told["turn"], told["missed"]) == (1, 0)
