"""Servers that others' libraries make: over HTTP, over stdio in the protocol's newest version, and a published one."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
import trio
from mcp_table import table, until
from world import Planner

from voiceflow import Graph, Session, TextSink, Trace
from voiceflow.errors import ProviderError
from voiceflow.items import ToolCall, ToolOutput
from voiceflow.mcp import McpServer
from voiceflow.tools import ToolProgress

pytestmark = pytest.mark.real_time

REFERENCE = Path(__file__).parents[1] / "mcp_reference.py"


@contextmanager
def served(way: str, port: int = 0) -> Generator[tuple[subprocess.Popen[str], int], None, None]:
    process = subprocess.Popen([sys.executable, str(REFERENCE), way, str(port)], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


def at(port: int, protocol: Literal["streamable", "sse"], **settings: Any) -> McpServer:
    url = f"http://127.0.0.1:{port}/{'sse' if protocol == 'sse' else 'mcp'}"
    chosen: dict[str, Any] = {"retry": 0.1, "name": "reference", **settings}
    return McpServer(url=url, protocol=protocol, headers={"Authorization": "Bearer ${REFERENCE_KEY}"}, **chosen)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFERENCE_KEY", "hunter2hunter2")


# The libraries leave the streams that they read to the garbage collector, which Trio reports.
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
@pytest.mark.slow
@pytest.mark.parametrize(("way", "protocol"), [("streamable-http", "streamable"), ("sse", "sse")])
async def test_a_server_over_http(way: str, protocol: Literal["streamable", "sse"], tmp_path: Path) -> None:
    """Is called, cancelled, bounded and followed like one that is a program; and reached again when it is back."""
    with served(way) as (process, port):
        async with table(at(port, protocol)) as laid:
            assert laid.runner.tools["add"].effect == "read_only"
            assert (await laid.call("add", '{"a": 1}')).text == "2"
            assert "expected a whole number" in (await laid.call("add", '{"a": "1"}')).text
            assert (await laid.call("book", '{"guests": [{"name": "Ann", "child": null}]}')).text == "a table for Ann"
            assert [each.part for each in laid.events if isinstance(each, ToolProgress)] == [0.5]
            assert (await laid.call("key")).text == "Bearer hunter2hunter2"
            await laid.call("reveal")
            await laid.until("tools.offered", 2)
            assert (await laid.call("hidden")).text == "found"
            async with trio.open_nursery() as nursery:
                nursery.start_soon(laid.call, "wait", f'{{"file": "{tmp_path / "wait"}"}}')
                await until((tmp_path / "wait").exists)
                nursery.cancel_scope.cancel()
            await until(lambda: (tmp_path / "wait").read_text() == "cancelled")
            if protocol == "streamable":  # the older one is one stream, which ends with such an answer
                assert (await laid.call("huge")).error
            assert (await laid.call("die")).error
            await until(lambda: process.poll() is not None)
            assert (await laid.call("add", '{"a": 1}')).error
            offered = [name for name, _ in laid.told].count("tools.offered")
            with served(way, port):
                await laid.until("tools.offered", offered + 1)
                assert (await laid.call("add", '{"a": 1}')).text == "2"
    assert "hunter2" not in str(laid.told)
    gc.collect()


async def test_an_address_where_nobody_is_ends_the_opening() -> None:
    """At once."""
    with pytest.RaisesGroup(
        pytest.RaisesExc(ProviderError, match="^the MCP server reference: ConnectError$"), flatten_subgroups=True
    ):
        async with table(at(1, "streamable")):
            pass


@pytest.mark.slow
async def test_a_published_server_in_a_session() -> None:
    """mcp-server-time, over stdio: what the model calls is answered, and written down."""
    clock = McpServer(command=[sys.executable, "-m", "mcp_server_time", "--local-timezone", "Europe/Berlin"])
    noon = '{"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Kathmandu"}'
    calls = [ToolCall("a", "convert_time", noon), ToolCall("b", "get_current_time", '{"timezone": "Nowhere"}')]
    model = Planner([("", calls), ("Done.", [])])
    marks: list[str] = []
    trace = Trace([lambda mark: marks.append(mark.name)])
    async with Session(Graph().connect(model, TextSink()), tools=[clock], trace=trace) as session:
        reply = await session.send_text("What time is it in Kathmandu?")
        outputs = {item.call: item for item in session.items if isinstance(item, ToolOutput)}
    assert reply.heard == "Done."
    assert (outputs["a"].error, "Asia/Kathmandu" in outputs["a"].text) == (False, True)
    assert (outputs["b"].error, "Invalid timezone" in outputs["b"].text) == (True, True)
    assert "tools.offered" in marks


@pytest.mark.slow
async def test_a_program_that_speaks_the_newest_version(tmp_path: Path) -> None:
    """Changes of its list are asked for there, and cancellations told."""
    async with table(McpServer(command=[sys.executable, str(REFERENCE), "stdio"])) as laid:
        await laid.call("reveal")
        await laid.until("tools.offered", 2)
        assert (await laid.call("hidden")).text == "found"
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(laid.call, "wait", f'{{"file": "{tmp_path / "wait"}"}}')
                await until((tmp_path / "wait").exists)
                scope.cancel()
        await until(lambda: (tmp_path / "wait").read_text() == "cancelled")
