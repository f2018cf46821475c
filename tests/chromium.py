"""A Chromium without a screen that tests drive, by the DevTools protocol: https://chromedevtools.github.io/devtools-protocol/."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import attrs
import trio
from trio_websocket import WebSocketConnection, open_websocket_url

# Everything that a visitor would be asked for is granted, and the devices are made up.
_FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync",
    "--remote-debugging-port=0", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
)  # fmt: skip
_LONGEST_MESSAGE: Final = 64 << 20  # bytes: a screenshot is one message
_STARTS_WITHIN: Final = 30  # seconds


@attrs.define(eq=False)
class Page:
    """A tab. `faults` are the exceptions, and the errors of its console, that nobody caught."""

    socket: WebSocketConnection
    session: str
    faults: list[str] = attrs.field(factory=list[str])
    _numbers: count[int] = attrs.field(factory=lambda: count(1))
    _waiting: dict[int, tuple[trio.Event, dict[str, Any]]] = attrs.field(
        factory=dict[int, "tuple[trio.Event, dict[str, Any]]"]
    )

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """The result of a DevTools command on this tab."""
        number = next(self._numbers)
        answered, answer = self._waiting[number] = trio.Event(), {}
        message = {"id": number, "method": method, "params": params, "sessionId": self.session}
        await self.socket.send_message(json.dumps(message))
        await answered.wait()
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return _result(answer)

    async def listen(self) -> None:
        """Take what the browser tells, for as long as the tab is driven."""
        while True:
            message = json.loads(await self.socket.get_message())
            if message.get("id") in self._waiting:
                answered, answer = self._waiting.pop(message["id"])
                answer.update(message)
                answered.set()
            else:
                self._note(message.get("method"), message.get("params", {}))

    def _note(self, method: str | None, params: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.faults.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.faults.append(params["entry"]["text"] + " " + params["entry"].get("url", ""))

    async def open(self, address: str) -> None:
        went = await self.call("Page.navigate", url=address)
        if "errorText" in went:
            raise RuntimeError(f"{address}: {went['errorText']}")
        await self.until("document.readyState === 'complete'")

    async def evaluate(self, expression: str) -> Any:
        """The JSON value of an expression, of a promise what it becomes; it counts as asked for by the user."""
        result = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, userGesture=True
        )
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise AssertionError(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    async def until(self, expression: str, seconds: float = 10.0) -> None:
        """Wait until it is true."""
        with trio.move_on_after(seconds):
            while not await self.evaluate(f"!!({expression})"):  # noqa: ASYNC110
                await trio.sleep(0.02)
            return
        raise AssertionError(f"not within {seconds} s: {expression}; faults: {self.faults}")

    async def text(self, selector: str) -> str:
        return str(await self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText"))

    async def click(self, selector: str) -> None:
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    async def key(self, key: str, text: str = "") -> None:
        code = {"Enter": 13, "Escape": 27, "Tab": 9, " ": 32}.get(key, 0)
        for kind in ("keyDown", "keyUp"):
            extra = {"text": text} if text and kind == "keyDown" else {}
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **extra)

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def resize(self, width: int, height: int, scale: float = 1.0) -> None:
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )
        await self.call("Emulation.setScrollbarsHidden", hidden=True)

    async def prefer(self, **features: str) -> None:
        """Media features, such as prefers_color_scheme="dark"."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        await self.call("Emulation.setEmulatedMedia", features=named)

    async def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """What is in view, or the whole page, as PNG."""
        shot = await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        await trio.Path(path).write_bytes(base64.b64decode(shot["data"]))


@asynccontextmanager
async def tab(address: str) -> AsyncGenerator[Page, None]:
    """A tab of a browser that `chromium` started."""
    async with open_websocket_url(address, max_message_size=_LONGEST_MESSAGE) as socket:
        target = await _command(socket, "Target.createTarget", url="about:blank")
        attached = await _command(socket, "Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(socket, attached["sessionId"])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(page.listen)
            for domain in ("Page", "Runtime", "Log"):
                await page.call(f"{domain}.enable")
            yield page
            await page.call("Page.close")
            nursery.cancel_scope.cancel()


async def _command(socket: WebSocketConnection, method: str, **params: object) -> dict[str, Any]:
    """Of the browser as a whole, before anybody else listens."""
    await socket.send_message(json.dumps({"id": 0, "method": method, "params": params}))
    while (answer := json.loads(await socket.get_message())).get("id") != 0:
        pass
    return _result(answer)


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = answer["result"]
    return result


@contextmanager
def chromium(profile: Path, *flags: str) -> Generator[str, None, None]:
    """A browser of its own, whose profile is an empty folder, and the address where it is driven."""
    command = ["chromium", *_FLAGS, f"--user-data-dir={profile}", *flags, "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield _address(profile, process)
        finally:
            process.terminate()  # which it takes as being closed: its own processes end, and its profile stands still


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Told in a file, once it can be driven."""
    told = profile / "DevToolsActivePort"
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until and process.poll() is None:
        if told.exists() and len(lines := told.read_text().split()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.02)
    raise RuntimeError(f"chromium cannot be driven after {_STARTS_WITHIN} s; it ended with {process.poll()}")
