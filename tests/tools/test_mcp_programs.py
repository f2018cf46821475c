"""Servers of the Model Context Protocol that are programs, and misbehave: the call goes on."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import trio
from mcp_table import table, until

from voiceflow.errors import GraphError, ProviderError
from voiceflow.items import Image
from voiceflow.mcp import McpServer
from voiceflow.tools import ToolDone, ToolEvent, ToolProgress, tool

pytestmark = pytest.mark.real_time

ROUGH = Path(__file__).parents[1] / "mcp_rough.py"


def rough(folder: Path, *arguments: str, **settings: Any) -> McpServer:
    command = [sys.executable, "-I", str(ROUGH), str(folder), *arguments]
    chosen: dict[str, Any] = {"retry": 0.05, **settings}
    return McpServer(command=command, name="rough", **chosen)


def starts(folder: Path) -> int:
    return len((folder / "starts").read_text())


async def test_its_tools_are_offered_with_its_own_schema_and_called(tmp_path: Path) -> None:
    """What the model reads is what the server said; effects follow its hints; what cannot be offered is left out."""
    async with table(rough(tmp_path, effects={"gr*": "must_finish"})) as laid:
        tools = laid.runner.tools
        assert tools["echo"].schema == {"type": "object", "properties": {"text": {"type": "string"}}}
        effects = {name: tools[name].effect for name in ("echo", "die", "huge", "grow")}
        assert effects == {"echo": "read_only", "die": "must_finish", "huge": "cancellable", "grow": "must_finish"}
        assert "what_is_this" in tools
        assert not {"broken", "boundless"} & {each.name for each in tools}
        assert (await laid.call("echo", '{"text": "soup"}')).text == '{"text": "soup"}'
        wrong = await laid.call("echo", '{"text": 5}')
        assert (wrong.error, wrong.text) == (
            True,
            "text: expected a text, got the number 5. Call it again as it should be.",
        )


async def test_every_kind_of_content_is_told(tmp_path: Path) -> None:
    """Texts, images, resources and links; of what a model cannot be told, that there was something."""
    async with table(rough(tmp_path)) as laid:
        output = await laid.call("every")
        assert [type(part) for part in output.parts] == [str, Image, str]
        assert output.text.splitlines() == [
            "a text",
            "[an image, image/png, that cannot be shown]",
            "[a sound, audio/wav, that cannot be heard here]",
            "soup of the day",
            "[file:///zip, application/zip]",
            "[menu, https://example.org/menu]",
        ]
        assert (await laid.call("structured")).text == '{"degrees": 21}'
        refused = await laid.call("refuse")
        assert (refused.error, refused.text) == (True, "no table is left")
        wrong = await laid.call("wrong")
        assert (wrong.error, wrong.text) == (
            True,
            "The server rough answered with something that is no result of this tool.",
        )


async def test_progress_is_told(tmp_path: Path) -> None:
    """As a part, with the server's words."""
    async with table(rough(tmp_path)) as laid:
        await laid.call("progress")
        told = [(event.part, event.note) for event in laid.events if isinstance(event, ToolProgress)]
        assert sorted(told) == [(0.25, "part 1"), (0.5, "part 2")]


async def test_a_cancelled_call_is_cancelled_at_the_server(tmp_path: Path) -> None:
    """It is told at once; the user does not wait for it."""
    async with table(rough(tmp_path)) as laid:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(laid.call, "hang")
            await until((tmp_path / "hangs").exists)
            nursery.cancel_scope.cancel()
        await until((tmp_path / "cancelled").exists)
        assert (await laid.call("echo")).text == "{}"


async def test_a_call_that_takes_too_long_is_given_up_and_cancelled(tmp_path: Path) -> None:
    """After the timeout of the server."""
    async with table(rough(tmp_path, timeout=0.1)) as laid:
        assert (await laid.call("hang")).text == "Expected a result within 0.1 s, got none."
        await until((tmp_path / "cancelled").exists)


async def test_a_server_that_dies_in_a_call_comes_back(tmp_path: Path) -> None:
    """Its call has an output at once, calls while it is away too; then it is there as before."""
    async with table(rough(tmp_path, retry=0.2)) as laid:
        gone = await laid.call("die")
        assert (gone.error, gone.text) == (True, "The server rough is gone, and with it what it was doing.")
        await laid.until("tools.lost")
        away = await laid.call("echo")
        assert (away.error, away.text) == (
            True,
            "The server rough is not there at the moment. Go on without it, or try again later.",
        )
        await laid.until("tools.offered", 2)
        assert (await laid.call("echo")).text == "{}"
    assert starts(tmp_path) == 2


async def test_what_must_finish_outlives_the_session(tmp_path: Path) -> None:
    """Its server too: a session that is cancelled waits for the output."""
    events: list[ToolEvent] = []
    with trio.CancelScope() as scope:
        async with table(rough(tmp_path, effects={"slow": "must_finish"})) as laid, trio.open_nursery() as nursery:
            events = laid.events
            nursery.start_soon(laid.call, "slow")
            await until((tmp_path / "slow").exists)
            scope.cancel()
    assert [event.output.text for event in events if isinstance(event, ToolDone)] == ["done"]


async def test_an_answer_that_is_too_long_is_left_out(tmp_path: Path) -> None:
    """The call is told so, and the server goes on."""
    async with table(rough(tmp_path)) as laid:
        huge = await laid.call("huge")
        assert huge.error
        assert huge.text.startswith("The server rough refused: the answer has 100000")
        assert (await laid.call("echo")).text == "{}"
    assert starts(tmp_path) == 1


async def test_a_line_without_end_takes_no_memory_and_no_time(tmp_path: Path) -> None:
    """It is not kept, and read no faster than a conversation can bear; the call ends with its timeout."""
    async with table(rough(tmp_path, timeout=0.3)) as laid:
        assert (await laid.call("endless")).text == "Expected a result within 0.3 s, got none."


async def test_lines_that_are_no_messages_are_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """And told once."""
    async with table(rough(tmp_path)) as laid:
        assert (await laid.call("garbage")).text == "all the same"
        assert (await laid.call("garbage")).text == "all the same"
    assert [each for each in caplog.messages if "no message" in each] == [
        "the MCP server rough sends what is no message"
    ]


async def test_a_flood_does_not_take_the_time_of_the_call(tmp_path: Path) -> None:
    """Notifications and words on stderr without end: the server has to wait, nobody else."""
    async with table(rough(tmp_path, timeout=1.0)) as laid:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await trio.sleep(0.01)
                ticks += 1

        async with trio.open_nursery() as nursery:
            nursery.start_soon(tick)
            assert (await laid.call("flood")).error
            nursery.cancel_scope.cancel()
        assert ticks > 10
        assert [name for name, _ in laid.told].count("tools.offered") < 10


async def test_a_tool_that_is_new_is_offered(tmp_path: Path) -> None:
    """As soon as the server says that its list has changed."""
    async with table(rough(tmp_path, allow=["gr*"], prefix="my_")) as laid:
        assert [each.name for each in laid.runner.tools] == ["my_grow"]
        await laid.call("my_grow")
        await laid.until("tools.offered", 2)
        assert [each.name for each in laid.runner.tools] == ["my_grow", "my_grown"]
        assert (await laid.call("my_grown")).text == "{}"


async def test_a_server_that_never_answers_ends_the_opening(tmp_path: Path) -> None:
    """After the time that it was given, with its name."""
    with pytest.RaisesGroup(
        pytest.RaisesExc(ProviderError, match="^the MCP server rough: no answer within 0.3 s$"), flatten_subgroups=True
    ):
        async with table(rough(tmp_path, "silent", connect=0.3)):
            pass


async def test_a_server_that_does_not_take_leave_is_ended(tmp_path: Path) -> None:
    """One that reads nothing is ended like any other."""
    with pytest.RaisesGroup(pytest.RaisesExc(ProviderError, match="no answer"), flatten_subgroups=True):
        async with table(rough(tmp_path, "deaf", connect=0.3)):
            pass


async def test_why_it_cannot_work_is_told_without_its_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last words, as long as no caller can be in them."""
    monkeypatch.setenv("ROUGH_KEY", "hunter2hunter2")
    server = rough(tmp_path, "stubborn", "1", env={"KEY": "${ROUGH_KEY}"})
    with pytest.RaisesGroup(
        pytest.RaisesExc(
            ProviderError,
            match=r"^the MCP server rough: it ended, its last words: cannot work with the key \*\*\*$",
        ),
        flatten_subgroups=True,
    ):
        async with table(server):
            pass
    assert "hunter2" not in repr(server)


async def test_what_is_not_required_may_come_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The session begins without it; it is tried again until it is there."""
    caplog.set_level(logging.WARNING)
    async with table(rough(tmp_path, "stubborn", "2", required=False)) as laid:
        assert len(laid.runner.tools) == 0
        await laid.until("tools.offered")
        assert (await laid.call("echo")).text == "{}"
    assert starts(tmp_path) == 3


async def test_what_it_refuses_is_told_without_its_keys(tmp_path: Path) -> None:
    """Some servers repeat them."""
    async with table(rough(tmp_path, env={"KEY": "hunter2hunter2"})) as laid:
        assert (await laid.call("deny")).text == "The server rough refused: no ***"


async def test_a_program_that_is_not_there_is_named() -> None:
    """With what the system says of it."""
    match = "^the MCP server no-such-program: No such file or directory$"
    with pytest.RaisesGroup(pytest.RaisesExc(ProviderError, match=match), flatten_subgroups=True):
        async with table(McpServer(command=["/nowhere/no-such-program"])):
            pass


async def test_a_variable_that_is_not_set_is_named() -> None:
    """Before anything is started."""
    with pytest.RaisesGroup(
        pytest.RaisesExc(GraphError, match="wants the environment variable NOT_SET"), flatten_subgroups=True
    ):
        async with table(McpServer(command=["true"], env={"KEY": "${NOT_SET}"})):
            pass


async def test_two_tools_of_one_name_are_an_error_at_the_opening(tmp_path: Path) -> None:
    """A prefix mends it."""

    @tool
    def echo(text: str) -> str:
        return text

    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="two tools are called echo"), flatten_subgroups=True):
        async with table(rough(tmp_path, allow=["echo"]), functions=(echo,)):
            pass
    async with table(rough(tmp_path, allow=["echo"], prefix="rough_"), functions=(echo,)) as laid:
        assert [each.name for each in laid.runner.tools] == ["echo", "rough_echo"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "a command or a url"),
        ({"command": ["a"], "url": "http://a"}, "a command or a url"),
        ({"url": "ftp://key@a/b?key=c"}, "got 'ftp://a/b'"),
        ({"command": ["a"], "timeout": 0}, "'timeout' must be > 0"),
        ({"command": ["a"], "effects": {"*": "none"}}, "got 'none'"),
    ],
)
def test_settings_that_cannot_be(settings: Mapping[str, Any], message: str) -> None:
    """Are refused where they are written, without what may be secret."""
    with pytest.raises(ValueError, match=message):
        McpServer(**settings)


def test_a_server_shows_nothing_secret() -> None:
    """Neither its variables and headers, nor what is in its address."""
    server = McpServer(url="https://me:key@example.org:8000/mcp?token=key", headers={"Authorization": "Bearer key"})
    assert "https://example.org:8000/mcp" in repr(server)
    assert "key" not in repr(server)
    assert server.label == "example.org"
