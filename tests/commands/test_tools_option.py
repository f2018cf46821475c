"""`--tools`: the functions of a user's file, which the model of a command may call."""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path
from typing import Any

import pytest
from completions import Answer, completions

from voiceflow.cli import main
from voiceflow.commands import _load, _tools
from voiceflow.tools.source import parted

TOOLS = '''
from voiceflow.tools import tool

@tool(effect="read_only")
def opening_hours(day: str) -> str:
    """When the shop is open on a day of the week."""
    return f"on {day} from nine to five"

@tool
def leave_message(text: str) -> None:
    """Leave a message."""
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop_tools.py"
    path.write_text(TOOLS)
    return path


def loaded(*where: object) -> list[str]:
    functions, _ = parted(_tools.load(argparse.Namespace(tools=list(map(str, where)))))
    return [tool.name for tool in functions]


def test_all_tools_of_a_file_or_some(file: Path) -> None:
    """Each once, however often it is named; the file is loaded once."""
    assert loaded(file) == ["opening_hours", "leave_message"]
    assert loaded(f"{file}:leave_message") == ["leave_message"]
    assert loaded(f"{file}:leave_message,opening_hours", file) == ["leave_message", "opening_hours"]
    assert _load.module(str(file)) is _load.module(str(file))
    assert loaded() == []


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("{file}:opening", "has no tool 'opening'; there: opening_hours, leave_message"),
        ("{file}.py", "there is no file"),
        ("json", "json has no tools; there: nothing is marked with @tool"),
        ("no_such_module_here", "there is no module 'no_such_module_here' here"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], where: str, told: str
) -> None:
    """With what is."""
    assert main(["chat", "--tools", where.format(file=file)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def _chunk(**delta: Any) -> str:
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n"


def _call(arguments: str, **more: Any) -> str:
    return _chunk(
        tool_calls=[{"index": 0, **more, "function": {"arguments": arguments, "name": more.pop("name", None)}}]
    )


ANSWERS = (
    _chunk(content="Let me see.")
    + _call("", id="x1", name="opening_hours")
    + _call('{"day": "Mon')
    + _call('day"}')
    + 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}\n\ndata: [DONE]\n\n',
    _chunk(content="It is open from nine to five.") + "data: [DONE]\n\n",
)


def test_a_typed_conversation_calls_a_tool_of_a_users_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By way of a server: it is offered, called with what the model wrote in pieces, and its output told."""
    asked: list[Any] = []
    monkeypatch.setattr("sys.stdin", io.StringIO("When is the shop open?\n"))
    with completions(map(Answer, ANSWERS), asked) as url:
        assert main(["chat", "--model", "m", "--base-url", url, "--tools", str(file)]) == 0
    assert "Let me see.\n\nIt is open from nine to five." in capsys.readouterr().out
    assert [form["function"]["name"] for form in asked[0]["tools"]] == ["opening_hours", "leave_message"]
    assert asked[1]["messages"][2:] == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {
                    "id": "x1",
                    "type": "function",
                    "function": {"name": "opening_hours", "arguments": '{"day": "Monday"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "x1", "content": "on Monday from nine to five"},
    ]
