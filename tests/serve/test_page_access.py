"""What the page shows of the insides of a call, and whether everybody can use it: by keyboard, narrow, by axe-core."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest
import trio
from parts import AXE, CHROMIUM
from visiting import RATE, Visit, browser, say, visit

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, CHROMIUM.mark, pytest.mark.real_time]

EDGES: Final = (
    ("ear.audio", "vad.audio"), ("vad.audio", "stt.audio"), ("stt.transcripts", "turns.transcripts"),
    ("vad.speech", "turns.speech"), ("turns.spoken", "mouth.spoken"),
)  # fmt: skip
GRAPH: Final[dict[str, object]] = {
    "version": 1,
    "nodes": [{"name": name, "type": f"voiceflow:{name.title()}"} for name in ("ear", "vad", "stt", "turns", "mouth")],
    "edges": EDGES,
}


async def tab_to(visited: Visit, wanted: str) -> None:
    """Press Tab until the focus is there, as somebody without a mouse does."""
    for _ in range(40):
        await visited.page.key("Tab")
        if await visited.page.evaluate("document.activeElement.id") == wanted:
            return
    raise AssertionError(f"Tab does not come to {wanted}")


async def test_a_call_without_a_mouse(browser: str) -> None:
    """Tab, Enter, the space bar, arrows and Escape are enough: to talk, mute, choose, type, interrupt, and hang up."""
    async with visit(browser) as visited:
        page = visited.page
        await tab_to(visited, "start")
        await page.key("Enter", "\r")
        socket = await visited.socket()
        await socket.welcome(graph=GRAPH)
        await socket.send(type="room", room="kitchen", you="Ann", participants=["Ann", "Bo"], hears=None)
        await page.until("document.querySelector('#room').checkVisibility()")
        await tab_to(visited, "hears")
        await page.key("B", "B")
        assert (await socket.until("address"))["to"] == "Bo"
        await tab_to(visited, "mute")
        await page.key(" ", " ")
        assert (await socket.until("mute"))["on"] is True
        await socket.send(type="state", user="listening", agent="speaking")
        await page.until("!document.querySelector('#interrupt').disabled")
        await tab_to(visited, "interrupt")
        await page.key("Enter", "\r")
        await socket.until("interrupt")
        await tab_to(visited, "text")
        await page.type("Good morning.")
        await page.key("Enter", "\r")
        assert (await socket.until("text"))["text"] == "Good morning."
        await tab_to(visited, "settings")
        await page.key("Enter", "\r")
        await page.until("document.querySelector('#settings-dialog').open")
        await tab_to(visited, "theme")
        await page.key("D", "D")
        await page.until("document.documentElement.dataset.theme === 'dark'")
        await page.key("Escape")
        await page.until("!document.querySelector('#settings-dialog').open")
        assert all(message["type"] != "interrupt" for message in socket.received)
        assert await page.evaluate("document.activeElement.id") == "settings"
        await tab_to(visited, "start")
        await page.key(" ", " ")
        await socket.until("bye")
        await page.evaluate("localStorage.clear()")


async def test_the_graph_and_the_times(browser: str) -> None:
    """Each wire has its depth, age and latency, in the drawing and in the table; each turn a bar of its stages."""
    async with visit(browser) as visited:
        page, socket = visited.page, await visited.call(graph=GRAPH)
        parts = [{"name": "vad wait", "ms": 300}, {"name": "first token", "ms": 100}]
        await socket.send(type="waterfall", turn=1, parts=parts, total_ms=400)
        times = {"depth": 0.25, "capacity": 2.0, "age_ms": 12.0, "latency_ms": 3.5, "dropped": 0}
        await socket.send(type="wires", wires=[{"from": a, "to": b, **times} for a, b in EDGES])
        await page.until("document.querySelectorAll('#wire-rows tr').length === 5")
        labels = await page.evaluate("[...document.querySelectorAll('.label')].map((label) => label.textContent)")
        assert labels == ["0.25 / 212 · 3.5"] * 5
        assert "ear.audio → vad.audio" in await page.evaluate("document.querySelector('#wire-rows').textContent")
        assert await page.evaluate("document.querySelectorAll('#times .piece').length") == 2
        assert (await page.text("#stages")).split() == ["vad", "wait", "300", "ms", "first", "token", "100", "ms"]


async def test_boxes_of_a_graph_keep_apart(browser: str) -> None:
    """Down to the narrowest screen: no two overlap, none leaves the drawing, and a loop is drawn at the side."""
    script = """(async () => {
    const { BOX, layout } = await import("/layout.js");
    const names = "abcdefgh".split("");
    const edges = [..."ab bc cd bd be ef df fg ga bh".split(" ")].map(([from, to]) => [from, to, `${to}.${from}`]);
    return [280, 320, 460, 900].map((width) => {
        const { boxes, wires } = layout(names, edges, width);
        const apart = boxes.every((a) => boxes.every((b) => a === b || a.y !== b.y ||
            a.x + a.width <= b.x || b.x + b.width <= a.x));
        const inside = boxes.every(({ x, width: wide }) => x >= 0 && x + wide <= width);
        return [apart, inside, wires.filter(({ back }) => back).map(({ key }) => key)];
    });
    })()"""
    async with visit(browser) as visited:
        assert await visited.page.evaluate(script) == [[True, True, ["a.g"]]] * 4


@AXE.mark
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
async def test_it_can_be_used_by_everybody(browser: str, width: int, theme: str) -> None:
    """axe-core finds no serious fault, and nothing scrolls sideways."""
    found = find_spec("axe_core_python")
    assert found is not None
    assert found.origin is not None
    axe = await trio.Path(found.origin).with_name("axe.min.js").read_text()
    async with visit(browser) as visited:
        page = visited.page
        await page.resize(width, 844)
        await page.prefer(prefers_color_scheme=theme, prefers_reduced_motion="reduce")
        socket = await visited.call(graph=GRAPH)
        await socket.send(type="transcript", text="what is the", final=True)
        await say(socket, 1, "Yes and no, and a word-that-is-longer-than-any-screen-of-a-telephone-ever-was.", RATE)
        await socket.send(type="waterfall", turn=1, parts=[{"name": "vad wait", "ms": 300}], total_ms=300)
        await socket.send(type="ended", turn=1, text="Yes", interrupted=True)
        await page.until("document.querySelector('.interrupted')")
        await socket.send(type="room", room="kitchen", you="Ann", participants=["Ann", "Bo"], hears="Bo")
        await page.click("#camera")
        await page.until("document.querySelector('#preview').videoWidth > 0")
        await page.evaluate(axe + "; 0")
        faults = await page.evaluate(
            "axe.run().then(({ violations }) => violations.map(({ id, impact, nodes }) =>"
            " [id, impact, nodes.map(({ html }) => html)]))"
        )
        assert [fault for fault in faults if fault[1] in ("serious", "critical")] == [], json.dumps(faults, indent=1)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_comes_from_elsewhere() -> None:
    """No file of the page names an address on the network to load from."""
    page = Path(__file__).parents[2] / "voiceflow" / "serve" / "page"
    named = [file.name for file in page.iterdir() if 'src="http' in (text := file.read_text()) or "import(" in text]
    assert named == []
