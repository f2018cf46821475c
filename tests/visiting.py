"""A visit to the page in a browser, whose server is played message by message."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs
import numpy as np
import pytest
import trio
from chromium import Page, chromium, tab
from page_host import Host, Socket, page_host

RATE: Final = 24000


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # A name that is not this machine's own: browsers take http://voice.test for insecure, unlike http://127.0.0.1.
    with chromium(tmp_path_factory.mktemp("profile"), "--host-resolver-rules=MAP voice.test 127.0.0.1") as address:
        yield address


@attrs.define(eq=False)
class Visit:
    """A page, its server, and the sockets that it opened."""

    page: Page
    host: Host
    sockets: trio.MemoryReceiveChannel[Socket]

    async def socket(self) -> Socket:
        """The next socket, behind its hello."""
        with trio.fail_after(20):
            return await self.sockets.receive()

    async def call(self, **welcome: Any) -> Socket:
        """Start a call with the microphone."""
        await self.page.click("#start")
        socket = await self.socket()
        await socket.welcome(**welcome)
        await self.page.until("document.querySelector('#line').dataset.state === 'open'")
        return socket


@asynccontextmanager
async def visit(browser: str) -> AsyncGenerator[Visit, None]:
    """The page opened; and nothing that its policy forbids or nobody caught happened on it until the end."""
    send, receive = trio.open_memory_channel[Socket](8)

    async def talk(socket: Socket) -> None:
        await send.send(socket)
        await trio.sleep_forever()

    async with page_host() as host, tab(browser) as page:
        host.talk = talk
        await page.open(host.address)
        yield Visit(page, host, receive)
        assert page.faults == []


def tone(samples: int) -> np.ndarray[Any, np.dtype[np.int16]]:
    return (8000 * np.sin(np.arange(samples) / 10)).astype(np.int16)


async def say(socket: Socket, turn: int, text: str, samples: int) -> None:
    """A phrase that is a whole turn, and its sound at once."""
    await socket.send(type="phrase", turn=turn, text=text, begin=0, end=samples, words=[])
    await socket.play(turn, 0, tone(samples))
